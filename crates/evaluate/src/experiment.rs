//! A plan in, models and a report out: load, align, train, carry over, test, save.
//!
//! Everything that can be wrong cheaply is looked at first: labelled texts and the output folder, then vectors.

use std::path::{Path, PathBuf};

use wordferry_classify::Prediction;
use wordferry_transfer::{Corpus, Model};

use crate::advice::advice;
use crate::inputs::{TargetTexts, Texts, begin};
use crate::output::{save_model, save_predictions, save_report};
use crate::report::{Report, SourceReport, TargetReport};
use crate::source::{Arrived, Source, Trained, test_on, token_coverage, tokenisation};
use crate::{Plan, Result, TargetPlan};

/// What an experiment is about to do, for whoever shows progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage<'a> {
    /// Reads a file.
    Reading(&'a Path),
    /// Aligns a target language with the source.
    Aligning(&'a str),
    /// Trains the classifier of the source language.
    Training(&'a str),
    /// Tests a language.
    Testing(&'a str),
    /// Writes into a folder.
    Saving(&'a Path),
}

/// What an experiment leaves behind.
pub struct Outcome {
    /// The findings.
    pub report: Report,
    /// A model for every target, in the plan's order.
    pub models: Vec<Model>,
    /// What was repaired in the vectors files: the file, and a line a repair.
    pub repairs: Vec<(PathBuf, Vec<String>)>,
}

/// Runs a plan. `show` is told of every stage as it begins.
///
/// # Errors
/// If a file cannot be read or written, or what the plan asks for does not fit together. Nothing is half-written.
pub fn run(plan: &Plan, show: &mut dyn FnMut(Stage<'_>)) -> Result<Outcome> {
    let (folder, texts) = begin(plan, show)?;
    let mut source = Source::open(plan, &texts, show)?;
    let mut results = Vec::new();
    for (target, target_texts) in plan.targets.iter().zip(&texts.targets) {
        let (trained, arrived) = source.bring(target, target_texts, show)?;
        show(Stage::Testing(&target.language));
        results.push(Carried::of(trained, arrived, target, target_texts, (plan, &texts))?);
    }
    // Only now that all has succeeded: a folder never holds parts of two experiments.
    if let Some(folder) = folder {
        show(Stage::Saving(folder));
        for ((target, texts), carried) in plan.targets.iter().zip(&texts.targets).zip(&mut results) {
            carried.save(folder, &target.language, texts)?;
        }
    }
    let (models, reports) = results.into_iter().map(|carried| (carried.model, carried.report)).unzip();
    let report = report(source.first(), plan, &texts, reports);
    if let Some(folder) = folder {
        save_report(folder, &report)?;
    }
    Ok(Outcome { report, models, repairs: source.repairs })
}

fn report(trained: &Trained, plan: &Plan, texts: &Texts, targets: Vec<TargetReport>) -> Report {
    Report {
        source: SourceReport {
            language: plan.source.language.clone(),
            n_train: texts.train.len(),
            scores: trained.scores.as_ref().into(),
            token_coverage: trained.token_coverage,
            tokenisation: tokenisation(trained.model.encoder()),
        },
        targets,
        classes: trained.model.classes().to_vec(),
        pooling: (!trained.carries_words()).then(|| plan.model.pooling().name().into()),
        l2: trained.model.l2().l2,
        n_folds: trained.model.l2().n_folds,
        seed: plan.model.seed,
        version: env!("CARGO_PKG_VERSION").into(),
        command: None,
        seconds: None,
        peak_rss_bytes: None,
    }
}

/// A target's model and what is known of it.
struct Carried {
    model: Model,
    predictions: Option<Vec<Prediction>>,
    report: TargetReport,
}

impl Carried {
    fn of(
        trained: &Trained,
        arrived: Arrived,
        target: &TargetPlan,
        texts: &TargetTexts,
        (plan, all): (&Plan, &Texts),
    ) -> Result<Self> {
        let Arrived { encoder, aligned, strategy: (strategy, why) } = arrived;
        let unlabelled = texts.unlabelled();
        let seen = texts.test.as_ref().map(Corpus::texts).or(unlabelled.clone()).unwrap_or_default();
        let token_coverage = if seen.is_empty() { None } else { token_coverage(&encoder, &seen) };
        let tokenisation = tokenisation(&encoder);
        let (unlabelled, labelled) = (unlabelled.unwrap_or_default(), texts.labelled.as_ref());
        let as_target = trained.as_target(&encoder, &all.train, plan.learns_from(unlabelled.len()))?;
        let reading = (encoder, as_target.as_ref());
        let mut model = trained.adapted(strategy, reading, &unlabelled, labelled, &all.train)?;
        let alignment = aligned.report();
        model.note("source_language", plan.source.language.as_str());
        model.note("language", target.language.as_str());
        model.note("strategy", strategy.name());
        model.note("alignment", serde_json::to_value(&alignment).unwrap_or_default());
        let (scores, predictions) = match &texts.test {
            Some(test) => {
                let (scores, predictions) = test_on(&model, test, plan.model.seed)?;
                (Some(scores), Some(predictions))
            }
            None => (None, None),
        };
        let gap =
            scores.as_ref().zip(trained.scores.as_ref()).map(|(here, there)| there.accuracy - here.accuracy);
        let report = TargetReport {
            language: target.language.clone(),
            strategy: strategy.name().into(),
            why,
            scores: scores.as_ref().into(),
            token_coverage,
            tokenisation,
            gap,
            advice: advice(aligned.verdict(), token_coverage, scores.as_ref(), gap),
            alignment,
            model: None,
        };
        Ok(Self { model, predictions, report })
    }
}

impl Carried {
    /// Saves the model and the predictions, and takes away predictions of an earlier model.
    fn save(&mut self, folder: &Path, language: &str, texts: &TargetTexts) -> Result<()> {
        self.report.model = Some(save_model(folder, language, &self.model)?);
        let tested = texts.test.as_ref().zip(self.predictions.as_deref());
        save_predictions(folder, language, tested, self.model.classes())
    }
}
