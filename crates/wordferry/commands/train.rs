//! `wordferry train`: labelled texts in, a model out, and what it makes of texts that it did not see.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::encode::{AnyEncoder, LexicalEncoder, Views};
use wordferry::evaluate::Scores;
use wordferry::transfer::{Corpus, EncoderOrigin, HeldOutScores, LabelMap, Model, Training};
use wordferry::vectors::Artefact;

use super::embed::{open_any, open_words};
use super::{SEED, columns, few, suspects};
use crate::options::{EncodingArguments, Shared, TrainArguments};
use crate::printer::Printer;

/// How much a dense encoder counts beside n-grams.
const WEIGHT_BESIDE_NGRAMS: f32 = 0.3;
/// The encoder that needs no file.
const LEXICAL: &str = "lexical";

pub(crate) fn run(
    arguments: &TrainArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let columns = columns(&arguments.columns);
    let corpus = Corpus::open(&arguments.texts, &columns, &LabelMap::new(labels))?;
    if let Some(n) = arguments.few {
        return few::train(arguments, n, &corpus, shared, printer);
    }
    let unlabelled = match &arguments.unlabelled {
        Some(path) => Corpus::open_texts(path, &columns)?,
        None => Vec::new(),
    };
    let seen: Vec<&str> = corpus.texts().into_iter().chain(unlabelled.iter().map(String::as_str)).collect();
    let encoder = encoder(&arguments.encoder, &arguments.encoding, &seen, shared, printer)?;
    printer.progress(&format!("training on {} texts", corpus.len()));
    let training = training(arguments, shared);
    let (model, held_out) = training.fit_and_hold_out(encoder, &corpus)?;
    let model = model.with_origin(EncoderOrigin { learned: learned(&arguments.encoder), unlabelled });
    model.save(&arguments.output)?;
    if let Some(path) = &arguments.suspects {
        suspects::save(path, &corpus, &model, held_out.as_ref(), printer)?;
    }
    tell(&model, held_out.as_ref(), training.seed, &arguments.output, shared, printer)
}

pub(super) fn training(arguments: &TrainArguments, shared: &Shared) -> Training {
    Training {
        head: arguments.head,
        l2: None,
        balanced: !arguments.unbalanced,
        keep_texts: !arguments.no_texts,
        seed: shared.seed.unwrap_or(SEED),
    }
}

/// Says what a model is and what it makes of texts that it did not see.
pub(super) fn tell(
    model: &Model,
    held_out: Option<&HeldOutScores>,
    seed: u64,
    output: &Path,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let scores = held_out.map(|held_out| scores(held_out, model.classes().len(), seed));
    printer.report(shared, &report(model, scores.as_ref()), || text(model, scores.as_ref(), output))?;
    Ok(ExitCode::SUCCESS)
}

/// Which encoders learn from the texts: all but those that were saved before, which know what they learned from others.
pub(super) fn learned(encoders: &[PathBuf]) -> Vec<bool> {
    match encoders.is_empty() {
        true => vec![true],
        false => encoders.iter().map(|path| Artefact::kind_of(path).is_none()).collect(),
    }
}

/// The encoder that was asked for; of several, all side by side.
pub(super) fn encoder(
    paths: &[PathBuf],
    encoding: &EncodingArguments,
    texts: &[&str],
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<AnyEncoder> {
    let open = |path: &Path| -> anyhow::Result<AnyEncoder> {
        if path.as_os_str() == LEXICAL {
            return Ok(LexicalEncoder::fit(texts).into());
        }
        Ok(match encoding.map {
            Some(_) if path.is_file() => open_words(path, encoding, texts, printer)?.into(),
            _ => open_any(path, encoding, texts, shared, printer)?,
        })
    };
    let mut encoders: Vec<AnyEncoder> = paths.iter().map(|path| open(path)).collect::<anyhow::Result<_>>()?;
    match encoders.len() {
        0 => Ok(LexicalEncoder::fit(texts).into()),
        1 => Ok(encoders.remove(0)),
        _ => {
            let weight = |encoder: &AnyEncoder| match encoder {
                AnyEncoder::Lexical(_) => 1.0,
                _ => WEIGHT_BESIDE_NGRAMS,
            };
            let weighted = encoders.into_iter().map(|encoder| (weight(&encoder), encoder));
            Ok(Views::fit(weighted.map(|(weight, encoder)| (encoder, weight)).collect(), texts)?.into())
        }
    }
}

pub(super) fn scores(held_out: &HeldOutScores, n_classes: usize, seed: u64) -> Scores {
    let best = |row: ndarray::ArrayView1<'_, f32>| {
        row.iter().enumerate().fold(0, |best, (i, &score)| if score > row[best] { i } else { best })
    };
    let predicted: Vec<usize> = held_out.scores.rows().into_iter().map(best).collect();
    Scores::of(&held_out.labels, &predicted, n_classes, seed)
}

fn report(model: &Model, scores: Option<&Scores>) -> Value {
    let held_out = scores.map(|scores| {
        json!({
            "n": scores.n, "accuracy": scores.accuracy, "accuracy_ci": scores.accuracy_ci,
            "macro_f1": scores.macro_f1, "macro_f1_ci": scores.macro_f1_ci, "majority": scores.majority,
        })
    });
    json!({
        "n_train": model.provenance()["n_train"], "classes": model.classes(), "encoder": model.encoder().kind(),
        "n_features": model.encoder().dimension(), "head": model.head().name(), "l2": model.l2().l2,
        "n_folds": model.l2().n_folds, "held_out": held_out,
    })
}

fn text(model: &Model, scores: Option<&Scores>, output: &Path) -> String {
    let held_out = match scores {
        None => "a class has a single text: nothing could be held out\n".to_owned(),
        Some(Scores { accuracy, accuracy_ci, macro_f1, majority, .. }) => format!(
            "held out, fold by fold: accuracy {:.1} % ({:.1} to {:.1}), macro-F1 {:.1} %; always guessing the most frequent class {:.1} %\n",
            100.0 * accuracy,
            100.0 * accuracy_ci.0,
            100.0 * accuracy_ci.1,
            100.0 * macro_f1,
            100.0 * majority,
        ),
    };
    let classes = model.classes().join(", ");
    format!("{} texts of {classes}\n{held_out}{}\n", model.provenance()["n_train"], output.display())
}
