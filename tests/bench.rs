//! `wordferry bench`, run as a user runs it: on made-up data of known worth, and on the repository's own.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{data, wordferry, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const LANGUAGES: &str = "af,als,am,an,ang,ar,arc,de,en";

/// The rows of a file of results, sorted.
fn sorted(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    lines.sort_unstable();
    lines
}

fn rows(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("results.jsonl")).unwrap();
    text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn find<'a>(rows: &'a [Value], language: &str, task: &str) -> Option<&'a Value> {
    rows.iter().find(|row| row["language"] == language && row["task"] == task)
}

#[track_caller]
fn row<'a>(rows: &'a [Value], language: &str, task: &str) -> &'a Value {
    find(rows, language, task).unwrap()
}

/// The languages of some rows, in alphabetical order.
fn codes(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().filter_map(|row| row["language"].as_str()).collect()
}

fn mock<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["bench", "--mock", "--languages", LANGUAGES, "--out", out], more].concat()
}

#[test]
fn all_languages_are_tried_and_shown() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    let report = wordferry(folder, &["bench", "--mock", "--out", "out", "--json"]).ok().json();
    assert_eq!((report["n_languages"].as_u64(), report["failed"].as_u64()), (Some(294), Some(0)));
    let rows = rows(&folder.join("out"));
    // All but speed: four tasks of a language alone, three of a language and the hub.
    assert_eq!(rows.len(), 294 * 4 + 293 * 3);
    // The made-up languages are worse and worse from the first to the last.
    for task in ["similarity", "lexicon", "retrieval"] {
        let scores: Vec<f64> =
            codes(&rows).iter().filter_map(|code| find(&rows, code, task)?["score"].as_f64()).collect();
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        let (first, last) = scores.split_at(scores.len() / 2);
        assert!(mean(first) > mean(last) + 0.05, "{task}: {} {}", mean(first), mean(last));
    }
    assert!(folder.join("out/leaderboard.html").is_file());
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("whole", &[])).ok();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wordferry"))
            .args(mock("killed", &[]))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(1..150)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    wordferry(folder, &mock("killed", &[])).ok();
    assert_eq!(sorted(&folder.join("killed/results.jsonl")), sorted(&folder.join("whole/results.jsonl")));
    let speeds = |out: &str| sorted(&folder.join(out).join("speed.jsonl")).len();
    assert_eq!(speeds("killed"), speeds("whole"));
    let again = wordferry(folder, &mock("killed", &[])).ok();
    assert!(again.stderr.contains("measured now: 0 rows; 0 cannot be measured, 0 failed"), "{again:#?}");
}

#[test]
fn shares_and_threads_make_no_difference() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("whole", &["--threads", "1"])).ok();
    wordferry(folder, &mock("threads", &["--threads", "3", "--memory", "1k"])).ok();
    let whole = sorted(&folder.join("whole/results.jsonl"));
    assert_eq!(sorted(&folder.join("threads/results.jsonl")), whole);
    for share in ["1/2", "2/2"] {
        let run = wordferry(folder, &mock("shares", &["--shard", share])).ok();
        assert!(run.stderr.contains("wordferry bench report shares"), "{run:#?}");
    }
    let mut shares: Vec<String> =
        [1, 2].iter().flat_map(|i| sorted(&folder.join(format!("shares/results-{i}-of-2.jsonl")))).collect();
    shares.sort_unstable();
    shares.dedup();
    assert_eq!(shares, whole);
    let of = |out: &str| {
        let report = wordferry(folder, &["bench", "report", out, "--json"]).ok().json();
        (report["n_languages"].clone(), report["measured"].clone(), report["tasks"].clone())
    };
    assert_eq!(of("shares"), of("whole"));
}

