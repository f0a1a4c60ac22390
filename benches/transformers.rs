//! How many texts a second a transformer encodes, and how near that comes to what the machine multiplies.
//!
//! `cargo bench --bench transformers -- FOLDER TEXTS [f32|bf16|int8] [ROUNDS]`: the median of some rounds over the lines of a file, and of
//! one short text by itself. The rate of the forward pass counts its products' operations alone, over all of its time; beside
//! it stand those of the same loop on square matrices, and of `f32` products by whatever is fastest here.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::time::Instant;

use ndarray::Array2;
use wordferry::encode::{Encoder, Precision, Product, TransformerLoader};
use wordferry::vectors::map::multiply;

/// Rows and columns of the square matrices.
const SIDE: usize = 1536;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [folder, texts, rest @ ..] = &arguments[..] else {
        println!("not run: it needs FOLDER TEXTS [f32|bf16|int8] [ROUNDS]");
        return;
    };
    let precision =
        rest.first().map_or(Precision::F32, |name| Precision::from_name(name).expect("a precision"));
    let rounds = rest.get(1).map_or(5, |rounds| rounds.parse().expect("a number of rounds"));
    let encoder = TransformerLoader::new().precision(precision).open(folder).expect("a transformer");
    let texts = std::fs::read_to_string(texts).expect("a file of texts");
    let texts: Vec<&str> = texts.lines().collect();
    let seconds = median(rounds, || drop(encoder.encode(&texts).expect("rows")));
    println!(
        "{} texts: {seconds:.3} s, {:.1} a second in {}",
        texts.len(),
        texts.len() as f64 / seconds,
        precision.name()
    );
    let pass = encoder.n_operations(&texts).expect("tokens") as f64 / seconds / 1e9;
    let product = product(precision, rounds);
    println!(
        "forward pass {pass:.0} GFLOP/s, products of {SIDE} × {SIDE} matrices {product:.0} GFLOP/s: {:.0} % of that",
        100.0 * pass / product
    );
    let [own, faer] = [self::product(Precision::F32, rounds), by_faer(rounds)];
    println!(
        "f32 products of this machine: {own:.0} GFLOP/s by the same loop, {faer:.0} by faer; the pass reaches {:.0} % of the faster",
        100.0 * pass / own.max(faer)
    );
    let seconds = median(100, || drop(encoder.encode(&["a short text, to be read at once"]).expect("rows")));
    println!("one short text: {:.2} ms", seconds * 1e3);
}

/// The rate of products of square matrices on all cores, in GFLOP/s.
fn product(precision: Precision, rounds: usize) -> f64 {
    let square = Array2::from_shape_fn((SIDE, SIDE), |(i, j)| ((i * 7 + j * 3) % 11) as f32 * 0.1 - 0.5);
    let product = Product::new(square.view(), precision);
    2.0 * (SIDE as f64).powi(3) / median(rounds, || drop(product.apply(square.view()))) / 1e9
}

/// The same for `f32` by faer, a block of rows a core.
fn by_faer(rounds: usize) -> f64 {
    let n = 1024 * rayon::current_num_threads();
    let [left, right] = [n, SIDE]
        .map(|n| Array2::from_shape_fn((n, SIDE), |(i, j)| ((i * 7 + j * 3) % 11) as f32 * 0.1 - 0.5));
    let seconds = median(rounds, || drop(multiply(left.view(), right.view())));
    2.0 * n as f64 * (SIDE as f64).powi(2) / seconds / 1e9
}

/// The median time of some calls, after one that is not counted.
fn median(rounds: usize, mut call: impl FnMut()) -> f64 {
    call();
    let mut seconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[rounds / 2]
}
