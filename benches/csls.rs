//! How fast CSLS finds translations where r is a mean over all rows of the other side.
//!
//! `cargo bench --bench csls -- [N_WORDS] [DIMENSION] [N_QUERIES]`, 50,000 × 300 and 1,500 by default: `N_WORDS` words on either
//! side, and each has a translation, the same row with as much noise again. One run of each.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::time::Instant;

use ndarray::{Array2, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry::align::{Candidates, Criterion};
use wordferry::vectors::normalise::unit_rows;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let mut number = |default| numbers.next().unwrap_or(default);
    let (n, d, q) = (number(50_000), number(300), number(1_500));
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let mut noise = || Array2::from_shape_simple_fn((n, d), || rng.random_range(-1.0_f32..1.0));
    let source = noise();
    let target = unit_rows(&source + noise());
    let source = unit_rows(source);
    let queries = source.slice(s![..q.min(n), ..]);

    println!("{n} words × {d} on either side, {} queries, top 10", queries.nrows());
    let start = Instant::now();
    let candidates = Candidates::new(target.view(), source.view(), Criterion::Csls { k: 10 });
    assert_eq!(candidates.nearest(queries, 10).len(), queries.nrows());
    report("what can win", start, n * d * (n + 2 * q));
    let start = Instant::now();
    let candidates = Candidates::new(target.view(), source.view(), Criterion::Margin { k: 10 });
    assert_eq!(candidates.nearest(queries, 10).len(), queries.nrows());
    report("all (as the margin needs it)", start, n * d * (n + 2 * q));
}

/// Seconds, and the rate of all products as if none had been left out.
fn report(measured: &str, start: Instant, products: usize) {
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "r of {measured}: {seconds:.2} s, {:.0} GFLOP/s of all products",
        2.0 * products as f64 / seconds / 1e9
    );
}
