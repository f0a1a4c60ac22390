//! Contrastive refinement (Li et al. 2022): both maps are moved so that seeds stay together and words that are mistaken for their
//! translations, the hard negatives, go away.
//!
//! The loss of a pair (x, z) is −log of the share of exp(cos(x, z) / τ) in the sum with the same of x and the target words nearest to
//! it, and of z and the source words nearest to it. The negatives are looked for anew now and then; Adam (Kingma and Ba 2015)
//! takes the steps.

use ndarray::{Array2, ArrayView2, Zip, s};
use wordferry_vectors::map::multiply;

use crate::self_learning::{Pair, mapped};
use crate::{Aligner, Candidates, Criterion, Matrices, Result, SelfLearning};

/// A map, refined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrastive {
    /// The map to begin with.
    pub begin: SelfLearning,
    /// Negatives are looked for among so many words of either side.
    pub words: usize,
    /// Negatives of a word.
    pub negatives: usize,
    /// τ, what cosines are divided by.
    pub temperature: f32,
    /// Times that negatives are looked for.
    pub rounds: usize,
    /// Steps with the same negatives.
    pub steps: usize,
    /// The size of a step.
    pub rate: f32,
}

impl Contrastive {
    /// A refinement of what self-learning gives, in small steps: with larger ones the seeds are learned by heart, and other words are
    /// found less often.
    pub fn of(begin: SelfLearning) -> Self {
        Self { begin, words: 20_000, negatives: 20, temperature: 0.2, rounds: 3, steps: 20, rate: 1e-4 }
    }
}

impl Aligner for Contrastive {
    fn name(&self) -> &str {
        "contrastive"
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
    ) -> Result<Matrices> {
        let Matrices { source: a, target: b } = self.begin.fit(source, target, seeds)?;
        let frequent = |pair: &Pair| pair.0.index() < self.words && pair.1.index() < self.words;
        let seeds: Vec<Pair> = seeds.iter().copied().filter(frequent).collect();
        let (x, z) = (
            source.slice(s![..source.nrows().min(self.words), ..]),
            target.slice(s![..target.nrows().min(self.words), ..]),
        );
        let begun = [a, b].map(|matrix| matrix.unwrap_or_else(|| Array2::eye(source.ncols())));
        let mut maps = begun.map(Adam::new);
        for _ in 0..self.rounds {
            let [u, v] = [(x, &maps[0]), (z, &maps[1])].map(|(rows, map)| Mapped::new(rows, &map.at).unit);
            let negatives = self.negatives(&u, &v, &seeds);
            for _ in 0..self.steps {
                let sides = [Mapped::new(x, &maps[0].at), Mapped::new(z, &maps[1].at)];
                let [of_u, of_v] = self.gradients(&sides[0].unit, &sides[1].unit, &seeds, &negatives);
                let gradients = [sides[0].back(x, of_u), sides[1].back(z, of_v)];
                for (map, gradient) in maps.iter_mut().zip(&gradients) {
                    map.step(gradient, self.rate);
                }
            }
        }
        let [a, b] = maps.map(|map| map.at);
        Ok(Matrices { source: Some(a), target: Some(b) })
    }
}

/// For every seed the target words mistaken for its translation and the source words that its translation is mistaken for.
type Negatives = [Vec<Vec<u32>>; 2];

impl Contrastive {
    fn negatives(&self, u: &Array2<f32>, v: &Array2<f32>, seeds: &[Pair]) -> Negatives {
        let nearest = |queries: &Array2<f32>, rows: &Array2<f32>, of: fn(&Pair) -> [u32; 2]| {
            let chosen: Vec<usize> = seeds.iter().map(|pair| of(pair)[0] as usize).collect();
            let candidates = Candidates::new(rows.view(), queries.view(), Criterion::Cosine);
            let hits =
                candidates.nearest(queries.select(ndarray::Axis(0), &chosen).view(), self.negatives + 1);
            let right: std::collections::HashSet<[u32; 2]> = seeds.iter().map(of).collect();
            let wrong = |(pair, hits): (&Pair, Vec<crate::Hit>)| {
                let word = of(pair)[0];
                let wrong = hits.into_iter().map(|hit| hit.row).filter(|row| !right.contains(&[word, *row]));
                wrong.take(self.negatives).collect()
            };
            seeds.iter().zip(hits).map(wrong).collect()
        };
        [nearest(u, v, |pair| [pair.0.0, pair.1.0]), nearest(v, u, |pair| [pair.1.0, pair.0.0])]
    }

