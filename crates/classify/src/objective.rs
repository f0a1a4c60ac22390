//! What training minimises: the mean loss over examples and a penalty on the weights.
//!
//! Features are standardised on the way, never in memory: scores are *x · v + o* with *v = w / σ* and *o = b − μ · v*. Rows are
//! divided among a number of parts that depends on nothing but how many there are, and the parts' sums are added in
//! their order: the same bits whatever the number of threads.

use rayon::prelude::*;
use wordferry_vectors::BlockRow;

use crate::lbfgs::{Stop, minimise};
use crate::{Examples, Moments};

/// Parts that rows are divided among, at most.
const MOST_PARTS: usize = 16;
/// Rows of a part, at least.
const FEWEST_ROWS: usize = 256;
/// Rows whose gradient is added up in single precision.
const ROWS_IN_SINGLE: usize = 64;

/// How wrong a score is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// −log p of the class, p by the logistic function or the softmax.
    Logistic,
    /// max(0, 1 − y s)², a class against the others (Chang et al. 2008).
    SquaredHinge,
}

/// Weights in units of standardised features and a bias, a column an output: one output for two classes, one a class for more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Solution {
    pub(crate) n_outputs: usize,
    /// Output by output, d each.
    pub(crate) weights: Vec<f64>,
    pub(crate) bias: Vec<f64>,
}

impl Solution {
    pub(crate) fn zero(n_classes: usize, d: usize) -> Self {
        let n_outputs = if n_classes == 2 { 1 } else { n_classes };
        Self { n_outputs, weights: vec![0.0; n_outputs * d], bias: vec![0.0; n_outputs] }
    }
}

/// The mean loss over `examples`, their features standardised by `moments`, plus l2 / 2 · ‖w‖².
pub(crate) struct Objective<'a> {
    pub(crate) examples: &'a Examples<'a>,
    pub(crate) moments: &'a Moments,
    pub(crate) loss: Loss,
    pub(crate) l2: f64,
}

/// Sums over a part of the rows.
struct Sums {
    loss: f64,
    weights: Vec<f64>,
    bias: Vec<f64>,
}

/// Weights for features as they are.
struct Plain {
    d: usize,
    weights: Vec<f32>,
    offset: Vec<f64>,
}

