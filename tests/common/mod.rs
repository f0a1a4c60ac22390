//! A small language for tests of the whole program: a fresh folder, a command, what comes back.

#![allow(dead_code, unreachable_pub, reason = "every test file compiles it, and uses its own part")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use wordferry::vectors::{Embeddings, Found};

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The run, which must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// The run, which must have failed with this code and said all of this.
    #[track_caller]
    pub fn failed(self, code: i32, says: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.stderr.starts_with("error: "), "{self:#?}");
        for part in says {
            assert!(self.stderr.contains(part), "expected {part:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Runs the program in `folder`.
pub fn wordferry<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Run {
    wordferry_reading(folder, arguments, b"")
}

/// Runs the program in `folder` with something on stdin.
pub fn wordferry_reading<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], stdin: &[u8]) -> Run {
    run(folder, arguments, &[], stdin)
}

/// Runs the program in `folder` with environment variables.
pub fn wordferry_within<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], variables: &[(&str, &str)]) -> Run {
    run(folder, arguments, variables, b"")
}

fn run<S: AsRef<OsStr>>(folder: &Path, arguments: &[S], variables: &[(&str, &str)], stdin: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wordferry"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    // A program that refuses its arguments does not read what it is sent.
    let _ = input.write_all(stdin);
    drop(input);
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// The cosines of what two models compose of the words of `words` that neither knows, the lowest first.
pub fn unseen_cosines<'a>(
    found: &Embeddings,
    expected: &Embeddings,
    words: impl Iterator<Item = &'a str>,
) -> Vec<f64> {
    let compose = |embeddings: &Embeddings, word: &str| {
        let mut vector = vec![0.0; embeddings.dimension()];
        (embeddings.vector_into(word, &mut vector) == Some(Found::Subwords)).then_some(vector)
    };
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let mut cosines: Vec<f64> =
        words.filter_map(|word| Some(cosine(&compose(found, word)?, &compose(expected, word)?))).collect();
    cosines.sort_by(f64::total_cmp);
    cosines
}

/// The largest difference between a word's vectors in two models with the same words.
pub fn largest_difference(found: &Embeddings, expected: &Embeddings) -> f32 {
    assert_eq!(found.vocabulary(), expected.vocabulary());
    let pairs = found.matrix().into_iter().zip(expected.matrix());
    pairs.fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}

/// The repository's own data.
pub fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The large data beside the repository, or `None`, said aloud, where it is not there.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {test} needs ../shared/data, which is not there");
    None
}

/// Words a vectors file is cut to, so that tests take no time.
pub const N_WORDS: usize = 3000;

/// A fresh folder with small vectors, a lexicon and labelled texts of two languages, cut from the repository's data.
pub fn small_world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for language in ["en", "de"] {
        let embeddings = wordferry::vectors::Loader::new()
            .limit(N_WORDS)
            .open(data().join(format!("vectors/{language}.vec.gz")))
            .expect("the repository's vectors");
        let mut text = format!("{} {}\n", embeddings.len(), embeddings.dimension());
        for (id, word) in embeddings.vocabulary().iter() {
            text.push_str(std::str::from_utf8(word).expect("the repository's words are UTF-8"));
            embeddings.row(id).iter().for_each(|value| text.push_str(&format!(" {value}")));
            text.push('\n');
        }
        write(folder.path(), &format!("{language}.vec"), &text);
    }
    copy("lexicons/en-de.txt", folder.path(), "lexicon.txt");
    copy("reviews/en.train.csv", folder.path(), "train.csv");
    copy("reviews/en.test.csv", folder.path(), "source_test.csv");
    copy("reviews/de.test.csv", folder.path(), "test.csv");
    folder
}

/// So many labelled messages as CSV, one in `every` of them spam, each with words of its own; a word tells the class nine times of ten.
pub fn messages(n: usize, every: usize) -> String {
    let message = |i: usize| {
        let spam = i.is_multiple_of(every);
        let word = if spam != (i / every % 10 == 9) { "prize" } else { "home" };
        let label = if spam { "spam" } else { "ham" };
        format!("{label},{word} word{} filler{} number {}\n", i % 13, i % 29, i * 7919 % 1000)
    };
    std::iter::once("label,text\n".to_owned()).chain((0..n).map(message)).collect()
}

pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), content).expect("a file in a temporary folder");
}

pub fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file that was written before")
}

fn copy(from: &str, folder: &Path, name: &str) {
    std::fs::copy(data().join(from), folder.join(name)).expect("a file of the repository's data");
}

/// The arguments of a transfer in a small world, with some of them replaced: `("--test", "other.csv")`.
pub fn transfer(replaced: &[(&str, &str)]) -> Vec<String> {
    let usual = [
        ("--from", "en"),
        ("--to", "de"),
        ("--from-vectors", "en.vec"),
        ("--to-vectors", "de.vec"),
        ("--lexicon", "lexicon.txt"),
        ("--train", "train.csv"),
        ("--source-test", "source_test.csv"),
        ("--test", "test.csv"),
        ("--out", "out"),
    ];
    let value = |flag: &str, usual: &str| {
        replaced.iter().find(|(name, _)| *name == flag).map_or(usual, |(_, value)| *value).to_string()
    };
    let mut arguments = vec!["transfer".to_string()];
    for (flag, default) in usual {
        arguments.extend([flag.to_string(), value(flag, default)]);
    }
    for (flag, value) in replaced.iter().filter(|(flag, _)| usual.iter().all(|(known, _)| known != flag)) {
        arguments.push(flag.to_string());
        arguments.extend((!value.is_empty()).then(|| value.to_string()));
    }
    arguments
}

/// The folder of a tiny transformer of the crate that has them.
pub fn transformer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/encode/tests/data/transformers").join(name)
}

/// Names in a folder, sorted; nothing if there is no such folder.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| {
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}
