//! `wordferry finetune`: labelled texts and a transformer in, its last layers and a classifier out, trained on the texts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use wordferry::encode::TransformerLoader;
use wordferry::transfer::{
    Choice, Corpus, FineTuned, FineTuning, HeldOut, Journal, LabelMap, Progress, Start,
};
use wordferry::vectors::check_place;

use super::{SEED, columns, placed, trust};
use crate::hub::locate;
use crate::options::{FinetuneArguments, Shared};
use crate::printer::Printer;

/// How often the state of a run is written, at most.
const BETWEEN_STATES: Duration = Duration::from_secs(30);

pub(crate) fn run(
    arguments: &FinetuneArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let state = state_of(&arguments.output);
    check_place(&arguments.output)?;
    check_place(&state)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let corpus = Corpus::open(&arguments.texts, &columns(&arguments.columns), &LabelMap::new(labels))?;
    let encoder = locate(&arguments.encoder, shared, printer)?;
    let loader = placed(loader(arguments), shared, printer)?;
    let start = if arguments.resume { Start::Resumed } else { Start::Anew };
    if arguments.resume && !state.exists() {
        printer.note(&format!("note: nothing to resume in {}: training begins anew", state.display()));
    }
    printer.progress(&format!("reading {} texts", corpus.len()));
    let mut gate = None;
    let mut progress = |progress: Progress<'_>| {
        tell(progress, printer);
        if let Progress::Chosen { balanced_accuracy, .. } = progress {
            let found = balanced_accuracy.check().map_err(Into::into);
            gate = Some(
                trust::forced(found, arguments.force, printer).inspect_err(|_| resumable(&state, printer))?,
            );
        }
        Ok(())
    };
    let journal = Journal { state: &state, every: BETWEEN_STATES, start, progress: &mut progress };
    let settings = settings(arguments, shared, corpus.len());
    let tuned = settings.run(&loader, &encoder, &corpus, journal)?;
    tuned.save(&arguments.output)?;
    // Nothing is left to go on with; a state that stays does no harm.
    let _ = std::fs::remove_file(&state);
    let mut report = json!(tuned.provenance());
    report["gate"] = trust::gate_report(&gate.expect("a run chooses before it ends"));
    printer.report(shared, &report, || text(&tuned, &arguments.output))?;
    Ok(ExitCode::SUCCESS)
}

fn loader(arguments: &FinetuneArguments) -> TransformerLoader {
    let loader = TransformerLoader::new();
    let loader = arguments.prompt.iter().fold(loader, |loader, prompt| loader.prompt(prompt));
    arguments.max_length.iter().fold(loader, |loader, length| loader.max_length(*length))
}

fn settings(arguments: &FinetuneArguments, shared: &Shared, n_texts: usize) -> FineTuning {
    let usual = FineTuning::for_texts(n_texts);
    FineTuning {
        n_layers: arguments.unfreeze.into(),
        n_epochs: arguments.epochs.map_or(usual.n_epochs, usize::from),
        rate: arguments.rate,
        seed: shared.seed.unwrap_or(SEED),
    }
}

/// Says where a run that was refused may go on from.
fn resumable(state: &Path, printer: &Printer) {
    if state.exists() {
        printer.note(&format!("note: --resume --force goes on from {}", state.display()));
    }
}

/// The file beside the output that a run which is cut off leaves.
fn state_of(output: &Path) -> PathBuf {
    let mut state = output.as_os_str().to_owned();
    state.push(".state");
    state.into()
}

/// Every epoch in passing, and what was chosen.
fn tell(progress: Progress<'_>, printer: &Printer) {
    match progress {
        Progress::Tried { fold, n_folds, epoch } => {
            let held_out = epoch.best().map(held_out).unwrap_or_default();
            printer.progress(&format!(
                "part {fold} of {n_folds}, epoch {}: loss {:.4}; held out: {held_out}",
                epoch.number, epoch.train_loss
            ));
        }
        Progress::Chosen { choice, .. } => chosen(choice).iter().for_each(|line| printer.note(line)),
        Progress::Trained { number, loss } => {
            printer.progress(&format!("all texts, epoch {number}: loss {loss:.4}"));
        }
    }
}

fn chosen(choice: &Choice) -> [String; 2] {
    let tuned = match choice.n_epochs {
        0 => "training would not have done better: the encoder stays as it is".into(),
        n => format!("held out, after {n} epochs: {}", held_out(&choice.held_out)),
    };
    [format!("held out, before training: {}", held_out(&choice.frozen)), tuned]
}

fn held_out(found: &HeldOut) -> String {
    let HeldOut { loss, accuracy, macro_f1, .. } = found;
    format!("loss {loss:.4}, accuracy {:.1} %, macro-F1 {:.1} %", 100.0 * accuracy, 100.0 * macro_f1)
}

fn text(tuned: &FineTuned, output: &Path) -> String {
    let n = tuned.changes().names().count();
    format!(
        "{}: {n} tensors and the classifier, after {} epochs\n",
        output.display(),
        tuned.provenance()["n_epochs"]
    )
}
