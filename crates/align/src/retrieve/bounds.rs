//! CSLS without measuring the whole neighbourhood of candidates that cannot be among the best.
//!
//! r_S of a candidate y is its mean cosine to the k nearest of all rows of the other side. To the nearest of some of them it is lower
//! or the same, so that 2 cos(x, y) − r_S(y) is the same or higher. What cannot win even so need not be measured further; what
//! is found is what would be found if all were.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, s};

use super::{Hit, adjust_to_csls, best, mean, mean_similarity};

/// Candidates by upper bound that a query keeps beside those it looks for.
const SPARE: usize = 50;
/// Candidates after those that are measured in the same go: it takes fewer of them.
const AHEAD: usize = 3;
/// Rows of the other side that every candidate is measured among at least: the more is looked for, the more.
const FEWEST_ROWS: Range<usize> = 1_500..3_000;

/// The `n` best of `rows` for every query by CSLS, best first.
pub(super) fn nearest<'a>(
    queries: ArrayView2<'_, f32>,
    [rows, others]: [ArrayView2<'a, f32>; 2],
    k: usize,
    n: usize,
) -> Vec<Vec<Hit>> {
    let n = n.min(rows.nrows());
    let mut found = vec![Vec::new(); queries.nrows()];
    if n == 0 {
        return found;
    }
    let r_t = mean_similarity(queries, rows, k);
    // With so many queries most candidates have to be measured in any case.
    let n_wanted = queries.nrows() * n;
    let fewest_rows = match n_wanted < rows.nrows() {
        true => n_wanted.clamp(FEWEST_ROWS.start, FEWEST_ROWS.end).max(k),
        false => others.nrows(),
    };
    let mut neighbourhoods = Neighbourhoods::new(rows, others, fewest_rows, k);
    let mut open: Vec<usize> = (0..queries.nrows()).collect();
    let mut width = n + SPARE;
    while !open.is_empty() {
        let mut lists = neighbourhoods.lists(queries.select(Axis(0), &open).view(), width);
        neighbourhoods.settle(&mut lists, n);
        let mut left = Vec::new();
        for (query, list) in open.into_iter().zip(lists) {
            if neighbourhoods.is_settled(&list, n) {
                let hit = |&(row, doubled): &(u32, f32)| Hit {
                    row,
                    score: doubled - neighbourhoods.r(row) - r_t[query],
                };
                found[query] = list.candidates.iter().take(n).map(hit).collect();
            } else {
                left.push(query);
            }
        }
        open = left;
        width *= 4;
    }
    found
}

/// The best candidates of a query as far as is known.
struct List {
    /// Candidates with twice their cosine, best first.
    candidates: Vec<(u32, f32)>,
    /// 2 cos − r_S of any other candidate is not above it.
    floor: f32,
}

/// What is known of r_S of every candidate.
struct Neighbourhoods<'a> {
    rows: ArrayView2<'a, f32>,
    /// The rows of the other side in parts: every candidate is measured among the first, and among each later one if it has to be.
    parts: Vec<Array2<f32>>,
    k: usize,
    /// The cosines of every candidate to its `k` nearest so far, nearest first; −∞ where there are fewer.
    nearest: Vec<f32>,
    /// Parts that every candidate was measured among.
    measured: Vec<usize>,
    /// The means of `nearest`.
    r: Vec<f32>,
}

impl<'a> Neighbourhoods<'a> {
    fn new(rows: ArrayView2<'a, f32>, others: ArrayView2<'_, f32>, fewest_rows: usize, k: usize) -> Self {
        let halvings = (others.nrows() / fewest_rows.max(1)).max(1).ilog2();
        let step = |halving: u32| 1_usize << halving;
        // Every 16th row, the 8th of each 16, the 4th of each 8 …: no row twice, none left out.
        let part = |offset, step| others.slice(s![offset..;step, ..]).to_owned();
        let later = (0..halvings).rev().map(|halving| part(step(halving), step(halving + 1)));
        let parts: Vec<_> = std::iter::once(part(0, step(halvings))).chain(later).collect();
        let (m, k) = (rows.nrows(), k.min(others.nrows()));
        let mut new = Self {
            rows,
            parts,
            k,
            nearest: vec![f32::NEG_INFINITY; m * k],
            measured: vec![0; m],
            r: vec![0.0; m],
        };
        new.measure(&(0..m).collect::<Vec<_>>(), 0);
        new
    }

    /// Measures candidates among one more part.
    fn measure(&mut self, candidates: &[usize], part: usize) {
        let rows = self.rows.select(Axis(0), candidates);
        let tops = best(rows.view(), self.parts[part].view(), self.k, |_, _, _| {});
        for (i, &candidate) in candidates.iter().enumerate() {
            let nearest = &mut self.nearest[candidate * self.k..][..self.k];
            let mut merged: Vec<f32> =
                nearest.iter().copied().chain(tops.hits(i).iter().map(|hit| hit.score)).collect();
            merged.sort_by(|a, b| b.total_cmp(a));
            nearest.copy_from_slice(&merged[..self.k]);
            self.r[candidate] = mean(nearest.iter().copied().filter(|cosine| cosine.is_finite()));
            self.measured[candidate] = part + 1;
        }
    }

    fn r(&self, candidate: u32) -> f32 {
        self.r[candidate as usize]
    }

    /// The `width` candidates of every query that may be the best.
    fn lists(&self, queries: ArrayView2<'_, f32>, width: usize) -> Vec<List> {
        let tops =
            best(queries, self.rows, width, |_, start, scores| adjust_to_csls(scores, &self.r[start..], 0.0));
        let list = |query| {
            let hits: &[Hit] = tops.hits(query);
            let candidates = hits.iter().map(|hit| (hit.row, hit.score + self.r(hit.row))).collect();
            let is_cut = hits.len() < self.rows.nrows();
            let floor = hits.last().filter(|_| is_cut).map_or(f32::NEG_INFINITY, |hit| hit.score);
            List { candidates, floor }
        };
        (0..tops.len()).map(list).collect()
    }

    /// Measures until r_S is known of the `n` best of every list.
    fn settle(&mut self, lists: &mut [List], n: usize) {
        let mut open: Vec<&mut List> = lists.iter_mut().collect();
        loop {
            let unknown = |list: &List, n: usize| -> Vec<usize> {
                let rows = list.candidates.iter().take(n).map(|candidate| candidate.0 as usize);
                rows.filter(|&row| self.measured[row] < self.parts.len()).collect()
            };
            open.retain(|list| !unknown(list, n).is_empty());
            if open.is_empty() {
                return;
            }
            let mut wanted: Vec<usize> = open.iter().flat_map(|list| unknown(list, n + AHEAD)).collect();
            wanted.sort_unstable();
            wanted.dedup();
            // The last part first, so that no candidate is measured among two.
            for part in (1..self.parts.len()).rev() {
                let candidates: Vec<usize> =
                    wanted.iter().copied().filter(|&row| self.measured[row] == part).collect();
                self.measure(&candidates, part);
            }
            let score = |(row, doubled): &(u32, f32)| doubled - self.r[*row as usize];
            for list in &mut open {
                list.candidates.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.0.cmp(&b.0)));
            }
        }
    }

    /// Whether no other candidate can be among the `n` best.
    fn is_settled(&self, list: &List, n: usize) -> bool {
        let last = list.candidates.get(n - 1);
        last.is_none_or(|(row, doubled)| doubled - self.r(*row) >= list.floor)
    }
}
