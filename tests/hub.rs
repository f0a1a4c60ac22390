//! Models by their names on a hub, run as a user runs them; the hub is a server on this machine.

mod common;
#[path = "hub/server.rs"]
mod server;

use std::fs;
use std::path::Path;

use common::{Run, names, transformer, wordferry, wordferry_within, write};
use server::{COMMIT, Fault, MODEL, Server};

/// A fresh folder with a file of texts.
fn world() -> tempfile::TempDir {
    let world = tempfile::tempdir().unwrap();
    write(world.path(), "texts.txt", "A good book\nEin gutes Buch\n");
    world
}

/// Texts encoded by an encoder of the server, with the cache in the folder `hf`.
fn embed(folder: &Path, encoder: &str, server: &Server, more: &[&str]) -> Run {
    let arguments = [&["embed", encoder, "texts.txt", "-o", "rows.npy"], more].concat();
    wordferry_within(folder, &arguments, &[("HF_ENDPOINT", &server.endpoint), ("HF_HOME", "hf")])
}

/// What the last one wrote.
fn rows(folder: &Path) -> Vec<u8> {
    let path = folder.join("rows.npy");
    let rows = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    rows
}

/// The rows of a folder's encoder.
fn rows_of_folder(folder: &Path, encoder: &Path) -> Vec<u8> {
    wordferry(folder, &["embed", encoder.to_str().unwrap(), "texts.txt", "-o", "rows.npy"]).ok();
    rows(folder)
}

#[test]
fn a_name_is_fetched_once_and_read_offline() {
    let world = world();
    let folder = world.path();
    for name in ["bert", "roberta"] {
        let server = Server::of(&transformer(name));
        let _ = fs::remove_dir_all(folder.join("hf"));
        let expected = rows_of_folder(folder, &transformer(name));
        let run = embed(folder, MODEL, &server, &[]).ok();
        assert!(run.stderr.contains(&format!("owner/tiny: commit {COMMIT}")), "{run:#?}");
        assert!(rows(folder) == expected, "{name}");
        let asked = server.asked();
        assert!(asked.iter().all(|path| !path.contains("expected.json")), "{asked:?}");
        let model = folder.join("hf/hub/models--owner--tiny");
        assert_eq!(fs::read_to_string(model.join("refs/main")).unwrap(), COMMIT);
        let snapshot = model.join("snapshots").join(COMMIT);
        assert_eq!(rows_of_folder(folder, &snapshot), expected);
        if cfg!(unix) {
            assert!(snapshot.join("1_Pooling/config.json").is_symlink());
            let blobs = names(&model.join("blobs"));
            assert!(blobs.iter().all(|tag| tag != "other" && !tag.starts_with('.')), "{blobs:?}");
        }

        // The second time there is nothing to fetch; offline nobody is asked.
        embed(folder, &format!("hf:{MODEL}"), &server, &[]).ok();
        assert_eq!(server.asked(), [format!("/api/models/{MODEL}/revision/main")]);
        for name in [MODEL.to_owned(), format!("hf:{MODEL}@main"), format!("{MODEL}@{COMMIT}")] {
            let run = embed(folder, &name, &server, &["--offline"]).ok();
            assert!(run.stderr.contains(COMMIT), "{run:#?}");
            assert!(rows(folder) == expected);
        }
        let variables = [("HF_ENDPOINT", &*server.endpoint), ("HF_HOME", "hf"), ("HF_HUB_OFFLINE", "1")];
        wordferry_within(folder, &["embed", MODEL, "texts.txt", "-o", "rows.npy"], &variables).ok();
        embed(folder, "owner/other", &server, &["--offline"]).failed(
            1,
            &["expected the model owner/other in the cache", "hint: run the command once without --offline"],
        );
        assert_eq!(server.asked(), [""; 0]);
    }
}

#[test]
fn what_goes_wrong_is_told_and_leaves_nothing_behind() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("bert"));
    embed(folder, "owner/other", &server, &[])
        .failed(1, &["owner/other", "none there that is open to all", "hint: check the path or the name"]);
    embed(folder, "owner/tiny@v2", &server, &[]).failed(1, &["owner/tiny@v2"]);
    embed(folder, "hf:tiny", &server, &[]).failed(2, &["expected hf:owner/name"]);
    for (fault, says) in [
        (Fault::Failing, "found the error 500"),
        (Fault::Garbled, "expected a model's commit and files"),
        (Fault::Cut, "elsewhere"),
        (Fault::Shorter, "bytes of"),
    ] {
        server.does(fault);
        let says: &[&str] = if fault == Fault::Cut { &["resolve", "bytes of"] } else { &[says] };
        embed(folder, MODEL, &server, &[]).failed(1, says);
        let model = folder.join("hf/hub/models--owner--tiny");
        assert!(!model.join("refs/main").exists(), "{fault:?}");
        let blobs = names(&model.join("blobs"));
        assert!(blobs.iter().all(|tag| !tag.contains("safetensors") && !tag.starts_with('.')), "{blobs:?}");
        embed(folder, MODEL, &server, &["--offline"])
            .failed(1, &["expected the model owner/tiny in the cache"]);
    }
    // What was whole is not fetched again, and a cache will do where the hub fails.
    server.does(Fault::None);
    server.asked();
    embed(folder, MODEL, &server, &[]).ok();
    assert!(server.asked().iter().all(|path| !path.contains("tokenizer.json")));
    server.does(Fault::Failing);
    let run = embed(folder, MODEL, &server, &[]).ok();
    assert!(run.stderr.contains("the copy in the cache is used"), "{run:#?}");
    // A port that nobody listens at.
    let nobody = [("HF_ENDPOINT", "http://127.0.0.1:9"), ("HF_HOME", "hf")];
    let arguments = |name| ["embed", name, "texts.txt", "-o", "rows.npy"];
    wordferry_within(folder, &arguments(MODEL), &nobody).ok();
    wordferry_within(folder, &arguments("owner/other"), &nobody)
        .failed(1, &["expected an answer from http://127.0.0.1:9", "hint: check the connection"]);
}

