//! The vectors of a text's words in, one at a time, its row out.

use ndarray::{Array1, Array2, Axis};
use wordferry_vectors::normalise::unit;

use crate::Pooling;
use crate::shares::over_length;

/// How vectors are brought together.
pub(crate) enum Sums {
    /// Their sum.
    Plain,
    /// Their sum, with this centre taken from each.
    Centred(Array1<f32>),
    /// Their mean, and beside it the largest values.
    MeanAndMax,
    /// Their mean, each dimension divided by its length over the text's words.
    PerDimension,
}

/// What is counted while a text is summed, used again from text to text.
#[derive(Default)]
pub(crate) struct Tally {
    n_words: u32,
    /// Sums of squares, of d values where dimensions are divided by them.
    squares: Vec<f32>,
}

impl Sums {
    /// How this pooling brings vectors together; `centre` is what is taken from each, if anything is.
    pub(crate) fn of(pooling: Pooling, centre: impl FnOnce() -> Array1<f32>) -> Self {
        match pooling {
            Pooling::Mean | Pooling::Sif { .. } | Pooling::TfIdf => Self::Plain,
            Pooling::CentredSif { .. } => Self::Centred(centre()),
            Pooling::MeanMax => Self::MeanAndMax,
            Pooling::Usif => Self::PerDimension,
        }
    }

    /// The number of features of vectors of `d` values.
    pub(crate) fn n_features(&self, d: usize) -> usize {
        match self {
            Self::MeanAndMax => 2 * d,
            Self::Plain | Self::Centred(_) | Self::PerDimension => d,
        }
    }

    /// Adds a word's vector to a row that began with zeros.
    pub(crate) fn add(&self, row: &mut [f32], tally: &mut Tally, weight: f32, vector: &[f32]) {
        tally.n_words += 1;
        match self {
            Self::Plain => add_weighted(row, weight, vector),
            Self::Centred(centre) => {
                let centred = vector.iter().zip(centre).map(|(value, centre)| value - centre);
                row.iter_mut().zip(centred).for_each(|(sum, value)| *sum += weight * value);
            }
            Self::MeanAndMax => {
                let (mean, max) = row.split_at_mut(vector.len());
                add_weighted(mean, weight, vector);
                match tally.n_words {
                    1 => max.copy_from_slice(vector),
                    _ => max.iter_mut().zip(vector).for_each(|(max, value)| *max = max.max(*value)),
                }
            }
            Self::PerDimension => {
                add_weighted(row, weight, vector);
                tally.squares.resize(vector.len(), 0.0);
                tally.squares.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value * value);
            }
        }
    }

    /// What each of a text's vectors, with its weight, adds to the row that [`Sums::finish`] makes of them: m × features. The largest
    /// value of a dimension is the first vector's that has it.
    pub(crate) fn parts(&self, words: &[(f32, Vec<f32>)]) -> Array2<f32> {
        let d = words.first().map_or(0, |(_, vector)| vector.len());
        let n = words.len() as f32;
        let mut parts = Array2::zeros((words.len(), self.n_features(d)));
        for (i, (weight, vector)) in words.iter().enumerate() {
            for (j, value) in vector.iter().enumerate() {
                parts[[i, j]] = match self {
                    Self::Plain => weight * value,
                    Self::Centred(centre) => weight * (value - centre[j]),
                    Self::MeanAndMax => weight * value / n,
                    Self::PerDimension => {
                        let squares: f32 = words.iter().map(|(_, vector)| vector[j] * vector[j]).sum();
                        if squares > 0.0 { weight * value / (n * squares.sqrt()) } else { 0.0 }
                    }
                };
            }
        }
        if matches!(self, Self::MeanAndMax) {
            for j in 0..d {
                let largest = (1..words.len())
                    .fold(0, |best, i| if words[i].1[j] > words[best].1[j] { i } else { best });
                words.get(largest).iter().for_each(|word| parts[[largest, d + j]] = word.1[j]);
            }
        }
        if !matches!(self, Self::PerDimension) {
            parts *= over_length(parts.sum_axis(Axis(0)).as_slice().expect("a sum is contiguous"));
        }
        parts
    }

    /// Makes a row of its sums, of unit length unless dimensions are divided, and empties the tally.
    pub(crate) fn finish(&self, row: &mut [f32], tally: &mut Tally) {
        let n = tally.n_words.max(1) as f32;
        match self {
            Self::Plain | Self::Centred(_) => unit(row),
            Self::MeanAndMax => {
                let d = row.len() / 2;
                row[..d].iter_mut().for_each(|sum| *sum /= n);
                unit(row);
            }
            Self::PerDimension => {
                let divided = row.iter_mut().zip(&tally.squares).filter(|(_, square)| **square > 0.0);
                divided.for_each(|(sum, square)| *sum /= n * square.sqrt());
            }
        }
        tally.n_words = 0;
        tally.squares.clear();
    }
}

fn add_weighted(sum: &mut [f32], weight: f32, vector: &[f32]) {
    sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += weight * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sums: &Sums, vectors: &[[f32; 2]], expected: &[f32]) {
        let (mut row, mut tally) = (vec![0.0; sums.n_features(2)], Tally::default());
        // Twice: a tally can be used again.
        for _ in 0..2 {
            row.fill(0.0);
            vectors.iter().for_each(|vector| sums.add(&mut row, &mut tally, 2.0, vector));
            sums.finish(&mut row, &mut tally);
            assert!(
                row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6),
                "{row:?}, expected {expected:?}"
            );
        }
        let words: Vec<(f32, Vec<f32>)> = vectors.iter().map(|vector| (2.0, vector.to_vec())).collect();
        let sum = sums.parts(&words).sum_axis(Axis(0));
        assert!(sum.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{sum}, expected {expected:?}");
    }

    #[test]
    fn vectors_are_brought_together() {
        let vectors = [[3.0, 0.0], [0.0, -4.0]];
        check(&Sums::Plain, &vectors, &[0.6, -0.8]);
        check(&Sums::Centred(Array1::from(vec![3.0, -4.0])), &vectors, &[-0.6, 0.8]);
        check(&Sums::PerDimension, &vectors, &[1.0, -1.0]);
        check(&Sums::PerDimension, &[[3.0, 0.0]], &[2.0, 0.0]);
        let length = (9.0 + 16.0 + 9.0_f32).sqrt();
        check(&Sums::MeanAndMax, &vectors, &[3.0 / length, -4.0 / length, 3.0 / length, 0.0]);
        check(&Sums::MeanAndMax, &[], &[0.0; 4]);
    }
}
