//! Labels in, which rows to train on and which to hold out, and in what order to train.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Of many texts, one row of so many of a class is held out.
const ONE_OF: usize = 10;
/// Texts that are few.
const MOST_FOR_FOLDS: usize = 500;
/// Parts of few texts that are held out in turn.
const MOST_FOLDS: usize = 3;

/// Rows by their indices, both sorted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Split {
    pub(super) train: Vec<usize>,
    pub(super) held_out: Vec<usize>,
}

/// What is held out in turn. Of few texts every one is, in three folds, or in two if a class has no more; of many, a tenth of every
/// class and one row of a class with fewer than fifteen, once.
///
/// # Panics
/// If a class has fewer than two rows.
pub(super) fn splits(labels: &[usize], n_classes: usize, seed: u64) -> Vec<Split> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let classes: Vec<Vec<usize>> = (0..n_classes)
        .map(|class| {
            let mut rows: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] == class).collect();
            rows.shuffle(&mut rng);
            rows
        })
        .collect();
    let fewest = classes.iter().map(Vec::len).min().unwrap_or(0);
    assert!(fewest > 1, "two rows of every class");
    if labels.len() > MOST_FOR_FOLDS {
        return vec![Split::new(&classes, |i, n| i < ((n + ONE_OF / 2) / ONE_OF).max(1))];
    }
    let n_folds = MOST_FOLDS.min(fewest);
    (0..n_folds).map(|fold| Split::new(&classes, |i, _| i % n_folds == fold)).collect()
}

impl Split {
    /// Holds out the rows of every class whose place in it, and the number of its rows, say so.
    fn new(classes: &[Vec<usize>], is_held_out: impl Fn(usize, usize) -> bool) -> Self {
        let mut split = Self { train: Vec::new(), held_out: Vec::new() };
        for rows in classes {
            for (i, row) in rows.iter().enumerate() {
                match is_held_out(i, rows.len()) {
                    true => split.held_out.push(*row),
                    false => split.train.push(*row),
                }
            }
        }
        split.train.sort_unstable();
        split.held_out.sort_unstable();
        split
    }
}

/// The rows in the order of an epoch, which depends on nothing but the seed and the epoch's number.
pub(super) fn shuffled(rows: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    let mut rows = rows.to_vec();
    rows.shuffle(&mut rng);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[usize], labels: &[usize]) -> [usize; 3] {
        [0, 1, 2].map(|class| rows.iter().filter(|row| labels[**row] == class).count())
    }

    #[test]
    fn every_class_is_on_both_sides() {
        let labels: Vec<usize> = (0..600).map(|i| usize::from(i % 5 == 0)).chain([2, 2]).collect();
        let [split] = &splits(&labels, 3, 7)[..] else { panic!("a single one") };
        assert_eq!(counts(&split.held_out, &labels), [48, 12, 1]);
        assert_eq!(counts(&split.train, &labels), [432, 108, 1]);
        assert_eq!(splits(&labels, 3, 7), std::slice::from_ref(split));
        assert_ne!(splits(&labels, 3, 8), std::slice::from_ref(split));
    }

    #[test]
    fn few_rows_are_held_out_in_turn() {
        let check = |n: [usize; 3], n_folds: usize| {
            let labels: Vec<usize> = [0, 1, 2].into_iter().flat_map(|class| vec![class; n[class]]).collect();
            let found = splits(&labels, 3, 7);
            assert_eq!(found.len(), n_folds);
            let mut held_out: Vec<usize> = found.iter().flat_map(|split| split.held_out.clone()).collect();
            held_out.sort_unstable();
            assert_eq!(held_out, (0..labels.len()).collect::<Vec<_>>());
            for split in found {
                assert_eq!(split.train.len() + split.held_out.len(), labels.len());
                let all = counts(&split.train, &labels).into_iter().chain(counts(&split.held_out, &labels));
                assert!(all.min().unwrap() > 0, "{split:?}");
            }
        };
        check([20, 9, 3], 3);
        check([20, 9, 2], 2);
    }

    #[test]
    fn epochs_differ_in_order_only() {
        let rows: Vec<usize> = (0..50).collect();
        let [first, second] = [1, 2].map(|epoch| shuffled(&rows, 42, epoch));
        assert_ne!(first, second);
        let mut sorted = second;
        sorted.sort_unstable();
        assert_eq!(sorted, rows);
    }
}
