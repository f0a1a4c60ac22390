//! L-BFGS (Nocedal 1980; Liu and Nocedal 1989) for smooth convex functions.

use std::collections::VecDeque;

/// Steps that the curvature is estimated from.
const MEMORY: usize = 10;
/// Values along a line, at most.
const MOST_STEPS: usize = 40;
/// A step has to keep this share of the decrease that the slope promises (Armijo 1966) …
const DECREASE: f64 = 1e-4;
/// … and to leave at most this share of the slope (Wolfe 1969).
const CURVATURE: f64 = 0.9;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stop {
    /// The largest part of the gradient is at most this.
    pub(crate) gradient: f64,
    /// So many iterations.
    pub(crate) iterations: usize,
}

/// Minimises a function from `x` on; `of` gives its value and writes its gradient.
pub(crate) fn minimise(mut x: Vec<f64>, stop: Stop, of: impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    let mut value = of(&x, &mut gradient);
    let mut memory = Memory::default();
    for _ in 0..stop.iterations {
        if largest(&gradient) <= stop.gradient {
            break;
        }
        let direction = memory.direction(&gradient);
        let first = if memory.pairs.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let Some(next) = search(&x, value, &gradient, &direction, first, &of) else {
            // Rounding hides any decrease that is left.
            break;
        };
        memory.remember(difference(&next.x, &x), difference(&next.gradient, &gradient));
        (x, value, gradient) = (next.x, next.value, next.gradient);
    }
    x
}

/// A point with the function's value and gradient.
struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A point along `direction` that meets both conditions, by bisection; or the lowest that was seen; `None` if none is
/// lower than `x`.
fn search(
    x: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
    first: f64,
    of: &impl Fn(&[f64], &mut [f64]) -> f64,
) -> Option<Point> {
    let slope = dot(gradient, direction);
    let (mut low, mut high, mut step) = (0.0, f64::INFINITY, first);
    let mut lowest: Option<Point> = None;
    for _ in 0..MOST_STEPS {
        let at: Vec<f64> = x.iter().zip(direction).map(|(x, d)| x + step * d).collect();
        let mut point = Point { gradient: vec![0.0; at.len()], x: at, value: 0.0 };
        point.value = of(&point.x, &mut point.gradient);
        if point.value > value + DECREASE * step * slope || !point.value.is_finite() {
            high = step;
        } else if dot(&point.gradient, direction) < CURVATURE * slope {
            low = step;
            lowest = Some(point);
        } else {
            return Some(point);
        }
        step = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * low };
    }
    lowest
}

/// The last steps and how the gradient changed along them, latest last.
#[derive(Default)]
struct Memory {
    pairs: VecDeque<(Vec<f64>, Vec<f64>)>,
}

impl Memory {
    fn remember(&mut self, step: Vec<f64>, change: Vec<f64>) {
        if dot(&step, &change) <= f64::EPSILON * norm(&step) * norm(&change) {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back((step, change));
    }

    /// The direction of the next step: minus the gradient times the estimated inverse of the curvature.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
        let mut factors = Vec::with_capacity(self.pairs.len());
        for (step, change) in self.pairs.iter().rev() {
            let factor = dot(step, &direction) / dot(step, change);
            add(&mut direction, -factor, change);
            factors.push(factor);
        }
        if let Some((step, change)) = self.pairs.back() {
            let scale = dot(step, change) / dot(change, change);
            direction.iter_mut().for_each(|value| *value *= scale);
        }
        for ((step, change), factor) in self.pairs.iter().zip(factors.into_iter().rev()) {
            let back = dot(change, &direction) / dot(step, change);
            add(&mut direction, factor - back, step);
        }
        direction
    }
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn add(sum: &mut [f64], factor: f64, values: &[f64]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: Stop = Stop { gradient: 1e-9, iterations: 500 };

    #[test]
    fn a_stretched_bowl() {
        let scale = |i: usize| 10f64.powi(i as i32 % 5);
        let found = minimise(vec![5.0; 20], STOP, |x, gradient| {
            let mut value = 0.0;
            for (i, (&x, g)) in x.iter().zip(gradient).enumerate() {
                let from = x - i as f64;
                value += 0.5 * scale(i) * from * from;
                *g = scale(i) * from;
            }
            value
        });
        assert!(found.iter().enumerate().all(|(i, x)| (x - i as f64).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn a_flat_function_is_at_its_minimum_everywhere() {
        assert_eq!(minimise(vec![1.0, 2.0], STOP, |_, _| 3.0), [1.0, 2.0]);
    }
}
