//! A language under test: its vectors, and what it shares with each hub.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use wordferry_align::Lexicon;
use wordferry_encode::{Pooling, WordEncoder};
use wordferry_evaluate::Aligned;
use wordferry_transfer::{Columns, Corpus, LabelMap, Model, Training};
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::{Embeddings, Loader, open_decompressed};

use crate::Benchmark;
use crate::reason::Reason;

/// Bytes of a running text that are read.
const MOST_TEXT: u64 = 16 << 20;

/// A language that others are measured against. What it takes is made when it is first asked for, and shared by all threads.
pub(crate) struct Hub<'a> {
    benchmark: &'a Benchmark,
    pub(crate) language: &'a str,
    embeddings: OnceLock<Result<Embeddings, Reason>>,
    model: OnceLock<Result<Model, Reason>>,
}

impl<'a> Hub<'a> {
    pub(crate) fn new(benchmark: &'a Benchmark, language: &'a str) -> Self {
        Self { benchmark, language, embeddings: OnceLock::new(), model: OnceLock::new() }
    }

    fn embeddings(&self) -> Result<&Embeddings, Reason> {
        let loaded = self.embeddings.get_or_init(|| load(self.benchmark, self.language));
        loaded.as_ref().map_err(Clone::clone)
    }

    /// What a classifier of the hub's texts gives to `with`, one that reads where `map` leads. Maps that leave the hub where it is
    /// share one.
    fn with_model<T>(
        &self,
        map: &LinearMap,
        with: impl FnOnce(&Model) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let shared = self.model.get_or_init(|| self.train(map)).as_ref().map_err(Clone::clone)?;
        match shared.encoder().space() == map.to() {
            true => with(shared),
            false => with(&self.train(map)?),
        }
    }

    /// The file of labelled texts to train on.
    pub(crate) fn training_texts(&self) -> Result<PathBuf, Reason> {
        let missing = || Reason::Missing(format!("no labelled texts of {} to train on", self.language));
        self.benchmark.folder.reviews(self.language, "train").ok_or_else(missing)
    }

    fn train(&self, map: &LinearMap) -> Result<Model, Reason> {
        let corpus = Corpus::open(&self.training_texts()?, &Columns::default(), &LabelMap::default())?;
        let encoder = WordEncoder::new(self.embeddings()?.mapped(map)?, Pooling::default());
        let training = Training { seed: self.benchmark.settings.seed, ..Training::default() };
        Ok(training.fit_calibrated(encoder.into(), &corpus)?)
    }
}

/// A language under test.
pub(crate) struct Subject<'a> {
    pub(crate) benchmark: &'a Benchmark,
    pub(crate) language: &'a str,
    /// Reads texts by its vectors as they are, in their own space.
    pub(crate) encoder: WordEncoder,
    /// The last that was asked for, and its hub.
    pair: RefCell<Option<(String, MaybePair)>>,
}

/// A pair, or why there is none.
type MaybePair = Result<Rc<Pair>, Reason>;

/// A language and a hub in one space.
pub(crate) struct Pair {
    pub(crate) aligned: Aligned,
    pub(crate) hub: WordEncoder,
    pub(crate) own: WordEncoder,
}

impl Pair {
    fn of(source: &Embeddings, target: &Embeddings, aligned: Aligned) -> Result<Self, Reason> {
        let side = |embeddings: &Embeddings| -> Result<WordEncoder, Reason> {
            let map = aligned.alignment.map_of(embeddings)?;
            Ok(WordEncoder::new(embeddings.mapped(map)?, Pooling::default()))
        };
        let (hub, own) = (side(source)?, side(target)?);
        Ok(Self { aligned, hub, own })
    }
}

impl<'a> Subject<'a> {
    /// Reads its vectors.
    pub(crate) fn open(benchmark: &'a Benchmark, language: &'a str) -> Result<Self, Reason> {
        let encoder = WordEncoder::new(load(benchmark, language)?, Pooling::default());
        Ok(Self { benchmark, language, encoder, pair: RefCell::default() })
    }

    pub(crate) fn embeddings(&self) -> &Embeddings {
        self.encoder.embeddings()
    }

