//! `wordferry evaluate` as a user runs it, on small files.

mod common;

use std::path::Path;

use common::{Run, data, small_world, wordferry, write};
use serde_json::json;

const VECTORS: &str = "4 2\na 2 0\nb 1 1\nc 0 3\nd -1 0\n";

fn small_vectors() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "small.vec", VECTORS);
    folder
}

fn similarity(folder: &Path, arguments: &[&str]) -> Run {
    wordferry(folder, &[&["evaluate", "similarity", "--vectors", "small.vec"], arguments].concat())
}

#[test]
fn similarity_of_one_set_and_of_several() {
    let folder = small_vectors();
    write(folder.path(), "one.tsv", "# people\nword1\tword2\tscore\nA\tb\t9\na\tc\t5\na\td\t6\n");
    write(folder.path(), "two.csv", "a,b,9\na,c,5\na,zz,8\na,d,1\nb,c,?\n");
    let one = similarity(folder.path(), &["one.tsv", "--json"]).ok().json();
    let close = |found: &serde_json::Value, expected: f64| {
        assert!((found.as_f64().unwrap() - expected).abs() < 1e-9, "{found}, expected {expected}");
    };
    close(&one["spearman"], 0.5);
    close(&one["coverage"], 1.0);
    assert_eq!((&one["n_pairs"], &one["oov_policy"]), (&json!(3), &json!("skip")));
    assert_eq!(one["sets"][0]["file"], "one.tsv");
    assert_eq!(one["sets"][0]["spearman_ci"], json!([-1.0, 1.0]));

    let run = similarity(folder.path(), &["one.tsv", "two.csv", "--oov", "zero", "--json"]).ok();
    assert!(run.stderr.contains("two.csv: lines without a pair and a score: 1"), "{run:#?}");
    let both = run.json();
    assert_eq!(both.get("spearman"), None);
    close(&both["sets"][0]["spearman"], 0.5);
    close(&both["sets"][1]["spearman"], 4.5 / 22.5_f64.sqrt());
    assert_eq!((&both["sets"][1]["n_scored"], &both["sets"][1]["coverage"]), (&json!(4), &json!(0.75)));

    let run = similarity(folder.path(), &["two.csv", "--oov", "subwords"]).ok();
    assert!(run.stderr.contains("no subwords"), "{run:#?}");
    assert!(run.stdout.contains("75.0 % of 4 pairs; 3 scored, unknown words skipped"), "{run:#?}");
}

#[test]
fn similarity_that_cannot_be_told() {
    let folder = small_vectors();
    let check = |text: &str, says: &[&str]| {
        write(folder.path(), "set.txt", text);
        let says = [says, &["set.txt", "hint: "]].concat();
        similarity(folder.path(), &["set.txt", "--json"]).failed(3, &says);
    };
    check("", &["expected pairs of words with a score, found none"]);
    check("just a heading\n", &["expected pairs of words with a score, found none"]);
    check("x y 1\nx z 2\n", &["both words in the vocabulary, found none of 2"]);
    check("a b 3\na c 3\n", &["expected gold scores that differ, found 3"]);
    check("a b 3\n", &["expected gold scores that differ"]);
    check("a b 3\na b 4\n", &["expected cosines that differ"]);
    check("\u{0}\u{fffd}\t\t\n", &["found none"]);
    similarity(folder.path(), &["missing.txt"]).failed(1, &["missing.txt"]);
    let run = wordferry(folder.path(), &["evaluate", "similarity", "set.txt"]);
    run.failed(2, &["--vectors <FILE>"]);
    let both = ["evaluate", "similarity", "set.txt", "--vectors", "small.vec", "--map", "map"];
    wordferry(folder.path(), &both).failed(2, &["cannot be used with"]);
    let half = ["evaluate", "similarity", "set.txt", "--map", "map", "--source", "small.vec"];
    wordferry(folder.path(), &half).failed(2, &["--target <FILE>"]);
}

/// A small world with a map in it.
fn aligned_world() -> tempfile::TempDir {
    let world = small_world();
    let files = ["--source", "en.vec", "--target", "de.vec", "--lexicon", "lexicon.txt"];
    let how = ["--method", "procrustes", "-o", "map"];
    wordferry(world.path(), &[&["align"][..], &files, &how].concat()).ok();
    world
}

const MAPPED: [&str; 6] = ["--map", "map", "--source", "en.vec", "--target", "de.vec"];

#[test]
fn similarity_across_languages() {
    let world = aligned_world();
    let pairs = "good gut 9\nhouse haus 9\nhotel hotel 10\nmoney geld 9\ngood haus 1\nhotel geld 2\nhouse gut 1\nmoney gut 2\n";
    write(world.path(), "pairs.txt", pairs);
    let arguments = ["evaluate", "similarity", "pairs.txt", "--json"];
    let scores = wordferry(world.path(), &[&arguments[..], &MAPPED].concat()).ok().json();
    assert!(scores["spearman"].as_f64().unwrap() > 0.5, "{scores:#}");
    assert_eq!(scores["coverage"], 1.0);
    let same_side = ["--map", "map", "--source", "en.vec", "--target", "en.vec"];
    wordferry(world.path(), &[&arguments[..], &same_side].concat()).failed(3, &["both sides of the map"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let english = data().join("vectors/en.vec.gz").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "pairs.txt", "good bad 3\nhotel house 5\nmoney bank 7\ngood house 1\n");
    let with = |threads: &str| {
        let arguments =
            ["evaluate", "similarity", "pairs.txt", "--vectors", &english, "--json", "--threads", threads];
        wordferry(folder.path(), &arguments).ok().stdout
    };
    assert_eq!(with("1"), with("3"));
}
