//! A model's life after training, run as a user runs it: explained, taught more, made to forget; and its beginning with few labels.

mod common;

use std::path::Path;

use common::{data, read, shared_data, wordferry, wordferry_reading, write};
use serde_json::Value;

/// A folder with labelled reviews: all of them, the first ones, and the last ones.
fn reviews() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(data().join("reviews/en.train.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let (first, last) = rows.split_at(rows.len() - 40);
    for (name, rows) in [("all.csv", &rows[..]), ("first.csv", first), ("last.csv", last)] {
        write(folder.path(), name, format!("{header}\n{}\n", rows.join("\n")));
    }
    folder
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn shares_add_up_to_the_score() {
    let world = reviews();
    let folder = world.path();
    wordferry(folder, &["train", "first.csv", "-o", "model"]).ok();
    let run = wordferry(folder, &["explain", "model", "--file", "last.csv", "--json"]).ok();
    assert_eq!(run.stdout.lines().count(), 40);
    for line in run.stdout.lines() {
        let found: Value = serde_json::from_str(line).unwrap();
        let shares = found["shares"].as_array().unwrap().iter().map(|share| share["share"].as_f64().unwrap());
        let sum = shares.sum::<f64>() + found["bias"].as_f64().unwrap();
        let score = found["score"].as_f64().unwrap();
        assert!((sum - score).abs() < 1e-4 && score >= 0.0, "{line}");
    }
    let one = wordferry(folder, &["explain", "model", "A terrible, boring film", "--class", "positive"]).ok();
    assert!(one.stdout.contains("against negative") && one.stdout.contains("terrible,"), "{one:?}");
    wordferry(folder, &["explain", "model", "a", "--class", "no"])
        .failed(3, &["expected a class of the model (negative, positive), found \"no\""]);
    let piped = wordferry_reading(folder, &["explain", "model", "-"], b"a fine film\nbad\n").ok();
    assert!(piped.stdout.contains("a fine film\n") && piped.stdout.contains("\nbad\n"));
}

#[test]
fn a_model_that_forgot_is_the_one_that_never_saw() {
    let world = reviews();
    let folder = world.path();
    for name in ["all", "first"] {
        wordferry(folder, &["train", &format!("{name}.csv"), "-o", name]).ok();
    }
    wordferry(folder, &["forget", "all", "last.csv", "-o", "forgot"]).ok();
    assert!(bytes(folder, "forgot") == bytes(folder, "first"));
    wordferry(folder, &["update", "first", "last.csv", "--in-place"]).ok();
    assert!(bytes(folder, "first") == bytes(folder, "all"));

    write(folder, "never.csv", "text,label\nnever heard of it,positive\n");
    let before = bytes(folder, "all");
    wordferry(folder, &["forget", "all", "never.csv", "--in-place"]).failed(
        3,
        &["found \"never heard of it\" with the label \"positive\", in never.csv, line 2", "hint: "],
    );
    wordferry(folder, &["forget", "all", "all.csv", "--in-place"])
        .failed(3, &["found none left of \"negative\""]);
    assert!(bytes(folder, "all") == before);
    wordferry(folder, &["train", "all.csv", "--no-texts", "-o", "bare"]).ok();
    wordferry(folder, &["update", "bare", "last.csv", "-o", "new"])
        .failed(3, &["found one without texts", "hint: train it again without --no-texts"]);
    assert!(!folder.join("new").exists());
}

#[test]
fn labels_are_asked_for_kept_and_learned() {
    let world = reviews();
    let folder = world.path();
    let labels: std::collections::HashMap<String, String> =
        csv::Reader::from_path(folder.join("first.csv")).unwrap().deserialize().map(Result::unwrap).collect();
    let label = |keys: &str| {
        let flags =
            ["label", "--new", "first.csv", "--classes", "positive,negative", "-o", "model", "--json"];
        let run = wordferry_reading(folder, &flags, keys.as_bytes()).ok();
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    // The first question is the same every time, so that answers can be given that are right.
    let first = label("");
    assert_eq!((first.len(), first[0]["n_labels"].as_u64()), (2, Some(0)));
    assert!(first[1]["model"].is_null() && !folder.join("model").exists());
    let second = label("p\nu\nnegative\n1\nx\ns\n");
    assert_eq!(second[0], first[0]);
    assert_eq!(second[1]["n_labels"], 1);
    assert_eq!(second[2]["text"], first[0]["text"], "what was taken back is asked again");
    let table = read(folder, "first.csv.labels.csv");
    assert_eq!(table.lines().count(), 3, "{table}");
    // Going on: what has a label is not asked for again.
    let mut asked: Vec<String> = Vec::new();
    for _ in 0..6 {
        let text = label("")[0]["text"].as_str().unwrap().to_owned();
        assert!(!asked.contains(&text) && text != first[0]["text"].as_str().unwrap());
        let end = label(&labels[&text]);
        asked.push(text);
        assert_eq!(end.last().unwrap()["labels_file"], "first.csv.labels.csv");
    }
    assert_eq!(read(folder, "first.csv.labels.csv").lines().count(), 9);
    wordferry(folder, &["predict", "model", "last.csv"]).ok();
    // The saved model is the one that `train` makes of the same labels, and goes on where it ended.
    let flags = ["train", "first.csv.labels.csv", "--unlabelled", "first.csv", "--force", "-o", "trained"];
    wordferry(folder, &flags).ok();
    assert!(bytes(folder, "model") == bytes(folder, "trained"));
    let more = ["label", "model", "last.csv", "-o", "more", "--json"];
    let run = wordferry_reading(folder, &more, b"p\nn\nq\n").ok();
    assert!(run.stdout.lines().next().unwrap().contains("\"n_labels\":8"), "{run:?}");
    wordferry(folder, &["predict", "more", "last.csv"]).ok();
    wordferry(folder, &["label", "--new", "first.csv"]).failed(2, &["expected two classes or more"]);
}

#[test]
fn few_labels_are_drawn_and_measured() {
    let world = reviews();
    let folder = world.path();
    let train = ["train", "all.csv", "--few", "16", "--draws", "4", "-o", "model", "--json"];
    let found = wordferry(folder, &train).ok().json();
    assert_eq!(
        (found["n_test"].as_u64(), found["macro_f1_of_draws"].as_array().unwrap().len()),
        (Some(538), 4)
    );
    assert!(found["macro_f1"].as_f64().unwrap() > 0.5);
    wordferry(folder, &["update", "model", "last.csv", "-o", "more"]).ok();
    wordferry(folder, &["train", "all.csv", "--few", "500", "-o", "model"])
        .failed(2, &["expected 501 texts of \"negative\" or more to draw from"]);
    let few = [
        "evaluate",
        "few",
        "all.csv",
        "--sizes",
        "8,64,256",
        "--seeds",
        "3",
        "--positive",
        "positive",
        "--plot",
        "few.svg",
    ];
    let run = wordferry(folder, &few).ok();
    assert!(run.stdout.contains("labels  macro-F1"), "{run:?}");
    assert!(read(folder, "few.svg").starts_with("<svg"));
    let json = wordferry(folder, &[&few[..], &["--json"]].concat()).ok().json();
    let mean = |i: usize| json["macro_f1"][i]["mean"].as_f64().unwrap();
    assert!(mean(2) > mean(0), "{json}");
    assert_eq!(json["recall_at_fpr_0_005"].as_array().unwrap().len(), 3);
    // Without sizes, those that there are texts for.
    let lines: Vec<String> = read(folder, "all.csv").lines().take(101).map(String::from).collect();
    write(folder, "hundred.csv", lines.join("\n"));
    let usual = wordferry(folder, &["evaluate", "few", "hundred.csv", "--seeds", "1"]).ok();
    assert!(
        usual.stderr.contains(" labels can be drawn from half of the texts: 32 are tried, not 64"),
        "{usual:#?}"
    );
    write(folder, "five.csv", lines[..6].join("\n"));
    wordferry(folder, &["evaluate", "few", "five.csv"])
        .failed(2, &["or more to draw from", "hint: draw fewer"]);
}

#[test]
fn wrong_labels_are_suspects() {
    let Some(shared) = shared_data("wrong_labels_are_suspects") else { return };
    let sms = std::fs::read_to_string(shared.join("spam/sms_spam_collection.tsv")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // One label in twenty is wrong.
    let flipped = |i: usize| i.is_multiple_of(20);
    let (mut lines, mut wrong) = (String::from("text\tlabel\n"), Vec::new());
    for (i, line) in sms.lines().take(3000).enumerate() {
        let (label, text) = line.split_once('\t').unwrap();
        let other = if label == "ham" { "spam" } else { "ham" };
        lines.push_str(&format!("{text}\t{}\n", if flipped(i) { other } else { label }));
        wrong.extend(flipped(i).then(|| text.to_owned()));
    }
    write(folder, "sms.tsv", lines);
    wordferry(folder, &["train", "sms.tsv", "--suspects", "suspects.csv", "-o", "model"]).ok();
    let mut table = csv::Reader::from_path(folder.join("suspects.csv")).unwrap();
    let found: Vec<String> = table.records().take(100).map(|row| row.unwrap()[3].to_owned()).collect();
    let n_right = found.iter().filter(|text| wrong.contains(text)).count();
    assert!(n_right >= 90, "{n_right} of the first 100");
}

#[test]
fn a_message_ends_as_bogofilter_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "mail.csv", "text,label\nwin a cash prize now,spam\nsee you at home,ham\n");
    wordferry(folder, &["train", "mail.csv", "--force", "-o", "model"]).ok();
    let exit = |message: &str| {
        let run =
            wordferry_reading(folder, &["predict", "model", "-", "--bogofilter-exit"], message.as_bytes());
        assert_eq!(run.stdout, "");
        run.code
    };
    assert_eq!(exit("From: a@b.example\nSubject: a prize\n\nwin cash\nnow\n"), 0);
    assert_eq!(exit("see you\nat home\n"), 1);
    assert_eq!(exit("entirely unheard\n"), 2);
    let missing = wordferry(folder, &["predict", "model", "none.eml", "--bogofilter-exit"]);
    missing.failed(3, &["none.eml"]);
}
