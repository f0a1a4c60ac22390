//! True and predicted classes in, counts and the shares they make out.

use serde::Serialize;

/// How well one class is told from the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassScores {
    /// Share of the texts predicted as of the class that are, 0 to 1; none if there are none.
    pub precision: Option<f64>,
    /// Share of the texts of the class that are predicted as such, 0 to 1; none if there are none.
    pub recall: Option<f64>,
    /// Their harmonic mean, 0 to 1; none if the class neither occurs nor is predicted.
    pub f1: Option<f64>,
    /// Texts of the class.
    pub n: usize,
    /// Texts predicted as of the class.
    pub n_predicted: usize,
}

/// Counts of texts by true (row) and predicted class (column).
pub(crate) struct Confusion {
    counts: Vec<usize>,
    n_classes: usize,
}

impl Confusion {
    /// Of cells: true class · number of classes + predicted class.
    pub(crate) fn of(cells: impl Iterator<Item = usize>, n_classes: usize) -> Self {
        let mut counts = vec![0; n_classes * n_classes];
        cells.for_each(|cell| counts[cell] += 1);
        Self { counts, n_classes }
    }

    pub(crate) fn rows(&self) -> Vec<Vec<usize>> {
        self.counts.chunks(self.n_classes).map(<[usize]>::to_vec).collect()
    }

    fn n(&self) -> f64 {
        self.counts.iter().sum::<usize>() as f64
    }

    fn hits(&self, class: usize) -> usize {
        self.counts[class * self.n_classes + class]
    }

    fn of_class(&self, class: usize) -> usize {
        self.counts[class * self.n_classes..][..self.n_classes].iter().sum()
    }

    fn predicted_as(&self, class: usize) -> usize {
        (0..self.n_classes).map(|truth| self.counts[truth * self.n_classes + class]).sum()
    }

    pub(crate) fn accuracy(&self) -> f64 {
        (0..self.n_classes).map(|class| self.hits(class)).sum::<usize>() as f64 / self.n()
    }

    pub(crate) fn majority(&self) -> f64 {
        (0..self.n_classes).map(|class| self.of_class(class)).max().unwrap_or(0) as f64 / self.n()
    }

    fn f1(&self, class: usize) -> Option<f64> {
        match self.of_class(class) + self.predicted_as(class) {
            0 => None,
            both => Some(2.0 * self.hits(class) as f64 / both as f64),
        }
    }

    pub(crate) fn macro_f1(&self) -> f64 {
        let scores: Vec<f64> = (0..self.n_classes).filter_map(|class| self.f1(class)).collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    }

    pub(crate) fn class_scores(&self, class: usize) -> ClassScores {
        let share = |of: usize| (of > 0).then(|| self.hits(class) as f64 / of as f64);
        let (n, n_predicted) = (self.of_class(class), self.predicted_as(class));
        ClassScores { precision: share(n_predicted), recall: share(n), f1: self.f1(class), n, n_predicted }
    }
}
