//! `wordferry bridge`: word vectors or an encoder, another encoder and parallel sentences in, an encoder of another language in the same space out.

use std::process::ExitCode;

use serde_json::json;
use wordferry::encode::{Bridge, BridgeEvidence, BridgeMethod, Encoder, ParallelSentences};
use wordferry::vectors::check_place;

use super::embed::{open_any, open_words};
use crate::failure::Usage;
use crate::hub::locate;
use crate::options::{BridgeArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &BridgeArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    check_place(&arguments.output)?;
    let parallel = ParallelSentences::open(&arguments.parallel)?;
    let to = &*locate(&arguments.to, shared, printer)?;
    let teacher =
        open_any(to, &arguments.encoding, &parallel.translations(), shared, printer)?.into_dense()?;
    let bridge = fitted(arguments, &parallel, &*teacher, shared, printer)?.noting_teacher(to);
    bridge.save(&arguments.output)?;
    let BridgeEvidence { n_pairs, n_held_out, n_words, cosine, p_at_1, ridge } = bridge.evidence();
    let report = json!({
        "method": bridge.method().name(), "n_pairs": n_pairs, "n_known_words": n_words, "ridge": ridge,
        "held_out": { "n_pairs": n_held_out, "cosine": cosine, "p_at_1": p_at_1 },
        "space": teacher.space().to_string(),
    });
    printer.report(shared, &report, || {
        format!(
            "{} on {n_pairs} pairs, {n_words} words with a vector of their own: {}\nheld out {n_held_out} pairs: mean cosine \
             {cosine:.3}, the translation is the nearest of them for {:.1} %\n",
            bridge.method().name(),
            arguments.output.display(),
            100.0 * p_at_1,
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A bridge from word vectors, or from a folder.
fn fitted(
    arguments: &BridgeArguments,
    parallel: &ParallelSentences,
    teacher: &dyn Encoder,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Bridge> {
    let BridgeArguments { from, method, encoding, .. } = arguments;
    let from = &*locate(from, shared, printer)?;
    let fitting = format!("encoding {} translations and fitting the bridge", parallel.translations().len());
    if !from.is_dir() {
        let words = open_words(from, encoding, &parallel.texts(), printer)?;
        printer.progress(&fitting);
        return Ok(Bridge::fit(words, teacher, parallel, method.unwrap_or_default())?);
    }
    if *method == Some(BridgeMethod::Words) {
        let found = format!("expected word vectors with --method words, found a folder: {}", from.display());
        return Err(Usage(found).into());
    }
    let student = open_any(from, encoding, &parallel.texts(), shared, printer)?.into_dense()?;
    printer.progress(&fitting);
    let method = method.unwrap_or(BridgeMethod::Ridge);
    Ok(Bridge::between(student, from, teacher, parallel, method)?)
}
