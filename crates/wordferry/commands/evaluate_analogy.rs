//! `wordferry evaluate analogy`: vectors and analogies in, the share that is answered right out.

use std::path::Path;
use std::process::ExitCode;

use wordferry::evaluate::{AnalogyScores, Questions, score_analogies};

use super::open_vectors;
use super::sets::{self, Set};
use crate::options::{EvaluateAnalogyArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &EvaluateAnalogyArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let tests: Vec<(&Path, Questions)> = arguments
        .sets
        .iter()
        .map(|path| Ok((path.as_path(), Questions::open(path)?)))
        .collect::<anyhow::Result<_>>()?;
    let embeddings = open_vectors(&arguments.vectors, &arguments.reading, printer)?;
    printer.progress("searching");
    let score = |(path, questions): &(&Path, Questions)| {
        let scores = score_analogies(&embeddings, questions).map_err(|error| error.within(path))?;
        Ok(Set::new(path, scores))
    };
    let scored: Vec<Set<AnalogyScores>> = tests.iter().map(score).collect::<anyhow::Result<_>>()?;
    sets::print(&scored, text, shared, printer)?;
    Ok(ExitCode::SUCCESS)
}

fn text(scores: &AnalogyScores) -> String {
    let AnalogyScores { accuracy, accuracy_ci, by_category, coverage, n, n_questions } = scores;
    let mut text = format!(
        "accuracy  {:.1} % (95 % interval {:.1} to {:.1})\ncoverage  {:.1} % ({n} of {n_questions} questions)\n",
        100.0 * accuracy,
        100.0 * accuracy_ci.0,
        100.0 * accuracy_ci.1,
        100.0 * coverage,
    );
    for (name, category) in by_category {
        let accuracy =
            category.accuracy.map_or("–".into(), |accuracy| format!("{:.1} %", 100.0 * accuracy));
        text += &format!("{accuracy:>8}  {name} ({} of {} questions)\n", category.n, category.n_questions);
    }
    text
}
