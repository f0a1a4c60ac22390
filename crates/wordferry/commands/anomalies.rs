//! `wordferry anomalies`: texts in, how unlike the normal ones each is out, in order.
//!
//! Where the texts themselves are the normal ones they are held in memory; beside a file of normal texts they are read a batch at a time.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use wordferry::classify::{AnomalyDetector, AnomalyMethod};
use wordferry::transfer::Rows;

use super::predict::one_field;
use super::texts::{TEXTS_PER_BATCH, as_strs, encode, note_cut, open_encoder, read_texts};
use crate::options::{AnomaliesArguments, AnomalyMethodName, Shared};
use crate::printer::Printer;

/// Nearest normal texts that count.
const NEIGHBOURS: usize = 5;

pub(crate) fn run(
    arguments: &AnomaliesArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let path = arguments.normal.as_deref().unwrap_or(&arguments.texts);
    let normal = read_texts(path, &arguments.columns, printer)?;
    let encoder = open_encoder(&arguments.encoder, &arguments.encoding, &normal, shared, printer)?;
    let features = encode(&*encoder, &normal, printer)?;
    printer.progress(&format!("learning from {} texts", normal.len()));
    let detector = AnomalyDetector::fit(method(arguments.method), features)?;
    let threshold = detector.threshold(arguments.share)?;
    printer.note(&format!(
        "anomalous: a score above {threshold:.4}, which {} % of the normal texts may have ({} of {}, {})",
        100.0 * arguments.share,
        detector.normal_scores().iter().filter(|&&score| score > threshold).count(),
        normal.len(),
        path.display(),
    ));
    printer.data(|out| {
        let mut sink = Sink { out, json: shared.json, threshold };
        sink.header()?;
        match arguments.normal {
            None => sink.write(&normal, detector.normal_scores()),
            Some(_) => {
                let mut rows = open(&arguments.texts, arguments)?;
                loop {
                    let batch = rows.by_ref().take(TEXTS_PER_BATCH).map(|row| Ok(row?.text));
                    let batch = batch.collect::<anyhow::Result<Vec<String>>>()?;
                    if batch.is_empty() {
                        note_cut(&rows, printer);
                        return Ok(());
                    }
                    let features = encoder.encode(&as_strs(&batch))?;
                    sink.write(&batch, &detector.scores(features.view())?)?;
                }
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn open(path: &Path, arguments: &AnomaliesArguments) -> anyhow::Result<Rows> {
    Ok(Rows::open(path, &super::columns(&arguments.columns.as_columns()))?)
}

fn method(name: AnomalyMethodName) -> AnomalyMethod {
    match name {
        AnomalyMethodName::Nearest => AnomalyMethod::Nearest { k: NEIGHBOURS },
        AnomalyMethodName::Mahalanobis => AnomalyMethod::Mahalanobis,
        AnomalyMethodName::Centre => AnomalyMethod::Centre,
    }
}

/// Tab-separated values, or JSON lines.
struct Sink<'a> {
    out: &'a mut dyn Write,
    json: bool,
    threshold: f32,
}

impl Sink<'_> {
    fn header(&mut self) -> anyhow::Result<()> {
        match self.json {
            true => Ok(()),
            false => Ok(writeln!(self.out, "score\tanomalous\ttext")?),
        }
    }

    fn write(&mut self, texts: &[String], scores: &[f32]) -> anyhow::Result<()> {
        for (text, &score) in texts.iter().zip(scores) {
            let anomalous = score > self.threshold;
            match self.json {
                true => {
                    let line = json!({ "score": score, "anomalous": anomalous, "text": text });
                    writeln!(self.out, "{line}")?;
                }
                false => {
                    let anomalous = if anomalous { "yes" } else { "no" };
                    writeln!(self.out, "{score:.4}\t{anomalous}\t{}", one_field(text))?;
                }
            }
        }
        Ok(self.out.flush()?)
    }
}
