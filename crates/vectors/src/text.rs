//! Vectors as text: a word and *d* numbers a line, with or without a line "n d" before them.
//!
//! The stream is cut into blocks at line ends. A worker takes the next block under a lock, in which its rows are counted
//! and the part of the matrix that they fill is set aside; then it parses the block while others take theirs. So rows are parsed in
//! parallel straight into their places, and nothing depends on the number of threads.

mod block;
mod feed;
mod row;

use std::io::Read;
use std::sync::Mutex;

use self::block::Rows;
use self::feed::Feed;
use crate::embeddings::Embeddings;
use crate::error::{Fault, Place, Result};
use crate::format::{self, BYTE_ORDER_MARK};
use crate::gathered::Gathered;
use crate::loader::Options;
use crate::repairs::Repairs;
use crate::source::Source;

/// What is known before the first row.
struct Layout {
    d: usize,
    declared: Option<u64>,
    /// The line of the first row, counted from 1.
    first_line: u64,
    /// How many rows of the matrix can be made at once: not more than the file itself would be long.
    room: usize,
}

/// Reads text that begins with "n d".
pub(crate) fn read_with_header(mut source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let mut repairs = strip_mark(&mut source);
    let Some((n, d, start)) = format::header(&source.head) else {
        let fault =
            Fault::new(Place::Line(1), "a header: the number of words and the dimension", "something else");
        return Err(fault.hint("a file without a header is of the format glove").within(&source.name));
    };
    source.head.drain(..start);
    let layout =
        check_header(n, d, &source, options, &mut repairs).map_err(|fault| fault.within(&source.name))?;
    read_rows(source, options, &layout, repairs)
}

/// Reads text whose dimension has to be told from its first rows.
pub(crate) fn read_without_header(mut source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let repairs = strip_mark(&mut source);
    let Some(d) = row::usual_dimension(&source.head) else {
        let fault = Fault::new(Place::Line(1), "a word and numbers", "no number, or a line of over 256 KiB");
        return Err(fault.within(&source.name));
    };
    read_rows(source, options, &Layout { d, declared: None, first_line: 1, room: 0 }, repairs)
}

fn strip_mark(source: &mut Source<'_>) -> Repairs {
    let byte_order_mark = source.head.starts_with(BYTE_ORDER_MARK);
    if byte_order_mark {
        source.head.drain(..BYTE_ORDER_MARK.len());
    }
    Repairs { byte_order_mark, ..Repairs::default() }
}

/// Compares the header with the first rows and the file's length.
fn check_header(
    n: u64,
    d: u64,
    source: &Source<'_>,
    options: &Options,
    repairs: &mut Repairs,
) -> Result<Layout, Fault> {
    let rows = source.head.iter().any(|byte| !byte.is_ascii_whitespace());
    if !rows || (n == 0 && !options.lenient) {
        let found = if rows { "a header that declares none" } else { "nothing after the header" };
        return Err(
            Fault::new(Place::Line(1), "at least one row", found).hint("download or export the file again")
        );
    }
    let found = row::usual_dimension(&source.head).map_or(d, |found| found as u64);
    if found != d && !options.lenient {
        let expected = format!("rows of {d} values, as the header says");
        let fault = Fault::new(Place::Line(2), expected, format!("rows of {found}"));
        return Err(fault.hint("correct the header, or read the file leniently"));
    }
    if found != d {
        repairs.dimension_declared_and_found = Some((d, found));
    }
    let impossible = |_| Fault::new(Place::Line(1), "a dimension that fits the file", d.to_string());
    let d =
        usize::try_from(found).ok().filter(|d| (1..=1 << 24).contains(d)).ok_or(()).map_err(impossible)?;
    let fits = source.length.map_or(0, |length| length / (d as u64 * 4));
    let wanted = n.min(options.limit());
    let room = if wanted <= fits { wanted as usize } else { 0 };
    Ok(Layout { d, declared: Some(n), first_line: 2, room })
}

