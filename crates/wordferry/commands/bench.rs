//! `wordferry bench`: vectors and test sets of many languages in, a row for every language and task out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use wordferry::benchmark::{
    Benchmark, Catalogue, Collection, Cost, Folder, Journals, Mock, Outcome, Progress, Settings, Task,
    VERSION, run as measure,
};
use wordferry::vectors::create_folder;

use super::{SEED, bench_report, data};
use crate::failure::GATE;
use crate::options::{BenchArguments, BenchCommand, BenchRunArguments, MockSize, Shared, Tasks};
use crate::printer::Printer;

/// Where languages meet, unless another hub is named.
const HUB: &str = "en";

pub(crate) fn run(
    arguments: &BenchArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    match (&arguments.command, &arguments.run) {
        (Some(BenchCommand::Report(arguments)), _) => bench_report::run(arguments, shared, printer),
        (None, Some(arguments)) => measure_all(arguments, shared, printer),
        (None, None) => unreachable!("clap asks for --out where there is no subcommand"),
    }
}

fn measure_all(
    arguments: &BenchRunArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let from = data_folder(arguments, shared, printer)?;
    let benchmark = benchmark(arguments, &from, shared, printer)?;
    let share = arguments.shard.map(|shard| (shard.number(), shard.of()));
    if arguments.dry_run {
        return dry_run(&benchmark, shared, printer);
    }
    create_folder(&arguments.out)?;
    printer.progress("looking at what there is");
    let journals = Journals::open(&arguments.out, &benchmark, share)?;
    let told = Told { printer, counts: Mutex::default() };
    measure(&benchmark, &journals, (rayon::current_num_threads(), arguments.memory.0), &|progress| {
        told.tell(&progress)
    })?;
    drop(journals);
    let counts = told.counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    finish(arguments, &counts, shared, printer)
}

/// The folder of data; for a trial one that is filled first.
fn data_folder(arguments: &BenchRunArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<PathBuf> {
    let Some(MockSize { n_words, dimension }) = arguments.mock else {
        return Ok(data::folder(arguments.from.as_ref())?);
    };
    let folder = arguments.out.join("data");
    printer.progress("making up data");
    let catalogue = Catalogue::default();
    let mut codes = catalogue.languages().iter().map(|language| language.code).collect::<Vec<_>>();
    if !all(&arguments.languages) {
        let asked = arguments.languages.iter().map(|code| catalogue.language(code));
        codes = asked.map(|language| Ok(language?.code)).collect::<anyhow::Result<_>>()?;
    }
    let mock = Mock { n_words, dimension, seed: shared.seed.unwrap_or(SEED) };
    mock.write(&folder, &codes, HUB)?;
    Ok(folder)
}

/// What rows of other data are told by.
fn name_of_data(arguments: &BenchRunArguments, from: &Path) -> String {
    let of = |collection: Collection| format!(" ({})", collection.name());
    match arguments.mock {
        Some(MockSize { n_words, dimension }) => format!("made up, {n_words}x{dimension}"),
        None => format!("{}{}", from.display(), arguments.collection.map(of).unwrap_or_default()),
    }
}

/// Whether all are asked for.
fn all(names: &[String]) -> bool {
    names.iter().any(|name| name == "all")
}

fn benchmark(
    arguments: &BenchRunArguments,
    from: &Path,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Benchmark> {
    let folder = Folder::open(from, arguments.collection)?;
    let languages = if all(&arguments.languages) { Vec::new() } else { arguments.languages.clone() };
    let hubs = match &arguments.hub[..] {
        [] if folder.languages().iter().any(|language| language == HUB) => vec![HUB.to_owned()],
        [] => {
            printer
                .note(&format!("note: no vectors of {HUB}: name a --hub for tasks that take two languages"));
            Vec::new()
        }
        hubs if all(hubs) => folder.languages(),
        hubs => hubs.to_vec(),
    };
    let tasks = arguments.tasks.iter().map(|task| match task {
        Tasks::All => Task::ALL.to_vec(),
        Tasks::One(task) => vec![*task],
    });
    let settings = Settings {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").into(),
        limit: arguments.limit,
        data: name_of_data(arguments, from),
        seed: shared.seed.unwrap_or(SEED),
    };
    let benchmark =
        Benchmark::new(folder, &languages, &hubs, &tasks.flatten().collect::<Vec<_>>(), settings)?;
    Ok(match arguments.shard {
        Some(shard) => benchmark.share(shard.number(), shard.of()),
        None => benchmark,
    })
}

/// Counts rows and shows how far a run is.
struct Told<'a> {
    printer: &'a Printer,
    counts: Mutex<Counts>,
}

/// How many rows came out how.
#[derive(Debug, Default)]
struct Counts {
    measured: usize,
    unmeasurable: usize,
    /// Of what, and why.
    failed: Vec<String>,
}

impl Told<'_> {
    fn tell(&self, progress: &Progress<'_>) {
        let Progress { row, n_done, n_rows, seconds_left } = progress;
        let about = row.key();
        let left =
            seconds_left.map(|seconds| format!(", about {} left", duration(seconds))).unwrap_or_default();
        self.printer.progress(&format!("{n_done} of {n_rows}: {about}{left}"));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match &row.outcome {
            Outcome::Measured(_) => counts.measured += 1,
            Outcome::Unmeasurable { .. } => counts.unmeasurable += 1,
            Outcome::Failed { why } => counts.failed.push(format!("{about}: {why}")),
        }
    }
}

