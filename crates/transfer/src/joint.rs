//! The rows of a source and of labelled target texts in, what models trained on parts of them say of the target texts out.

use rayon::prelude::*;
use wordferry_classify::{Examples, penalty};
use wordferry_encode::AnyEncoder;
use wordferry_vectors::{Features, Space};

use crate::adaptation::joint_weights;
use crate::model::TrainingRows;
use crate::{Adaptation, Corpus, Result, Training};

/// A source's texts and labelled ones of a target, encoded once, for models of the source and different parts of the target.
pub struct JointRows {
    rows: TrainingRows,
    n_source: usize,
    /// The target's rows.
    target: Features,
    /// The penalty per row.
    l2: f64,
    training: Training,
    space: Space,
}

impl Adaptation<'_> {
    /// The rows that [`Adaptation::joint`] trains on. The penalty is the given one, or chosen on the source's.
    ///
    /// # Errors
    /// If an encoder or a solver fails, or the target has a class that the source has not.
    pub fn joint_rows(&self, target: &AnyEncoder, labelled: &Corpus) -> Result<JointRows> {
        let rows = self.with_target(target, labelled)?;
        let n_source = self.corpus.len();
        let Training { head, l2, seed, .. } = self.training;
        let examples = Examples::new(&rows.views[0], &rows.labels, &rows.classes)?;
        let l2 = penalty(head, &examples.only((0..n_source as u32).collect())?, l2, seed)?.l2;
        let target = target.features(&labelled.texts())?;
        Ok(JointRows { rows, n_source, target, l2, training: self.training, space: self.encoder.space() })
    }
}

impl JointRows {
    /// The classes of all target texts, as indices of the source's, by a model for each of `parts`: it is trained on the source and those
    /// target texts whose numbers the part holds, as [`Adaptation::joint`] would be.
    ///
    /// # Errors
    /// If a solver fails.
    ///
    /// # Panics
    /// If there is no target text of a number.
    pub fn predict_each(&self, parts: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
        parts.par_iter().map(|part| self.predict(part)).collect()
    }

    fn predict(&self, part: &[usize]) -> Result<Vec<usize>> {
        let TrainingRows { views, labels, classes, .. } = &self.rows;
        let weights = joint_weights(self.n_source, labels.len() - self.n_source, part.len());
        let of_target = part.iter().map(|&row| (self.n_source + row) as u32);
        let rows: Vec<u32> = (0..self.n_source as u32).chain(of_target).collect();
        let examples = Examples::new(&views[0], labels, classes)?.weighted(&weights).only(rows)?;
        let classifier = self.training.head.fit(self.space, &examples, self.l2)?;
        Ok(classifier.predict(&self.target).into_iter().map(|prediction| prediction.class).collect())
    }
}
