//! Texts in, intervals of what is measured on them out: all of them from the same resamples (Efron 1979).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Interval;
use crate::confusion::Confusion;
use crate::ranking::Ranking;

/// Resamples of the bootstrap.
pub(crate) const RESAMPLES: usize = 1000;

/// What is known of every text.
pub(crate) struct Texts<'a> {
    /// True class · number of classes + predicted class.
    pub(crate) cells: &'a [usize],
    pub(crate) n_classes: usize,
    /// Losses of every text, of any kinds.
    pub(crate) losses: &'a [Vec<f64>],
    /// Of two classes.
    pub(crate) ranking: Option<&'a Ranking>,
}

/// Percentile intervals at 95 %.
pub(crate) struct Intervals {
    pub(crate) accuracy: Interval,
    pub(crate) macro_f1: Interval,
    /// Of the mean of every kind of loss.
    pub(crate) losses: Vec<Interval>,
    /// None without a ranking, or if hardly a resample has both classes.
    pub(crate) auc: Option<Interval>,
}

impl Texts<'_> {
    pub(crate) fn intervals(&self, seed: u64) -> Intervals {
        let n = self.cells.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut accuracies, mut f1s, mut aucs) = (Vec::new(), Vec::new(), Vec::new());
        let mut means = vec![Vec::new(); self.losses.len()];
        let mut drawn = vec![0; n];
        for _ in 0..RESAMPLES {
            drawn.fill_with(|| rng.random_range(0..n));
            let confusion = Confusion::of(drawn.iter().map(|&row| self.cells[row]), self.n_classes);
            accuracies.push(confusion.accuracy());
            f1s.push(confusion.macro_f1());
            for (means, losses) in means.iter_mut().zip(self.losses) {
                means.push(drawn.iter().map(|&row| losses[row]).sum::<f64>() / n as f64);
            }
            aucs.extend(self.ranking.and_then(|ranking| ranking.auc(&times(&drawn))));
        }
        Intervals {
            accuracy: percentiles(accuracies),
            macro_f1: percentiles(f1s),
            losses: means.into_iter().map(percentiles).collect(),
            auc: (aucs.len() > RESAMPLES / 2).then(|| percentiles(aucs)),
        }
    }
}

/// How often every row was drawn.
fn times(drawn: &[usize]) -> Vec<u32> {
    let mut times = vec![0; drawn.len()];
    drawn.iter().for_each(|&row| times[row] += 1);
    times
}

pub(crate) fn percentiles(mut values: Vec<f64>) -> Interval {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    Interval(at(0.025), at(0.975))
}
