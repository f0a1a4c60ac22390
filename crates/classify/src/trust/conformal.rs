//! Probabilities in, a class or "unsure" out, with a share of errors that was asked for: split conformal prediction.
//!
//! A text is as strange as its own class is improbable: 1 − p. The ⌈(n + 1)(1 − α)⌉-th smallest strangeness of n held-out texts
//! bounds that of a fresh one with a probability of 1 − α or more, whatever the classifier, if both are drawn alike (Vovk et al.
//! 2005; Angelopoulos and Bates 2021). All classes that are less strange than the bound make the text's set.

use ndarray::{ArrayView1, ArrayView2};
use serde_json::json;
use wordferry_vectors::Artefact;

use crate::{Error, Result};

/// Whom the share of covered texts is promised to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All texts together: a rare class may have less.
    Overall,
    /// The texts of every class, each by a bound of its own (Vovk 2012).
    PerClass,
}

/// An answer to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The only class of its set.
    Label(usize),
    /// More classes are possible, or none is likely.
    Unsure,
}

/// Sets of classes that hold the true one with a probability that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Conformal {
    /// The share of texts, 0 to 1, whose set may lack their class.
    alpha: f64,
    /// The bound of every class, 0 to 1; at 1 its class is in every set.
    bounds: Vec<f32>,
    /// The held-out texts that the bound of every class is of.
    n_rows: Vec<usize>,
}

impl Conformal {
    /// Fits to the `probabilities` (n × c) of held-out texts with these `labels`, so that sets lack the true class of a share
    /// `alpha` of texts at most.
    ///
    /// # Errors
    /// If `alpha` is not between 0 and 1, there is no text, or a probability is NaN.
    ///
    /// # Panics
    /// If there is not one label a row, or a label is no class.
    pub fn fit(
        probabilities: ArrayView2<'_, f32>,
        labels: &[usize],
        alpha: f64,
        coverage: Coverage,
    ) -> Result<Self> {
        assert_eq!(probabilities.nrows(), labels.len(), "one label a row");
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Error::Budget { found: alpha });
        }
        if labels.is_empty() || probabilities.iter().any(|probability| probability.is_nan()) {
            return Err(Error::HeldOut {
                purpose: "know when to be unsure",
                expected: "probabilities of held-out texts".into(),
                found: if labels.is_empty() { "none" } else { "NaN" }.into(),
                hint: "hold out some labelled texts",
            });
        }
        let strangeness = |row: usize| 1.0 - probabilities[[row, labels[row]]];
        let of = |is_in: &dyn Fn(usize) -> bool| -> Vec<f32> {
            (0..labels.len()).filter(|&row| is_in(labels[row])).map(strangeness).collect()
        };
        let n_classes = probabilities.ncols();
        let strange: Vec<Vec<f32>> = match coverage {
            Coverage::Overall => vec![of(&|_| true); n_classes],
            Coverage::PerClass => (0..n_classes).map(|class| of(&|label| label == class)).collect(),
        };
        let n_rows = strange.iter().map(Vec::len).collect();
        Ok(Self {
            alpha,
            bounds: strange.into_iter().map(|of_class| bound(of_class, alpha)).collect(),
            n_rows,
        })
    }

    /// The classes of a text's set, by its `probabilities` (c), in order.
    pub fn set(&self, probabilities: ArrayView1<'_, f32>) -> Vec<usize> {
        let is_in = |class: &usize| 1.0 - probabilities[*class] <= self.bounds[*class];
        (0..probabilities.len()).filter(is_in).collect()
    }

    /// The answer to a text, by its `probabilities` (c).
    pub fn answer(&self, probabilities: ArrayView1<'_, f32>) -> Answer {
        match self.set(probabilities)[..] {
            [class] => Answer::Label(class),
            _ => Answer::Unsure,
        }
    }

    /// The share of texts whose set may lack their class, 0 to 1.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Classes that are in every set, because fewer held-out texts than 1 / α − 1 tell nothing of them.
    pub fn untold(&self) -> Vec<usize> {
        let n_classes = self.bounds.len();
        (0..n_classes).filter(|&class| rank(self.n_rows[class], self.alpha) > self.n_rows[class]).collect()
    }

    /// Adds it to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let Self { alpha, bounds, n_rows } = self;
        artefact.set("conformal", json!({ "alpha": alpha, "bounds": bounds, "n_rows": n_rows }));
    }

    /// Takes it back from an artefact, for a classifier of `n_classes`; `None` from one that has none.
    ///
    /// # Errors
    /// If it does not fit together.
    pub fn take(artefact: &Artefact, n_classes: usize) -> Result<Option<Self>> {
        if !artefact.has_property("conformal") {
            return Ok(None);
        }
        let properties = artefact.get("conformal")?;
        let list = |key: &str| properties[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let bounds: Vec<f32> =
            list("bounds").iter().filter_map(|bound| Some(bound.as_f64()? as f32)).collect();
        let n_rows: Vec<usize> = list("n_rows").iter().filter_map(|n| Some(n.as_u64()? as usize)).collect();
        let alpha = properties["alpha"].as_f64().filter(|&alpha| alpha > 0.0 && alpha < 1.0);
        match alpha {
            Some(alpha) if (bounds.len(), n_rows.len()) == (n_classes, n_classes) => {
                Ok(Some(Self { alpha, bounds, n_rows }))
            }
            _ => Err(artefact.broken("bounds of conformal sets that cannot be read").into()),
        }
    }
}