impl Objective<'_> {
    /// The solution that minimises it, searched for from `start` on.
    pub(crate) fn minimise(&self, start: Solution, stop: Stop) -> Solution {
        let n_outputs = start.n_outputs;
        let n_weights = start.weights.len();
        let mut found = start.weights;
        found.extend(start.bias);
        let mut weights = minimise(found, stop, |at, gradient| self.value(n_outputs, at, gradient));
        let bias = weights.split_off(n_weights);
        Solution { n_outputs, weights, bias }
    }

    /// The mean loss of a solution over some rows, without the penalty.
    pub(crate) fn mean_loss(&self, solution: &Solution, rows: &[u32]) -> f64 {
        let plain = self.plain(&solution.weights, &solution.bias, self.moments.mean.len());
        let mut scores = vec![0.0; solution.n_outputs];
        let (mut loss, mut total) = (0.0, 0.0);
        for &row in rows {
            self.score(row, &plain, &mut scores);
            let weight = self.examples.weight_of(row);
            loss += weight * residuals(self.loss, &mut scores, self.examples.label_of(row));
            total += weight;
        }
        loss / f64::max(total, f64::MIN_POSITIVE)
    }

    fn value(&self, n_outputs: usize, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let d = self.moments.mean.len();
        let (weights, bias) = parameters.split_at(n_outputs * d);
        let plain = self.plain(weights, bias, d);
        let total = self.examples.total_weight();
        let rows = self.examples.rows();
        let n_parts = rows.len().div_ceil(FEWEST_ROWS).clamp(1, MOST_PARTS);
        let parts: Vec<Sums> = rows
            .par_chunks(rows.len().div_ceil(n_parts).max(1))
            .map(|rows| self.sums(rows, n_outputs, &plain))
            .collect();
        let (for_weights, for_bias) = gradient.split_at_mut(n_outputs * d);
        for_weights.fill(0.0);
        for_bias.fill(0.0);
        let mut value = 0.0;
        for part in &parts {
            value += part.loss / total;
            for_weights.iter_mut().zip(&part.weights).for_each(|(sum, value)| *sum += value / total);
            for_bias.iter_mut().zip(&part.bias).for_each(|(sum, value)| *sum += value / total);
        }
        for (output, gradient) in for_weights.chunks_exact_mut(d.max(1)).enumerate() {
            let weights = &weights[output * d..(output + 1) * d];
            let moments = self.moments.mean.iter().zip(&self.moments.deviation);
            for ((g, w), (mean, deviation)) in gradient.iter_mut().zip(weights).zip(moments) {
                *g = (*g - mean * for_bias[output]) / deviation + self.l2 * w;
                value += 0.5 * self.l2 * w * w;
            }
        }
        value
    }

    fn plain(&self, weights: &[f64], bias: &[f64], d: usize) -> Plain {
        let mut offset = bias.to_vec();
        let plain = weights.iter().enumerate().map(|(i, weight)| {
            let (output, column) = (i / d, i % d);
            let weight = weight / self.moments.deviation[column];
            offset[output] -= self.moments.mean[column] * weight;
            weight as f32
        });
        let weights = plain.collect();
        Plain { d, weights, offset }
    }

    fn sums(&self, rows: &[u32], n_outputs: usize, plain: &Plain) -> Sums {
        let d = plain.d;
        let mut sums = Sums { loss: 0.0, weights: vec![0.0; n_outputs * d], bias: vec![0.0; n_outputs] };
        let any_dense = rows.first().is_some_and(|&row| {
            self.examples.features().row(row as usize).any(|(_, row)| matches!(row, BlockRow::Dense(_)))
        });
        let mut single = vec![0.0f32; if any_dense { n_outputs * d } else { 0 }];
        let mut scores = vec![0.0; n_outputs];
        for rows in rows.chunks(ROWS_IN_SINGLE) {
            for &row in rows {
                self.score(row, plain, &mut scores);
                let weight = self.examples.weight_of(row);
                sums.loss += weight * residuals(self.loss, &mut scores, self.examples.label_of(row));
                for (output, residual) in scores.iter().enumerate() {
                    let residual = weight * residual;
                    sums.bias[output] += residual;
                    let range = output * d..(output + 1) * d;
                    let single = single.get_mut(range.clone()).unwrap_or_default();
                    self.add_gradient(row, residual, single, &mut sums.weights[range]);
                }
            }
            for (sum, value) in sums.weights.iter_mut().zip(&mut single) {
                *sum += f64::from(std::mem::take(value));
            }
        }
        sums
    }

    fn score(&self, row: u32, plain: &Plain, scores: &mut [f64]) {
        scores.copy_from_slice(&plain.offset);
        for (start, part) in self.examples.features().row(row as usize) {
            for (score, weights) in scores.iter_mut().zip(plain.weights.chunks_exact(plain.d.max(1))) {
                *score += match part {
                    BlockRow::Dense(values) => dot(values, &weights[start..]),
                    BlockRow::Sparse(columns, values) => columns
                        .iter()
                        .zip(values)
                        .map(|(&column, &value)| f64::from(value * weights[start + column as usize]))
                        .sum(),
                };
            }
        }
    }

    fn add_gradient(&self, row: u32, residual: f64, single: &mut [f32], double: &mut [f64]) {
        for (start, part) in self.examples.features().row(row as usize) {
            match part {
                BlockRow::Dense(values) => {
                    let residual = residual as f32;
                    single[start..].iter_mut().zip(values).for_each(|(sum, value)| *sum += residual * value);
                }
                BlockRow::Sparse(columns, values) => {
                    for (&column, &value) in columns.iter().zip(values) {
                        double[start + column as usize] += residual * f64::from(value);
                    }
                }
            }
        }
    }
}

