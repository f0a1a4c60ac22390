//! The main job, run as a user runs it.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use common::{data, names, read, small_world, transfer, wordferry, wordferry_reading, write};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

#[test]
fn the_demo_runs_and_says_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let demo = data().join("demo.toml");
    let arguments = ["transfer", demo.to_str().unwrap(), "--out", "out"];
    let run = wordferry(folder.path(), &arguments).ok();
    for part in [
        "en → de, es: negative / positive",
        "language",
        "majority",
        "coverage",
        "repeat with: wordferry transfer",
    ] {
        assert!(run.stdout.contains(part), "expected {part:?} in {run:#?}");
    }
    let files = [
        "de.model.safetensors",
        "de.predictions.csv",
        "es.model.safetensors",
        "es.predictions.csv",
        "report.json",
    ];
    assert_eq!(names(&folder.path().join("out")), files);
    let report = wordferry(folder.path(), &[&arguments[..], &["--json"]].concat()).ok().json();
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no number in {report:#}"));
    assert!(number(&report["source"]["accuracy"]) > 0.6, "{report:#}");
    for target in report["targets"].as_array().unwrap() {
        assert!(number(&target["accuracy"]) > number(&target["majority"]), "{report:#}");
        assert!(number(&target["accuracy_ci"][0]) <= number(&target["accuracy"]), "{report:#}");
        assert_eq!(target["alignment"]["verdict"], "ok", "{report:#}");
        assert!(number(&target["token_coverage"]) > 0.85, "{report:#}");
        let gap = number(&report["source"]["accuracy"]) - number(&target["accuracy"]);
        assert!((gap - number(&target["gap"])).abs() < 1e-9, "{report:#}");
    }
    assert!(number(&report["seconds"]) > 0.0 && number(&report["peak_rss_bytes"]) > 1e6, "{report:#}");
}

