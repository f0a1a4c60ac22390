//! finalfusion files give what the finalfusion crate gives, and those made of fastText models what fastText
//! gives.

#![allow(clippy::print_stderr)] // A test that is skipped says so.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use finalfusion::compat::fasttext::ReadFastText;
use finalfusion::compat::text::ReadText;
use finalfusion::io::WriteEmbeddings;
use finalfusion::prelude::{Embeddings as Oracle, ReadEmbeddings, StorageWrap, VocabWrap};
use finalfusion::subword::{BucketIndexer, FinalfusionHashIndexer};
use finalfusion::vocab::{BucketSubwordVocab, FastTextSubwordVocab, SimpleVocab, Vocab};
use wordferry_vectors::{Artefact, Embeddings, Found, Loader};

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn words() -> Vec<String> {
    let words = std::fs::read_to_string(goldens().join("words.txt")).unwrap();
    words.lines().step_by(7).map(str::to_owned).collect()
}

fn open(bytes: &[u8]) -> Embeddings {
    Loader::new().read(bytes, "a.fifu").unwrap()
}

fn write(embeddings: &impl WriteEmbeddings) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    embeddings.write_embeddings(&mut bytes).unwrap();
    bytes.into_inner()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(1.0))
}

/// Known words are the crate's times their norms, others have its direction. How many were composed.
fn check(bytes: &[u8]) -> usize {
    let embeddings = open(bytes);
    let oracle: Oracle<VocabWrap, StorageWrap> = Oracle::read_embeddings(&mut Cursor::new(bytes)).unwrap();
    assert_eq!((embeddings.len(), embeddings.dimension()), (oracle.len(), oracle.dims()));
    let mut out = vec![0.0; oracle.dims()];
    let mut n_composed = 0;
    for word in oracle.vocab().words().iter().chain(&words()) {
        let found = embeddings.vector_into(word, &mut out);
        let Some(expected) = oracle.embedding_with_norm(word) else {
            assert_eq!(found, None, "{word}");
            continue;
        };
        let mut values = expected.embedding.to_vec();
        if found == Some(Found::Subwords) {
            n_composed += 1;
            let norm = out.iter().map(|value| value * value).sum::<f32>().sqrt();
            out.iter_mut().for_each(|value| *value /= if norm > 0.0 { norm } else { 1.0 });
        } else {
            values.iter_mut().for_each(|value| *value *= expected.norm);
            assert_eq!(embeddings.row(embeddings.vocabulary().get(word).unwrap()), out);
        }
        assert!(close(&out, &values), "{word}: {out:?} instead of {values:?}");
    }
    n_composed
}

fn fasttext() -> Oracle<FastTextSubwordVocab, finalfusion::storage::NdArray> {
    let bytes = std::fs::read(goldens().join("skipgram.bin")).unwrap();
    Oracle::read_fasttext(&mut Cursor::new(bytes)).unwrap()
}

/// `n` rows of three values, with their norms.
fn rows(n: usize) -> Oracle<SimpleVocab, finalfusion::storage::NdArray> {
    let line = |i: usize| format!("w{i} {} {} {}\n", i % 7 + 1, i % 5, (i % 3) as f32 - 0.5);
    Oracle::read_text(&mut Cursor::new((0..n).map(line).collect::<String>())).unwrap()
}

fn bucketed() -> Vec<u8> {
    let (_, _, storage, _) = rows(3 + 64).into_parts();
    let words = ["one", "дом", "家"].map(str::to_owned);
    let vocabulary = BucketSubwordVocab::new(words, 1, 4, FinalfusionHashIndexer::new(6));
    write(&Oracle::new(None, vocabulary, storage, vec![2.0, 3.0, 0.5].into()))
}

/// Three words, codes of two parts of two values, with all that may be there: a projection and norms of
/// either kind.
fn quantised(has_projection: bool, has_norms: bool) -> Vec<u8> {
    let mut bytes = b"FiFu".to_vec();
    let words = write(&rows(3));
    let numbers = |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_le_bytes()).collect() };
    let floats =
        |n: usize| -> Vec<u8> { (0..n).flat_map(|i| (i as f32 * 0.25 - 1.0).to_le_bytes()).collect() };
    bytes.extend(numbers(&[0, 3, 1, 4, 6]));
    let vocabulary = 8 + 3 * (4 + 2) + 12;
    bytes.extend(&words[24..24 + vocabulary]);
    let padding = vec![0; 4 - bytes.len() % 4];
    let mut storage = numbers(&[u32::from(has_projection), u32::from(has_norms), 2, 4, 3, 3, 0, 1, 10]);
    storage.extend(&padding);
    storage.extend(floats(if has_projection { 16 } else { 0 }));
    storage.extend(floats(2 * 3 * 2));
    storage.extend(floats(if has_norms { 3 } else { 0 }));
    storage.extend([0, 1, 2, 2, 1, 0]);
    bytes.extend(numbers(&[4, storage.len() as u32, 0]));
    bytes.extend(storage);
    let padding = vec![0; 4 - bytes.len() % 4];
    bytes.extend(numbers(&[6, 12 + padding.len() as u32 + 12, 0, 3, 0, 10]));
    bytes.extend(&padding);
    bytes.extend([1.0_f32, 2.0, 3.0].iter().flat_map(|norm| norm.to_le_bytes()));
    bytes
}

