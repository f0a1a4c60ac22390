//! `wordferry evaluate classification`: a model and labelled texts, or predictions, in; everything that is measured of a classifier out.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use wordferry::evaluate::{
    Answers, ClassificationScores, DecisionScores, PredictionColumns, Predictions, reliability_diagram,
    score_classification,
};
use wordferry::transfer::{Corpus, LabelMap};
use wordferry::vectors::{Artefact, check_place, write_atomically};

use super::reader::Reader;
use super::{SEED, columns, multi_label};
use crate::failure::Usage;
use crate::options::{EvaluateClassificationArguments, Shared};
use crate::printer::Printer;

/// What was found.
struct Found {
    scores: ClassificationScores,
    /// Of a model that was trained to keep a promise.
    decisions: Option<DecisionScores>,
}

pub(crate) fn run(
    arguments: &EvaluateClassificationArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    arguments.plot.as_deref().map(check_place).transpose()?;
    let is_model = Artefact::kind_of(&arguments.input).is_some();
    if let (Some(texts), true) = (&arguments.texts, multi_label::is_one(&arguments.input)) {
        return multi_label::evaluate(arguments, texts, shared, printer);
    }
    let found = match (&arguments.texts, is_model) {
        // What is not there is no other file: the error is that of opening it.
        (Some(texts), _) if is_model || !arguments.input.exists() => {
            score_model(arguments, texts, shared, printer)?
        }
        (None, false) => score_predictions(arguments, shared)?,
        (None, true) => return Err(usage("labelled texts to test the model on (--texts FILE)", "none")),
        (Some(_), _) => return Err(usage("a model with --texts", "another file")),
    };
    if let Some(path) = &arguments.plot {
        let title = format!("Reliability, {}", name(&arguments.input));
        let svg = reliability_diagram(&title, &found.scores.reliability).to_svg();
        write_atomically(path, |file| file.write_all(svg.as_bytes()))?;
    }
    let mut report = json!(found.scores);
    report["decisions"] = json!(found.decisions);
    printer.report(shared, &report, || match &found.decisions {
        Some(decisions) => format!("{}\n{decisions}", found.scores),
        None => found.scores.to_string(),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn usage(expected: &str, found: &str) -> anyhow::Error {
    Usage(format!("expected {expected}, found {found}")).into()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn score_model(
    arguments: &EvaluateClassificationArguments,
    texts: &Path,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Found> {
    printer.progress(&format!("reading {}", arguments.input.display()));
    let model = Reader::open(&arguments.input, arguments.encoder.as_deref(), shared, printer)?;
    let classes = model.classes();
    let positive = positive(arguments.positive.as_deref(), classes)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let corpus = Corpus::open(texts, &columns(&arguments.columns), &LabelMap::new(labels))?;
    let truth = corpus.class_indices(classes)?;
    printer.progress(&format!("classifying {} texts", corpus.len()));
    let of_budget = model.thresholds().map(|thresholds| thresholds.positive);
    let decisions = match model.decides() {
        true => DecisionScores::of(&truth, &model.replies(&corpus.texts())?, of_budget),
        false => None,
    };
    let answers = Answers::of_probabilities(model.probabilities(&corpus.texts())?);
    let seed = shared.seed.unwrap_or(SEED);
    let scores = score_classification(&truth, &answers, classes, positive.or(of_budget), seed);
    Ok(Found { scores, decisions })
}

fn score_predictions(arguments: &EvaluateClassificationArguments, shared: &Shared) -> anyhow::Result<Found> {
    let positive_name = arguments.positive.as_deref();
    let columns =
        PredictionColumns { label: columns(&arguments.columns).label, ..PredictionColumns::default() };
    let Predictions { classes, truth, answers } =
        Predictions::open(&arguments.input, &columns, positive_name)?;
    let positive = positive(positive_name, &classes)?;
    let seed = shared.seed.unwrap_or(SEED);
    let scores = score_classification(&truth, &answers, &classes, positive, seed);
    Ok(Found { scores, decisions: None })
}

/// The class of this name.
fn positive(name: Option<&str>, classes: &[String]) -> anyhow::Result<Option<usize>> {
    let Some(name) = name else { return Ok(None) };
    match classes.iter().position(|class| class == name) {
        Some(class) => Ok(Some(class)),
        None => Err(usage(&format!("--positive with one of the classes ({})", classes.join(", ")), name)),
    }
}