/// The keys that the command line's contract names.
#[test]
fn the_json_has_the_promised_keys() {
    let world = small_world();
    let report = wordferry(world.path(), &[transfer(&[]), vec!["--json".into()]].concat()).ok().json();
    let has = |value: &Value, keys: &[&str]| {
        for key in keys {
            assert!(value.get(key).is_some_and(|value| !value.is_null()), "expected {key} in {value:#}");
        }
    };
    has(&report, &["source", "targets", "seconds", "peak_rss_bytes"]);
    has(&report["source"], &["language", "n_test", "accuracy", "macro_f1", "majority"]);
    let target = &report["targets"][0];
    let scores =
        ["language", "strategy", "n_test", "accuracy", "accuracy_ci", "macro_f1", "macro_f1_ci", "majority"];
    has(target, &scores);
    has(target, &["token_coverage", "gap", "alignment", "advice"]);
    has(&target["alignment"], &["method", "verdict", "held_out_p_at_1", "n_seed_pairs"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let world = small_world();
    for (threads, out) in [("1", "one"), ("2", "two"), ("7", "seven")] {
        wordferry(world.path(), &transfer(&[("--out", out), ("--threads", threads), ("--pooling", "sif")]))
            .ok();
    }
    for name in names(&world.path().join("one")) {
        let bytes = |out: &str| std::fs::read(world.path().join(out).join(&name)).unwrap();
        assert!(bytes("one") == bytes("two") && bytes("one") == bytes("seven"), "{name}");
    }
    assert_eq!(names(&world.path().join("one")).len(), 3);
}

#[test]
fn a_file_and_flags_say_the_same() {
    let world = small_world();
    let plan = "[source]\nlanguage = 'en'\nvectors = 'en.vec'\ntrain = 'train.csv'\ntest = 'source_test.csv'\n\
                [[target]]\nlanguage = 'de'\nvectors = 'de.vec'\nlexicon = 'lexicon.txt'\ntest = 'test.csv'\n\
                [output]\nfolder = 'by_file'\n";
    write(world.path(), "plan.toml", plan);
    wordferry(world.path(), &["transfer", "plan.toml"]).ok();
    wordferry(world.path(), &transfer(&[("--out", "by_flags")])).ok();
    for name in names(&world.path().join("by_file")) {
        let bytes = |out: &str| std::fs::read(world.path().join(out).join(&name)).unwrap();
        assert!(bytes("by_file") == bytes("by_flags"), "{name}");
    }
}

#[test]
fn parquet_says_the_same_as_csv() {
    let world = small_world();
    let folder = world.path();
    let mut columns: [Vec<ByteArray>; 2] = Default::default();
    let table = read(folder, "train.csv");
    for row in csv::Reader::from_reader(table.as_bytes()).deserialize() {
        let row: BTreeMap<String, String> = row.expect("a row of the repository's data");
        columns[0].push(row["text"].as_str().into());
        columns[1].push(row["label"].as_str().into());
    }
    let schema = "message rows { required binary text (UTF8); required binary label (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for values in columns {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    write(folder, "train.parquet", &bytes);
    wordferry(folder, &transfer(&[("--out", "by_csv")])).ok();
    wordferry(folder, &transfer(&[("--train", "train.parquet"), ("--out", "by_parquet")])).ok();
    assert!(
        read(folder, "by_csv/de.predictions.csv") == read(folder, "by_parquet/de.predictions.csv"),
        "the same predictions"
    );
    write(folder, "cut.parquet", &bytes[..bytes.len() / 2]);
    wordferry(folder, &transfer(&[("--train", "cut.parquet")]))
        .failed(3, &["in cut.parquet", "hint: export"]);
    let predict = ["predict", "by_parquet/de.model.safetensors", "-"];
    let n_texts = csv::Reader::from_reader(table.as_bytes()).records().count();
    let run = wordferry_reading(folder, &predict, &bytes).ok();
    assert_eq!(
        csv::ReaderBuilder::new().delimiter(b'\t').from_reader(run.stdout.as_bytes()).records().count(),
        n_texts
    );
}

#[test]
fn a_saved_model_needs_no_vectors_and_predicts_the_same() {
    let world = small_world();
    let folder = world.path();
    wordferry(folder, &transfer(&[])).ok();
    for name in ["en.vec", "de.vec", "lexicon.txt", "train.csv"] {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    let model = "out/de.model.safetensors";
    let run = wordferry(folder, &["predict", model, "test.csv"]).ok();
    let columns = |text: &str, delimiter: u8, columns: [usize; 2]| -> Vec<[String; 2]> {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        reader
            .records()
            .map(|row| row.unwrap())
            .map(|row| columns.map(|column| row[column].to_string()))
            .collect()
    };
    let saved = columns(&read(folder, "out/de.predictions.csv"), b',', [1, 2]);
    assert_eq!(columns(&run.stdout, b'\t', [0, 1]), saved);
    let lines = "Ein sehr schönes Buch.\n\nDas war schlecht.\n";
    let run = wordferry_reading(folder, &["predict", model, "-", "--json"], lines.as_bytes()).ok();
    let rows: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3, "a text a line, empty ones too");
    assert!(rows.iter().all(|row| (0.5..=1.0).contains(&row["probability"].as_f64().unwrap())));
    assert_eq!(rows[2]["text"], "Das war schlecht.");
}

#[test]
fn other_seeds_than_a_lexicon() {
    let world = small_world();
    let folder = world.path();
    let without_lexicon = |extra: &[&str]| {
        let mut arguments = transfer(&[]);
        let at = arguments.iter().position(|argument| argument == "--lexicon").unwrap();
        arguments.drain(at..at + 2);
        arguments.extend(extra.iter().map(|argument| argument.to_string()));
        wordferry(folder, &arguments)
    };
    let alignment = |run: common::Run| run.ok().json()["targets"][0]["alignment"].clone();
    let identical = alignment(without_lexicon(&["--identical", "--json"]));
    assert_eq!(identical["seeds"], "identical");
    assert!(identical["n_seed_pairs"].as_u64().unwrap() > 20, "{identical}");
    without_lexicon(&[]).failed(2, &["expected --lexicon FILE, --identical, --unsupervised or --map FILE"]);

    let align = |source: &str, target: &str, map: &str, lexicon: &str| {
        wordferry(
            folder,
            &[
                "align",
                "--source",
                source,
                "--target",
                target,
                "--lexicon",
                lexicon,
                "--method",
                "procrustes",
                "-o",
                map,
            ],
        )
        .ok();
    };
    align("en.vec", "de.vec", "en-de.map", "lexicon.txt");
    let by_map = wordferry(folder, &transfer(&[("--out", "by_lexicon"), ("--strategy", "zero-shot")])).ok();
    without_lexicon(&["--map", "en-de.map", "--strategy", "zero-shot"]).ok();
    let predictions = |out: &str| read(folder, &format!("{out}/de.predictions.csv"));
    assert_eq!(predictions("out"), predictions("by_lexicon"), "{by_map:#?}");
    // A map serves both directions: learned the other way round, it is recognised by the vectors' spaces.
    let swap = |line: &str| line.split_whitespace().rev().collect::<Vec<_>>().join("\t") + "\n";
    write(folder, "swapped.txt", read(folder, "lexicon.txt").lines().map(swap).collect::<String>());
    align("de.vec", "en.vec", "de-en.map", "swapped.txt");
    let reversed = alignment(without_lexicon(&["--map", "de-en.map", "--json"]));
    assert_eq!(reversed["seeds"], "saved");
}

#[test]
fn unlabelled_texts_centre_the_target() {
    let world = small_world();
    let texts: String = read(world.path(), "test.csv").lines().map(|line| format!("{line}\n")).collect();
    write(world.path(), "unlabelled.csv", texts);
    let centred = [("--unlabelled", "unlabelled.csv"), ("--strategy", "centred"), ("--json", "")];
    let centred = wordferry(world.path(), &transfer(&centred)).ok().json();
    assert_eq!(centred["targets"][0]["strategy"], "centred");
    let fixed = [("--unlabelled", "unlabelled.csv"), ("--strategy", "zero-shot"), ("--json", "")];
    let fixed = wordferry(world.path(), &transfer(&fixed)).ok().json();
    assert_eq!(fixed["targets"][0]["strategy"], "zero-shot");
    assert_ne!(fixed["targets"][0]["macro_f1"], centred["targets"][0]["macro_f1"]);
}

#[test]
fn a_target_without_a_test_is_carried_and_called_untested() {
    let world = small_world();
    let mut arguments = transfer(&[("--json", "")]);
    for flag in ["--test", "--source-test"] {
        let at = arguments.iter().position(|argument| argument == flag).unwrap();
        arguments.drain(at..at + 2);
    }
    let report = wordferry(world.path(), &arguments).ok().json();
    assert!(report["targets"][0]["accuracy"].is_null() && report["targets"][0]["gap"].is_null());
    assert!(report["targets"][0]["advice"].as_str().unwrap().starts_with("untested: "), "{report:#}");
    assert_eq!(names(&world.path().join("out")), ["de.model.safetensors", "report.json"]);
}

#[test]
fn labels_are_mapped_and_columns_named() {
    let world = small_world();
    let rename = |name: &str| {
        let text = read(world.path(), name).replacen("text,label", "body,stars", 1);
        let text = text.replace(",positive\n", ",5\n").replace(",negative\n", ",1\n");
        write(world.path(), name, text + "\"so so\",3\n");
    };
    for name in ["train.csv", "source_test.csv", "test.csv"] {
        rename(name);
    }
    let mut arguments = transfer(&[("--text-column", "body"), ("--label-column", "stars"), ("--json", "")]);
    arguments.extend(["--labels", "bad=1,2", "--labels", "good=4,5"].map(String::from));
    let report = wordferry(world.path(), &arguments).ok().json();
    assert_eq!(report["classes"], serde_json::json!(["bad", "good"]));
    assert_eq!(
        report["targets"][0]["n_test"].as_u64().unwrap() as usize,
        read(world.path(), "test.csv").lines().count() - 2
    );
}

#[test]
fn a_class_may_be_named_twice_and_a_label_once() {
    let world = small_world();
    let labels = |more: &[&str]| {
        let mut arguments = transfer(&[("--json", "")]);
        arguments.extend(more.iter().flat_map(|labels| ["--labels".to_string(), labels.to_string()]));
        wordferry(world.path(), &arguments)
    };
    let report = labels(&["all=positive", "all=other", "rest=negative"]).ok().json();
    assert_eq!(report["classes"], serde_json::json!(["all", "rest"]));
    assert_eq!(
        report["source"]["n_train"].as_u64().unwrap() as usize,
        read(world.path(), "train.csv").lines().count() - 1
    );
    labels(&["a=positive", "b=positive,negative"]).failed(2, &["found \"positive\" twice"]);
}

#[test]
fn a_failed_experiment_leaves_nothing_and_a_new_one_no_old_file() {
    let world = small_world();
    let folder = world.path();
    let target = |language: &str| {
        format!("[[target]]\nlanguage = '{language}'\nvectors = '{language}.vec'\nlexicon = 'lexicon.txt'\n")
    };
    let source =
        "[source]\nlanguage = 'en'\nvectors = 'en.vec'\ntrain = 'train.csv'\n[output]\nfolder = 'out'\n";
    write(folder, "plan.toml", [source, &target("de"), "test = 'test.csv'\n", &target("nowhere")].concat());
    wordferry(folder, &["transfer", "plan.toml"]).failed(1, &["nowhere.vec"]);
    assert_eq!(names(&folder.join("out")), Vec::<String>::new());
    write(folder, "plan.toml", [source, &target("de"), "test = 'test.csv'\n"].concat());
    wordferry(folder, &["transfer", "plan.toml"]).ok();
    assert!(names(&folder.join("out")).contains(&"de.predictions.csv".into()));
    write(folder, "plan.toml", [source, &target("de")].concat());
    wordferry(folder, &["transfer", "plan.toml"]).ok();
    assert_eq!(names(&folder.join("out")), ["de.model.safetensors", "report.json"]);
}

#[test]
fn the_strategy_is_chosen_by_what_there_is() {
    let world = small_world();
    let folder = world.path();
    write(folder, "few.txt", "gut\n".repeat(99));
    write(folder, "enough.txt", "gut\nschlecht\n".repeat(50));
    let rows: Vec<String> = read(folder, "test.csv").lines().map(String::from).collect();
    write(folder, "labelled.csv", rows[..41].join("\n") + "\n");
    let texts = rows[1..].iter().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0));
    write(folder, "many.txt", texts.collect::<String>().repeat(4));
    let chosen = |flags: &[(&str, &str)]| {
        let run = wordferry(folder, &transfer(&[flags, &[("--json", "")]].concat())).ok();
        run.json()["targets"][0]["strategy"].as_str().unwrap().to_string()
    };
    assert_eq!(chosen(&[("--unlabelled", "enough.txt")]), "lexical-carry");
    assert_eq!(chosen(&[("--unlabelled", "many.txt")]), "student");
    assert_eq!(chosen(&[("--labelled", "labelled.csv")]), "joint");
    assert_eq!(chosen(&[("--labelled", "labelled.csv"), ("--unlabelled", "many.txt")]), "student");
    let pooled = |file: &str| chosen(&[("--pooling", "mean"), ("--unlabelled", file)]);
    assert_eq!([pooled("few.txt"), pooled("enough.txt")], ["zero-shot", "centred"]);
    let flags = [("--labelled", "labelled.csv"), ("--strategy", "zero-shot")];
    wordferry(folder, &transfer(&flags)).failed(2, &["found `zero-shot` and `labelled`"]);
    wordferry(folder, &transfer(&[("--strategy", "joint")])).failed(2, &["expected `labelled` texts"]);
}

