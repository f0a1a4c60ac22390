//! A file of labelled texts in, texts with class names out.

use std::path::{Path, PathBuf};

use serde_json::json;
use wordferry_vectors::Artefact;

use crate::{Columns, Error, LabelMap, Result, Row, Rows};

/// Labelled texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    path: PathBuf,
    texts: Vec<String>,
    labels: Vec<String>,
    lines: Vec<u64>,
}

impl Corpus {
    /// Reads the labelled texts of a file. Rows whose label `map` does not know are left out.
    ///
    /// # Errors
    /// If the file cannot be read, there is no column of labels, a row has no label, or no row is left.
    pub fn open(path: &Path, columns: &Columns, map: &LabelMap) -> Result<Self> {
        let mut corpus = Self { path: path.into(), texts: Vec::new(), labels: Vec::new(), lines: Vec::new() };
        for row in Rows::open_labelled(path, columns)? {
            let row = row?;
            check_utf8(&row, path)?;
            let label = row.label.filter(|label| !label.trim().is_empty()).ok_or_else(|| Error::Row {
                path: path.into(),
                line: row.line,
                expected: format!(
                    "a label (column {:?}, or a line that begins with __label__)",
                    columns.label
                ),
                found: "none".into(),
            })?;
            if label.contains(" __label__") {
                return Err(Error::Row {
                    path: path.into(),
                    line: row.line,
                    expected: "one label a text".into(),
                    found: format!("__label__{label}"),
                });
            }
            if let Some(class) = map.class(label.trim()) {
                corpus.texts.push(row.text);
                corpus.labels.push(class.to_string());
                corpus.lines.push(row.line);
            }
        }
        match corpus.texts.is_empty() {
            true => Err(Error::NoTexts { path: path.into(), expected: "labelled texts".into() }),
            false => Ok(corpus),
        }
    }

    /// The texts of a file, whatever labels it has.
    ///
    /// # Errors
    /// If the file cannot be read or has no texts.
    pub fn open_texts(path: &Path, columns: &Columns) -> Result<Vec<String>> {
        let texts: Vec<String> =
            Rows::open(path, columns)?.map(|row| Ok(row?.text)).collect::<Result<_>>()?;
        match texts.is_empty() {
            true => Err(Error::NoTexts { path: path.into(), expected: "texts".into() }),
            false => Ok(texts),
        }
    }

    /// A corpus of texts and labels, pair by pair.
    pub fn from_pairs<T: Into<String>>(pairs: impl IntoIterator<Item = (T, T)>) -> Self {
        let (texts, labels): (Vec<String>, Vec<String>) =
            pairs.into_iter().map(|(text, label)| (text.into(), label.into())).unzip();
        let lines = (1..=texts.len() as u64).collect();
        Self { path: PathBuf::from("memory"), texts, labels, lines }
    }

    /// Some of the texts with their labels, in this order.
    ///
    /// # Panics
    /// If there is no such text.
    #[must_use]
    pub fn only(&self, rows: &[usize]) -> Self {
        Self {
            path: self.path.clone(),
            texts: rows.iter().map(|&row| self.texts[row].clone()).collect(),
            labels: rows.iter().map(|&row| self.labels[row].clone()).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
        }
    }

