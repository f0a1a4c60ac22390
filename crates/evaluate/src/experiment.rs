//! A plan in, models and a report out: load, align, train, carry over, test, save.
//!
//! Everything that can be wrong cheaply is looked at first: labelled texts and the output folder, then vectors. The
//! classifier is trained once a space, so that targets whose maps leave the source where it is share it.

use std::path::{Path, PathBuf};

use wordferry_classify::Prediction;
use wordferry_encode::{AnyEncoder, CarryEncoder, WordEncoder};
use wordferry_transfer::{Adaptation, Corpus, Model, Promises, Strategy, Training};
use wordferry_vectors::{Embeddings, Loader, Space, create_folder};

use crate::advice::advice;
use crate::aligned::Aligned;
use crate::carry::target_encoder;
use crate::inputs::{TargetTexts, Texts};
use crate::output::{save_model, save_predictions, save_report};
use crate::report::{AlignmentReport, Report, SourceReport, TargetReport};
use crate::{Answers, Error, Plan, Result, Scores, TargetPlan};

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
    plan.check()?;
    let folder = plan.output.as_ref().map(|output| output.folder.as_path());
    if let Some(folder) = folder {
        create_folder(folder)?;
    }
    let texts = Texts::open(plan, show)?;
    let mut repairs = Vec::new();
    show(Stage::Reading(&plan.source.vectors));
    let source = load(&plan.source.vectors, plan.source.limit, plan.source.lenient, &mut repairs)?;
    let mut trained: Vec<Trained> = Vec::new();
    let mut results = Vec::new();
    for (target, target_texts) in plan.targets.iter().zip(&texts.targets) {
        show(Stage::Reading(&target.vectors));
        let embeddings = load(&target.vectors, target.limit, target.lenient, &mut repairs)?;
        show(Stage::Aligning(&target.language));
        let n_unlabelled = target_texts.unlabelled.as_ref().map_or(0, Vec::len);
        let chosen = plan.strategy(target, n_unlabelled)?;
        let carries = chosen.0.carries_words();
        let aligned = Aligned::of(&source, &embeddings, target, carries, plan.model.seed)?;
        let (source_map, target_map) = aligned.alignment.maps(&source, &embeddings)?;
        let fits = |trained: &Trained| trained.space == source_map.to() && trained.carries_words() == carries;
        let known = trained.iter().position(fits);
        let index = known.unwrap_or(trained.len());
        if index == trained.len() {
            show(Stage::Training(&plan.source.language));
            trained.push(Trained::on(source.mapped(source_map)?, carries, &texts, plan)?);
        }
        let trained = &trained[index];
        show(Stage::Testing(&target.language));
        let embeddings = embeddings.mapped(target_map)?;
        results.push(Carried::of(
            trained,
            embeddings,
            target,
            target_texts,
            chosen,
            &aligned,
            (plan, &texts),
        )?);
    }
    // Only now that all has succeeded: a folder never holds parts of two experiments.
    if let Some(folder) = folder {
        show(Stage::Saving(folder));
        for ((target, texts), carried) in plan.targets.iter().zip(&texts.targets).zip(&mut results) {
            carried.save(folder, &target.language, texts)?;
        }
    }
    let (models, reports) = results.into_iter().map(|carried| (carried.model, carried.report)).unzip();
    let report = trained.first().expect("a plan has a target").report(plan, &texts, reports);
    if let Some(folder) = folder {
        save_report(folder, &report)?;
    }
    Ok(Outcome { report, models, repairs })
}

fn load(
    path: &Path,
    limit: Option<usize>,
    lenient: bool,
    repairs: &mut Vec<(PathBuf, Vec<String>)>,
) -> Result<Embeddings> {
    let loader = Loader::new().lenient(lenient);
    let embeddings = limit.map_or(loader.clone(), |limit| loader.limit(limit)).open(path)?;
    if !embeddings.repairs().is_empty() {
        repairs.push((path.into(), embeddings.repairs().iter().collect()));
    }
    Ok(embeddings)
}

/// The source's model and what is known of it.
struct Trained {
    /// The space of the source's mapped vectors.
    space: Space,
    model: Model,
    scores: Option<Scores>,
    token_coverage: Option<f64>,
    /// The classes' shares of the training texts.
    shares: Vec<f64>,
}

impl Trained {
    fn on(embeddings: Embeddings, carries_words: bool, texts: &Texts, plan: &Plan) -> Result<Self> {
        let space = embeddings.space();
        let train = texts.train.texts();
        let encoder: AnyEncoder = match carries_words {
            true => CarryEncoder::fit(embeddings, &plan.source.language, &train).into(),
            false => {
                let mut encoder = WordEncoder::new(embeddings, plan.model.pooling());
                encoder.fit(&train);
                encoder.into()
            }
        };
        let token_coverage = token_coverage(&encoder, &train);
        let mut model = calibrated(encoder, &texts.train, plan.model.seed)
            .map_err(|error| Error::from(error).within(&plan.source.train))?;
        model.note("source_language", plan.source.language.as_str());
        let scores = match &texts.test {
            Some(test) => Some(test_on(&model, test, plan.model.seed)?.0),
            None => None,
        };
        let shares =
            texts.train.class_counts().into_iter().map(|n| n as f64 / texts.train.len() as f64).collect();
        Ok(Self { space, scores, token_coverage, shares, model })
    }

