//! Static models against the Python package (`scripts/goldens/static_models.py`), and folders that are none.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wordferry_encode::{Coverage, Encoder, Error, StaticEncoder};
use wordferry_vectors::Artefact;

const TOLERANCE: f32 = 1e-5;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/static")
}

fn expected() -> Value {
    serde_json::from_slice(&fs::read(data().join("expected.json")).unwrap()).unwrap()
}

fn texts(expected: &Value) -> Vec<&str> {
    expected["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// A copy of a model's folder that may be changed.
fn copied(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(data().join(name)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn rows_are_those_of_the_python_package() {
    let expected = expected();
    let texts = texts(&expected);
    for (name, rows) in expected["rows"].as_object().unwrap() {
        let encoder = StaticEncoder::open(&data().join(name)).unwrap();
        // Twice, as the second time finds its tokens in memory.
        for found in [encoder.encode(&texts).unwrap(), encoder.encode(&texts).unwrap()] {
            for (row, (expected, text)) in
                found.rows().into_iter().zip(rows.as_array().unwrap().iter().zip(&texts))
            {
                let expected = expected.as_array().unwrap();
                let near = |(value, expected): (&f32, &Value)| {
                    (value - expected.as_f64().unwrap() as f32).abs() <= TOLERANCE
                };
                assert!(row.iter().zip(expected).all(near), "{name} {text:?}: {row} instead of {expected:?}");
            }
        }
    }
}

#[test]
fn an_artefact_gives_the_same_encoder_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let expected = expected();
    let texts = texts(&expected);
    let mut spaces = Vec::new();
    for name in ["word_piece", "unigram", "sentence_transformers"] {
        let encoder = StaticEncoder::open(&data().join(name)).unwrap();
        let mut artefact = Artefact::new("model");
        encoder.put(&mut artefact);
        artefact.save(&path).unwrap();
        let taken = StaticEncoder::take(&Artefact::open(&path, "model").unwrap()).unwrap();
        assert_eq!(taken.space(), encoder.space());
        assert_eq!(taken.encode(&texts).unwrap(), encoder.encode(&texts).unwrap());
        spaces.push(encoder.space());
    }
    spaces.dedup();
    assert_eq!(spaces.len(), 3);
}

#[test]
fn the_space_depends_on_the_length_of_rows() {
    let folder = copied("word_piece");
    let before = StaticEncoder::open(folder.path()).unwrap().space();
    fs::write(folder.path().join("config.json"), r#"{"normalize": false}"#).unwrap();
    assert_ne!(StaticEncoder::open(folder.path()).unwrap().space(), before);
}

#[test]
fn coverage_counts_known_tokens() {
    let encoder = StaticEncoder::open(&data().join("word_piece")).unwrap();
    let coverage = encoder.coverage(&["a film", "这 a", ""]).unwrap();
    assert_eq!(coverage, Coverage { n_tokens: 4, n_words: 3, n_subwords: 0 });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let encoder = StaticEncoder::open(&data().join("unigram")).unwrap();
    let expected = expected();
    let texts = texts(&expected).repeat(20);
    let with = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let one = with(1).install(|| encoder.encode(&texts).unwrap());
    assert_eq!(with(5).install(|| encoder.encode(&texts).unwrap()), one);
}

#[test]
fn long_and_odd_texts_are_taken() {
    let folder = copied("word_piece");
    let long = ["word ".repeat(200_000), "x".repeat(1_000_000), "😀".repeat(250_000), " ".repeat(1_000_000)];
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    for config in ["{}", r#"{"max_length": null}"#, r#"{"max_length": 0}"#] {
        fs::write(folder.path().join("config.json"), config).unwrap();
        let rows = StaticEncoder::open(folder.path()).unwrap().encode(&long).unwrap();
        assert!(rows.iter().all(|value| value.is_finite()), "{config}");
        assert!(rows.row(3).iter().all(|value| *value == 0.0));
    }
    let rows = StaticEncoder::open(folder.path()).unwrap().encode(&[]).unwrap();
    assert_eq!(rows.dim(), (0, 8));
}

/// What opening says of a copy of a model's folder once `damage` has been done to it.
fn check(damage: impl Fn(&Path), expected: &str) {
    let folder = copied("word_piece");
    damage(folder.path());
    let error = StaticEncoder::open(folder.path()).err().expect("an error");
    let message = format!("{error} hint: {}", error.hint().unwrap_or_default());
    assert!(message.contains(expected), "{message} instead of {expected}");
    if let Error::Model { name, .. } = error {
        assert!(Path::new(&name).starts_with(folder.path()));
    }
}

#[test]
fn folders_that_are_no_static_models_are_refused() {
    for name in ["model.safetensors", "tokenizer.json"] {
        check(|folder| fs::remove_file(folder.join(name)).unwrap(), &format!("found no {name}"));
    }
    let no_config = "found no config.json or config_sentence_transformers.json";
    check(|folder| fs::remove_file(folder.join("config.json")).unwrap(), no_config);
    check(
        |folder| fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).unwrap(),
        "found pytorch_model.bin, a pickle",
    );
    check(|folder| fs::write(folder.join("tokenizer.json"), "{}").unwrap(), "expected a tokenizer");
    check(|folder| fs::write(folder.join("config.json"), "{").unwrap(), "expected JSON");
    check(
        |folder| fs::write(folder.join("config.json"), r#"{"max_length": -1}"#).unwrap(),
        "`max_length` of -1",
    );
    check(|folder| fs::write(folder.join("config.json"), r#"{"normalize": 1}"#).unwrap(), "`normalize` of 1");
    let larger = data().join("sentence_transformers/0_StaticEmbedding/tokenizer.json");
    check(
        |folder| assert!(fs::copy(&larger, folder.join("tokenizer.json")).is_ok()),
        "found a tokenizer of 300 tokens beside 220 rows of vectors",
    );
    assert!(StaticEncoder::open(Path::new("no such folder")).is_err());
    assert!(StaticEncoder::open(&data().join("expected.json")).is_err());
}

#[test]
fn cut_matrices_are_refused() {
    let folder = copied("word_piece");
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(StaticEncoder::open(folder.path()).is_err(), "{length}");
    }
}