/// ⌈(n + 1)(1 − α)⌉; 1e-9, as a share such as 0.1 is no binary fraction.
fn rank(n: usize, alpha: f64) -> usize {
    ((n + 1) as f64 * (1.0 - alpha) - 1e-9).ceil() as usize
}

fn bound(mut strange: Vec<f32>, alpha: f64) -> f32 {
    strange.sort_by(f32::total_cmp);
    strange.get(rank(strange.len(), alpha).saturating_sub(1)).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn by_hand() {
        // Strangeness 0.1, 0.2 … 0.9 of the true class, which is the first.
        let probabilities = Array2::from_shape_fn((9, 2), |(row, class)| {
            let strange = (row + 1) as f32 / 10.0;
            if class == 0 { 1.0 - strange } else { strange }
        });
        let fit = |alpha| Conformal::fit(probabilities.view(), &[0; 9], alpha, Coverage::Overall).unwrap();
        // ⌈10 · 0.8⌉ = 8: sets hold what has a probability of 0.2 or more.
        let found = fit(0.2);
        assert_eq!(found.set(array![0.85, 0.15].view()), [0]);
        assert_eq!(found.answer(array![0.85, 0.15].view()), Answer::Label(0));
        assert_eq!(found.answer(array![0.75, 0.25].view()), Answer::Unsure);
        assert_eq!(fit(0.05).set(array![1.0, 0.0].view()), [0, 1], "10 · 0.95 is more than 9 texts tell");
        assert_eq!((fit(0.05).untold(), fit(0.1).untold()), (vec![0, 1], vec![]));
        // ⌈10 · 0.4⌉ = 4: nothing is likely enough.
        assert_eq!(fit(0.6).answer(array![0.5, 0.5].view()), Answer::Unsure);
    }

    /// Texts of three unequal classes and the probabilities of a mediocre, overconfident classifier.
    fn draw(rng: &mut ChaCha8Rng, n: usize) -> (Array2<f32>, Vec<usize>) {
        let labels: Vec<usize> =
            (0..n).map(|_| [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][rng.random_range(0..10)]).collect();
        let scores = Array2::from_shape_fn((n, 3), |(row, class)| {
            let noise: f32 = (0..4).map(|_| rng.random_range(-1.5..1.5)).sum();
            2.0 * (noise + if class == labels[row] { 1.5 } else { 0.0 })
        });
        (crate::trust::softmax(scores.view()), labels)
    }

    /// The share of fresh texts, of each class and of all, whose set holds their class.
    fn covered(coverage: Coverage, alpha: f64) -> [f64; 4] {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (probabilities, labels) = draw(&mut rng, 20_000);
        let conformal = Conformal::fit(probabilities.view(), &labels, alpha, coverage).unwrap();
        let (probabilities, labels) = draw(&mut rng, 60_000);
        let (mut hits, mut counts) = ([0.0; 4], [0.0; 4]);
        for (row, label) in probabilities.rows().into_iter().zip(labels) {
            let hit = if conformal.set(row).contains(&label) { 1.0 } else { 0.0 };
            for group in [label, 3] {
                hits[group] += hit;
                counts[group] += 1.0;
            }
        }
        [0, 1, 2, 3].map(|group| hits[group] / counts[group])
    }

    #[test]
    fn sets_cover_what_was_asked() {
        for alpha in [0.02, 0.1, 0.3] {
            let overall = covered(Coverage::Overall, alpha)[3];
            assert!((overall - (1.0 - alpha)).abs() < 0.01, "{alpha}: {overall}");
            for of_class in covered(Coverage::PerClass, alpha) {
                // The rarest class has 2,000 held-out texts: a deviation of 1 point at α = 0.3.
                assert!((of_class - (1.0 - alpha)).abs() < 0.025, "{alpha}: {of_class}");
            }
        }
    }

    #[test]
    fn an_artefact_gives_back_what_was_put() {
        let mut artefact = Artefact::new("model");
        assert_eq!(Conformal::take(&artefact, 2).unwrap(), None);
        let probabilities = array![[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]];
        let found = Conformal::fit(probabilities.view(), &[0, 1, 1], 0.5, Coverage::PerClass).unwrap();
        found.put(&mut artefact);
        assert_eq!(Conformal::take(&artefact, 2).unwrap(), Some(found));
        assert!(Conformal::take(&artefact, 3).is_err());
    }

    #[test]
    fn what_cannot_be_fitted_is_said() {
        let fit = |probabilities: Array2<f32>, labels: &[usize], alpha| {
            Conformal::fit(probabilities.view(), labels, alpha, Coverage::Overall).unwrap_err().to_string()
        };
        assert!(fit(Array2::zeros((0, 2)), &[], 0.1).ends_with("found none"));
        assert!(fit(array![[f32::NAN, 0.0]], &[1], 0.1).ends_with("found NaN"));
        assert!(fit(array![[1.0, 0.0]], &[1], 1.0).starts_with("expected a budget between 0 and 1"));
    }
}
