//! The epochs of every fold in, how all texts are to be trained on out.

use super::epoch::{Epoch, HeldOut};

/// How long all texts are trained on and with what penalty, and what the texts held out said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Epochs; 0 leaves the encoder as it is.
    pub n_epochs: usize,
    /// After them, the mean over the folds.
    pub held_out: HeldOut,
    /// Without training the encoder.
    pub frozen: HeldOut,
}

impl Choice {
    /// The epoch and the penalty of the lowest mean loss, the first among equals, of those that have no lower macro-F1 than the
    /// encoder as it was: more confidence alone lowers the loss, too. A fold counts by its texts, `n_held_out`.
    ///
    /// # Panics
    /// If there is no fold, or one has fewer epochs than the first, or none.
    pub(super) fn of(folds: &[Vec<Epoch>], n_held_out: &[usize]) -> Self {
        let n_penalties = folds[0][0].held_out.len();
        let mean = |epoch: usize, penalty: usize| {
            let found = folds.iter().map(|fold| &fold[epoch].held_out[penalty]);
            mean(found.zip(n_held_out.iter().copied()))
        };
        let lowest = |a: &(usize, HeldOut), b: &(usize, HeldOut)| a.1.loss.total_cmp(&b.1.loss);
        let of_epoch = |epoch: usize| (0..n_penalties).map(move |penalty| (epoch, mean(epoch, penalty)));
        let (_, frozen) = of_epoch(0).min_by(lowest).expect("a penalty or more");
        let all = (0..folds[0].len()).flat_map(of_epoch);
        let no_worse = all.filter(|(_, held_out)| held_out.macro_f1 >= frozen.macro_f1);
        let (n_epochs, held_out) = no_worse.min_by(lowest).unwrap_or_else(|| (0, frozen.clone()));
        Self { n_epochs, held_out, frozen }
    }
}

/// The mean of these, of one penalty, each as often as its number says.
fn mean<'a>(found: impl Iterator<Item = (&'a HeldOut, usize)> + Clone) -> HeldOut {
    let n = found.clone().map(|(_, n)| n).sum::<usize>().max(1) as f64;
    let mean = |of: fn(&HeldOut) -> f64| found.clone().map(|(held_out, m)| of(held_out) * m as f64 / n).sum();
    HeldOut {
        l2: found.clone().next().map_or(0.0, |(held_out, _)| held_out.l2),
        loss: mean(|found| found.loss),
        accuracy: mean(|found| found.accuracy),
        macro_f1: mean(|found| found.macro_f1),
        answers: found.flat_map(|(held_out, _)| held_out.answers.iter().copied()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(epochs: &[[f64; 2]]) -> Vec<Epoch> {
        let epoch = |(number, [loss, macro_f1]): (usize, &[f64; 2])| {
            let answers = vec![number];
            let held_out = |l2| HeldOut {
                l2,
                loss: loss + 0.1 * l2,
                accuracy: 0.5,
                macro_f1: *macro_f1,
                answers: answers.clone(),
            };
            Epoch { number, train_loss: 0.0, held_out: vec![held_out(1.0), held_out(0.5)] }
        };
        epochs.iter().enumerate().map(epoch).collect()
    }

    #[test]
    fn the_lowest_loss_that_costs_no_class() {
        let check = |folds: &[Vec<Epoch>], n: &[usize], n_epochs: usize| {
            let choice = Choice::of(folds, n);
            assert_eq!((choice.n_epochs, choice.held_out.l2), (n_epochs, 0.5));
            assert_eq!(choice.held_out.answers, vec![n_epochs; folds.len()]);
        };
        check(&[fold(&[[1.0, 0.5], [0.9, 0.6], [0.8, 0.5], [0.7, 0.4]])], &[5], 2);
        check(&[fold(&[[0.5, 0.5], [0.9, 0.6], [0.8, 0.5]])], &[5], 0);
        let folds = [fold(&[[1.0, 0.5], [0.9, 0.5]]), fold(&[[0.5, 0.5], [0.6, 0.5]])];
        check(&folds, &[1, 9], 0);
        check(&folds, &[9, 1], 1);
    }
}
