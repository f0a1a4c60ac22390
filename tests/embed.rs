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
    check(
        &[".", "texts.txt", "-o", "a.npy"],
        3,
        &["expected config.json, found no such file (.", "hint: name the folder"],
    );
    check(&["texts.txt", "texts.txt", "-o", "a.npy"], 3, &["texts.txt"]);
    check(&[&bert, "texts.txt", "-o", "a.npy", "--engine", "torch"], 2, &["own, candle or rust-bert"]);
    if !cfg!(feature = "rust-bert") {
        for encoder in [&*bert, "en.vec"] {
            let given = [encoder, "texts.txt", "-o", "a.npy", "--engine", "rust-bert"];
            check(&given, 1, &["expected the engine rust-bert", "--features rust-bert"]);
        }
    }
    for device in ["gpu", "cuda:", "cuda:x", ""] {
        let given = [&*bert, "texts.txt", "-o", "a.npy", "--device", device];
        check(&given, 2, &["auto, cpu, cuda, cuda:N or metal"]);
    }
    if !cfg!(feature = "metal") {
        check(&[&bert, "texts.txt", "-o", "a.npy", "--device", "metal"], 1, &["--features metal"]);
    }
    if !cfg!(feature = "cuda") {
        for encoder in [&*bert, "en.vec"] {
            for device in ["cuda", "cuda:1"] {
                check(&[encoder, "texts.txt", "-o", "a.npy", "--device", device], 1, &["--features cuda"]);
            }
        }
    }
}

#[test]
fn the_device_and_the_engine_are_told_and_change_nothing_but_rounding() {
    let world = small_world();
    let folder = world.path();
    write(folder, "texts.txt", "A good book\nEin gutes Buch\n");
    let bert = transformer();
    let rows = |given: &[&str], says: &str| {
        let run = wordferry(folder, &[&["embed", &*bert, "texts.txt", "-o", "a.npy"], given].concat()).ok();
        assert!(run.stderr.contains(says), "expected {says:?} in {run:#?}");
        let bytes = std::fs::read(folder.join("a.npy")).unwrap();
        let values = bytes[128..].chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap()));
        values.collect::<Vec<f32>>()
    };
    let own = rows(&[], "");
    assert_eq!(rows(&["--device", "cpu"], "device: cpu, as asked for"), own);
    assert_eq!(
        rows(&["--device", "auto", "--engine", "own"], "device: cpu, where the engine own computes"),
        own
    );
    if !cfg!(any(feature = "cuda", feature = "metal")) {
        assert_eq!(rows(&["--device", "auto"], "device: cpu (cuda:0: a build without it; metal: "), own);
    }
    if cfg!(feature = "finetune") {
        let candle = rows(&["--engine", "candle", "--device", "cpu"], "");
        assert!(candle.iter().zip(&own).all(|(a, b)| (a - b).abs() < 1e-5), "{candle:?}, {own:?}");
    }
}
