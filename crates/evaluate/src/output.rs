//! What an experiment saves in its folder, each file atomically.

use std::io;
use std::path::Path;

use serde::Serialize;
use wordferry_classify::Prediction;
use wordferry_transfer::{Corpus, Model};
use wordferry_vectors::{remove_file_if_there, write_atomically};

use crate::{Report, Result};

/// Saves a target's model and returns the name of its file.
pub(crate) fn save_model(folder: &Path, language: &str, model: &Model) -> Result<String> {
    let name = format!("{language}.model.safetensors");
    model.save(&folder.join(&name))?;
    Ok(name)
}

/// Saves a row a test text: its true and predicted class, the probability of the latter, and the text. Without any, a file
/// that an earlier experiment left is removed.
pub(crate) fn save_predictions(
    folder: &Path,
    language: &str,
    tested: Option<(&Corpus, &[Prediction])>,
    classes: &[String],
) -> Result<()> {
    let path = folder.join(format!("{language}.predictions.csv"));
    let Some((test, predictions)) = tested else {
        return Ok(remove_file_if_there(&path)?);
    };
    Ok(write_atomically(&path, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(["label", "predicted", "probability", "text"])?;
        for ((text, label), prediction) in test.texts().into_iter().zip(test.labels()).zip(predictions) {
            let probability = format!("{:.4}", prediction.probability);
            table.write_record([label, classes[prediction.class].as_str(), &probability, text])?;
        }
        table.flush()
    })?)
}

/// Saves the report as JSON. What depends on the clock is not in it: the same seed gives the same bytes.
pub(crate) fn save_report(folder: &Path, report: &Report) -> Result<()> {
    save_json(&folder.join("report.json"), report)
}

/// Writes what serialises as a file of JSON for people to read.
pub(crate) fn save_json(path: &Path, value: &impl Serialize) -> Result<()> {
    Ok(write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value).map_err(io::Error::from)?;
        io::Write::write_all(file, b"\n")
    })?)
}
