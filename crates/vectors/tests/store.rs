//! The native store: what a damaged or hostile one does, and a file that shrinks while it is mapped.

use std::path::{Path, PathBuf};

use ndarray::array;
use wordferry_vectors::{Embeddings, Error, Loader, Precision, Subwords, Target, Vocabulary, WordId};

fn sample() -> Embeddings {
    let words = Vocabulary::from_words([b"one".as_slice(), b"", "дом".as_bytes(), b"sch\xf6n"]);
    let matrix = array![[1.0, -2.5, 0.5], [0.0, 0.0, 0.0], [3.5, 0.25, -1.0], [4.0, 5.0, 6.0]];
    let subwords = Subwords::new(2, 3, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
    let embeddings = Embeddings::with_subwords(words, matrix, subwords).unwrap();
    embeddings.with_counts(vec![4, 3, 2, 1]).unwrap()
}

fn write(folder: &Path, precision: Precision) -> (PathBuf, Vec<u8>) {
    let path = folder.join("a.safetensors");
    sample().write(&path, Target::Store(precision)).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

/// Uses everything that there is: nothing may panic, and no value may be NaN.
fn use_all(embeddings: &Embeddings) {
    let mut out = vec![0.0; embeddings.dimension()];
    for (id, word) in embeddings.vocabulary().iter() {
        embeddings.word_into(id, &mut out);
        assert!(out.iter().all(|value| value.is_finite()));
        assert_eq!(embeddings.row(id), out);
        assert!(embeddings.vocabulary().get_bytes(word).is_none_or(|id| id.index() < embeddings.len()));
    }
    for word in ["one", "", "unseen", "</s>"] {
        embeddings.vector_into(word, &mut out);
        assert!(out.iter().all(|value| value.is_finite()));
    }
    assert!(embeddings.matrix().iter().all(|value| value.is_finite()));
    let _ = embeddings.verify();
}

#[test]
fn cut_stores_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, whole) = write(folder.path(), Precision::F32);
    for length in 1..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = Loader::new().open(&path).unwrap_err();
        assert!(error.is_invalid_data(), "{length}: {error}");
    }
}

/// A bit of every byte changed: an error, or a store that does no harm; and one that is not the same is noticed.
#[test]
fn damaged_stores_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for precision in [Precision::F32, Precision::F16, Precision::I8] {
        let (path, whole) = write(folder.path(), precision);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bytes).unwrap();
            let Ok(embeddings) = Loader::new().open(&path) else { continue };
            use_all(&embeddings);
            // The version of the program that wrote it, and blanks in JSON, say nothing.
            let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
            assert!(at < header || embeddings.verify().is_err(), "byte {at}");
        }
    }
}

/// Numbers in the header that lie.
#[test]
fn lying_headers_are_refused_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let (path, whole) = write(folder.path(), Precision::F32);
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let digits = (8..header).filter(|at| whole[*at].is_ascii_digit());
    for at in digits {
        for lie in ["0", "1", "-1", "2147483648", "9223372036854775808", "99999999999999999999"] {
            let json = [&whole[8..at], lie.as_bytes(), &whole[at + 1..header]].concat();
            let length = (json.len() as u64).to_le_bytes();
            std::fs::write(&path, [&length, &json[..], &whole[header..]].concat()).unwrap();
            if let Ok(embeddings) = Loader::new().open(&path) {
                use_all(&embeddings);
            }
        }
    }
}

#[test]
fn rows_that_are_not_finite_are_zeros_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut bytes) = write(folder.path(), Precision::F32);
    let at = bytes.windows(4).rposition(|four| four == 3.5_f32.to_le_bytes()).unwrap();
    bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let embeddings = Loader::new().open(&path).unwrap();
    assert_eq!(embeddings.row(WordId(0)), [1.0, -2.5, 0.5]);
    assert_eq!(embeddings.row(WordId(2)), [0.0; 3]);
    assert_eq!(embeddings.matrix().row(2), array![0.0, 0.0, 0.0]);
    assert!(matches!(embeddings.verify(), Err(Error::Malformed { .. })));
}

#[test]
fn compressed_stores_are_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    for precision in [Precision::F32, Precision::F16, Precision::I8] {
        let (path, bytes) = write(folder.path(), precision);
        let compressed = zstd::encode_all(bytes.as_slice(), 1).unwrap();
        let read = Loader::new().read(compressed.as_slice(), "a").unwrap();
        assert_eq!(read.matrix(), Loader::new().open(&path).unwrap().matrix());
        read.verify().unwrap();
    }
}

#[test]
fn a_store_that_shrank_is_noticed_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bytes) = write(folder.path(), Precision::F32);
    let embeddings = Loader::new().open(&path).unwrap();
    embeddings.verify().unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    let error = embeddings.verify().unwrap_err().to_string();
    assert!(error.contains(&format!("expected {} bytes, as when it was opened", bytes.len())), "{error}");
}

/// The test runs itself: the copy that has the variable set loses a page of a file that it has mapped.
#[cfg(unix)]
#[test]
fn a_lost_page_ends_the_program_with_a_message() {
    const FOLDER: &str = "WORDFERRY_TEST_LOST_PAGE";
    if let Some(folder) = std::env::var_os(FOLDER) {
        wordferry_vectors::explain_lost_pages().unwrap();
        let (path, _) = write(Path::new(&folder), Precision::F32);
        let embeddings = Loader::new().open(&path).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
        let sum = embeddings.matrix().sum();
        unreachable!("the page was still there: {sum}");
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "a_lost_page_ends_the_program_with_a_message";
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{:?} {message}", ended.status);
    assert!(message.contains("was cut short") && message.contains("hint: "), "{message}");
}
