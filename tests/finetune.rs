//! The program fine-tunes a transformer, and does not save what guesses unless it is told to.

#![cfg(feature = "finetune")]

mod common;

use common::{small_world, wordferry, write};

#[test]
fn what_guesses_is_refused_unless_it_is_forced() {
    let world = small_world();
    let encoder = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/encode/tests/data/transformers/bert");
    let mut texts = String::from("text,label\n");
    for text in ["good", "bad", "a cat", "the cat", "red sea", "old hat"] {
        texts.push_str(&format!("{text},yes\n{text},no\n"));
    }
    write(world.path(), "guess.csv", texts);
    let arguments = ["finetune", "guess.csv", "--encoder", encoder, "--epochs", "1", "--unfreeze", "1"];
    let with = |more: &[&str]| wordferry(world.path(), &[&arguments[..], more].concat());
    with(&["-o", "refused", "--quiet"]).failed(4, &["expected a balanced accuracy above chance", "--force"]);
    assert!(!world.path().join("refused").exists());
    let forced = with(&["-o", "saved", "--force", "--json"]).ok();
    assert!(forced.stderr.contains("note: goes on all the same: "), "{forced:#?}");
    assert_eq!(forced.json()["gate"]["passed"], false);
    // What was refused can be had without being trained anew.
    let resumed = with(&["-o", "refused", "--resume", "--force", "--quiet"]).ok();
    assert!(!resumed.stderr.contains("nothing to resume"), "{resumed:#?}");
    let bytes = |name: &str| std::fs::read(world.path().join(name)).unwrap();
    assert_eq!(bytes("refused"), bytes("saved"));
}
