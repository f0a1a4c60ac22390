//! Bridges from small word vectors into a transformer with tiny random weights.

use std::path::Path;

use ndarray::Array2;
use wordferry_encode::{
    Bridge, BridgeMethod, Encoder, EncoderLoader, Error, ParallelSentences, Pooling, TransformerEncoder,
    TransformerLoader, WordEncoder,
};
use wordferry_vectors::{Embeddings, Vocabulary};

const WORDS: [&str; 12] = ["the", "a", "he", "she", "it", "is", "was", "good", "bad", "not", "very", "house"];

fn teacher() -> TransformerEncoder {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transformers/bert");
    TransformerLoader::new().open(folder).unwrap()
}

/// Vectors of the words backwards, as if of another language.
fn foreign() -> WordEncoder {
    let words = WORDS.map(backwards);
    let matrix =
        Array2::from_shape_fn((words.len(), 3), |(i, j)| ((i * 31 + j * 17 + i * i) % 13) as f32 - 6.0);
    let embeddings = Embeddings::new(Vocabulary::from_words(&words), matrix).unwrap();
    WordEncoder::new(embeddings, Pooling::default())
}

fn backwards(text: &str) -> String {
    text.split(' ').map(|word| word.chars().rev().collect()).collect::<Vec<String>>().join(" ")
}

fn sentences(n: usize) -> Vec<String> {
    let word = |i: usize| WORDS[i % WORDS.len()];
    (0..n).map(|i| [word(i), word(i / 12 + 5), word(i * i + i / 7)].join(" ")).collect()
}

fn parallel(n: usize) -> ParallelSentences {
    let pairs: Vec<(String, String)> =
        sentences(n).into_iter().map(|text| (backwards(&text), text)).collect();
    ParallelSentences::new(pairs.iter().map(|(text, translation)| (&**text, &**translation)))
}

fn bridge(method: BridgeMethod) -> Bridge {
    Bridge::fit(foreign(), &teacher(), &parallel(400), method).unwrap()
}

#[test]
fn rows_are_of_the_teachers_space() {
    for method in BridgeMethod::ALL {
        let bridge = bridge(method);
        assert_eq!(bridge.space(), teacher().space());
        assert_eq!(bridge.dimension(), teacher().dimension());
        let rows = bridge.encode(&["doog si ti", "unknown", ""]).unwrap();
        assert_eq!(rows.dim(), (3, teacher().dimension()));
        assert!(rows.row(0).iter().any(|value| *value != 0.0));
        assert!(rows.row(1).iter().chain(rows.row(2)).all(|value| *value == 0.0));
    }
}

#[test]
fn vectors_of_words_tell_more_than_a_map_of_three_values() {
    let [words, ridge, procrustes] = BridgeMethod::ALL.map(|method| bridge(method).evidence());
    assert!(
        words.cosine > ridge.cosine && ridge.cosine > procrustes.cosine - 1e-3,
        "{words:?} {ridge:?} {procrustes:?}"
    );
    assert!(words.p_at_1 > ridge.p_at_1, "{words:?} {ridge:?}");
    assert_eq!((words.n_words, ridge.n_words), (WORDS.len(), 0));
    assert_eq!(words.n_pairs, 400);
}

#[test]
fn what_is_saved_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["doog si ti", "dab yrev", "esuoh"];
    for method in BridgeMethod::ALL {
        let (path, bridge) = (folder.path().join(method.name()), bridge(method));
        bridge.save(&path).unwrap();
        let opened = Bridge::open(&path).unwrap();
        assert_eq!((opened.space(), opened.method()), (bridge.space(), method));
        assert_eq!(opened.evidence(), bridge.evidence());
        assert_eq!(opened.encode(&texts).unwrap(), bridge.encode(&texts).unwrap());
        let found = EncoderLoader::new().open(&path).unwrap().into_dense().unwrap();
        assert_eq!(found.encode(&texts).unwrap(), bridge.encode(&texts).unwrap());
        let length = std::fs::metadata(&path).unwrap().len() as usize;
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..length - 5]).unwrap();
        assert!(Bridge::open(&path).is_err());
    }
}

#[test]
fn too_few_known_sentences_are_an_error() {
    let swapped: Vec<String> = sentences(200);
    let pairs = ParallelSentences::new(swapped.iter().map(|text| (&**text, &**text)));
    match Bridge::fit(foreign(), &teacher(), &pairs, BridgeMethod::Words) {
        Err(Error::TooFewPairs { n_known, n: 200, .. }) => assert!(n_known < 100),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("expected an error"),
    }
}
