//! Texts with any number of labels, by the whole program: the languages of reviews, of which a text has none to three.

mod common;

use std::path::Path;

use common::{Run, data, names, read, transformer, wordferry, write};
use serde_json::Value;

const LANGUAGES: [&str; 3] = ["de", "en", "es"];

/// The words of reviews in the repository's languages, at most eight a review.
fn reviews(language: &str) -> Vec<String> {
    let table = read(&data().join("reviews"), &format!("{language}.test.csv"));
    let text = |line: &str| {
        let words = line.rsplit_once(',').expect("a text and a label").0.split_whitespace();
        words.take(8).collect::<Vec<_>>().join(" ").replace('"', "")
    };
    table.lines().skip(1).map(text).collect()
}

/// A table of texts, each put together of reviews in the languages that its labels name; some are numbers alone.
fn mixtures(rows: std::ops::Range<usize>) -> String {
    let reviews = LANGUAGES.map(reviews);
    let row = |i: usize| {
        let chosen = (0..3).filter(|language| (i * 5 + 3) >> language & 1 == 1);
        let (parts, labels): (Vec<&str>, Vec<&str>) =
            chosen.map(|language| (reviews[language][i].as_str(), LANGUAGES[language])).unzip();
        let text = if parts.is_empty() { format!("{} : {}", i * 31, i * 17) } else { parts.join(" ") };
        format!("\"{text}\",{}\n", labels.join("|"))
    };
    std::iter::once("text,label\n".to_owned()).chain(rows.map(row)).collect()
}

fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train.csv", mixtures(0..120));
    write(folder.path(), "test.csv", mixtures(120..180));
    folder
}

fn train(folder: &Path, more: &[&str]) -> Run {
    wordferry(folder, &[&["train", "train.csv", "--multi-label", "-o", "model"], more].concat())
}

#[test]
fn the_languages_of_texts_are_found() {
    let folder = world();
    let folder = folder.path();
    let report = train(folder, &["--json"]).ok().json();
    assert_eq!((&report["classes"], &report["gate"]["passed"]), (&LANGUAGES[..].into(), &true.into()));
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{report}"));
    assert!(number(&report["held_out"]["micro_f1"]) > 0.9, "{report}");
    for language in LANGUAGES {
        assert!((0.0..=1.0).contains(&number(&report["thresholds"][language])));
    }
    let scores = ["evaluate", "classification", "model", "--texts", "test.csv"];
    let found = wordferry(folder, &[&scores[..], &["--json"]].concat()).ok().json();
    assert!(found["micro_f1"].as_f64().unwrap() > 0.9, "{found}");
    for key in ["macro_f1_ci", "hamming_loss", "exact_match", "labels_per_text", "ece", "log_loss"] {
        assert!(!found[key].is_null(), "{key}: {found}");
    }
    assert!(wordferry(folder, &scores).ok().stdout.contains("exact match"));
}

#[test]
fn predictions_name_every_label() {
    let folder = world();
    let folder = folder.path();
    train(folder, &[]).ok();
    let lines = wordferry(folder, &["predict", "model", "test.csv"]).ok().stdout;
    let rows: Vec<Vec<&str>> = lines.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((&rows[0][..], rows.len()), (&["labels", "probabilities", "text"][..], 61));
    assert!(rows.iter().any(|row| row[0] == "de|en|es" && row[1].split('|').count() == 3));
    assert!(rows.iter().any(|row| row[0].is_empty() && row[1].is_empty()));
    let json = wordferry(folder, &["predict", "model", "test.csv", "--json"]).ok().stdout;
    for (line, row) in json.lines().zip(&rows[1..]) {
        let line: Value = serde_json::from_str(line).unwrap();
        let labels: Vec<&str> = line["labels"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!((labels.join("|"), line["probabilities"].as_object().unwrap().len()), (row[0].into(), 3));
    }
    wordferry(folder, &["predict", "model", "test.csv", "-o", "out"]).ok();
    assert_eq!(read(folder, "out"), lines);
    wordferry(folder, &["embed", "model", "test.csv", "-o", "a.npy"]).failed(1, &["dense"]);
}

#[test]
fn every_label_that_is_found_is_explained() {
    let folder = world();
    let folder = folder.path();
    train(folder, &[]).ok();
    let text = "das ist sehr gut und nicht teuer, the best book of the year";
    let explain =
        |more: &[&str]| wordferry(folder, &[&["explain", "model", text, "--json"], more].concat()).ok();
    let lines: Vec<Value> =
        explain(&[]).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["class"]).collect::<Vec<_>>(), ["de", "en"]);
    assert!(lines.iter().all(|line| line["against"].is_null()));
    let named = explain(&["--class", "es"]).json();
    assert!(named["score"].as_f64().unwrap() < 0.0, "{named}");
    let table = wordferry(folder, &["explain", "model", text]).ok().stdout;
    assert!(table.contains("against its absence"), "{table}");
}

