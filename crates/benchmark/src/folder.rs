//! A folder of data in, the files that belong to a language out.
//!
//! | folder | files |
//! |---|---|
//! | `vectors` | `CODE.…`, `wiki.CODE.…`, `cc.CODE.…` |
//! | `lexicons` | `A-B.train.…` or `A-B.0-5000.…`, `A-B.test.…` or `A-B.5000-6500.…`, `A-B.…` |
//! | `similarity`, `analogies` | `CODE.…`, any number |
//! | `parallel` | `A-B.….A` with `A-B.….B` beside it: line by line |
//! | `texts` | `CODE.…`: running text |
//! | `reviews` | `CODE.train.…`, `CODE.test.…`: labelled texts |

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use wordferry_align::Lexicon;

use crate::endings::{plain, split_ending};
use crate::{Collection, Error, Result};

const FOLDERS: [&str; 7] = ["vectors", "lexicons", "similarity", "analogies", "parallel", "texts", "reviews"];
/// What the two parts of a lexicon are called, here and by MUSE.
const TRAIN: [&str; 2] = ["train", "0-5000"];
const TEST: [&str; 2] = ["test", "5000-6500"];

/// A folder of data of many languages.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// Names of files by folder, in alphabetical order.
    names: BTreeMap<&'static str, Vec<String>>,
}

/// A file about two languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PairFile {
    pub(crate) path: PathBuf,
    /// Whether it has the second language first.
    pub(crate) is_reversed: bool,
}

impl PairFile {
    /// The lexicon, first language first.
    pub(crate) fn open(&self) -> wordferry_align::Result<Lexicon> {
        let lexicon = Lexicon::open(&self.path)?;
        Ok(if self.is_reversed { lexicon.reversed() } else { lexicon })
    }
}

impl Folder {
    /// Looks what there is; no file is opened. Of vectors only those of `collection`, if one is given.
    ///
    /// # Errors
    /// If there are no vectors.
    pub fn open(root: &Path, collection: Option<Collection>) -> Result<Self> {
        let names = FOLDERS.map(|folder| (folder, names_in(&root.join(folder))));
        let mut folder = Self { root: root.to_owned(), names: names.into() };
        if let (Some(_), Some(vectors)) = (collection, folder.names.get_mut("vectors")) {
            vectors.retain(|name| collection_of(name) == collection);
        }
        match folder.languages().is_empty() {
            true => Err(Error::NoVectors { path: root.join("vectors") }),
            false => Ok(folder),
        }
    }

    /// Codes of the languages that there are vectors of, in alphabetical order.
    pub fn languages(&self) -> Vec<String> {
        let codes: BTreeSet<&str> =
            self.names["vectors"].iter().filter_map(|name| language_of(name)).collect();
        codes.into_iter().map(String::from).collect()
    }

    /// A path as it is written in rows: from the folder on, with slashes.
    pub(crate) fn name_of(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// The file of a language's vectors, or what is wrong.
    pub(crate) fn vectors(&self, language: &str) -> std::result::Result<PathBuf, String> {
        let files = self.files("vectors", |name| language_of(name) == Some(language));
        // Text beside a model is the same vectors without its n-grams.
        let is_model = |path: &&PathBuf| path.to_string_lossy().contains(".bin");
        let are_one = files.iter().all(|path| stem_of(path) == stem_of(&files[0]));
        match (&files[..], files.iter().find(is_model)) {
            ([file], _) => Ok(file.clone()),
            ([], _) => Err(format!("no vectors of {language:?}")),
            (_, Some(model)) if are_one => Ok(model.clone()),
            ([a, b, ..], _) => Err(format!(
                "expected one file of vectors (choose with --collection), found {} and {}",
                self.name_of(a),
                self.name_of(b)
            )),
        }
    }

    /// Test sets of a language.
    pub(crate) fn sets(&self, folder: &'static str, language: &str) -> Vec<PathBuf> {
        self.files(folder, |name| name.strip_prefix(language).is_some_and(|rest| rest.starts_with('.')))
    }

    /// What languages are aligned by: the part for training of their lexicon, in either direction; the whole one, if no part of it is for
    /// testing.
    pub(crate) fn training_lexicon(&self, from: &str, to: &str) -> Option<PairFile> {
        let is_whole = |words: &[&str]| !has(words, TRAIN) && !has(words, TEST);
        self.lexicon(from, to, |words| has(words, TRAIN)).or_else(|| match self.test_lexicon(from, to) {
            Some(_) => None,
            None => self.lexicon(from, to, is_whole),
        })
    }

    /// The part for testing of a lexicon, in either direction.
    pub(crate) fn test_lexicon(&self, from: &str, to: &str) -> Option<PairFile> {
        self.lexicon(from, to, |words| has(words, TEST))
    }

    /// A lexicon of which the words between the dots of its name, after the languages, are as wanted.
    fn lexicon(&self, from: &str, to: &str, is_wanted: impl Fn(&[&str]) -> bool) -> Option<PairFile> {
        let find = |from: &str, to: &str| {
            let begin = format!("{from}-{to}.");
            let is_it = |name: &str| {
                name.strip_prefix(&begin).is_some_and(|rest| is_wanted(&rest.split('.').collect::<Vec<_>>()))
            };
            self.files("lexicons", is_it).into_iter().next()
        };
        let file = |path, is_reversed| PairFile { path, is_reversed };
        find(from, to).map(|path| file(path, false)).or_else(|| find(to, from).map(|path| file(path, true)))
    }

    /// Files with sentences of two languages: the first language's, the second's.
    pub(crate) fn parallel(&self, from: &str, to: &str) -> Vec<(PathBuf, PathBuf)> {
        let begins = |name: &str| {
            name.starts_with(&format!("{from}-{to}.")) || name.starts_with(&format!("{to}-{from}."))
        };
        let ends = format!(".{from}");
        let firsts = self.files("parallel", |name| begins(name) && name.ends_with(&ends));
        let beside = |first: PathBuf| {
            let second = first.with_extension(to);
            second.is_file().then_some((first, second))
        };
        firsts.into_iter().filter_map(beside).collect()
    }

    /// Labelled texts of a language.
    pub(crate) fn reviews(&self, language: &str, part: &str) -> Option<PathBuf> {
        let begin = format!("{language}.{part}.");
        self.files("reviews", |name| name.starts_with(&begin)).into_iter().next()
    }

    fn files(&self, folder: &'static str, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let names = self.names[folder].iter().filter(|name| is_wanted(name));
        names.map(|name| self.root.join(folder).join(name)).collect()
    }
}

/// Whether one of the names of a lexicon's part is among some words.
fn has(words: &[&str], part: [&str; 2]) -> bool {
    part.iter().any(|name| words.contains(name))
}

/// Names of the files in a folder, in alphabetical order; none where there is no folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.') && entry.path().is_file());
    let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// The name of a file of vectors without what tells its format.
fn stem_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    plain(&name).rsplit_once('.').map_or_else(|| name.to_string(), |(stem, _)| stem.to_owned())
}

