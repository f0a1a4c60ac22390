//! Several classifiers as one, and what texts without labels teach, run as a user runs it.

mod common;

use std::path::Path;

use common::{data, messages, wordferry, write};
use serde_json::Value;

/// A folder with messages to train on, fresh ones, and texts without labels.
fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = messages(600, 3);
    let rows: Vec<&str> = all.lines().skip(1).collect();
    let file =
        |name: &str, rows: &[&str]| write(folder.path(), name, format!("label,text\n{}\n", rows.join("\n")));
    file("train.csv", &rows[..160]);
    file("fresh.csv", &rows[160..300]);
    let texts: Vec<&str> = rows[300..].iter().map(|row| row.split_once(',').unwrap().1).collect();
    write(folder.path(), "more.txt", texts.join("\n"));
    folder
}

fn train(folder: &Path, model: &str, options: &[&str]) -> Value {
    let train = ["train", "train.csv", "-o", model, "--json"];
    wordferry(folder, &[&train[..], options].concat()).ok().json()
}

fn accuracy(folder: &Path, model: &str) -> f64 {
    let scores = ["evaluate", "classification", model, "--texts", "fresh.csv", "--json"];
    wordferry(folder, &scores).ok().json()["accuracy"].as_f64().unwrap()
}

/// The shares that `explain` gives add up to the score.
fn check_explained(folder: &Path, model: &str) {
    let run = wordferry(folder, &["explain", model, "--file", "fresh.csv", "--json"]).ok();
    for line in run.stdout.lines() {
        let found: Value = serde_json::from_str(line).unwrap();
        let shares = found["shares"].as_array().unwrap().iter().map(|share| share["share"].as_f64().unwrap());
        let sum = shares.sum::<f64>() + found["bias"].as_f64().unwrap();
        assert!((sum - found["score"].as_f64().unwrap()).abs() < 1e-3, "{line}");
    }
}

#[test]
fn classifiers_of_views_are_one_that_is_explained_and_forgets() {
    let world = world();
    let folder = world.path();
    let vectors = data().join("vectors/en.vec.gz");
    let both = ["--encoder", "lexical", "--encoder", vectors.to_str().unwrap(), "--combine"];
    for way in ["average", "stack"] {
        let report = train(folder, way, &[&both[..], &[way]].concat());
        let combination = &report["combination"];
        assert_eq!((&combination["way"], combination["weights"].as_array().unwrap().len()), (&way.into(), 2));
        assert!(report["gate"]["passed"] == true && report["calibration"]["method"].is_string(), "{report}");
        assert!(accuracy(folder, way) > 0.8);
        check_explained(folder, way);
        write(folder, "one.csv", "label,text\nspam,prize word0 filler0 of another kind\n");
        wordferry(folder, &["update", way, "one.csv", "-o", "more"]).ok();
        wordferry(folder, &["forget", "more", "one.csv", "--in-place"]).ok();
        let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
        assert!(bytes("more") == bytes(way));
    }
    let alone = ["train", "train.csv", "--combine", "stack", "-o", "model"];
    wordferry(folder, &alone).failed(2, &["expected two encoders or more with --combine stack, found 1"]);
}

#[test]
fn models_vote() {
    let world = world();
    let folder = world.path();
    train(folder, "one", &["--max-fpr", "0.2"]);
    train(folder, "two", &["--head", "svm"]);
    train(folder, "three", &["--head", "centroid"]);
    let labels = |arguments: &[&str]| {
        let predict = ["predict", "one", "fresh.csv", "--json"];
        let run = wordferry(folder, &[&predict[..], arguments].concat()).ok();
        let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, run.stderr)
    };
    let of = |model: &str| {
        let run = wordferry(folder, &["predict", model, "fresh.csv", "--json"]).ok();
        run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let each = [of("one"), of("two"), of("three")];
    let (votes, note) = labels(&["--with", "two", "--with", "three"]);
    assert!(note.contains("does not hold of votes"), "{note}");
    for (row, found) in votes.iter().enumerate() {
        let for_it = each.iter().filter(|of_model| of_model[row]["label"] == found["label"]).count();
        assert!(for_it >= 2 && found.get("decision").is_none(), "{found}");
    }
    write(folder, "other.csv", messages(160, 3).replace("ham,", "eggs,"));
    wordferry(folder, &["train", "other.csv", "-o", "other"]).ok();
    wordferry(folder, &["predict", "one", "fresh.csv", "--with", "other"])
        .failed(3, &["found ham, spam in one and eggs, spam in other", "hint: "]);
}

