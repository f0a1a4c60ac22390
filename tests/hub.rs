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
fn a_part_of_a_model_is_not_taken_for_all_of_it() {
    let world = world();
    let folder = world.path();
    let snapshot = folder.join("hf/hub/models--owner--tiny/snapshots").join(COMMIT);
    let check = |model: &str, lacks: &str| {
        let server = Server::of(&transformer(model));
        let _ = fs::remove_dir_all(folder.join("hf"));
        embed(folder, MODEL, &server, &[]).ok();
        let expected = rows(folder);
        fs::remove_file(snapshot.join(lacks)).unwrap();
        let without = embed(folder, MODEL, &server, &["--offline"]);
        without.failed(1, &["expected the model owner/tiny in the cache", "found not all of it"]);
        server.asked();
        for name in [MODEL.to_owned(), format!("{MODEL}@{COMMIT}")] {
            embed(folder, &name, &server, &[]).ok();
            assert!(rows(folder) == expected, "{model} without {lacks}");
        }
        let asked = server.asked();
        let mut files = asked.iter().filter(|path| !path.starts_with("/api/"));
        assert!(files.all(|path| path.ends_with(lacks)), "{asked:?}");
        embed(folder, MODEL, &server, &["--offline"]).ok();
    };
    for lacks in ["config.json", "tokenizer.json", "1_Pooling/config.json", "2_Dense/model.safetensors"] {
        check("bert", lacks);
    }
    check("roberta", "model-00002-of-00002.safetensors");
    // No file names modules.json, but there may be a note that there is none.
    let server = Server::of(&transformer("distilbert"));
    let _ = fs::remove_dir_all(folder.join("hf"));
    embed(folder, MODEL, &server, &[]).ok();
    let says = |run: Run| run.ok().stderr.contains("does not tell whether owner/tiny has a modules.json");
    assert!(!says(embed(folder, MODEL, &server, &["--offline"])));
    fs::remove_dir_all(folder.join("hf/hub/models--owner--tiny/.no_exist")).unwrap();
    assert!(says(embed(folder, MODEL, &server, &["--offline"])));
}

#[test]
fn a_cache_that_cannot_be_written_will_do_if_it_has_the_model() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("bert"));
    // A file where a folder has to be is in everybody's way, whatever his rights.
    let model = folder.join("hf/hub/models--owner--tiny");
    fs::create_dir_all(&model).unwrap();
    write(&model, "refs", "");
    let run = embed(folder, MODEL, &server, &[]).ok();
    assert!(run.stderr.contains("with --offline, the model may not be found"), "{run:#?}");
    fs::remove_dir_all(&model).unwrap();
    write(&folder.join("hf/hub"), "models--owner--tiny", "");
    embed(folder, MODEL, &server, &[]).failed(
        1,
        &["expected to write into the cache of models", "hint: set HF_HOME to a folder that can be written"],
    );
}

#[test]
fn a_bridge_and_a_model_are_read_on_another_machine() {
    let world = world();
    let folder = world.path();
    let server = Server::of(&transformer("distilbert"));
    let within = |hf: &str, arguments: &[&str]| {
        wordferry_within(folder, arguments, &[("HF_ENDPOINT", &server.endpoint), ("HF_HOME", hf)])
    };
    let words = ["good", "bad", "a", "book", "the", "is", "not", "very", "it", "house", "was"];
    let word = |i: usize| words[i % words.len()];
    let sentence = |i: usize| [word(i), word(i / 11 + 3), word(i * i + i / 5)].join(" ");
    let lines: Vec<String> = (0..400).map(sentence).map(|text| format!("{text}\t{text}")).collect();
    write(folder, "parallel.tsv", lines.join("\n"));
    let to = transformer("bert");
    let fit = |from: &str, to: &str, output: &str| {
        let arguments = ["bridge", from, "--to", to, "--parallel", "parallel.tsv", "-o", output];
        within("hf", &arguments).ok();
        String::from_utf8_lossy(&fs::read(folder.join(output)).unwrap()).into_owned()
    };
    let name = format!("{MODEL}@{COMMIT}");
    let from_hub = fit(MODEL, to.to_str().unwrap(), "from");
    assert!(from_hub.contains(&name) && !from_hub.contains("models--owner--tiny"), "no path of this machine");
    assert!(fit(to.to_str().unwrap(), MODEL, "to").contains(&name));
    let texts: String = (0..40).map(|i| format!("{},{}\n", sentence(i), ["a", "b"][i % 2])).collect();
    write(folder, "train.csv", format!("text,label\n{texts}"));
    within("hf", &["train", "train.csv", "--encoder", MODEL, "--force", "-o", "model"]).ok();
    within(
        "hf",
        &["train", "train.csv", "--encoder", "from", "--encoder", "lexical", "--force", "-o", "views"],
    )
    .ok();
    let uses: [&[&str]; 4] = [
        &["embed", "from", "texts.txt", "-o", "rows.npy"],
        &["embed", "model", "texts.txt", "-o", "rows.npy"],
        &["predict", "model", "texts.txt"],
        &["predict", "views", "texts.txt"],
    ];
    for arguments in uses {
        let found = |hf: &str, arguments: &[&str]| {
            let run = within(hf, arguments).ok();
            if arguments[0] == "embed" { rows(folder) } else { run.stdout.into_bytes() }
        };
        let expected = found("hf", arguments);
        // Another machine has other folders.
        fs::rename(folder.join("hf"), folder.join("gone")).unwrap();
        server.asked();
        assert!(found("other", arguments) == expected, "{arguments:?}");
        assert_eq!(server.asked()[0], format!("/api/models/{MODEL}/revision/{COMMIT}"), "{arguments:?}");
        let offline = [arguments, &["--offline"]].concat();
        assert!(found("other", &offline) == expected, "{arguments:?}");
        within("nothing", &offline).failed(1, &["in the cache", &name]);
        assert_eq!(server.asked(), [""; 0]);
        fs::remove_dir_all(folder.join("other")).unwrap();
        fs::rename(folder.join("gone"), folder.join("hf")).unwrap();
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
    // A commit that is in the cache is not asked for.
    server.asked();
    run(&["embed", &format!("{MODEL}@{COMMIT}"), "texts.txt", "-o", "rows.npy"]);
    assert_eq!(server.asked(), [""; 0]);
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
