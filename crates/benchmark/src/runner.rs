//! A benchmark in, a row for every language and task out: over all cores, within a budget of memory, whatever happens.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::benchmark::Key;
use crate::journal::check_settings;
use crate::reason::Reason;
use crate::results::{ResultsFile, files_of_results};
use crate::subject::{Hub, Subject};
use crate::{Benchmark, Error, Journal, Outcome, Result, Row, Settings, Task, tasks};

/// The files that rows are written to.
pub struct Journals {
    results: Journal,
    /// What is measured by the clock is in a file of its own, so that the other depends on the data alone.
    speed: Journal,
    /// What other files of the folder have rows of: those of other shares, or of a run in another number of them.
    of_others: HashSet<Key>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The row that was just written.
    pub row: &'a Row,
    /// Rows that there are now, those of earlier runs among them.
    pub n_done: usize,
    /// Rows that there will be.
    pub n_rows: usize,
    /// Seconds that the rest will take, by what the beginning took; none before a language is done.
    pub seconds_left: Option<f64>,
}

impl Journals {
    /// The files of a benchmark in a folder, one that holds rows of an earlier run or none; `share` is the number of a share of the languages
    /// and how many shares there are. A row of any of the folder's files is taken out, to be measured again, if it failed or the files that it was
    /// measured on are others now.
    ///
    /// # Errors
    /// If a file cannot be read or written, is of another run, or another run writes to it.
    pub fn open(folder: &Path, benchmark: &Benchmark, share: Option<(usize, usize)>) -> Result<Self> {
        let name = |name: &str| match share {
            Some((number, of)) => folder.join(format!("{name}-{number}-of-{of}.jsonl")),
            None => folder.join(format!("{name}.jsonl")),
        };
        let is_current = |row: &Row| {
            !matches!(row.outcome, Outcome::Failed { .. })
                && benchmark.inputs(&row.key()).is_ok_and(|inputs| inputs == row.inputs)
        };
        let open = |path: &Path| Journal::open(path, &benchmark.settings, is_current);
        let (results, speed) = (open(&name("results"))?, open(&name("speed"))?);
        let own = [name("results"), name("speed")];
        let mut of_others = HashSet::new();
        for path in files_of_results(folder)?.into_iter().filter(|path| !own.contains(path)) {
            of_others.extend(keys_of_other(&path, &benchmark.settings, is_current)?);
        }
        Ok(Self { results, speed, of_others })
    }

    fn of(&self, task: Task) -> &Journal {
        if task == Task::Speed { &self.speed } else { &self.results }
    }

    /// Whether there was a row when the files were opened.
    pub fn has(&self, key: &Key) -> bool {
        self.of(key.task).has(key) || self.of_others.contains(key)
    }
}

/// What another file has current rows of. Those that are not are taken out of it, unless somebody is writing to it, who did so when they began.
fn keys_of_other(
    path: &Path,
    settings: &Settings,
    is_current: impl Fn(&Row) -> bool,
) -> Result<HashSet<Key>> {
    let Some(file) = ResultsFile::open(path)? else { return Ok(HashSet::new()) };
    check_settings(path, settings, &file.settings)?;
    let (current, others): (Vec<Row>, Vec<Row>) = file.rows.into_iter().partition(&is_current);
    match others.is_empty() {
        true => Ok(current.iter().map(Row::key).collect()),
        false => match Journal::open(path, settings, is_current) {
            Ok(journal) => Ok(journal.into_keys()),
            Err(Error::Busy { .. }) => Ok(current.iter().map(Row::key).collect()),
            Err(error) => Err(error),
        },
    }
}

/// Measures all that there is no row of yet, on `threads` languages at a time, as long as what they are taken to need is within `memory` bytes;
/// a language that needs more is measured alone. `show` is told of every row.
///
/// # Errors
/// If a row cannot be written. What goes wrong with a language is a row, and stops no other.
pub fn run(
    benchmark: &Benchmark,
    journals: &Journals,
    (threads, memory): (usize, u64),
    show: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<()> {
    let hubs: Vec<Hub<'_>> = benchmark.hubs().iter().map(|hub| Hub::new(benchmark, hub)).collect();
    let work = Work {
        benchmark,
        journals,
        hubs,
        show,
        budget: Budget::new(memory.saturating_sub(benchmark.memory_of_hubs())),
        next: AtomicUsize::new(0),
        state: Mutex::new(State::of(benchmark, journals)),
        begin: Instant::now(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work.measure_languages());
        }
    });
    match locked(&work.state).error.take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What all threads share.
struct Work<'a> {
    benchmark: &'a Benchmark,
    journals: &'a Journals,
    hubs: Vec<Hub<'a>>,
    show: &'a (dyn Fn(Progress<'_>) + Sync),
    budget: Budget,
    /// The language that nobody has taken yet.
    next: AtomicUsize,
    state: Mutex<State>,
    begin: Instant,
}

