//! `wordferry bench report`: a run's folder in, a leaderboard out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use wordferry::benchmark::{
    Catalogue, Comparison, LanguageFacts, Leaderboard, Results, Standing, TaskSummary,
};

use super::transfer::shown;
use crate::options::{BenchReportArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &BenchReportArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let out = arguments.out.as_ref().unwrap_or(&arguments.folder);
    report(&arguments.folder, out, arguments.against.as_deref(), shared, printer)
}

/// Shows the results in a folder, and what has changed since those in another.
pub(super) fn report(
    folder: &Path,
    out: &Path,
    against: Option<&Path>,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let catalogue = Catalogue::default();
    let results = Results::open(folder)?;
    note_cut(&results, printer);
    let mut leaderboard = Leaderboard::new(&results, |code| LanguageFacts::of(code, &catalogue));
    if let Some(folder) = against {
        let other = Results::open(folder)?;
        note_cut(&other, printer);
        leaderboard.comparison = Some(Comparison::new(&other, &results));
    }
    let saved = leaderboard.save(out)?;
    printer.report(shared, &Report::new(&leaderboard, &saved), || leaderboard.to_string())?;
    printer.note(&format!("saved {}", saved.iter().map(|path| shown(path)).collect::<Vec<_>>().join(", ")));
    Ok(ExitCode::SUCCESS)
}

fn note_cut(results: &Results, printer: &Printer) {
    for path in &results.cut {
        printer.note(&format!("{}: the last line is not whole, and was passed over", shown(path)));
    }
}

/// What `--json` prints; leaderboard.json has the rows, too.
#[derive(Serialize)]
struct Report<'a> {
    n_languages: usize,
    measured: usize,
    unmeasurable: usize,
    failed: usize,
    tasks: &'a [TaskSummary],
    best: Vec<Best<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a Comparison>,
    files: &'a [PathBuf],
}

#[derive(Serialize)]
struct Best<'a> {
    language: &'a str,
    name: &'a str,
    #[serde(flatten)]
    overall: wordferry::benchmark::Overall,
}

impl<'a> Report<'a> {
    fn new(leaderboard: &'a Leaderboard, files: &'a [PathBuf]) -> Self {
        let [measured, unmeasurable, failed] = leaderboard.counts();
        let best = |language: &'a Standing| {
            let (code, name) = (&language.code, &language.facts.name);
            Some(Best { language: code, name, overall: language.overall? })
        };
        Self {
            n_languages: leaderboard.languages.len(),
            measured,
            unmeasurable,
            failed,
            tasks: &leaderboard.tasks,
            best: leaderboard.languages.iter().filter_map(best).take(10).collect(),
            comparison: leaderboard.comparison.as_ref(),
            files,
        }
    }
}
