//! Sentences as sets of words and what a map leaves of their images in, a vector of its own for every word out.
//!
//! A map of few values cannot tell all words apart; a word that many sentences hold can be told by them. Ridge regression gives it what its
//! sentences lack, by conjugate gradients (Hestenes and Stiefel 1952): only the words that a sentence holds are ever
//! multiplied.

use ndarray::{Array1, Array2, ArrayViewMut1, Axis, Zip};
use rayon::prelude::*;

/// Steps, at most.
const MOST_STEPS: usize = 100;
/// The solution is good enough where what is left of the right side is this share of its length.
const TOLERANCE: f64 = 1e-3;
/// Rows that one sum covers: fixed, so that sums do not depend on the number of threads.
const ROWS_PER_SUM: usize = 1024;

/// Numbers of columns and their values, a list a row.
pub(super) type Sparse = Vec<Vec<(u32, f32)>>;

/// Bags of words, n × v, also by words.
pub(super) struct Bags {
    by_text: Sparse,
    by_word: Sparse,
}

impl Bags {
    /// Bags of `n_words` different words.
    pub(super) fn new(by_text: Sparse, n_words: usize) -> Self {
        let mut by_word = vec![Vec::new(); n_words];
        for (text, words) in (0..).zip(&by_text) {
            words.iter().for_each(|&(word, value)| by_word[word as usize].push((text, value)));
        }
        Self { by_text, by_word }
    }

    /// The sums of the words' vectors (v × D): n × D.
    pub(super) fn times(&self, vectors: &Array2<f32>) -> Array2<f32> {
        product(&self.by_text, vectors)
    }

    /// The vectors V (v × D) that minimise ‖A V − images‖² + λ ‖V‖², A the bags, near to `start`.
    pub(super) fn ridge(&self, images: &Array2<f32>, ridge: f32, start: Array2<f32>) -> Array2<f32> {
        let apply = |vectors: &Array2<f32>| {
            let mut applied = product(&self.by_word, &self.times(vectors));
            Zip::from(&mut applied).and(vectors).for_each(|applied, value| *applied += ridge * value);
            applied
        };
        let right = product(&self.by_word, images);
        let enough = squares(&right, &right).mapv(|square| square * TOLERANCE * TOLERANCE);
        let mut solution = start;
        let mut rest = right - apply(&solution);
        let (mut direction, mut length) = (rest.clone(), squares(&rest, &rest));
        for _ in 0..MOST_STEPS {
            if length.iter().zip(&enough).all(|(length, enough)| length <= enough) {
                break;
            }
            let applied = apply(&direction);
            let step = ratio(&length, &squares(&direction, &applied));
            add(&mut solution, &step, &direction);
            add(&mut rest, &step.mapv(|step| -step), &applied);
            let next = squares(&rest, &rest);
            let turn = ratio(&next, &length);
            direction *= &turn;
            direction += &rest;
            length = next;
        }
        solution
    }
}

/// `left` (n × k) times `right` (k × D), each row by one thread.
pub(super) fn product(left: &Sparse, right: &Array2<f32>) -> Array2<f32> {
    let mut sums = Array2::zeros((left.len(), right.ncols()));
    let add = |mut sum: ArrayViewMut1<'_, f32>, entries: &[(u32, f32)]| {
        entries.iter().for_each(|&(column, value)| sum.scaled_add(value, &right.row(column as usize)));
    };
    sums.axis_iter_mut(Axis(0)).into_par_iter().zip(left).for_each(|(sum, entries)| add(sum, entries));
    sums
}

/// Σ a b of every column.
fn squares(a: &Array2<f32>, b: &Array2<f32>) -> Array1<f64> {
    let chunks = a.axis_chunks_iter(Axis(0), ROWS_PER_SUM).into_par_iter();
    let sums: Vec<Array1<f64>> = chunks
        .zip(b.axis_chunks_iter(Axis(0), ROWS_PER_SUM))
        .map(|(a, b)| {
            let mut sums = Array1::zeros(a.ncols());
            for (a, b) in a.rows().into_iter().zip(b.rows()) {
                Zip::from(&mut sums)
                    .and(a)
                    .and(b)
                    .for_each(|sum, a, b| *sum += f64::from(*a) * f64::from(*b));
            }
            sums
        })
        .collect();
    sums.into_iter().fold(Array1::zeros(a.ncols()), |total, sums| total + sums)
}

/// The quotients; 0 where there is nothing to divide by.
fn ratio(a: &Array1<f64>, b: &Array1<f64>) -> Array1<f32> {
    Zip::from(a).and(b).map_collect(|a, b| if *b > 0.0 { (a / b) as f32 } else { 0.0 })
}

/// Adds `step` times `rows` to `sums`, column by column.
fn add(sums: &mut Array2<f32>, step: &Array1<f32>, rows: &Array2<f32>) {
    let pairs = sums.axis_iter_mut(Axis(0)).into_par_iter().zip(rows.axis_iter(Axis(0)));
    pairs.for_each(|(sum, row)| {
        Zip::from(sum).and(step).and(row).for_each(|sum, step, value| *sum += step * value);
    });
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_normal_equations_hold() {
        let by_text: Sparse = (0..60_u32)
            .map(|i| (0..3).map(|j| ((i * 7 + j * 5 + i * i * j) % 11, 0.5 + j as f32)).collect())
            .collect();
        let bags = Bags::new(by_text, 11);
        let images = Array2::from_shape_fn((60, 3), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 11.0 - 1.0);
        for start in [Array2::zeros((11, 3)), Array2::ones((11, 3))] {
            let found = bags.ridge(&images, 0.5, start);
            let rest = product(&bags.by_word, &(&images - &bags.times(&found))) - &found * 0.5;
            assert!(rest.iter().all(|value| value.abs() < 1e-2), "{rest}");
        }
    }

    #[test]
    fn words_alone_have_a_closed_form() {
        // v = Σ a y / (Σ a² + λ), and nothing for a word of no sentence.
        let bags = Bags::new(vec![vec![(0, 1.0)], vec![(0, 1.0)], vec![(1, 2.0)], vec![]], 3);
        let images = array![[1.0], [2.0], [5.0], [7.0]];
        let found = bags.ridge(&images, 1.0, Array2::zeros((3, 1)));
        let expected = array![[1.0], [2.0], [0.0]];
        assert!((&found - &expected).iter().all(|difference| difference.abs() < 1e-3), "{found}");
    }
}
