//! Rows in one space in, each row's nearest candidates out.

mod blocks;
mod bounds;
mod remembered;
mod tops;

use ndarray::{ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use blocks::{Seen, both_ways, one_way};
pub(crate) use remembered::Remembered;
use tops::Tops;

/// How a candidate is scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Criterion {
    /// The cosine of query and candidate, −1 to 1.
    Cosine,
    /// Inverted softmax (Smith et al. 2017): the logarithm of the probability, among all rows of the other side, that the
    /// candidate translates into the query; for a query among those rows up to 0.
    InvertedSoftmax {
        /// What cosines are multiplied by, above 0; 30 is usual.
        beta: f32,
    },
    /// Cross-domain similarity local scaling (Conneau et al. 2018): 2 cos(x, y) − r_T(x) − r_S(y), −4 to 4, where r
    /// is the mean cosine to the `k` nearest rows of the other side. It takes from hubs, candidates near to everything.
    Csls {
        /// Neighbours that r is the mean of.
        k: usize,
    },
    /// The ratio margin (Artetxe and Schwenk 2019): cos(x, y) divided by the mean of r_T(x) and r_S(y).
    Margin {
        /// Neighbours that r is the mean of.
        k: usize,
    },
}

impl Criterion {
    /// The name, as reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::InvertedSoftmax { .. } => "inverted-softmax",
            Self::Csls { .. } => "csls",
            Self::Margin { .. } => "margin",
        }
    }
}

/// A candidate and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Row of the candidate.
    pub row: u32,
    /// Its score; the higher the nearer.
    pub score: f32,
}

/// Rows to search among, with what their criterion knows of each.
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    rows: ArrayView2<'a, f32>,
    search: Search<'a>,
}

/// How the best are found.
#[derive(Clone, Debug)]
enum Search<'a> {
    /// By the score of every candidate.
    All(Scoring),
    /// By CSLS, whose r_S, the mean of so many neighbours among the rows of the other side, is measured of those that may win.
    Csls(usize, ArrayView2<'a, f32>),
}

impl<'a> Candidates<'a> {
    /// Candidates `rows` (m × d, of unit length) for queries that come from `others` (n × d, of unit length). What CSLS needs to know of
    /// them is measured by every [`Candidates::nearest`] anew, for its queries: ask for many at once.
    ///
    /// # Panics
    /// If the two differ in dimension.
    pub fn new(rows: ArrayView2<'a, f32>, others: ArrayView2<'a, f32>, criterion: Criterion) -> Self {
        assert_eq!(
            rows.ncols(),
            others.ncols(),
            "candidates and the rows of the queries' side have one dimension"
        );
        let search = match criterion {
            Criterion::Csls { k } => Search::Csls(k, others),
            Criterion::Cosine => Search::All(Scoring::Cosine),
            Criterion::InvertedSoftmax { beta } => {
                Search::All(Scoring::InvertedSoftmax(beta, log_sums(rows, others, beta)))
            }
            Criterion::Margin { k } => Search::All(Scoring::Margin(k, mean_similarity(rows, others, k))),
        };
        Self { rows, search }
    }

    /// The same, with what [`crate::Alignment::similarity_of`] knows of the candidates: if that is what the criterion needs, it is not
    /// computed anew.
    ///
    /// # Panics
    /// If the two differ in dimension, or there is not one mean similarity a row.
    pub fn knowing(
        rows: ArrayView2<'a, f32>,
        others: ArrayView2<'a, f32>,
        criterion: Criterion,
        known: Option<(usize, &[f32])>,
    ) -> Self {
        let Some((k, r)) = known else { return Self::new(rows, others, criterion) };
        assert_eq!(rows.nrows(), r.len(), "one mean similarity a row");
        let scoring = match criterion {
            Criterion::Csls { k: needed } if needed == k => Scoring::Csls(k, r.to_vec()),
            Criterion::Margin { k: needed } if needed == k => Scoring::Margin(k, r.to_vec()),
            _ => return Self::new(rows, others, criterion),
        };
        Self { rows, search: Search::All(scoring) }
    }

