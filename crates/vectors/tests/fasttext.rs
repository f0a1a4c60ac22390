//! fastText models give the vectors that fastText itself gives: `goldens/make_fasttext.py` made them.

use std::path::{Path, PathBuf};

use wordferry_vectors::{Embeddings, Found, Loader};

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn words() -> Vec<String> {
    let words = std::fs::read_to_string(goldens().join("words.txt")).unwrap();
    words.lines().map(str::to_owned).collect()
}

fn expected(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(goldens().join(name).with_extension("f32")).unwrap();
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

fn open(name: &str) -> Embeddings {
    Loader::new().open(goldens().join(name)).unwrap()
}

/// Known and unknown words: `n_known` in the vocabulary, `n_composed` from n-grams, the others all zeros.
fn check(model: &str, n_known: usize, n_composed: usize) {
    let embeddings = open(&format!("{model}.bin"));
    let (words, expected) = (words(), expected(model));
    let d = embeddings.dimension();
    assert_eq!(expected.len(), words.len() * d);
    let (mut known, mut composed) = (0, 0);
    let mut out = vec![0.0; d];
    for (word, expected) in words.iter().zip(expected.chunks_exact(d)) {
        match embeddings.vector_into(word, &mut out) {
            Some(Found::Word(id)) => {
                known += 1;
                assert_eq!(embeddings.row(id), out);
            }
            Some(Found::Subwords) => composed += 1,
            None => {}
        }
        let same = out.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-6);
        assert!(same, "{model}, {word}: {out:?} instead of {expected:?}");
    }
    assert_eq!((known, composed), (n_known, n_composed), "{model}");
    assert_eq!(known, embeddings.len());
}

#[test]
fn word_vectors_are_those_of_fasttext() {
    check("skipgram", 60, 2965);
    check("cbow", 60, 2965);
    check("words_only", 60, 0);
    check("supervised", 60, 2965);
    check("supervised_plain", 60, 0);
}

#[test]
fn counts_are_of_words() {
    let embeddings = open("skipgram.bin");
    let counts = embeddings.counts().unwrap();
    let end = embeddings.vocabulary().get("</s>").unwrap();
    assert_eq!(counts[end.index()], 400);
    assert_eq!(counts.iter().sum::<u64>(), 400 * 10);
}

#[test]
fn a_limit_leaves_the_n_grams() {
    let whole = open("skipgram.bin");
    let limited = Loader::new().limit(5).open(goldens().join("skipgram.bin")).unwrap();
    assert_eq!(limited.len(), 5);
    let mut out = [[0.0; 4]; 2];
    assert_eq!(whole.vector_into("unseen", &mut out[0]), Some(Found::Subwords));
    assert_eq!(limited.vector_into("unseen", &mut out[1]), Some(Found::Subwords));
    assert_eq!(out[0], out[1]);
}

#[test]
fn compressed_models_are_the_same() {
    let plain = std::fs::read(goldens().join("skipgram.bin")).unwrap();
    let compressed = zstd::encode_all(plain.as_slice(), 1).unwrap();
    let read = Loader::new().read(compressed.as_slice(), "compressed").unwrap();
    assert_eq!(read.space(), open("skipgram.bin").space());
    assert_eq!(read.matrix(), open("skipgram.bin").matrix());
}

/// A model cut at every byte is an error that names the file, never a panic.
#[test]
fn cut_models_are_refused() {
    let whole = std::fs::read(goldens().join("words_only.bin")).unwrap();
    let n_output = 60 * 3 * 4 + 17;
    for length in 0..whole.len() - n_output {
        let error = Loader::new().read(&whole[..length], "cut.bin").unwrap_err();
        assert!(error.is_invalid_data() && error.to_string().contains("cut.bin"), "{length}: {error}");
    }
    Loader::new().read(&whole[..whole.len() - n_output], "whole.bin").unwrap();
}

/// Every field of the head set to numbers that lie: an error or a model, never a panic or a huge allocation.
#[test]
fn lying_models_do_no_harm() {
    let whole = std::fs::read(goldens().join("skipgram.bin")).unwrap();
    let head = (0..100).chain(whole.len() - 2000..whole.len() - 1800);
    for at in head {
        for lie in [0_i64, 1, -1, 1 << 31, 1 << 40, i64::MAX, i64::MIN] {
            let mut bytes = whole.clone();
            bytes[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let _ = Loader::new().read(bytes.as_slice(), "lie.bin");
        }
    }
}
