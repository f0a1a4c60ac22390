//! How far answers can be trusted, by the whole program: calibration, budgets, confidence, the quality gate, and what is said where they
//! cannot be had.

mod common;

use common::{Run, messages, names, read, wordferry, write};
use serde_json::Value;

fn train(folder: &std::path::Path, more: &[&str]) -> Run {
    wordferry(folder, &[&["train", "train.csv", "-o", "model"], more].concat())
}

fn lines(run: &Run) -> Vec<Vec<String>> {
    run.stdout.lines().map(|line| line.split('\t').map(String::from).collect()).collect()
}

#[test]
fn a_budget_gives_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", messages(1200, 4));
    let report = train(folder, &["--max-fpr", "0.02", "--json"]).ok().json();
    assert_eq!(report["gate"]["passed"], true);
    assert!(report["calibration"]["method"].is_string(), "{report}");
    let budget = &report["budget"];
    assert_eq!((&budget["positive"], &budget["promised"]), (&"spam".into(), &true.into()));
    assert!(budget["fpr_held_out"].as_f64().unwrap() <= 0.02);
    write(folder, "fresh.csv", messages(400, 4));
    let found = lines(&wordferry(folder, &["predict", "model", "fresh.csv"]).ok());
    assert_eq!(found[0], ["label", "probability", "decision", "text"]);
    for decision in ["spam", "unsure", "ham"] {
        assert!(found.iter().any(|row| row[2] == decision), "no {decision}");
    }
    let first = wordferry(folder, &["predict", "model", "fresh.csv", "--json"]).ok();
    let first: Value = serde_json::from_str(first.stdout.lines().next().unwrap()).unwrap();
    assert!(first["decision"].is_string() && first.get("classes").is_none(), "{first}");
    let scores = wordferry(
        folder,
        &["evaluate", "classification", "model", "--texts", "fresh.csv", "--json", "--plot", "a.svg"],
    );
    let scores = scores.ok().json();
    for key in ["accuracy", "macro_f1", "ece", "auc", "brier", "log_loss", "accuracy_ci"] {
        assert!(!scores[key].is_null(), "{key}: {scores}");
    }
    assert_eq!(scores["confusion"].as_array().unwrap().len(), 2);
    assert_eq!((&scores["positive"], scores["recall_at_fpr"].as_array().unwrap().len()), (&"spam".into(), 3));
    assert!(scores["decisions"]["fpr"].is_number() && scores["decisions"]["coverage"].is_null());
    assert!(read(folder, "a.svg").contains("% sure"));
}

#[test]
fn a_confidence_gives_sets_of_classes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", messages(1200, 2));
    train(folder, &["--confidence", "0.95"]).ok();
    write(folder, "fresh.csv", messages(400, 2));
    let found = lines(&wordferry(folder, &["predict", "model", "fresh.csv"]).ok());
    assert_eq!(found[0], ["label", "probability", "decision", "classes", "text"]);
    for row in &found[1..] {
        let classes: Vec<&str> = row[3].split('|').filter(|class| !class.is_empty()).collect();
        let expected = if let [class] = classes[..] { class } else { "unsure" };
        assert_eq!(row[2], expected);
    }
    assert!(found.iter().any(|row| row[3] == "ham|spam"), "nine of ten are told");
    let scores = ["evaluate", "classification", "model", "--texts", "fresh.csv"];
    let text = wordferry(folder, &scores).ok().stdout;
    assert!(text.contains("possible classes hold the true one"), "{text}");
    train(folder, &["--confidence", "0.9", "--max-fpr", "0.1"]).failed(2, &["cannot be used with"]);
}

#[test]
fn predictions_that_were_saved_are_scored_too() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "spam,ham,0.75\nham,ham,0.9\nspam,spam,0.8\nham,ham,0.7\n";
    write(folder.path(), "saved.csv", format!("label,predicted,probability\n{rows}"));
    let report = wordferry(folder.path(), &["evaluate", "classification", "saved.csv", "--json"]).ok().json();
    assert_eq!((&report["accuracy"], &report["confusion"][1][0]), (&0.75.into(), &1.into()));
    assert!(report["decisions"].is_null());
    let wrong = ["evaluate", "classification", "saved.csv", "--texts", "saved.csv"];
    wordferry(folder.path(), &wrong).failed(2, &["expected a model with --texts"]);
    let missing = ["evaluate", "classification", "missing.model", "--texts", "saved.csv"];
    wordferry(folder.path(), &missing).failed(1, &["expected to read missing.model"]);
    let wrong = ["evaluate", "classification", "saved.csv", "--positive", "eggs"];
    wordferry(folder.path(), &wrong).failed(2, &["(ham, spam)", "eggs"]);
}

