//! Transformers with tiny random weights against PyTorch: `scripts/goldens/encoders.py` made what is expected.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde_json::Value;
use wordferry_encode::{Encoder, Precision, Tokenizer, TransformerLoader};

const ALL: [&str; 5] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transformers").join(name)
}

/// The texts of a file of expected rows, and the rows.
fn golden(path: &Path) -> (Vec<String>, Array2<f32>, Value) {
    let golden: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let texts =
        golden["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    let rows = golden["rows"].as_array().unwrap();
    let values =
        rows.iter().flat_map(|row| row.as_array().unwrap()).map(|value| value.as_f64().unwrap() as f32);
    let values: Vec<f32> = values.collect();
    let shape = (rows.len(), values.len() / rows.len());
    (texts, Array2::from_shape_vec(shape, values).unwrap(), golden)
}

fn strings(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn greatest_difference(found: ArrayView2<'_, f32>, expected: ArrayView2<'_, f32>) -> f32 {
    assert_eq!(found.dim(), expected.dim());
    found.iter().zip(expected).fold(0.0, |most, (a, b)| (a - b).abs().max(most))
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

#[test]
fn rows_are_those_of_pytorch() {
    for name in ALL {
        let (texts, expected, _) = golden(&folder(name).join("expected.json"));
        let encoder = TransformerLoader::new().open(folder(name)).unwrap();
        let found = encoder.encode(&strings(&texts)).unwrap();
        let difference = greatest_difference(found.view(), expected.view());
        assert!(difference < 1e-5, "{name}: {difference}");
    }
}

#[test]
fn tokens_are_those_of_python() {
    for name in ALL {
        let (texts, _, golden) = golden(&folder(name).join("expected.json"));
        let tokenizer = Tokenizer::open(&folder(name).join("tokenizer.json")).unwrap();
        let encoder = TransformerLoader::new().open(folder(name)).unwrap();
        for (text, expected) in texts.iter().zip(golden["ids"].as_array().unwrap()) {
            let text = format!("{}{text}", encoder.prompt());
            let found = tokenizer.ids_with_special(&text, encoder.max_length()).unwrap();
            assert_eq!(&serde_json::json!(found), expected, "{name}: {text:?}");
        }
    }
}

#[test]
fn fewer_bits_give_nearly_the_same() {
    for name in ALL {
        let (texts, expected, _) = golden(&folder(name).join("expected.json"));
        for (precision, least) in [(Precision::Bf16, 0.999), (Precision::Int8, 0.99)] {
            let encoder = TransformerLoader::new().precision(precision).open(folder(name)).unwrap();
            let found = encoder.encode(&strings(&texts)).unwrap();
            for (found, expected) in found.rows().into_iter().zip(expected.rows()) {
                let cosine = cosine(found, expected);
                assert!(cosine > least, "{name} in {}: {cosine}", precision.name());
            }
        }
    }
}

#[test]
fn a_row_depends_on_its_text_alone() {
    for precision in Precision::ALL {
        let (texts, _, _) = golden(&folder("bert").join("expected.json"));
        let encoder = TransformerLoader::new().precision(precision).open(folder("bert")).unwrap();
        let all = encoder.encode(&strings(&texts)).unwrap();
        for (text, row) in texts.iter().zip(all.rows()) {
            assert_eq!(encoder.encode(&[text]).unwrap().row(0), row, "{text:?}");
        }
    }
}

#[test]
fn minilm_is_that_of_sentence_transformers() {
    let Some(minilm) = std::env::var_os("WORDFERRY_MINILM") else {
        eprintln!("skipped: WORDFERRY_MINILM names no folder of all-MiniLM-L6-v2");
        return;
    };
    let (texts, expected, _) = golden(&folder("minilm.json"));
    let encoder = TransformerLoader::new().open(minilm).unwrap();
    let found = encoder.encode(&strings(&texts)).unwrap();
    let difference = greatest_difference(found.view(), expected.view());
    assert!(difference < 1e-5, "{difference}");
}
