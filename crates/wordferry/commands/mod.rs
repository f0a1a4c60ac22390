//! One module a verb.

pub(crate) mod align;
pub(crate) mod evaluate_analogy;
pub(crate) mod evaluate_lexicon;
pub(crate) mod evaluate_retrieval;
pub(crate) mod evaluate_similarity;
pub(crate) mod map;
pub(crate) mod predict;
pub(crate) mod transfer;
pub(crate) mod translate;
pub(crate) mod vectors;

mod sets;

use std::path::Path;

use wordferry::align::{Alignment, Criterion};
use wordferry::transfer::Columns;
use wordferry::vectors::{Embeddings, Loader};

use crate::options::{ColumnArguments, CriterionName, ReadingArguments};
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

/// Opens vectors of two languages and carries them to where `alignment` leads.
fn open_mapped(
    alignment: &Alignment,
    [source, target]: [&Path; 2],
    reading: &ReadingArguments,
    printer: &Printer,
) -> anyhow::Result<(Embeddings, Embeddings)> {
    let source = open_vectors(source, reading, printer)?;
    let target = open_vectors(target, reading, printer)?;
    let (source_map, target_map) = alignment.maps(&source, &target)?;
    Ok((source.mapped(source_map)?, target.mapped(target_map)?))
}

fn criterion(name: CriterionName) -> Criterion {
    match name {
        CriterionName::Cosine => Criterion::Cosine,
        CriterionName::InvertedSoftmax => Criterion::InvertedSoftmax { beta: 30.0 },
        CriterionName::Csls => Criterion::Csls { k: 10 },
        CriterionName::Margin => Criterion::Margin { k: 10 },
    }
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
