//! A file of predictions and true labels in, answers out: whatever program made it.

use std::path::Path;

use serde_json::Value;
use wordferry_classify::Prediction;
use wordferry_transfer::Error as TransferError;

use crate::text::{numbered_lines, read_text};
use crate::{Answers, Error, Result};

const PROBABILITY: &str = "probability";

/// The names of the columns of a file of predictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictionColumns {
    /// The true label's, `label` unless it is named.
    pub label: String,
    /// The predicted label's, `predicted` unless it is named.
    pub predicted: String,
}

impl Default for PredictionColumns {
    fn default() -> Self {
        Self { label: "label".into(), predicted: "predicted".into() }
    }
}

/// True classes and the answers to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The names of the classes that occur or are predicted, sorted.
    pub classes: Vec<String>,
    /// The true class of every text, an index of `classes`.
    pub truth: Vec<usize>,
    /// What was predicted.
    pub answers: Answers,
}

/// A row as it stands in the file.
struct Line {
    line: u64,
    label: String,
    predicted: Option<String>,
    probability: f32,
}

impl Predictions {
    /// Reads a table (CSV or TSV, with a header) or JSON lines with true labels, predicted labels and the `probability` of the
    /// latter, such as `wordferry transfer` saves. Where no label is predicted, it is the probability of the class `positive`, the
    /// second of two unless it is named. gz and zst are read as they are.
    ///
    /// # Errors
    /// If the file cannot be read, lacks a column or rows, a probability is none, or `positive` is no class of it.
    pub fn open(path: &Path, columns: &PredictionColumns, positive: Option<&str>) -> Result<Self> {
        let text = read_text(path)?;
        let lines = match text.trim_start().starts_with('{') {
            true => json_lines(&text, path, columns)?,
            false => table_lines(&text, path, columns)?,
        };
        if lines.is_empty() {
            return Err(Error::EmptySet {
                expected: "predictions",
                path: path.into(),
                hint: "a row holds a label, a predicted label and its probability",
            });
        }
        Self::of_lines(&lines, path, positive)
    }

    fn of_lines(lines: &[Line], path: &Path, positive: Option<&str>) -> Result<Self> {
        let mut classes: Vec<String> = lines
            .iter()
            .flat_map(|line| [Some(&line.label), line.predicted.as_ref()])
            .flatten()
            .cloned()
            .collect();
        classes.sort_unstable();
        classes.dedup();
        let index = |name: &str| classes.iter().position(|class| class == name);
        let truth = lines.iter().filter_map(|line| index(&line.label)).collect();
        let of_positive = match positive {
            Some(name) => index(name).ok_or_else(|| no_class(path, name, &classes))?,
            None => 1,
        };
        let mut predictions = Vec::with_capacity(lines.len());
        for line in lines {
            predictions.push(match line.predicted.as_deref().and_then(index) {
                Some(class) => Prediction { class, probability: line.probability },
                None if classes.len() == 2 => sided(of_positive, line.probability),
                None => {
                    return Err(wrong(path, line.line, "a predicted label, as there are not two classes"));
                }
            });
        }
        let answers = Answers::of_predictions(predictions, classes.len());
        Ok(Self { truth, answers, classes })
    }
}

/// The more probable of two classes, by the probability of one.
fn sided(class: usize, probability: f32) -> Prediction {
    match probability > 0.5 {
        true => Prediction { class, probability },
        false => Prediction { class: 1 - class, probability: 1.0 - probability },
    }
}

fn no_class(path: &Path, name: &str, classes: &[String]) -> Error {
    Error::Inconsistent {
        reason: format!(
            "expected a class of the predictions ({}), found {name:?}, in {}",
            classes.join(", "),
            path.display()
        ),
        hint: "name the class that is to be found, such as spam".into(),
    }
}

fn wrong(path: &Path, line: u64, expected: &str) -> Error {
    found(path, line, expected, "none")
}

fn found(path: &Path, line: u64, expected: &str, found: &str) -> Error {
    let (path, expected, found) = (path.into(), expected.into(), found.into());
    TransferError::Row { path, line, expected, found }.into()
}

fn probability(text: &str, path: &Path, line: u64) -> Result<f32> {
    let parsed = text.trim().parse().ok().filter(|probability| (0.0..=1.0).contains(probability));
    parsed.ok_or_else(|| found(path, line, "a probability from 0 to 1", &format!("{text:?}")))
}

