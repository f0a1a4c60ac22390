//! Whatever is wrong is said, with its place, an exit code and nothing half-written.

mod common;

use std::path::Path;

use common::{N_WORDS, names, read, small_world, transfer, wordferry, write};

/// Runs a transfer with one argument replaced; it has to fail and leave no file in the output folder.
#[track_caller]
fn check(folder: &Path, flag: &str, value: &str, code: i32, says: &[&str]) {
    wordferry(folder, &transfer(&[(flag, value)])).failed(code, says);
    assert_eq!(names(&folder.join("out")), Vec::<String>::new(), "nothing half-written");
}

/// The file with line `n` (from 1) changed.
fn with_line(text: &str, n: usize, change: impl Fn(&str) -> String) -> String {
    let change = |(i, line): (usize, &str)| if i + 1 == n { change(line) } else { line.to_string() };
    text.lines().enumerate().map(change).map(|line| line + "\n").collect()
}

#[test]
fn files_that_are_not_there() {
    let world = small_world();
    for flag in ["--from-vectors", "--to-vectors", "--lexicon", "--train", "--source-test", "--test"] {
        check(world.path(), flag, "nowhere", 1, &["nowhere", "hint: check the path"]);
        // A folder of texts is one of e-mail.
        match flag {
            "--train" | "--source-test" | "--test" => {
                check(world.path(), flag, ".", 3, &["expected an e-mail", "de.vec"]);
            }
            _ => check(world.path(), flag, ".", 1, &["found a directory"]),
        }
        write(world.path(), "empty", "");
        check(world.path(), flag, "empty", 3, &["empty"]);
    }
}

#[test]
fn vectors_that_lie() {
    let world = small_world();
    let folder = world.path();
    let vectors = read(folder, "en.vec");
    let bad = |content: String, says: &[&str]| {
        write(folder, "bad.vec", content);
        check(folder, "--from-vectors", "bad.vec", 3, says);
    };
    let header = |header: &str| with_line(&vectors, 1, |_| header.to_string());
    bad(header("9000 64"), &["expected 9000 rows, as the header says, found 3000", "bad.vec, line 1"]);
    bad(header("2000 64"), &["expected 2000 rows, as the header says, found 3000", "bad.vec, line 1"]);
    bad(header("3000 65"), &["expected rows of 65 values, as the header says, found rows of 64"]);
    bad(header("99999999999999 64"), &["99999999999999", "bad.vec, line 1"]);
    let short = |line: &str| line.rsplit_once(' ').expect("a row has values").0.to_string();
    bad(with_line(&vectors, 7, short), &["expected 64 values after the word, found 63 (bad.vec, line 7)"]);
    let nan = |line: &str| format!("{} nan", short(line));
    bad(
        with_line(&vectors, 9, nan),
        &["expected finite values, found NaN, infinity or a value beyond ±1e15 (bad.vec, line 9)"],
    );
    bad("0 64\n".into(), &["expected at least one row, found nothing after the header (bad.vec, line 1)"]);
    bad("\u{1}\u{2}\u{3}garbage".into(), &["expected word vectors, found"]);
}

#[test]
fn what_can_be_repaired_is_repaired_when_asked_for() {
    let world = small_world();
    let nan = |line: &str| format!("{} nan", line.rsplit_once(' ').expect("a row has values").0);
    write(world.path(), "bad.vec", with_line(&read(world.path(), "en.vec"), 9, nan));
    let run = wordferry(world.path(), &transfer(&[("--from-vectors", "bad.vec"), ("--lenient", "")])).ok();
    assert!(
        run.stderr.contains("note: bad.vec: 1 × row with NaN, infinity or a value beyond ±1e15, left out"),
        "{run:#?}"
    );
    let quiet = [("--from-vectors", "bad.vec"), ("--lenient", ""), ("--quiet", "")];
    assert_eq!(wordferry(world.path(), &transfer(&quiet)).ok().stderr, "");
}

