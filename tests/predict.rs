//! `wordferry predict` on files of many texts: shards, and runs that are cut off.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{messages, names, read, wordferry, write};
use rand::{Rng, SeedableRng};

/// A folder with a model and a file of texts.
fn world(n_texts: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train.csv", messages(300, 2));
    wordferry(folder.path(), &["train", "train.csv", "-o", "model", "--max-fpr", "0.1"]).ok();
    let texts: String =
        (0..n_texts).map(|i| format!("prize {} home {} word{}\n", i % 7, i, i * 31 % 13)).collect();
    write(folder.path(), "texts.txt", texts);
    folder
}

#[test]
fn shards_are_every_so_many_rows() {
    let folder = world(10_001);
    let folder = folder.path();
    let whole = wordferry(folder, &["predict", "model", "texts.txt"]).ok().stdout;
    let rows: Vec<&str> = whole.lines().collect();
    assert_eq!(rows.len(), 10_002);
    for number in 1..=3 {
        let shard = format!("{number}/3");
        wordferry(folder, &["predict", "model", "texts.txt", "--shard", &shard, "-o", "out"]).ok();
        let found = read(folder, "out");
        let expected: Vec<&str> = rows[1..].iter().skip(number - 1).step_by(3).copied().collect();
        assert_eq!(found.lines().skip(1).collect::<Vec<_>>(), expected, "{shard}");
    }
    assert_eq!(names(folder), ["model", "out", "texts.txt", "train.csv"]);
}

/// Starts a run and kills it after a while; whether it had come to its end before.
fn killed_after(folder: &Path, arguments: &[&str], milliseconds: u64) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wordferry"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_millis(milliseconds));
    let ended = child.try_wait().expect("a child").is_some();
    child.kill().expect("a child that is there, or was");
    child.wait().expect("it ends");
    ended
}

#[test]
fn a_run_that_is_killed_goes_on_without_a_row_lost_or_doubled() {
    let folder = world(300_000);
    let folder = folder.path();
    wordferry(folder, &["predict", "model", "texts.txt", "-o", "undisturbed"]).ok();
    let run = ["predict", "model", "texts.txt", "-o", "killed", "--resume", "--threads", "2"];
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(42);
    let (mut n_rows, mut ended) = (Vec::new(), false);
    for _ in 0..10 {
        ended = killed_after(folder, &run, rng.random_range(20..120));
        if ended {
            break;
        }
        assert!(!folder.join("killed").exists(), "half a file");
        n_rows.push(std::fs::read(folder.join("killed.part")).map_or(0, |part| part.len()));
    }
    assert!(n_rows.windows(2).any(|pair| pair[0] < pair[1]), "no run went on: {n_rows:?}");
    let last = wordferry(folder, &run).ok();
    assert!(ended || last.stderr.contains("note: goes on after"), "{}", last.stderr);
    assert!(read(folder, "killed") == read(folder, "undisturbed"), "other bytes");
    assert_eq!(names(folder), ["killed", "model", "texts.txt", "train.csv", "undisturbed"]);
}

#[test]
fn another_run_is_not_gone_on_with() {
    let folder = world(300_000);
    let folder = folder.path();
    let run = ["predict", "model", "texts.txt", "-o", "out"];
    let resumed = [&run[..], &["--resume"]].concat();
    assert!(!killed_after(folder, &run, 60), "a run of 300,000 texts takes longer");
    let says = ["expected the state of a run with these settings", "leave out --resume"];
    wordferry(folder, &[&resumed[..], &["--json"]].concat()).failed(2, &says);
    wordferry(folder, &[&resumed[..], &["--shard", "1/2"]].concat()).failed(2, &says);
    write(folder, "texts.txt", "a prize\n");
    wordferry(folder, &resumed).failed(2, &says);
    wordferry(folder, &run).ok();
    assert_eq!(read(folder, "out").lines().count(), 2);
    wordferry(folder, &["predict", "model", "-", "-o", "out", "--resume"]).failed(2, &["a file of texts"]);
    wordferry(folder, &["predict", "model", "texts.txt", "-o", "none/out"]).failed(1, &[]);
    wordferry(folder, &["predict", "model", "texts.txt", "--shard", "3/2"]).failed(2, &["I from 1 to N"]);
}

#[test]
fn a_row_that_cannot_be_read_ends_the_run_after_those_before_it() {
    let folder = world(1);
    let folder = folder.path();
    let rows: String = (0..9000).map(|i| format!("prize {i},x\n")).collect();
    write(folder, "texts.csv", format!("text,other\n{rows}one,two,three\n"));
    let run = wordferry(folder, &["predict", "model", "texts.csv"]).failed(3, &["line 9002"]);
    assert_eq!(run.stdout.lines().count(), 9001);
}
