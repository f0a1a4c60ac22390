//! Rows of every way of pooling as numpy works them out (`scripts/goldens/word_encoders.py`).

use std::path::Path;

use ndarray::Array2;
use serde_json::Value;
use wordferry_encode::{Encoder, Pooling, WordEncoder};
use wordferry_vectors::Loader;

const TOLERANCE: f32 = 1e-5;

fn rows(name: &str) -> Array2<f32> {
    let text = std::fs::read_to_string(golden("rows.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let rows = expected[name].as_array().unwrap();
    let d = rows[0].as_array().unwrap().len();
    Array2::from_shape_fn((rows.len(), d), |(i, j)| rows[i][j].as_f64().unwrap() as f32)
}

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name)
}

fn check(name: &str, n_to_learn_from: impl Fn(usize) -> usize) {
    let text = std::fs::read_to_string(golden("texts.txt")).unwrap();
    let texts: Vec<&str> = text.lines().collect();
    let embeddings = Loader::new().open(golden("words.vec")).unwrap();
    let mut encoder = WordEncoder::new(embeddings, Pooling::from_name(name).unwrap());
    encoder.fit(&texts[..n_to_learn_from(texts.len())]);
    let (found, expected) = (encoder.encode(&texts).unwrap(), rows(name));
    assert_eq!((found.dim(), encoder.dimension()), (expected.dim(), expected.ncols()), "{name}");
    let largest = (&found - &expected).iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    assert!(largest < TOLERANCE, "{name}: {largest} away");
}

#[test]
fn rows_are_those_of_numpy() {
    for name in ["mean", "sif", "usif", "mean-max"] {
        check(name, |n_texts| n_texts);
    }
    check("tf-idf", |n_texts| n_texts / 2);
}
