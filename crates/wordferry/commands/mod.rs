//! One module a verb.

pub(crate) mod align;
pub(crate) mod evaluate_lexicon;
pub(crate) mod predict;
pub(crate) mod transfer;
pub(crate) mod vectors;

use std::path::Path;

use wordferry::transfer::Columns;
use wordferry::vectors::{Embeddings, Loader};

use crate::options::{ColumnArguments, ReadingArguments};
use crate::printer::Printer;

/// The seed, unless another is asked for.
const SEED: u64 = 42;

/// Opens vectors and says what was repaired in them.
fn open_vectors(path: &Path, reading: &ReadingArguments, printer: &Printer) -> anyhow::Result<Embeddings> {
    printer.progress(&format!("reading {}", path.display()));
    let loader = Loader::new().lenient(reading.lenient);
    let embeddings = reading.limit.map_or(loader.clone(), |limit| loader.limit(limit)).open(path)?;
    note_repairs(path, embeddings.repairs().iter(), printer);
    Ok(embeddings)
}

fn note_repairs(path: &Path, repairs: impl Iterator<Item = String>, printer: &Printer) {
    repairs.for_each(|repair| printer.note(&format!("note: {}: {repair}", path.display())));
}

fn columns(arguments: &ColumnArguments) -> Columns {
    let default = Columns::default();
    Columns {
        text: arguments.text_column.clone().unwrap_or(default.text),
        label: arguments.label_column.clone().unwrap_or(default.label),
    }
}