    /// Whether its classifier reads words one by one.
    fn carries_words(&self) -> bool {
        matches!(self.model.encoder(), AnyEncoder::Carry(_))
    }

    /// The encoder of a target, whose vectors are in the source's space.
    fn encoder_of(
        &self,
        embeddings: Embeddings,
        unlabelled: Option<&[&str]>,
        aligned: &Aligned,
        plan: &Plan,
    ) -> Result<AnyEncoder> {
        Ok(match self.model.encoder() {
            AnyEncoder::Carry(source) => target_encoder(source, embeddings, &aligned.lexicon).into(),
            source => {
                let mut encoder = WordEncoder::new(embeddings, plan.model.pooling());
                match (unlabelled, source.as_words()) {
                    (Some(texts), _) if plan.learns_from(texts.len()) => encoder.fit(texts),
                    (_, Some(source)) => encoder.fit_like(source)?,
                    (_, None) => {}
                }
                encoder.into()
            }
        })
    }

    /// A model of the target, by a strategy whose texts are there.
    fn adapted(
        &self,
        strategy: Strategy,
        encoder: AnyEncoder,
        unlabelled: &[&str],
        labelled: Option<&Corpus>,
        (plan, corpus): (&Plan, &Corpus),
    ) -> Result<Model> {
        let seed = plan.model.seed;
        let (shares, source) = (&self.shares, self.model.encoder());
        let training = Training { seed, ..Training::default() };
        let adaptation = Adaptation { training, encoder: source, corpus };
        Ok(match (strategy, labelled) {
            (Strategy::Coral, _) => adaptation.coral(encoder, unlabelled)?,
            (Strategy::Importance, _) => adaptation.importance_weighted(encoder, unlabelled)?,
            (Strategy::Joint, Some(labelled)) => adaptation.joint(encoder, labelled)?,
            _ => {
                let model = self.model.reading(encoder)?;
                match strategy {
                    Strategy::Centred => model.centred_on(unlabelled)?,
                    Strategy::LabelShift => model.for_shares_of(unlabelled, shares)?,
                    Strategy::Student => model.taught_by_itself(unlabelled, labelled, shares, seed)?,
                    _ => model,
                }
            }
        })
    }

    fn report(&self, plan: &Plan, texts: &Texts, targets: Vec<TargetReport>) -> Report {
        Report {
            source: SourceReport {
                language: plan.source.language.clone(),
                n_train: texts.train.len(),
                scores: self.scores.as_ref().into(),
                token_coverage: self.token_coverage,
                tokenisation: tokenisation(self.model.encoder()),
            },
            targets,
            classes: self.model.classes().to_vec(),
            pooling: (!self.carries_words()).then(|| plan.model.pooling().name().into()),
            l2: self.model.l2().l2,
            n_folds: self.model.l2().n_folds,
            seed: plan.model.seed,
            version: env!("CARGO_PKG_VERSION").into(),
            command: None,
            seconds: None,
            peak_rss_bytes: None,
        }
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
        embeddings: Embeddings,
        target: &TargetPlan,
        texts: &TargetTexts,
        (strategy, why): (Strategy, String),
        aligned: &Aligned,
        (plan, all): (&Plan, &Texts),
    ) -> Result<Self> {
        let unlabelled =
            texts.unlabelled.as_ref().map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
        let encoder = trained.encoder_of(embeddings, unlabelled.as_deref(), aligned, plan)?;
        let seen = texts.test.as_ref().map(Corpus::texts).or(unlabelled.clone()).unwrap_or_default();
        let token_coverage = if seen.is_empty() { None } else { token_coverage(&encoder, &seen) };
        let tokenisation = tokenisation(&encoder);
        let (unlabelled, labelled) = (unlabelled.unwrap_or_default(), texts.labelled.as_ref());
        let mut model = trained.adapted(strategy, encoder, &unlabelled, labelled, (plan, &all.train))?;
        let alignment = AlignmentReport::of(&aligned.alignment, aligned.evidence.as_ref(), aligned.seeds);
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

/// A model whose probabilities are calibrated on texts that were held out in turn, where there are enough.
fn calibrated(
    encoder: AnyEncoder,
    corpus: &Corpus,
    seed: u64,
) -> std::result::Result<Model, wordferry_transfer::Error> {
    let training = Training { seed, ..Training::default() };
    match training.fit_and_hold_out(encoder, corpus)? {
        (model, Some(held_out)) => Ok(model.promising(&held_out, &Promises::default())?.0),
        (model, None) => Ok(model),
    }
}

/// How an encoder cuts texts into tokens.
fn tokenisation(encoder: &AnyEncoder) -> String {
    match encoder {
        AnyEncoder::Carry(carry) => carry.tokenisation().to_string(),
        encoder => encoder.as_words().map(|words| words.tokenisation().to_string()).unwrap_or_default(),
    }
}

fn token_coverage(encoder: &AnyEncoder, texts: &[&str]) -> Option<f64> {
    encoder.coverage(texts).map(|coverage| coverage.share())
}

fn test_on(model: &Model, test: &Corpus, seed: u64) -> Result<(Scores, Vec<Prediction>)> {
    let truth = test.class_indices(model.classes())?;
    let answers = Answers::of_probabilities(model.probabilities(&test.texts())?);
    Ok((Scores::of_answers(&truth, &answers, seed), answers.predictions().to_vec()))
}
