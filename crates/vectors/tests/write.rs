//! What is written is read again: by any words, values and n-grams that the format can hold.

use std::path::Path;

use ndarray::Array2;
use proptest::prelude::*;
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::normalise::{Normalisation, Step};
use wordferry_vectors::{Embeddings, Format, Found, Loader, Precision, Subwords, Target, Vocabulary};

/// Values that stay below the largest that is read, also as lengths of rows, and in a fastText row that is told from its
/// n-grams'.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        -1.0_f32..1.0,
        any::<f32>().prop_filter("a moderate value", |value| value.is_finite() && value.abs() < 1e4),
        Just(0.0),
        Just(-0.0),
        Just(1e-45),
    ]
}

/// Words of `letters`, with values and, if wanted, fastText's n-grams.
fn embeddings(letters: &'static str) -> impl Strategy<Value = Embeddings> {
    let sizes = (1..20_usize, 1..9_usize, 1..40_usize, any::<bool>());
    sizes.prop_flat_map(move |(n, d, buckets, has_n_grams)| {
        let words = proptest::collection::vec(letters, n);
        let values = proptest::collection::vec(value(), (n + buckets) * d);
        (words, values).prop_map(move |(words, mut values)| {
            let vocabulary = Vocabulary::from_words(words);
            let table = Array2::from_shape_vec((buckets, d), values.split_off(n * d)).unwrap();
            values.truncate(vocabulary.len() * d);
            let matrix = Array2::from_shape_vec((vocabulary.len(), d), values).unwrap();
            let counts = (0..vocabulary.len() as u64).collect();
            let embeddings = match has_n_grams {
                true => {
                    let subwords = Subwords::new(2, 4, table).unwrap();
                    Embeddings::with_subwords(vocabulary, matrix, subwords).unwrap()
                }
                false => Embeddings::new(vocabulary, matrix).unwrap(),
            };
            embeddings.with_counts(counts).unwrap()
        })
    })
}

fn read_back(embeddings: &Embeddings, target: Target, format: Format) -> Embeddings {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    embeddings.write(&path, target).unwrap();
    let read = Loader::new().format(format).open(&path).unwrap();
    read.verify().unwrap();
    assert_eq!(read.vocabulary(), embeddings.vocabulary());
    assert_eq!(read.dimension(), embeddings.dimension());
    for (id, word) in embeddings.vocabulary().iter() {
        assert_eq!(read.vocabulary().get_bytes(word), Some(id));
    }
    read
}

/// Each value is within `tolerance` of its row's largest.
fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance * largest);
    assert!(close, "{found:?} instead of {expected:?}");
}

fn assert_words_close(found: &Embeddings, expected: &Embeddings, tolerance: f32) {
    let mut out = vec![0.0; found.dimension()];
    for (id, _) in expected.vocabulary().iter() {
        found.word_into(id, &mut out);
        assert_close(&out, expected.row(id), tolerance);
        assert_eq!(found.row(id), out);
    }
    assert_eq!(found.matrix().dim(), expected.matrix().dim());
}