#[test]
fn numbers_are_those_of_evaluate() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("out", &[])).ok();
    let rows = rows(&folder.join("out"));
    let in_data = |name: &str| format!("out/data/{name}");
    let json = |arguments: &[&str]| wordferry(folder, arguments).ok().json();
    let (en, am) = (in_data("vectors/en.vec"), in_data("vectors/am.vec"));
    let sides = ["--source", &en, "--target", &am];

    let lexicon = in_data("lexicons/en-am.train.txt");
    let method = ["--lexicon", &lexicon, "--method", "procrustes", "-o", "map"];
    let aligned = json(&[&["align", "--json"], &sides[..], &method].concat());
    let found = row(&rows, "am", "lexicon");
    assert_eq!(found["details"]["alignment"], aligned["alignment"]);
    let test = in_data("lexicons/en-am.test.txt");
    let on = ["--map", "map", "--lexicon", &test];
    let scores = json(&[&["evaluate", "lexicon", "--json"], &sides[..], &on].concat());
    assert_eq!(found["details"]["directions"][0]["scores"], scores);

    let [of_en, of_am] = ["en", "am"].map(|code| in_data(&format!("parallel/en-am.mock.{code}")));
    let on = ["--map", "map", "--source-texts", &of_en, "--target-texts", &of_am];
    let scores = json(&[&["evaluate", "retrieval", "--json"], &sides[..], &on].concat());
    assert_eq!(row(&rows, "am", "retrieval")["details"]["sets"][0]["scores"], scores);

    for (task, set) in
        [("similarity", in_data("similarity/am.mock.tsv")), ("analogy", in_data("analogies/am.mock.txt"))]
    {
        let scores = json(&["evaluate", task, &set, "--vectors", &am, "--json"]);
        let found = &row(&rows, "am", task)["details"]["sets"][0]["scores"];
        for (key, value) in found.as_object().unwrap() {
            assert_eq!(scores[key], *value, "{task}, {key}");
        }
    }

    let [train, test] = ["en.train", "am.test"].map(|name| in_data(&format!("reviews/{name}.csv")));
    let report = json(&[
        "transfer",
        "--from",
        "en",
        "--to",
        "am",
        "--from-vectors",
        &en,
        "--to-vectors",
        &am,
        "--lexicon",
        &lexicon,
        "--train",
        &train,
        "--test",
        &test,
        "--strategy",
        "zero-shot",
        "--json",
    ]);
    let found = row(&rows, "am", "classification");
    assert_eq!(found["score"], report["targets"][0]["macro_f1"]);
    assert_eq!(found["details"]["scores"]["accuracy"], report["targets"][0]["accuracy"]);
    assert_eq!(found["coverage"], report["targets"][0]["token_coverage"]);
}

#[test]
fn the_repositorys_own_data_is_measured() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    let own = data();
    let run = wordferry(folder, &["bench", "--from", own.to_str().unwrap(), "--out", "out"]).ok();
    assert!(run.stderr.contains("0 failed"), "{run:#?}");
    let rows = rows(&folder.join("out"));
    for language in ["de", "es"] {
        assert!(row(&rows, language, "lexicon")["score"].as_f64().unwrap() > 0.2);
        assert!(row(&rows, language, "classification")["score"].as_f64().unwrap() > 0.6);
    }
    assert_eq!(row(&rows, "de", "retrieval")["why"], "no parallel texts of en and de");
}

#[test]
fn a_language_that_is_at_fault_stops_no_other() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &[])).ok();
    let bench = ["bench", "--from", "made/data", "--out", "out"];
    let broken = folder.join("made/data/vectors/am.vec");
    let whole = fs::read(&broken).unwrap();
    fs::write(&broken, b"\x80\x04\x95nonsense").unwrap();
    fs::write(folder.join("made/data/lexicons/en-af.train.txt"), "").unwrap();
    let run = wordferry(folder, &[&bench[..], &["--strict"]].concat());
    assert_eq!(run.code, 4, "{run:#?}");
    assert!(
        run.stderr.contains("failed: am, health: ") && run.stderr.contains("failed: af, lexicon with en"),
        "{run:#?}"
    );
    let found = rows(&folder.join("out"));
    assert_eq!(row(&found, "am", "similarity")["status"], "failed");
    assert_eq!(row(&found, "ar", "similarity")["status"], "measured");

    // What is repaired is measured again, and nothing else.
    fs::write(&broken, whole).unwrap();
    let run = wordferry(folder, &bench).ok();
    assert!(
        run.stderr.contains("failed: af, lexicon with en") && !run.stderr.contains("failed: am"),
        "{run:#?}"
    );
    let found = rows(&folder.join("out"));
    assert_eq!(row(&found, "am", "similarity")["status"], "measured");
    assert_eq!(found.iter().filter(|row| row["language"] == "am" && row["task"] == "similarity").count(), 1);
}

#[test]
fn rows_are_of_the_data_as_it_is() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &["--tasks", "health"])).ok();
    let bench = |more: &[&str]| {
        wordferry(
            folder,
            &[&["bench", "--from", "made/data", "--out", "out", "--tasks", "similarity"], more].concat(),
        )
    };
    bench(&[]).ok();
    let n_of = |language: &str| row(&rows(&folder.join("out")), language, "similarity")["n"].as_u64();
    assert_eq!(n_of("am"), Some(60));
    let set = folder.join("made/data/similarity/am.mock.tsv");
    let half = fs::read_to_string(&set)
        .unwrap()
        .lines()
        .take(30)
        .fold(String::new(), |text, line| text + line + "\n");
    fs::write(&set, half).unwrap();
    fs::remove_file(folder.join("made/data/vectors/an.vec")).unwrap();
    // Neither is asked for, and both would be shown.
    bench(&["--languages", "ar"]).ok();
    let found = rows(&folder.join("out"));
    assert!(find(&found, "am", "similarity").is_none() && find(&found, "an", "similarity").is_none());
    bench(&[]).ok();
    assert_eq!(n_of("am"), Some(30));
    // Rows of other data stay where they are.
    let before = sorted(&folder.join("out/results.jsonl"));
    wordferry(folder, &mock("out", &[]))
        .failed(3, &["with data made up, 200x16, found some with data made/data"]);
    assert_eq!(sorted(&folder.join("out/results.jsonl")), before);
    // Shares of the same folder measure nothing again, and other settings are refused before anything is measured.
    let run = bench(&["--shard", "1/2"]).ok();
    assert!(run.stderr.contains("measured now: 0 rows; 0 cannot"), "{run:#?}");
    bench(&["--shard", "2/2", "--seed", "7"]).failed(3, &["with seed 7, found some with seed 42"]);
}