    /// Candidates `rows` (m × d, of any length) by cosine; a row of zeros scores 0.
    pub fn of_any_length(rows: ArrayView2<'a, f32>) -> Self {
        let scales = rows.axis_iter(Axis(0)).into_par_iter().map(length).map(scale).collect();
        Self { rows, search: Search::All(Scoring::Scaled(scales)) }
    }

    /// The `n` best candidates of every query (q × d, of unit length), best first; the lower row first among equals.
    ///
    /// # Panics
    /// If the queries are of another dimension than the candidates.
    pub fn nearest(&self, queries: ArrayView2<'_, f32>, n: usize) -> Vec<Vec<Hit>> {
        let scoring = match &self.search {
            Search::All(scoring) => scoring,
            Search::Csls(k, others) => return bounds::nearest(queries, [self.rows, *others], *k, n),
        };
        let r = scoring.neighbours().map(|k| mean_similarity(queries, self.rows, k));
        let r_of = |query: usize| r.as_ref().map_or(0.0, |r| r[query]);
        let tops = best(queries, self.rows, n, |query, start, scores: &mut [f32]| {
            scoring.adjust(r_of(query), start, scores);
        });
        (0..tops.len()).map(|query| tops.hits(query).to_vec()).collect()
    }
}

/// A criterion with what it needs to know of every candidate.
#[derive(Clone, Debug)]
enum Scoring {
    Cosine,
    /// Cosine of rows that are not of unit length: 1 / length of each, 0 for a row of zeros.
    Scaled(Vec<f32>),
    /// β, and the logarithm of the sum of exp(β cos) over the rows of the other side.
    InvertedSoftmax(f32, Vec<f32>),
    /// k, and r_S.
    Csls(usize, Vec<f32>),
    /// k, and r_S.
    Margin(usize, Vec<f32>),
}

impl Scoring {
    /// Of how many neighbours the mean similarity of a query has to be known.
    fn neighbours(&self) -> Option<usize> {
        match self {
            Self::Csls(k, _) | Self::Margin(k, _) => Some(*k),
            Self::Cosine | Self::Scaled(_) | Self::InvertedSoftmax(..) => None,
        }
    }

    /// Makes scores of the products of a query, whose mean similarity is `r`, with the candidates from `start` on.
    #[inline(always)]
    fn adjust(&self, r: f32, start: usize, scores: &mut [f32]) {
        match self {
            Self::Cosine => {}
            Self::Scaled(scales) => each(scores, &scales[start..], |product, scale| product * scale),
            Self::InvertedSoftmax(beta, log_sums) => {
                each(scores, &log_sums[start..], |cosine, log_sum| beta * cosine - log_sum);
            }
            Self::Csls(_, r_s) => adjust_to_csls(scores, &r_s[start..], r),
            // Where both means are 0 or less, every cosine is small, and no ratio means anything.
            Self::Margin(_, r_s) => {
                each(scores, &r_s[start..], |cosine, r_s| 2.0 * cosine / (r_s + r).max(1e-6));
            }
        }
    }
}

#[inline(always)]
fn each(scores: &mut [f32], known: &[f32], score: impl Fn(f32, f32) -> f32) {
    scores.iter_mut().zip(known).for_each(|(product, known)| *product = score(*product, *known));
}

#[inline(always)]
fn adjust_to_csls(cosines: &mut [f32], r_s: &[f32], r_t: f32) {
    each(cosines, r_s, |cosine, r_s| 2.0 * cosine - r_s - r_t);
}

