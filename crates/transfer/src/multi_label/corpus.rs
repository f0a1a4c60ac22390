//! A file of texts with any number of labels each in, texts with sets of class names out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde_json::Value;

use crate::corpus::check_utf8;
use crate::{Columns, Error, LabelMap, Result, Rows};

/// What separates labels in a cell, unless something else is named.
pub const SEPARATOR: &str = "|";

/// Texts of which each has any number of labels, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiLabelCorpus {
    path: PathBuf,
    texts: Vec<String>,
    labels: Vec<BTreeSet<String>>,
    lines: Vec<u64>,
}

impl MultiLabelCorpus {
    /// Reads the texts of a file and their labels, which `separator` divides; several `__label__x` or a JSON list of texts will do, too. An
    /// empty label is none. Labels that `map` does not know are left out, their texts stay.
    ///
    /// # Errors
    /// If the file cannot be read, has no labels' column, or has no texts.
    pub fn open(path: &Path, columns: &Columns, map: &LabelMap, separator: &str) -> Result<Self> {
        let mut corpus = Self { path: path.into(), texts: Vec::new(), labels: Vec::new(), lines: Vec::new() };
        for row in Rows::open_labelled(path, columns)? {
            let row = row?;
            check_utf8(&row, path)?;
            let Some(label) = row.label else {
                let column = &columns.label;
                return Err(Error::Row {
                    path: path.into(),
                    line: row.line,
                    expected: format!(
                        "labels (column {column:?}, empty for none, or lines that begin with __label__)"
                    ),
                    found: "none".into(),
                });
            };
            let labels = split(&label, separator);
            let classes = labels.iter().filter_map(|label| map.class(label)).map(String::from);
            corpus.labels.push(classes.collect());
            corpus.texts.push(row.text);
            corpus.lines.push(row.line);
        }
        match corpus.texts.is_empty() {
            true => Err(Error::NoTexts { path: path.into(), expected: "texts with labels".into() }),
            false => Ok(corpus),
        }
    }

    /// A corpus of texts and their labels.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> Self {
        let set = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        let (texts, labels): (Vec<String>, Vec<BTreeSet<String>>) =
            pairs.into_iter().map(|(text, labels)| (text.to_owned(), set(labels))).unzip();
        let lines = (1..=texts.len() as u64).collect();
        Self { path: PathBuf::from("memory"), texts, labels, lines }
    }

    /// The texts, in the file's order.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The names of the labels that occur, sorted.
    pub fn classes(&self) -> Vec<String> {
        let classes: BTreeSet<&String> = self.labels.iter().flatten().collect();
        classes.into_iter().cloned().collect()
    }

    /// How many texts each label has, in the order of [`MultiLabelCorpus::classes`].
    pub fn class_counts(&self) -> Vec<usize> {
        let count = |class: &String| self.labels.iter().filter(|labels| labels.contains(class)).count();
        self.classes().iter().map(count).collect()
    }

    /// Which of `classes` every text has, n × c.
    ///
    /// # Errors
    /// If a text has a label that is none of them.
    pub fn truth(&self, classes: &[String]) -> Result<Array2<bool>> {
        for (labels, &line) in self.labels.iter().zip(&self.lines) {
            if let Some(label) = labels.iter().find(|label| !classes.contains(label)) {
                return Err(Error::UnknownLabel {
                    path: self.path.clone(),
                    line,
                    found: label.clone(),
                    known: classes.to_vec(),
                });
            }
        }
        let has = |(row, class): (usize, usize)| self.labels[row].contains(&classes[class]);
        Ok(Array2::from_shape_fn((self.len(), classes.len()), has))
    }
}

/// The labels of a cell.
fn split(cell: &str, separator: &str) -> Vec<String> {
    let list = serde_json::from_str::<Vec<Value>>(cell).ok();
    let parts: Vec<String> = match list {
        Some(list) => {
            list.iter().map(|label| label.as_str().map_or(label.to_string(), String::from)).collect()
        }
        None => {
            let parts = cell.split(" __label__").flat_map(|part| part.split(separator));
            parts.map(String::from).collect()
        }
    };
    parts.iter().map(|label| label.trim()).filter(|label| !label.is_empty()).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, content: &str, separator: &str, expected: &[&[&str]]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let corpus =
            MultiLabelCorpus::open(&path, &Columns::default(), &LabelMap::default(), separator).unwrap();
        let found: Vec<Vec<&str>> =
            corpus.labels.iter().map(|labels| labels.iter().map(String::as_str).collect()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn labels_are_divided() {
        check("a.csv", "text,label\nx,b|a\ny,\nz, a | a |\n", "|", &[&["a", "b"], &[], &["a"]]);
        check("a.csv", "text,label\nx,b;a|c\n", ";", &[&["a|c", "b"]]);
        check("a.txt", "__label__b __label__a x\n__label__a y\n", "|", &[&["a", "b"], &["a"]]);
        let lines = "{\"text\":\"x\",\"label\":[\"b\",\"a|c\"]}\n{\"text\":\"y\",\"label\":[]}\n";
        check("a.jsonl", lines, "|", &[&["a|c", "b"], &[]]);
    }

    #[test]
    fn a_label_that_is_not_known_is_told() {
        let corpus = MultiLabelCorpus::from_pairs([("x", &["a"][..]), ("y", &["a", "c"])]);
        assert_eq!((corpus.classes(), corpus.class_counts()), (vec!["a".into(), "c".into()], vec![2, 1]));
        let message = corpus.truth(&["a".into(), "b".into()]).unwrap_err().to_string();
        assert!(message.contains("found \"c\"") && message.ends_with("line 2"), "{message}");
    }
}
