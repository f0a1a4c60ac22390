//! What was held out in training in, a table of labels that are probably wrong out.

use std::path::Path;

use wordferry::classify::{softmax, suspects};
use wordferry::transfer::{Corpus, HeldOutScores, Model};
use wordferry::vectors::write_atomically;

use crate::printer::Printer;

/// Writes the texts whose labels are probably wrong, the least probable label first.
pub(super) fn save(
    path: &Path,
    corpus: &Corpus,
    model: &Model,
    held_out: Option<&HeldOutScores>,
    printer: &Printer,
) -> anyhow::Result<()> {
    let Some(HeldOutScores { scores, labels }) = held_out else {
        printer.note("note: nothing could be held out, so that no label can be told to be wrong");
        return Ok(());
    };
    let found = suspects(softmax(scores.view()).view(), labels);
    printer.note(&format!(
        "{} of {} labels are probably wrong: {}",
        found.len(),
        labels.len(),
        path.display()
    ));
    let texts = corpus.texts();
    Ok(write_atomically(path, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(["label", "likely", "probability", "text"])?;
        for suspect in &found {
            let [label, likely] = [labels[suspect.row], suspect.likely].map(|class| &*model.classes()[class]);
            table.write_record([
                label,
                likely,
                &format!("{:.4}", suspect.probability),
                texts[suspect.row],
            ])?;
        }
        table.flush()
    })?)
}
