//! Weighed counts and labels in, a classifier that counts out.
//!
//! Its weights come from sums alone, each word's from its own. So labels that are often wrong, as those that another classifier gave, mislead it
//! less than one that fits words together until it is right on all of them.

use ndarray::{Array1, Array2};
use wordferry_vectors::{Block, Features, Space};

use crate::{Examples, LinearClassifier};

/// Complement naive Bayes (Rennie, Shih, Teevan and Karger 2003): a word counts for a class as it is rare in the others. The scores are no
/// log-odds, as they take words to be independent. `smoothing`, above 0, is what is added to every sum. Dense columns are no counts, and weigh
/// nothing; values of sparse ones are not below 0.
///
/// # Panics
/// If the smoothing is not above 0.
pub fn complement_naive_bayes(space: Space, examples: &Examples<'_>, smoothing: f64) -> LinearClassifier {
    assert!(smoothing > 0.0, "smoothing above 0");
    let sums = examples.sums();
    let others = |column: usize, class: usize, all: f64| (all - sums[(class, column)]).max(0.0) + smoothing;
    // Columns without a value tell nothing of a class.
    let seen: Vec<(usize, f64)> = sparse_columns(examples.features())
        .map(|column| (column, sums.column(column).sum()))
        .filter(|(_, all)| *all > 0.0)
        .collect();
    let n_classes = examples.classes().len();
    let total = |class| seen.iter().map(|&(column, all)| others(column, class, all)).sum::<f64>();
    let totals: Vec<f64> = (0..n_classes).map(total).collect();
    let mut weights = Array2::zeros((examples.features().n_columns(), n_classes));
    for &(column, all) in &seen {
        let rarity =
            Array1::from_shape_fn(n_classes, |class| (totals[class] / others(column, class, all)).ln());
        // What all classes share tells nothing.
        let shared = rarity.sum() / n_classes as f64;
        weights.row_mut(column).assign(&rarity.mapv(|rarity| (rarity - shared) as f32));
    }
    LinearClassifier::new(space, examples.classes().to_vec(), weights, Array1::zeros(n_classes))
}

/// The columns of sparse blocks, ascending.
fn sparse_columns(features: &Features) -> impl Iterator<Item = usize> {
    let mut start = 0;
    features.blocks().iter().flat_map(move |block| {
        let columns = start..start + block.n_columns();
        start = columns.end;
        if matches!(block, Block::Sparse(_)) { columns } else { 0..0 }
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use wordferry_vectors::SparseRows;

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
