//! What held-out texts say of a model that was trained, for its report: the quality gate, the calibration and what is promised.

use std::fmt::Write;

use serde_json::{Value, json};
use wordferry::classify::{BalancedAccuracy, Budget, Promise, check_better_than_chance, top};
use wordferry::evaluate::per_cent;
use wordferry::transfer::{
    Corpus, Error, FalsePositives, HeldOutScores, Kept, Model, Promises, Result as TransferResult,
};

use crate::failure::Usage;
use crate::printer::Printer;

/// The name of a class that a budget of false positives is usually meant for.
const SPAM: &str = "spam";

/// What is asked for, of a model of these classes.
pub(super) fn promises(
    max_fpr: Option<f64>,
    positive: Option<&str>,
    confidence: Option<f64>,
    classes: &[String],
) -> Result<Promises, Usage> {
    let budget = max_fpr.map(|share| Ok(FalsePositives { positive: class(positive, classes)?, share }));
    Ok(Promises { budget: budget.transpose()?, confidence })
}

/// The class that a budget is for.
fn class(positive: Option<&str>, classes: &[String]) -> Result<usize, Usage> {
    let names = classes.join(", ");
    if classes.len() != 2 {
        let n = classes.len();
        return Err(Usage(format!(
            "expected two classes with --max-fpr, found {n} ({names}): join the others with --labels"
        )));
    }
    let found = match positive {
        Some(name) => classes.iter().position(|class| class == name),
        None => classes.iter().position(|class| class.eq_ignore_ascii_case(SPAM)),
    };
    found.ok_or_else(|| {
        let found = positive.map_or("no class called spam".into(), |name| format!("{name:?}"));
        Usage(format!("expected --positive with one of the classes ({names}), found {found}"))
    })
}

/// What held-out texts say of whether a model is better than chance. With `force` it is a note if they do not.
///
/// # Errors
/// If they do not, and it is not to be saved all the same.
pub(super) fn checked(
    held_out: Option<&HeldOutScores>,
    corpus: &Corpus,
    force: bool,
    printer: &Printer,
) -> TransferResult<TransferResult<BalancedAccuracy>> {
    forced(gate(held_out, corpus), force, printer)
}

/// What a gate says; with `force` it is a note if it does not open.
///
/// # Errors
/// If it does not, and the model is not to be saved all the same.
pub(super) fn forced(
    gate: TransferResult<BalancedAccuracy>,
    force: bool,
    printer: &Printer,
) -> TransferResult<TransferResult<BalancedAccuracy>> {
    match gate {
        Err(error) if force => {
            printer.note(&format!("note: goes on all the same: {error}"));
            Ok(Err(error))
        }
        gate => gate.map(Ok),
    }
}

/// Whether held-out texts say that a model is better than chance. Classes count alike here, so that the scores are looked at before
/// a calibration makes a rare class rarer.
///
/// # Errors
/// If they do not.
pub(super) fn gate(held_out: Option<&HeldOutScores>, corpus: &Corpus) -> TransferResult<BalancedAccuracy> {
    let Some(HeldOutScores { scores, labels }) = held_out else {
        let alone = |class: &String| corpus.labels().iter().filter(|label| *label == class).count() == 1;
        let class = corpus.classes().into_iter().find(alone).unwrap_or_default();
        return Err(Error::Untested { class });
    };
    let predicted: Vec<usize> = top(scores.view()).iter().map(|prediction| prediction.class).collect();
    Ok(check_better_than_chance(labels, &predicted, scores.ncols())?)
}

