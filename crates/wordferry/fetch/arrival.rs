//! A file that has arrived in, the same under its name out: as it is, its first rows, or what an archive holds.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use wordferry::vectors::{open_decompressed, write_atomically};
use zip::ZipArchive;
use zip::result::ZipError;

use super::checksums::{Entry, Hashing, measure};
use super::error::Error;
use super::part::Part;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// A file that has arrived.
pub(super) struct Arrival<'a> {
    pub(super) part: Part,
    pub(super) url: &'a str,
    pub(super) place: &'a Path,
    pub(super) limit: Option<u64>,
    /// Sees what a file is before it gets its name.
    pub(super) accept: &'a dyn Fn(&Entry) -> Result<(), Error>,
}

impl Arrival<'_> {
    /// Gives it its name, if it is accepted.
    pub(super) fn keep(self) -> anyhow::Result<Entry> {
        let entry = measure(self.part.path(), self.limit)?;
        if let Err(error) = (self.accept)(&entry) {
            self.part.remove()?;
            return Err(error.into());
        }
        self.part.rename(self.place)?;
        Ok(entry)
    }

    /// Writes its first rows, with a first line that is true of them.
    pub(super) fn cut(self, (n, dimension): (u64, u64)) -> anyhow::Result<Entry> {
        let arrived = open_decompressed(self.part.path())?;
        self.write(|file| {
            writeln!(file, "{n} {dimension}")?;
            first_rows(arrived, n, file).map(Ok)
        })
    }

    /// Writes fastText's model that an archive holds.
    pub(super) fn unpack(self) -> anyhow::Result<Entry> {
        let url = self.url.to_owned();
        let damaged = |found: String| {
            let (expected, url) = ("an intact archive with one .bin".to_owned(), url.clone());
            Error::Wrong { url, line: None, expected, found }
        };
        let opened = ZipArchive::new(BufReader::new(self.part.reader()?));
        let chosen = opened.and_then(|archive| model(&archive).map(|number| (archive, number)));
        let (mut archive, number) = match chosen {
            Ok(chosen) => chosen,
            Err(error) => {
                self.part.remove()?;
                return Err(damaged(error.to_string()).into());
            }
        };
        self.write(|file| match archive.by_index(number) {
            Ok(member) => Ok(copy(member, file)?.map_err(|error| damaged(error.to_string()))),
            Err(error) => Ok(Err(damaged(error.to_string()))),
        })
    }

    /// Writes the file from what has arrived, which is then no longer needed; `write` tells an error of its own from what is wrong
    /// with what has arrived.
    fn write(
        self,
        write: impl FnOnce(&mut Hashing<&mut dyn Write>) -> io::Result<Result<(), Error>>,
    ) -> anyhow::Result<Entry> {
        let mut accepted = Ok(None);
        let written = write_atomically(self.place, |file| {
            let mut file = Hashing::new(file as &mut dyn Write);
            let whole = write(&mut file)?;
            let entry = file.entry(self.limit);
            accepted = whole.and_then(|()| (self.accept)(&entry)).map(|()| Some(entry));
            accepted.as_ref().map(|_| ()).map_err(|_| io::ErrorKind::InvalidData.into())
        });
        if accepted.is_err() || written.is_ok() {
            self.part.remove()?;
        }
        let entry = accepted?;
        written?;
        Ok(entry.unwrap_or_else(|| unreachable!("what was written was accepted")))
    }
}

/// Copies the `n` lines that follow the first.
fn first_rows(from: impl Read, n: u64, to: &mut impl Write) -> io::Result<()> {
    let (mut from, mut line) = (BufReader::with_capacity(PIECE, from), Vec::new());
    for i in 0..=n {
        line.clear();
        from.read_until(b'\n', &mut line)?;
        if i > 0 {
            to.write_all(line.strip_suffix(b"\n").unwrap_or(&line))?;
            to.write_all(b"\n")?;
        }
    }
    Ok(())
}

/// The number of the only member of an archive that is a model.
fn model<R: Read + io::Seek>(archive: &ZipArchive<R>) -> Result<usize, ZipError> {
    let is_model = |number: &usize| {
        let name = archive.name_for_index(*number).and_then(|name| name.ok());
        name.is_some_and(|name| name.ends_with(".bin") && !name.starts_with("__MACOSX/"))
    };
    let models: Vec<usize> = (0..archive.len()).filter(is_model).collect();
    match models[..] {
        [number] => Ok(number),
        _ => Err(ZipError::Io(io::Error::other(format!("{} of them", models.len())))),
    }
}

/// Copies all; an error in reading is what is wrong with the archive.
fn copy(mut from: impl Read, to: &mut impl Write) -> io::Result<io::Result<()>> {
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(Ok(())),
            Ok(n) => to.write_all(&piece[..n])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Err(error)),
        }
    }
}