#[test]
fn every_strategy_gives_a_model_that_is_read_again() {
    let world = small_world();
    let folder = world.path();
    let rows: Vec<String> = read(folder, "test.csv").lines().map(String::from).collect();
    let texts = rows[1..].iter().map(|row| format!("{}\n", row.rsplit_once(',').unwrap().0));
    write(folder, "unlabelled.txt", texts.collect::<String>());
    for strategy in ["coral", "importance", "lexical-carry", "label-shift", "student"] {
        let flags = [("--unlabelled", "unlabelled.txt"), ("--strategy", strategy), ("--out", strategy)];
        wordferry(folder, &transfer(&flags)).ok();
        let model = format!("{strategy}/de.model.safetensors");
        let run = wordferry(folder, &["predict", &model, "test.csv"]).ok();
        let labels: Vec<&str> =
            run.stdout.lines().skip(1).map(|row| row.split('\t').next().unwrap()).collect();
        let saved = read(folder, &format!("{strategy}/de.predictions.csv"));
        let mut saved = csv::Reader::from_reader(saved.as_bytes());
        let saved: Vec<String> = saved.records().map(|row| row.unwrap()[1].to_string()).collect();
        assert_eq!(labels, saved, "{strategy}");
    }
}

#[cfg(unix)]
#[test]
fn a_table_on_stdin_is_a_table() {
    let world = small_world();
    wordferry(world.path(), &transfer(&[])).ok();
    let model = "out/de.model.safetensors";
    let named = wordferry(world.path(), &["predict", model, "test.csv"]).ok();
    let piped =
        wordferry_reading(world.path(), &["predict", model, "-"], read(world.path(), "test.csv").as_bytes())
            .ok();
    assert_eq!(named.stdout, piped.stdout);
    let rows = named.stdout.lines().count();
    assert_eq!(rows, read(world.path(), "test.csv").lines().count());
}

