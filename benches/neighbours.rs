//! How fast the nearest words are found, and how far that is from the machine's product of matrices.
//!
//! `cargo bench --bench neighbours -- [N_WORDS] [DIMENSION] [N_QUERIES]`, 100,000 × 300 and 1,000 by default. The floor is
//! faer's own product of the same matrices on all cores, block by block, with nothing looked at.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::time::Instant;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use ndarray::{Array2, s};
use rayon::prelude::*;
use wordferry::align::Candidates;

const ROUNDS: usize = 5;
/// What a core multiplies at a time when the machine's rate is measured.
const BLOCK: usize = 512;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let mut number = |default| numbers.next().unwrap_or(default);
    let (n, d, q) = (number(100_000), number(300), number(1_000));
    let rows = Array2::from_shape_fn((n, d), |(i, j)| noise(i * d + j));
    let queries = rows.slice(s![..q.min(n), ..]).to_owned();
    let flop = 2.0 * n as f64 * d as f64 * queries.nrows() as f64;

    let candidates = Candidates::of_any_length(rows.view());
    let found = median(|| {
        assert_eq!(candidates.nearest(queries.view(), 10).len(), queries.nrows());
    });
    let one = queries.slice(s![..1, ..]);
    let single = median(|| {
        assert_eq!(candidates.nearest(one, 10).len(), 1);
    });
    let rate = product_rate();
    println!(
        "{n} words × {d}, {} queries, top 10, {} threads",
        queries.nrows(),
        rayon::current_num_threads()
    );
    println!("nearest     {found:.3} s, {:.0} GFLOP/s", flop / found / 1e9);
    println!(
        "product     {:.0} GFLOP/s: the search is at {:.0} % of it",
        rate / 1e9,
        100.0 * flop / found / rate
    );
    println!("one query   {:.1} ms, {:.1} GB/s", 1e3 * single, 4.0 * (n * d) as f64 / single / 1e9);
}

/// Numbers that look random and are the same on every machine.
fn noise(i: usize) -> f32 {
    let hash =
        (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (hash >> 40) as f32 / (1 << 24) as f32 - 0.5
}

/// Floating-point operations a second of products on all cores, each core with blocks of its own.
fn product_rate() -> f64 {
    let threads = rayon::current_num_threads();
    let rounds = 40;
    let seconds = median(|| {
        (0..threads).into_par_iter().for_each(|_| {
            let (left, right) = (
                Mat::from_fn(BLOCK, BLOCK, |i, j| noise(i + j)),
                Mat::from_fn(BLOCK, BLOCK, |i, j| noise(i * j)),
            );
            let mut product = Mat::zeros(BLOCK, BLOCK);
            for _ in 0..rounds {
                matmul(&mut product, Accum::Replace, &left, &right, 1.0_f32, Par::Seq);
            }
            std::hint::black_box(&product);
        });
    });
    2.0 * (BLOCK as f64).powi(3) * (rounds * threads) as f64 / seconds
}

fn median(mut run: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}
