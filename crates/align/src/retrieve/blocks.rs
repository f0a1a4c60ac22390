//! Products of rows, made a block at a time and read while they are in the cache, so that memory stays far below n × m.
//!
//! Blocks have a fixed size: results do not depend on the number of threads. A task is a block of queries against a
//! range of candidates, so that a single query keeps all cores busy, too.

use std::sync::atomic::{AtomicU32, Ordering};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, Par};
use ndarray::{ArrayView2, Axis, s};
use pulp::Arch;
use rayon::prelude::*;
use wordferry_vectors::map::faer_view;

use super::tops::Tops;

const QUERIES_PER_BLOCK: usize = 512;
const CANDIDATES_PER_BLOCK: usize = 512;
pub(super) const CANDIDATES_PER_TASK: usize = 32_768;
const FEW: usize = 8_192;

/// What is made of the scores of a block of queries.
pub(super) trait Seen: Send {
    /// Takes in the scores of the `row`th query with the candidates from `start` on.
    fn see(&mut self, row: usize, start: usize, scores: &mut [f32]);

    /// Takes in what was made of later candidates for the queries from `first` on.
    fn merge(&mut self, first: usize, later: &Self);
}

/// Shows the products of all `queries` and `rows` to what `new` makes for a block (first query, number of queries).
pub(super) fn one_way<S: Seen>(
    queries: ArrayView2<'_, f32>,
    rows: ArrayView2<'_, f32>,
    new: impl Fn(usize, usize) -> S + Sync,
) -> S {
    let per_task = if queries.nrows() > 4 * QUERIES_PER_BLOCK { CANDIDATES_PER_TASK } else { FEW };
    let starts = || (0..rows.nrows()).step_by(per_task);
    let tasks: Vec<_> = (0..queries.nrows())
        .step_by(QUERIES_PER_BLOCK)
        .flat_map(|first| starts().map(move |start| (first, start)))
        .collect();
    let parts: Vec<(usize, S)> = tasks
        .into_par_iter()
        .map_init(Vec::new, |scores, (first, start)| {
            let block = rows_from(queries, first, QUERIES_PER_BLOCK);
            let candidates = rows_from(rows, start, per_task);
            let mut seen = new(first, block.nrows());
            products(block, candidates, scores, |row, at, scores| seen.see(row, start + at, scores));
            (first, seen)
        })
        .collect();
    let mut all = new(0, queries.nrows());
    parts.iter().for_each(|(first, part)| all.merge(*first, part));
    all
}

/// The best of `z` for every row of `x` and the best of `x` for every row of `z`, from one product that is looked at `N` times: the `i`th
/// time, for the best `k[i]`, after `adjust` (i, row of x, first row of z, scores) has changed the scores that were looked at before.
pub(super) fn both_ways<const N: usize>(
    x: ArrayView2<'_, f32>,
    z: ArrayView2<'_, f32>,
    k: [usize; N],
    adjust: impl Fn(usize, usize, usize, &mut [f32]) + Sync,
) -> [[Tops; 2]; N] {
    let (for_x, for_z) = (k.map(|k| k.min(z.nrows())), k.map(|k| k.min(x.nrows())));
    // What a row of x has to exceed to be among the best of a row of z, as far as is known: it saves work, and does not change what
    // is found.
    let floors: [Vec<Floor>; N] = k.map(|_| (0..z.nrows()).map(|_| Floor::default()).collect());
    let parts: Vec<_> = (0..x.nrows().div_ceil(QUERIES_PER_BLOCK))
        .into_par_iter()
        .map_init(Vec::new, |scores, block_idx| {
            let first = block_idx * QUERIES_PER_BLOCK;
            let block = rows_from(x, first, QUERIES_PER_BLOCK);
            let mut of_x = for_x.map(|k| Tops::new(block.nrows(), k));
            let mut of_z: [Tops; N] =
                std::array::from_fn(|i| Tops::with_floors(for_z[i], floors[i].iter().map(Floor::get)));
            products(block, z, scores, |row, start, scores| {
                for i in 0..N {
                    adjust(i, first + row, start, scores);
                    of_x[i].see_row(row, start, scores);
                    of_z[i].see_column(start, first + row, scores);
                }
            });
            for (floors, of_z) in floors.iter().zip(&of_z) {
                floors.iter().enumerate().for_each(|(row, floor)| floor.raise(of_z.floor(row)));
            }
            (first, of_x, of_z.map(Tops::into_found))
        })
        .collect();
    let mut both: [[Tops; 2]; N] =
        std::array::from_fn(|i| [Tops::new(x.nrows(), for_x[i]), Tops::new(z.nrows(), for_z[i])]);
    for (first, of_x, of_z) in &parts {
        for ((both, of_x), of_z) in both.iter_mut().zip(of_x).zip(of_z) {
            both[0].merge(*first, of_x);
            both[1].take(of_z);
        }
    }
    both
}

/// The least score that can still matter, known to all threads.
struct Floor(AtomicU32);

impl Default for Floor {
    fn default() -> Self {
        Self(AtomicU32::new(f32::NEG_INFINITY.to_bits()))
    }
}

impl Floor {
    fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }

    fn raise(&self, floor: f32) {
        // That of another thread may be lost: a lower floor is right, too.
        if floor > self.get() {
            self.0.store(floor.to_bits(), Ordering::Relaxed);
        }
    }
}

/// Shows each row of the product of `queries` and `candidates`, a range of candidates after the other, as (query, first
/// candidate, scores).
fn products(
    queries: ArrayView2<'_, f32>,
    candidates: ArrayView2<'_, f32>,
    scores: &mut Vec<f32>,
    mut see: impl FnMut(usize, usize, &mut [f32]),
) {
    // Scores are looked at with the instructions of this processor, not those of the oldest that the program runs on.
    let arch = Arch::new();
    scores.resize(QUERIES_PER_BLOCK * CANDIDATES_PER_BLOCK, 0.0);
    for (block_idx, block) in candidates.axis_chunks_iter(Axis(0), CANDIDATES_PER_BLOCK).enumerate() {
        let width = block.nrows();
        let scores = &mut scores[..queries.nrows() * width];
        let into = MatMut::from_row_major_slice_mut(scores, queries.nrows(), width);
        matmul(into, Accum::Replace, faer_view(queries), faer_view(block).transpose(), 1.0, Par::Seq);
        arch.dispatch(
            #[inline(always)]
            || {
                for (row, scores) in scores.chunks_exact_mut(width).enumerate() {
                    see(row, block_idx * CANDIDATES_PER_BLOCK, scores);
                }
            },
        );
    }
}

fn rows_from(rows: ArrayView2<'_, f32>, start: usize, n: usize) -> ArrayView2<'_, f32> {
    let end = (start + n).min(rows.nrows());
    rows.slice_move(s![start..end, ..])
}