#[test]
fn a_seed_gives_the_same_bytes() {
    let folder = world();
    let folder = folder.path();
    train(folder, &["--threads", "1"]).ok();
    wordferry(folder, &["train", "train.csv", "--multi-label", "-o", "again", "--threads", "3"]).ok();
    assert!(std::fs::read(folder.join("model")).unwrap() == std::fs::read(folder.join("again")).unwrap());
}

#[test]
fn a_transformer_reads_them_too() {
    let folder = world();
    let bert = transformer("bert");
    train(folder.path(), &["--encoder", bert.to_str().unwrap(), "--force"]).ok();
    wordferry(folder.path(), &["evaluate", "classification", "model", "--texts", "test.csv"]).ok();
}

#[test]
fn what_cannot_be_is_said() {
    let folder = world();
    let folder = folder.path();
    for option in [["--few", "8"], ["--max-fpr", "0.1"], ["--confidence", "0.9"], ["--suspects", "s.csv"]] {
        train(folder, &option).failed(2, &["cannot be used with"]);
    }
    train(folder, &["--unbalanced"]).failed(2, &["cannot be used with"]);
    write(folder, "one.csv", "text,label\na b,x\nc d,\ne f,x\n");
    let one = ["train", "one.csv", "--multi-label", "-o", "one"];
    wordferry(folder, &one).failed(3, &["two labels or more, found x", "without --multi-label"]);
    write(folder, "all.csv", "text,label\na b,x|y\nc d,x\ne f,x\n");
    wordferry(folder, &["train", "all.csv", "--multi-label", "-o", "all"])
        .failed(3, &["without the label \"x\""]);
    let other = ["train", "train.csv", "--multi-label=;", "-o", "other", "--json"];
    let report = wordferry(folder, &other).ok().json();
    assert!(report["classes"].as_array().unwrap().iter().any(|class| class == "de|en"), "{report}");
    train(folder, &[]).ok();
    write(folder, "more.csv", "text,label\nbonjour,fr\n");
    for command in [&["update", "model", "more.csv", "-o", "b"][..], &["label", "model", "more.csv"]] {
        wordferry(folder, command).failed(2, &["any number of labels"]);
    }
    let plot = ["evaluate", "classification", "model", "--texts", "test.csv", "--plot", "a.svg"];
    wordferry(folder, &plot).failed(2, &["--plot"]);
    write(folder, "unknown.csv", "text,label\nbonjour,fr|de\n");
    let unknown = ["evaluate", "classification", "model", "--texts", "unknown.csv"];
    wordferry(folder, &unknown).failed(3, &["found \"fr\"", "line 2"]);
}

#[test]
fn what_is_no_better_than_chance_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..80).map(|i| {
        let labels = ["a|b", "a", "b", ""][i * 7 % 13 % 4];
        format!("word{} word{},{labels}\n", i % 9, i * 5 % 7)
    });
    let table: String = std::iter::once("text,label\n".to_owned()).chain(rows).collect();
    write(folder.path(), "train.csv", table);
    train(folder.path(), &[]).failed(4, &["balanced accuracy above chance (50.0 %)", "--force"]);
    assert!(!names(folder.path()).contains(&"model".to_owned()));
    train(folder.path(), &["--force"]).ok();
}