fn table_lines(text: &str, path: &Path, columns: &PredictionColumns) -> Result<Vec<Line>> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(delimiter == b',')
        .from_reader(text.as_bytes());
    let at_line = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        found(path, line, "a row of a table", &error.to_string())
    };
    let names: Vec<String> =
        reader.headers().map_err(at_line)?.iter().map(|name| name.trim().to_string()).collect();
    let column = |name: &str| names.iter().position(|known| known == name);
    let missing = |name: &str| -> Error {
        TransferError::MissingColumn { path: path.into(), expected: name.into(), found: names.clone() }.into()
    };
    let label = column(&columns.label).ok_or_else(|| missing(&columns.label))?;
    let share = column(PROBABILITY).ok_or_else(|| missing(PROBABILITY))?;
    let predicted = column(&columns.predicted);
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(at_line)?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |i: usize| record.get(i).unwrap_or_default().trim();
        if field(label).is_empty() {
            return Err(wrong(path, line, "a label"));
        }
        lines.push(Line {
            line,
            label: field(label).into(),
            predicted: predicted.map(field).filter(|name| !name.is_empty()).map(String::from),
            probability: probability(field(share), path, line)?,
        });
    }
    Ok(lines)
}

fn json_lines(text: &str, path: &Path, columns: &PredictionColumns) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (line, text) in numbered_lines(text).filter(|(_, text)| !text.trim().is_empty()) {
        let line = line as u64;
        let object: Value = serde_json::from_str(text)
            .map_err(|error| found(path, line, "a JSON object", &error.to_string()))?;
        let name = |key: &str| match &object[key] {
            Value::Null => None,
            Value::String(name) => Some(name.clone()),
            other => Some(other.to_string()),
        };
        let share =
            name(PROBABILITY).ok_or_else(|| wrong(path, line, "a probability under \"probability\""))?;
        lines.push(Line {
            line,
            label: name(&columns.label)
                .ok_or_else(|| wrong(path, line, &format!("a label under {:?}", columns.label)))?,
            predicted: name(&columns.predicted),
            probability: probability(&share, path, line)?,
        });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str, positive: Option<&str>) -> Result<Predictions> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions");
        std::fs::write(&path, text).unwrap();
        Predictions::open(&path, &PredictionColumns::default(), positive)
    }

    #[test]
    fn layouts() {
        let expected = open("label,predicted,probability\nspam,ham,0.75\nham,ham,0.9\n", None).unwrap();
        assert_eq!((&*expected.classes, &*expected.truth), (&["ham".into(), "spam".into()][..], &[1, 0][..]));
        let predictions = [(0, 0.75), (0, 0.9)].map(|(class, probability)| Prediction { class, probability });
        assert_eq!(expected.answers.predictions(), predictions);
        for text in [
            "\u{feff}probability\tlabel\tpredicted\ttext\n0.75\tspam\tham\t\"a\n0.9\tham\tham\tb\n",
            "{\"label\": \"spam\", \"predicted\": \"ham\", \"probability\": 0.75}\n\n{\"label\": \"ham\", \"predicted\": \
             \"ham\", \"probability\": 0.9}\n",
        ] {
            assert_eq!(open(text, None).unwrap(), expected, "{text}");
        }
        // By the probability of spam, or of ham.
        let sided = open("label,probability\nspam,0.25\nham,0.1\n", None).unwrap();
        assert_eq!(sided.answers.classes(), [0, 0]);
        assert!((sided.answers.predictions()[1].probability - 0.9).abs() < 1e-6);
        assert_eq!(open("label,probability\nspam,0.75\nham,0.9\n", Some("ham")).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let message = |text: &str, positive| open(text, positive).unwrap_err().to_string();
        assert!(message("", None).contains("expected a column \"label\""));
        assert!(message("label,predicted,probability\n", None).contains("expected predictions, found none"));
        assert!(message("label,predicted\na,b\n", None).contains("expected a column \"probability\""));
        let high = message("label,predicted,probability\na,b,0.5\na,b,1.5\n", None);
        assert!(high.contains("from 0 to 1, found \"1.5\"") && high.ends_with("line 3"), "{high}");
        assert!(message("label,predicted,probability\na,b,nan\n", None).contains("found \"nan\""));
        assert!(message("label,predicted,probability\n,b,0.5\n", None).contains("expected a label"));
        assert!(message("label,probability\na,0.5\nb,0.5\nc,0.5\n", None).contains("not two classes"));
        assert!(message("label,probability\na,0.5\nb,0.5\n", Some("c")).contains("(a, b), found \"c\""));
        assert!(message("label,predicted,probability\na,b\n", None).contains("line 2"));
        assert!(message("{\"label\": 1}\n", None).contains("expected a probability"));
        assert!(message("{\"label\": 1\n", None).contains("expected a JSON object"));
    }
}
