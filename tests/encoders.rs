//! Ways of pooling and of cutting texts, run as a user runs them.

mod common;

use common::{read, small_world, transfer, wordferry, wordferry_reading, write};

/// The German reviews without their labels.
fn unlabelled(folder: &std::path::Path) {
    let texts = column(&read(folder, "test.csv"), b',', 0);
    assert!(texts.len() >= 100);
    write(folder, "unlabelled.txt", texts.join("\n"));
}

fn column(table: &str, delimiter: u8, column: usize) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(table.as_bytes());
    reader.records().map(|row| row.unwrap()[column].to_string()).collect()
}

#[test]
fn every_pooling_is_carried_over_and_saved() {
    let world = small_world();
    let folder = world.path();
    unlabelled(folder);
    for pooling in ["mean", "sif", "usif", "mean-max", "tf-idf"] {
        let flags =
            [("--pooling", pooling), ("--unlabelled", "unlabelled.txt"), ("--out", pooling), ("--json", "")];
        let report = wordferry(folder, &transfer(&flags)).ok().json();
        assert_eq!(report["pooling"], pooling);
        assert_eq!(report["targets"][0]["tokenisation"], "lower case");
        let model = format!("{pooling}/de.model.safetensors");
        let run = wordferry(folder, &["predict", &model, "test.csv"]).ok();
        let saved = read(folder, &format!("{pooling}/de.predictions.csv"));
        assert_eq!(column(&run.stdout, b'\t', 0), column(&saved, b',', 1), "{pooling}");
    }
}

#[test]
fn what_a_target_learns_is_its_own_where_it_has_texts() {
    let world = small_world();
    let folder = world.path();
    unlabelled(folder);
    write(folder, "few.txt", "gut\n".repeat(99));
    let model = |pooling: &str, unlabelled: &[(&str, &str)]| {
        let flags = [&[("--pooling", pooling), ("--strategy", "zero-shot")][..], unlabelled].concat();
        wordferry(folder, &transfer(&flags)).ok();
        std::fs::read(folder.join("out/de.model.safetensors")).unwrap()
    };
    let [own, few] = ["unlabelled.txt", "few.txt"].map(|file| [("--unlabelled", file)]);
    for pooling in ["sif", "usif"] {
        let without = model(pooling, &[]);
        assert!(model(pooling, &few) == without, "{pooling}: a few texts teach less than the source's");
        assert!(model(pooling, &own) != without, "{pooling}");
    }
    assert!(model("mean", &own) == model("mean", &[]));
    assert!(model("tf-idf", &own) != model("tf-idf", &few));
    wordferry(folder, &transfer(&[("--pooling", "tf-idf")])).failed(
        2,
        &["expected `unlabelled` texts of \"de\" for the pooling `tf-idf`, found none", "hint: name a file"],
    );
}

#[test]
fn texts_are_cut_as_the_words_are_written() {
    let world = small_world();
    let folder = world.path();
    let info = |file: &str| {
        let json = wordferry(folder, &["vectors", "info", file, "--json"]).ok().json();
        json["tokenisation"].as_str().unwrap().to_string()
    };
    assert_eq!(info("de.vec"), "lower case");
    // The same vectors, their words with capitals, and two of another script.
    let capital = |line: &str| {
        let mut letters = line.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    let german = read(folder, "de.vec");
    let mut lines: Vec<String> = german.lines().skip(1).map(capital).collect();
    let zeros = " 0.5".repeat(lines[0].split(' ').count() - 1);
    lines.extend(["电影", "好看"].map(|word| format!("{word}{zeros}")));
    let header = format!("{} {}\n", lines.len(), zeros.len() / 4);
    write(folder, "cased.vec", header + &lines.join("\n") + "\n");
    assert_eq!(info("cased.vec"), "case kept, unspaced text segmented");
    let out = wordferry(folder, &["vectors", "info", "cased.vec"]).ok().stdout;
    assert!(out.contains("texts      case kept, unspaced text segmented\n"), "{out}");

    // Carried over to itself, so that the lexicon is that of identical words.
    let pairs: String = lines
        .iter()
        .filter_map(|line| line.split(' ').next())
        .map(|word| format!("{word} {word}\n"))
        .collect();
    write(folder, "pairs.txt", pairs);
    let texts = "text,label\nGut Schön,positive\nSchlecht Nicht,negative\n".to_string();
    write(folder, "cased.csv", texts.clone() + &texts["text,label\n".len()..].repeat(20));
    let flags = [
        ("--from-vectors", "cased.vec"),
        ("--to-vectors", "cased.vec"),
        ("--lexicon", "pairs.txt"),
        ("--train", "cased.csv"),
        ("--source-test", "cased.csv"),
        ("--test", "cased.csv"),
        ("--json", ""),
    ];
    let report = wordferry(folder, &transfer(&flags)).ok().json();
    assert_eq!(report["source"]["tokenisation"], "case kept, unspaced text segmented");
    assert_eq!(report["targets"][0]["token_coverage"], 1.0, "{report:#}");
    let predict = ["predict", "out/de.model.safetensors", "-", "--json"];
    wordferry_reading(folder, &predict, "电影好看\n".as_bytes()).ok();
}
