//! What is to be measured: languages × tasks, and the files that each is measured on.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use wordferry_vectors::fingerprint_of_file;

use crate::cost::Size;
use crate::folder::PairFile;
use crate::{Error, Folder, Input, Result, Row, Settings, Task};

/// Names of known languages that an error shows, at most.
const SHOWN: usize = 5;

/// A benchmark: what is measured of which languages, and how.
#[derive(Debug)]
pub struct Benchmark {
    pub(crate) folder: Folder,
    pub(crate) settings: Settings,
    /// In alphabetical order.
    languages: Vec<String>,
    hubs: Vec<String>,
    tasks: Vec<Task>,
    /// Of the files that were asked for. A file that is replaced during a run was known by another, so that the next run sees it.
    fingerprints: Mutex<HashMap<PathBuf, String>>,
    /// Of the languages whose files were looked into: a hub is asked for by every other language.
    pub(crate) sizes: Mutex<HashMap<String, Size>>,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Key {
    /// The language.
    pub language: String,
    /// What is measured.
    pub task: Task,
    /// The other language, for tasks that take two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.language, self.task)?;
        self.hub.as_ref().map_or(Ok(()), |hub| write!(f, " with {hub}"))
    }
}

impl Row {
    /// What the row is about.
    pub fn key(&self) -> Key {
        Key { language: self.language.clone(), task: self.task, hub: self.hub.clone() }
    }
}

impl Benchmark {
    /// `languages` are those of the folder if it is empty, `tasks` all.
    ///
    /// # Errors
    /// If there are no vectors of a language or a hub.
    pub fn new(
        folder: Folder,
        languages: &[String],
        hubs: &[String],
        tasks: &[Task],
        settings: Settings,
    ) -> Result<Self> {
        let known = folder.languages();
        let mut tasks = if tasks.is_empty() { Task::ALL.to_vec() } else { tasks.to_vec() };
        tasks.sort_unstable();
        tasks.dedup();
        let mut hubs = if tasks.iter().any(|task| task.has_hub()) { hubs.to_vec() } else { Vec::new() };
        hubs.sort_unstable();
        hubs.dedup();
        if let Some(unknown) = languages.iter().chain(&hubs).find(|language| !known.contains(language)) {
            return Err(Error::NoVectorsOf { found: unknown.clone(), known: nearest(unknown, &known) });
        }
        let mut languages = if languages.is_empty() { known } else { languages.to_vec() };
        languages.sort_unstable();
        languages.dedup();
        Ok(Self {
            folder,
            settings,
            languages,
            hubs,
            tasks,
            fingerprints: Mutex::default(),
            sizes: Mutex::default(),
        })
    }

    /// The languages, in alphabetical order.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// The languages that others are measured against.
    pub fn hubs(&self) -> &[String] {
        &self.hubs
    }

    /// The share `number` (from 1) of `of`.
    pub fn share(mut self, number: usize, of: usize) -> Self {
        self.languages = self.languages.into_iter().skip(number - 1).step_by(of).collect();
        self
    }

    /// What is to be measured of a language.
    pub fn keys_of<'a>(&'a self, language: &'a str) -> impl Iterator<Item = Key> + 'a {
        let key = |task, hub| Key { language: language.to_owned(), task, hub };
        self.tasks.iter().flat_map(move |&task| match task.has_hub() {
            false => vec![key(task, None)],
            true => {
                let others = self.hubs.iter().filter(|hub| *hub != language);
                others.map(|hub| key(task, Some(hub.clone()))).collect()
            }
        })
    }

    /// The files that a key is measured on, with what each is used as. Those that are missing are left out.
    pub(crate) fn files(&self, key: &Key) -> Vec<(&'static str, PathBuf)> {
        let (folder, language) = (&self.folder, &*key.language);
        let mut files = Vec::new();
        let mut add =
            |role, paths: &mut dyn Iterator<Item = PathBuf>| files.extend(paths.map(|path| (role, path)));
        add("vectors", &mut folder.vectors(language).into_iter());
        match (key.task, key.hub.as_deref()) {
            (Task::Health | Task::Speed, _) => add("text", &mut folder.sets("texts", language).into_iter()),
            (Task::Similarity, _) => add("test", &mut folder.sets("similarity", language).into_iter()),
            (Task::Analogy, _) => add("test", &mut folder.sets("analogies", language).into_iter()),
            (task, Some(hub)) => {
                add("hub vectors", &mut folder.vectors(hub).into_iter());
                let path = |file: PairFile| file.path;
                add("lexicon", &mut folder.training_lexicon(hub, language).into_iter().map(path));
                match task {
                    Task::Lexicon => {
                        let both = [(hub, language), (language, hub)];
                        let tests = both.into_iter().filter_map(|(a, b)| folder.test_lexicon(a, b));
                        add("test", &mut tests.map(path));
                    }
                    Task::Retrieval => {
                        add(
                            "test",
                            &mut folder.parallel(hub, language).into_iter().flat_map(|(a, b)| [a, b]),
                        );
                    }
                    Task::Classification => {
                        add("hub training texts", &mut folder.reviews(hub, "train").into_iter());
                        add("test", &mut folder.reviews(language, "test").into_iter());
                    }
                    _ => {}
                }
            }
            (_, None) => {}
        }
        files.dedup();
        files
    }

    /// The same files as they are written in a row.
    pub(crate) fn inputs(&self, key: &Key) -> Result<Vec<Input>> {
        let input = |(role, path): (&'static str, PathBuf)| {
            let (file, fingerprint) = (self.folder.name_of(&path), self.fingerprint(path)?);
            Ok(Input { role: role.into(), file, fingerprint })
        };
        self.files(key).into_iter().map(input).collect()
    }

    fn fingerprint(&self, path: PathBuf) -> Result<String> {
        let mut known = self.fingerprints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fingerprint) = known.get(&path) {
            return Ok(fingerprint.clone());
        }
        let fingerprint = fingerprint_of_file(&path)?;
        known.insert(path, fingerprint.clone());
        Ok(fingerprint)
    }

    /// The bytes of a file of vectors; 0 where there is none.
    pub(crate) fn bytes_of_vectors(&self, language: &str) -> u64 {
        let length = |path: PathBuf| Path::metadata(&path).map(|found| found.len()).ok();
        self.folder.vectors(language).ok().and_then(length).unwrap_or(0)
    }
}

/// The known names that are most like an unknown one.
fn nearest(unknown: &str, known: &[String]) -> String {
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    known.sort_by_key(|name| (strsim::damerau_levenshtein(unknown, name), name.len()));
    known.truncate(SHOWN);
    known.join(", ")
}