/// In `f64`: squares of very long and very short vectors are beyond `f32`.
fn length(row: ArrayView1<'_, f32>) -> f64 {
    row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

fn scale(length: f64) -> f32 {
    if length > 0.0 { length.recip() as f32 } else { 0.0 }
}

/// The mean of each query's `k` highest similarities to the rows, r of CSLS; all of unit length.
///
/// # Panics
/// If the two differ in dimension.
pub(crate) fn mean_similarity(queries: ArrayView2<'_, f32>, rows: ArrayView2<'_, f32>, k: usize) -> Vec<f32> {
    means(&best(queries, rows, k, |_, _, _| {}))
}

fn means(tops: &Tops) -> Vec<f32> {
    (0..tops.len()).map(|row| mean(tops.hits(row).iter().map(|hit| hit.score))).collect()
}

fn mean(similarities: impl Iterator<Item = f32>) -> f32 {
    let (n, sum) = similarities.fold((0, 0.0), |(n, sum), similarity| (n + 1, sum + similarity));
    sum / n.max(1) as f32
}

/// [`mean_similarity`] of the rows of `x` to those of `z`, and of `z` to `x`, from one product.
pub(crate) fn mean_similarities(x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>, k: usize) -> [Vec<f32>; 2] {
    let [near] = both_ways(x, z, [k], |_, _, _, _| {});
    near.map(|tops| means(&tops))
}

/// How often each of the rows is among the `k` nearest of a query by cosine; all of unit length.
pub(crate) fn k_occurrences(queries: ArrayView2<'_, f32>, rows: ArrayView2<'_, f32>, k: usize) -> Vec<u32> {
    let tops = best(queries, rows, k, |_, _, _| {});
    let mut counts = vec![0; rows.nrows()];
    for hit in (0..tops.len()).flat_map(|query| tops.hits(query)) {
        counts[hit.row as usize] += 1;
    }
    counts
}

/// Of every row of `x` the best of `z` by CSLS, and of every row of `z` the best of `x`; both of unit length. A row whose scores are no
/// numbers has none.
pub(crate) fn best_both_ways(x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>, k: usize) -> BestBothWays {
    let [r_x, r_z] = mean_similarities(x, z, k);
    let [best] = both_ways(x, z, [1], |_, row, start, scores: &mut [f32]| {
        adjust_to_csls(scores, &r_z[start..], r_x[row]);
    });
    best.map(|tops| firsts(&tops))
}

fn firsts(tops: &Tops) -> Vec<Option<Hit>> {
    (0..tops.len()).map(|row| tops.hits(row).first().copied()).collect()
}

/// What [`best_both_ways`] finds for every row of either side.
pub(crate) type BestBothWays = [Vec<Option<Hit>>; 2];

/// The `n` best rows of every query after `adjust` (query, first row of a block, its scores) has changed the products.
fn best(
    queries: ArrayView2<'_, f32>,
    rows: ArrayView2<'_, f32>,
    n: usize,
    adjust: impl Fn(usize, usize, &mut [f32]) + Sync,
) -> Tops {
    let n = n.min(rows.nrows());
    one_way(queries, rows, |first, len| Best { first, tops: Tops::new(len, n), adjust: &adjust }).tops
}

struct Best<'a, F> {
    first: usize,
    tops: Tops,
    adjust: &'a F,
}

impl<F: Fn(usize, usize, &mut [f32]) + Sync> Seen for Best<'_, F> {
    #[inline(always)]
    fn see(&mut self, row: usize, start: usize, scores: &mut [f32]) {
        (self.adjust)(self.first + row, start, scores);
        self.tops.see_row(row, start, scores);
    }

    fn merge(&mut self, first: usize, later: &Self) {
        self.tops.merge(first, &later.tops);
    }
}

/// The logarithm of each query's sum of exp(β cos) over the rows.
fn log_sums(queries: ArrayView2<'_, f32>, rows: ArrayView2<'_, f32>, beta: f32) -> Vec<f32> {
    let sums = one_way(queries, rows, |_, len| Sums { beta, sums: vec![0.0; len] }).sums;
    sums.into_iter().map(|sum| sum.ln() as f32 + beta).collect()
}

/// Sums of exp(β (cos − 1)), which no β makes too large.
struct Sums {
    beta: f32,
    sums: Vec<f64>,
}