fn assert_unknown_close(found: &Embeddings, expected: &Embeddings, tolerance: f32) {
    let mut out = [vec![0.0; found.dimension()], vec![0.0; found.dimension()]];
    for word in ["", "unseen", "незнакомое", "</s>", "🦀🦀"] {
        let how = [found, expected].map(|embeddings| embeddings.vector_into(word, &mut out[0]));
        if matches!(how[1], Some(Found::Word(_))) {
            continue;
        }
        assert_eq!(how[0], how[1], "{word}");
        found.vector_into(word, &mut out[0]);
        expected.vector_into(word, &mut out[1]);
        assert_close(&out[0], &out[1], tolerance);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn stores_hold_everything(embeddings in embeddings("\\PC{0,12}"), limit in 0..20_usize) {
        let read = read_back(&embeddings, Target::Store(Precision::F32), Format::Safetensors);
        prop_assert_eq!(read.matrix(), embeddings.matrix());
        prop_assert_eq!(read.space(), embeddings.space());
        prop_assert_eq!(read.counts(), embeddings.counts());
        assert_words_close(&read, &embeddings, 0.0);
        assert_unknown_close(&read, &embeddings, 0.0);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        embeddings.write(&path, Target::Store(Precision::F32)).unwrap();
        let limited = Loader::new().limit(limit).open(&path).unwrap();
        let n = limit.min(embeddings.len());
        prop_assert_eq!(limited.len(), n);
        for (id, word) in embeddings.vocabulary().iter() {
            prop_assert_eq!(limited.vocabulary().get_bytes(word), Some(id).filter(|id| id.index() < n));
        }
    }

    #[test]
    fn smaller_stores_round(embeddings in embeddings("\\PC{0,12}")) {
        let read = read_back(&embeddings, Target::Store(Precision::I8), Format::Safetensors);
        assert_words_close(&read, &embeddings, 1.0 / 253.0);
        prop_assert_eq!(read.space(), embeddings.space());
        let largest = |matrix: Array2<f32>| matrix.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        let n_grams = embeddings.subwords().map_or(0.0, |subwords| largest(subwords.to_matrix()));
        if largest(embeddings.matrix().to_owned()).max(n_grams) < 65_504.0 {
            let read = read_back(&embeddings, Target::Store(Precision::F16), Format::Safetensors);
            let rounded = embeddings.matrix().mapv(|value| half::f16::from_f32(value).to_f32());
            prop_assert_eq!(read.matrix(), rounded);
        } else {
            let refused = embeddings.write(Path::new("never"), Target::Store(Precision::F16)).unwrap_err();
            prop_assert!(refused.to_string().contains("values that f16 can hold"));
        }
    }

    #[test]
    fn text_holds_words_exactly(embeddings in embeddings("[^\\s\\p{C}]{1,12}|\u{a0}x")) {
        let read = read_back(&embeddings, Target::Text, Format::TextWithHeader);
        prop_assert_eq!(read.matrix(), embeddings.matrix());
        prop_assert_eq!(read.space(), embeddings.space());
    }

    #[test]
    fn word2vec_holds_words_exactly(embeddings in embeddings("[^ \n]{1,12}")) {
        let read = read_back(&embeddings, Target::Word2Vec, Format::Word2Vec);
        prop_assert_eq!(read.matrix(), embeddings.matrix());
    }

    /// A word's own row is what is missing to its vector, so it is rounded.
    #[test]
    fn fasttext_holds_n_grams(embeddings in embeddings("[^\0]{0,12}")) {
        let read = read_back(&embeddings, Target::FastText, Format::FastText);
        prop_assert_eq!(read.counts(), embeddings.counts());
        prop_assert_eq!(read.subwords().is_some(), embeddings.subwords().is_some());
        if let (Some(read), Some(written)) = (read.subwords(), embeddings.subwords()) {
            prop_assert_eq!(read.to_matrix(), written.to_matrix());
        } else {
            prop_assert_eq!(read.matrix(), embeddings.matrix());
        }
        assert_unknown_close(&read, &embeddings, 0.0);
        let again = read_back(&read, Target::FastText, Format::FastText);
        prop_assert_eq!(again.matrix(), read.matrix());
    }

    #[test]
    fn finalfusion_holds_n_grams(embeddings in embeddings("\\PC{0,12}")) {
        let read = read_back(&embeddings, Target::Finalfusion, Format::Finalfusion);
        assert_words_close(&read, &embeddings, 1e-6);
        assert_unknown_close(&read, &embeddings, 0.0);
    }
}

#[test]
fn words_that_do_not_fit_are_named() {
    let check = |word: &[u8], target: Target, fits: bool| {
        let words = Vocabulary::from_words([b"first".as_slice(), word]);
        let embeddings = Embeddings::new(words, Array2::ones((2, 3))).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        match embeddings.write(&path, target) {
            Ok(()) => assert!(fits, "{target:?}"),
            Err(error) => {
                let named = format!("{:?}, word 2 of 2", String::from_utf8_lossy(word));
                assert!(!fits && error.to_string().ends_with(&named), "{error}");
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            }
        }
    };
    let all =
        [Target::Store(Precision::I8), Target::Text, Target::Word2Vec, Target::FastText, Target::Finalfusion];
    for (word, fits) in [
        (b"a b".as_slice(), [true, false, false, true, true]),
        (b"a\tb", [true, false, true, true, true]),
        (b"a\nb", [true, false, false, true, true]),
        (b"", [true, false, false, true, true]),
        (b"a\0", [true, true, true, false, true]),
        (b"sch\xf6n", [true, true, true, true, false]),
    ] {
        all.iter().zip(fits).for_each(|(target, fits)| check(word, *target, fits));
    }
}

#[test]
fn n_grams_that_do_not_fit_are_refused() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let folder = tempfile::tempdir().unwrap();
    let pruned = Loader::new().open(goldens.join("pruned.ftz")).unwrap();
    for target in [Target::FastText, Target::Finalfusion] {
        let error = pruned.write(folder.path().join("a"), target).unwrap_err();
        assert!(error.to_string().contains("pruned"), "{error}");
    }
    let store = folder.path().join("a.safetensors");
    pruned.write(&store, Target::Store(Precision::F32)).unwrap();
    let read = Loader::new().open(&store).unwrap();
    assert_eq!(read.matrix(), pruned.matrix());
    assert_unknown_close(&read, &pruned, 0.0);
    pruned.without_subwords().write(folder.path().join("b"), Target::FastText).unwrap();
}

