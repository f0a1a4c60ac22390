//! Tiny transformers with random weights, fine-tuned: what changes, what does not, and runs that are cut off.

#![cfg(feature = "finetune")]

use std::path::{Path, PathBuf};

use wordferry_encode::{Encoder, TransformerLoader};
use wordferry_transfer::{Corpus, Epoch, FineTuned, FineTuning, Journal, Start};

const ALL: [&str; 5] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet"];
const SETTINGS: FineTuning = FineTuning { n_layers: 1, n_epochs: 4, rate: 3e-3, seed: 7 };

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../encode/tests/data/transformers").join(name)
}

/// Texts whose class is told by the order of two words.
fn corpus() -> Corpus {
    let words = ["a", "the", "cat", "dog", "sun", "sea", "tree", "hat", "red", "old"];
    let pairs = (0..80).map(|i| {
        let (first, second) = (words[i % 10], words[(i * 7 + 3) % 10]);
        let is_yes = i % 2 == 0;
        let text = match is_yes {
            true => format!("{first} good bad {second}"),
            false => format!("{first} bad good {second}"),
        };
        (text, if is_yes { "yes" } else { "no" }.to_owned())
    });
    Corpus::from_pairs(pairs)
}

fn tune(settings: &FineTuning, name: &str, state: &Path, start: Start) -> (FineTuned, Vec<Epoch>) {
    let mut epochs = Vec::new();
    let mut progress = |epoch: &Epoch| epochs.push(epoch.clone());
    let journal = Journal { state, start, progress: &mut progress };
    let tuned = settings.run(&TransformerLoader::new(), &folder(name), &corpus(), journal).unwrap();
    (tuned, epochs)
}

#[test]
fn the_loss_falls_and_what_is_saved_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    for name in ALL {
        let (tuned, epochs) = tune(&SETTINGS, name, &dir.path().join("state"), Start::Anew);
        let trained = &epochs[1..];
        assert!(trained[trained.len() - 1].train_loss < trained[0].train_loss, "{name}: {epochs:?}");
        let path = dir.path().join(name);
        tuned.save(&path).unwrap();
        let opened = FineTuned::open(&path, &folder(name), &TransformerLoader::new()).unwrap();
        assert_eq!(FineTuned::folder_name(&path).unwrap(), name);
        let corpus = corpus();
        assert_eq!(opened.predict(&corpus.texts()).unwrap(), tuned.predict(&corpus.texts()).unwrap());
        opened.save(&dir.path().join("again")).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), std::fs::read(dir.path().join("again")).unwrap());
    }
}

#[test]
fn only_the_last_layer_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (tuned, _) = tune(&SETTINGS, "bert", &dir.path().join("state"), Start::Anew);
    let layers: Vec<&str> = tuned.changes().names().collect();
    assert_eq!(layers.len(), 16);
    assert!(layers.iter().all(|name| name.contains("layer.1.")), "{layers:?}");
    let base = TransformerLoader::new().open(folder("bert")).unwrap();
    assert_eq!(tuned.changes().base(), base.space());
}

#[test]
fn a_run_that_was_cut_off_ends_in_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (whole, epochs) = tune(&SETTINGS, "bert", &path("state"), Start::Anew);
    whole.save(&path("whole")).unwrap();
    assert!(epochs.len() > 2, "{epochs:?}");
    for n in 1..epochs.len() {
        // As if the program ended in the epoch after: the state of epoch n is the last that was written.
        let cut = std::panic::catch_unwind(|| {
            let state = path("cut");
            let mut progress = |epoch: &Epoch| assert!(epoch.number <= n, "killed");
            let journal = Journal { state: &state, start: Start::Anew, progress: &mut progress };
            SETTINGS.run(&TransformerLoader::new(), &folder("bert"), &corpus(), journal).map(drop)
        });
        assert!(cut.is_err() || n + 1 == epochs.len());
        let (resumed, again) = tune(&SETTINGS, "bert", &path("cut"), Start::Resumed);
        resumed.save(&path("resumed")).unwrap();
        assert_eq!(again, epochs);
        assert_eq!(std::fs::read(path("whole")).unwrap(), std::fs::read(path("resumed")).unwrap());
    }
    let other = FineTuning { rate: 1e-3, ..SETTINGS };
    let journal = Journal { state: &path("cut"), start: Start::Resumed, progress: &mut |_| () };
    let refused = other.run(&TransformerLoader::new(), &folder("bert"), &corpus(), journal).err().unwrap();
    assert!(refused.hint().unwrap().contains("--resume"), "{refused}");
}

#[test]
fn the_best_epoch_is_what_stays() {
    let dir = tempfile::tempdir().unwrap();
    // At such a rate nothing is learned, and epoch 0 is the best.
    let wild = FineTuning { rate: 1.0, n_epochs: 9, ..SETTINGS };
    let (tuned, epochs) = tune(&wild, "bert", &dir.path().join("state"), Start::Anew);
    assert_eq!(epochs.len(), 4, "epochs 0 to 3: {epochs:?}");
    assert_eq!(tuned.provenance()["best_epoch"], 0);
    let texts = ["good bad", "bad good", "a cat"];
    let base = TransformerLoader::new().open(folder("bert")).unwrap().encode(&texts).unwrap();
    assert_eq!(tuned.encoder().encode(&texts).unwrap(), base);
}

#[test]
fn another_encoder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (tuned, _) = tune(&SETTINGS, "roberta", &dir.path().join("state"), Start::Anew);
    let path = dir.path().join("tuned");
    tuned.save(&path).unwrap();
    let refused = FineTuned::open(&path, &folder("xlm-roberta"), &TransformerLoader::new()).err().unwrap();
    assert!(refused.to_string().contains("which was trained"), "{refused}");
}
