//! Ways to train a classifier.

use ndarray::{Array1, Array2, ArrayView2};
use wordferry_vectors::{Features, Space};

use crate::lbfgs::Stop;
use crate::objective::{Loss, Objective, Solution};
use crate::online::Online;
use crate::{Examples, LinearClassifier, Moments, Result, logistic};

const STOP: Stop = Stop { gradient: 1e-5, iterations: 300 };

/// A way to train. Whichever it is, the classifier is *xW + b*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// Logistic regression: minimises the mean log-loss plus l2 / 2 · ‖W‖².
    #[default]
    Logistic,
    /// A linear support vector machine with squared hinge loss, each class against the others (Chang, Hsieh and Lin 2008).
    /// Its scores are margins, not log-odds.
    Svm,
    /// The nearest mean of a class, among standardised features (Rocchio 1971). Has no penalty.
    Centroid,
    /// Logistic regression, a row at a time in the order given (Duchi, Hazan and Singer 2011). Has no penalty.
    Online,
}

impl Head {
    /// Every head.
    pub const ALL: [Head; 4] = [Head::Logistic, Head::Svm, Head::Centroid, Head::Online];

    /// The name, as the command line writes it.
    pub fn name(self) -> &'static str {
        match self {
            Head::Logistic => "logistic",
            Head::Svm => "svm",
            Head::Centroid => "centroid",
            Head::Online => "online",
        }
    }

    /// The head of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|head| head.name() == name)
    }

    /// All names, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Whether there is a penalty to choose.
    pub fn has_penalty(self) -> bool {
        matches!(self, Head::Logistic | Head::Svm)
    }

    /// Trains a classifier in `space`; `l2` is the penalty per row, 0 or more, on weights of standardised features.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn fit(self, space: Space, examples: &Examples<'_>, l2: f64) -> Result<LinearClassifier> {
        let moments = Moments::of_examples(examples);
        let start = Solution::zero(examples.classes().len(), examples.features().n_columns());
        let solution = self.solve(examples, &moments, l2, start)?;
        Ok(into_classifier(&solution, &moments, space, examples))
    }

    /// The solution in units of standardised features.
    pub(crate) fn solve(
        self,
        examples: &Examples<'_>,
        moments: &Moments,
        l2: f64,
        start: Solution,
    ) -> Result<Solution> {
        let minimised = |loss| Objective { examples, moments, loss, l2 }.minimise(start.clone(), STOP);
        Ok(match self {
            Head::Logistic => match logistic::rows_for_linfa(examples) {
                Some(rows) => logistic::solve(&rows, examples, moments, l2)?,
                None => minimised(Loss::Logistic),
            },
            Head::Svm => minimised(Loss::SquaredHinge),
            Head::Centroid => centroids(examples, moments),
            Head::Online => {
                let mut online = Online::new(start);
                online.learn(examples, moments);
                online.into_solution()
            }
        })
    }

    /// The mean loss of a solution on some rows of the examples, whatever their classes.
    pub(crate) fn loss(
        self,
        solution: &Solution,
        examples: &Examples<'_>,
        moments: &Moments,
        rows: &[u32],
    ) -> f64 {
        let loss = if self == Head::Svm { Loss::SquaredHinge } else { Loss::Logistic };
        Objective { examples, moments, loss, l2: 0.0 }.mean_loss(solution, rows)
    }
}

/// Trains a logistic classifier on dense `features` (n × d) of `space`; `labels` are indices of `classes`, one a row; `l2` is the
/// penalty per row.
///
/// # Errors
/// If the rows are of fewer than two classes, a feature is not finite, or the solver fails.
///
/// # Panics
/// If there is not one label a row, or a label is no index of `classes`.
pub fn fit_logistic(
    space: Space,
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    classes: &[String],
    l2: f64,
) -> Result<LinearClassifier> {
    let features = Features::from(features.to_owned());
    Head::Logistic.fit(space, &Examples::new(&features, labels, classes)?, l2)
}

/// −½ ‖x − m‖² for the mean m of every class, less ‖x‖², which all classes share.
fn centroids(examples: &Examples<'_>, moments: &Moments) -> Solution {
    let (n_classes, d) = (examples.classes().len(), examples.features().n_columns());
    let mut means = examples.sums().into_raw_vec_and_offset().0;
    let mut counts = vec![0.0; n_classes];
    examples.rows().iter().for_each(|&row| counts[examples.label_of(row)] += examples.weight_of(row));
    let mut bias = vec![0.0; n_classes];
    for (class, mean) in means.chunks_exact_mut(d.max(1)).enumerate() {
        let count = f64::max(counts[class], f64::MIN_POSITIVE);
        for ((value, centre), deviation) in mean.iter_mut().zip(&moments.mean).zip(&moments.deviation) {
            *value = if counts[class] > 0.0 { (*value / count - centre) / deviation } else { 0.0 };
        }
        bias[class] = -0.5 * mean.iter().map(|value| value * value).sum::<f64>();
    }
    match n_classes {
        2 => Solution {
            n_outputs: 1,
            weights: means[d..].iter().zip(&means[..d]).map(|(one, zero)| one - zero).collect(),
            bias: vec![bias[1] - bias[0]],
        },
        n_outputs => Solution { n_outputs, weights: means, bias },
    }
}