/// The collection that a file of vectors is of, as its name tells.
fn collection_of(name: &str) -> Option<Collection> {
    match name {
        name if name.starts_with("cc.") => Some(Collection::Crawl),
        name if name.starts_with("wiki.") && name.contains(".align.") => Some(Collection::Aligned),
        name if name.starts_with("wiki.") => Some(Collection::Wiki),
        _ => None,
    }
}

/// The language of a file of vectors.
fn language_of(name: &str) -> Option<&str> {
    split_ending(name)?;
    let name = ["wiki.", "cc."].iter().find_map(|begin| name.strip_prefix(begin)).unwrap_or(name);
    let (language, rest) = name.split_once('.')?;
    (!language.is_empty() && !rest.is_empty()).then_some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let folder = Folder::open(root.path(), None).unwrap();
        (root, folder)
    }

    #[test]
    fn languages_of_names() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(language_of(name), expected, "{name}");
        check("de.vec", Some("de"));
        check("wiki.zh_min_nan.vec", Some("zh_min_nan"));
        check("cc.als.300.vec.gz", Some("als"));
        check("wiki.fr.align.vec", Some("fr"));
        check("de.50k.vec.zst", Some("de"));
        check("en.bin", Some("en"));
        check("checksums.tsv", None);
        check("en", None);
        check("vec", None);
        check("en.vec.part", None);
    }

    #[test]
    fn lexicons_are_found_in_either_direction() {
        let names = [
            "vectors/de.vec",
            "lexicons/en-de.txt",
            "lexicons/en-de.train.txt",
            "lexicons/en-de.5000-6500.txt",
            "lexicons/fr-en.txt",
            "lexicons/en-es.txt",
            "lexicons/en-es.test.txt",
        ];
        let (_root, folder) = folder(&names);
        let name = |name: &str, is_reversed| Some((format!("lexicons/{name}"), is_reversed));
        let found = |file: Option<PairFile>| file.map(|file| (folder.name_of(&file.path), file.is_reversed));
        assert_eq!(found(folder.training_lexicon("en", "de")), name("en-de.train.txt", false));
        assert_eq!(found(folder.test_lexicon("de", "en")), name("en-de.5000-6500.txt", true));
        assert_eq!(found(folder.training_lexicon("en", "fr")), name("fr-en.txt", true));
        assert_eq!(found(folder.test_lexicon("en", "fr")), None);
        assert_eq!(found(folder.training_lexicon("en", "es")), None, "the whole has the test in it");
    }

    #[test]
    fn parallel_texts_come_in_pairs() {
        let (_root, folder) =
            folder(&["vectors/de.vec", "parallel/de-en.a.de", "parallel/de-en.a.en", "parallel/en-de.b.en"]);
        let found = folder.parallel("en", "de");
        let names = found.iter().map(|(a, b)| (folder.name_of(a), folder.name_of(b))).collect::<Vec<_>>();
        assert_eq!(names, [("parallel/de-en.a.en".to_string(), "parallel/de-en.a.de".to_string())]);
    }

    #[test]
    fn two_files_of_vectors_are_one_too_many() {
        let names = [
            "vectors/wiki.de.vec",
            "vectors/cc.de.300.bin",
            "vectors/fr.vec",
            "vectors/fr.bin",
            "vectors/fr.vec.gz",
        ];
        let (root, folder) = folder(&names);
        assert_eq!(folder.languages(), ["de", "fr"]);
        let error = folder.vectors("de").unwrap_err();
        assert!(error.ends_with("found vectors/cc.de.300.bin and vectors/wiki.de.vec"), "{error}");
        let found = folder.vectors("fr").map(|path| folder.name_of(&path));
        assert_eq!(found.as_deref(), Ok("vectors/fr.bin"), "the model of the three has the most");
        let of_wiki = Folder::open(root.path(), Some(Collection::Wiki)).unwrap();
        assert_eq!(of_wiki.languages(), ["de"]);
        assert!(of_wiki.vectors("de").is_ok());
        assert!(matches!(Folder::open(Path::new("nowhere"), None), Err(Error::NoVectors { .. })));
    }
}
