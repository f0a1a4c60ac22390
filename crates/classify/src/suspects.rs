//! Labels and what classifiers that did not see them expected in, labels that are probably wrong out.

use ndarray::ArrayView2;

/// A row whose label is probably wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// The row.
    pub row: usize,
    /// The class that it probably is of.
    pub likely: usize,
    /// The probability of the class that it is labelled as, 0 to 1.
    pub probability: f32,
}

/// The rows whose labels are probably wrong, the least probable label first, by held-out `probabilities` (n × c): confident learning
/// (Northcutt, Jiang and Chuang 2021). A row counts as of the most probable of the classes that reach their thresholds, if any does; the
/// threshold of a class is the mean probability of it among the rows that are labelled so, so that a rare class, or one that
/// the classifier is never sure of, has a lower one.
///
/// # Panics
/// If there is not one label a row, or a label is no column.
pub fn suspects(probabilities: ArrayView2<'_, f32>, labels: &[usize]) -> Vec<Suspect> {
    assert_eq!(probabilities.nrows(), labels.len(), "one label a row");
    let thresholds = thresholds(probabilities, labels);
    let mut suspects: Vec<Suspect> = Vec::new();
    for (row, (probabilities, &label)) in probabilities.rows().into_iter().zip(labels).enumerate() {
        let reached =
            (0..thresholds.len()).filter(|&class| f64::from(probabilities[class]) >= thresholds[class]);
        let likely = reached
            .reduce(|best, class| if probabilities[class] > probabilities[best] { class } else { best });
        if let Some(likely) = likely.filter(|&likely| likely != label) {
            suspects.push(Suspect { row, likely, probability: probabilities[label] });
        }
    }
    suspects.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    suspects
}

/// The mean probability of every class among its rows; out of reach for a class without any.
fn thresholds(probabilities: ArrayView2<'_, f32>, labels: &[usize]) -> Vec<f64> {
    let mean = |class: usize| {
        let rows = labels.iter().enumerate().filter(|(_, label)| **label == class);
        let (sum, n) = rows
            .fold((0.0, 0.0), |(sum, n), (row, _)| (sum + f64::from(probabilities[[row, class]]), n + 1.0));
        if n > 0.0 { sum / n } else { f64::INFINITY }
    };
    (0..probabilities.ncols()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn labels_that_another_class_is_surer_of_are_suspects() {
        let probabilities = array![
            [0.9, 0.1, 0.0],
            [0.8, 0.2, 0.0],
            [0.1, 0.9, 0.0],
            [0.3, 0.6, 0.1],
            [0.05, 0.95, 0.0],
            [0.4, 0.5, 0.1],
        ];
        // Thresholds: (0.9 + 0.8 + 0.1) / 3 = 0.6; (0.6 + 0.95 + 0.5) / 3 = 0.683; none of the third class.
        let found = suspects(probabilities.view(), &[0, 0, 0, 1, 1, 1]);
        assert_eq!(found, [Suspect { row: 2, likely: 1, probability: 0.1 }]);
        let swapped = suspects(probabilities.view(), &[1, 0, 1, 1, 0, 1]);
        assert_eq!(swapped.iter().map(|suspect| suspect.row).collect::<Vec<_>>(), [4, 0]);
        assert!(suspects(ArrayView2::from_shape((0, 2), &[]).unwrap(), &[]).is_empty());
    }
}
