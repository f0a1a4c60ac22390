//! Rows in one space in, each row's nearest candidates out.
//!
//! The product of queries and candidates is made a block at a time and read while it is in the cache, so that
//! memory stays far below n × m. Blocks have a fixed size: results do not depend on the number of threads. A task is a
//! block of queries against a range of candidates, so that a single query keeps all cores busy, too.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, Par};
use ndarray::{ArrayView1, ArrayView2, Axis, s};
use rayon::prelude::*;
use wordferry_vectors::map::faer_view;

const QUERIES_PER_BLOCK: usize = 128;
const CANDIDATES_PER_BLOCK: usize = 2048;
const CANDIDATES_PER_TASK: usize = 16 * CANDIDATES_PER_BLOCK;
/// Scores looked at together when most of them cannot enter the best k.
const LANES: usize = 16;

/// How a candidate is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// The cosine of query and candidate, −1 to 1.
    Cosine,
    /// Cross-domain similarity local scaling (Conneau et al. 2018): 2 cos(x, y) − r_T(x) − r_S(y), −4 to 4, where r
    /// is the mean cosine to the `k` nearest rows of the other side. It takes from hubs, candidates near to everything.
    Csls {
        /// Neighbours that r is the mean of.
        k: usize,
    },
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
    /// 1 / length of every row, where they are not of unit length; 0 for a row of zeros.
    scales: Option<Vec<f32>>,
    /// r_S of every candidate, and the k it was computed with.
    hubness: Option<(Vec<f32>, usize)>,
}

impl<'a> Candidates<'a> {
    /// Candidates `rows` (m × d, of unit length) for queries that come from `others` (n × d, of unit length).
    ///
    /// # Panics
    /// If the two differ in dimension.
    pub fn new(rows: ArrayView2<'a, f32>, others: ArrayView2<'_, f32>, criterion: Criterion) -> Self {
        assert_eq!(rows.ncols(), others.ncols(), "rows of one space have one dimension");
        let hubness = match criterion {
            Criterion::Cosine => None,
            Criterion::Csls { k } => Some((mean_similarity(rows, others, k), k)),
        };
        Self { rows, scales: None, hubness }
    }

    /// Candidates `rows` (m × d, of any length) by cosine; a row of zeros scores 0.
    pub fn of_any_length(rows: ArrayView2<'a, f32>) -> Self {
        let scales = rows.axis_iter(Axis(0)).into_par_iter().map(length).map(scale).collect();
        Self { rows, scales: Some(scales), hubness: None }
    }

    /// The `n` best candidates of every query (q × d, of unit length), best first; the lower row first among equals.
    ///
    /// # Panics
    /// If the queries are of another dimension than the candidates.
    pub fn nearest(&self, queries: ArrayView2<'_, f32>, n: usize) -> Vec<Vec<Hit>> {
        let Some((hubness, k)) = &self.hubness else {
            let found = best(queries, self.rows, n, |start, scores| self.scale(start, scores));
            return found.into_iter().map(|best| best.hits).collect();
        };
        let locality = mean_similarity(queries, self.rows, *k);
        by_csls(queries, self.rows, n, &locality, hubness)
    }

    /// Makes products of the candidates from `start` on cosines.
    fn scale(&self, start: usize, scores: &mut [f32]) {
        if let Some(scales) = &self.scales {
            let scales = &scales[start..start + scores.len()];
            scores.iter_mut().zip(scales).for_each(|(score, scale)| *score *= scale);
        }
    }
}

/// In `f64`: squares of very long and very short vectors are beyond `f32`.
fn length(row: ArrayView1<'_, f32>) -> f64 {
    row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
}

fn scale(length: f64) -> f32 {
    if length > 0.0 { length.recip() as f32 } else { 0.0 }
}

/// The mean of each query's `k` highest similarities to the rows (r of CSLS).
fn mean_similarity(queries: ArrayView2<'_, f32>, rows: ArrayView2<'_, f32>, k: usize) -> Vec<f32> {
    let mean = |best: Best| {
        let n = best.hits.len().max(1) as f32;
        best.hits.iter().map(|hit| hit.score).sum::<f32>() / n
    };
    best(queries, rows, k, |_, _| {}).into_iter().map(mean).collect()
}

/// Of every row of `x` the best of `z` by CSLS, and of every row of `z` the best of `x`; both of unit length.
pub(crate) fn best_both_ways(x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>, k: usize) -> [Vec<Hit>; 2] {
    let (r_x, r_z) = (mean_similarity(x, z, k), mean_similarity(z, x, k));
    let ways = [by_csls(x, z, 1, &r_x, &r_z), by_csls(z, x, 1, &r_z, &r_x)];
    ways.map(|hits| hits.into_iter().flatten().collect())
}

/// The `n` best rows of every query by CSLS; `r` of a query or row is its mean similarity to the other side.
fn by_csls(
    queries: ArrayView2<'_, f32>,
    rows: ArrayView2<'_, f32>,
    n: usize,
    r_queries: &[f32],
    r_rows: &[f32],
) -> Vec<Vec<Hit>> {
    let mut found = best(queries, rows, n, |start, scores| {
        scores.iter_mut().zip(&r_rows[start..]).for_each(|(score, r)| *score = 2.0 * *score - r);
    });
    for (best, r) in found.iter_mut().zip(r_queries) {
        best.hits.iter_mut().for_each(|hit| hit.score -= r);
    }
    found.into_iter().map(|best| best.hits).collect()
}