/// Says what could not be done as it was asked for.
pub(super) fn note_limits(kept: Option<&Kept>, promises: &Promises, classes: &[String], printer: &Printer) {
    let Some(kept) = kept else {
        printer.note(
            "note: nothing could be held out: probabilities are not calibrated, and nothing is promised",
        );
        return;
    };
    if let Err(error) = &kept.calibration {
        printer.note(&format!("note: probabilities are not calibrated: {error}"));
    }
    if let (Some(budget), Some(asked)) = (&kept.budget, promises.budget)
        && let Promise::TooFewRows { needed, expected } = budget.promise
    {
        printer.note(&format!(
            "note: at most {} % false positives cannot be promised: that takes {needed} texts of {}, found {}; the strictest \
             threshold that they can tell promises {} %",
            per_cent(budget.budget),
            classes[1 - asked.positive],
            budget.n_negative,
            per_cent(expected),
        ));
    }
    if let ([_, ..], Some(confidence)) = (&kept.untold[..], promises.confidence) {
        let n = kept.probabilities.nrows();
        printer.note(&format!(
            "note: {n} held-out texts are too few for a confidence of {:.1} %: all classes are always possible",
            100.0 * confidence
        ));
    }
}

/// The gate, the calibration and the promises as JSON, to stand in a model's report.
pub(super) fn report(
    gate: &TransferResult<BalancedAccuracy>,
    kept: Option<&Kept>,
    promises: &Promises,
    model: &Model,
) -> [(&'static str, Value); 4] {
    let calibration = match kept.map(|kept| &kept.calibration) {
        Some(Ok(method)) => json!({ "method": method.name() }),
        Some(Err(error)) => json!({ "method": null, "reason": error.to_string() }),
        None => json!({ "method": null, "reason": "nothing could be held out" }),
    };
    let positive = promises.budget.map(|budget| model.classes()[budget.positive].as_str());
    let budget = kept.and_then(|kept| kept.budget.as_ref());
    let conformal = promises.confidence.zip(kept).map(|(confidence, kept)| {
        let untold: Vec<&str> = kept.untold.iter().map(|&class| model.classes()[class].as_str()).collect();
        json!({ "confidence": confidence, "n": kept.probabilities.nrows(), "always_possible": untold })
    });
    [
        ("gate", gate_report(gate)),
        ("calibration", calibration),
        ("budget", budget.map_or(Value::Null, |budget| budget_report(budget, positive))),
        ("conformal", conformal.unwrap_or_default()),
    ]
}

pub(super) fn gate_report(gate: &TransferResult<BalancedAccuracy>) -> Value {
    match gate {
        Ok(BalancedAccuracy { value, interval, chance, .. }) => json!({
            "passed": true, "balanced_accuracy": value, "balanced_accuracy_ci": interval, "chance": chance,
        }),
        Err(error) => json!({ "passed": false, "reason": error.to_string() }),
    }
}

fn budget_report(budget: &Budget, positive: Option<&str>) -> Value {
    let Budget { budget, threshold, fpr_held_out, interval, recall, n_negative, n_positive, promise } =
        budget;
    let mut report = json!({
        "positive": positive, "max_fpr": budget, "threshold": threshold, "fpr_held_out": fpr_held_out, "fpr_ci": interval,
        "recall_held_out": recall, "n_negative": n_negative, "n_positive": n_positive, "promised": *promise == Promise::Held,
    });
    if let Promise::TooFewRows { needed, expected } = promise {
        report["needed"] = json!(needed);
        report["expected_fpr"] = json!(expected);
    }
    report
}

/// The same for people: a line each.
pub(super) fn text(kept: Option<&Kept>, promises: &Promises, classes: &[String]) -> String {
    let mut text = String::new();
    let Some(kept) = kept else { return text };
    if let Ok(method) = &kept.calibration {
        let _ = writeln!(text, "probabilities calibrated on held-out texts ({})", method.name());
    }
    if let (Some(found), Some(asked)) = (&kept.budget, promises.budget) {
        let recall =
            found.recall.map_or(String::new(), |recall| format!(", {:.1} % of it found", 100.0 * recall));
        let _ = writeln!(
            text,
            "{}: {} % of {} held-out texts of {} taken for it (expect {} to {} % of fresh ones){recall}",
            classes[asked.positive],
            per_cent(found.fpr_held_out),
            found.n_negative,
            classes[1 - asked.positive],
            per_cent(found.interval.0),
            per_cent(found.interval.1),
        );
    }
    if let (Some(confidence), []) = (promises.confidence, &kept.untold[..]) {
        let _ =
            writeln!(text, "the possible classes hold the true one for {:.1} % of texts", 100.0 * confidence);
    }
    text
}
