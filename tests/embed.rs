//! `wordferry embed`, run as a user runs it.

mod common;

use std::path::Path;

use common::{names, small_world, wordferry, wordferry_reading, write};

/// The folder of a tiny transformer.
fn transformer() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/encode/tests/data/transformers/bert");
    folder.to_str().unwrap().to_owned()
}

#[test]
fn any_encoder_and_format() {
    let world = small_world();
    let folder = world.path();
    write(folder, "texts.csv", "text,label\nA good book,a\n,b\n\"one, two\",a\n");
    let bert = transformer();
    for (encoder, d) in [(&*bert, 12), ("en.vec", 64)] {
        for out in ["a.npy", "a.safetensors", "a.parquet"] {
            let report = wordferry(folder, &["embed", encoder, "texts.csv", "-o", out, "--json"]).ok().json();
            assert_eq!((&report["n_texts"], &report["dimension"]), (&3.into(), &d.into()));
        }
        // The header of 128 bytes, and the rows.
        assert_eq!(std::fs::metadata(folder.join("a.npy")).unwrap().len(), 128 + 3 * d * 4);
    }
    let rows = std::fs::read(folder.join("a.npy")).unwrap();
    let given = ["embed", "en.vec", "-", "-o", "b.npy", "--threads", "1"];
    wordferry_reading(folder, &given, b"A good book\n\none, two\n").ok();
    assert_eq!(std::fs::read(folder.join("b.npy")).unwrap(), rows);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_written() {
    let world = small_world();
    let folder = world.path();
    write(folder, "texts.txt", "A good book\n");
    let bert = transformer();
    let before = names(folder);
    let check = |arguments: &[&str], code: i32, says: &[&str]| {
        wordferry(folder, &[&["embed"], arguments].concat()).failed(code, says);
        assert_eq!(names(folder), before);
    };
    check(&[&bert, "texts.txt", "-o", "a.txt"], 2, &["expected a file that ends in .npy"]);
    check(&[&bert, "texts.txt", "-o", "no/a.npy"], 1, &["no/a.npy", "create the folder first"]);
    check(&[".", "texts.txt", "-o", "a.npy"], 1, &["config.json"]);
    check(&["texts.txt", "texts.txt", "-o", "a.npy"], 3, &["texts.txt"]);
    check(&[&bert, "texts.txt", "-o", "a.npy", "--engine", "torch"], 2, &["own, candle or rust-bert"]);
    if !cfg!(feature = "rust-bert") {
        for encoder in [&*bert, "en.vec"] {
            let given = [encoder, "texts.txt", "-o", "a.npy", "--engine", "rust-bert"];
            check(&given, 1, &["expected the engine rust-bert", "--features rust-bert"]);
        }
    }
    if !cfg!(feature = "cuda") {
        for encoder in [&*bert, "en.vec"] {
            check(&[encoder, "texts.txt", "-o", "a.npy", "--device", "cuda"], 1, &["--features cuda"]);
        }
    }
}
