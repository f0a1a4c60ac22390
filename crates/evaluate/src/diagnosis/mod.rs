//! A plan in, whether to carry the classifier over out: what predicts it, what was measured, and a verdict with its numbers.
//!
//! Test texts are no part of the verdict. Where there are some, what they say is reported beside it.

mod curves;
mod draws;
mod paired;
mod save;
mod table;

use ndarray::Array2;
use serde::Serialize;
use wordferry_encode::AnyEncoder;
use wordferry_transfer::{Corpus, Lesson, Strategy};

pub use self::curves::MeasuredCurves;
use self::curves::{PredictEach, measure, own_classes};
use self::paired::Paired;
use crate::experiment::Stage;
use crate::inputs::{TargetTexts, Texts, begin};
use crate::report::AlignmentReport;
use crate::source::{Arrived, Repairs, Source, Trained, token_coverage};
use crate::{
    Error, Interval, Judgement, Leep, Plan, ProxyADistance, Result, Scores, TargetPlan, TransferEvidence,
    TransferVerdict, h_score, judge, leep, log_evidence, proxy_a_distance,
};

/// Texts of a side whose rows are looked at, at most: more would hardly change what they say.
const MOST_TEXTS: usize = 2000;
/// Unlabelled texts that teach the students of a learning curve, at most: it takes dozens of them.
const MOST_TO_TEACH: usize = 1000;
/// Texts of a side below which their distance would be a matter of chance.
const FEWEST_TEXTS: usize = 10;

/// What is to be expected of a transfer. Its fields are those of the JSON that the program prints.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The code of the language that has labels.
    pub source_language: String,
    /// Its labelled texts.
    pub n_train: usize,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The languages to carry the classifier to, in the plan's order.
    pub targets: Vec<TargetDiagnosis>,
    /// The seed of everything random.
    pub seed: u64,
    /// The program's version.
    pub version: String,
    /// What was repaired in the vectors files: the file, and a line a repair.
    #[serde(skip)]
    pub repairs: Repairs,
}

/// What is to be expected of a transfer to one language. Scores are macro-F1, 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct TargetDiagnosis {
    /// The language's code.
    pub language: String,
    /// Whether to transfer.
    pub verdict: TransferVerdict,
    /// Sentences with the numbers, those that decided first.
    pub reasons: Vec<String>,
    /// How much the verdict rests on.
    pub rests_on: String,
    /// How the classifier would be carried over.
    pub strategy: String,
    /// Why.
    pub why: String,
    /// What the two languages were brought together by.
    pub alignment: AlignmentReport,
    /// Share of the tokens, 0 to 1, of the unlabelled and labelled texts that have a vector.
    pub token_coverage: Option<f64>,
    /// Unlabelled texts.
    pub n_unlabelled: usize,
    /// Labelled texts.
    pub n_labelled: usize,
    /// How far the texts of the two languages lie apart.
    pub proxy_a_distance: Option<ProxyADistance>,
    /// The shares of the texts, 0 to 1, in which the source's classifier sees each class.
    pub predicted_shares: Option<Vec<f64>>,
    /// How well the source's classifier tells the labels.
    pub leep: Option<Leep>,
    /// How much of the variance of the texts' mean vectors lies between the labels' classes, 0 to the number of classes minus 1.
    pub h_score: Option<f64>,
    /// The logarithm of the evidence for a linear model of the labels in the mean vectors, in nats a text: LogME.
    pub log_evidence: Option<f64>,
    /// What was measured on the labelled texts.
    pub curves: Option<MeasuredCurves>,
    /// What the test texts say, which the verdict did not see.
    pub outcome: Option<TransferOutcome>,
}

/// What came of it on test texts. Scores are macro-F1, 0 to 1, with 95 % intervals.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TransferOutcome {
    /// Test texts.
    pub n_test: usize,
    /// The score of the transferred model.
    pub transferred: (f64, Interval),
    /// That of a model of the target's labels alone.
    pub own: Option<(f64, Interval)>,
    /// What the first is above the second, −1 to 1.
    pub gain: Option<(f64, Interval)>,
}

