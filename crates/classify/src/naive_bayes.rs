//! Weighed counts and labels in, a classifier that counts out.
//!
//! Its weights come from sums alone, each word's from its own. So labels that are often wrong, as those that another classifier gave, mislead it
//! less than one that fits words together until it is right on all of them.

use ndarray::{Array1, Array2};
use wordferry_vectors::{Block, Space};

use crate::{Examples, LinearClassifier};

/// Complement naive Bayes (Rennie, Shih, Teevan and Karger 2003): a word counts for a class as it is rare in the others. The scores are no
/// log-odds, as they take words to be independent. `smoothing`, above 0, is what is added to every sum. Dense columns are no counts, and weigh
/// nothing; values of sparse ones are not below 0.
///
/// # Panics
/// If the smoothing is not above 0.
pub fn complement_naive_bayes(space: Space, examples: &Examples<'_>, smoothing: f64) -> LinearClassifier {
    assert!(smoothing > 0.0, "smoothing above 0");
    let sums = sums(examples);
    let n_classes = sums.ncols();
    // Columns without a value tell nothing of a class.
    let seen: Vec<(usize, f64)> =
        sums.rows().into_iter().map(|sums| sums.sum()).enumerate().filter(|(_, all)| *all > 0.0).collect();
    let of_others =
        |column: usize, class: usize, all: f64| (all - sums[(column, class)]).max(0.0) + smoothing;
    let total = |class| seen.iter().map(|&(column, all)| of_others(column, class, all)).sum::<f64>();
    let totals: Vec<f64> = (0..n_classes).map(total).collect();
    let mut weights = Array2::zeros(sums.dim());
    let mut rarity = vec![0.0; n_classes];
    for &(column, all) in &seen {
        let of_class = |(class, total): (usize, &f64)| (total / of_others(column, class, all)).ln();
        rarity.iter_mut().zip(totals.iter().enumerate().map(of_class)).for_each(|(to, from)| *to = from);
        // What all classes share tells nothing.
        let shared = rarity.iter().sum::<f64>() / n_classes as f64;
        weights
            .row_mut(column)
            .iter_mut()
            .zip(&rarity)
            .for_each(|(to, rarity)| *to = (rarity - shared) as f32);
    }
    LinearClassifier::new(space, examples.classes().to_vec(), weights, Array1::zeros(n_classes))
}

/// The sum of every sparse column over the rows of each class, d × c.
fn sums(examples: &Examples<'_>) -> Array2<f64> {
    let mut sums = Array2::zeros((examples.features().n_columns(), examples.classes().len()));
    let mut start = 0;
    for block in examples.features().blocks() {
        if let Block::Sparse(values) = block {
            for &row in examples.rows() {
                let (class, weight) = (examples.label_of(row), examples.weight_of(row));
                let (columns, values) = values.row(row as usize);
                for (&column, &value) in columns.iter().zip(values) {
                    sums[(start + column as usize, class)] += weight * f64::from(value);
                }
            }
        }
        start += block.n_columns();
    }
    sums
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use wordferry_vectors::{Features, SparseRows};

    use super::*;

    #[test]
    fn by_hand() {
        let mut rows = SparseRows::new(3);
        rows.push([(0, 1.0)]);
        rows.push([(0, 1.0), (1, 2.0)]);
        rows.push([(1, 1.0)]);
        let features = Features::beside([rows.into(), array![[9.0f32], [1.0], [1.0]].into()]);
        let (labels, classes) = ([0, 1, 1], ["no", "yes"].map(String::from));
        let examples = Examples::new(&features, &labels, &classes).unwrap().weighted(&[2.0, 1.0, 1.0]);
        let found = complement_naive_bayes(Space::of(&[b"test"]), &examples, 1.0);
        // Sums of no: 2, 0; of yes: 1, 3. With 1 added: 3 of 4 and 1 of 4; 2 of 6 and 4 of 6.
        let expected = [(9.0f32 / 4.0).ln() / 2.0, (3.0f32 / 8.0).ln() / 2.0];
        let weights = found.weights();
        for (column, expected) in expected.into_iter().enumerate() {
            assert!((weights[(column, 0)] - expected).abs() < 1e-6, "{weights}");
            assert!((weights[(column, 1)] + expected).abs() < 1e-6, "{weights}");
        }
        assert_eq!(weights.row(2), array![0.0, 0.0], "no row has it");
        assert_eq!(weights.row(3), array![0.0, 0.0], "no count");
    }

    #[test]
    fn three_classes() {
        let mut rows = SparseRows::new(3);
        (0..9).for_each(|row| rows.push([(row % 3, 1.0)]));
        let features: Features = rows.into();
        let (labels, classes): (Vec<usize>, _) =
            ((0..9).map(|row| row % 3).collect(), ["a", "b", "c"].map(String::from));
        let examples = Examples::new(&features, &labels, &classes).unwrap();
        let found = complement_naive_bayes(Space::of(&[b"test"]), &examples, 0.1).predict(&features);
        assert_eq!(found.iter().map(|found| found.class).collect::<Vec<_>>(), labels);
    }
}