/// A time, in the unit that people would say it in.
fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Says what would be measured and what it would take.
fn dry_run(benchmark: &Benchmark, shared: &Shared, printer: &Printer) -> anyhow::Result<ExitCode> {
    let costs: Vec<(&str, usize, Cost)> = benchmark
        .languages()
        .iter()
        .map(|language| (language.as_str(), benchmark.keys_of(language).count(), benchmark.cost_of(language)))
        .collect();
    let n_rows: usize = costs.iter().map(|(_, n, _)| n).sum();
    let bytes: u64 = costs.iter().map(|(.., cost)| cost.bytes).sum();
    let most = costs.iter().map(|(.., cost)| cost.memory).max().unwrap_or(0);
    let threads = rayon::current_num_threads();
    let seconds = costs.iter().map(|(.., cost)| cost.seconds).sum::<f64>() / threads as f64;
    let of_hubs = benchmark.memory_of_hubs();
    let languages = || {
        let language = |(language, n, cost): &(&str, usize, Cost)| {
            json!({
                "language": language, "n_rows": n, "bytes": cost.bytes, "memory_bytes": cost.memory,
                "core_seconds": cost.seconds,
            })
        };
        costs.iter().map(language).collect::<Vec<_>>()
    };
    let report = json!({
        "n_languages": costs.len(), "n_rows": n_rows, "bytes": bytes, "seconds": seconds,
        "memory_bytes_of_largest": most, "memory_bytes_of_hubs": of_hubs, "languages": languages(),
    });
    let gigabytes = |bytes: u64| format!("{:.2} GB", bytes as f64 / 1e9);
    printer.report(shared, &report, || {
        format!(
            "languages  {} ({n_rows} rows)\nvectors    {} to read\nmemory     {} for the largest language, {} for the \
             hubs\ntime       about {} with {threads} threads\n",
            costs.len(),
            gigabytes(bytes),
            gigabytes(most),
            gigabytes(of_hubs),
            duration(seconds),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Says what came of a run; shows all of its folder on a page, unless it is a share of a run.
fn finish(
    arguments: &BenchRunArguments,
    counts: &Counts,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let Counts { measured, unmeasurable, failed } = counts;
    let n = failed.len();
    printer.note(&format!("measured now: {measured} rows; {unmeasurable} cannot be measured, {n} failed"));
    failed.iter().for_each(|failed| printer.note(&format!("failed: {failed}")));
    if arguments.shard.is_some() {
        let folder = arguments.out.display();
        printer.note(&format!("when all shares are there: wordferry bench report {folder}"));
    } else {
        bench_report::report(&arguments.out, &arguments.out, None, shared, printer)?;
    }
    Ok(if arguments.strict && n > 0 { ExitCode::from(GATE) } else { ExitCode::SUCCESS })
}
