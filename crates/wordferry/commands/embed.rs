//! `wordferry embed`: an encoder and texts in, a file of features out.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use wordferry::align::Alignment;
use wordferry::encode::{AnyEncoder, Encoder, EncoderLoader, TransformerLoader, WordEncoder};
use wordferry::transfer::{Encoded, FeatureFormat, Result, Rows, write_features};
use wordferry::vectors::{Artefact, Loader, check_place};

use super::texts::{TEXTS_PER_BATCH, as_strs, open_encoder};
use super::{columns, open_vectors, placed};
use crate::failure::Usage;
use crate::hub::{folders_of, locate};
use crate::options::{EmbedArguments, EncodingArguments, Shared};
use crate::printer::Printer;

/// Texts that a pooling learns from, where it has anything to learn.
pub(super) const TEXTS_TO_LEARN_FROM: usize = 20_000;

pub(crate) fn run(
    arguments: &EmbedArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let format = format(arguments)?;
    check_place(&arguments.output)?;
    let mut texts =
        Rows::open(&arguments.texts, &columns(&arguments.columns.as_columns()))?.map(|row| Ok(row?.text));
    let first = texts.by_ref().take(TEXTS_TO_LEARN_FROM).collect::<Result<Vec<String>>>()?;
    let encoder = open_encoder(&arguments.encoder, &arguments.encoding, &first, shared, printer)?;
    let texts = Box::new(first.into_iter().map(Ok).chain(texts));
    let mut batches = Batches { texts, encoder: &*encoder, n: 0, start: Instant::now(), printer };
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
        Usage(format!("expected a file that ends in .npy, .safetensors or .parquet, or --to, found {found}"))
            .into()
    })
}

/// Opens whatever encoder lies at a path or has a name on the hub, without any map; a pooling learns from the texts.
pub(super) fn open_any(
    path: &Path,
    arguments: &EncodingArguments,
    texts: &[&str],
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<AnyEncoder> {
    let path = &*locate(path, shared, printer)?;
    let is_asked = shared.device.is_some() || shared.engine.is_some();
    if path.is_file() && Artefact::kind_of(path).is_none() && !is_asked {
        return Ok(open_words(path, arguments, texts, printer)?.into());
    }
    let mut transformer = transformer(arguments);
    // Folders alone have a device and an engine; asking for one that is absent is an error whatever is opened.
    if path.is_dir() || is_asked {
        transformer = placed(transformer, shared, printer)?;
    }
    if path.is_dir() && !arguments.precision.is_fast() {
        let name = arguments.precision.name();
        printer.note(&format!("note: on this processor f32 would be faster than {name}"));
    }
    printer.progress(&format!("reading {}", path.display()));
    let loader = Loader::new().lenient(arguments.reading.lenient);
    let loader = arguments.reading.limit.map_or(loader.clone(), |limit| loader.limit(limit));
    let pooling = arguments.pooling.unwrap_or_default();
    let hub = folders_of(path, shared, printer)?;
    let loader = EncoderLoader::new().vectors(loader).pooling(pooling).transformer(transformer).hub(hub);
    Ok(loader.open_fitted(path, texts)?)
}

/// Opens word vectors, mapped where that is asked for; the pooling learns from the texts.
pub(super) fn open_words(
    path: &Path,
    arguments: &EncodingArguments,
    texts: &[&str],
    printer: &Printer,
) -> anyhow::Result<WordEncoder> {
    let mut embeddings = open_vectors(path, &arguments.reading, printer)?;
    if let Some(map) = &arguments.map {
        let map = Alignment::open(map)?;
        embeddings = embeddings.mapped(map.map_of(&embeddings)?)?;
    }
    let mut encoder = WordEncoder::new(embeddings, arguments.pooling.unwrap_or_default());
    encoder.fit(texts);
    Ok(encoder)
}

fn transformer(arguments: &EncodingArguments) -> TransformerLoader {
    let loader = TransformerLoader::new().precision(arguments.precision);
    let loader = arguments.prompt.iter().fold(loader, |loader, prompt| loader.prompt(prompt));
    arguments.max_length.iter().fold(loader, |loader, length| loader.max_length(*length))
}

/// Encodes the texts of a file a batch at a time, and shows how fast.
struct Batches<'a> {
    texts: Box<dyn Iterator<Item = Result<String>>>,
    encoder: &'a dyn Encoder,
    n: usize,
    start: Instant,
    printer: &'a Printer,
}

impl Batches<'_> {
    fn next(&mut self) -> Result<Option<Encoded>> {
        let texts = self.texts.by_ref().take(TEXTS_PER_BATCH).collect::<Result<Vec<_>>>()?;
        if texts.is_empty() {
            return Ok(None);
        }
        let features = self.encoder.encode(&as_strs(&texts))?;
        self.n += texts.len();
        let rate = self.n as f64 / self.start.elapsed().as_secs_f64().max(1e-9);
        self.printer.progress(&format!("{} texts, {rate:.0} a second", self.n));
        Ok(Some((texts, features)))
    }
}
