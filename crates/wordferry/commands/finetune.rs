//! `wordferry finetune`: labelled texts and a transformer in, its last layers and a head out, trained on the texts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use wordferry::encode::TransformerLoader;
use wordferry::transfer::{Corpus, Epoch, FineTuned, FineTuning, Journal, LabelMap, Start};

use super::{SEED, columns, placed};
use crate::options::{FinetuneArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &FinetuneArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let corpus = Corpus::open(&arguments.texts, &columns(&arguments.columns), &LabelMap::new(labels))?;
    let loader = placed(TransformerLoader::new(), shared, printer)?;
    let state = state_of(&arguments.output);
    let start = if arguments.resume { Start::Resumed } else { Start::Anew };
    if arguments.resume && !state.exists() {
        printer.note(&format!("note: nothing to resume in {}: training begins anew", state.display()));
    }
    printer.progress(&format!("reading {} texts", corpus.len()));
    let journal = Journal { state: &state, start, progress: &mut |epoch| printer.note(&line(epoch)) };
    let tuned = settings(arguments, shared).run(&loader, &arguments.encoder, &corpus, journal)?;
    tuned.save(&arguments.output)?;
    // Nothing is left to go on with; a state that stays does no harm.
    let _ = std::fs::remove_file(&state);
    printer.report(shared, &json!(tuned.provenance()), || text(&tuned, &arguments.output))?;
    Ok(ExitCode::SUCCESS)
}

fn settings(arguments: &FinetuneArguments, shared: &Shared) -> FineTuning {
    FineTuning {
        n_layers: arguments.unfreeze.into(),
        n_epochs: arguments.epochs.into(),
        rate: arguments.rate,
        seed: shared.seed.unwrap_or(SEED),
    }
}

/// The file beside the output that a run which is cut off leaves.
fn state_of(output: &Path) -> PathBuf {
    let mut state = output.as_os_str().to_owned();
    state.push(".state");
    state.into()
}

fn line(epoch: &Epoch) -> String {
    let Epoch { number, train_loss, held_out_loss, held_out_accuracy } = epoch;
    let held_out = format!("held out: loss {held_out_loss:.4}, accuracy {:.1} %", 100.0 * held_out_accuracy);
    match number {
        0 => format!("before training, {held_out}"),
        number => format!("epoch {number}: loss {train_loss:.4}, {held_out}"),
    }
}

fn text(tuned: &FineTuned, output: &Path) -> String {
    let best = &tuned.provenance()["best_epoch"];
    let n = tuned.changes().names().count();
    format!("{}: {n} tensors and the head, of epoch {best}\n", output.display())
}