/// A classifier of features as they are.
pub(crate) fn into_classifier(
    solution: &Solution,
    moments: &Moments,
    space: Space,
    examples: &Examples<'_>,
) -> LinearClassifier {
    let (n_classes, d) = (examples.classes().len(), moments.mean.len());
    let mut weights = Array2::zeros((d, n_classes));
    let mut bias = Array1::zeros(n_classes);
    if solution.n_outputs > 1 {
        // A class without a row gets a score that never wins.
        let mut present = vec![false; n_classes];
        examples.labels().for_each(|label| present[label] = true);
        bias = present.iter().map(|&present| if present { 0.0 } else { f32::MIN }).collect();
    }
    for (output, own) in solution.weights.chunks_exact(d.max(1)).enumerate() {
        let class = if solution.n_outputs == 1 { 1 } else { output };
        let mut offset = solution.bias[output];
        for (column, weight) in own.iter().enumerate() {
            let weight = weight / moments.deviation[column];
            offset -= moments.mean[column] * weight;
            weights[[column, class]] = weight as f32;
        }
        if bias[class] == 0.0 {
            bias[class] = offset as f32;
        }
    }
    LinearClassifier::new(space, examples.classes().to_vec(), weights, bias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_vectors::SparseRows;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    fn classes_of(classifier: &LinearClassifier, features: &Features) -> Vec<usize> {
        classifier.predict(features).iter().map(|prediction| prediction.class).collect()
    }

    fn points() -> Array2<f32> {
        array![[0.0, 9.0], [0.5, 8.0], [5.0, 9.5], [5.5, 8.5], [2.5, -4.0], [2.0, -5.0]]
    }

    #[test]
    fn every_head_separates_two_and_three_classes_dense_and_sparse() {
        let mut sparse = SparseRows::new(2);
        points().rows().into_iter().for_each(|row| sparse.push([(0, row[0] - 2.5), (1, row[1] * 0.3)]));
        for features in [Features::from(points()), sparse.into()] {
            for (labels, n_classes) in
                [([1, 1, 1, 1, 0, 0], 2), ([0, 0, 0, 0, 1, 1], 2), ([2, 2, 0, 0, 1, 1], 3)]
            {
                let classes = names(n_classes);
                let examples = Examples::new(&features, &labels, &classes).unwrap();
                // Learning from a row at a time takes a few rounds to separate six points.
                let rounds = examples.only([0, 4, 2, 1, 5, 3].repeat(60)).unwrap();
                for head in Head::ALL {
                    let examples = if head == Head::Online { &rounds } else { &examples };
                    let classifier = head.fit(Space::of(&[b"test"]), examples, 1e-3).unwrap();
                    assert_eq!(classes_of(&classifier, &features), labels, "{head:?}");
                }
            }
        }
    }

    #[test]
    fn linfa_and_the_solver_of_our_own_find_the_same() {
        let features = Features::from(points());
        let weights = [1.0; 6];
        for (labels, n_classes) in [([0, 1, 1, 0, 0, 1], 2), ([0, 2, 1, 0, 1, 2], 3)] {
            let classes = names(n_classes);
            let examples = Examples::new(&features, &labels, &classes).unwrap();
            let fit = |examples: &Examples<'_>| {
                Head::Logistic.fit(Space::of(&[b"test"]), examples, 0.01).unwrap().probabilities(&features)
            };
            let difference = fit(&examples) - fit(&examples.clone().weighted(&weights));
            assert!(difference.iter().all(|value| value.abs() < 1e-3), "{difference}");
        }
    }

    #[test]
    fn the_penalty_does_not_depend_on_the_number_of_rows() {
        let features = array![[0.0, 1.0], [1.0, 0.5], [0.5, 0.0], [2.0, 1.5]];
        let labels = [0, 1, 0, 1];
        let twice = ndarray::concatenate![ndarray::Axis(0), features, features];
        let fit = |rows: &Array2<f32>, labels: &[usize]| {
            let classifier =
                fit_logistic(Space::of(&[b"test"]), rows.view(), labels, &names(2), 0.1).unwrap();
            classifier.scores(&features.clone().into())
        };
        let difference = fit(&features, &labels) - fit(&twice, &[labels, labels].concat());
        assert!(difference.iter().all(|difference| difference.abs() < 1e-3));
    }

    #[test]
    fn a_class_without_a_row_is_never_predicted() {
        let features = Features::from(points());
        let classes = names(4);
        let examples = Examples::new(&features, &[3, 3, 0, 0, 2, 2], &classes).unwrap();
        for head in Head::ALL {
            let classifier = head.fit(Space::of(&[b"test"]), &examples, 0.1).unwrap();
            assert!(classifier.probabilities(&features).column(1).iter().all(|&p| p == 0.0), "{head:?}");
        }
    }

    #[test]
    fn what_cannot_be_trained_on_is_said() {
        let fit = |features: Array2<f32>, labels: &[usize]| {
            let fitted = fit_logistic(Space::of(&[b"test"]), features.view(), labels, &names(2), 0.1);
            fitted.unwrap_err().to_string()
        };
        assert!(fit(array![[0.0], [1.0]], &[1, 1]).contains("all of the class \"1\""));
        assert!(fit(array![[0.0], [f32::NAN]], &[0, 1]).contains("row 1, column 0"));
        assert!(fit(Array2::zeros((0, 1)), &[]).contains("found 0 texts"));
    }
}
