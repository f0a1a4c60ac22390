//! Logistic regression that learns from a row at a time (AdaGrad, Duchi, Hazan and Singer 2011).

use crate::objective::{Loss, Solution, residuals};
use crate::{Examples, Moments};

/// The length of a first step, in units of standardised features.
const RATE: f64 = 0.1;

/// Weights, and how far they have been moved.
pub(crate) struct Online {
    solution: Solution,
    /// Sums of squared gradients, a weight and a bias each.
    moved: Solution,
}

impl Online {
    pub(crate) fn new(start: Solution) -> Self {
        let moved = Solution {
            n_outputs: start.n_outputs,
            weights: vec![0.0; start.weights.len()],
            bias: vec![0.0; start.bias.len()],
        };
        Self { solution: start, moved }
    }

    /// Learns from the examples in their order. A row costs as much as it has values that are not 0.
    pub(crate) fn learn(&mut self, examples: &Examples<'_>, moments: &Moments) {
        let d = moments.mean.len();
        for &row in examples.rows() {
            let standardise = |(i, value)| (i, (f64::from(value) - moments.mean[i]) / moments.deviation[i]);
            let x: Vec<(usize, f64)> = examples.features().entries(row as usize).map(standardise).collect();
            let mut scores = self.solution.bias.clone();
            for (score, weights) in scores.iter_mut().zip(self.solution.weights.chunks_exact(d.max(1))) {
                *score += x.iter().map(|(i, value)| weights[*i] * value).sum::<f64>();
            }
            residuals(Loss::Logistic, &mut scores, examples.label_of(row));
            for (output, residual) in scores.iter().enumerate() {
                let residual = residual * examples.weight_of(row);
                step(&mut self.solution.bias[output], &mut self.moved.bias[output], residual);
                for &(i, value) in &x {
                    let at = output * d + i;
                    step(&mut self.solution.weights[at], &mut self.moved.weights[at], residual * value);
                }
            }
        }
    }

    pub(crate) fn into_solution(self) -> Solution {
        self.solution
    }
}

fn step(weight: &mut f64, moved: &mut f64, gradient: f64) {
    *moved += gradient * gradient;
    *weight -= RATE * gradient / (moved.sqrt() + 1e-8);
}
