//! `wordferry predict`: a model and texts in, a label and its probability a text out, and a decision if the model keeps a promise.
//!
//! Texts are read, classified and written a batch at a time, in order: memory does not grow with their number. While one batch is read, those
//! before it are classified on all cores.

mod journal;
mod lines;
mod panel;

use std::collections::VecDeque;
use std::iter;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;

use serde_json::json;
use wordferry::transfer::{Result as TransferResult, Row, Rows};

use self::journal::{Journal, Origin};
use self::lines::Lines;
pub(super) use self::lines::push_field;
use self::panel::Panel;
use super::reader::batches_at_once;
use super::texts::note_cut;
use super::{columns, multi_label};
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
    let answers = Answers::of(arguments, shared, printer)?;
    let columns = columns(&arguments.columns);
    let mut journal = arguments
        .output
        .as_ref()
        .map(|output| {
            if arguments.resume && !arguments.texts.is_file() {
                let found = arguments.texts.display();
                return Err(Usage(format!("expected a file of texts with --resume, found {found}")).into());
            }
            let how = json!([shared.json, arguments.shard.to_string(), columns.text]);
            let models = iter::once(&arguments.model).chain(&arguments.with).map(PathBuf::as_path).collect();
            let origin = Origin { models, texts: &arguments.texts, how };
            anyhow::Ok(Journal::open(output, &origin, &answers.header, arguments.resume)?)
        })
        .transpose()?;
    let mut rows = Rows::open(&arguments.texts, &columns)?;
    let n_done = journal.as_ref().map_or(0, Journal::n_done);
    if arguments.resume {
        printer.note(&match n_done {
            0 => "note: nothing to resume: begins anew".to_owned(),
            n => format!("note: goes on after {n} texts"),
        });
    }
    let mut wanted = arguments.shard.rows(&mut rows);
    for row in wanted.by_ref().take(n_done as usize) {
        row?;
    }
    match &mut journal {
        Some(journal) => {
            printer.progress("classifying");
            classify(&answers, wanted, |lines| Ok(journal.append(lines)?))?;
        }
        None => printer.data(|out| {
            out.write_all(answers.header.as_bytes())?;
            classify(&answers, wanted, |lines| {
                out.write_all(lines)?;
                Ok(out.flush()?)
            })
        })?,
    }
    journal.map_or(Ok(()), Journal::finish)?;
    note_cut(&rows, printer);
    Ok(ExitCode::SUCCESS)
}

/// Rows in, lines out.
type OfRows = Box<dyn Fn(&[Row]) -> TransferResult<Vec<u8>> + Send + Sync>;

/// What a model says of rows, as lines.
struct Answers {
    /// The line above the others, if there is one.
    header: String,
    of_rows: OfRows,
    /// Batches that wait for their turn while the next one is read.
    batches_at_once: usize,
}

impl Answers {
    fn of(arguments: &PredictArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<Self> {
        let (path, encoder, json) = (&arguments.model, arguments.encoder.as_deref(), shared.json);
        if multi_label::is_one(path) {
            if !arguments.with.is_empty() {
                return Err(Usage(
                    "expected models of one label a text with --with, found a multi-label model".into(),
                )
                .into());
            }
            let model = multi_label::open(path, encoder, shared, printer)?;
            let header = multi_label::header(json).to_owned();
            let batches_at_once = batches_at_once(model.encoder());
            let of_rows = Box::new(move |rows: &[Row]| multi_label::lines(&model, rows, json));
            return Ok(Self { header, of_rows, batches_at_once });
        }
        let panel = Panel::open(arguments, shared, printer)?;
        let lines = Lines { json, decision: panel.decides(), set: panel.names_sets() };
        let batches_at_once = panel.batches_at_once();
        let of_rows = Box::new(move |rows: &[Row]| {
            let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
            Ok(lines.of(rows, &panel.replies(&texts)?, panel.classes()))
        });
        Ok(Self { header: lines.header(), of_rows, batches_at_once })
    }
}

/// Classifies rows and gives what is to be written of each batch to `write`, in order.
fn classify(
    answers: &Answers,
    mut rows: impl Iterator<Item = TransferResult<Row>>,
    mut write: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    rayon::in_place_scope(|scope| {
        let mut under_way = VecDeque::new();
        let mut failure = None;
        loop {
            let mut batch = Vec::with_capacity(ROWS_PER_BATCH);
            for row in rows.by_ref().take(ROWS_PER_BATCH) {
                match row {
                    Ok(row) => batch.push(row),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            let is_last = batch.len() < ROWS_PER_BATCH;
            let (sender, receiver) = mpsc::channel();
            scope.spawn(move |_| {
                // Nobody waits where writing has failed.
                let _ = sender.send((answers.of_rows)(&batch));
            });
            under_way.push_back(receiver);
            while under_way.len() > if is_last { 0 } else { answers.batches_at_once } {
                let receiver: mpsc::Receiver<TransferResult<Vec<u8>>> =
                    under_way.pop_front().expect("a batch is under way");
                write(&receiver.recv().expect("every batch is answered")?)?;
            }
            if is_last {
                return failure.map_or(Ok(()), |error| Err(error.into()));
            }
        }
    })
}

/// A text as a field of a table without quoting: tabs and line ends become spaces.
pub(super) fn one_field(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