#[test]
fn strict_is_a_gate() {
    let world = small_world();
    let words: Vec<String> = read(world.path(), "lexicon.txt").lines().map(String::from).collect();
    let shuffled: String = words
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let other = &words[(i * 7919 + 31) % words.len()];
            let (source, target) = (line.split_whitespace().next(), other.split_whitespace().nth(1));
            format!("{} {}\n", source.unwrap(), target.unwrap())
        })
        .collect();
    write(world.path(), "shuffled.txt", shuffled);
    let run = wordferry(world.path(), &transfer(&[("--lexicon", "shuffled.txt")])).ok();
    assert!(run.stdout.contains("do not use: the alignment failed"), "{run:#?}");
    let strict = wordferry(world.path(), &transfer(&[("--lexicon", "shuffled.txt"), ("--strict", "")]));
    assert_eq!(strict.code, 4, "{strict:#?}");
}

#[test]
fn more_than_two_classes() {
    let world = small_world();
    let thirds = |name: &str| {
        let text = read(world.path(), name);
        let relabel = |(i, line): (usize, &str)| match i % 3 {
            0 if i > 0 => line.rsplit_once(',').unwrap().0.to_string() + ",mixed\n",
            _ => format!("{line}\n"),
        };
        write(world.path(), name, text.lines().enumerate().map(relabel).collect::<String>());
    };
    for name in ["train.csv", "source_test.csv", "test.csv"] {
        thirds(name);
    }
    let report = wordferry(world.path(), &transfer(&[("--json", "")])).ok().json();
    assert_eq!(report["classes"], serde_json::json!(["mixed", "negative", "positive"]));
}

#[cfg(unix)]
#[test]
fn a_broken_pipe_is_success() {
    let world = small_world();
    wordferry(world.path(), &transfer(&[])).ok();
    write(world.path(), "many.txt", "ein schöner Abend\n".repeat(50_000));
    let program = Path::new(env!("CARGO_BIN_EXE_wordferry")).display().to_string();
    let script = format!("set -o pipefail; {program} predict out/de.model.safetensors many.txt | head -n 1");
    let output =
        std::process::Command::new("bash").args(["-c", &script]).current_dir(world.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "label\tprobability\ttext\n");
}
