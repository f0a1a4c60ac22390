//! Transformers with tiny random weights against PyTorch: `scripts/goldens/encoders.py` made what is expected.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde_json::Value;
use wordferry_encode::{Encoder, Engine, Precision, Tokenizer, TransformerLoader};

const ALL: [&str; 6] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "albert"];

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
    for engine in Engine::ALL.into_iter().filter(|engine| engine.check().is_ok()) {
        // rust-bert's layer norm has another epsilon than RoBERTa's.
        let is_exact = |name: &&str| engine != Engine::RustBert || !name.ends_with("roberta");
        for name in ALL.into_iter().filter(is_exact) {
            let encoder = match TransformerLoader::new().engine(engine).open(folder(name)) {
                Err(refused) if (engine, name) == (Engine::RustBert, "mpnet") => {
                    assert!(refused.to_string().ends_with("found MPNet"), "{refused}");
                    assert_eq!(refused.hint(), Some("use --engine own or --engine candle"));
                    continue;
                }
                opened => opened.unwrap(),
            };
            let (texts, expected, _) = golden(&folder(name).join("expected.json"));
            let found = encoder.encode(&strings(&texts)).unwrap();
            let difference = greatest_difference(found.view(), expected.view());
            assert!(difference < 1e-5, "{name} by {engine}: {difference}");
        }
    }
}

#[test]
fn rust_bert_differs_by_the_epsilon_alone() {
    if Engine::RustBert.check().is_err() {
        eprintln!("skipped: this build has no rust-bert");
        return;
    }
    for name in ["roberta", "xlm-roberta"] {
        let copy = tempfile::tempdir().unwrap();
        copy_files(&folder(name), copy.path());
        let path = copy.path().join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config["layer_norm_eps"] = 1e-12.into();
        std::fs::write(&path, config.to_string()).unwrap();
        let (texts, _, _) = golden(&folder(name).join("expected.json"));
        let rows = [Engine::Own, Engine::RustBert].map(|engine| {
            TransformerLoader::new()
                .engine(engine)
                .open(copy.path())
                .unwrap()
                .encode(&strings(&texts))
                .unwrap()
        });
        let difference = greatest_difference(rows[0].view(), rows[1].view());
        assert!(difference < 1e-5, "{name}: {difference}");
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        match entry.is_dir() {
            true => copy_files(&entry, &target),
            false => drop(std::fs::copy(&entry, target).unwrap()),
        }
    }
}

#[test]
fn all_engines_are_of_one_space() {
    let spaces = Engine::ALL
        .into_iter()
        .filter(|engine| engine.check().is_ok())
        .map(|engine| TransformerLoader::new().engine(engine).open(folder("bert")).unwrap().space());
    let own = TransformerLoader::new().open(folder("bert")).unwrap().space();
    spaces.for_each(|space| assert_eq!(space, own));
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

/// A copy of the tiny BERT's folder that `change` has been at, and what opening it says.
fn broken(change: impl FnOnce(&Path)) -> String {
    let copy = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(folder("bert").join(file), copy.path().join(file)).unwrap();
    }
    change(copy.path());
    let error = TransformerLoader::new().open(copy.path()).err().expect("an error");
    format!("{error}; {}", error.hint().unwrap_or("no hint"))
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn folders_that_are_none_are_refused() {
    let check = |found: String, expected: &[&str]| {
        expected.iter().for_each(|part| assert!(found.contains(part), "{found}, without {part}"));
    };
    for file in ["config.json", "tokenizer.json"] {
        check(broken(|copy| std::fs::remove_file(copy.join(file)).unwrap()), &[file]);
        check(broken(|copy| std::fs::write(copy.join(file), "{").unwrap()), &[file]);
        check(broken(|copy| std::fs::write(copy.join(file), "[]").unwrap()), &[file]);
    }
    check(broken(|copy| std::fs::remove_file(copy.join("tokenizer.json")).unwrap()), &["save_pretrained"]);
    let pooling = |copy: &Path| {
        let modules =
            r#"[{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}]"#;
        std::fs::write(copy.join("modules.json"), modules).unwrap();
    };
    check(
        broken(pooling),
        &["expected config.json, found no such file", "1_Pooling", "with the folders in it"],
    );
    let index = |copy: &Path| {
        std::fs::remove_file(copy.join("model.safetensors")).unwrap();
        std::fs::write(copy.join("model.safetensors.index.json"), r#"{"weight_map": {"a": "../x"}}"#)
            .unwrap();
    };
    check(broken(index), &["the names of files beside it", "../x"]);
    let weights = |copy: &Path| copy.join("model.safetensors");
    check(broken(|copy| std::fs::remove_file(weights(copy)).unwrap()), &["found no such file"]);
    let pickle = |copy: &Path| std::fs::rename(weights(copy), copy.join("pytorch_model.bin")).unwrap();
    check(broken(pickle), &["found pytorch_model.bin alone", "safe_serialization"]);
    let shard =
        |copy: &Path| std::fs::rename(weights(copy), copy.join("pytorch_model-00001-of-00001.bin")).unwrap();
    check(broken(shard), &["found pytorch_model-00001-of-00001.bin alone", "safe_serialization"]);
    let bytes = std::fs::read(folder("bert").join("model.safetensors")).unwrap();
    for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
        check(
            broken(|copy| std::fs::write(weights(copy), &bytes[..length]).unwrap()),
            &["model.safetensors"],
        );
    }
    let config =
        |from: &'static str, to: &'static str| broken(|copy| replace(&copy.join("config.json"), from, to));
    check(config(r#""model_type": "bert""#, r#""model_type": "t5""#), &[r#"found "t5""#, "bert, distilbert"]);
    check(config(r#""hidden_size": 16"#, r#""hidden_size": 32"#), &["of shape [", "found shape"]);
    check(config(r#""hidden_size": 16"#, r#""hidden_size": 15"#), &["15 values and 2 heads"]);
    check(config(r#""num_hidden_layers": 2"#, r#""num_hidden_layers": 3"#), &["none of this name"]);
    check(
        config(r#""num_hidden_layers": 2"#, r#""num_hidden_layers": -1"#),
        &["`num_hidden_layers` as a whole number"],
    );
    check(config(r#""vocab_size": "#, r#""vocab_size": 1, "was": "#), &["a tokenizer of at most 1 tokens"]);
    check(config(r#""hidden_act": "gelu""#, r#""hidden_act": "silu""#), &["the activation gelu"]);
}

#[test]
fn any_text_has_a_row() {
    for name in ALL {
        let encoder = TransformerLoader::new().open(folder(name)).unwrap();
        let long = "a ".repeat(500_000);
        let rows = encoder.encode(&["", " ", "\u{0}\u{feff}", &long, &"x".repeat(1_000_000)]).unwrap();
        assert_eq!(rows.nrows(), 5);
        assert!(rows.iter().all(|value| value.is_finite()), "{name}");
        assert_eq!(encoder.encode(&[]).unwrap().nrows(), 0);
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
