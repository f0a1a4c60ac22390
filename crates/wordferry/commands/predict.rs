//! `wordferry predict`: a model and texts in, a label and its probability a text out.
//!
//! Texts are read, classified and printed a batch at a time, in order: memory does not grow with their number.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;
use wordferry::classify::Prediction;
use wordferry::encode::TransformerLoader;
use wordferry::transfer::{FineTuned, Model, Row, Rows, TunedFile};
use wordferry::vectors::Artefact;

use super::texts::note_cut;
use super::{columns, placed};
use crate::failure::Usage;
use crate::options::{PredictArguments, Shared};
use crate::printer::Printer;

const ROWS_PER_BATCH: usize = 4096;

pub(crate) fn run(
    arguments: &PredictArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    if arguments.bogofilter_exit {
        return Ok(super::bogofilter::run(arguments, shared, printer));
    }
    printer.progress(&format!("reading {}", arguments.model.display()));
    let model = Reader::open(arguments, shared, printer)?;
    let columns = columns(&arguments.columns);
    let mut rows = Rows::open(&arguments.texts, &columns)?;
    printer.data(|out| {
        let mut sink = Sink::new(out, shared.json)?;
        let mut batch = Vec::new();
        for row in rows.by_ref() {
            batch.push(row?);
            if batch.len() == ROWS_PER_BATCH {
                sink.write(&model, &std::mem::take(&mut batch))?;
            }
        }
        sink.write(&model, &batch)
    })?;
    note_cut(&rows, printer);
    Ok(ExitCode::SUCCESS)
}

/// A model of either kind.
pub(super) enum Reader {
    Words(Box<Model>),
    Tuned(Box<FineTuned>),
}

impl Reader {
    pub(super) fn open(
        arguments: &PredictArguments,
        shared: &Shared,
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        let path = &arguments.model;
        if Artefact::kind_of(path).as_deref() != Some(FineTuned::KIND) {
            return match &arguments.encoder {
                None => Ok(Self::Words(Box::new(Model::open(path)?))),
                Some(_) => Err(Usage(format!(
                    "expected a fine-tuned model with --encoder, found another file: {}",
                    path.display()
                ))
                .into()),
            };
        }
        let file = TunedFile::open(path)?;
        let folder = match &arguments.encoder {
            Some(folder) => folder.clone(),
            None => path.with_file_name(file.folder_name()),
        };
        if !folder.is_dir() {
            let expected = "the folder of the encoder that was fine-tuned (--encoder DIR)";
            return Err(Usage(format!("expected {expected}, found none at {}", folder.display())).into());
        }
        let loader = placed(TransformerLoader::new(), shared, printer)?;
        Ok(Self::Tuned(Box::new(file.over(&folder, &loader)?)))
    }

    pub(super) fn classes(&self) -> &[String] {
        match self {
            Self::Words(model) => model.classes(),
            Self::Tuned(model) => model.classes(),
        }
    }

    /// Whether the model knows anything of a text, as far as it can tell.
    pub(super) fn knows(&self, text: &str) -> bool {
        match self {
            Self::Words(model) => {
                let coverage = model.encoder().coverage(&[text]);
                coverage.is_none_or(|coverage| coverage.share() > 0.0)
            }
            Self::Tuned(_) => true,
        }
    }

    pub(super) fn predict(&self, texts: &[&str]) -> wordferry::transfer::Result<Vec<Prediction>> {
        match self {
            Self::Words(model) => model.predict(texts),
            Self::Tuned(model) => model.predict(texts),
        }
    }
}

/// A text as a field of a table without quoting: tabs and line ends become spaces.
pub(super) fn one_field(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// Tab-separated values, or JSON lines.
enum Sink<'a> {
    Table(Box<csv::Writer<&'a mut dyn Write>>),
    Json(&'a mut dyn Write),
}

impl<'a> Sink<'a> {
    fn new(out: &'a mut dyn Write, json: bool) -> anyhow::Result<Self> {
        if json {
            return Ok(Self::Json(out));
        }
        let mut table =
            csv::WriterBuilder::new().delimiter(b'\t').quote_style(csv::QuoteStyle::Never).from_writer(out);
        table.write_record(["label", "probability", "text"])?;
        Ok(Self::Table(Box::new(table)))
    }

    fn write(&mut self, model: &Reader, rows: &[Row]) -> anyhow::Result<()> {
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        for (text, Prediction { class, probability }) in texts.iter().zip(model.predict(&texts)?) {
            let label = &model.classes()[class];
            match self {
                Self::Table(table) => {
                    table.write_record([
                        &one_field(label),
                        &format!("{probability:.4}"),
                        &one_field(text),
                    ])?;
                }
                Self::Json(out) => {
                    let line = json!({ "label": label, "probability": probability, "text": text });
                    writeln!(out, "{line}")?;
                }
            }
        }
        match self {
            Self::Table(table) => Ok(table.flush()?),
            Self::Json(out) => Ok(out.flush()?),
        }
    }
}