const SYLLABLES: [&str; 8] = ["ba", "ke", "li", "mö", "nu", "ras", "tel", "vin"];

/// Numbers from −0.5 to 0.5 that look random.
fn noise(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let mut state = seed;
    Array2::from_shape_simple_fn((rows, columns), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    })
}

/// Words of three syllables with n-grams, not around zero; and the map of `steps` and a matrix 8 × 6.
fn syllables(steps: &[Step]) -> (Embeddings, LinearMap) {
    let two = |first: &str| SYLLABLES.map(|second| format!("{first}{second}"));
    let words = SYLLABLES.iter().flat_map(|first| two(first)).flat_map(|first| two(&first));
    let vocabulary = Vocabulary::from_words(words);
    let matrix = noise(vocabulary.len(), 8, 1) + 0.1;
    let subwords = Subwords::new(3, 5, (noise(4000, 8, 2) + 0.1) * 3.0).unwrap();
    let normalisation = Normalisation::fit(steps, &mut matrix.clone());
    let embeddings = Embeddings::with_subwords(vocabulary, matrix, subwords).unwrap();
    let map = LinearMap::into_own_space(embeddings.space(), normalisation, Some(noise(8, 6, 3)));
    (embeddings, map)
}

/// The cosines of what both compose of unseen words, the lowest first.
fn unseen_cosines(found: &Embeddings, expected: &Embeddings) -> Vec<f64> {
    let unseen =
        SYLLABLES.iter().flat_map(|last| ["kelivin", "nutelba"].map(|first| format!("{first}{last}")));
    let mut cosines: Vec<f64> = unseen
        .map(|word| {
            let [a, b] = [found, expected].map(|embeddings| {
                let mut vector = vec![0.0; embeddings.dimension()];
                assert_eq!(embeddings.vector_into(&word, &mut vector), Some(Found::Subwords));
                vector
            });
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
        })
        .collect();
    cosines.sort_by(f64::total_cmp);
    cosines
}

#[test]
fn mapped_n_grams_compose_unseen_words_nearby() {
    let check = |steps: &[Step], lowest: f64| {
        let (embeddings, map) = syllables(steps);
        let mapped = embeddings.mapped(&map).unwrap();
        for (target, format) in
            [(Target::FastText, Format::FastText), (Target::Finalfusion, Format::Finalfusion)]
        {
            let read = read_back(&mapped, target, format);
            assert_words_close(&read, &mapped, 1e-5);
            let cosines = unseen_cosines(&read, &mapped);
            assert!(cosines[0] > lowest, "{steps:?} {target}: {cosines:?}");
        }
    };
    check(&[], 0.999_999);
    check(&[Step::Centre], 0.999_999);
    check(&[Step::Unit], 0.99);
    check(&Step::UNIT_CENTRE_UNIT, 0.99);
}

#[test]
fn a_small_mapped_model_is_written() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    for limit in [0, 1, 5, 60] {
        let embeddings = Loader::new().limit(limit).open(goldens.join("skipgram.bin")).unwrap();
        let normalisation = Normalisation::fit(&Step::UNIT_CENTRE_UNIT, &mut embeddings.matrix().to_owned());
        let map = LinearMap::into_own_space(embeddings.space(), normalisation, None);
        let mapped = embeddings.mapped(&map).unwrap();
        let read = read_back(&mapped, Target::Finalfusion, Format::Finalfusion);
        assert_words_close(&read, &mapped, 1e-5);
    }
}

#[test]
fn maps_beyond_what_is_read_are_refused() {
    let (embeddings, map) = syllables(&[]);
    let huge = LinearMap::new(map.from(), map.to(), Normalisation::default(), Some(Array2::eye(8) * 9e14));
    let folder = tempfile::tempdir().unwrap();
    let error =
        embeddings.mapped(&huge).unwrap().write(folder.path().join("a"), Target::FastText).unwrap_err();
    assert!(error.to_string().contains("a map that leads n-grams to finite vectors"), "{error}");
}

#[test]
fn the_same_vectors_are_the_same_bytes() {
    let (embeddings, map) = syllables(&Step::UNIT_CENTRE_UNIT);
    let embeddings = embeddings.mapped(&map).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bytes = |name: &str, target| {
        embeddings.write(folder.path().join(name), target).unwrap();
        std::fs::read(folder.path().join(name)).unwrap()
    };
    for name in ["safetensors", "vec", "word2vec", "fasttext", "fifu"] {
        let target: Target = name.parse().unwrap();
        let first = bytes("a", target);
        let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(first == single.install(|| bytes("b", target)), "{name}");
    }
}
