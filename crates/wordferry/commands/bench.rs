//! `wordferry bench`: vectors and test sets of many languages in, a row for every language and task out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use serde_json::json;
use wordferry::benchmark::{
    Benchmark, Cost, Folder, Journals, Measurement, Mock, Outcome, Progress, Row, Settings, Task, VERSION, run as measure,
};
use wordferry::vectors::create_folder;

use super::SEED;
use crate::failure::{GATE, Usage};
use crate::options::{BenchArguments, Shared, Tasks};
use crate::printer::Printer;

/// Where all languages meet in made-up data.
const MOCK_HUB: &str = "en";

pub(crate) fn run(arguments: &BenchArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<ExitCode> {
    let from = data_folder(arguments, shared, printer)?;
    let benchmark = benchmark(arguments, &from, shared)?;
    let share = arguments.shard.map(|shard| (shard.number(), shard.of()));
    if arguments.dry_run {
        return dry_run(&benchmark, shared, printer);
    }
    create_folder(&arguments.out)?;
    let journals = Journals::open(&arguments.out, &benchmark, share)?;
    let told = Told { printer: Mutex::new(printer), counts: Mutex::default(), shared };
    measure(&benchmark, &journals, (threads(shared), arguments.memory.0), &|progress| told.tell(&progress))?;
    let counts = told.counts.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    finish(arguments, &counts, shared, printer)
}

/// Languages that are measured at a time.
fn threads(shared: &Shared) -> usize {
    shared.threads.map(usize::from).unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The folder of data; for a trial one that is filled first, unless it was.
fn data_folder(arguments: &BenchArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<PathBuf> {
    match (&arguments.from, arguments.mock) {
        (_, Some(size)) => {
            let folder = arguments.out.join("data");
            let mock = Mock { n_words: size.n_words, dimension: size.dimension, seed: shared.seed.unwrap_or(SEED) };
            printer.progress("making up data");
            mock.write(&folder, &mock_languages(), MOCK_HUB)?;
            Ok(folder)
        }
        (Some(folder), None) => Ok(folder.clone()),
        (None, None) => Err(Usage("expected --from DIR or --mock, found neither".into()).into()),
    }
}

fn benchmark(arguments: &BenchArguments, from: &Path, shared: &Shared) -> anyhow::Result<Benchmark> {
    let folder = Folder::open(from)?;
    let all = |names: &[String]| names.iter().any(|name| name == "all");
    let languages = if all(&arguments.languages) { Vec::new() } else { arguments.languages.clone() };
    let hubs = if all(&arguments.hub) { folder.languages() } else { arguments.hub.clone() };
    let tasks = arguments.tasks.iter().map(|task| match task {
        Tasks::All => Task::ALL.to_vec(),
        Tasks::One(task) => vec![*task],
    });
    let settings = Settings {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").into(),
        limit: arguments.limit,
        method: "procrustes".into(),
        seed: shared.seed.unwrap_or(SEED),
    };
    let benchmark = Benchmark::new(folder, &languages, &hubs, &tasks.flatten().collect::<Vec<_>>(), settings)?;
    Ok(match arguments.shard {
        Some(shard) => benchmark.share(shard.number(), shard.of()),
        None => benchmark,
    })
}
