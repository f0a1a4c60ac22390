//! What `train`, `predict` and `evaluate classification` do where a text may have any number of labels.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ndarray::Axis;
use serde_json::{Map, Value, json};
use wordferry::classify::BalancedAccuracy;
use wordferry::encode::{Surroundings, hub_name};
use wordferry::evaluate::{MultiLabelScores, score_multi_label};
use wordferry::transfer::{
    HeldOutLabels, LabelMap, MultiLabelCorpus, MultiLabelModel, MultiLabelTraining, Result as TransferResult,
    Row,
};
use wordferry::vectors::Artefact;

use super::predict::push_field;
use super::reader::surroundings;
use super::{SEED, columns, train, trust};
use crate::failure::Usage;
use crate::options::{EvaluateClassificationArguments, Shared, TrainArguments};
use crate::printer::Printer;

/// Whether a file is a model of any number of labels.
pub(super) fn is_one(path: &Path) -> bool {
    Artefact::kind_of(path).as_deref() == Some(MultiLabelModel::KIND)
}

/// Opens a model; `encoder` is the folder of its transformer, if it is not where it was.
pub(super) fn open(
    path: &Path,
    encoder: Option<&Path>,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<MultiLabelModel> {
    let surroundings: Surroundings = surroundings(path, encoder, shared, printer)?;
    Ok(MultiLabelModel::open_within(path, &surroundings)?)
}

/// Trains a model on texts whose labels `separator` divides.
pub(super) fn train(
    arguments: &TrainArguments,
    separator: &str,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let (columns, labels) = (columns(&arguments.columns), LabelMap::new(labels));
    let corpus = MultiLabelCorpus::open(&arguments.texts, &columns, &labels, separator)?;
    let unlabelled = train::unlabelled(arguments)?;
    let texts = corpus.texts();
    let seen: Vec<&str> = texts.into_iter().chain(unlabelled.iter().map(String::as_str)).collect();
    let paths = train::paths(&arguments.encoder, &arguments.encoding, shared, printer)?;
    let n_rarest = corpus.class_counts().into_iter().min().unwrap_or(0);
    let encoder = train::encoder(&paths, &arguments.encoding, &seen, n_rarest, shared, printer)?;
    printer.progress(&format!("training on {} texts", corpus.len()));
    let training =
        MultiLabelTraining { training: train::training(arguments, shared), separator: separator.into() };
    let (mut model, held_out) = training.fit(encoder, &corpus)?;
    let gate = trust::forced(held_out.check_better_than_chance(), arguments.force, printer)?;
    note_limits(&model, &held_out, printer);
    let of_hub: Vec<String> = paths.iter().filter_map(|path| hub_name(path)).collect();
    if !of_hub.is_empty() {
        model.note("hub", of_hub);
    }
    model.save(&arguments.output)?;
    let scores = scores(&model, &held_out, training.training.seed);
    printer.report(shared, &report(&model, scores.as_ref(), &gate), || {
        text(&model, scores.as_ref(), &arguments.output)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How well the labels of held-out texts are found; `None` if nothing could be held out.
fn scores(model: &MultiLabelModel, held_out: &HeldOutLabels, seed: u64) -> Option<MultiLabelScores> {
    let HeldOutLabels { classes, truth, probabilities, decisions } = held_out;
    let names: Vec<String> = classes.iter().map(|&class| model.classes()[class].clone()).collect();
    (!names.is_empty()).then(|| score_multi_label(truth, probabilities, decisions, &names, seed))
}

/// Says of which labels nothing could be held out.
fn note_limits(model: &MultiLabelModel, held_out: &HeldOutLabels, printer: &Printer) {
    let is_untold = |class: &usize| !held_out.classes.contains(class);
    let untold: Vec<&str> =
        (0..model.classes().len()).filter(is_untold).map(|class| model.classes()[class].as_str()).collect();
    if !untold.is_empty() {
        let names = untold.join(", ");
        printer.note(&format!(
            "note: a single text has, or has not, {names}: nothing says how well that is found"
        ));
    }
}

fn report(
    model: &MultiLabelModel,
    scores: Option<&MultiLabelScores>,
    gate: &TransferResult<BalancedAccuracy>,
) -> Value {
    let of_classes =
        |values: Vec<Value>| -> Map<String, Value> { model.classes().iter().cloned().zip(values).collect() };
    let l2 = model.provenance()["l2"].as_array().cloned().unwrap_or_default();
    let thresholds = model.thresholds().iter().map(|&threshold| threshold.into()).collect();
    json!({
        "n_train": model.provenance()["n_train"], "classes": model.classes(), "encoder": model.encoder().kind(),
        "n_features": model.encoder().dimension(), "head": model.provenance()["head"], "l2": of_classes(l2),
        "thresholds": of_classes(thresholds), "held_out": scores, "gate": trust::gate_report(gate),
    })
}

fn text(model: &MultiLabelModel, scores: Option<&MultiLabelScores>, output: &Path) -> String {
    let (n, classes) = (&model.provenance()["n_train"], model.classes().join(", "));
    let held_out = match scores {
        Some(scores) => format!("held out, fold by fold:\n{scores}"),
        None => "every label has a single text, or all but one: nothing could be held out\n".to_owned(),
    };
    format!("{n} texts with any of {classes}\n{held_out}{}\n", output.display())
}

/// Measures a model on labelled texts.
pub(super) fn evaluate(
    arguments: &EvaluateClassificationArguments,
    texts: &Path,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    if arguments.positive.is_some() || arguments.plot.is_some() {
        let found = "--positive or --plot";
        let expected = "neither of a model of any number of labels";
        return Err(Usage(format!("expected {expected}, found {found}")).into());
    }
    printer.progress(&format!("reading {}", arguments.input.display()));
    let model = open(&arguments.input, arguments.encoder.as_deref(), shared, printer)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let (columns, labels) = (columns(&arguments.columns), LabelMap::new(labels));
    let corpus = MultiLabelCorpus::open(texts, &columns, &labels, model.separator())?;
    let truth = corpus.truth(model.classes())?;
    printer.progress(&format!("classifying {} texts", corpus.len()));
    let probabilities = model.probabilities(&corpus.texts())?;
    let decisions = model.decide(&probabilities);
    let seed = shared.seed.unwrap_or(SEED);
    let scores = score_multi_label(&truth, &probabilities, &decisions, model.classes(), seed);
    printer.report(shared, &scores, || scores.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// The line above those of a table.
pub(super) fn header(json: bool) -> &'static str {
    if json { "" } else { "labels\tprobabilities\ttext\n" }
}

/// A line a text: its labels and how probable each is; of JSON the probabilities of all.
pub(super) fn lines(model: &MultiLabelModel, rows: &[Row], json: bool) -> TransferResult<Vec<u8>> {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let probabilities = model.probabilities(&texts)?;
    let decisions = model.decide(&probabilities);
    let mut lines = Vec::new();
    for ((text, probabilities), decisions) in
        texts.iter().zip(probabilities.axis_iter(Axis(0))).zip(decisions.axis_iter(Axis(0)))
    {
        let found: Vec<usize> = (0..decisions.len()).filter(|&class| decisions[class]).collect();
        let labels: Vec<&str> = found.iter().map(|&class| model.classes()[class].as_str()).collect();
        if json {
            let all: Map<String, Value> =
                model.classes().iter().cloned().zip(probabilities.iter().map(|&p| p.into())).collect();
            let line = json!({ "labels": labels, "probabilities": all, "text": text });
            let _ = writeln!(lines, "{line}");
        } else {
            let shares: Vec<String> =
                found.iter().map(|&class| format!("{:.4}", probabilities[class])).collect();
            push_field(&labels.join(model.separator()), &mut lines);
            let _ = write!(lines, "\t{}\t", shares.join(model.separator()));
            push_field(text, &mut lines);
            lines.push(b'\n');
        }
    }
    Ok(lines)
}
