//! Whether to transfer, asked as a user asks.

mod common;

use common::{names, read, small_world, wordferry, write};
use serde_json::Value;

/// A plan of the small world. The labelled texts are the first 60 of the target's, the tests are all others.
fn plan(folder: &std::path::Path, more: &str) {
    let texts = read(folder, "test.csv");
    let lines: Vec<&str> = texts.lines().collect();
    let (header, rows) = lines.split_first().expect("a header");
    let file = |rows: &[&str]| format!("{header}\n{}\n", rows.join("\n"));
    write(folder, "labelled.csv", file(&rows[..60]));
    write(folder, "rest.csv", file(&rows[60..]));
    let plan = "[source]\nlanguage = 'en'\nvectors = 'en.vec'\ntrain = 'train.csv'\n\
                [[target]]\nlanguage = 'de'\nvectors = 'de.vec'\nlexicon = 'lexicon.txt'\n";
    write(folder, "plan.toml", format!("{plan}{more}"));
}

#[test]
fn labelled_texts_are_measured_on_and_tests_are_not() {
    let world = small_world();
    plan(world.path(), "labelled = 'labelled.csv'\ntest = 'rest.csv'\n");
    let run = wordferry(world.path(), &["diagnose", "plan.toml", "--json", "--out", "out"]).ok();
    let (diagnosis, files) = (run.json(), names(&world.path().join("out")));
    assert_eq!(files, ["de.curve.svg", "diagnosis.json"]);
    assert_eq!(read(&world.path().join("out"), "diagnosis.json"), run.stdout);
    let target = &diagnosis["targets"][0];
    let curves = &target["curves"];
    let sizes = |curve: &str| -> Vec<u64> {
        let points = curves[curve]["points"].as_array().expect("points");
        points.iter().filter_map(|point| point["n_labels"].as_u64()).collect()
    };
    let (with, own) = (sizes("transferred"), sizes("own"));
    assert_eq!((with[0], &with[1..]), (0, &own[..]), "{target:#}");
    assert_eq!(own[0], 8, "{target:#}");
    assert!(*own.last().unwrap() < 60 && own.len() > 2, "{target:#}");
    for name in ["leep", "h_score", "log_evidence", "token_coverage", "proxy_a_distance", "outcome"] {
        assert!(!target[name].is_null(), "{name}: {target:#}");
    }
    // Another test is another outcome, and the same verdict.
    plan(world.path(), "labelled = 'labelled.csv'\ntest = 'labelled.csv'\n");
    let other = wordferry(world.path(), &["diagnose", "plan.toml", "--json", "--threads", "1"]).ok().json();
    let without = |diagnosis: &Value| {
        let mut target = diagnosis["targets"][0].clone();
        target["outcome"].take();
        target
    };
    assert_eq!(without(&other), without(&diagnosis));
    assert_ne!(other["targets"][0]["outcome"], target["outcome"]);
}

#[test]
fn without_labels_it_says_how_little_it_rests_on() {
    let world = small_world();
    plan(world.path(), "");
    let text = wordferry(world.path(), &["diagnose", "plan.toml"]).ok().stdout;
    assert!(text.contains("rests on next to nothing: no text of the language"), "{text}");
    plan(world.path(), "unlabelled = 'rest.csv'\n");
    let text = wordferry(world.path(), &["diagnose", "plan.toml"]).ok().stdout;
    assert!(text.contains("texts without labels; nothing was measured"), "{text}");
    assert!(text.contains("A-distance") && text.contains("predicted shares"), "{text}");
    wordferry(world.path(), &["diagnose", "none.toml"]).failed(1, &["none.toml"]);
}