#[test]
fn labels_that_do_not_fit() {
    let world = small_world();
    let folder = world.path();
    let positive: String = read(folder, "train.csv")
        .lines()
        .filter(|line| !line.ends_with("negative"))
        .map(|l| format!("{l}\n"))
        .collect();
    write(folder, "one.csv", positive);
    check(
        folder,
        "--train",
        "one.csv",
        3,
        &["at least two classes", "all of the class \"positive\", in one.csv"],
    );
    write(folder, "other.csv", read(folder, "test.csv").replace(",negative", ",neg"));
    check(
        folder,
        "--test",
        "other.csv",
        3,
        &["(negative, positive), found \"neg\", in other.csv, line", "hint: use the same names"],
    );
    write(folder, "columns.csv", "body,label\na,positive\n");
    check(
        folder,
        "--test",
        "columns.csv",
        3,
        &["expected a column \"text\", found the columns body, label, in columns.csv"],
    );
    write(folder, "labels.csv", "text,stars\na good film,5\n");
    check(
        folder,
        "--train",
        "labels.csv",
        3,
        &[
            "expected a column \"label\", found the columns text, stars, in labels.csv",
            "hint: name the columns",
        ],
    );
    write(folder, "rows.csv", "text,label\na,positive\nb\n");
    check(
        folder,
        "--test",
        "rows.csv",
        3,
        &["expected 2 fields, as in the header, found 1, in rows.csv, line 3"],
    );
    write(folder, "rows.jsonl", "{\"text\": \"a\", \"label\": \"positive\"}\n{\"text\": 1}\n");
    check(folder, "--test", "rows.jsonl", 3, &["rows.jsonl, line 2"]);
}

#[test]
fn texts_that_are_not_utf8() {
    let world = small_world();
    write(world.path(), "latin1.csv", b"text,label\nsch\xf6n,positive\n");
    check(world.path(), "--test", "latin1.csv", 3, &["expected text in UTF-8", "latin1.csv, line 2"]);
}

#[test]
fn texts_that_say_nothing() {
    let world = small_world();
    write(world.path(), "empty.csv", "text,label\n\"\",positive\nqqqq,negative\n");
    let says = ["expected training texts with known words, found none in 2 texts (1 tokens)", "hint: "];
    check(world.path(), "--train", "empty.csv", 3, &says);
}

#[test]
fn lexicons_that_say_nothing() {
    let world = small_world();
    let folder = world.path();
    write(folder, "foreign.txt", "zzyx xyzz\nqqqq wwww\n");
    let says =
        ["found 0 of 2 (0 source words and 0 target words are known)", "hint: check that the lexicon is of"];
    check(folder, "--lexicon", "foreign.txt", 3, &says);
    write(folder, "half.txt", "house haus\nhouse\n");
    check(folder, "--lexicon", "half.txt", 3, &["found \"house\", in half.txt, line 2"]);
}

