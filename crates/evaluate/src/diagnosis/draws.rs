//! Labels in, which texts each model learns from and which it is tested on out.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Draws of everything.
pub(super) const N_RUNS: usize = 3;
/// One part in four is held out.
const N_FOLDS: usize = 4;
/// Labelled texts from which one part is enough to test on; of fewer each is held out in turn.
const ENOUGH: usize = 400;
/// Labelled texts of a class below which none can be held out.
pub(super) const FEWEST_PER_CLASS: usize = 6;
/// Labels of a class at the curve's beginning.
const FIRST: usize = 4;

/// A model to train.
pub(super) struct Draw {
    /// The run, from 0.
    pub(super) run: usize,
    /// The number of its size in the ascending order of sizes.
    pub(super) size: usize,
    /// The numbers of the texts that it learns from.
    pub(super) learned: Vec<usize>,
    /// The numbers of the texts that it is tested on.
    pub(super) held_out: Vec<usize>,
}

/// 4, 8, 16 … labels of each class, as far as it has so many, and at last all but those that are held out; `None` if a class that
/// occurs has fewer than 6.
pub(super) fn draws(labels: &[usize], n_classes: usize, seed: u64) -> Option<Vec<Draw>> {
    let of_class = |class| (0..labels.len()).filter(|&row| labels[row] == class).collect::<Vec<_>>();
    let by_class: Vec<Vec<usize>> = (0..n_classes).map(of_class).filter(|rows| !rows.is_empty()).collect();
    if by_class.len() < 2 || by_class.iter().any(|rows| rows.len() < FEWEST_PER_CLASS) {
        return None;
    }
    let largest = by_class.iter().map(|rows| rows.len() - rows.len().div_ceil(N_FOLDS)).max()?;
    // A size little below the last one would tell nothing new.
    let mut sizes: Vec<usize> =
        (0..).map(|step| FIRST << step).take_while(|size| 4 * size <= 3 * largest).collect();
    sizes.push(labels.len());
    let n_folds = if labels.len() < ENOUGH { N_FOLDS } else { 1 };
    let mut draws = Vec::new();
    for run in 0..N_RUNS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(run as u64));
        let mut shuffled = by_class.clone();
        shuffled.iter_mut().for_each(|rows| rows.shuffle(&mut rng));
        for fold in 0..n_folds {
            let part = |rows: &[usize], held_out: bool| -> Vec<usize> {
                let rows = rows.iter().enumerate();
                rows.filter(|(i, _)| (i % N_FOLDS == fold) == held_out).map(|(_, &row)| row).collect()
            };
            let held_out: Vec<usize> = shuffled.iter().flat_map(|rows| part(rows, true)).collect();
            for (size, &most) in sizes.iter().enumerate() {
                let learned =
                    shuffled.iter().flat_map(|rows| part(rows, false).into_iter().take(most)).collect();
                draws.push(Draw { run, size, learned, held_out: held_out.clone() });
            }
        }
    }
    Some(draws)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_held_out_in_turn_and_never_learned_from_then() {
        let labels: Vec<usize> = (0..64).map(|row| usize::from(row % 4 == 0)).collect();
        let draws = draws(&labels, 3, 42).unwrap();
        let sizes: Vec<usize> = draws.iter().take(5).map(|draw| draw.learned.len()).collect();
        // 16 of one class and 48 of the other, of which 12 and 36 can be learned from.
        assert_eq!(sizes, [8, 16, 28, 48, 8]);
        for draw in &draws {
            assert!(draw.learned.iter().all(|row| !draw.held_out.contains(row)));
        }
        for run in 0..N_RUNS {
            let of_run = draws.iter().filter(|draw| draw.run == run && draw.size == 0);
            let mut held_out: Vec<usize> = of_run.flat_map(|draw| draw.held_out.clone()).collect();
            held_out.sort_unstable();
            assert_eq!(held_out, (0..64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_rare_class_cannot_be_held_out() {
        let labels: Vec<usize> = (0..64).map(|row| usize::from(row < 5)).collect();
        assert!(draws(&labels, 2, 42).is_none());
        assert!(draws(&[0; 64], 2, 42).is_none());
    }
}
