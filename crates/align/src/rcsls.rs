//! RCSLS (Joulin et al. 2018): a map learned for the criterion that translations are then retrieved by.
//!
//! Procrustes brings seeds together; RCSLS also drives a word away from its neighbours on the other side, as CSLS counts them. The
//! loss of a pair is −2 xᵀWz plus the mean of xᵀWz over each word's `k` nearest of the other side, and W is any matrix: the loss is
//! convex then, while a rotation would have to be searched for.

use ndarray::{Array2, ArrayView2, s};
use wordferry_vectors::WordId;
use wordferry_vectors::map::{faer_view, multiply};

use crate::procrustes::equal_dimensions;
use crate::symmetric::{chosen, to_array};
use crate::{Aligner, Candidates, Criterion, Error, Hit, Matrices, Procrustes, Result};

/// RCSLS by gradient descent, from Procrustes on; the rate is halved whenever the loss rises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rcsls {
    /// Steps of the descent.
    pub steps: usize,
    /// What the first gradient, of the mean loss of a pair, is multiplied by.
    pub rate: f32,
    /// Neighbours of a word are looked for among so many of the other side.
    pub negatives: usize,
    /// Neighbours of a word.
    pub k: usize,
    /// Whether no direction may grow: singular values of W above 1 are cut to 1 after each step.
    pub spectral: bool,
}

impl Default for Rcsls {
    fn default() -> Self {
        Self { steps: 10, rate: 1.0, negatives: 20_000, k: 10, spectral: false }
    }
}

impl Aligner for Rcsls {
    fn name(&self) -> &str {
        if self.spectral { "rcsls-spectral" } else { "rcsls" }
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices> {
        equal_dimensions(source, target)?;
        let pairs = Pairs {
            x: chosen(source, seeds.iter().map(|pair| pair.0)),
            z: chosen(target, seeds.iter().map(|pair| pair.1)),
            all_x: source.slice(s![..source.nrows().min(self.negatives), ..]),
            all_z: target.slice(s![..target.nrows().min(self.negatives), ..]),
            k: self.k,
        };
        let begin = Procrustes.fit(source, target, seeds)?;
        let mut map = begin.target.expect("Procrustes maps the target");
        let (mut rate, (mut loss, mut gradient)) = (self.rate, pairs.loss(&map));
        for _ in 0..self.steps {
            let next = self.projected(&map - &(&gradient * rate))?;
            let (next_loss, next_gradient) = pairs.loss(&next);
            if next_loss < loss {
                (map, loss, gradient) = (next, next_loss, next_gradient);
            } else {
                rate /= 2.0;
            }
        }
        Ok(Matrices { source: None, target: Some(map) })
    }
}

impl Rcsls {
    /// The nearest matrix without a singular value above 1, if that is asked for.
    fn projected(&self, map: Array2<f32>) -> Result<Array2<f32>> {
        if !self.spectral {
            return Ok(map);
        }
        let (rows, columns) = map.dim();
        let svd = faer_view(map.mapv(f64::from).view())
            .thin_svd()
            .map_err(|_| Error::Decomposition { rows, columns })?;
        let values: Vec<f64> = svd.S().column_vector().iter().map(|value| value.min(1.0)).collect();
        let scaled = faer::Mat::from_fn(rows, values.len(), |i, j| svd.U()[(i, j)] * values[j]);
        Ok(to_array((scaled * svd.V().transpose()).as_ref()))
    }
}

/// Seeds and the words that their neighbours are among.
struct Pairs<'a> {
    /// n × d, the seeds' rows.
    x: Array2<f32>,
    z: Array2<f32>,
    all_x: ArrayView2<'a, f32>,
    all_z: ArrayView2<'a, f32>,
    k: usize,
}

impl Pairs<'_> {
    /// The mean loss of a pair and its gradient, d × d.
    fn loss(&self, map: &Array2<f32>) -> (f64, Array2<f32>) {
        let mapped = multiply(self.z.view(), map.view());
        let all_mapped = multiply(self.all_z, map.view());
        // What a pair's words are pulled to and pushed from: 2 x − the mean of z's neighbours, and the mean of x's neighbours.
        let to = &self.x * 2.0 - self.neighbours(mapped.view(), self.all_x, self.all_x);
        let from = self.neighbours(self.x.view(), all_mapped.view(), self.all_z);
        let n = self.x.nrows() as f32;
        let gradient = (multiply(from.t(), self.x.view()) - multiply(self.z.t(), to.view())) / n;
        let pulled: f64 = (&mapped * &to).iter().map(|&value| f64::from(value)).sum();
        let pushed = multiply(from.view(), map.view()) * &self.x;
        let pushed: f64 = pushed.iter().map(|&value| f64::from(value)).sum();
        ((pushed - pulled) / f64::from(n), gradient)
    }

    /// The mean of the rows of `of` (m × d) whose counterparts in `candidates` are nearest to each query.
    fn neighbours(
        &self,
        queries: ArrayView2<'_, f32>,
        candidates: ArrayView2<'_, f32>,
        of: ArrayView2<'_, f32>,
    ) -> Array2<f32> {
        let nearest = Candidates::new(candidates, candidates, Criterion::Cosine).nearest(queries, self.k);
        let mut means = Array2::zeros(queries.dim());
        for (mut mean, hits) in means.rows_mut().into_iter().zip(&nearest) {
            let share = (hits.len().max(1) as f32).recip();
            hits.iter().for_each(|Hit { row, .. }| mean.scaled_add(share, &of.row(*row as usize)));
        }
        means
    }
}
