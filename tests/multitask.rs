//! Tasks and languages that are trained together, by the whole program.

mod common;

use std::path::Path;

use common::{Run, names, read, small_world, wordferry, write};

/// Reviews for a large task with the classes of its file and a small one with stars, in a small world.
fn world() -> tempfile::TempDir {
    let folder = small_world();
    let rows = read(folder.path(), "source_test.csv");
    let stars = |line: &str| line.replace(",positive", ",5").replace(",negative", ",1");
    let (few, rest): (Vec<_>, Vec<_>) = rows.lines().skip(1).enumerate().partition(|(i, _)| i % 3 == 0);
    for (name, lines) in [("stars.csv", few), ("stars_test.csv", rest)] {
        let lines: Vec<String> = lines.iter().map(|(_, line)| stars(line)).collect();
        write(folder.path(), name, format!("text,label\n{}\n", lines.join("\n")));
    }
    folder
}

fn multitask(folder: &Path, more: &[&str]) -> Run {
    let tasks = ["multitask", "large=train.csv", "small=stars.csv", "-o", "out"];
    wordferry(folder, &[&tasks, more].concat())
}

#[test]
fn each_task_has_a_model_of_its_own() {
    let folder = world();
    let folder = folder.path();
    let report = multitask(folder, &["--encoder", "en.vec", "--json"]).ok().json();
    assert_eq!(names(&folder.join("out")), ["large.model.safetensors", "small.model.safetensors"]);
    let [large, small] = [0, 1].map(|at| &report["tasks"][at]);
    assert_eq!((&large["name"], &small["classes"][0]), (&"large".into(), &"1".into()));
    assert!(small["rank"].as_u64().unwrap() <= 1 && small["held_out"]["accuracy"].is_number(), "{report}");
    let scores = ["evaluate", "classification", "out/small.model.safetensors", "--texts", "stars_test.csv"];
    let found = wordferry(folder, &[&scores[..], &["--json"]].concat()).ok().json();
    assert!(found["accuracy"].as_f64().unwrap() > 0.6, "{found}");
    let model = "out/small.model.safetensors";
    wordferry(folder, &["explain", model, "a wonderful book"]).ok();
    wordferry(folder, &["update", model, "stars_test.csv", "-o", "b"]).failed(3, &["without texts"]);
}

#[test]
fn languages_share_a_space() {
    let folder = world();
    let folder = folder.path();
    let align =
        ["align", "--source", "en.vec", "--target", "de.vec", "--lexicon", "lexicon.txt", "-o", "map"];
    wordferry(folder, &align).ok();
    let languages = |encoders: &[&str]| {
        let tasks = ["multitask", "en=train.csv", "de=test.csv", "-o", "out", "--json", "--force"];
        wordferry(folder, &[&tasks, encoders].concat())
    };
    let mapped = languages(&["--encoder", "en=en.vec", "--encoder", "de=de.vec", "--map", "map"]);
    assert_eq!(mapped.ok().json()["tasks"].as_array().unwrap().len(), 2);
    languages(&["--encoder", "en=en.vec", "--encoder", "de=de.vec"])
        .failed(3, &["expected features of the space"]);
}

#[test]
fn a_seed_gives_the_same_bytes() {
    let folder = world();
    let folder = folder.path();
    multitask(folder, &["--threads", "1"]).ok();
    wordferry(folder, &["multitask", "large=train.csv", "small=stars.csv", "-o", "again", "--threads", "3"])
        .ok();
    for name in names(&folder.join("out")) {
        assert!(
            std::fs::read(folder.join("out").join(&name)).unwrap()
                == std::fs::read(folder.join("again").join(&name)).unwrap()
        );
    }
}

#[test]
fn what_cannot_be_is_said() {
    let folder = world();
    let folder = folder.path();
    wordferry(folder, &["multitask", "a=train.csv", "-o", "out"]).failed(2, &["2 values required"]);
    wordferry(folder, &["multitask", "a=train.csv", "a=stars.csv", "-o", "out"])
        .failed(2, &["found a twice"]);
    wordferry(folder, &["multitask", "a=train.csv", "stars.csv", "-o", "out"]).failed(2, &["NAME=FILE"]);
    write(folder, "one.csv", "text,label\nalpha beta,x\ngamma delta,x\n");
    wordferry(folder, &["multitask", "a=train.csv", "b=one.csv", "-o", "out"])
        .failed(3, &["all of the class \"x\"", "one.csv"]);
    write(folder, "noise.csv", "text,label\nfilm,1\nfilm,5\nfilm,1\nfilm,5\nfilm,1\nfilm,5\n");
    let noise = ["multitask", "a=train.csv", "b=noise.csv", "-o", "out"];
    wordferry(folder, &noise).failed(4, &["above chance"]);
    assert!(!folder.join("out").exists());
}
