//! `wordferry evaluate retrieval`: a map and parallel sentences in, how often they find each other out.

use std::process::ExitCode;

use wordferry::align::Alignment;
use wordferry::encode::{Pooling, WordEncoder};
use wordferry::evaluate::{Interval, ParallelTexts, RetrievalScores, score_retrieval};

use super::{Mapped, criterion, open_mapped};
use crate::options::{EvaluateRetrievalArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &EvaluateRetrievalArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let texts = ParallelTexts::open(&arguments.source_texts, &arguments.target_texts)?;
    let alignment = Alignment::open(&arguments.map)?;
    let sides = [arguments.source.as_path(), arguments.target.as_path()];
    let Mapped { source, target, .. } = open_mapped(&alignment, sides, &arguments.reading, printer)?;
    printer.progress("searching");
    let encoder = |embeddings| WordEncoder::new(embeddings, Pooling::default());
    let scores = score_retrieval(&encoder(source), &encoder(target), &texts, criterion(arguments.criterion))?;
    printer.report(shared, &scores, || text(&scores))?;
    Ok(ExitCode::SUCCESS)
}

fn text(scores: &RetrievalScores) -> String {
    let share = |share: f64, interval: Interval| {
        let [share, low, high] = [share, interval.0, interval.1].map(|share| 100.0 * share);
        format!("{share:.1} % (95 % interval {low:.1} to {high:.1})")
    };
    format!(
        "forward   {}\nbackward  {}\nmargin    {:.3}\ncoverage  {:.1} % of {} pairs; the others count as missed\ncriterion \
         {}\n",
        share(scores.accuracy_forward, scores.accuracy_forward_ci),
        share(scores.accuracy_backward, scores.accuracy_backward_ci),
        scores.margin,
        100.0 * scores.coverage,
        scores.n,
        scores.criterion,
    )
}
