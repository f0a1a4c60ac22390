//! Labelled texts in, how well a classifier does with few of them out, by their number.
//!
//! One half of the texts is drawn from, the other is tested on; k labels are drawn by as many seeds as are asked for. Texts that occur twice
//! count once: a copy among the test texts would be an answer that was given away.

mod draw;
mod remembered;

use std::collections::HashSet;

use serde::Serialize;
use wordferry_encode::AnyEncoder;
use wordferry_transfer::{Corpus, Model, Training};

pub use self::draw::Draw;
use self::draw::{draw, halves};
use self::remembered::Remembered;
use crate::confusion::Confusion;
use crate::scores::ranking;
use crate::{Answers, Error, LearningCurve, LearningPoint, Result};

/// The share of false positives at which the recall is measured.
const BUDGET: f64 = 0.005;

/// An experiment with few labels.
pub struct FewLabels {
    /// How a classifier is trained.
    pub training: Training,
    /// Whether each of the encoder's views learns from texts. They learn from the half that labels are drawn from, without its labels.
    pub learned: Vec<bool>,
    /// How labels are drawn.
    pub draw: Draw,
    /// Numbers of labels in all, ascending, no more than [`FewLabels::most`]. Of one seed, fewer labels are among the more.
    pub sizes: Vec<usize>,
    /// Draws of each size.
    pub n_seeds: usize,
    /// The class whose recall is measured.
    pub positive: Option<String>,
}

/// Scores by the number of labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FewScores {
    /// Different texts that labels were drawn from.
    pub n_pool: usize,
    /// Different texts of the other half.
    pub n_test: usize,
    /// Macro-F1, 0 to 1.
    pub macro_f1: LearningCurve,
    /// The share of the positive class that is found with at most 0.5 % of the others flagged, by the best threshold on the test texts: what
    /// their order is worth. `None` if no class was named.
    pub recall: Option<LearningCurve>,
}

impl FewLabels {
    /// The most labels that can be drawn from the half of the texts that is drawn from.
    ///
    /// # Errors
    /// If a label is none of the corpus's classes.
    pub fn most(&self, corpus: &Corpus) -> Result<usize> {
        let corpus = different(corpus);
        let labels = corpus.class_indices(&corpus.classes())?;
        let [pool, _] = halves(&labels, self.training.seed);
        Ok(match self.draw {
            Draw::Natural => pool.len(),
            Draw::Balanced => {
                let pool = corpus.only(&pool);
                pool.n_rarest() * corpus.classes().len()
            }
        })
    }

    /// Trains and tests; `progress` is told how many of all draws are done.
    ///
    /// # Errors
    /// If a class has too few texts, there is no such class, or the encoder or a solver fails.
    pub fn run(
        &self,
        mut encoder: AnyEncoder,
        corpus: &Corpus,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<FewScores> {
        let corpus = different(corpus);
        let classes = corpus.classes();
        let positive = self.positive.as_ref().map(|name| index_of(&classes, name)).transpose()?;
        let labels = corpus.class_indices(&classes)?;
        let [pool, test] = halves(&labels, self.training.seed);
        let test = corpus.only(&test);
        let truth = test.class_indices(&classes)?;
        let learns = self.learned.contains(&true);
        if learns {
            let pool = corpus.only(&pool);
            encoder.fit_again(&pool.texts(), pool.n_rarest(), &self.learned)?;
        }
        encoder = Remembered::of(encoder, &corpus.texts())?;
        let mut points: Vec<[LearningPoint; 2]> =
            self.sizes.iter().map(|&size| [point(size), point(size)]).collect();
        for seed in 0..self.n_seeds {
            let seed_of_draw = self.training.seed.wrapping_add(1 + seed as u64);
            let order = draw(&labels, &pool, &classes, self.draw, &self.sizes, seed_of_draw)?;
            for (at, (rows, point)) in order.iter().zip(&mut points).enumerate() {
                progress(seed * self.sizes.len() + at, self.n_seeds * self.sizes.len());
                let drawn = corpus.only(rows);
                // N-grams are learned of the texts with labels, as `train` does; rows that are remembered stay.
                if learns {
                    encoder.fit_again(&drawn.texts(), drawn.n_rarest(), &self.learned)?;
                }
                let model = self.training.fit(encoder, &drawn)?;
                let answers = Answers::of_probabilities(model.probabilities(&test.texts())?);
                let scores = scores(&answers, &truth, positive);
                point.iter_mut().zip(scores).for_each(|(point, score)| point.scores.extend(score));
                encoder = Model::into_encoder(model);
            }
        }
        let [macro_f1, recall] =
            [0, 1].map(|of| LearningCurve::new(points.iter().map(|point| point[of].clone())));
        let recall = positive.map(|_| recall);
        Ok(FewScores { n_pool: pool.len(), n_test: test.len(), macro_f1, recall })
    }
}

fn point(n_labels: usize) -> LearningPoint {
    LearningPoint { n_labels, scores: Vec::new() }
}

/// Macro-F1, and the recall of the positive class if there is one.
fn scores(answers: &Answers, truth: &[usize], positive: Option<usize>) -> [Option<f64>; 2] {
    let n_classes = answers.n_classes();
    let cells = truth.iter().zip(answers.classes()).map(|(&truth, found)| truth * n_classes + found);
    let macro_f1 = Confusion::of(cells, n_classes).macro_f1();
    let recall = positive.zip(answers.probabilities()).and_then(|(class, probabilities)| {
        let recalls = ranking(probabilities, truth, class).recalls();
        recalls.iter().find(|recall| recall.budget == BUDGET).map(|recall| recall.recall)
    });
    [Some(macro_f1), recall]
}

/// The first of every text.
fn different(corpus: &Corpus) -> Corpus {
    let texts = corpus.texts();
    let mut seen = HashSet::new();
    let rows: Vec<usize> = (0..texts.len()).filter(|&row| seen.insert(texts[row])).collect();
    corpus.only(&rows)
}

fn index_of(classes: &[String], name: &str) -> Result<usize> {
    classes.iter().position(|class| class == name).ok_or_else(|| Error::Inconsistent {
        reason: format!("expected a class of the texts ({}), found {name:?}", classes.join(", ")),
        hint: "name one of the classes".into(),
    })
}

#[cfg(test)]
mod tests {
    use wordferry_encode::LexicalEncoder;

