//! A file of texts in, the texts and their rows out, for commands that look at all of them at once.

use std::path::Path;

use ndarray::{Array2, Axis};
use wordferry::encode::{AnyEncoder, Encoder, LatentEncoder};
use wordferry::transfer::{Error, Rows, check_known};

use super::embed::{TEXTS_TO_LEARN_FROM, open_any, open_words};
use crate::failure::Usage;
use crate::options::{EncodingArguments, Shared, TextColumn};
use crate::printer::Printer;

/// The encoder that learns from the texts.
pub(super) const LATENT: &str = "latent";
pub(super) const TEXTS_PER_BATCH: usize = 4096;

/// All texts of a file, in order.
pub(super) fn read_texts(
    path: &Path,
    columns: &TextColumn,
    printer: &Printer,
) -> anyhow::Result<Vec<String>> {
    printer.progress(&format!("reading {}", path.display()));
    let mut rows = Rows::open(path, &super::columns(&columns.as_columns()))?;
    let texts = rows.by_ref().map(|row| Ok(row?.text)).collect::<anyhow::Result<Vec<String>>>()?;
    note_cut(&rows, printer);
    match texts.is_empty() {
        true => Err(Error::NoTexts { path: path.into(), expected: "texts".into() }.into()),
        false => Ok(texts),
    }
}

/// Says how many e-mails were not read to their ends.
pub(super) fn note_cut(rows: &Rows, printer: &Printer) {
    if rows.n_cut() > 0 {
        let path = rows.path().display();
        printer.note(&format!("note: {path}: {} e-mails of more than 16 MiB were cut", rows.n_cut()));
    }
}

/// Opens whatever encoder lies at a path, through a map where that is asked for; a pooling learns from the first texts.
pub(super) fn open_encoder(
    path: &Path,
    encoding: &EncodingArguments,
    texts: &[String],
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Box<dyn Encoder>> {
    let texts = as_strs(&texts[..texts.len().min(TEXTS_TO_LEARN_FROM)]);
    match encoding.map {
        Some(_) => Ok(Box::new(open_words(path, encoding, &texts, printer)?)),
        None => Ok(open_any(path, encoding, &texts, shared, printer)?.into_dense()?),
    }
}

/// The same, or the encoder that needs no file and learns from all of the texts.
pub(super) fn open_or_learn(
    path: &Path,
    encoding: &EncodingArguments,
    texts: &[String],
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Box<dyn Encoder>> {
    if path.as_os_str() != LATENT {
        return open_encoder(path, encoding, texts, shared, printer);
    }
    if let Some(option) = encoding.first_given(shared) {
        return Err(
            Usage(format!("expected a file or folder as --encoder with {option}, found {LATENT}")).into()
        );
    }
    printer.progress(&format!("learning from {} texts", texts.len()));
    let texts = as_strs(texts);
    let encoder = AnyEncoder::from(LatentEncoder::fit(&texts));
    check_known(&encoder, &texts)?;
    Ok(encoder.into_dense()?)
}

/// The rows of texts, n × d.
pub(super) fn encode(
    encoder: &dyn Encoder,
    texts: &[String],
    printer: &Printer,
) -> anyhow::Result<Array2<f32>> {
    let mut rows = Array2::zeros((0, encoder.dimension()));
    for (i, batch) in texts.chunks(TEXTS_PER_BATCH).enumerate() {
        printer.progress(&format!("encoding: {} of {} texts", i * TEXTS_PER_BATCH, texts.len()));
        rows.append(Axis(0), encoder.encode(&as_strs(batch))?.view())?;
    }
    Ok(rows)
}

pub(super) fn as_strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