#[test]
fn a_hub_is_needed_by_tasks_of_two_languages_alone() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &["--tasks", "health"])).ok();
    fs::remove_file(folder.join("made/data/vectors/en.vec")).unwrap();
    let bench = |out: &str, more: &[&str]| {
        wordferry(folder, &[&["bench", "--from", "made/data", "--out", out], more].concat()).ok()
    };
    assert!(bench("out", &[]).stderr.contains("note: no vectors of en: name a --hub"));
    assert!(find(&rows(&folder.join("out")), "de", "lexicon").is_none());
    bench("twice", &["--hub", "de,de", "--tasks", "lexicon"]);
    let found = rows(&folder.join("twice"));
    assert_eq!(found.len(), 7);
    assert_eq!(row(&found, "af", "lexicon")["why"], "no lexicon of de and af");
}

#[test]
fn a_lexicon_without_a_part_for_testing_is_divided() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &["--tasks", "health"])).ok();
    let lexicons = folder.join("made/data/lexicons");
    fs::rename(lexicons.join("en-am.train.txt"), lexicons.join("en-am.txt")).unwrap();
    fs::remove_file(lexicons.join("en-am.test.txt")).unwrap();
    // A test that is half of the training says nothing of what was learned.
    let training = fs::read_to_string(lexicons.join("en-de.train.txt")).unwrap();
    let test = fs::read_to_string(lexicons.join("en-de.test.txt")).unwrap();
    fs::write(lexicons.join("en-de.test.txt"), training + &test).unwrap();
    wordferry(folder, &["bench", "--from", "made/data", "--out", "out", "--tasks", "lexicon"]).ok();
    let found = rows(&folder.join("out"));
    let n = |language: &str| row(&found, language, "lexicon")["n"].as_u64().unwrap();
    assert_eq!((n("am"), n("de"), n("ang")), (2 * 120 / 5, 2 * 40, 2 * 40));
    assert_eq!(row(&found, "de", "lexicon")["details"]["directions"][0]["n_in_training"], 120);
}

#[test]
fn what_cannot_be_run_is_told() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &["--tasks", "health"])).ok();
    let bench = |more: &[&str]| {
        wordferry(folder, &[&["bench", "--from", "made/data", "--out", "out"], more].concat())
    };
    bench(&["--languages", "dee"])
        .failed(3, &["expected a language that there are vectors of (de, ", "found \"dee\"", "hint:"]);
    bench(&["--hub", "fr"]).failed(3, &["found \"fr\""]);
    wordferry(folder, &["bench", "--from", "nowhere", "--out", "out"])
        .failed(3, &["such as de.vec, found none"]);
    let run = bench(&["--tasks", "helth"]);
    assert!(run.code == 2 && run.stderr.contains("expected all or one of health, subwords"), "{run:#?}");
    bench(&["--tasks", "health"]).ok();
    bench(&["--tasks", "health", "--limit", "50"])
        .failed(3, &["with limit 50, found some with limit 200000", "hint: give another --out"]);
    let path = folder.join("out/results.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"version\":1", "\"version\":9")).unwrap();
    bench(&["--tasks", "health"]).failed(3, &["expected results of version 1, found version 9"]);
    fs::write(&path, text.replacen("\"status\"", "\"stat", 1)).unwrap();
    bench(&["--tasks", "health"]).failed(3, &["out/results.jsonl, line 2"]);
    write(folder, "file", "");
    wordferry(folder, &["bench", "--from", "made/data", "--out", "file"]).failed(1, &["file"]);
}

#[test]
fn a_dry_run_measures_nothing() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    wordferry(folder, &mock("made", &["--tasks", "health"])).ok();
    let report = wordferry(folder, &["bench", "--from", "made/data", "--out", "out", "--dry-run", "--json"])
        .ok()
        .json();
    assert_eq!(report["n_languages"], 9);
    assert_eq!(report["n_rows"], 9 * 5 + 8 * 3);
    assert!(
        report["seconds"].as_f64().unwrap() > 0.0
            && report["memory_bytes_of_largest"].as_u64().unwrap() > 10_000
    );
    assert!(!folder.join("out").exists());
}