    /// The gradients of the mean loss by the rows of unit length.
    fn gradients(
        &self,
        u: &Array2<f32>,
        v: &Array2<f32>,
        seeds: &[Pair],
        [of_source, of_target]: &Negatives,
    ) -> [Array2<f32>; 2] {
        let (mut of_u, mut of_v) = (Array2::<f32>::zeros(u.dim()), Array2::<f32>::zeros(v.dim()));
        let scale = 1.0 / (self.temperature * seeds.len().max(1) as f32);
        for ((pair, targets), sources) in seeds.iter().zip(of_source).zip(of_target) {
            let (x, z) = (pair.0.index(), pair.1.index());
            let own = [(x, z)];
            let there = targets.iter().map(|&target| (x, target as usize));
            let back = sources.iter().map(|&source| (source as usize, z));
            let compared: Vec<(usize, usize)> = own.into_iter().chain(there).chain(back).collect();
            let exps: Vec<f32> = compared
                .iter()
                .map(|&(x, z)| ((u.row(x).dot(&v.row(z)) - 1.0) / self.temperature).exp())
                .collect();
            let sum: f32 = exps.iter().sum();
            for (i, (&(x, z), exp)) in compared.iter().zip(&exps).enumerate() {
                let weight = scale * (exp / sum - if i == 0 { 1.0 } else { 0.0 });
                of_u.row_mut(x).scaled_add(weight, &v.row(z));
                of_v.row_mut(z).scaled_add(weight, &u.row(x));
            }
        }
        [of_u, of_v]
    }
}

/// Mapped rows, of unit length, and how long they were.
struct Mapped {
    unit: Array2<f32>,
    lengths: Vec<f32>,
}

impl Mapped {
    fn new(rows: ArrayView2<'_, f32>, map: &Array2<f32>) -> Self {
        let product = multiply(rows, map.view());
        let lengths =
            product.rows().into_iter().map(|row| row.dot(&row).sqrt().max(f32::MIN_POSITIVE)).collect();
        Self { unit: mapped(product.view(), &None), lengths }
    }

    /// The gradient by the map, of what has the gradient `of_unit` by the rows of unit length.
    fn back(&self, rows: ArrayView2<'_, f32>, mut of_unit: Array2<f32>) -> Array2<f32> {
        for ((mut gradient, unit), length) in
            of_unit.rows_mut().into_iter().zip(self.unit.rows()).zip(&self.lengths)
        {
            let along = gradient.dot(&unit);
            gradient.scaled_add(-along, &unit);
            gradient /= *length;
        }
        multiply(rows.t(), of_unit.view())
    }
}

/// Gradient descent with a step of its own for every number.
struct Adam {
    at: Array2<f32>,
    mean: Array2<f32>,
    square: Array2<f32>,
    steps: i32,
}

impl Adam {
    fn new(at: Array2<f32>) -> Self {
        let zeros = Array2::zeros(at.dim());
        Self { at, mean: zeros.clone(), square: zeros, steps: 0 }
    }

    fn step(&mut self, gradient: &Array2<f32>, rate: f32) {
        const B1: f32 = 0.9;
        const B2: f32 = 0.999;
        self.steps += 1;
        let (c1, c2) = (1.0 - B1.powi(self.steps), 1.0 - B2.powi(self.steps));
        Zip::from(&mut self.at).and(&mut self.mean).and(&mut self.square).and(gradient).for_each(
            |at, mean, square, gradient| {
                *mean = B1 * *mean + (1.0 - B1) * gradient;
                *square = B2 * *square + (1.0 - B2) * gradient * gradient;
                *at -= rate * (*mean / c1) / ((*square / c2).sqrt() + 1e-8);
            },
        );
    }
}
