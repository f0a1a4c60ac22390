//! Bridges from small word vectors into a transformer with tiny random weights.

use std::path::Path;

use ndarray::{Array2, Axis};
use wordferry_encode::{
    Bridge, BridgeMethod, Encoder, EncoderLoader, Error, ParallelSentences, Pooling, Result,
    TransformerEncoder, TransformerLoader, WordEncoder,
};
use wordferry_vectors::{Embeddings, Space, Vocabulary};

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
        let opened = Bridge::open(&path, &EncoderLoader::new()).unwrap();
        assert_eq!((opened.space(), opened.method()), (bridge.space(), method));
        assert_eq!(opened.evidence(), bridge.evidence());
        assert_eq!(opened.encode(&texts).unwrap(), bridge.encode(&texts).unwrap());
        let found = EncoderLoader::new().open(&path).unwrap().into_dense().unwrap();
        assert_eq!(found.encode(&texts).unwrap(), bridge.encode(&texts).unwrap());
        let length = std::fs::metadata(&path).unwrap().len() as usize;
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..length - 5]).unwrap();
        assert!(Bridge::open(&path, &EncoderLoader::new()).is_err());
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

/// The rows of an encoder, turned and stretched: what Procrustes undoes.
struct Turned(TransformerEncoder);

impl Encoder for Turned {
    fn space(&self) -> Space {
        Space::of(&[b"turned", &self.0.space().to_bytes()])
    }

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    /// A text with "bad" is one that it does not know.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let mut rows = self.0.encode(texts)?;
        rows.invert_axis(Axis(1));
        let pairs = rows.rows_mut().into_iter().zip(texts).filter(|(_, text)| text.contains("bad"));
        pairs.for_each(|(mut row, _)| row.fill(0.0));
        Ok(rows.as_standard_layout().into_owned() * 3.0)
    }
}

#[test]
fn procrustes_undoes_a_rotation_and_zeros_teach_nothing() {
    let texts = sentences(900);
    let parallel = ParallelSentences::new(texts.iter().map(|text| (&**text, &**text)));
    let folder = Path::new("turned");
    let bridge = |student, teacher: &dyn Encoder, method| {
        Bridge::between(student, folder, teacher, &parallel, method).unwrap()
    };
    for method in [BridgeMethod::Procrustes, BridgeMethod::Ridge] {
        for to_turned in [false, true] {
            let bridge = match to_turned {
                true => bridge(Box::new(teacher()), &Turned(teacher()), method),
                false => bridge(Box::new(Turned(teacher())), &teacher(), method),
            };
            let evidence = bridge.evidence();
            assert!(evidence.cosine > 0.999, "{method:?}: {evidence:?}");
            let n_known = texts.iter().filter(|text| !text.contains("bad")).count();
            assert_eq!(evidence.n_pairs, n_known, "sentences with a zero on either side are left out");
        }
    }
}

#[test]
fn sentences_count_once() {
    let texts = ["good it is", "is it good", "the house"];
    let pairs = ParallelSentences::new((0..300).map(|i| (texts[i % 3], texts[i % 3])));
    let refused =
        Bridge::between(Box::new(teacher()), Path::new("a"), &teacher(), &pairs, BridgeMethod::Ridge);
    match refused.err() {
        Some(Error::TooFewPairs { n_known: 3, n: 300, .. }) => {}
        other => panic!("{other:?}"),
    }
}
