//! The door for alignment methods: seeds in, matrices out.

use ndarray::{Array2, ArrayView2};
use wordferry_vectors::WordId;

use crate::Result;

/// What a method learned: a matrix for each side, or none where the side stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrices {
    /// d_source × d_shared, applied to normalised source rows.
    pub source: Option<Array2<f32>>,
    /// d_target × d_shared, applied to normalised target rows.
    pub target: Option<Array2<f32>>,
}

/// A method that learns a shared space from pairs of words.
pub trait Aligner: Sync {
    /// The method's name, as the command line and the report write it.
    fn name(&self) -> &str;

    /// The fewest seeds that it can begin with.
    fn fewest_seeds(&self) -> usize {
        2
    }

    /// Learns the matrices.
    ///
    /// `source` is n × d_source and `target` m × d_target, both normalised; `seeds` are pairs of their rows.
    ///
    /// # Errors
    /// If the method cannot take these dimensions, or does not converge.
    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices>;

    /// The same with a good map to begin with, `begun`, that was fitted on most of these seeds. A method that is no faster for it ignores it,
    /// as this one does.
    ///
    /// # Errors
    /// As [`Aligner::fit`].
    fn refit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
        begun: Matrices,
    ) -> Result<Matrices> {
        let _ = begun;
        self.fit(source, target, seeds)
    }
}