#[test]
fn pickles_and_models_without_weights_are_refused_before_anything_is_fetched() {
    let world = world();
    let folder = world.path();
    let model = tempfile::tempdir().unwrap();
    write(model.path(), "config.json", "{}");
    let server = Server::of(model.path());
    embed(folder, MODEL, &server, &[]).failed(
        3,
        &["expected model.safetensors, found config.json (owner/tiny)", "hint: name a transformer"],
    );
    write(model.path(), "pytorch_model.bin", "");
    embed(folder, MODEL, &server, &[]).failed(
        3,
        &[
            "expected weights as safetensors, found pytorch_model.bin alone (owner/tiny)",
            "hint: opening it can run code",
        ],
    );
    assert!(server.asked().iter().all(|path| path.starts_with("/api/")));
}

#[test]
fn a_path_wins_over_a_name() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("roberta"));
    fs::create_dir_all(folder.join("owner/tiny")).unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::copy(transformer("distilbert").join(name), folder.join("owner/tiny").join(name)).unwrap();
    }
    embed(folder, MODEL, &server, &[]).ok();
    assert!(rows(folder) == rows_of_folder(folder, &transformer("distilbert")));
    // A mistyped path is no name.
    embed(folder, "owner/tinny", &server, &[]).failed(1, &["owner/tinny"]);
    embed(folder, "none/wiki.de.vec", &server, &[]).failed(1, &["none/wiki.de.vec"]);
    assert_eq!(server.asked(), [""; 0]);
    embed(folder, "hf:owner/tiny", &server, &[]).ok();
    assert!(rows(folder) == rows_of_folder(folder, &transformer("roberta")));
}

#[test]
fn the_cache_is_where_it_is_said_to_be() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("distilbert"));
    for (variables, place) in [
        (&[("HF_HUB_CACHE", "a"), ("HF_HOME", "b"), ("XDG_CACHE_HOME", "c"), ("HOME", "d")][..], "a"),
        (&[("HF_HOME", "b"), ("XDG_CACHE_HOME", "c"), ("HOME", "d")], "b/hub"),
        (&[("XDG_CACHE_HOME", "c"), ("HOME", "d")], "c/huggingface/hub"),
        (&[("HF_HOME", ""), ("HOME", "d")], "d/.cache/huggingface/hub"),
    ] {
        let variables = [variables, &[("HF_ENDPOINT", &*server.endpoint)]].concat();
        wordferry_within(folder, &["embed", MODEL, "texts.txt", "-o", "rows.npy"], &variables).ok();
        assert!(folder.join(place).join("models--owner--tiny/refs/main").is_file(), "{place}");
    }
}

#[test]
fn what_is_made_of_a_model_knows_its_commit() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("bert"));
    let texts = "text,label\nGood,a\nBad,b\nA good book,a\nA bad book,b\nGood good,a\nBad bad,b\n";
    write(folder, "train.csv", texts.to_owned() + &texts["text,label\n".len()..].repeat(10));
    let run = |arguments: &[&str]| {
        wordferry_within(folder, arguments, &[("HF_ENDPOINT", &server.endpoint), ("HF_HOME", "hf")]).ok()
    };
    let holds = |file: &str| {
        let text = String::from_utf8_lossy(&fs::read(folder.join(file)).unwrap()).into_owned();
        assert!(text.contains(&format!("{MODEL}@{COMMIT}")), "{file}");
    };
    run(&["train", "train.csv", "--encoder", MODEL, "-o", "model"]);
    holds("model");
    run(&["predict", "model", "texts.txt"]);
    run(&["distil", MODEL, "-o", "static"]);
    holds("static/config.json");
    if cfg!(feature = "finetune") {
        run(&["finetune", "train.csv", "--encoder", MODEL, "--epochs", "0", "-o", "tuned"]);
        holds("tuned");
        let found = run(&["predict", "tuned", "texts.txt"]);
        // On another machine the commit is fetched again, though `main` may have moved on.
        fs::remove_dir_all(folder.join("hf")).unwrap();
        server.asked();
        assert_eq!(run(&["predict", "tuned", "texts.txt"]).stdout, found.stdout);
        assert_eq!(server.asked()[0], format!("/api/models/{MODEL}/revision/{COMMIT}"));
    }
}