#[test]
fn a_model_that_guesses_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let row = |i: usize| format!("{},same words {}\n", ["ham", "spam"][i * 7 % 11 % 2], i % 3);
    write(folder, "train.csv", "label,text\n".to_owned() + &(0..80).map(row).collect::<String>());
    let says =
        ["expected a balanced accuracy above chance (50.0 %), found", "on 80 held-out texts", "--force"];
    train(folder, &[]).failed(4, &says);
    assert_eq!(names(folder), ["train.csv"]);
    let forced = train(folder, &["--force", "--json"]).ok();
    assert!(forced.stderr.contains("note: goes on all the same: expected a balanced accuracy"));
    assert_eq!(forced.json()["gate"]["passed"], false);
    assert_eq!(names(folder), ["model", "train.csv"]);
}

#[test]
fn a_class_of_one_text_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", "label,text\nham,see you\nham,at home\nham,tomorrow\nspam,win a prize\n");
    let says = ["two texts of every class or more", "found one of \"spam\"", "--labels", "--force"];
    train(folder, &[]).failed(4, &says);
    let forced = train(folder, &["--force", "--max-fpr", "0.1", "--json"]).ok();
    assert!(forced.stderr.contains("nothing is promised"), "{}", forced.stderr);
    let report = forced.json();
    assert!(report["budget"].is_null() && report["held_out"].is_null());
    assert_eq!(report["calibration"]["reason"], "nothing could be held out");
    wordferry(folder, &["predict", "model", "train.csv"]).ok();
}

#[test]
fn too_few_texts_for_a_budget_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", messages(40, 2));
    let run = train(folder, &["--max-fpr", "0.005", "--json"]).ok();
    for part in [
        "note: probabilities are not calibrated: expected 50 held-out texts or more",
        "at most 0.50 % false positives cannot be promised: that takes 199 texts of ham, found 20",
        "promises 4.76 %",
    ] {
        assert!(run.stderr.contains(part), "{part:?}: {}", run.stderr);
    }
    let report = run.json();
    assert_eq!((&report["budget"]["promised"], &report["budget"]["needed"]), (&false.into(), &199.into()));
    assert!(report["calibration"]["method"].is_null());
    let run = train(folder, &["--confidence", "0.99", "--json"]).ok();
    assert!(
        run.stderr.contains("40 held-out texts are too few for a confidence of 99.0 %"),
        "{}",
        run.stderr
    );
    assert_eq!(run.json()["conformal"]["always_possible"], serde_json::json!(["ham", "spam"]));
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", "label,text\ngood,a b\nbad,c d\ngood,a c\nbad,d d\n");
    let check = |more: &[&str], says: &[&str]| {
        train(folder, more).failed(2, says);
        assert_eq!(names(folder), ["train.csv"]);
    };
    check(
        &["--max-fpr", "0.01"],
        &["--positive with one of the classes (bad, good)", "no class called spam"],
    );
    check(&["--max-fpr", "0.01", "--positive", "spam"], &["found \"spam\""]);
    check(&["--max-fpr", "1.5"], &["expected a number between 0 and 1"]);
    write(folder, "train.csv", "label,text\na,a b\nb,c d\nc,a c\na,a\nb,b\nc,c\n");
    check(&["--max-fpr", "0.01", "--positive", "a"], &["expected two classes with --max-fpr, found 3"]);
}

#[test]
fn bad_texts_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let check = |content: &str, more: &[&str], code: i32, says: &[&str]| {
        write(folder, "train.csv", content);
        train(folder, more).failed(code, says);
        assert!(!names(folder).contains(&"model".to_owned()));
    };
    check(
        "label,text\nham,see you\nham,at home\nham,so long\n",
        &[],
        3,
        &["at least two classes", "all of the class \"ham\""],
    );
    check("label,text\nham,\nspam,\nham,\nspam,\n", &[], 3, &["expected training texts with known words"]);
    // Three rows: one of a class.
    check("label,text\nham,see you\nspam,win cash\nham,at home\n", &[], 4, &["found one of \"spam\""]);
    let few = "label,text\nham,see you\nspam,win cash\nham,see them\nspam,win prizes\n";
    check(few, &[], 4, &["on 4 held-out texts"]);
    write(folder, "nan.vec", "3 2\na 1 2\nb nan 1\nc 2 1\n");
    check("label,text\nham,a b\nspam,c c\nham,a a\nspam,c b\n", &["--encoder", "nan.vec"], 3, &["line 3"]);
}

#[test]
fn labels_of_other_names_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "train.csv", messages(200, 2));
    train(folder, &[]).ok();
    write(folder, "test.csv", "label,text\n1,a prize\n0,at home\n1,prize word3\n");
    let test = ["evaluate", "classification", "model", "--texts", "test.csv"];
    wordferry(folder, &test).failed(3, &["(ham, spam), found \"1\"", "line 2", "--labels"]);
    let report =
        wordferry(folder, &[&test[..], &["--labels", "spam=1", "--labels", "ham=0", "--json"]].concat());
    assert_eq!(report.ok().json()["n_test"], 3);
    wordferry(folder, &test[..3]).failed(2, &["--texts FILE"]);
}
