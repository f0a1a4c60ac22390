//! Labels in, which rows to train on and which to hold out.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// One row of so many of a class is held out.
const ONE_OF: usize = 10;

/// Rows by their indices, both sorted.
#[derive(Debug, PartialEq)]
pub(super) struct Split {
    pub(super) train: Vec<usize>,
    pub(super) held_out: Vec<usize>,
}

/// Holds out a tenth of every class, and one row of a class that has fewer than fifteen; of a class with a single row, none.
pub(super) fn stratified(labels: &[usize], n_classes: usize, seed: u64) -> Split {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut split = Split { train: Vec::new(), held_out: Vec::new() };
    for class in 0..n_classes {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] == class).collect();
        rows.shuffle(&mut rng);
        let n = ((rows.len() + ONE_OF / 2) / ONE_OF).max(1).min(rows.len().saturating_sub(1));
        split.held_out.extend(&rows[..n]);
        split.train.extend(&rows[n..]);
    }
    split.train.sort_unstable();
    split.held_out.sort_unstable();
    split
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

    #[test]
    fn every_class_is_on_both_sides() {
        let labels: Vec<usize> = (0..100).map(|i| usize::from(i % 5 == 0)).chain([2, 2, 3]).collect();
        let split = stratified(&labels, 4, 7);
        let count = |rows: &[usize], class| rows.iter().filter(|row| labels[**row] == class).count();
        assert_eq!([0, 1, 2, 3].map(|class| count(&split.held_out, class)), [8, 2, 1, 0]);
        assert_eq!([0, 1, 2, 3].map(|class| count(&split.train, class)), [72, 18, 1, 1]);
        assert_eq!(stratified(&labels, 4, 7), split);
        assert_ne!(stratified(&labels, 4, 8), split);
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