    use super::*;

    fn corpus() -> Corpus {
        let words = ["prize", "cash", "home", "mother", "win", "late", "free", "see"];
        let text = |i: usize| {
            let of_class = words[2 * ((i / 5) % 2) + 4 * (i % 2)];
            format!("{of_class} {} and {}", words[2 * (i % 4)], i)
        };
        let rows =
            (0..200).map(|i| (text(i % 180), if i % 180 / 5 % 2 == 0 { "spam" } else { "ham" }.to_string()));
        Corpus::from_pairs(rows)
    }

    fn few(draw: Draw) -> FewLabels {
        FewLabels {
            training: Training { balanced: true, seed: 3, ..Training::default() },
            learned: vec![true],
            draw,
            sizes: vec![4, 30],
            n_seeds: 3,
            positive: Some("spam".into()),
        }
    }

    #[test]
    fn a_curve_is_measured_and_the_same_for_the_same_seed() {
        let corpus = corpus();
        for draw in [Draw::Balanced, Draw::Natural] {
            let run = || {
                let encoder = LexicalEncoder::fit(&corpus.texts(), 1);
                few(draw).run(encoder.into(), &corpus, &mut |_, _| {}).unwrap()
            };
            let found = run();
            assert_eq!((found.n_pool, found.n_test), (90, 90));
            let means: Vec<f64> = found.macro_f1.points().iter().map(LearningPoint::mean).collect();
            assert!(means[1] > means[0].max(0.6), "{means:?}");
            assert_eq!(found.recall.as_ref().unwrap().points()[1].scores.len(), 3);
            assert_eq!(found, run());
        }
    }

    #[test]
    fn too_few_texts_are_said() {
        let corpus = corpus();
        let run = |few: FewLabels| {
            let encoder = LexicalEncoder::fit(&corpus.texts(), 1);
            few.run(encoder.into(), &corpus, &mut |_, _| {}).unwrap_err().to_string()
        };
        let many = FewLabels { sizes: vec![120], ..few(Draw::Balanced) };
        assert!(run(many).contains("expected 60 texts of \"ham\" or more to draw from, found 45"));
        assert_eq!([Draw::Balanced, Draw::Natural].map(|draw| few(draw).most(&corpus).unwrap()), [90, 90]);
        let all = FewLabels { sizes: vec![90], n_seeds: 1, ..few(Draw::Balanced) };
        assert!(all.run(LexicalEncoder::fit(&corpus.texts(), 1).into(), &corpus, &mut |_, _| {}).is_ok());
        let other = FewLabels { positive: Some("eggs".into()), ..few(Draw::Natural) };
        assert!(run(other).contains("ham, spam"));
    }
}
