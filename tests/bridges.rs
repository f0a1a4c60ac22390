//! `wordferry bridge`, run as a user runs it.

mod common;

use std::path::Path;

use common::{read, small_world, wordferry, write};

/// Sentences of the frequent German words, each with itself as its translation: the encoder has tiny random weights.
fn parallel(folder: &Path) {
    let german = read(folder, "de.vec");
    let words: Vec<&str> = german.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let sentence = |i: usize| format!("{} {} {}", words[i % 90], words[(i * 7) % 150], words[(i * i) % 60]);
    let lines: Vec<String> =
        (0..300).map(sentence).map(|sentence| format!("{sentence}\t{sentence}")).collect();
    write(folder, "parallel.tsv", lines.join("\n"));
}

#[test]
fn a_bridge_is_an_encoder_of_the_same_space() {
    let world = small_world();
    let folder = world.path();
    parallel(folder);
    let encoder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/encode/tests/data/transformers/bert");
    let encoder = encoder.to_str().unwrap();
    let fit = ["bridge", "de.vec", "--to", encoder, "--parallel", "parallel.tsv", "-o", "de.bridge"];
    let report = wordferry(folder, &[&fit[..], &["--json"]].concat()).ok().json();
    assert_eq!((&report["method"], &report["n_pairs"]), (&"words".into(), &300.into()));
    assert!(report["held_out"]["n_pairs"].as_u64().unwrap() >= 20);
    write(folder, "texts.txt", "gut\nsehr gut\n");
    let embed = |encoder: &str| {
        wordferry(folder, &["embed", encoder, "texts.txt", "-o", "rows.npy", "--json"]).ok().json()
    };
    let (bridged, teacher) = (embed("de.bridge"), embed(encoder));
    assert_eq!(bridged["space"], teacher["space"]);
    assert_eq!(bridged["dimension"], teacher["dimension"]);
    let first = std::fs::read(folder.join("de.bridge")).unwrap();
    wordferry(folder, &[&fit[..], &["--threads", "1"]].concat()).ok();
    assert!(std::fs::read(folder.join("de.bridge")).unwrap() == first, "the same bytes by one thread");
}

#[test]
fn files_that_are_not_parallel_are_refused() {
    let world = small_world();
    let folder = world.path();
    let bridge = |parallel: &str| {
        wordferry(folder, &["bridge", "de.vec", "--to", "en.vec", "--parallel", parallel, "-o", "de.bridge"])
    };
    write(folder, "untabbed.tsv", "gut\tgood\ngut good\n");
    bridge("untabbed.tsv")
        .failed(3, &["expected two sentences a line", "found 1 in line 2", "hint: a line is"]);
    write(folder, "short.tsv", "gut\tgood\n");
    bridge("short.tsv").failed(3, &["expected 100 different sentences or more", "found 1 in 1 pairs"]);
    assert!(!folder.join("de.bridge").exists());
}

#[test]
fn a_bridge_begins_at_another_encoder_too() {
    let world = small_world();
    let folder = world.path();
    parallel(folder);
    let encoders = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/encode/tests/data/transformers");
    let encoder = |name: &str| encoders.join(name).to_str().unwrap().to_owned();
    let fit = |method: &str, to: &str| {
        let (from, to) = (encoder("roberta"), encoder(to));
        let arguments = ["bridge", &from, "--to", &to, "--parallel", "parallel.tsv", "--method", method];
        wordferry(folder, &[&arguments[..], &["-o", "between", "--json"]].concat())
    };
    for method in ["ridge", "procrustes"] {
        assert_eq!(fit(method, "bert").ok().json()["method"], method);
    }
    fit("words", "bert").failed(2, &["expected word vectors with --method words"]);
    write(folder, "texts.txt", "gut\nsehr gut\n");
    let embed = ["embed", "between", "texts.txt", "-o", "rows.npy", "--json"];
    wordferry(folder, &embed).failed(3, &["beside", "no folder", "hint: put the folder"]);
    copy(&encoders.join("roberta"), &folder.join("roberta"));
    let bert = wordferry(folder, &["embed", &encoder("bert"), "texts.txt", "-o", "bert.npy", "--json"]);
    assert_eq!(wordferry(folder, &embed).ok().json()["space"], bert.ok().json()["space"]);
}

#[test]
fn an_output_that_cannot_be_written_is_told_at_once() {
    let world = small_world();
    let folder = world.path();
    let nowhere = ["-o", "no/where.npy"];
    // None of the inputs is there: the output is what is looked at first.
    let check = |arguments: &[&str]| {
        wordferry(folder, &[arguments, &nowhere].concat()).failed(1, &["no/where.npy"]);
    };
    check(&["bridge", "none", "--to", "none", "--parallel", "none"]);
    check(&["embed", "none", "none"]);
    check(&["finetune", "none", "--encoder", "none"]);
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(path, target).unwrap()),
        }
    }
}