#[test]
fn texts_without_labels_teach() {
    let world = world();
    let folder = world.path();
    let latent = ["--encoder", "lexical", "--encoder", "latent", "--unlabelled", "more.txt"];
    train(folder, "latent", &latent);
    assert!(accuracy(folder, "latent") > 0.8);
    check_explained(folder, "latent");
    let before = std::fs::read(folder.join("latent")).unwrap();
    train(folder, "again", &[&latent[..], &["--threads", "1"]].concat());
    assert!(std::fs::read(folder.join("again")).unwrap() == before);
    wordferry(folder, &["update", "latent", "fresh.csv", "-o", "more"]).ok();
    wordferry(folder, &["forget", "more", "fresh.csv", "--in-place"]).ok();
    assert!(std::fs::read(folder.join("more")).unwrap() == before);

    train(folder, "taught", &["--unlabelled", "more.txt", "--self-train"]);
    assert!(accuracy(folder, "taught") > 0.8);
    check_explained(folder, "taught");
    let train = ["train", "train.csv", "--self-train", "-o", "model"];
    wordferry(folder, &train).failed(2, &["--unlabelled"]);
    let few = [&train[..], &["--unlabelled", "fresh.csv"]].concat();
    wordferry(folder, &few).failed(3, &["expected 200 unlabelled texts or more", "found 140"]);
}

#[test]
fn what_learned_to_guess_is_not_saved() {
    let world = world();
    let folder = world.path();
    train(folder, "model", &["--max-fpr", "0.1"]);
    let before = std::fs::read(folder.join("model")).unwrap();
    // As many texts again with the other label: nothing tells the classes any more.
    let rows = std::fs::read_to_string(folder.join("train.csv")).unwrap();
    let other = |row: &str| match row.strip_prefix("spam,") {
        Some(text) => format!("ham,{text}"),
        None => row.replacen("ham,", "spam,", 1),
    };
    write(folder, "wrong.csv", rows.lines().map(|row| other(row) + "\n").collect::<String>());
    let update = ["update", "model", "wrong.csv", "--in-place"];
    wordferry(folder, &update).failed(4, &["expected a balanced accuracy above chance", "--force"]);
    assert!(std::fs::read(folder.join("model")).unwrap() == before);
    let forced = wordferry(folder, &[&update[..], &["--force", "--json"]].concat()).ok();
    let report = forced.json();
    assert_eq!((&report["gate"]["passed"], &report["n_train"]), (&false.into(), &320.into()));
    assert!(report["budget"]["max_fpr"] == 0.1 && report["calibration"]["method"].is_string(), "{report}");
}

#[test]
fn small_budgets_and_empty_texts_are_said_as_they_are() {
    let world = world();
    let folder = world.path();
    let run = wordferry(folder, &["train", "train.csv", "--max-fpr", "0.00005", "-o", "model"]).ok();
    assert!(run.stderr.contains("at most 0.0050 % false positives cannot be promised"), "{run:?}");
    write(folder, "signs.csv", "label,text\nspam,!\nham,?\nspam,!!\nham,??\n");
    wordferry(folder, &["train", "signs.csv", "-o", "model"]).failed(
        3,
        &["expected training texts with known words", "hint: n-grams are of words of two letters"],
    );
}
