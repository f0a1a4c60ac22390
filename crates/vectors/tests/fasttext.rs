//! fastText models give the vectors that fastText itself gives: `goldens/make_fasttext.py` made them.

use std::path::{Path, PathBuf};

use wordferry_vectors::{Artefact, Embeddings, Found, Loader};

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn words() -> Vec<String> {
    let words = std::fs::read_to_string(goldens().join("words.txt")).unwrap();
    words.lines().map(str::to_owned).collect()
}

fn expected(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(goldens().join(format!("{name}.f32"))).unwrap();
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

fn open(name: &str) -> Embeddings {
    Loader::new().open(goldens().join(name)).unwrap()
}

/// Known and unknown words: `n_known` in the vocabulary, `n_composed` from n-grams, the others all zeros.
fn check(model: &str, n_known: usize, n_composed: usize) {
    let (name, _) = model.split_once('.').unwrap();
    let embeddings = open(model);
    let (words, expected) = (words(), expected(name));
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
    check("skipgram.bin", 60, 2991);
    check("cbow.bin", 60, 2991);
    check("words_only.bin", 60, 0);
    check("supervised.bin", 60, 2991);
    check("supervised_plain.bin", 60, 0);
    check("word_n_grams.bin", 60, 0);
}

#[test]
fn vectors_of_quantised_models_are_those_of_fasttext() {
    check("quantised.ftz", 60, 2991);
    check("quantised_norms.ftz", 60, 2991);
    check("pruned.ftz", 53, 2990);
    check("pruned_norms.ftz", 52, 2976);
}

#[test]
fn sentence_vectors_are_those_of_fasttext() {
    let text = std::fs::read_to_string(goldens().join("sentences.txt")).unwrap();
    let models = "skipgram.bin cbow.bin words_only.bin supervised.bin supervised_plain.bin word_n_grams.bin \
        quantised.ftz quantised_norms.ftz pruned.ftz pruned_norms.ftz";
    for model in models.split_whitespace() {
        let (name, _) = model.split_once('.').unwrap();
        let (embeddings, expected) = (open(model), expected(&format!("{name}.sentences")));
        let mut out = vec![0.0; embeddings.dimension()];
        let sentences: Vec<&str> = text.strip_suffix('\n').unwrap().split('\n').collect();
        assert_eq!(sentences.len() * out.len(), expected.len());
        for (sentence, expected) in sentences.into_iter().zip(expected.chunks_exact(out.len())) {
            let found = embeddings.sentence_into(sentence, &mut out);
            let same = out.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-6);
            assert!(same, "{model}, {sentence:?}: {out:?} instead of {expected:?}");
            assert!(found || expected.iter().all(|value| *value == 0.0));
        }
    }
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

#[test]
fn cut_quantised_models_are_refused() {
    let whole = std::fs::read(goldens().join("pruned_norms.ftz")).unwrap();
    // The output: a mark, m, d, and a row of 5 values for each of 3 labels.
    let n_output = 1 + 16 + 3 * 5 * 4;
    for length in (0..whole.len() - n_output).step_by(3) {
        let error = Loader::new().read(&whole[..length], "cut.ftz").unwrap_err();
        assert!(error.is_invalid_data() && error.to_string().contains("cut.ftz"), "{length}: {error}");
    }
    Loader::new().read(&whole[..whole.len() - n_output], "whole.ftz").unwrap();
}

/// Every field of the head set to numbers that lie: an error or a model, never a panic or a huge allocation.
#[test]
fn lying_models_do_no_harm() {
    let length = |model: &str| std::fs::metadata(goldens().join(model)).unwrap().len() as usize;
    lie("skipgram.bin", (0..100).chain(length("skipgram.bin") - 2000..length("skipgram.bin") - 1800));
    lie("pruned_norms.ftz", 0..length("pruned_norms.ftz") - 8);
    lie("quantised.ftz", 0..length("quantised.ftz") - 8);
}

fn lie(model: &str, places: impl Iterator<Item = usize>) {
    let whole = std::fs::read(goldens().join(model)).unwrap();
    for at in places {
        for lie in [0_i64, 1, -1, 1 << 31, 1 << 40, i64::MAX, i64::MIN] {
            let mut bytes = whole.clone();
            bytes[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let Ok(embeddings) = Loader::new().read(bytes.as_slice(), "lie") else { continue };
            let mut out = vec![0.0; embeddings.dimension()];
            embeddings.sentence_into("a word дом and another", &mut out);
        }
    }
}

/// A pruned model that was put into an artefact composes the same vectors.
#[test]
fn artefacts_keep_pruned_n_grams() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let model = open("pruned.ftz");
    let mut artefact = Artefact::new("test");
    model.put(&mut artefact);
    artefact.save(&path).unwrap();
    let taken = Embeddings::take(&Artefact::open(&path, "test").unwrap()).unwrap();
    let mut out = [[0.0; 5]; 2];
    for word in words() {
        let found = model.vector_into(&word, &mut out[0]);
        assert_eq!(taken.vector_into(&word, &mut out[1]), found);
        assert_eq!(out[0], out[1]);
    }
}

#[test]
fn lenient_reading_tells_words_from_n_grams() {
    let mut bytes = std::fs::read(goldens().join("skipgram.bin")).unwrap();
    let whole = Loader::new().read(bytes.as_slice(), "whole").unwrap();
    // From the end: 60 output rows and their head, then rows of 4 values for 60 words and 150 buckets.
    let matrix = bytes.len() - (60 * 16 + 17) - (60 + 150) * 16;
    for row in [3, 60, 61] {
        bytes[matrix + row * 16..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    }
    let error = Loader::new().read(bytes.as_slice(), "a.bin").unwrap_err();
    assert!(error.to_string().contains("found 3 rows with NaN, infinity or a value beyond ±1e15"), "{error}");
    let read = Loader::new().lenient(true).read(bytes.as_slice(), "a.bin").unwrap();
    assert_eq!((read.repairs().zeroed_words, read.repairs().zeroed_n_grams), (1, 2));
    assert_eq!(read.len(), whole.len());
}