    /// These texts, and those of another corpus behind them.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let pairs = |corpus: &Self| corpus.texts.clone().into_iter().zip(corpus.labels.clone());
        Self::from_pairs(pairs(self).chain(pairs(other)))
    }

    /// Adds the texts and their labels to an artefact.
    pub(crate) fn put(&self, artefact: &mut Artefact) {
        let classes = self.classes();
        let index =
            |label: &String| classes.iter().position(|class| class == label).unwrap_or_default() as u64;
        artefact.set("examples", json!({ "classes": classes }));
        artefact.put_counts("examples.labels", &self.labels.iter().map(index).collect::<Vec<_>>());
        put_texts(artefact, "examples", &self.texts);
    }

    /// Whether an artefact holds texts.
    pub(crate) fn is_in(artefact: &Artefact) -> bool {
        artefact.has_property("examples")
    }

    /// Takes texts and labels back from an artefact.
    pub(crate) fn take(artefact: &Artefact) -> Result<Self> {
        let broken = || artefact.broken("texts and labels that do not fit together");
        let classes = artefact.get("examples")?["classes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (labels, texts) = (artefact.counts("examples.labels")?, take_texts(artefact, "examples")?);
        let label = |label: &u64| usize::try_from(*label).ok().and_then(|label| classes.get(label)?.as_str());
        let labels: Option<Vec<&str>> = labels.iter().map(label).collect();
        match labels.filter(|labels| labels.len() == texts.len()) {
            Some(labels) => Ok(Self::from_pairs(texts.into_iter().zip(labels.into_iter().map(String::from)))),
            None => Err(broken().into()),
        }
    }

    /// An error if all texts are of one class, from which nothing can be learned.
    ///
    /// # Errors
    /// That one, with the class.
    pub fn check_classes(&self) -> Result<()> {
        if let [only] = &self.classes()[..] {
            let (n_rows, only) = (self.len(), Some(only.clone()));
            return Err(wordferry_classify::Error::SingleClass { n_rows, only }.into());
        }
        Ok(())
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts, in the file's order.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// The class of every text.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The names of the classes that occur, sorted.
    pub fn classes(&self) -> Vec<String> {
        let mut classes = self.labels.clone();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// How many texts each class has, in the order of [`Corpus::classes`].
    pub fn class_counts(&self) -> Vec<usize> {
        let count = |class: &String| self.labels.iter().filter(|label| *label == class).count();
        self.classes().iter().map(count).collect()
    }

    /// How many texts the rarest class has.
    pub fn n_rarest(&self) -> usize {
        self.class_counts().into_iter().min().unwrap_or(0)
    }

    /// The class of every text as an index of `classes`.
    ///
    /// # Errors
    /// If a text is of none of them.
    pub fn class_indices(&self, classes: &[String]) -> Result<Vec<usize>> {
        let index = |(label, &line): (&String, &u64)| {
            classes.iter().position(|class| class == label).ok_or_else(|| Error::UnknownLabel {
                path: self.path.clone(),
                line,
                found: label.clone(),
                known: classes.to_vec(),
            })
        };
        self.labels.iter().zip(&self.lines).map(index).collect()
    }
}

/// An error unless a row is UTF-8.
pub(crate) fn check_utf8(row: &Row, path: &Path) -> Result<()> {
    match row.is_utf8 {
        true => Ok(()),
        false => Err(Error::Row {
            path: path.into(),
            line: row.line,
            expected: "text in UTF-8".into(),
            found: "other bytes: save the file as UTF-8".into(),
        }),
    }
}

/// Adds texts to an artefact.
pub(crate) fn put_texts(artefact: &mut Artefact, name: &str, texts: &[String]) {
    let lengths: Vec<u64> = texts.iter().map(|text| text.len() as u64).collect();
    artefact.put_counts(&format!("{name}.lengths"), &lengths);
    artefact.put_bytes(&format!("{name}.texts"), texts.concat().as_bytes());
}

/// Takes texts back from an artefact.
pub(crate) fn take_texts(artefact: &Artefact, name: &str) -> Result<Vec<String>> {
    let broken = || artefact.broken("texts that are not as long as they should be");
    let bytes = artefact.bytes(&format!("{name}.texts"))?;
    let mut rest = std::str::from_utf8(bytes).map_err(|_| broken())?;
    let lengths = artefact.counts(&format!("{name}.lengths"))?;
    let mut texts = Vec::with_capacity(lengths.len());
    for length in lengths {
        let split = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let (text, after) = split.ok_or_else(broken)?;
        texts.push(text.to_owned());
        rest = after;
    }
    if rest.is_empty() { Ok(texts) } else { Err(broken().into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(name: &str, text: &str, map: &LabelMap) -> Result<Corpus> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Corpus::open(&path, &Columns::default(), map)
    }

    #[test]
    fn labels_become_classes() {
        let map = LabelMap::new([("bad", &["1".to_string()][..]), ("good", &["5".into()])]);
        let corpus = corpus("a.csv", "text,label\na,5\nb,3\nc,1\n", &map).unwrap();
        assert_eq!(corpus.texts(), ["a", "c"]);
        assert_eq!(corpus.classes(), ["bad", "good"]);
        assert_eq!(corpus.class_indices(&corpus.classes()).unwrap(), [1, 0]);
        let message = corpus.class_indices(&["good".into()]).unwrap_err().to_string();
        assert!(
            message.contains("expected the labels of the training texts (good), found \"bad\""),
            "{message}"
        );
        assert!(message.ends_with("line 4"), "{message}");
    }

    #[test]
    fn missing_labels_are_said() {
        let none = LabelMap::default();
        let message = |name: &str, text: &str| corpus(name, text, &none).unwrap_err().to_string();
        assert!(message("a.csv", "text,label\na,x\nb,\n").ends_with("line 3"));
        assert!(message("a.txt", "a\nb\n").contains("expected a label"));
        assert!(message("a.txt", "__label__a __label__b c\n").contains("expected one label a text"));
        assert!(message("a.csv", "text,label\n").contains("expected labelled texts, found none"));
    }
}
