//! CSLS without measuring the whole neighbourhood of candidates that cannot be among the best.
//!
//! r_S of a candidate y is its mean cosine to the k nearest of all rows of the other side. To the nearest of some of them it is lower
//! or the same, so that 2 cos(x, y) − r_S(y) is the same or higher. What cannot win even so need not be measured further; what
//! is found is what would be found if all were, but for rounding in the last digit.

use ndarray::{ArrayView2, Axis, CowArray, Ix2, s};

use super::{Hit, adjust_to_csls, best, mean, mean_similarity};

/// Candidates by upper bound that a query keeps beside those it looks for.
const SPARE: usize = 50;
/// Candidates after those that are measured in the same go: it takes fewer of them.
const AHEAD: usize = 3;
/// Rows of the other side that every candidate is measured among at least, if little is looked for, and if much is.
const FEWEST_ROWS: usize = 1_500;
const MORE_ROWS: usize = 3_000;
/// Candidates of a query beyond which it is better to measure all of them.
const WIDEST: usize = 4_096;

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
        true => n_wanted.clamp(FEWEST_ROWS, MORE_ROWS).max(k),
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
                let hit = |candidate: &Candidate| Hit {
                    row: candidate.row,
                    score: neighbourhoods.score(candidate) - r_t[query],
                };
                found[query] = list.candidates.iter().take(n).map(hit).collect();
            } else {
                left.push(query);
            }
        }
        open = left;
        width *= 4;
        if width > WIDEST && !open.is_empty() {
            neighbourhoods.measure_all();
            width = n;
        }
    }
    found
}

/// The best candidates of a query as far as is known.
struct List {
    /// Best first.
    candidates: Vec<Candidate>,
    /// 2 cos − r_S of any other candidate is not above it.
    floor: f32,
}

/// A candidate with its score, 2 cos − r_S, by what was known of r_S.
struct Candidate {
    row: u32,
    score: f32,
    r: f32,
}

/// What is known of r_S of every candidate.
struct Neighbourhoods<'a> {
    rows: ArrayView2<'a, f32>,
    /// The rows of the other side in parts: every candidate is measured among the first, and among each later one if it has to be.
    parts: Vec<CowArray<'a, f32, Ix2>>,
    k: usize,
    /// The cosines of every candidate to its `k` nearest so far, nearest first; −∞ where there are fewer.
    nearest: Vec<f32>,
    /// Parts that every candidate was measured among.
    measured: Vec<usize>,
    /// The means of `nearest`.
    r: Vec<f32>,
}

impl<'a> Neighbourhoods<'a> {
    fn new(rows: ArrayView2<'a, f32>, others: ArrayView2<'a, f32>, fewest_rows: usize, k: usize) -> Self {
        let halvings = (others.nrows() / fewest_rows.max(1)).max(1).ilog2();
        let step = |halving: u32| 1_usize << halving;
        // Every 16th row, the 8th of each 16, the 4th of each 8 …: no row twice, none left out.
        let part = |offset, step| match step {
            1 if offset == 0 => CowArray::from(others),
            _ => CowArray::from(others.slice(s![offset..;step, ..]).to_owned()),
        };
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
        new.take_in(rows, 0..m, 0);
        new
    }

    /// Measures candidates among one more part.
    fn measure(&mut self, candidates: &[usize], part: usize) {
        let rows = self.rows.select(Axis(0), candidates);
        self.take_in(rows.view(), candidates.iter().copied(), part);
    }

    /// The same, with the rows of the candidates.
    fn take_in(&mut self, rows: ArrayView2<'_, f32>, candidates: impl Iterator<Item = usize>, part: usize) {
        let tops = best(rows, self.parts[part].view(), self.k, |_, _, _| {});
        for (i, candidate) in candidates.enumerate() {
            let nearest = &mut self.nearest[candidate * self.k..][..self.k];
            let mut merged: Vec<f32> =
                nearest.iter().copied().chain(tops.hits(i).iter().map(|hit| hit.score)).collect();
            merged.sort_by(|a, b| b.total_cmp(a));
            nearest.copy_from_slice(&merged[..self.k]);
            self.r[candidate] = mean(nearest.iter().copied().filter(|cosine| *cosine > f32::NEG_INFINITY));
            self.measured[candidate] = part + 1;
        }
    }

    /// Measures whatever is not yet.
    fn measure_all(&mut self) {
        for part in 1..self.parts.len() {
            let candidates: Vec<usize> =
                (0..self.r.len()).filter(|&row| self.measured[row] == part).collect();
            self.measure(&candidates, part);
        }
    }

    /// 2 cos − r_S by what is known now.
    fn score(&self, candidate: &Candidate) -> f32 {
        candidate.score + (candidate.r - self.r[candidate.row as usize])
    }

    /// The `width` candidates of every query that may be the best.
    fn lists(&self, queries: ArrayView2<'_, f32>, width: usize) -> Vec<List> {
        let tops =
            best(queries, self.rows, width, |_, start, scores| adjust_to_csls(scores, &self.r[start..], 0.0));
        let list = |query| {
            let hits: &[Hit] = tops.hits(query);
            let candidate =
                |hit: &Hit| Candidate { row: hit.row, score: hit.score, r: self.r[hit.row as usize] };
            let candidates = hits.iter().map(candidate).collect();
            let is_cut = width < self.rows.nrows();
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
                let rows = list.candidates.iter().take(n).map(|candidate| candidate.row as usize);
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
            for list in &mut open {
                list.candidates
                    .sort_by(|a, b| self.score(b).total_cmp(&self.score(a)).then(a.row.cmp(&b.row)));
            }
        }
    }

    /// Whether no other candidate can be among the `n` best.
    fn is_settled(&self, list: &List, n: usize) -> bool {
        list.candidates.get(n - 1).is_none_or(|last| self.score(last) >= list.floor)
    }
}
