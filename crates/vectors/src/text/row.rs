//! One row: a word, which may hold spaces, and *d* numbers.

use crate::number::{self, is_separator};
use crate::rows::is_usable;

/// What is wrong with a row.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// So many values instead of *d*.
    Count(usize),
    NotANumber(String),
    Unusable,
}

/// Writes the values of a row into `out` (*d*), and gives its word. The line has neither LF nor CR at its end.
pub(super) fn parse<'a>(line: &'a [u8], out: &mut [f32]) -> Result<&'a [u8], Problem> {
    let end = line.iter().position(|byte| is_separator(*byte)).unwrap_or(line.len());
    // Spaced words are rare: the first field is taken for the word until that turns out wrong.
    let (word, usable) = match values(line, end, out) {
        Some(usable) if end > 0 => (&line[..end], usable),
        _ => parse_from_right(line, out)?,
    };
    if usable { Ok(word) } else { Err(Problem::Unusable) }
}

/// Reads exactly `out.len()` values up to the end of the line; whether they are usable. `None` if there is anything else.
fn values(line: &[u8], mut at: usize, out: &mut [f32]) -> Option<bool> {
    let mut usable = true;
    for out in out {
        if let Some((value, length)) = line.get(at..).and_then(number::parse_short) {
            *out = value;
            at += length;
            continue;
        }
        let start = skip_separators(line, at);
        let (value, end) = number::parse(line, start).filter(|_| start > at)?;
        usable &= is_usable(value);
        *out = value;
        at = end;
    }
    (skip_separators(line, at) == line.len()).then_some(usable)
}

fn skip_separators(line: &[u8], mut at: usize) -> usize {
    while line.get(at).is_some_and(|byte| is_separator(*byte)) {
        at += 1;
    }
    at
}

/// Takes the last `out.len()` fields for values and all before them for the word.
#[cold]
fn parse_from_right<'a>(line: &'a [u8], out: &mut [f32]) -> Result<(&'a [u8], bool), Problem> {
    let fields = fields(line);
    let Some(n_word) = fields.len().checked_sub(out.len()).filter(|n_word| *n_word > 0) else {
        return Err(Problem::Count(fields.len().saturating_sub(1)));
    };
    let (word, numbers) = fields.split_at(n_word);
    if n_word > 1 && word[1..].iter().all(|field| is_value(&line[field.clone()])) {
        return Err(Problem::Count(fields.len() - 1));
    }
    let Some(usable) = values(line, word[n_word - 1].end, out) else {
        let wrong =
            numbers.iter().map(|field| &line[field.clone()]).find(|field| number::parse(field, 0).is_none());
        return Err(Problem::NotANumber(
            String::from_utf8_lossy(wrong.unwrap_or_default()).chars().take(40).collect(),
        ));
    };
    Ok((&line[word[0].start..word[n_word - 1].end], usable))
}

/// Whether a field looks like one value too many rather than like a part of a word: "0.5" does, "42" does not.
fn is_value(field: &[u8]) -> bool {
    field.contains(&b'.') && number::parse(field, 0).is_some()
}

fn fields(line: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut fields = Vec::new();
    let mut at = skip_separators(line, 0);
    while at < line.len() {
        let start = at;
        while line.get(at).is_some_and(|byte| !is_separator(*byte)) {
            at += 1;
        }
        fields.push(start..at);
        at = skip_separators(line, at);
    }
    fields
}

/// How many lines are looked at to tell the dimension.
const SAMPLE: usize = 32;

/// The number of values that most of the first rows of `head` have: the numbers at a line's end, the first field never
/// being one. Of equally many the smaller. A line that is cut off by the end of `head` does not count, unless it is the only one.
pub(super) fn usual_dimension(head: &[u8]) -> Option<usize> {
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines = whole.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut dimensions: Vec<usize> =
        lines.filter(|line| !super::feed::is_blank(line)).take(SAMPLE).map(n_numbers).collect();
    dimensions.sort_unstable();
    let usual = dimensions.chunk_by(|a, b| a == b).rev().max_by_key(|equal| equal.len())?;
    usual.first().copied().filter(|d| *d > 0)
}

fn n_numbers(line: &[u8]) -> usize {
    let fields = fields(line);
    fields
        .iter()
        .skip(1)
        .rev()
        .take_while(|field| number::parse(&line[(*field).clone()], 0).is_some())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<(&str, [f32; 2]), Problem>) {
        let mut out = [9.0; 2];
        let found = parse(line.as_bytes(), &mut out).map(|word| std::str::from_utf8(word).unwrap());
        assert_eq!(found.map(|word| (word, out)), expected, "{line}");
    }

    #[test]
    fn rows_are_a_word_and_values() {
        check("a 0.5 -1", Ok(("a", [0.5, -1.0])));
        check("a 0.5 -1 ", Ok(("a", [0.5, -1.0])));
        check("a\t0.5\t-1", Ok(("a", [0.5, -1.0])));
        check("a  0.5   1e1", Ok(("a", [0.5, 10.0])));
        check("neu\u{a0}york 1 2", Ok(("neu\u{a0}york", [1.0, 2.0])));
        check("0 1 2", Ok(("0", [1.0, 2.0])));
    }

    #[test]
    fn words_may_hold_spaces() {
        check(". . . 1 2", Ok((". . .", [1.0, 2.0])));
        check("at name@x.org 1 2", Ok(("at name@x.org", [1.0, 2.0])));
        check("1 000 1 2", Ok(("1 000", [1.0, 2.0])));
    }

    #[test]
    fn wrong_rows_are_told_apart() {
        check("a 0.5", Err(Problem::Count(1)));
        check("a", Err(Problem::Count(0)));
        check("a 0.5 0.5 0.5", Err(Problem::Count(3)));
        check(" 0.5 0.5", Err(Problem::Count(1)));
        check("a 0.5 x", Err(Problem::NotANumber("x".into())));
        check("a 0.5 nan", Err(Problem::Unusable));
        check("a -inf 0.5", Err(Problem::Unusable));
    }

    #[test]
    fn the_dimension_is_what_most_rows_have() {
        assert_eq!(usual_dimension(b"a 1 2\nb 1 2\nc 1\n"), Some(2));
        assert_eq!(usual_dimension(b". . . 1 2\n. . 1 2"), Some(2));
        assert_eq!(usual_dimension(b"a 1 2\nb 1\n"), Some(1));
        assert_eq!(usual_dimension(b"hello world\n"), None);
        assert_eq!(usual_dimension(b"\n"), None);
    }
}
