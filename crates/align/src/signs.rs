//! What a map's worth can be told by without labels: signs that differ between maps that translate and maps that do not.

use ndarray::ArrayView2;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::retrieve::{best_both_ways, k_occurrences};
use crate::self_learning::{Pair, mapped, mutual};
use crate::symmetric::frequent;
use crate::{Aligner, Matrices, MultiStep, Result};

/// Words that find each other are looked for among so many of either side.
const FREQUENT_WORDS: usize = 5_000;
/// Neighbours of CSLS and of hubness.
const K: usize = 10;
/// Pairs below which nothing is said of them.
const FEWEST_PAIRS: usize = 100;
/// Pairs whose cosines among each other are compared.
const MOST_COMPARED: usize = 1_000;

/// Signs of a map that need no labels, taken among the 5,000 most frequent words of either side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Share of the source's words, 0 to 1, that find a target word by CSLS (k = 10) and are found by it.
    pub mutual_rate: f64,
    /// The same by a map that was fitted on these very pairs with their target words shuffled: what chance gives in these spaces.
    pub control_mutual_rate: f64,
    /// How well the frequencies of words agree that find each other: the correlation, −1 to 1, of the logarithms of their
    /// ranks. `None` with fewer than 100 such pairs.
    pub rank_correlation: Option<f64>,
    /// How alike the two languages are where they meet: the correlation, −1 to 1, between the cosines of words that find each
    /// other in their own languages (relational similarity, Vulić, Ruder and Søgaard 2020). `None` with fewer than 100 such pairs.
    pub isometry: Option<f64>,
    /// Skewness of how often a target word is among the 10 nearest of a source word by cosine (Radovanović, Nanopoulos and Ivanović
    /// 2010): 0 without hubs, the higher the more.
    pub hubness: f64,
}

impl Signs {
    /// The signs of a map; `source` and `target` are normalised rows, most frequent words first.
    pub(crate) fn of(
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        matrices: &Matrices,
    ) -> Result<Self> {
        let (source, target) = (frequent(source, FREQUENT_WORDS), frequent(target, FREQUENT_WORDS));
        let (x, z) = (mapped(source, &matrices.source), mapped(target, &matrices.target));
        let pairs = mutual(&best_both_ways(x.view(), z.view(), K));
        Ok(Self {
            mutual_rate: rate(&pairs, source.nrows()),
            control_mutual_rate: control(source, target, &pairs)?,
            rank_correlation: likeness(&pairs),
            isometry: (pairs.len() >= FEWEST_PAIRS).then(|| isometry(source, target, &pairs)),
            hubness: skewness(&k_occurrences(x.view(), z.view(), K)),
        })
    }
}

fn rate(pairs: &[Pair], n: usize) -> f64 {
    pairs.len() as f64 / n.max(1) as f64
}

/// [`Signs::control_mutual_rate`].
fn control(source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>, pairs: &[Pair]) -> Result<f64> {
    if pairs.len() < 2 {
        return Ok(0.0);
    }
    let mut targets: Vec<_> = pairs.iter().map(|pair| pair.1).collect();
    targets.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    let shuffled: Vec<Pair> = pairs.iter().map(|pair| pair.0).zip(targets).collect();
    let matrices = MultiStep::default().fit(source, target, &shuffled)?;
    let (x, z) = (mapped(source, &matrices.source), mapped(target, &matrices.target));
    Ok(rate(&mutual(&best_both_ways(x.view(), z.view(), K)), source.nrows()))
}

/// [`Signs::rank_correlation`] of words that find each other.
pub(crate) fn likeness(pairs: &[Pair]) -> Option<f64> {
    let log_rank = |word: u32| f64::from(word + 1).ln();
    let points = pairs.iter().map(|(x, z)| (log_rank(x.0), log_rank(z.0)));
    (pairs.len() >= FEWEST_PAIRS).then(|| correlation(points))
}

fn isometry(source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>, pairs: &[Pair]) -> f64 {
    let pairs = &pairs[..pairs.len().min(MOST_COMPARED)];
    let cosines = |rows: ArrayView2<'_, f32>, side: fn(&Pair) -> usize| {
        let rows = mapped(rows, &None).select(ndarray::Axis(0), &pairs.iter().map(side).collect::<Vec<_>>());
        rows.dot(&rows.t())
    };
    let (x, z) = (cosines(source, |pair| pair.0.index()), cosines(target, |pair| pair.1.index()));
    let above = (0..pairs.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    correlation(above.map(|at| (f64::from(x[at]), f64::from(z[at]))))
}

/// Pearson's; 0 where either side does not vary.
fn correlation(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = points.clone().count().max(1) as f64;
    let (sum_a, sum_b) = points.clone().fold((0.0, 0.0), |(a, b), point| (a + point.0, b + point.1));
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in points {
        let (a, b) = (a - mean_a, b - mean_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// The third standardised moment; 0 where nothing varies.
fn skewness(values: &[u32]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let moment =
        |power: i32| values.iter().map(|&value| (f64::from(value) - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        assert!((correlation([(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)].into_iter()) - 1.0).abs() < 1e-12);
        assert!((correlation([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)].into_iter()) + 1.0).abs() < 1e-12);
        assert_eq!(correlation([(1.0, 3.0), (1.0, 2.0)].into_iter()), 0.0);
        assert_eq!(correlation(std::iter::empty()), 0.0);
        assert_eq!((skewness(&[1, 2, 3]), skewness(&[4, 4]), skewness(&[])), (0.0, 0.0, 0.0));
        assert!((skewness(&[0, 0, 0, 4]) - 1.1547).abs() < 1e-4);
    }
}
