//! `wordferry train`: labelled texts in, a model out, and what it makes of texts that it did not see. One that is no better than
//! chance on them is not saved.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ndarray::ArrayView2;
use serde_json::{Value, json};
use wordferry::classify::{BalancedAccuracy, top};
use wordferry::encode::{AnyEncoder, LatentEncoder, LexicalEncoder, Views, hub_name};
use wordferry::evaluate::Scores;
use wordferry::transfer::{
    Corpus, EncoderOrigin, HeldOutScores, Kept, LabelMap, Model, Promises, Result as TransferResult, Training,
};
use wordferry::vectors::{Artefact, check_place};

use super::embed::{open_any, open_words};
use super::texts::{LATENT, as_strs};
use super::{SEED, columns, few, multi_label, suspects, trust};
use crate::failure::Usage;
use crate::hub::locate;
use crate::options::{CombineName, EncodingArguments, Shared, TrainArguments};
use crate::printer::Printer;

/// How much a dense encoder counts beside n-grams.
const WEIGHT_BESIDE_NGRAMS: f32 = 0.3;
/// The encoder that needs no file, beside the one that learns.
const LEXICAL: &str = "lexical";

pub(crate) fn run(
    arguments: &TrainArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    check_place(&arguments.output)?;
    if let Some(separator) = &arguments.multi_label {
        return multi_label::train(arguments, separator, shared, printer);
    }
    check_combine(arguments.combine, &arguments.encoder)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let corpus = Corpus::open(&arguments.texts, &columns(&arguments.columns), &LabelMap::new(labels))?;
    if let Some(n) = arguments.few {
        return few::train(arguments, n, &corpus, shared, printer);
    }
    let TrainArguments { max_fpr, positive, confidence, .. } = arguments;
    let promises = trust::promises(*max_fpr, positive.as_deref(), *confidence, &corpus.classes())?;
    let unlabelled = unlabelled(arguments)?;
    let seen: Vec<&str> = corpus.texts().into_iter().chain(unlabelled.iter().map(String::as_str)).collect();
    let paths = paths(&arguments.encoder, &arguments.encoding, shared, printer)?;
    let encoder = encoder(&paths, &arguments.encoding, &seen, corpus.n_rarest(), shared, printer)?;
    printer.progress(&format!("training on {} texts", corpus.len()));
    let training = training(arguments, shared);
    let (model, held_out) = training.fit_and_hold_out(encoder, &corpus)?;
    let origin = EncoderOrigin { learned: learned(&arguments.encoder), unlabelled: unlabelled.clone() };
    let model = model.with_origin(origin);
    let gate = trust::checked(held_out.as_ref(), &corpus, arguments.force, printer)?;
    let (mut model, mut kept) = match &held_out {
        Some(held_out) => {
            let (model, kept) = model.promising(held_out, &promises)?;
            (model, Some(kept))
        }
        None => (model.asked_for(Some(&promises)), None),
    };
    trust::note_limits(kept.as_ref(), &promises, model.classes(), printer);
    if arguments.self_train {
        model = self_trained(model, &unlabelled, &corpus, training.seed, printer)?;
        kept = None;
    }
    let of_hub: Vec<String> = paths.iter().filter_map(|path| hub_name(path)).collect();
    if !of_hub.is_empty() {
        model.note("hub", of_hub);
    }
    model.save(&arguments.output)?;
    if let Some(path) = &arguments.suspects {
        suspects::save(path, &corpus, &model, held_out.as_ref(), printer)?;
    }
    Trained { model, held_out, kept, gate, promises }.tell(&arguments.output, training.seed, shared, printer)
}

/// The model with a student that it taught on texts without labels.
fn self_trained(
    model: Model,
    unlabelled: &[String],
    corpus: &Corpus,
    seed: u64,
    printer: &Printer,
) -> anyhow::Result<Model> {
    printer.progress(&format!("learning from {} texts without labels", unlabelled.len()));
    let model = model.self_trained(&as_strs(unlabelled), corpus, seed)?;
    printer.note(
        "note: what was held out was judged before self-training; the model keeps no texts, and is as sure as the first classifier thinks that it is right",
    );
    Ok(model)
}

/// A model, and what is known of it.
pub(super) struct Trained {
    pub(super) model: Model,
    pub(super) held_out: Option<HeldOutScores>,
    pub(super) kept: Option<Kept>,
    pub(super) gate: TransferResult<BalancedAccuracy>,
    pub(super) promises: Promises,
}