impl Seen for Sums {
    #[inline(always)]
    fn see(&mut self, row: usize, _start: usize, scores: &mut [f32]) {
        self.sums[row] +=
            scores.iter().map(|score| f64::from((self.beta * (score - 1.0)).exp())).sum::<f64>();
    }

    fn merge(&mut self, first: usize, later: &Self) {
        self.sums[first..].iter_mut().zip(&later.sums).for_each(|(sum, later)| *sum += later);
    }
}

#[cfg(test)]
mod tests {
    use super::blocks::CANDIDATES_PER_TASK;
    use super::*;
    use ndarray::{Array2, s};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use wordferry_vectors::normalise::unit;

    pub(super) fn rows(n: usize, d: usize, seed: u64) -> Array2<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Array2::from_shape_fn((n, d), |_| rng.random_range(-1.0..1.0));
        rows.rows_mut().into_iter().for_each(|mut row| unit(row.as_slice_mut().unwrap()));
        rows
    }

    /// Straight from the definition, without blocks.
    fn by_definition(
        queries: &Array2<f32>,
        candidates: &Array2<f32>,
        others: &Array2<f32>,
        criterion: Criterion,
    ) -> Vec<Vec<f32>> {
        let mean_top = |row: Vec<f32>, k: usize| {
            let mut row = row;
            row.sort_by(|a, b| b.total_cmp(a));
            row.iter().take(k).sum::<f32>() / k as f32
        };
        let cosines = queries.dot(&candidates.t());
        let hub = others.dot(&candidates.t());
        let k = match criterion {
            Criterion::Csls { k } | Criterion::Margin { k } => k,
            Criterion::Cosine | Criterion::InvertedSoftmax { .. } => 1,
        };
        let r_t: Vec<f32> = cosines.rows().into_iter().map(|row| mean_top(row.to_vec(), k)).collect();
        let r_s: Vec<f32> = hub.columns().into_iter().map(|column| mean_top(column.to_vec(), k)).collect();
        let score = |q: usize, c: usize| match criterion {
            Criterion::Cosine => cosines[[q, c]],
            Criterion::Csls { .. } => 2.0 * cosines[[q, c]] - r_t[q] - r_s[c],
            Criterion::Margin { .. } => cosines[[q, c]] / ((r_t[q] + r_s[c]) / 2.0),
            Criterion::InvertedSoftmax { beta } => {
                let sum: f32 = hub.column(c).iter().map(|cosine| (beta * cosine).exp()).sum();
                ((beta * cosines[[q, c]]).exp() / sum).ln()
            }
        };
        (0..queries.nrows()).map(|q| (0..candidates.nrows()).map(|c| score(q, c)).collect()).collect()
    }

    #[test]
    fn equals_the_definition() {
        let (others, candidates) = (rows(300, 12, 1), rows(5000, 12, 2));
        let queries = others.slice(s![..150, ..]).to_owned();
        for criterion in [
            Criterion::Cosine,
            Criterion::Csls { k: 10 },
            Criterion::Margin { k: 5 },
            Criterion::InvertedSoftmax { beta: 10.0 },
        ] {
            let expected = by_definition(&queries, &candidates, &others, criterion);
            let found =
                Candidates::new(candidates.view(), others.view(), criterion).nearest(queries.view(), 5);
            for (scores, hits) in expected.iter().zip(found) {
                let mut order: Vec<usize> = (0..scores.len()).collect();
                order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
                for (hit, &row) in hits.iter().zip(&order) {
                    assert!(
                        (hit.score - scores[row]).abs() < 1e-5,
                        "{criterion:?}: {hit:?}, {}",
                        scores[row]
                    );
                }
                assert_eq!(hits.len(), 5);
            }
        }
    }

    /// With so few queries most neighbourhoods are measured among some of the rows only.
    #[test]
    fn what_cannot_win_does_not_matter() {
        let (others, mut candidates) = (rows(7000, 6, 11), rows(900, 6, 12));
        // More equals than a query keeps.
        let one = candidates.row(0).to_owned();
        candidates.slice_mut(s![..200, ..]).assign(&one);
        let csls = Criterion::Csls { k: 10 };
        let r = mean_similarity(candidates.view(), others.view(), 10);
        let all = Candidates::knowing(candidates.view(), others.view(), csls, Some((10, &r)));
        let some = Candidates::new(candidates.view(), others.view(), csls);
        for (n_queries, n) in [(1, 1), (1, 899), (20, 10), (80, 1), (80, 10)] {
            let queries = others.slice(s![..n_queries, ..]);
            for (expected, found) in all.nearest(queries, n).iter().zip(some.nearest(queries, n)) {
                assert_eq!(expected.len(), found.len());
                for (expected, found) in expected.iter().zip(found) {
                    assert!((expected.score - found.score).abs() < 1e-5, "{expected:?} {found:?}");
                }
            }
        }
    }

    #[test]
    fn both_ways_are_searched_as_one() {
        let (x, z) = (rows(1300, 6, 9), rows(5000, 6, 10));
        let csls = Criterion::Csls { k: 10 };
        let there = Candidates::new(z.view(), x.view(), csls).nearest(x.view(), 1);
        let back = Candidates::new(x.view(), z.view(), csls).nearest(z.view(), 1);
        for (expected, found) in [there, back].iter().zip(best_both_ways(x.view(), z.view(), 10)) {
            assert_eq!(expected.len(), found.len());
            for (expected, found) in expected.iter().zip(found.into_iter().flatten()) {
                assert!((expected[0].score - found.score).abs() < 1e-5, "{expected:?} {found:?}");
            }
        }
    }

    #[test]
    fn ranges_are_searched_as_one() {
        let candidates = rows(2 * CANDIDATES_PER_TASK + 100, 4, 5);
        let queries = rows(3, 4, 6);
        let hits = Candidates::new(candidates.view(), candidates.view(), Criterion::Cosine)
            .nearest(queries.view(), 40);
        for (query, hits) in queries.rows().into_iter().zip(hits) {
            let mut scores: Vec<f32> = candidates.dot(&query).to_vec();
            scores.sort_by(|a, b| b.total_cmp(a));
            assert!(hits.iter().zip(scores).all(|(hit, score)| (hit.score - score).abs() < 1e-5));
            assert!(hits.iter().any(|hit| hit.row as usize > 2 * CANDIDATES_PER_TASK / 2));
        }
    }

    #[test]
    fn lengths_do_not_matter_to_a_cosine() {
        let mut candidates = rows(3000, 8, 7);
        let queries = rows(5, 8, 8);
        let nearest = |candidates: Candidates<'_>| candidates.nearest(queries.view(), 10);
        let expected = nearest(Candidates::new(candidates.view(), candidates.view(), Criterion::Cosine));
        for (i, mut row) in candidates.rows_mut().into_iter().enumerate() {
            row *= (i % 7 + 1) as f32;
        }
        for (expected, found) in expected.iter().zip(nearest(Candidates::of_any_length(candidates.view()))) {
            assert!(expected.iter().zip(found).all(|(a, b)| (a.score - b.score).abs() < 1e-5));
        }
        candidates.fill(0.0);
        assert!(nearest(Candidates::of_any_length(candidates.view()))[0].iter().all(|hit| hit.score == 0.0));
    }

    #[test]
    fn fewer_candidates_than_asked_for() {
        let candidates = rows(3, 4, 3);
        let hits = Candidates::new(candidates.view(), candidates.view(), Criterion::Csls { k: 10 })
            .nearest(candidates.view(), 10);
        assert!(hits.iter().all(|hits| hits.len() == 3));
    }

    #[test]
    fn equal_scores_keep_their_order() {
        let candidates = Array2::from_elem((40, 2), 0.5);
        let hits = Candidates::new(candidates.view(), candidates.view(), Criterion::Cosine)
            .nearest(candidates.slice(s![..1, ..]), 3);
        assert_eq!(hits[0].iter().map(|hit| hit.row).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