fn every_kind() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("simple", write(&rows(5))),
        ("fastText", write(&fasttext())),
        ("explicit", write(&fasttext().to_explicit().unwrap())),
        ("bucketed", bucketed()),
        ("quantised", quantised(false, false)),
        ("quantised, projected", quantised(true, false)),
        ("quantised, projected, norms", quantised(true, true)),
    ]
}

#[test]
fn vectors_are_those_of_the_crate() {
    for (kind, bytes) in every_kind() {
        let has_n_grams = !kind.starts_with("quantised") && kind != "simple";
        assert_eq!(check(&bytes) > 100, has_n_grams, "{kind}");
    }
}

#[test]
fn real_files_give_what_the_crate_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fixtures");
    if !folder.is_dir() {
        eprintln!("skipped: there is no ../shared/data/fixtures beside the workspace");
        return;
    }
    let files = ["similarity", "embeddings", "ff_buckets", "pq", "pq-check", "simple_vocab"];
    for file in files.map(|name| format!("finalfusion-python/{name}.fifu")) {
        check(&std::fs::read(folder.join(file)).unwrap());
    }
    check(&std::fs::read(folder.join("finalfusion-rust/quantized.fifu")).unwrap());
}

/// Unknown words, that is: known ones were averaged by that crate, which adds n-grams to `</s>`.
#[test]
fn vectors_of_fasttext_models_are_those_of_fasttext() {
    let embeddings = open(&write(&fasttext()));
    let expected = std::fs::read(goldens().join("skipgram.f32")).unwrap();
    let words = std::fs::read_to_string(goldens().join("words.txt")).unwrap();
    let mut out = [0.0; 4];
    for (word, expected) in words.lines().zip(expected.chunks_exact(16)) {
        embeddings.vector_into(word, &mut out);
        let value = |four: &[u8]| f32::from_le_bytes(four.try_into().unwrap());
        let expected: Vec<f32> = expected.chunks_exact(4).map(value).collect();
        assert!(word == "</s>" || close(&out, &expected), "{word}: {out:?} instead of {expected:?}");
    }
}

#[test]
fn cut_files_are_refused() {
    for (kind, bytes) in every_kind() {
        for length in 4..bytes.len() {
            let error = Loader::new().read(&bytes[..length], "cut.fifu").unwrap_err();
            assert!(error.is_invalid_data(), "{kind} cut to {length}: {error}");
        }
    }
}

/// Every field set to numbers that lie: an error or vectors, never a panic or a huge allocation.
#[test]
fn lying_files_do_no_harm() {
    for (_, whole) in every_kind() {
        let end = whole.len() - 8;
        for at in (4..end.min(600)).chain(end.saturating_sub(300).max(600)..end) {
            for lie in [0_i64, 1, -1, 1 << 31, 1 << 40, i64::MAX, i64::MIN] {
                let mut bytes = whole.clone();
                bytes[at..at + 8].copy_from_slice(&lie.to_le_bytes());
                let Ok(embeddings) = Loader::new().lenient(true).read(bytes.as_slice(), "lie") else {
                    continue;
                };
                let mut out = vec![0.0; embeddings.dimension()];
                embeddings.sentence_into("one дом another", &mut out);
            }
        }
    }
}

#[test]
fn every_count_that_lies_is_refused() {
    let whole = write(&rows(5));
    // Version and number of chunks; lengths and numbers of words, a word's length; rows, columns, type;
    // norms.
    let counts =
        [(4, 4), (8, 4), (28, 8), (36, 8), (44, 4), (78, 8), (86, 8), (94, 4), (98, 4), (168, 8), (176, 8)];
    for (at, width) in counts {
        let truth = whole[at..at + width].to_vec();
        for lie in [0_i64, 1, -1, 1 << 31, i64::MIN] {
            let lie = &lie.to_le_bytes()[..width];
            let mut bytes = whole.clone();
            bytes[at..at + width].copy_from_slice(lie);
            let read = Loader::new().read(bytes.as_slice(), "lie.fifu");
            assert!(lie == truth || read.is_err_and(|error| error.is_invalid_data()), "{lie:?} at {at}");
        }
    }
}

#[test]
fn artefacts_keep_every_kind_of_n_grams() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    for (kind, bytes) in every_kind() {
        let embeddings = open(&bytes);
        let mut artefact = Artefact::new("test");
        embeddings.put(&mut artefact);
        artefact.save(&path).unwrap();
        let taken = Embeddings::take(&Artefact::open(&path, "test").unwrap()).unwrap();
        let mut out = [vec![0.0; embeddings.dimension()], vec![0.0; embeddings.dimension()]];
        for word in words() {
            let found = embeddings.vector_into(&word, &mut out[0]);
            assert_eq!(taken.vector_into(&word, &mut out[1]), found, "{kind}: {word}");
            assert!(close(&out[0], &out[1]), "{kind}: {word}");
        }
    }
}

#[test]
fn a_limit_leaves_the_n_grams() {
    let bytes = bucketed();
    let (whole, limited) = (open(&bytes), Loader::new().limit(1).read(bytes.as_slice(), "a").unwrap());
    assert_eq!(limited.len(), 1);
    let mut out = [[0.0; 3]; 2];
    assert_eq!(whole.vector_into("unseen", &mut out[0]), limited.vector_into("unseen", &mut out[1]));
    assert_eq!(out[0], out[1]);
}
