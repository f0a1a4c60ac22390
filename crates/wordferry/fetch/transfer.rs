//! One file: asked for, taken, asked for again where the connection ended, and given its name once it is whole and right.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};
use wordferry::vectors::{self, open_decompressed, write_atomically};

use super::check::{Check, Fault};
use super::checksums::{Entry, Hashing, measure};
use super::error::Error;
use super::part::Part;
use crate::http::{self, REDIRECTIONS};

/// Bytes that are taken at a time.
const PIECE: usize = 1 << 16;
/// The first pause before one asks again; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause; a server that asks for more is asked another day.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Somebody who is told how far it is.
pub(super) trait Watch {
    /// The bytes of the whole file.
    fn length(&self, bytes: u64);
    /// The bytes that are there.
    fn position(&self, bytes: u64);
    /// Something goes wrong, and will be tried again.
    fn note(&self, text: &str);
}

/// A file that is to be fetched.
pub(super) struct Transfer<'a> {
    pub(super) agent: &'a Agent,
    pub(super) url: String,
    pub(super) place: &'a Path,
    /// The first so many rows only.
    pub(super) limit: Option<u64>,
    /// How often one asks again before anything more arrives.
    pub(super) retries: u32,
}

impl Transfer<'_> {
    /// Fetches the file. `accept` sees what it is before it gets its name.
    pub(super) fn run(
        &self,
        watch: &dyn Watch,
        accept: &dyn Fn(&Entry) -> Result<(), Error>,
    ) -> anyhow::Result<Entry> {
        let mut part = Part::open(self.place)?;
        let (mut furthest, mut failures) = (part.length, 0);
        let check = loop {
            match self.attempt(&mut part, watch) {
                Ok(check) => break check,
                Err(error) => {
                    failures = if part.length > furthest { 1 } else { failures + 1 };
                    furthest = furthest.max(part.length);
                    let Some(pause) = self.pause(&error, failures) else {
                        // What is wrong would only be completed; what cannot be written may go on where there is room.
                        return match is_invalid_data(&error) {
                            true => part.remove().map_err(Into::into).and(Err(error)),
                            false => Err(error),
                        };
                    };
                    watch.note(&format!("note: {error}; asking again in {} s", pause.as_secs()));
                    thread::sleep(pause);
                }
            }
        };
        match (self.limit, check.shape()) {
            (Some(_), Some(shape)) => self.cut(part, shape, accept),
            _ => self.keep(part, accept),
        }
    }

    /// How long to wait before asking again; `None` where that would be in vain.
    fn pause(&self, error: &anyhow::Error, failures: u32) -> Option<Duration> {
        let passing = error.downcast_ref::<Error>().filter(|error| error.is_passing())?;
        let pause = match passing.after() {
            Some(after) => Some(after).filter(|after| *after <= LONGEST_PAUSE)?,
            None => (PAUSE * 2_u32.saturating_pow(failures - 1)).min(LONGEST_PAUSE),
        };
        (failures <= self.retries).then_some(pause)
    }

    /// Asks once, and takes what comes until it is all, or enough.
    fn attempt(&self, part: &mut Part, watch: &dyn Watch) -> anyhow::Result<Check> {
        let mut check = self.check();
        if self.feed_all(&mut check, part)? {
            return Ok(check);
        }
        let answer = self.answer(part)?;
        let length = match answer.status() {
            StatusCode::OK => {
                part.restart(tag(&answer))?;
                check = self.check();
                answer.body().content_length()
            }
            StatusCode::PARTIAL_CONTENT => Some(self.whole(&answer, &format!("{}-", part.length))?),
            // Nothing follows what has arrived: it is all.
            _ => Some(self.whole(&answer, "*")?),
        };
        if let (Some(length), None) = (length, self.limit) {
            watch.length(length);
        }
        if answer.status() != StatusCode::RANGE_NOT_SATISFIABLE
            && self.take(answer, part, &mut check, watch)?
        {
            return Ok(check);
        }
        match length {
            Some(expected) if expected != part.length => {
                let found = part.length;
                if found > expected {
                    part.restart(None)?;
                }
                Err(Error::CutShort { url: self.url.clone(), expected, found }.into())
            }
            _ => {
                check.end().map_err(|fault| self.wrong(fault))?;
                Ok(check)
            }
        }
    }

    fn check(&self) -> Check {
        Check::of(&self.url, self.limit)
    }

    /// Shows what has arrived before to the check.
    fn feed_all(&self, check: &mut Check, part: &Part) -> anyhow::Result<bool> {
        let (mut reader, mut piece) = (part.reader()?.take(part.length), vec![0; PIECE]);
        loop {
            let n = reader.read(&mut piece).map_err(|error| vectors::Error::reading(self.place, error))?;
            if n == 0 {
                return Ok(false);
            }
            if check.feed(&piece[..n]).map_err(|fault| self.wrong(fault))? {
                return Ok(true);
            }
        }
    }

    /// Takes an answer to its end, or until it is enough; whether it is.
    fn take(
        &self,
        answer: Response<Body>,
        part: &mut Part,
        check: &mut Check,
        watch: &dyn Watch,
    ) -> anyhow::Result<bool> {
        let (mut body, mut piece) = (answer.into_body().into_reader(), vec![0; PIECE]);
        loop {
            watch.position(part.length);
            let n = match body.read(&mut piece) {
                Ok(0) => return Ok(false),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.unreachable(&error).into()),
            };
            part.append(&piece[..n])?;
            if check.feed(&piece[..n]).map_err(|fault| self.wrong(fault))? {
                return Ok(true);
            }
        }
    }

    /// The answer at the end of all redirections: the file, its rest, or that there is no rest.
    fn answer(&self, part: &Part) -> Result<Response<Body>, Error> {
        let mut at = self.url.clone();
        for _ in 0..=REDIRECTIONS {
            // The lengths are those of the files, not of what is packed for the journey.
            let mut question = self.agent.get(&at).header("accept-encoding", "identity");
            if let (Some(tag), 1..) = (&part.tag, part.length) {
                question =
                    question.header("range", format!("bytes={}-", part.length)).header("if-range", tag);
            }
            let answer = question.call().map_err(|error| self.unreachable(&error))?;
            match answer.status() {
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => return Ok(answer),
                StatusCode::RANGE_NOT_SATISFIABLE if part.length > 0 => return Ok(answer),
                status if status.is_redirection() => at = self.onward(&at, &answer)?,
                status => return Err(self.refused(status, &answer)),
            }
        }
        let found = format!("more than {REDIRECTIONS} redirections");
        Err(Error::Answer { url: self.url.clone(), expected: "an answer", found })
    }

    fn onward(&self, at: &str, answer: &Response<Body>) -> Result<String, Error> {
        let expected = "a place to go on to, as safe as this one";
        http::onward(at, answer).map_err(|found| Error::Answer { url: self.url.clone(), expected, found })
    }

    fn refused(&self, status: StatusCode, answer: &Response<Body>) -> Error {
        let (url, code) = (self.url.clone(), status.as_u16());
        match status {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Error::Absent { url, status: code }
            }
            _ => {
                let after = http::header(answer, "retry-after").and_then(|after| after.trim().parse().ok());
                Error::Status { url, status: code, after: after.map(Duration::from_secs) }
            }
        }
    }

    /// The length of the whole file, of which an answer is a range that begins so.
    fn whole(&self, answer: &Response<Body>, range: &str) -> Result<u64, Error> {
        let found = http::header(answer, "content-range").unwrap_or_default();
        let whole = found.strip_prefix("bytes ").filter(|found| found.starts_with(range));
        let whole = whole.and_then(|found| found.split_once('/')?.1.parse().ok());
        let expected = "the rest of the file (content-range)";
        whole.ok_or_else(|| Error::Answer { url: self.url.clone(), expected, found: format!("{found:?}") })
    }

    fn unreachable(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Unreachable { url: self.url.clone(), reason: error.to_string() }
    }

    fn wrong(&self, Fault { line, expected, found }: Fault) -> Error {
        Error::Wrong { url: self.url.clone(), line, expected, found }
    }

    /// Gives what has arrived its name, if it is accepted.
    fn keep(&self, part: Part, accept: &dyn Fn(&Entry) -> Result<(), Error>) -> anyhow::Result<Entry> {
        let entry = measure(part.path(), self.limit)?;
        if let Err(error) = accept(&entry) {
            part.remove()?;
            return Err(error.into());
        }
        part.rename(self.place)?;
        Ok(entry)
    }

    /// Writes the first rows of what has arrived, with a first line that is true of them.
    fn cut(
        &self,
        part: Part,
        (n, dimension): (u64, u64),
        accept: &dyn Fn(&Entry) -> Result<(), Error>,
    ) -> anyhow::Result<Entry> {
        let arrived = open_decompressed(part.path())?;
        let mut accepted = Ok(None);
        let written = write_atomically(self.place, |file| {
            let mut file = Hashing::new(file);
            writeln!(file, "{n} {dimension}")?;
            first_rows(arrived, n, &mut file)?;
            let entry = file.entry(self.limit);
            accepted = accept(&entry).map(|()| Some(entry));
            accepted.as_ref().map(|_| ()).map_err(|_| io::ErrorKind::InvalidData.into())
        });
        if accepted.is_err() || written.is_ok() {
            part.remove()?;
        }
        let entry = accepted?;
        written?;
        Ok(entry.unwrap_or_else(|| unreachable!("what was written was accepted")))
    }
}

fn is_invalid_data(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Error>().is_some_and(Error::is_invalid_data)
}

/// What a server calls a file, if no other file may be called so.
fn tag(answer: &Response<Body>) -> Option<String> {
    http::header(answer, "etag").filter(|tag| !tag.starts_with("W/") && tag.len() > 2).map(str::to_owned)
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
