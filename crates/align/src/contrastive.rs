//! Contrastive refinement (Li et al. 2022): both maps are moved so that seeds stay together and words that are mistaken for their
//! translations, the hard negatives, go away.
//!
//! The loss of a pair (x, z) is −log of the share of exp(cos(x, z) / τ) in the sum with the same of x and the target words nearest to
//! it, and of z and the source words nearest to it. The negatives are looked for anew now and then; Adam (Kingma and Ba 2015)
//! takes the steps.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip};
use rayon::prelude::*;
use wordferry_vectors::map::multiply;

use crate::self_learning::{Pair, mapped};
use crate::symmetric::frequent;
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
        Self { begin, words: 20_000, negatives: 10, temperature: 0.2, rounds: 3, steps: 10, rate: 2e-4 }
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
        self.refine(source, target, seeds, self.begin.fit(source, target, seeds)?)
    }

    fn refit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
        begun: Matrices,
    ) -> Result<Matrices> {
        self.refine(source, target, seeds, self.begin.refit(source, target, seeds, begun)?)
    }
}

impl Contrastive {
    fn refine(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
        Matrices { source: a, target: b }: Matrices,
    ) -> Result<Matrices> {
        let is_frequent = |pair: &Pair| pair.0.index() < self.words && pair.1.index() < self.words;
        let seeds: Vec<Pair> = seeds.iter().copied().filter(is_frequent).collect();
        let (x, z) = (frequent(source.view(), self.words), frequent(target.view(), self.words));
        let begun = [a, b].map(|matrix| matrix.unwrap_or_else(|| Array2::eye(source.ncols())));
        let mut maps = begun.map(Adam::new);
        for _ in 0..self.rounds {
            let [u, v] = [(x, &maps[0]), (z, &maps[1])].map(|(rows, map)| Mapped::new(rows, &map.at).unit);
            let compared = Compared::new(&seeds, self.negatives(&u, &v, &seeds), [x.nrows(), z.nrows()]);
            for _ in 0..self.steps {
                let sides = [Mapped::new(x, &maps[0].at), Mapped::new(z, &maps[1].at)];
                let [of_u, of_v] = compared.gradients(&sides[0].unit, &sides[1].unit, self.temperature);
                let gradients = [sides[0].back(x, of_u), sides[1].back(z, of_v)];
                for (map, gradient) in maps.iter_mut().zip(&gradients) {
                    map.step(gradient, self.rate);
                }
            }
        }
        let [a, b] = maps.map(|map| map.at);
        Ok(Matrices { source: Some(a), target: Some(b) })
    }

    fn negatives(&self, u: &Array2<f32>, v: &Array2<f32>, seeds: &[Pair]) -> Negatives {
        let nearest = |queries: &Array2<f32>, rows: &Array2<f32>, of: fn(&Pair) -> [u32; 2]| {
            let chosen: Vec<usize> = seeds.iter().map(|pair| of(pair)[0] as usize).collect();
            let candidates = Candidates::new(rows.view(), queries.view(), Criterion::Cosine);
            let hits = candidates.nearest(queries.select(Axis(0), &chosen).view(), self.negatives + 1);
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
}

/// For every seed the target words mistaken for its translation and the source words that its translation is mistaken for.
type Negatives = [Vec<Vec<u32>>; 2];

/// Pairs of rows whose cosines the loss is made of.
struct Compared {
    /// For every seed the pair itself and those it is compared with, one seed after the other.
    pairs: Vec<[u32; 2]>,
    /// Where the pairs of each seed begin, and where the last ends.
    starts: Vec<usize>,
    /// The numbers of the pairs that a row of either side is in.
    of_row: [Vec<Vec<u32>>; 2],
}

impl Compared {
    fn new(seeds: &[Pair], [of_source, of_target]: Negatives, rows: [usize; 2]) -> Self {
        let (mut pairs, mut starts) = (Vec::new(), vec![0]);
        for ((&(x, z), targets), sources) in seeds.iter().zip(of_source).zip(of_target) {
            pairs.push([x.0, z.0]);
            pairs.extend(targets.into_iter().map(|target| [x.0, target]));
            pairs.extend(sources.into_iter().map(|source| [source, z.0]));
            starts.push(pairs.len());
        }
        let mut of_row = rows.map(|n| vec![Vec::new(); n]);
        for (number, pair) in (0..).zip(&pairs) {
            of_row[0][pair[0] as usize].push(number);
            of_row[1][pair[1] as usize].push(number);
        }
        Self { pairs, starts, of_row }
    }

    /// The gradients of the mean loss by the rows of unit length.
    fn gradients(&self, u: &Array2<f32>, v: &Array2<f32>, temperature: f32) -> [Array2<f32>; 2] {
        let weights = self.weights(u, v, temperature);
        let of_side = |side: usize, others: &Array2<f32>| {
            let mut gradient = Array2::<f32>::zeros((self.of_row[side].len(), others.ncols()));
            let rows = gradient.axis_iter_mut(Axis(0)).into_par_iter().zip(&self.of_row[side]);
            rows.for_each(|(mut row, numbers)| {
                for &number in numbers {
                    let other = self.pairs[number as usize][1 - side] as usize;
                    row.scaled_add(weights[number as usize], &others.row(other));
                }
            });
            gradient
        };
        [of_side(0, v), of_side(1, u)]
    }

    /// The derivative of the mean loss by the cosine of each pair.
    fn weights(&self, u: &Array2<f32>, v: &Array2<f32>, temperature: f32) -> Vec<f32> {
        let scale = 1.0 / (temperature * (self.starts.len() - 1).max(1) as f32);
        let exp =
            |&[x, z]: &[u32; 2]| ((u.row(x as usize).dot(&v.row(z as usize)) - 1.0) / temperature).exp();
        let of_seed = |range: &[usize]| {
            let mut weights: Vec<f32> = self.pairs[range[0]..range[1]].iter().map(exp).collect();
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight *= scale / sum);
            weights[0] -= scale;
            weights
        };
        self.starts.par_windows(2).flat_map_iter(of_seed).collect()
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
        let length = |row: ArrayView1<'_, f32>| row.dot(&row).sqrt().max(f32::MIN_POSITIVE);
        let lengths = product.axis_iter(Axis(0)).into_par_iter().map(length).collect();
        Self { unit: mapped(product.view(), &None), lengths }
    }

    /// The gradient by the map, of what has the gradient `of_unit` by the rows of unit length.
    fn back(&self, rows: ArrayView2<'_, f32>, mut of_unit: Array2<f32>) -> Array2<f32> {
        let units = self.unit.axis_iter(Axis(0)).into_par_iter();
        let gradients = of_unit.axis_iter_mut(Axis(0)).into_par_iter().zip(units).zip(&self.lengths);
        gradients.for_each(|((mut gradient, unit), length)| {
            let along = gradient.dot(&unit);
            gradient.scaled_add(-along, &unit);
            gradient /= *length;
        });
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