impl Trained {
    /// Says what the model is and what it makes of texts that it did not see.
    pub(super) fn tell(
        &self,
        output: &Path,
        seed: u64,
        shared: &Shared,
        printer: &Printer,
    ) -> anyhow::Result<ExitCode> {
        let Self { model, held_out, kept, gate, promises } = self;
        let kept = kept.as_ref();
        let scores = held_out.as_ref().map(|HeldOutScores { scores: of_texts, labels }| {
            scores(kept.map_or(of_texts, |kept| &kept.probabilities).view(), labels, seed)
        });
        let mut report = report(model, scores.as_ref());
        for (key, value) in trust::report(gate, kept, promises, model) {
            report[key] = value;
        }
        printer.report(shared, &report, || {
            text(model, scores.as_ref(), &trust::text(kept, promises, model.classes()), output)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The texts without labels that encoders may learn from, too.
pub(super) fn unlabelled(arguments: &TrainArguments) -> anyhow::Result<Vec<String>> {
    match &arguments.unlabelled {
        Some(path) => Ok(Corpus::open_texts(path, &columns(&arguments.columns))?),
        None => Ok(Vec::new()),
    }
}

pub(super) fn training(arguments: &TrainArguments, shared: &Shared) -> Training {
    Training {
        head: arguments.head,
        l2: None,
        combination: arguments.combine.combination(),
        balanced: !arguments.unbalanced,
        keep_texts: !arguments.no_texts,
        seed: shared.seed.unwrap_or(SEED),
    }
}

/// Says so where there are no classifiers to combine.
pub(super) fn check_combine(combine: CombineName, encoders: &[PathBuf]) -> Result<(), Usage> {
    match combine.combination() {
        Some(way) if encoders.len() < 2 => Err(Usage(format!(
            "expected two encoders or more with --combine {}, found {}",
            way.name(),
            encoders.len().max(1)
        ))),
        _ => Ok(()),
    }
}

/// Which encoders learn from the texts: all but those that were saved before, which know what they learned from others.
pub(super) fn learned(encoders: &[PathBuf]) -> Vec<bool> {
    match encoders.is_empty() {
        true => vec![true],
        false => encoders.iter().map(|path| is_name(path) || Artefact::kind_of(path).is_none()).collect(),
    }
}

/// Whether an encoder is one that is known by its name, whatever file may be called so.
fn is_name(path: &Path) -> bool {
    [LEXICAL, LATENT].iter().any(|name| path.as_os_str() == *name)
}

/// Where the encoders are that were asked for.
pub(super) fn paths(
    encoders: &[PathBuf],
    encoding: &EncodingArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Vec<PathBuf>> {
    let stays = |path: &Path| is_name(path) || encoding.map.is_some();
    let place = |path: &PathBuf| if stays(path) { Ok(path.clone()) } else { locate(path, shared, printer) };
    encoders.iter().map(place).collect()
}

/// The encoder that was asked for; of several, all side by side.
pub(super) fn encoder(
    paths: &[PathBuf],
    encoding: &EncodingArguments,
    texts: &[&str],
    n_rarest: usize,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<AnyEncoder> {
    let open = |path: &Path| -> anyhow::Result<AnyEncoder> {
        if path.as_os_str() == LEXICAL {
            return Ok(LexicalEncoder::fit(texts, n_rarest).into());
        }
        if path.as_os_str() == LATENT {
            return Ok(LatentEncoder::fit(texts).into());
        }
        Ok(match encoding.map {
            Some(_) if path.is_file() => open_words(path, encoding, texts, printer)?.into(),
            _ => open_any(path, encoding, texts, shared, printer)?,
        })
    };
    let mut encoders: Vec<AnyEncoder> = paths.iter().map(|path| open(path)).collect::<anyhow::Result<_>>()?;
    match encoders.len() {
        0 => Ok(LexicalEncoder::fit(texts, n_rarest).into()),
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

/// How well the best of every text's scores, or of its probabilities, are right.
pub(super) fn scores(of_texts: ArrayView2<'_, f32>, labels: &[usize], seed: u64) -> Scores {
    let predicted: Vec<usize> = top(of_texts).iter().map(|best| best.class).collect();
    Scores::of(labels, &predicted, of_texts.ncols(), seed)
}

pub(super) fn report(model: &Model, scores: Option<&Scores>) -> Value {
    let held_out = scores.map(|scores| {
        json!({
            "n": scores.n, "accuracy": scores.accuracy, "accuracy_ci": scores.accuracy_ci,
            "macro_f1": scores.macro_f1, "macro_f1_ci": scores.macro_f1_ci, "majority": scores.majority,
        })
    });
    json!({
        "n_train": model.provenance()["n_train"], "classes": model.classes(), "encoder": model.encoder().kind(),
        "n_features": model.encoder().dimension(), "head": model.head().name(), "l2": model.l2().l2,
        "n_folds": model.l2().n_folds, "combination": model.provenance().get("combination"), "held_out": held_out,
    })
}

fn text(model: &Model, scores: Option<&Scores>, trust: &str, output: &Path) -> String {
    let classes = model.classes().join(", ");
    let n = &model.provenance()["n_train"];
    let (combined, held_out) = (combined(model), held_out_text(scores));
    format!("{n} texts of {classes}\n{combined}{held_out}{trust}{}\n", output.display())
}

/// What a model makes of texts that it did not see, as a line.
pub(super) fn held_out_text(scores: Option<&Scores>) -> String {
    match scores {
        None => "a class has a single text: nothing could be held out\n".to_owned(),
        Some(Scores { accuracy, accuracy_ci, macro_f1, majority, .. }) => format!(
            "held out, fold by fold: accuracy {:.1} % ({:.1} to {:.1}), macro-F1 {:.1} %; always guessing the most frequent class {:.1} %\n",
            100.0 * accuracy,
            100.0 * accuracy_ci.0,
            100.0 * accuracy_ci.1,
            100.0 * macro_f1,
            100.0 * majority,
        ),
    }
}

/// How classifiers of several encoders became one, if they did.
fn combined(model: &Model) -> String {
    let Some(combination) = model.provenance().get("combination") else { return String::new() };
    let weights = combination["weights"].as_array().map(Vec::as_slice).unwrap_or_default();
    let weights: Vec<String> =
        weights.iter().map(|weight| format!("{:.2}", weight.as_f64().unwrap_or_default())).collect();
    format!(
        "{} classifiers combined by {}, their scores times {}\n",
        weights.len(),
        combination["way"].as_str().unwrap_or_default(),
        weights.join(", ")
    )
}
