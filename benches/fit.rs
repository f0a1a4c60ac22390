//! How long a logistic classifier takes to train on dense features.
//!
//! `cargo bench --bench fit -- ROWS LABELS L2 WEIGHTS` reads rows of `f32` and one byte a label, as numpy's `tofile` writes them, prints the seconds, and writes
//! the weights and, below them, the bias, (d + 1) × c of `f32`. `scripts/peers_fit.py` runs it beside scikit-learn. Without arguments it takes 20,000 × 100 rows of its own.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::error::Error;
use std::time::Instant;

use ndarray::{Array2, Axis, concatenate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry::classify::{Examples, Head};
use wordferry::vectors::{Features, Space};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let (rows, labels, l2, weights) = match arguments.as_slice() {
        [] => {
            let (rows, labels) = drawn(20_000, 100);
            (rows, labels, 1e-3, None)
        }
        [rows, labels, l2, weights] => {
            let labels: Vec<usize> = std::fs::read(labels)?.into_iter().map(usize::from).collect();
            let bytes = std::fs::read(rows)?;
            let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("four bytes"));
            let values: Vec<f32> = bytes.chunks_exact(4).map(value).collect();
            let shape = (labels.len(), values.len() / labels.len().max(1));
            (Array2::from_shape_vec(shape, values)?, labels, l2.parse()?, Some(weights))
        }
        _ => return Err("usage: ROWS LABELS L2 WEIGHTS".into()),
    };
    let n_classes = labels.iter().max().map_or(0, |most| most + 1);
    let classes: Vec<String> = (0..n_classes).map(|class| class.to_string()).collect();
    let features = Features::from(rows);
    let start = Instant::now();
    let examples = Examples::new(&features, &labels, &classes)?;
    let classifier = Head::Logistic.fit(Space::of(&[b"fit"]), &examples, l2)?;
    println!("{:.4}", start.elapsed().as_secs_f64());
    if let Some(path) = weights {
        let bias = classifier.bias().insert_axis(Axis(0)).to_owned();
        let all = concatenate![Axis(0), classifier.weights(), bias];
        let bytes: Vec<u8> = all.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Rows whose first column tells the class, more or less.
fn drawn(n: usize, d: usize) -> (Array2<f32>, Vec<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let rows = Array2::from_shape_fn((n, d), |_| rng.random_range(-1.0f32..1.0));
    let mut label = |value: f32| usize::from(value + rng.random_range(-1.0..1.0) > 0.0);
    let labels = (0..n).map(|row| label(rows[[row, 0]])).collect();
    (rows, labels)
}
