//! PROC-B (Glavaš et al. 2019): Procrustes, once more with the translations that it found itself.

use ndarray::ArrayView2;

use crate::self_learning::{Pair, translations};
use crate::symmetric::frequent;
use crate::{Aligner, Matrices, Procrustes, Result};

/// Procrustes on the seeds; then, some times over, on the seeds and the words that find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcrustesB {
    /// Words of either side that translations are looked for among.
    pub cutoff: usize,
    /// How often.
    pub rounds: usize,
}

impl Default for ProcrustesB {
    fn default() -> Self {
        Self { cutoff: 10_000, rounds: 2 }
    }
}

impl Aligner for ProcrustesB {
    fn name(&self) -> &str {
        "procrustes-b"
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
    ) -> Result<Matrices> {
        let mut matrices = Procrustes.fit(source, target, seeds)?;
        let (x, z) = (frequent(source.view(), self.cutoff), frequent(target.view(), self.cutoff));
        for _ in 0..self.rounds {
            let mut pairs = translations(x, z, &matrices);
            pairs.extend(seeds);
            matrices = Procrustes.fit(source, target, &pairs)?;
        }
        Ok(matrices)
    }
}