fn read_rows(source: Source<'_>, options: &Options, layout: &Layout, repairs: Repairs) -> Result<Embeddings> {
    let name = source.name.clone();
    let mut matrix = vec![0.0; layout.room * layout.d];
    let feed = Feed::new(source.into_reader(), layout, options, &mut matrix);
    let (blocks, found) = parse(feed, layout, options.lenient, &name)?;
    let repairs = check_rows(found, layout, options, repairs).map_err(|fault| fault.within(&name))?;
    assemble(blocks, matrix, layout.d, repairs).map_err(|fault| fault.within(&name))
}

/// All blocks in order, and the number of rows in the file, as far as it was read.
fn parse<R: Read + Send>(
    feed: Feed<'_, R>,
    layout: &Layout,
    lenient: bool,
    name: &str,
) -> Result<(Vec<Rows>, u64)> {
    let feed = Mutex::new(feed);
    let blocks: Mutex<Vec<(usize, Result<Rows>)>> = Mutex::default();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| work(&feed, &blocks, layout.d, lenient, name));
        }
    });
    let mut blocks = blocks.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    blocks.sort_unstable_by_key(|(number, _)| *number);
    let found = feed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).n_rows();
    let blocks: Result<Vec<Rows>> = blocks.into_iter().map(|(_, block)| block).collect();
    Ok((blocks?, found))
}

/// Takes and parses blocks until there are no more, or one is at fault. Blocks are handed out in order, so that all before
/// a faulty one are parsed and the first fault in the file is the one that is told.
fn work<R: Read>(
    feed: &Mutex<Feed<'_, R>>,
    blocks: &Mutex<Vec<(usize, Result<Rows>)>>,
    d: usize,
    lenient: bool,
    name: &str,
) {
    let mut bytes = Vec::new();
    loop {
        let Ok(mut locked) = feed.lock() else { return };
        let (number, next) = locked.next(&mut bytes, name);
        drop(locked);
        let parsed = match next {
            Ok(None) => return,
            Ok(Some(ticket)) => block::parse(&bytes, ticket, d, lenient).map_err(|fault| fault.within(name)),
            Err(error) => Err(error),
        };
        let failed = parsed.is_err();
        if let Ok(mut blocks) = blocks.lock() {
            blocks.push((number, parsed));
        }
        if failed && let Ok(mut feed) = feed.lock() {
            feed.stop();
        }
    }
}

/// Whether the header told the truth about the number of rows; a limit below it leaves that open.
fn check_rows(found: u64, layout: &Layout, options: &Options, repairs: Repairs) -> Result<Repairs, Fault> {
    match layout.declared {
        Some(declared) if declared != found && declared <= options.limit() => {
            if options.lenient {
                return Ok(Repairs { rows_declared_and_found: Some((declared, found)), ..repairs });
            }
            let fault = Fault::new(
                Place::Line(1),
                format!("{declared} rows, as the header says"),
                format!("{found}"),
            );
            Err(fault.hint(
                "the file is cut short, or its header is wrong: download it again, or read it leniently",
            ))
        }
        _ => Ok(repairs),
    }
}

/// Gives words their numbers and closes the gaps that rows left out have made.
fn assemble(
    blocks: Vec<Rows>,
    mut matrix: Vec<f32>,
    d: usize,
    mut repairs: Repairs,
) -> Result<Embeddings, Fault> {
    let n_rows: usize = blocks.iter().map(|block| block.n_rows).sum();
    let n_own: usize = blocks.iter().map(|block| block.own_values.len()).sum();
    matrix.truncate(n_rows * d - n_own);
    matrix.reserve_exact(n_own);
    blocks.iter().for_each(|block| matrix.extend_from_slice(&block.own_values));
    let mut gathered = Gathered::new(matrix, d, n_rows);
    for block in &blocks {
        repairs.add(&block.repairs);
        for (word, hash) in block.words() {
            match word {
                Some(word) => gathered.keep_hashed(word, hash),
                None => gathered.leave_out(),
            }
        }
    }
    gathered.into_embeddings(repairs)
}

#[cfg(test)]
mod tests;