struct State {
    n_done: usize,
    n_rows: usize,
    /// Seconds that languages were estimated to take: those that are done, and all.
    done: f64,
    all: f64,
    /// Why nothing more can be written.
    error: Option<Error>,
}

impl State {
    fn of(benchmark: &Benchmark, journals: &Journals) -> Self {
        let mut state = State { n_done: 0, n_rows: 0, done: 0.0, all: 0.0, error: None };
        for language in benchmark.languages() {
            let (n_rows, n_done) = benchmark
                .keys_of(language)
                .fold((0, 0), |(n, done), key| (n + 1, done + usize::from(journals.has(&key))));
            state.n_rows += n_rows;
            state.n_done += n_done;
            if n_done < n_rows {
                state.all += benchmark.cost_of(language).seconds;
            }
        }
        state
    }
}

impl Work<'_> {
    fn measure_languages(&self) {
        while let Some(language) = self.benchmark.languages().get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let mut keys: Vec<Key> =
                self.benchmark.keys_of(language).filter(|key| !self.journals.has(key)).collect();
            // The tasks of a hub one after the other, so that only one pair of languages is in memory.
            keys.sort_by(|a, b| a.hub.cmp(&b.hub));
            if keys.is_empty() {
                continue;
            }
            let cost = self.benchmark.cost_of(language);
            let _share = self.budget.take(cost.memory);
            self.measure_language(language, keys);
            let mut state = locked(&self.state);
            state.done += cost.seconds;
            if state.error.is_some() {
                return;
            }
        }
    }

    fn measure_language(&self, language: &str, keys: Vec<Key>) {
        // Before the files are read: one that is replaced meanwhile is another to the next run.
        let keys: Vec<_> = keys.into_iter().map(|key| (self.benchmark.inputs(&key), key)).collect();
        let subject = caught(|| Subject::open(self.benchmark, language));
        for (inputs, key) in keys {
            let measured = match (&subject, &inputs) {
                (Ok(subject), Ok(_)) => caught(|| tasks::measure(&key, subject, &self.hubs)),
                (Err(reason), _) => Err(reason.clone()),
                (_, Err(error)) => Err(Reason::fault(error)),
            };
            let outcome = measured.map_or_else(Outcome::from, Outcome::Measured);
            let Key { language, task, hub } = key;
            let row = Row { language, task, hub, outcome, inputs: inputs.unwrap_or_default() };
            if !self.write(&row) {
                return;
            }
        }
    }

    /// Whether a row could be written.
    fn write(&self, row: &Row) -> bool {
        let written = self.journals.of(row.task).append(row);
        let mut state = locked(&self.state);
        if let Err(error) = written {
            state.error.get_or_insert(error);
            return false;
        }
        state.n_done += 1;
        let State { n_done, n_rows, done, all, .. } = *state;
        let seconds_left = (done > 0.0).then(|| self.begin.elapsed().as_secs_f64() * (all - done) / done);
        (self.show)(Progress { row, n_done, n_rows, seconds_left });
        state.error.is_none()
    }
}

/// What `work` gives; a panic is a fault like any other, so that it stops no other language.
fn caught<T>(work: impl FnOnce() -> std::result::Result<T, Reason>) -> std::result::Result<T, Reason> {
    let told = |panic: Box<dyn Any + Send>| {
        let text =
            panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Reason::Fault(format!("a fault of this program: {}", text.unwrap_or("no word of what")))
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(told(panic)))
}

/// Memory that languages share.
struct Budget {
    all: u64,
    used: Mutex<u64>,
    given_back: Condvar,
}

/// A part of it, given back when it is dropped.
struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    fn new(all: u64) -> Self {
        Self { all, used: Mutex::new(0), given_back: Condvar::new() }
    }

    /// Waits until so much is free, or all is.
    fn take(&self, bytes: u64) -> Share<'_> {
        let mut used = locked(&self.used);
        while *used > 0 && *used + bytes > self.all {
            used = self.given_back.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used += bytes;
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *locked(&self.budget.used) -= self.bytes;
        self.budget.given_back.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept() {
        let budget = Budget::new(10);
        let most = Mutex::new((0, 0));
        std::thread::scope(|scope| {
            for bytes in [4, 4, 4, 9, 30, 1, 6] {
                let (budget, most) = (&budget, &most);
                scope.spawn(move || {
                    let _share = budget.take(bytes);
                    locked(most).0 += bytes;
                    let now = locked(most).0;
                    assert!(now <= 10 || now == 30, "{now}");
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    locked(most).0 -= bytes;
                    locked(most).1 += 1;
                });
            }
        });
        assert_eq!((*locked(&budget.used), locked(&most).1), (0, 7));
    }

    #[test]
    fn a_panic_is_a_fault() {
        assert_eq!(
            caught::<()>(|| panic!("number {}", 7)),
            Err(Reason::Fault("a fault of this program: number 7".into()))
        );
        assert_eq!(caught(|| Ok(1)), Ok(1));
    }
}
