//! `wordferry embed`: an encoder and texts in, a file of features out.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use wordferry::align::Alignment;
use wordferry::encode::{Encoder, EncoderLoader, TransformerLoader, WordEncoder};
use wordferry::transfer::{Encoded, FeatureFormat, Rows, write_features};
use wordferry::vectors::Loader;

use super::{columns, open_vectors};
use crate::failure::Usage;
use crate::options::{EmbedArguments, EncodingArguments, Shared};
use crate::printer::Printer;

const TEXTS_PER_BATCH: usize = 4096;

pub(crate) fn run(arguments: &EmbedArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<ExitCode> {
    let format = format(arguments)?;
    let encoder = open_encoder(&arguments.encoder, &arguments.encoding, printer)?;
    let rows = Rows::open(&arguments.texts, &columns(&arguments.columns.as_columns()))?;
    let mut batches = Batches { rows, encoder: &*encoder, n: 0, start: Instant::now(), printer };
    let n = write_features(&arguments.output, format, encoder.dimension(), || batches.next())?;
    let (seconds, dimension) = (batches.start.elapsed().as_secs_f64(), encoder.dimension());
    let rate = n as f64 / seconds.max(1e-9);
    let report = json!({
        "n_texts": n, "dimension": dimension, "space": encoder.space().to_string(), "seconds": seconds,
        "texts_per_second": rate,
    });
    printer.report(shared, &report, || {
        format!("{n} texts as rows of {dimension}, {rate:.0} a second: {}\n", arguments.output.display())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn format(arguments: &EmbedArguments) -> anyhow::Result<FeatureFormat> {
    let ending = arguments.output.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    arguments.to.or_else(|| FeatureFormat::from_name(&ending?)).ok_or_else(|| {
        let found = arguments.output.display();
        Usage(format!("expected a file that ends in .npy, .safetensors or .parquet, or --to, found {found}")).into()
    })
}

/// Opens whatever encoder lies at a path.
fn open_encoder(
    path: &Path,
    arguments: &EncodingArguments,
    printer: &Printer,
) -> anyhow::Result<Box<dyn Encoder>> {
    let pooling = arguments.pooling.unwrap_or_default();
    if let Some(map) = &arguments.map {
        let embeddings = open_vectors(path, &arguments.reading, printer)?;
        let map = Alignment::open(map)?;
        let embeddings = embeddings.mapped(map.map_of(&embeddings)?)?;
        return Ok(Box::new(WordEncoder::new(embeddings, pooling)));
    }
    if !arguments.precision.is_fast() {
        let name = arguments.precision.name();
        printer.note(&format!("note: this processor has no instructions for {name}: f32 would be faster"));
    }
    printer.progress(&format!("reading {}", path.display()));
    let loader = Loader::new().lenient(arguments.reading.lenient);
    let loader = arguments.reading.limit.map_or(loader.clone(), |limit| loader.limit(limit));
    let transformer = transformer(arguments);
    Ok(EncoderLoader::new().vectors(loader).pooling(pooling).transformer(transformer).open(path)?)
}

fn transformer(arguments: &EncodingArguments) -> TransformerLoader {
    let loader = TransformerLoader::new().precision(arguments.precision);
    let loader = arguments.prompt.iter().fold(loader, |loader, prompt| loader.prompt(prompt));
    arguments.max_length.iter().fold(loader, |loader, length| loader.max_length(*length))
}

/// Encodes the texts of a file a batch at a time, and shows how fast.
struct Batches<'a> {
    rows: Rows,
    encoder: &'a dyn Encoder,
    n: usize,
    start: Instant,
    printer: &'a Printer,
}

impl Batches<'_> {
    fn next(&mut self) -> wordferry::transfer::Result<Option<Encoded>> {
        let texts = self.rows.by_ref().take(TEXTS_PER_BATCH).map(|row| Ok(row?.text));
        let texts = texts.collect::<wordferry::transfer::Result<Vec<String>>>()?;
        if texts.is_empty() {
            return Ok(None);
        }
        let features = self.encoder.encode(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        self.n += texts.len();
        let rate = self.n as f64 / self.start.elapsed().as_secs_f64().max(1e-9);
        self.printer.progress(&format!("{} texts, {rate:.0} a second", self.n));
        Ok(Some((texts, features)))
    }
}