/// The loss of scores, which become its derivatives.
pub(crate) fn residuals(loss: Loss, scores: &mut [f64], label: usize) -> f64 {
    match (loss, &mut *scores) {
        (Loss::Logistic, [score]) => {
            let (s, y) = (*score, label as f64);
            *score = 1.0 / (1.0 + (-s).exp()) - y;
            s.max(0.0) + (-s.abs()).exp().ln_1p() - y * s
        }
        (Loss::Logistic, scores) => {
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let own = scores[label] - highest;
            scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
            let sum: f64 = scores.iter().sum();
            scores.iter_mut().for_each(|score| *score /= sum);
            scores[label] -= 1.0;
            sum.ln() - own
        }
        (Loss::SquaredHinge, scores) => {
            let of_two = scores.len() == 1;
            let mut sum = 0.0;
            for (output, score) in scores.iter_mut().enumerate() {
                let is_own = if of_two { label == 1 } else { label == output };
                let sign = if is_own { 1.0 } else { -1.0 };
                let margin = (1.0 - sign * *score).max(0.0);
                *score = -2.0 * sign * margin;
                sum += margin * margin;
            }
            sum
        }
    }
}

/// The scalar product of the shorter slice with the beginning of the longer one.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 16;
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut lanes = [0.0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    f64::from(lanes.iter().sum::<f32>()) + f64::from(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use wordferry_vectors::{Features, SparseRows};

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    /// Dense and sparse columns side by side.
    fn features() -> Features {
        let mut sparse = SparseRows::new(3);
        sparse.push([(0, 1.0), (2, 0.5)]);
        sparse.push([(1, 2.0)]);
        sparse.push([]);
        sparse.push([(0, -1.0), (1, 0.25)]);
        let dense: Array2<f32> = array![[1.0, 5.0], [0.5, 2.0], [-1.0, 3.0], [0.0, -2.0]];
        Features::beside([dense.into(), sparse.into()])
    }

    #[test]
    fn the_gradient_is_that_of_the_value() {
        let features = features();
        for (labels, n_classes) in [([0, 1, 1, 0], 2), ([0, 1, 2, 2], 3)] {
            let classes = names(n_classes);
            let weights = [1.0, 2.0, 0.5, 1.5];
            let examples = Examples::new(&features, &labels, &classes).unwrap().weighted(&weights);
            let moments = Moments::of_examples(&examples);
            for loss in [Loss::Logistic, Loss::SquaredHinge] {
                let objective = Objective { examples: &examples, moments: &moments, loss, l2: 0.3 };
                let zero = Solution::zero(n_classes, 5);
                let n = zero.weights.len() + zero.bias.len();
                let at: Vec<f64> = (0..n).map(|i| ((i * 7) % 5) as f64 * 0.1 - 0.2).collect();
                let value = |at: &[f64], gradient: &mut [f64]| objective.value(zero.n_outputs, at, gradient);
                let mut gradient = vec![0.0; n];
                value(&at, &mut gradient);
                for i in 0..n {
                    let step = 1e-2;
                    let moved = |by: f64| {
                        let mut moved = at.clone();
                        moved[i] += by;
                        value(&moved, &mut vec![0.0; n])
                    };
                    let slope = (moved(step) - moved(-step)) / (2.0 * step);
                    assert!((slope - gradient[i]).abs() < 2e-3, "{loss:?} {i}: {slope} {}", gradient[i]);
                }
            }
        }
    }

    #[test]
    fn a_row_of_weight_two_is_that_row_twice() {
        let features = features();
        let classes = names(2);
        let solve = |examples: &Examples<'_>, moments: &Moments| {
            let objective = Objective { examples, moments, loss: Loss::Logistic, l2: 0.1 };
            objective.minimise(Solution::zero(2, 5), Stop { gradient: 1e-7, iterations: 200 })
        };
        let plain = Examples::new(&features, &[0, 1, 1, 0], &classes).unwrap();
        let moments = Moments::of_examples(&plain);
        let weighted = solve(&plain.clone().weighted(&[1.0, 2.0, 1.0, 1.0]), &moments);
        let twice = solve(&plain.only(vec![0, 1, 1, 2, 3]).unwrap(), &moments);
        let pairs = weighted.weights.iter().zip(&twice.weights);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-3), "{weighted:?} {twice:?}");
    }
}
