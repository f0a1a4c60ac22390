use super::*;
use ndarray::array;
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::normalise::Normalisation;
use wordferry_vectors::{Subwords, Vocabulary};

fn embeddings() -> Embeddings {
    let vocabulary = Vocabulary::from_words(["good", "bad", "film", "well"]);
    let matrix = array![[1.0, 0.0, 0.0], [-1.0, 0.0, 0.5], [0.0, 1.0, 0.25], [0.5, 0.5, 0.0]];
    Embeddings::new(vocabulary, matrix).unwrap()
}

#[test]
fn mean_of_known_words_at_unit_length() {
    let encoder = WordEncoder::new(embeddings(), Pooling::Mean);
    let rows = encoder.encode(&["A GOOD film!", "", "unknown", "well-good"]).unwrap();
    let expected: Array1<f32> = array![1.0, 1.0, 0.25] / (2.0625f32).sqrt();
    assert!((&rows.row(0) - &expected).iter().all(|difference| difference.abs() < 1e-6));
    assert_eq!(rows.row(1), array![0.0, 0.0, 0.0]);
    assert_eq!(rows.row(2), array![0.0, 0.0, 0.0]);
    assert!(rows[[3, 0]] > rows[[3, 1]]);
    let coverage = encoder.coverage(&["a good film", "unknown"]).unwrap();
    assert_eq!(coverage, Coverage { n_tokens: 4, n_words: 2, n_subwords: 0 });
    assert_eq!(coverage.share(), 0.5);
}

#[test]
fn sif_weighs_frequent_words_less_and_removes_what_texts_share() {
    let mut encoder = WordEncoder::new(embeddings(), Pooling::Sif { a: 1e-3 });
    let texts = ["good film", "bad film", "film", "well film"];
    let before = encoder.encode(&["good well"]).unwrap();
    assert!(before[[0, 0]] < 1.0 && before[[0, 1]] > before[[0, 0]] / 2.0);
    encoder.fit(&texts);
    let Learned::Directions { directions, .. } = &encoder.learned else { panic!("expected a direction") };
    for row in encoder.encode(&texts).unwrap().rows() {
        assert!(row.dot(&directions.row(0)).abs() < 1e-5);
    }
}

#[test]
fn the_centre_is_where_an_average_text_lies() {
    let encoder = WordEncoder::new(embeddings(), Pooling::default());
    let centre = |encoder: &WordEncoder| match &encoder.sums {
        Sums::Centred(centre) => centre.clone(),
        _ => panic!("expected a centre"),
    };
    let shifted = Embeddings::new(
        Vocabulary::from_words(["good", "bad", "film", "well"]),
        embeddings().matrix().to_owned() + &array![0.5, -1.0, 2.0],
    );
    let moved = WordEncoder::new(shifted.unwrap(), Pooling::default());
    assert!((centre(&moved) - centre(&encoder) - array![0.5, -1.0, 2.0]).iter().all(|x| x.abs() < 1e-5));
    let (before, after) =
        (encoder.encode(&["a good film"]).unwrap(), moved.encode(&["a good film"]).unwrap());
    assert!(
        (before - after).iter().all(|difference| difference.abs() < 1e-5),
        "a shift of the space cancels"
    );
}

#[test]
fn spaces_differ_by_pooling() {
    let mean = WordEncoder::new(embeddings(), Pooling::Mean);
    let sif = WordEncoder::new(embeddings(), Pooling::Sif { a: 1e-3 });
    assert_ne!(mean.space(), sif.space());
    assert_eq!(mean.space(), WordEncoder::new(embeddings(), Pooling::Mean).space());
}

#[test]
fn document_frequencies_are_of_one_language() {
    let mut english = WordEncoder::new(embeddings(), Pooling::TfIdf);
    let before = english.encode(&["good film"]).unwrap();
    english.fit(&["good film", "bad film", "film", "well"]);
    let after = english.encode(&["good film", "unknown"]).unwrap();
    assert!(before[[0, 0]] < after[[0, 0]], "a film is in most texts");
    let mut same = WordEncoder::new(embeddings(), Pooling::TfIdf);
    same.fit_like(&english).unwrap();
    assert_eq!(same.encode(&["good film", "unknown"]).unwrap(), after);
    let other = Embeddings::new(Vocabulary::from_words(["gut"]), array![[1.0, 0.0, 0.0]]).unwrap();
    let error = WordEncoder::new(other, Pooling::TfIdf).fit_like(&english).unwrap_err();
    assert!(error.to_string().contains("own 1 words, found those of 4 others"), "{error}");
    assert!(error.hint().unwrap().contains("its own language"));
}

/// Saves an artefact, and takes an encoder from it.
fn taken(artefact: &Artefact) -> Result<WordEncoder> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    artefact.save(&path).unwrap();
    WordEncoder::take(&Artefact::open(&path, "model").unwrap())
}