    /// Test sets in a folder, one at least.
    pub(crate) fn sets(&self, folder: &'static str) -> Result<Vec<PathBuf>, Reason> {
        let sets = self.benchmark.folder.sets(folder, self.language);
        match sets.is_empty() {
            true => Err(Reason::Missing(format!("no test set in {folder}"))),
            false => Ok(sets),
        }
    }

    /// What is measured on each of several sets. One that says nothing is passed over, if another does.
    pub(crate) fn measured<T>(
        &self,
        sets: &[PathBuf],
        measure: impl Fn(&Path) -> Result<T, Reason>,
    ) -> Result<Vec<T>, Reason> {
        let (mut found, mut missing) = (Vec::new(), None);
        for set in sets {
            match measure(set) {
                Ok(part) => found.push(part),
                Err(Reason::Missing(why)) => {
                    missing = Some(Reason::Missing(format!("{why}, in {}", self.name_of(set))))
                }
                Err(fault) => return Err(fault),
            }
        }
        match missing {
            Some(reason) if found.is_empty() => Err(reason),
            _ => Ok(found),
        }
    }

    /// A file as a row names it.
    pub(crate) fn name_of(&self, path: &Path) -> String {
        self.benchmark.folder.name_of(path)
    }

    /// The lines of the language's running text, if there is one.
    pub(crate) fn running_text(&self) -> Result<Option<Vec<String>>, Reason> {
        let Some(path) = self.benchmark.folder.sets("texts", self.language).into_iter().next() else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let mut reader = open_decompressed(&path)?.take(MOST_TEXT);
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| Reason::fault(format!("{error}, in {}", self.name_of(&path))))?;
        Ok(Some(String::from_utf8_lossy(&bytes).lines().map(String::from).collect()))
    }

    /// The language and a hub in one space: by their lexicon, or else by the words that both spell alike.
    pub(crate) fn pair(&self, hub: &Hub<'_>) -> MaybePair {
        let mut last = self.pair.borrow_mut();
        match &*last {
            Some((of, pair)) if of == hub.language => pair.clone(),
            _ => {
                // Before there is another.
                *last = None;
                let pair = self.aligned_with(hub).map(Rc::new);
                *last = Some((hub.language.to_owned(), pair.clone()));
                pair
            }
        }
    }

    fn aligned_with(&self, hub: &Hub<'_>) -> Result<Pair, Reason> {
        let Benchmark { folder, settings, .. } = self.benchmark;
        match folder.training_lexicon(hub.language, self.language) {
            Some(file) => self.pair_by(hub, file.open()?),
            None => {
                let (source, target) = (hub.embeddings()?, self.embeddings());
                Pair::of(source, target, Aligned::by_identical_words(source, target, settings.seed)?)
            }
        }
    }

    /// The language and a hub in one space by pairs of words, the hub's first.
    pub(crate) fn pair_by(&self, hub: &Hub<'_>, lexicon: Lexicon) -> Result<Pair, Reason> {
        let (source, target, seed) = (hub.embeddings()?, self.embeddings(), self.benchmark.settings.seed);
        Pair::of(source, target, Aligned::by_lexicon(source, target, lexicon, false, seed)?)
    }

    /// What a classifier of the hub's texts that reads this language gives to `with`.
    pub(crate) fn with_model<T>(
        &self,
        hub: &Hub<'_>,
        with: impl FnOnce(&Model) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let pair = self.pair(hub)?;
        let map = |embeddings: &Embeddings| pair.aligned.alignment.map_of(embeddings);
        hub.with_model(map(hub.embeddings()?)?, |model| {
            let encoder =
                WordEncoder::new(self.embeddings().mapped(map(self.embeddings())?)?, Pooling::default());
            with(&model.reading(encoder)?)
        })
    }
}

/// Reads the vectors of a language, as many as the settings say, and repairs what can be repaired: what was wrong is told by the task `health`.
fn load(benchmark: &Benchmark, language: &str) -> Result<Embeddings, Reason> {
    let path = benchmark.folder.vectors(language).map_err(Reason::Fault)?;
    Ok(loader(benchmark).open(path)?)
}

/// How vectors are read.
pub(crate) fn loader(benchmark: &Benchmark) -> Loader {
    Loader::new().lenient(true).limit(benchmark.settings.limit)
}
