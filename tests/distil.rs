//! `wordferry distil`, run as a user runs it.

mod common;

use std::fs;
use std::path::Path;

use common::{names, read, transformer, wordferry, write};
use serde_json::Value;

fn distil(name: &str) -> Vec<String> {
    ["distil", transformer(name).to_str().unwrap(), "-o", "static"].map(str::to_owned).into()
}

fn with(name: &str, more: &[&str]) -> Vec<String> {
    distil(name).into_iter().chain(more.iter().map(|text| (*text).to_owned())).collect()
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    names(&folder.join("static"))
        .iter()
        .map(|name| fs::read(folder.join("static").join(name)).unwrap())
        .collect()
}

#[test]
fn every_architecture_becomes_a_static_model() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    write(folder, "texts.txt", "A good book\n\nEin gutes Buch\n");
    for name in ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "albert"] {
        let report = wordferry(folder, &with(name, &["--dimension", "5", "--json"])).ok().json();
        assert_eq!(report["dimension"], 5, "{name}");
        assert_eq!(names(&folder.join("static")), ["config.json", "model.safetensors", "tokenizer.json"]);
        let config: Value = serde_json::from_str(&read(folder, "static/config.json")).unwrap();
        assert_eq!(config["model_type"], "model2vec");
        assert_eq!(config["wordferry"]["source"], name);
        let first = bytes(folder);
        wordferry(folder, &with(name, &["--dimension", "5", "--threads", "1"])).ok();
        assert!(bytes(folder) == first, "{name}: the same bytes by one thread");
        let found = wordferry(folder, &["embed", "static", "texts.txt", "-o", "a.npy", "--json"]).ok().json();
        assert_eq!((&found["dimension"], &found["n_texts"]), (&5.into(), &3.into()));
    }
    assert_eq!(names(folder), ["a.npy", "static", "texts.txt"]);
}

#[test]
fn words_become_tokens_where_the_tokenizer_has_words() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    write(folder, "words.txt", "bookbook\nbookbook\n\n two words \nbook\n");
    for name in ["bert", "xlm-roberta"] {
        let before = wordferry(folder, &with(name, &["--json"])).ok().json();
        let run = wordferry(folder, &with(name, &["--vocabulary", "words.txt", "--json"])).ok();
        assert!(run.stderr.contains("1 words were left out"), "{run:#?}");
        assert!(run.stderr.contains("two words"), "{run:#?}");
        let after = run.json();
        let n = |report: &Value, key: &str| report[key].as_u64().unwrap();
        assert!((1..=2).contains(&n(&after, "n_words")), "{name}: {after}");
        assert_eq!(n(&after, "n_tokens"), n(&before, "n_tokens") + n(&after, "n_words"), "{name}");
    }
    wordferry(folder, &with("roberta", &["--vocabulary", "words.txt"]))
        .failed(3, &["found one of the kind BPE", "hint: leave the vocabulary out"]);
    write(folder, "words.txt", b"\xff\n");
    wordferry(folder, &with("bert", &["--vocabulary", "words.txt"]))
        .failed(1, &["expected words in UTF-8", "words.txt"]);
}

#[test]
fn folders_of_others_stay() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    let refused = |says: &[&str]| {
        let before = bytes(folder);
        wordferry(folder, &distil("bert")).failed(3, says);
        assert_eq!(bytes(folder), before);
    };
    fs::create_dir(folder.join("static")).unwrap();
    wordferry(folder, &distil("bert")).ok();
    wordferry(folder, &distil("distilbert")).ok();
    write(folder, "static/notes.txt", "mine");
    refused(&["found a folder with the file notes.txt (static)", "hint: choose another folder"]);
    fs::remove_file(folder.join("static/notes.txt")).unwrap();
    write(folder, "static/config.json", "{\"model_type\": \"model2vec\"}");
    refused(&["found the folder of another model"]);
    fs::remove_dir_all(folder.join("static")).unwrap();
    write(folder, "static", "a file");
    wordferry(folder, &distil("bert")).failed(1, &["expected to write static", "hint: a file is in the way"]);
    let mut nowhere = distil("bert");
    nowhere[3] = "no/where".into();
    wordferry(folder, &nowhere).failed(1, &["no/where", "hint: create the folder first"]);
    wordferry(folder, &["distil", "static", "-o", "other"]).failed(3, &["found no such file (static)"]);
    wordferry(folder, &["distil", "none", "-o", "other"])
        .failed(1, &["expected to read none", "check the path"]);
    assert_eq!(names(folder), ["static"]);
}
