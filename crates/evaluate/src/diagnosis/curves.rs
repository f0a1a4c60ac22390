//! Labelled texts of a target, and a way to transfer, in; learning curves with transfer and without out.

use rayon::prelude::*;
use serde::Serialize;
use wordferry_encode::LexicalEncoder;
use wordferry_transfer::{Corpus, Training};

use super::draws::{Draw, N_RUNS, draws};
use super::paired::{Compared, Paired, macro_f1};
use crate::{BreakEven, CurveFit, Interval, LearningCurve, LearningPoint, Result};

/// What was measured on labelled texts of the target. Scores are macro-F1 on texts that were held out, 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct MeasuredCurves {
    /// The most labels that a model learned from; the others were held out.
    pub n_labels: usize,
    /// Models of each kind that were trained.
    pub n_models: usize,
    /// Models of the source's texts and those labels of the target, by the strategy.
    pub transferred: LearningCurve,
    /// The shape of that curve.
    pub transferred_fit: Option<CurveFit>,
    /// Models of those labels alone.
    pub own: LearningCurve,
    /// The shape of that curve.
    pub own_fit: Option<CurveFit>,
    /// Where transfer stops paying.
    pub break_even: Option<BreakEven>,
    /// The score of always guessing the commonest class.
    pub majority: f64,
    /// The score with transfer and the most labels, with its 95 % interval.
    pub score: (f64, Interval),
    /// What it is above that of the same labels alone, −1 to 1, with its 95 % interval.
    pub gain: (f64, Interval),
}

/// The classes of all labelled texts by transferred models, each of which learned from those of the labels whose numbers it was given.
pub(super) type PredictEach<'a> = &'a dyn Fn(&[Vec<usize>]) -> Result<Vec<Vec<usize>>>;

/// Trains with transfer and without on ever more labels; `truth` are their indices of `classes`. `None` if there are too few to hold any out.
pub(super) fn measure(
    labelled: &Corpus,
    truth: &[usize],
    classes: &[String],
    predict_each: PredictEach<'_>,
    seed: u64,
) -> Result<Option<MeasuredCurves>> {
    let Some(draws) = draws(truth, classes.len(), seed) else { return Ok(None) };
    // The last one learns from no label.
    let parts: Vec<Vec<usize>> = draws.iter().map(|draw| draw.learned.clone()).chain([vec![]]).collect();
    let transferred = predict_each(&parts)?;
    let without_labels: Vec<Option<usize>> = transferred[draws.len()].iter().copied().map(Some).collect();
    let texts = labelled.texts();
    let own = |draw: &Draw| {
        let held_out: Vec<&str> = draw.held_out.iter().map(|&row| texts[row]).collect();
        own_classes(&labelled.only(&draw.learned), &held_out, classes, seed)
    };
    let own: Vec<Vec<usize>> = draws.par_iter().map(own).collect::<Result<_>>()?;
    let n_texts = truth.len();
    let transferred = by_size(&draws, n_texts, |draw, _, row| transferred[draw][row]);
    let own = by_size(&draws, n_texts, |draw, place, _| own[draw][place]);
    let score = |answers: &Vec<Option<usize>>| {
        macro_f1(truth, answers, classes.len(), &(0..n_texts).collect::<Vec<_>>())
    };
    let point = |(n_labels, runs): &(usize, Vec<Vec<Option<usize>>>)| LearningPoint {
        n_labels: *n_labels,
        scores: runs.iter().map(score).collect(),
    };
    let without_labels = LearningPoint { n_labels: 0, scores: vec![score(&without_labels); N_RUNS] };
    let with_curve = LearningCurve::new([without_labels].into_iter().chain(transferred.iter().map(point)));
    let own_curve = LearningCurve::new(own.iter().map(point));
    let (Some((n_labels, transferred)), Some((_, own))) =
        (transferred.into_iter().last(), own.into_iter().last())
    else {
        return Ok(None);
    };
    let paired = Paired { truth, n_classes: classes.len(), transferred, own };
    let Compared { transferred: score_at_most, gain } = paired.compare(seed);
    Ok(Some(MeasuredCurves {
        n_labels,
        n_models: draws.len(),
        transferred_fit: with_curve.fit(),
        own_fit: own_curve.fit(),
        break_even: with_curve.break_even(&own_curve, seed),
        transferred: with_curve,
        own: own_curve,
        majority: score(&vec![Some(commonest(truth)); n_texts]),
        score: score_at_most,
        gain,
    }))
}

/// For each size, the labels that were learned from, on average, and the answers of each run; `answer` is told the number of a draw, the
/// place of a text among those held out, and the text's number.
fn by_size(
    draws: &[Draw],
    n_texts: usize,
    answer: impl Fn(usize, usize, usize) -> usize,
) -> Vec<(usize, Vec<Vec<Option<usize>>>)> {
    let n_sizes = draws.iter().map(|draw| draw.size + 1).max().unwrap_or(0);
    let of_size = |size: usize| {
        let mut runs = vec![vec![None; n_texts]; N_RUNS];
        let mut learned = Vec::new();
        for (number, draw) in draws.iter().enumerate().filter(|(_, draw)| draw.size == size) {
            learned.push(draw.learned.len());
            for (place, &row) in draw.held_out.iter().enumerate() {
                runs[draw.run][row] = Some(answer(number, place, row));
            }
        }
        let n_labels = learned.iter().sum::<usize>() as f64 / learned.len().max(1) as f64;
        (n_labels.round() as usize, runs)
    };
    (0..n_sizes).map(of_size).collect()
}

/// The class of each text, an index of `classes`, by a model of these labels alone: n-grams and marks, as `wordferry train` has them.
pub(super) fn own_classes(
    labelled: &Corpus,
    texts: &[&str],
    classes: &[String],
    seed: u64,
) -> Result<Vec<usize>> {
    let encoder = LexicalEncoder::fit(&labelled.texts(), labelled.n_rarest());
    let model = Training { balanced: true, seed, ..Training::default() }.fit(encoder.into(), labelled)?;
    // Its own classes may be fewer.
    let index = |class: &String| classes.iter().position(|known| known == class).unwrap_or_default();
    let known: Vec<usize> = model.classes().iter().map(index).collect();
    Ok(model.predict(texts)?.into_iter().map(|answer| known[answer.class]).collect())
}

fn commonest(labels: &[usize]) -> usize {
    let count = |class: usize| labels.iter().filter(|&&label| label == class).count();
    (0..=labels.iter().copied().max().unwrap_or(0)).max_by_key(|&class| count(class)).unwrap_or(0)
}
