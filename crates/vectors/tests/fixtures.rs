//! Real and broken files of others, kept beside the repository: each is read, or refused for the right reason.

#![allow(clippy::print_stderr)] // A test that is skipped says so.

use std::path::{Path, PathBuf};

use wordferry_vectors::Loader;

/// The folder of a shared data set beside the workspace; none, with a message, where it is absent.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if !path.is_dir() {
        eprintln!("skipped: there is no ../shared/data/{folder} beside the workspace");
        return None;
    }
    Some(path)
}

/// Size and repairs, or the error without the path.
fn summary(path: &Path) -> String {
    match Loader::new().open(path) {
        Ok(embeddings) => {
            let subwords = if embeddings.subwords().is_some() { " + subwords" } else { "" };
            let size = format!("{} × {}{subwords}", embeddings.len(), embeddings.dimension());
            let repairs: Vec<String> = embeddings.repairs().iter().collect();
            if repairs.is_empty() { size } else { format!("{size}: {}", repairs.join("; ")) }
        }
        Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
    }
}

/// `fixtures.tsv` lists every file with what must come of it.
#[test]
fn every_fixture_is_read_or_refused_for_its_reason() {
    let Some(folder) = shared("fixtures") else { return };
    let table = include_str!("fixtures.tsv").lines().map(|line| line.split_once('\t').unwrap());
    let wrong: Vec<String> = table
        .map(|(file, expected)| (file, expected, summary(&folder.join(file))))
        .filter(|(_, expected, found)| expected != found)
        .map(|(file, expected, found)| format!("{file}: {found}\n    instead of {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_vectors_are_the_same_space() {
    let Some(folder) = shared("fixtures/derived") else { return };
    let space = |file: &str| Loader::new().open(folder.join(file)).unwrap().space();
    for file in ["ok.vec.gz", "bom.vec", "crlf.vec", "tabs.vec", "no_header.vec"] {
        assert_eq!(space(file), space("ok.vec"), "{file}");
    }
    assert_ne!(space("zero_vector.vec"), space("ok.vec"));
}

#[test]
fn lenient_reading_keeps_the_good_rows() {
    let Some(folder) = shared("fixtures/derived") else { return };
    let lenient = Loader::new().lenient(true);
    let len = |file: &str| lenient.open(folder.join(file)).map(|embeddings| embeddings.len()).ok();
    assert_eq!(len("header_count_too_big.vec"), Some(200));
    assert_eq!(len("header_count_too_small.vec"), Some(200));
    assert_eq!(len("header_wrong_dim.vec"), Some(200));
    assert_eq!(len("short_row.vec"), Some(199));
    assert_eq!(len("truncated.w2v.bin"), Some(49));
}
