//! One file: asked for, taken, asked for again where the connection ended, and given its name once it is whole and right.

use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use ureq::Agent;
use wordferry::vectors;

use super::arrival::Arrival;
use super::check::{Check, Fault};
use super::checksums::Entry;
use super::error::Error;
use super::part::Part;
use super::question::{Answer, LONGEST_PAUSE, Question};

/// Bytes that are taken at a time.
const PIECE: usize = 1 << 16;
/// The first pause before one asks again; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(1);

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
        let Self { url, place, limit, .. } = self;
        let arrival = Arrival { part, url, place, limit: *limit, accept };
        match (limit, check.shape()) {
            (Some(_), Some(shape)) => arrival.cut(shape),
            _ if matches!(check, Check::Archive) => arrival.unpack(),
            _ => arrival.keep(),
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
        let mut answer = self.question().ask(part)?;
        if !answer.fits(part) {
            part.restart(None)?;
            answer = self.question().ask(part)?;
        }
        if answer.is_whole() {
            part.restart(answer.tag())?;
            check = self.check();
        }
        let (length, has_end) = (answer.length(), answer.has_end());
        if let (Some(length), None) = (length, self.limit) {
            watch.length(length);
        }
        if !answer.is_nothing() && self.take(answer, part, &mut check, watch)? {
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
                let has_end = has_end || check.has_end();
                check.end().map_err(|fault| self.wrong(fault))?;
                match has_end {
                    true => Ok(check),
                    false => Err(self.endless().into()),
                }
            }
        }
    }

    fn question(&self) -> Question<'_> {
        Question { agent: self.agent, url: &self.url }
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
        answer: Answer,
        part: &mut Part,
        check: &mut Check,
        watch: &dyn Watch,
    ) -> anyhow::Result<bool> {
        let (mut body, mut piece) = (answer.into_reader(), vec![0; PIECE]);
        loop {
            watch.position(part.length);
            let n = match body.read(&mut piece) {
                Ok(0) => return Ok(false),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.question().unreachable(&error).into()),
            };
            part.append(&piece[..n])?;
            if check.feed(&piece[..n]).map_err(|fault| self.wrong(fault))? {
                return Ok(true);
            }
        }
    }

    fn endless(&self) -> Error {
        let expected = "a length, as the end of the file could not be told from a cut,";
        Error::Answer { url: self.url.clone(), expected, found: "none".into() }
    }

    fn wrong(&self, Fault { line, expected, found }: Fault) -> Error {
        Error::Wrong { url: self.url.clone(), line, expected, found }
    }
}

fn is_invalid_data(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Error>().is_some_and(Error::is_invalid_data)
}
