//! What a pooling learns from texts: directions that they share, or how many of them hold a word.

use faer::{MatRef, Side};
use ndarray::{Array1, Array2};
use wordferry_vectors::{Artefact, WordId};

use crate::Result;

/// What was learned; nothing before the encoder is fitted, and of poolings that have nothing to learn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Learned {
    #[default]
    Nothing,
    /// Orthonormal directions, k × d, and the share of each, 0 to 1, that is taken out of a row.
    Directions { directions: Array2<f32>, shares: Array1<f32> },
    /// The idf of every word, and last of a word that was in no text.
    Idf(Vec<f32>),
}

impl Learned {
    /// The k first right singular vectors of `rows` (n × d), the share of each in the sum of their squared singular values.
    /// A single one is taken out entirely: its share is 1.
    pub(crate) fn directions(rows: &Array2<f32>, k: usize) -> Self {
        let (rows, d) = (rows.mapv(f64::from), rows.ncols());
        let products = rows.t().dot(&rows);
        let k = k.min(d);
        let values = products.as_slice().expect("a product is in standard layout");
        let Ok(decomposed) = MatRef::from_row_major_slice(values, d, d).self_adjoint_eigen(Side::Lower)
        else {
            return Self::Nothing;
        };
        // Eigenvalues, the squares of singular values, ascend.
        let squares = Array1::from_shape_fn(k, |i| decomposed.S().column_vector()[d - 1 - i].max(0.0));
        let total = squares.sum();
        if total == 0.0 {
            return Self::Nothing;
        }
        Self::Directions {
            directions: Array2::from_shape_fn((k, d), |(i, j)| decomposed.U()[(j, d - 1 - i)] as f32),
            shares: squares.mapv(|square| (square / total) as f32),
        }
    }

    /// The smoothed idf of `n_words` words, ln((1 + n) / (1 + df)) + 1; `texts` are the distinct words of each of n texts.
    pub(crate) fn idf(n_words: usize, texts: &[Vec<WordId>]) -> Self {
        // Of words in no text, and of those that come after the last.
        let mut frequencies = vec![0_u64; n_words + 1];
        texts.iter().flatten().for_each(|word| frequencies[word.index()] += 1);
        let n = texts.len() as f64;
        let idf = |df: u64| (((1.0 + n) / (1.0 + df as f64)).ln() + 1.0) as f32;
        Self::Idf(frequencies.into_iter().map(idf).collect())
    }

    /// Takes what was learned out of a row.
    pub(crate) fn take_out(&self, row: &mut [f32]) {
        let Self::Directions { directions, shares } = self else { return };
        for (direction, share) in directions.rows().into_iter().zip(shares) {
            let along: f32 = row.iter().zip(direction).map(|(value, direction)| value * direction).sum();
            row.iter_mut().zip(direction).for_each(|(value, direction)| *value -= share * along * direction);
        }
    }

    pub(crate) fn put(&self, artefact: &mut Artefact) {
        match self {
            Self::Nothing => {}
            Self::Directions { directions, shares } => {
                artefact.put_matrix("encoder.directions", directions.view());
                artefact.put_numbers("encoder.shares", &shares.to_vec());
            }
            Self::Idf(idf) => artefact.put_numbers("encoder.idf", idf),
        }
    }

    /// What was put, for `n_words` words of `d` values.
    ///
    /// # Errors
    /// If it is of other words or of another dimension.
    pub(crate) fn take(artefact: &Artefact, n_words: usize, d: usize) -> Result<Self> {
        if artefact.has("encoder.idf") {
            let idf = artefact.numbers("encoder.idf")?.to_vec();
            return match idf.len() == n_words + 1 {
                true => Ok(Self::Idf(idf)),
                false => Err(artefact.broken("document frequencies of other words than its own").into()),
            };
        }
        let (directions, shares) = if artefact.has("encoder.directions") {
            (artefact.matrix("encoder.directions")?, artefact.numbers("encoder.shares")?)
        } else if artefact.has("encoder.component") {
            // As models were saved that knew one direction only.
            let component = artefact.numbers("encoder.component")?;
            (component.insert_axis(ndarray::Axis(0)), Array1::ones(1))
        } else {
            return Ok(Self::Nothing);
        };
        match directions.ncols() == d && directions.nrows() == shares.len() {
            true => Ok(Self::Directions { directions, shares }),
            false => Err(artefact.broken("common directions of another dimension than its vectors").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn directions_have_their_shares() {
        let rows = array![[3.0, 0.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]];
        let Learned::Directions { directions, shares } = Learned::directions(&rows, 2) else {
            panic!("expected directions");
        };
        assert!(
            (&directions.mapv(f32::abs) - &array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
                .iter()
                .all(|x| x.abs() < 1e-6)
        );
        assert!((&shares - &array![18.0 / 22.0, 4.0 / 22.0]).iter().all(|x: &f32| x.abs() < 1e-6));
        let mut row = [11.0, 11.0, 5.0];
        Learned::Directions { directions, shares }.take_out(&mut row);
        assert!([2.0, 9.0, 5.0].iter().zip(row).all(|(expected, found)| (expected - found).abs() < 1e-5));
        assert_eq!(Learned::directions(&Array2::zeros((3, 2)), 5), Learned::Nothing);
        assert_eq!(Learned::directions(&Array2::zeros((0, 2)), 1), Learned::Nothing);
    }

    #[test]
    fn words_of_many_texts_have_a_low_idf() {
        let texts = [vec![WordId(0), WordId(1)], vec![WordId(0)], vec![]];
        let expected = [4.0 / 3.0, 4.0 / 2.0, 4.0, 4.0_f64].map(|ratio| (ratio.ln() + 1.0) as f32);
        assert_eq!(Learned::idf(3, &texts), Learned::Idf(expected.to_vec()));
    }
}
