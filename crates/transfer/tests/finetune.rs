//! Tiny transformers with random weights, fine-tuned: what changes, what does not, and runs that are cut off.

#![cfg(feature = "finetune")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use wordferry_classify::BalancedAccuracy;
use wordferry_encode::{Encoder, TransformerLoader};
use wordferry_transfer::{Corpus, Error, FineTuned, FineTuning, Journal, Progress, Start, TunedFile};

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

/// What a run told, an entry an event.
#[derive(Debug, Default, PartialEq)]
struct Told {
    tried: Vec<(usize, usize)>,
    losses: Vec<f64>,
    trained: Vec<f64>,
    n_epochs: Option<usize>,
}

impl Told {
    fn hear(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Tried { fold, epoch, .. } => {
                self.tried.push((fold, epoch.number));
                self.losses.push(epoch.train_loss);
            }
            Progress::Chosen { choice, .. } => self.n_epochs = Some(choice.n_epochs),
            Progress::Trained { loss, .. } => self.trained.push(loss),
        }
    }

    fn n_events(&self) -> usize {
        self.tried.len() + self.trained.len()
    }
}

fn tune(settings: &FineTuning, name: &str, state: &Path, start: Start) -> (FineTuned, Told) {
    let mut told = Told::default();
    let mut progress = |progress: Progress<'_>| {
        told.hear(progress);
        Ok(())
    };
    let journal = Journal { state, every: Duration::ZERO, start, progress: &mut progress };
    let tuned = settings.run(&TransformerLoader::new(), &folder(name), &corpus(), journal).unwrap();
    (tuned, told)
}

#[test]
fn the_loss_falls_and_what_is_saved_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    for name in ALL {
        let (tuned, told) = tune(&SETTINGS, name, &dir.path().join("state"), Start::Anew);
        let tried: Vec<(usize, usize)> = (1..=3).flat_map(|fold| (0..=4).map(move |n| (fold, n))).collect();
        assert_eq!(told.tried, tried);
        assert!(told.losses[4] < told.losses[1], "{name}: {told:?}");
        assert_eq!(told.n_epochs, Some(told.trained.len()));
        let path = dir.path().join(name);
        tuned.save(&path).unwrap();
        let file = TunedFile::open(&path).unwrap();
        assert_eq!(file.folder_name(), name);
        let opened = file.over(&folder(name), &TransformerLoader::new()).unwrap();
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
    let (whole, told) = tune(&SETTINGS, "bert", &path("state"), Start::Anew);
    whole.save(&path("whole")).unwrap();
    assert!(!told.trained.is_empty(), "{told:?}");
    // Within a fold, between two, and with all texts.
    for n in [1, 2, 5, 9, 15, told.n_events()] {
        // As if the program ended in the epoch after: the state of the one before is the last that was written.
        let cut = std::panic::catch_unwind(|| {
            let (state, mut heard) = (path("cut"), Told::default());
            let mut progress = |progress: Progress<'_>| {
                heard.hear(progress);
                assert!(heard.n_events() <= n, "killed");
                Ok(())
            };
            let every = Duration::ZERO;
            let journal = Journal { state: &state, every, start: Start::Anew, progress: &mut progress };
            SETTINGS.run(&TransformerLoader::new(), &folder("bert"), &corpus(), journal).map(drop)
        });
        assert!(cut.is_err() || n == told.n_events());
        let (resumed, again) = tune(&SETTINGS, "bert", &path("cut"), Start::Resumed);
        resumed.save(&path("resumed")).unwrap();
        assert_eq!(again, told);
        assert_eq!(std::fs::read(path("whole")).unwrap(), std::fs::read(path("resumed")).unwrap());
    }
    let other = FineTuning { rate: 1e-3, ..SETTINGS };
    let (state, every) = (path("cut"), Duration::ZERO);
    let journal = Journal { state: &state, every, start: Start::Resumed, progress: &mut |_| Ok(()) };
    let refused = other.run(&TransformerLoader::new(), &folder("bert"), &corpus(), journal).err().unwrap();
    assert!(refused.hint().unwrap().contains("--resume"), "{refused}");
}

