//! `wordferry bridge`: word vectors, an encoder and parallel sentences in, an encoder of another language in the same space out.

use std::process::ExitCode;

use serde_json::json;
use wordferry::encode::{Bridge, BridgeEvidence, ParallelSentences, WordEncoder};

use super::embed::{open_any, open_words};
use crate::options::{BridgeArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &BridgeArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let parallel = ParallelSentences::open(&arguments.parallel)?;
    let words: WordEncoder = open_words(&arguments.vectors, &arguments.encoding, &parallel.texts(), printer)?;
    let teacher = open_any(&arguments.to, &arguments.encoding, &parallel.translations(), shared, printer)?
        .into_dense()?;
    let n = parallel.translations().len();
    printer.progress(&format!("encoding {n} translations and fitting the bridge"));
    let bridge = Bridge::fit(words, &*teacher, &parallel, arguments.method)?;
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