#[test]
fn dimensions_that_differ() {
    let world = small_world();
    let narrow: String = read(world.path(), "de.vec")
        .lines()
        .map(|line| line.rsplit_once(' ').expect("a row has values").0.to_string() + "\n")
        .skip(1)
        .collect();
    write(world.path(), "narrow.vec", format!("{N_WORDS} 63\n{narrow}"));
    let flags = [("--to-vectors", "narrow.vec"), ("--strategy", "zero-shot")];
    let run = wordferry(world.path(), &[&transfer(&flags)[..], &["--json".to_string()]].concat()).ok();
    assert_eq!(
        run.json()["targets"][0]["alignment"]["method"],
        "multistep",
        "Procrustes takes one dimension"
    );
    let sides = ["--source", "en.vec", "--target", "narrow.vec", "--lexicon", "lexicon.txt", "-o", "map"];
    wordferry(world.path(), &[&["align", "--method", "procrustes"], &sides[..]].concat())
        .failed(3, &["expected vectors of one dimension", "64 and 63"]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let world = small_world();
    let folder = world.path();
    write(folder, "file", "");
    check(folder, "--out", "file", 1, &["expected to write file"]);
    check(folder, "--out", "file/below", 1, &["expected to write file/below"]);
    let align = ["align", "--source", "en.vec", "--target", "de.vec", "--lexicon", "lexicon.txt", "-o"];
    let save_as = |path: &str| wordferry(folder, &[&align[..], &[path]].concat());
    save_as("no/where").failed(1, &["expected to write no/where", "hint: create the folder first"]);
    save_as(".").failed(1, &["found a directory"]);
    #[cfg(unix)]
    save_as("/dev/null").failed(1, &["it is a device"]);
}

#[test]
fn models_that_are_none() {
    let world = small_world();
    let folder = world.path();
    wordferry(folder, &transfer(&[])).ok();
    let align =
        ["align", "--source", "en.vec", "--target", "de.vec", "--lexicon", "lexicon.txt", "-o", "map"];
    wordferry(folder, &align).ok();
    let model = std::fs::read(folder.join("out/de.model.safetensors")).expect("a saved model");
    for length in [0, 4, 100, 3000, model.len() - 1] {
        write(folder, "cut", &model[..length]);
        wordferry(folder, &["predict", "cut", "test.csv"])
            .failed(3, &["expected an intact wordferry model", "(cut)"]);
    }
    let mut changed = model.clone();
    changed[model.len() / 2] ^= 1;
    write(folder, "changed", changed);
    wordferry(folder, &["predict", "changed", "test.csv"]).failed(3, &["it was changed after it was saved"]);
    wordferry(folder, &["predict", "map", "test.csv"]).failed(3, &["found a wordferry map (map)"]);
    wordferry(folder, &["predict", "en.vec", "test.csv"]).failed(3, &["expected an intact wordferry model"]);
    wordferry(folder, &["predict", "out", "test.csv"]).failed(1, &["found a directory"]);
}

#[test]
fn a_map_for_other_vectors() {
    let world = small_world();
    let folder = world.path();
    let align =
        ["align", "--source", "en.vec", "--target", "de.vec", "--lexicon", "lexicon.txt", "-o", "map"];
    wordferry(folder, &align).ok();
    let spanish = common::data().join("vectors/es.vec.gz").display().to_string();
    let evaluate = |source: &str| {
        let rest = ["--target", "de.vec", "--map", "map", "--lexicon", "lexicon.txt"];
        wordferry(folder, &[&["evaluate", "lexicon", "--source", source][..], &rest].concat())
    };
    evaluate(&spanish)
        .failed(3, &["expected vectors of a space of the map", "hint: use the vectors that the map"]);
    evaluate("de.vec").failed(3, &["expected vectors of two languages of the map"]);
}

#[test]
fn wrong_usage() {
    let world = small_world();
    let folder = world.path();
    let says = |arguments: &[&str], part: &str| {
        wordferry(folder, arguments).failed(2, &[part]);
    };
    says(&["transfer"], "required arguments were not provided");
    says(&["transfer", "--from", "en"], "--to <LANG>");
    says(&["transfer", "a.toml", "--from", "en"], "cannot be used with");
    says(&["align", "--source", "en.vec", "-o", "map"], "--target <FILE>");
    says(&["align", "--language", "en=en.vec", "-o", "map"], "expected two languages or more");
    let languages = ["align", "-o", "map", "--language", "en=en.vec", "--language", "de=de.vec"];
    says(&[&languages[..], &["--hub", "fr"]].concat(), "as hub, found \"fr\"");
    let same = ["align", "-o", "map", "--language", "en=en.vec", "--language", "de=en.vec"];
    says(&same, "found the same for en and de");
    says(&[&languages[..], &["--lexicon", "lexicon.txt"]].concat(), "expected --lexicon LANG=FILE");
    says(&[&languages[..], &["--language", "de=de.vec"]].concat(), "found \"de\" twice");
    let pair = ["align", "--source", "en.vec", "--target", "de.vec", "-o", "map"];
    says(&[&pair[..], &["--unsupervised", "--method", "procrustes"]].concat(), "expected self-learning");
    says(&[&pair[..], &["--method", "generalised"]].concat(), "expected --language LANG=FILE");
    says(&[&pair[..], &["--normalise", "unit,big"]].concat(), "expected unit, centre, remove-top");
    says(&["vectors", "neighbours", "en.vec", "a", "--limit", "0"], "0 is not in 1..");
    says(&["predict", "--threads", "0"], "0 is not in 1..=4096");
    wordferry(folder, &transfer(&[("--pooling", "max")]))
        .failed(2, &["expected --pooling centred-sif, mean, sif"]);
    wordferry(folder, &transfer(&[("--strategy", "centred")])).failed(2, &["expected `unlabelled` texts"]);
    wordferry(folder, &transfer(&[("--from", "../en")])).failed(2, &["expected a language code"]);
}

#[test]
fn plans_that_make_no_sense() {
    let world = small_world();
    let folder = world.path();
    let check = |plan: &str, code: i32, says: &[&str]| {
        write(folder, "plan.toml", plan);
        wordferry(folder, &["transfer", "plan.toml"]).failed(code, says);
    };
    let source = "[source]\nlanguage = 'en'\nvectors = 'en.vec'\ntrain = 'train.csv'\n";
    check("[source", 3, &["plan.toml", "line 1"]);
    check(&format!("{source}colour = 'red'\n"), 3, &["unknown field `colour`", "line 5"]);
    check(source, 2, &["expected at least one [[target]]"]);
    check(&format!("{source}[[target]]\nlanguage = 'de'\nvectors = 'de.vec'\n"), 2, &["found neither"]);
    check("\u{0}\u{fffd}", 3, &["plan.toml"]);
}
