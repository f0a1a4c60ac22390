//! `wordferry evaluate lexicon`: a map and a test lexicon in, precision at k out.

use std::path::Path;
use std::process::ExitCode;

use wordferry::align::{Alignment, Lexicon};
use wordferry::evaluate::{LexiconScores, score_lexicon};

use super::{criterion, open_mapped};
use crate::options::{EvaluateLexiconArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &EvaluateLexiconArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let alignment = Alignment::open(&arguments.map)?;
    let lexicon = Lexicon::open(&arguments.lexicon)?;
    let files: [&Path; 2] = [&arguments.source, &arguments.target];
    let mapped = open_mapped(&alignment, files, &arguments.reading, printer)?;
    printer.progress("searching");
    let scores = score_lexicon(
        &mapped.source,
        &mapped.target,
        &lexicon,
        criterion(arguments.criterion),
        mapped.known(),
    )?;
    printer.report(shared, &scores, || text(&scores))?;
    Ok(ExitCode::SUCCESS)
}

fn text(scores: &LexiconScores) -> String {
    let LexiconScores { n_queries, n_lexicon, criterion, vocabulary: [n, m], .. } = scores;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    format!(
        "P@1       {} (95 % interval {:.1} to {:.1})\nP@5       {}\nP@10      {}\nof all    P@1 {} if a word that is not covered counts as missed\ncoverage  {} ({n_queries} of {n_lexicon} \
         words)\ncriterion {criterion}\nwords     {n} source, {m} target\n",
        percent(scores.p_at_1),
        100.0 * scores.p_at_1_ci.0,
        100.0 * scores.p_at_1_ci.1,
        percent(scores.p_at_5),
        percent(scores.p_at_10),
        percent(scores.p_at_1_of_all),
        percent(scores.coverage),
    )
}
