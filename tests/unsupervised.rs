//! What can be done without a label: strange texts are found, and texts are divided; e-mail is read wherever texts are.

mod common;

use common::{small_world, wordferry, write};

/// Reviews, and a text of another kind at the end.
fn world() -> tempfile::TempDir {
    let world = small_world();
    let mut texts = String::from("text\n");
    for i in 0..60 {
        texts.push_str(["the hotel was good and clean\n", "a very good film with a good story\n"][i % 2]);
    }
    texts.push_str("minister parliament election government\n");
    write(world.path(), "texts.csv", texts);
    world
}

#[test]
fn strange_texts_are_found() {
    let world = world();
    for method in ["nearest", "mahalanobis", "centre"] {
        let run = wordferry(
            world.path(),
            &[
                "anomalies",
                "texts.csv",
                "--encoder",
                "en.vec",
                "--method",
                method,
                "--json",
                "--share",
                "0.02",
            ],
        )
        .ok();
        let lines: Vec<serde_json::Value> =
            run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 61, "{method}");
        let strangest =
            lines.iter().max_by(|a, b| a["score"].as_f64().unwrap().total_cmp(&b["score"].as_f64().unwrap()));
        assert!(strangest.unwrap()["text"].as_str().unwrap().starts_with("minister"), "{method}");
    }
    let arguments = ["anomalies", "texts.csv", "--encoder", "en.vec"];
    let known = wordferry(world.path(), &[&arguments[..], &["--normal", "train.csv"]].concat()).ok();
    assert!(known.stdout.starts_with("score\tanomalous\ttext\n") && known.stdout.lines().count() == 62);
    assert!(known.stderr.contains("anomalous: a score above"), "{known:#?}");
    wordferry(world.path(), &[&arguments[..], &["--share", "0.001"]].concat())
        .failed(3, &["expected at least 999 rows, found 61", "hint: "]);
}

#[test]
fn texts_are_divided() {
    let world = world();
    let arguments = ["clusters", "texts.csv", "--encoder", "en.vec", "-k", "2"];
    let report = wordferry(world.path(), &[&arguments[..], &["--json"]].concat()).ok().json();
    let cluster = |text: &str| {
        let clusters = report["clusters"].as_array().unwrap();
        clusters.iter().find(|cluster| cluster["examples"][0].as_str().unwrap().contains(text)).unwrap()["cluster"].clone()
    };
    assert_ne!(cluster("film"), cluster("hotel"), "{report}");
    let words = report["clusters"][0]["words"].as_array().unwrap();
    assert!(words.iter().any(|word| ["film", "hotel"].contains(&word["word"].as_str().unwrap())), "{report}");
    let text = wordferry(world.path(), &[&arguments[..], &["--output", "out.csv"]].concat()).ok().stdout;
    assert!(text.starts_with("61 texts in 2 clusters, which explain "), "{text}");
    let written = common::read(world.path(), "out.csv");
    assert_eq!(written.lines().count(), 62);
    wordferry(world.path(), &["clusters", "texts.csv", "--encoder", "en.vec", "-k", "62"])
        .failed(3, &["expected at least 62 rows, found 61"]);
}

#[test]
fn texts_alone_can_be_divided() {
    let world = world();
    let report = wordferry(world.path(), &["clusters", "texts.csv", "-k", "2", "--json"]).ok().json();
    let sizes: Vec<_> = (0..2).map(|i| report["clusters"][i]["n_texts"].as_u64().unwrap()).collect();
    assert!(sizes.iter().all(|size| (30..=31).contains(size)), "{report}");
    wordferry(world.path(), &["clusters", "texts.csv", "--pooling", "mean"])
        .failed(2, &["expected a file or folder as --encoder with --pooling, found latent"]);
    write(world.path(), "nothing.csv", "text\none two\nthree four\nfive six\n");
    wordferry(world.path(), &["clusters", "nothing.csv", "-k", "2"])
        .failed(3, &["expected training texts with known words, found none in 3 texts", "hint: "]);
}

#[test]
fn mail_is_text() {
    let world = world();
    let mail = "From a@b Thu Jan  1 00:00:00 1970\nFrom: A <a@b.example>\nSubject: the hotel\nContent-Type: text/html\n\n\
        <p>it was <b>good</b></p>\n\nFrom c@d Fri Jan  2 00:00:00 1970\nSubject: film\n\na good story\n";
    write(world.path(), "mail.mbox", mail);
    std::fs::create_dir_all(world.path().join("folder/good")).unwrap();
    write(world.path(), "folder/good/1.eml", "Subject: one\n\nthe story\n");
    let anomalies = |file: &str| {
        let arguments = ["anomalies", file, "--encoder", "en.vec", "--normal", "texts.csv"];
        wordferry(world.path(), &arguments).ok().stdout
    };
    let found = anomalies("mail.mbox");
    assert!(found.contains("\tFrom: A a@b.example Subject: the hotel  it was good\n"), "{found}");
    assert_eq!(found.lines().count(), 3);
    assert!(anomalies("folder").contains("\tSubject: one  the story\n"));
}
