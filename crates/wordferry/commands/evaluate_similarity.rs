//! `wordferry evaluate similarity`: vectors and test sets in, correlations with people's scores out.

use std::path::Path;
use std::process::ExitCode;

use wordferry::align::Alignment;
use wordferry::evaluate::{OovPolicy, SimilarityScores, WordPairs, score_similarity};
use wordferry::vectors::Embeddings;

use super::sets::{self, Set};
use super::{Mapped, open_mapped, open_vectors};
use crate::options::{EvaluateSimilarityArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &EvaluateSimilarityArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let tests: Vec<(&Path, WordPairs)> = arguments
        .sets
        .iter()
        .map(|path| Ok((path.as_path(), open_pairs(path, printer)?)))
        .collect::<anyhow::Result<_>>()?;
    let (source, target) = open_sides(arguments, printer)?;
    let target = target.as_ref().unwrap_or(&source);
    let policy = OovPolicy::from(arguments.oov);
    let score = |(path, pairs): &(&Path, WordPairs)| {
        let scores = score_similarity(&source, target, pairs, policy).map_err(|error| error.within(path))?;
        Ok(Set::new(path, scores))
    };
    let scored: Vec<Set<SimilarityScores>> = tests.iter().map(score).collect::<anyhow::Result<_>>()?;
    if scored.iter().any(|set| set.scores.oov_policy != policy) {
        printer.note("note: the vectors have no subwords: pairs with unknown words are skipped");
    }
    sets::print(&scored, text, shared, printer)?;
    Ok(ExitCode::SUCCESS)
}

fn open_pairs(path: &Path, printer: &Printer) -> anyhow::Result<WordPairs> {
    let pairs = WordPairs::open(path)?;
    if pairs.n_unreadable > 0 {
        let n = pairs.n_unreadable;
        printer.note(&format!("note: {}: lines without a pair and a score: {n}", path.display()));
    }
    Ok(pairs)
}

/// The vectors of the first words and, if they are of another language, those of the second.
fn open_sides(
    arguments: &EvaluateSimilarityArguments,
    printer: &Printer,
) -> anyhow::Result<(Embeddings, Option<Embeddings>)> {
    let EvaluateSimilarityArguments { vectors, map, source, target, reading, .. } = arguments;
    match (vectors, map, source, target) {
        (Some(vectors), ..) => Ok((open_vectors(vectors, reading, printer)?, None)),
        (None, Some(map), Some(source), Some(target)) => {
            let alignment = Alignment::open(map)?;
            let Mapped { source, target, .. } = open_mapped(&alignment, [source, target], reading, printer)?;
            Ok((source, Some(target)))
        }
        _ => unreachable!("clap asks for vectors or for a map with both sides"),
    }
}

fn text(scores: &SimilarityScores) -> String {
    let SimilarityScores { spearman, spearman_ci, pearson, coverage, n_pairs, n_scored, oov_policy } = scores;
    let unknown = match oov_policy {
        OovPolicy::Skip => "unknown words skipped",
        OovPolicy::Zero => "unknown words count as 0",
        OovPolicy::Subwords => "unknown words composed of n-grams",
    };
    format!(
        "Spearman  {spearman:.3} (95 % interval {:.3} to {:.3})\nPearson   {pearson:.3}\ncoverage  {:.1} % of {n_pairs} \
         pairs; {n_scored} scored, {unknown}\n",
        spearman_ci.0,
        spearman_ci.1,
        100.0 * coverage,
    )
}