/// Finds out whether to carry out a plan. `show` is told of every stage as it begins.
///
/// # Errors
/// If a file cannot be read or written, or what the plan asks for does not fit together. Nothing is half-written.
pub fn diagnose(plan: &Plan, show: &mut dyn FnMut(Stage<'_>)) -> Result<Diagnosis> {
    let (folder, texts) = begin(plan, show)?;
    let mut source = Source::open(plan, &texts, show)?;
    let mut targets = Vec::new();
    for (target, target_texts) in plan.targets.iter().zip(&texts.targets) {
        let (trained, arrived) = source.bring(target, target_texts, show)?;
        show(Stage::Testing(&target.language));
        targets.push(diagnose_target(trained, arrived, target, target_texts, (plan, &texts))?);
    }
    let diagnosis = Diagnosis {
        source_language: plan.source.language.clone(),
        n_train: texts.train.len(),
        classes: texts.train.classes(),
        targets,
        seed: plan.model.seed,
        version: env!("CARGO_PKG_VERSION").into(),
        repairs: source.repairs,
    };
    if let Some(folder) = folder {
        show(Stage::Saving(folder));
        save::save(folder, &diagnosis)?;
    }
    Ok(diagnosis)
}

fn diagnose_target(
    trained: &Trained,
    arrived: Arrived,
    target: &TargetPlan,
    texts: &TargetTexts,
    (plan, all): (&Plan, &Texts),
) -> Result<TargetDiagnosis> {
    let Arrived { encoder, aligned, strategy: (strategy, why) } = arrived;
    let (unlabelled, labelled) = (texts.unlabelled(), texts.labelled.as_ref());
    let unlabelled = unlabelled.unwrap_or_default();
    let seen = [&unlabelled[..], &labelled.map(Corpus::texts).unwrap_or_default()].concat();
    let rows = Rows::of(trained, &encoder, &all.train, &seen, plan.model.seed)?;
    let told = labelled.map(|labelled| Told::of(trained, &encoder, labelled)).transpose()?;
    let told = told.unwrap_or_default();
    let predict_each: PredictEach<'_> = &|parts| match (strategy, labelled) {
        (_, None) => Ok(Vec::new()),
        (Strategy::Student, Some(labelled)) => {
            students(trained, &encoder, &unlabelled, (labelled, &told.labels), parts, plan.model.seed)
        }
        (_, Some(labelled)) => {
            let adaptation = trained.adaptation(&all.train);
            Ok(adaptation.joint_rows(&encoder, labelled)?.predict_each(parts)?)
        }
    };
    let curves = match labelled {
        Some(labelled) => {
            measure(labelled, &told.labels, trained.model.classes(), predict_each, plan.model.seed)?
        }
        None => None,
    };
    let most = trained.model.classes().len().saturating_sub(1).max(1) as f64;
    let evidence = TransferEvidence {
        alignment: Some(aligned.verdict()),
        token_coverage: rows.token_coverage,
        proxy_a_distance: rows.distance.map(|found| found.distance),
        leep: told.leep,
        h_score_share: told.h_score.map(|score| score / most),
        n_labels: labelled.map_or(0, Corpus::len),
        majority: curves.as_ref().map(|curves| curves.majority),
        transferred: curves.as_ref().map(|curves| curves.score),
        gain: curves.as_ref().map(|curves| curves.gain),
        break_even: curves.as_ref().and_then(|curves| curves.break_even),
    };
    let Judgement { verdict, reasons } = judge(&evidence);
    let rests_on = rests_on(curves.as_ref(), evidence.n_labels, seen.len());
    // Only now that there is a verdict are the test texts looked at.
    let outcome = match &texts.test {
        Some(test) => {
            // Only classes are looked at, whatever their probabilities.
            let model = trained.adapted(strategy, (encoder, None), &unlabelled, labelled, &all.train)?;
            let answers = model.predict(&test.texts())?.into_iter().map(|answer| answer.class).collect();
            Some(outcome(answers, test, labelled, (model.classes(), plan.model.seed))?)
        }
        None => None,
    };
    Ok(TargetDiagnosis {
        language: target.language.clone(),
        verdict,
        reasons,
        rests_on,
        strategy: strategy.name().into(),
        why,
        alignment: AlignmentReport::of(&aligned.alignment, aligned.evidence.as_ref(), aligned.seeds),
        token_coverage: rows.token_coverage,
        n_unlabelled: unlabelled.len(),
        n_labelled: evidence.n_labels,
        proxy_a_distance: rows.distance,
        predicted_shares: rows.predicted_shares,
        leep: told.leep,
        h_score: told.h_score,
        log_evidence: told.log_evidence,
        curves,
        outcome,
    })
}

/// What target texts tell without a label.
struct Rows {
    token_coverage: Option<f64>,
    distance: Option<ProxyADistance>,
    predicted_shares: Option<Vec<f64>>,
}

impl Rows {
    fn of(trained: &Trained, encoder: &AnyEncoder, train: &Corpus, seen: &[&str], seed: u64) -> Result<Self> {
        if seen.is_empty() {
            return Ok(Self { token_coverage: None, distance: None, predicted_shares: None });
        }
        let (here, there) = (spread(seen, MOST_TEXTS), spread(&train.texts(), MOST_TEXTS));
        let distance = match here.len().min(there.len()) < FEWEST_TEXTS {
            true => None,
            false => {
                let source = mean_vectors(trained.model.encoder(), &there)?;
                Some(proxy_a_distance(source.view(), mean_vectors(encoder, &here)?.view(), seed)?)
            }
        };
        let mut shares = vec![0.0; trained.model.classes().len()];
        for answer in trained.model.classifier().predict(&encoder.features(&here)?) {
            shares[answer.class] += 1.0 / here.len() as f64;
        }
        Ok(Self { token_coverage: token_coverage(encoder, seen), distance, predicted_shares: Some(shares) })
    }
}