#[test]
fn what_does_not_help_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    // At such a rate nothing is learned; without layers or epochs there is nothing to learn.
    let wild = FineTuning { rate: 10.0, ..SETTINGS };
    for settings in [wild, FineTuning { n_layers: 0, ..SETTINGS }, FineTuning { n_epochs: 0, ..SETTINGS }] {
        let (tuned, told) = tune(&settings, "bert", &dir.path().join("state"), Start::Anew);
        assert_eq!((told.n_epochs, told.trained.len()), (Some(0), 0), "{told:?}");
        assert_eq!(tuned.provenance()["held_out"], tuned.provenance()["held_out_frozen"]);
        let texts = ["good bad", "bad good", "a cat"];
        let base = TransformerLoader::new().open(folder("bert")).unwrap().encode(&texts).unwrap();
        assert_eq!(tuned.encoder().encode(&texts).unwrap(), base);
    }
}

/// A run that ends as soon as it has chosen: what was recognised of the texts held out, and events until then.
fn until_chosen(settings: &FineTuning, corpus: &Corpus) -> (BalancedAccuracy, usize) {
    let dir = tempfile::tempdir().unwrap();
    let (mut found, mut n_events) = (None, 0);
    let mut progress = |progress: Progress<'_>| match progress {
        Progress::Chosen { balanced_accuracy, .. } => {
            found = Some(balanced_accuracy);
            Err(Error::Stopped)
        }
        _ => {
            n_events += 1;
            Ok(())
        }
    };
    let (state, every) = (dir.path().join("state"), Duration::ZERO);
    let journal = Journal { state: &state, every, start: Start::Anew, progress: &mut progress };
    let ended = settings.run(&TransformerLoader::new(), &folder("bert"), corpus, journal).err().unwrap();
    assert!(matches!(ended, Error::Stopped), "{ended}");
    (found.unwrap(), n_events)
}

#[test]
fn what_is_held_out_tells_whether_anything_was_learned_before_all_texts_are_trained_on() {
    let (known, n_events) = until_chosen(&SETTINGS, &corpus());
    assert!(known.check().is_ok(), "{known:?}");
    assert_eq!((known.n_rows, n_events), (corpus().len(), 3 * 5));
    // Every text has both labels.
    let twice = |text: &'static str| [(text, "yes"), (text, "no")];
    let unknown = Corpus::from_pairs(["good", "bad", "a cat", "the cat"].into_iter().flat_map(twice));
    let (unknown, _) = until_chosen(&SETTINGS, &unknown);
    assert!(unknown.check().is_err(), "{unknown:?}");
}

#[test]
fn of_many_texts_a_part_is_held_out_once() {
    let texts: Vec<String> = (0..600).map(|i| format!("{} cat {i}", ["good", "bad"][i % 2])).collect();
    let pairs = texts.iter().enumerate().map(|(i, text)| (text.as_str(), ["yes", "no"][i % 2]));
    let frozen = FineTuning { n_layers: 0, ..SETTINGS };
    let (found, n_events) = until_chosen(&frozen, &Corpus::from_pairs(pairs));
    assert_eq!(n_events, 1);
    assert!((50..=200).contains(&found.n_rows) && found.check().is_ok(), "{found:?}");
}

#[test]
fn a_class_of_a_single_text_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |pairs: &[(&str, &str)]| {
        let corpus = Corpus::from_pairs(pairs.iter().map(|(text, label)| (*text, *label)));
        let (state, every) = (dir.path().join("state"), Duration::ZERO);
        let journal = Journal { state: &state, every, start: Start::Anew, progress: &mut |_| Ok(()) };
        SETTINGS.run(&TransformerLoader::new(), &folder("bert"), &corpus, journal).err().unwrap().to_string()
    };
    let found = refused(&[("a", "yes"), ("the", "yes"), ("cat", "no")]);
    assert!(found.contains("two texts of every class") && found.contains("\"no\""), "{found}");
    assert!(refused(&[("a", "yes"), ("the", "yes")]).contains("all of the class"));
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
