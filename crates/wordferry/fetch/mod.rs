//! Files that are wanted in, the folder of data that has them out.
//!
//! A file gets its name when it is whole, was checked, and is what it was when it was first used; what is there already is not asked
//! for. `commands/data` says what is wanted.

mod arrival;
mod check;
mod checksums;
mod error;
mod part;
mod progress;
mod question;
mod transfer;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ureq::Agent;
use wordferry::benchmark::{Resource, Size};
use wordferry::vectors::{self, create_folder, remove_file_if_there};

pub(crate) use self::checksums::{Checksums, measure};
pub(crate) use self::error::Error;
use self::progress::Bars;
use self::transfer::Transfer;
use crate::http;
use crate::printer::Printer;

/// A file that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) resource: Resource,
    /// The first so many rows only.
    pub(crate) limit: Option<u64>,
}

/// How files are fetched.
pub(crate) struct Way {
    /// What is asked instead of the official server.
    pub(crate) endpoint: String,
    pub(crate) jobs: usize,
    pub(crate) retries: u32,
    pub(crate) patience: Duration,
    pub(crate) is_offline: bool,
}

/// A file that is there.
#[derive(Debug)]
pub(crate) struct Had {
    /// Its name in the folder.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    /// Whether it was fetched now.
    pub(crate) is_new: bool,
}

/// What a worker has to say.
enum Event {
    Note(String),
    Ended(usize, anyhow::Result<Had>),
}

/// Sees to it that files are in a folder, several at a time; what came of each, in their order.
pub(crate) fn fetch(
    wanted: &[Wanted],
    folder: &Path,
    way: &Way,
    printer: &Printer,
) -> anyhow::Result<Vec<anyhow::Result<Had>>> {
    let within: BTreeSet<&Path> =
        wanted.iter().filter_map(|wanted| Path::new(&wanted.resource.file).parent()).collect();
    for within in within {
        create_folder(&folder.join(within))?;
    }
    let bytes = wanted.iter().map(expected_bytes).sum();
    let bars = Bars::new(wanted.len(), bytes, printer);
    let checksums = Mutex::new(Checksums::open(folder)?);
    let work = Work { folder, way, agent: http::agent(way.patience), checksums, bars: &bars };
    let next = AtomicUsize::new(0);
    let mut outcomes = Vec::with_capacity(wanted.len());
    thread::scope(|scope| {
        let (events, heard) = channel();
        for _ in 0..way.jobs.min(wanted.len()) {
            let events = events.clone();
            scope.spawn(|| work.through(wanted, &next, events));
        }
        drop(events);
        for event in heard {
            match event {
                Event::Note(text) => bars.above(|| printer.note(&text)),
                Event::Ended(i, outcome) => {
                    bars.above(|| say(&wanted[i], &outcome, printer));
                    outcomes.push((i, outcome));
                    bars.count(outcomes.len());
                }
            }
        }
    });
    outcomes.sort_by_key(|(i, _)| *i);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn expected_bytes(wanted: &Wanted) -> u64 {
    wanted.resource.size.map_or(0, Size::bytes)
}

fn say(wanted: &Wanted, outcome: &anyhow::Result<Had>, printer: &Printer) {
    match outcome {
        Ok(Had { file, bytes, is_new: true }) => {
            printer.note(&format!("fetched {file}: {:.1} MB", *bytes as f64 / 1e6));
        }
        Ok(_) => {}
        Err(error) => printer.note(&format!("failed {}: {error}", wanted.resource.file)),
    }
}

/// What workers share.
struct Work<'a> {
    folder: &'a Path,
    way: &'a Way,
    agent: Agent,
    checksums: Mutex<Checksums>,
    bars: &'a Bars,
}

impl Work<'_> {
    /// Takes the next file as long as there is one.
    fn through(&self, wanted: &[Wanted], next: &AtomicUsize, events: Sender<Event>) {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(wanted) = wanted.get(i) else { return };
            // Where nobody listens any more, all has ended.
            let _ = events.send(Event::Ended(i, self.have(wanted, events.clone())));
        }
    }

    fn have(&self, wanted: &Wanted, events: Sender<Event>) -> anyhow::Result<Had> {
        if let Some(had) = self.kept(wanted)? {
            self.bars.pass(expected_bytes(wanted));
            return Ok(had);
        }
        let file = wanted.file();
        if self.way.is_offline {
            return Err(Error::NotHere { file, folder: self.folder.to_owned() }.into());
        }
        let transfer = Transfer {
            agent: &self.agent,
            url: format!("{}/{}", self.way.endpoint.trim_end_matches('/'), wanted.resource.path),
            place: &self.folder.join(&file),
            limit: wanted.limit,
            retries: self.way.retries,
        };
        let bar = self.bars.file(&file, expected_bytes(wanted), events);
        let entry = transfer.run(&bar, &|entry| self.checksums().check(&file, entry))?;
        let bytes = entry.bytes;
        self.checksums().record(&file, entry)?;
        self.remove_first_parts(wanted, &file)?;
        Ok(Had { file, bytes, is_new: true })
    }

    /// Removes what was fetched of a file before, under another name.
    fn remove_first_parts(&self, wanted: &Wanted, file: &str) -> vectors::Result<()> {
        let is_first_part = |other: &String| {
            other != file && self.checksums().of(other).is_some_and(|known| known.limit.is_some())
        };
        let others = wanted.candidates(self.folder).into_iter().filter(is_first_part);
        others.map(|other| self.folder.join(other)).try_for_each(|other| remove_file_if_there(&other))
    }

    /// A file that is there and will do. What nobody has noted yet is noted now.
    fn kept(&self, wanted: &Wanted) -> anyhow::Result<Option<Had>> {
        for file in wanted.candidates(self.folder) {
            let path = self.folder.join(&file);
            let known = self.checksums().of(&file).cloned();
            let known = match known {
                Some(known) => known,
                None => {
                    let entry = measure(&path, None)?;
                    self.checksums().record(&file, entry.clone())?;
                    entry
                }
            };
            let bytes = fs::metadata(&path).map_err(|error| vectors::Error::reading(&path, error))?.len();
            if bytes != known.bytes {
                let found = format!("{bytes} bytes instead of {}", known.bytes);
                return Err(Error::Changed { file, found }.into());
            }
            if known.limit.is_none_or(|known| wanted.limit.is_some_and(|limit| limit <= known)) {
                return Ok(Some(Had { file, bytes, is_new: false }));
            }
        }
        Ok(None)
    }

    fn checksums(&self) -> MutexGuard<'_, Checksums> {
        self.checksums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    /// The name that it gets: the first rows are written as plain text.
    fn file(&self) -> String {
        let name = &self.resource.file;
        match self.limit {
            Some(_) => name.strip_suffix(".gz").unwrap_or(name).to_owned(),
            None => name.clone(),
        }
    }

    /// Files of the folder that are what is wanted, if they have enough rows.
    fn candidates(&self, folder: &Path) -> Vec<String> {
        let (within, _) = self.resource.file.split_once('/').unwrap_or_default();
        let entries = fs::read_dir(folder.join(within)).into_iter().flatten().flatten();
        let names = entries.map(|entry| format!("{within}/{}", entry.file_name().to_string_lossy()));
        let mut files: Vec<String> = names.filter(|name| self.resource.is_satisfied_by(name)).collect();
        files.sort();
        files
    }
}