#[test]
fn what_is_put_is_taken() {
    let texts = ["good film", "bad film", "film", "well GOOD film", "well, unknown"];
    let cased = Tokenisation { case_kept: true, ..Tokenisation::LOWER_CASE };
    for pooling in Pooling::ALL {
        let mut encoder = WordEncoder::with_tokenisation(embeddings(), pooling, cased);
        encoder.fit(&texts[..3]);
        let mut artefact = Artefact::new("model");
        encoder.put(&mut artefact);
        let taken = taken(&artefact).unwrap();
        assert_eq!(taken.encode(&texts).unwrap(), encoder.encode(&texts).unwrap(), "{pooling:?}");
        assert_eq!((taken.space(), taken.tokenisation()), (encoder.space(), cased));
        assert_eq!((taken.pooling(), taken.learned), (pooling, encoder.learned));
    }
}

/// A model as it was saved before there was a choice of tokenisation, and of more than one direction.
#[test]
fn earlier_models_open_as_they_were() {
    let saved = |component: &[f32]| {
        let words = Vocabulary::from_words(["Good", "BAD", ",", ".", "film"]);
        let rows = array![[1.0, 0.0], [0.0, 1.0], [5.0, 5.0], [9.0, 9.0], [0.6, 0.8]];
        let mut artefact = Artefact::new("model");
        artefact.set("encoder", json!({ "kind": "words", "pooling": "sif", "a": 1e-3 }));
        artefact.put_numbers("encoder.component", component);
        Embeddings::new(words, rows).unwrap().put(&mut artefact);
        taken(&artefact)
    };
    let encoder = saved(&[1.0, 0.0]).unwrap();
    assert_eq!(encoder.tokenisation(), Tokenisation::LOWER_CASE);
    assert_eq!(encoder.encode(&["Good, film.", "BAD"]).unwrap(), array![[0.0, 1.0], [0.0, 0.0]]);
    assert!(saved(&[1.0, 0.0, 0.0]).is_err());
}

#[test]
fn texts_are_read_as_the_vocabulary_is_written() {
    let words = ["Berlin", "berlin", "ist", "Schön", "!", ",", ".", "研究", "生命"];
    let rows = Array2::from_shape_fn((9, 9), |(i, j)| if i == j { 1.0 } else { 0.0 });
    let embeddings = || Embeddings::new(Vocabulary::from_words(words), rows.clone()).unwrap();
    let known = |encoder: &WordEncoder, text: &str| -> Vec<&str> {
        let row = encoder.encode(&[text]).unwrap();
        words.into_iter().zip(row.iter()).filter(|(_, value)| **value > 0.0).map(|(word, _)| word).collect()
    };
    let encoder = WordEncoder::new(embeddings(), Pooling::Mean);
    assert_eq!(known(&encoder, "Berlin Ist SCHÖN!"), ["Berlin", "ist", "!"]);
    assert_eq!(known(&encoder, "BERLIN, 研究生命"), ["berlin", ",", "研究", "生命"]);
    let expected = Coverage { n_tokens: 5, n_words: 4, n_subwords: 0 };
    assert_eq!(encoder.coverage(&["Schön, (研究生命) SCHÖN"]).unwrap(), expected);
    let earlier = WordEncoder::with_tokenisation(embeddings(), Pooling::Mean, Tokenisation::LOWER_CASE);
    assert_eq!(known(&earlier, "Berlin Ist Schön! 研究生命 研究"), ["berlin", "ist", "研究"]);
}

#[test]
fn unknown_words_are_composed_through_a_map_too() {
    let table = Array2::from_shape_fn((50, 3), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0);
    let words = Vocabulary::from_words(["good", "bad", "film", "well"]);
    let subwords = Subwords::new(3, 6, table).unwrap();
    let own = Embeddings::with_subwords(words, embeddings().matrix().to_owned(), subwords).unwrap();
    // A rotation, which exchanges the first two dimensions.
    let swap = array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
    let map =
        LinearMap::new(own.space(), Space::of(&[b"shared"]), Normalisation::default(), Some(swap.clone()));
    let mapped = WordEncoder::new(own.mapped(&map).unwrap(), Pooling::Mean);
    let own = WordEncoder::new(own, Pooling::Mean);
    let texts = ["unheardof", "good unheardof films"];
    let (before, after) = (own.encode(&texts).unwrap(), mapped.encode(&texts).unwrap());
    assert!((before.dot(&swap) - &after).iter().all(|difference| difference.abs() < 1e-5));
    assert!(before.row(0).dot(&before.row(0)) > 0.99);
    let expected = Coverage { n_tokens: 4, n_words: 1, n_subwords: 3 };
    assert_eq!(mapped.coverage(&texts).unwrap(), expected);
}

#[test]
fn threads_and_batches_change_nothing() {
    let texts: Vec<String> = (0..500).map(|i| format!("{} film well {i}", ["good", "bad"][i % 2])).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for pooling in Pooling::ALL {
        let rows = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
                let mut encoder = WordEncoder::new(embeddings(), pooling);
                encoder.fit(&texts);
                let first = encoder.encode(&texts[..1]).unwrap();
                (encoder.encode(&texts).unwrap(), first)
            })
        };
        let ((by_one, _), (by_three, first)) = (rows(1), rows(3));
        assert_eq!(by_one, by_three, "{pooling:?}");
        assert_eq!(by_one.row(0), first.row(0), "{pooling:?}");
    }
}