/// The `n` best rows of every query after `adjust` (first row of the block, its scores) has changed the cosines.
fn best(
    queries: ArrayView2<'_, f32>,
    rows: ArrayView2<'_, f32>,
    n: usize,
    adjust: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<Best> {
    assert_eq!(queries.ncols(), rows.ncols(), "rows of one space have one dimension");
    let n = n.min(rows.nrows());
    let starts: Vec<usize> = (0..rows.nrows()).step_by(CANDIDATES_PER_TASK).collect();
    let blocks: Vec<_> = queries.axis_chunks_iter(Axis(0), QUERIES_PER_BLOCK).collect();
    let tasks: Vec<_> =
        blocks.iter().flat_map(|block| starts.iter().map(move |&start| (block, start))).collect();
    let found: Vec<Vec<Best>> = tasks
        .into_par_iter()
        .map_init(
            || vec![0.0; QUERIES_PER_BLOCK * CANDIDATES_PER_BLOCK],
            |scores, (queries, start)| {
                let mut found = vec![Best::new(n); queries.nrows()];
                let end = (start + CANDIDATES_PER_TASK).min(rows.nrows());
                for start in (start..end).step_by(CANDIDATES_PER_BLOCK) {
                    let block = rows.slice(s![start..(start + CANDIDATES_PER_BLOCK).min(end), ..]);
                    let width = block.nrows();
                    let scores = &mut scores[..queries.nrows() * width];
                    let into = MatMut::from_row_major_slice_mut(scores, queries.nrows(), width);
                    let (left, right) = (faer_view(*queries), faer_view(block).transpose());
                    matmul(into, Accum::Replace, left, right, 1.0, Par::Seq);
                    for (best, scores) in found.iter_mut().zip(scores.chunks_exact_mut(width)) {
                        adjust(start, scores);
                        best.see(start, scores);
                    }
                }
                found
            },
        )
        .collect();
    found.chunks(starts.len().max(1)).flat_map(merged).collect()
}

/// What tasks found for the same queries in one range of candidates after the other, as if it had been one range.
fn merged(ranges: &[Vec<Best>]) -> Vec<Best> {
    let (first, rest) = ranges.split_first().expect("a chunk is not empty");
    let mut found = first.clone();
    for (best, hit) in rest.iter().flat_map(|range| found_hits(range)) {
        if found[best].takes(hit.score) {
            found[best].insert(hit);
        }
    }
    found
}

/// The hits of a range, each with the index of its query.
fn found_hits(range: &[Best]) -> impl Iterator<Item = (usize, Hit)> {
    range.iter().enumerate().flat_map(|(query, best)| best.hits.iter().map(move |&hit| (query, hit)))
}

/// The best `n` of the scores seen so far, best first.
#[derive(Clone)]
struct Best {
    n: usize,
    hits: Vec<Hit>,
}

impl Best {
    fn new(n: usize) -> Self {
        Self { n, hits: Vec::with_capacity(n + 1) }
    }

    /// Takes in the scores of the rows from `start` on.
    fn see(&mut self, start: usize, scores: &[f32]) {
        for (chunk_idx, chunk) in scores.chunks(LANES).enumerate() {
            let highest = chunk.iter().fold(f32::NEG_INFINITY, |highest, &score| highest.max(score));
            if self.takes(highest) {
                for (i, &score) in chunk.iter().enumerate() {
                    if self.takes(score) {
                        self.insert(Hit { row: (start + chunk_idx * LANES + i) as u32, score });
                    }
                }
            }
        }
    }

    /// Rows come in ascending order, so an equal score never displaces an earlier one.
    fn takes(&self, score: f32) -> bool {
        self.hits.len() < self.n || self.hits.last().is_some_and(|last| score > last.score)
    }

    fn insert(&mut self, hit: Hit) {
        let at = self.hits.partition_point(|better| better.score >= hit.score);
        self.hits.insert(at, hit);
        self.hits.truncate(self.n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use wordferry_vectors::normalise::unit;

    fn rows(n: usize, d: usize, seed: u64) -> Array2<f32> {
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
        let k = if let Criterion::Csls { k } = criterion { k } else { 1 };
        let r_t: Vec<f32> = cosines.rows().into_iter().map(|row| mean_top(row.to_vec(), k)).collect();
        let r_s: Vec<f32> = hub.columns().into_iter().map(|column| mean_top(column.to_vec(), k)).collect();
        let score = |q: usize, c: usize| match criterion {
            Criterion::Cosine => cosines[[q, c]],
            Criterion::Csls { .. } => 2.0 * cosines[[q, c]] - r_t[q] - r_s[c],
        };
        (0..queries.nrows()).map(|q| (0..candidates.nrows()).map(|c| score(q, c)).collect()).collect()
    }

    #[test]
    fn equals_the_definition() {
        let (others, candidates) = (rows(300, 12, 1), rows(5000, 12, 2));
        let queries = others.slice(s![..150, ..]).to_owned();
        for criterion in [Criterion::Cosine, Criterion::Csls { k: 10 }] {
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
