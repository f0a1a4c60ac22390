//! `wordferry evaluate` as a user runs it, on small files.

mod common;

use std::path::Path;

use common::{Run, small_world, wordferry, write};
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
    wordferry(world.path(), &[&arguments[..], &same_side].concat()).failed(3, &["two languages of the map"]);
}

const ANALOGIES: &str = "5 3\nman 1 0 0\nking 2 2 0\nwoman 3 0 3\nqueen 1 1 1\ntree -1 0.1 0.2\n";

#[test]
fn analogies() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "small.vec", ANALOGIES);
    let evaluate = |arguments: &[&str]| {
        wordferry(folder.path(), &[&["evaluate", "analogy", "--vectors", "small.vec"], arguments].concat())
    };
    let words = ": royal\nMan King woman queen\n: plants\nman king woman tree\nman king woman oak\n";
    write(folder.path(), "words.txt", words);
    let scores = evaluate(&["words.txt", "--json"]).ok().json();
    assert_eq!(
        (&scores["accuracy"], &scores["n"], &scores["n_questions"]),
        (&json!(0.5), &json!(2), &json!(3))
    );
    let plants = json!({ "accuracy": 0.0, "n": 1, "n_questions": 2 });
    assert_eq!(scores["by_category"]["plants"], plants);
    assert_eq!(scores["sets"][0]["by_category"]["royal"]["accuracy"], 1.0);

    write(folder.path(), "words.tsv", "a1\ta2\tb1\tb2\n# royal\nman\tking\twoman\tqueen\n");
    let both = evaluate(&["words.txt", "words.tsv"]).ok().stdout;
    assert!(both.contains("accuracy  50.0 %") && both.contains("accuracy  100.0 %"), "{both}");
    assert!(both.contains("0.0 %  plants (1 of 2 questions)"), "{both}");

    // Of the first three words, the answer is not one.
    evaluate(&["words.tsv", "--limit", "3"]).failed(3, &["all four words", "found none of 1", "words.tsv"]);
    write(folder.path(), "bad.txt", ": royal\nman king woman\n");
    evaluate(&["bad.txt"]).failed(3, &["expected four words", "bad.txt, line 2", "hint: "]);
    write(folder.path(), "bad.txt", "\n: royal\n");
    evaluate(&["bad.txt"]).failed(3, &["expected analogies, found none, in bad.txt"]);
}

#[test]
fn sentences_find_their_translations() {
    let world = aligned_world();
    write(world.path(), "en.txt", "The hotel was good.\nHe has no money.\n\nThe house is old\n");
    write(world.path(), "de.txt", "Das Hotel war gut.\nEr hat kein Geld.\nxyzzy\nDas Haus ist alt\n");
    let evaluate = |texts: [&str; 2], arguments: &[&str]| {
        let texts = ["evaluate", "retrieval", "--source-texts", texts[0], "--target-texts", texts[1]];
        wordferry(world.path(), &[&texts, &MAPPED[..], arguments].concat())
    };
    for criterion in ["cosine", "csls"] {
        let scores = evaluate(["en.txt", "de.txt"], &["--criterion", criterion, "--json"]).ok().json();
        assert_eq!((&scores["n"], &scores["coverage"]), (&json!(4), &json!(0.75)));
        assert_eq!(scores["criterion"], criterion);
        assert_eq!((&scores["accuracy_forward"], &scores["accuracy_backward"]), (&json!(0.75), &json!(0.75)));
        assert!(scores["margin"].as_f64().unwrap() > 0.0, "{scores:#}");
        assert_eq!(scores["accuracy_forward_ci"].as_array().unwrap().len(), 2);
    }
    let run = evaluate(["en.txt", "de.txt"], &[]).ok();
    assert!(run.stdout.contains("75.0 % of 4 pairs; the others count as missed"), "{run:#?}");

    write(world.path(), "short.txt", "Das Hotel war gut.\n");
    evaluate(["en.txt", "short.txt"], &[]).failed(3, &["(4), found 1", "short.txt", "hint: "]);
    evaluate(["short.txt", "short.txt"], &[]).failed(3, &["expected two pairs of sentences or more"]);
    write(world.path(), "empty.txt", "");
    evaluate(["empty.txt", "empty.txt"], &[]).failed(3, &["expected sentences, found none, in empty.txt"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let world = aligned_world();
    write(world.path(), "pairs.txt", "good bad 3\nhotel house 5\nmoney water 7\ngood house 1\n");
    write(
        world.path(),
        "words.txt",
        "good better bad worse\nbig bigger small smaller\nman woman king queen\n",
    );
    let commands: [&[&str]; 3] = [
        &["similarity", "pairs.txt", "--vectors", "en.vec"],
        &["analogy", "words.txt", "--vectors", "en.vec"],
        &["retrieval", "--source-texts", "train.csv", "--target-texts", "train.csv"],
    ];
    for command in commands {
        let mapped = if command[0] == "retrieval" { &MAPPED[..] } else { &[] };
        let with = |threads: &str| {
            let how = ["--json", "--threads", threads];
            wordferry(world.path(), &[&["evaluate"][..], command, mapped, &how].concat()).ok().stdout
        };
        assert_eq!(with("1"), with("3"), "{command:?}");
    }
}
