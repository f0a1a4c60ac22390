//! One module a verb.

pub(crate) mod align;
mod align_many;
pub(crate) mod anomalies;
pub(crate) mod bench;
mod bogofilter;
pub(crate) mod bridge;
pub(crate) mod clusters;
pub(crate) mod data;
pub(crate) mod diagnose;
pub(crate) mod distil;
pub(crate) mod embed;
pub(crate) mod evaluate_analogy;
pub(crate) mod evaluate_classification;
pub(crate) mod evaluate_lexicon;
pub(crate) mod evaluate_retrieval;
pub(crate) mod evaluate_similarity;
pub(crate) mod explain;
pub(crate) mod few;
pub(crate) mod finetune;
pub(crate) mod label;
pub(crate) mod map;
pub(crate) mod multitask;
pub(crate) mod predict;
pub(crate) mod revise;
pub(crate) mod train;
pub(crate) mod transfer;
pub(crate) mod translate;
pub(crate) mod vectors;

mod bench_report;
mod multi_label;
mod reader;
mod sets;
mod suspects;
mod texts;
mod trust;

use std::path::Path;

use wordferry::align::{Alignment, Criterion};
use wordferry::encode::{Device, DeviceChoice, Engine, TransformerLoader};
use wordferry::transfer::Columns;
use wordferry::vectors::{Embeddings, Loader};

use crate::options::{ColumnArguments, CriterionName, ReadingArguments, Shared};
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

/// Vectors of two languages in one space.
struct Mapped {
    source: Embeddings,
    target: Embeddings,
    /// What CSLS knows of the target's words from when the map was learned.
    known: Option<(usize, Vec<f32>)>,
}

impl Mapped {
    fn known(&self) -> Option<(usize, &[f32])> {
        self.known.as_ref().map(|(k, r)| (*k, &**r))
    }
}

/// Opens vectors of two languages and carries them to where `alignment` leads.
fn open_mapped(
    alignment: &Alignment,
    [source, target]: [&Path; 2],
    reading: &ReadingArguments,
    printer: &Printer,
) -> anyhow::Result<Mapped> {
    let source = open_vectors(source, reading, printer)?;
    let target = open_vectors(target, reading, printer)?;
    let (source_map, target_map) = alignment.maps(&source, &target)?;
    let known = alignment.similarity_of(&target, &source).map(|(k, r)| (k, r.to_vec()));
    Ok(Mapped { source: source.mapped(source_map)?, target: target.mapped(target_map)?, known })
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

/// A loader that computes transformers on the device and by the engine that were asked for; says which device it is and why, if
/// one was asked for or it is another than the processor.
fn placed(
    loader: TransformerLoader,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<TransformerLoader> {
    shared.engine.map_or(Ok(()), Engine::check)?;
    let choice = shared.device.unwrap_or_default();
    let (device, why) = match shared.engine {
        Some(engine @ (Engine::Own | Engine::RustBert)) if choice == DeviceChoice::Auto => {
            (Device::Cpu, format!("cpu, where the engine {engine} computes"))
        }
        _ => choice.resolve()?,
    };
    if shared.device.is_some() || device != Device::Cpu {
        printer.note(&format!("device: {why}"));
    }
    Ok(shared.engine.iter().fold(loader.device(device), |loader, engine| loader.engine(*engine)))
}

fn columns(arguments: &ColumnArguments) -> Columns {
    let default = Columns::default();
    Columns {
        text: arguments.text_column.clone().unwrap_or(default.text),
        label: arguments.label_column.clone().unwrap_or(default.label),
    }
}
