//! `wordferry distil`: a transformer in, the folder of a static model out.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use wordferry::encode::{Distillation, Distilled, TransformerLoader, hub_name};
use wordferry::vectors::open_decompressed;

use super::placed;
use crate::hub::locate;
use crate::options::{DistilArguments, Shared};
use crate::printer::Printer;

/// Words left out that are shown, at most.
const SHOWN: usize = 5;

pub(crate) fn run(
    arguments: &DistilArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    Distilled::check_place(&arguments.output)?;
    let words = arguments.vocabulary.as_deref().map_or(Ok(Vec::new()), words)?;
    let encoder = locate(&arguments.encoder, shared, printer)?;
    let loader = placed(TransformerLoader::new(), shared, printer)?;
    printer.progress(&format!("reading {}", encoder.display()));
    let transformer = loader.open(&encoder)?;
    let distillation = Distillation { dimension: arguments.dimension, weights: arguments.weights, words };
    let start = Instant::now();
    let distilled = distillation.run(&transformer, &mut |done, all| {
        printer.progress(&format!("{done} of {all} tokens have gone through the network"));
    })?;
    note_left_out(distilled.left_out(), printer);
    let source = source(&encoder);
    distilled.save(&arguments.output, &source)?;
    let report = json!({
        "source": source, "n_tokens": distilled.n_tokens(), "n_words": distilled.n_words(),
        "n_left_out": distilled.left_out().len(), "dimension": distilled.dimension(),
        "explained_variance": distilled.explained(), "weights": arguments.weights.name(),
        "seconds": start.elapsed().as_secs_f64(),
    });
    printer.report(shared, &report, || {
        format!(
            "{} tokens as rows of {}, which hold {:.1} % of the variance: {}\n",
            distilled.n_tokens(),
            distilled.dimension(),
            100.0 * distilled.explained(),
            arguments.output.display(),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The words of a file, one a line.
fn words(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    open_decompressed(path)?
        .read_to_string(&mut text)
        .with_context(|| format!("expected words in UTF-8, one a line ({})", path.display()))?;
    Ok(text.lines().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn note_left_out(words: &[String], printer: &Printer) {
    if !words.is_empty() {
        let shown: Vec<&str> = words.iter().take(SHOWN).map(String::as_str).collect();
        let more = if words.len() > SHOWN { ", …" } else { "" };
        printer.note(&format!(
            "note: {} words were left out, as the tokenizer takes each for several, or does not know all of it: {}{more}",
            words.len(),
            shown.join(", ")
        ));
    }
}

/// What the transformer is called: its name and commit on the hub, or the name of its folder.
fn source(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    hub_name(&whole).unwrap_or_else(|| whole.file_name().unwrap_or_default().to_string_lossy().into_owned())
}