/// What labelled target texts tell before anything is trained on them.
#[derive(Default)]
struct Told {
    /// The class of each text.
    labels: Vec<usize>,
    leep: Option<Leep>,
    h_score: Option<f64>,
    log_evidence: Option<f64>,
}

impl Told {
    fn of(trained: &Trained, encoder: &AnyEncoder, labelled: &Corpus) -> Result<Self> {
        let classifier = trained.model.classifier();
        let labels = labelled.class_indices(classifier.classes())?;
        if labelled.class_counts().len() < 2 {
            return Ok(Self { labels, ..Self::default() });
        }
        let n_classes = classifier.classes().len();
        let texts = labelled.texts();
        let (features, means) = (encoder.features(&texts)?, mean_vectors(encoder, &texts)?);
        Ok(Self {
            leep: Some(leep(classifier.probabilities(&features).view(), &labels, n_classes)?),
            h_score: Some(h_score(means.view(), &labels, n_classes)?),
            log_evidence: Some(log_evidence(means.view(), &labels, n_classes)?),
            labels,
        })
    }
}

/// Students of the source's classifier, each of which is told the labels of a part; of the unlabelled texts a thousand teach.
fn students(
    trained: &Trained,
    encoder: &AnyEncoder,
    unlabelled: &[&str],
    (labelled, labels): (&Corpus, &[usize]),
    parts: &[Vec<usize>],
    seed: u64,
) -> Result<Vec<Vec<usize>>> {
    let mut texts = spread(unlabelled, MOST_TO_TEACH);
    let n_told = texts.len();
    texts.extend(labelled.texts());
    let lesson = Lesson::of(trained.model.classifier(), encoder, &texts, &trained.shares)?;
    let known = |part: &Vec<usize>| part.iter().map(|&row| (n_told + row, labels[row])).collect();
    let known: Vec<Vec<(usize, usize)>> = parts.iter().map(known).collect();
    let answers = lesson.predict_each(&known, seed)?;
    Ok(answers.into_iter().map(|answers| answers[n_told..].to_vec()).collect())
}

/// The texts' mean vectors in the shared space: one view of an encoder that carries words, or all that another one makes.
fn mean_vectors(encoder: &AnyEncoder, texts: &[&str]) -> Result<Array2<f32>> {
    let features = match encoder {
        AnyEncoder::Carry(carry) => {
            let [_, means] = carry.views(texts);
            means
        }
        encoder => encoder.features(texts)?,
    };
    features.as_dense().cloned().ok_or_else(|| Error::Unmeasurable {
        expected: "an encoder with dense rows",
        found: format!("one of the kind {:?}", encoder.kind()),
    })
}

/// At most so many of the texts, evenly spaced.
fn spread<'t>(texts: &[&'t str], most: usize) -> Vec<&'t str> {
    let n = texts.len().min(most);
    (0..n).map(|i| texts[i * texts.len() / n]).collect()
}

fn rests_on(curves: Option<&MeasuredCurves>, n_labels: usize, n_seen: usize) -> String {
    match curves {
        Some(curves) => format!(
            "measured: {} models with transfer and as many without, on up to {} of {n_labels} labelled texts each, tested on the others",
            curves.n_models, curves.n_labels
        ),
        None if n_labels > 0 => format!(
            "little: {n_labels} labelled texts, and too few of a class to hold any out; label {} or more of each",
            draws::FEWEST_PER_CLASS
        ),
        None if n_seen > 0 => format!(
            "little: {n_seen} texts without labels; nothing was measured: label 64 and name them as `labelled`"
        ),
        None => "next to nothing: no text of the language; label 64 and name them as `labelled`".into(),
    }
}

/// The scores of the transferred model's `answers`, and of a model of the target's labels alone.
fn outcome(
    answers: Vec<usize>,
    test: &Corpus,
    labelled: Option<&Corpus>,
    (classes, seed): (&[String], u64),
) -> Result<TransferOutcome> {
    let truth = test.class_indices(classes)?;
    let score = |answers: &[usize]| {
        let scores = Scores::of(&truth, answers, classes.len(), seed);
        (scores.macro_f1, scores.macro_f1_ci)
    };
    let transferred = score(&answers);
    let own = match labelled.filter(|labelled| labelled.class_counts().len() > 1) {
        Some(labelled) => Some(own_classes(labelled, &test.texts(), classes, seed)?),
        None => None,
    };
    let gain = own.as_ref().map(|own| {
        let all = |answers: &[usize]| vec![answers.iter().copied().map(Some).collect()];
        let paired =
            Paired { truth: &truth, n_classes: classes.len(), transferred: all(&answers), own: all(own) };
        paired.compare(seed).gain
    });
    let own = own.map(|own| score(&own));
    Ok(TransferOutcome { n_test: truth.len(), transferred, own, gain })
}
