//! `wordferry update` and `wordferry forget`: a model and examples in, the model that learned them, or never saw them, out. One that is no
//! better than chance is not saved.

use std::process::ExitCode;

use wordferry::transfer::{Corpus, FineTuned, LabelMap, Model, Revised, Row, Rows};
use wordferry::vectors::{Artefact, check_place};

use super::reader::open_model;
use super::train::Trained;
use super::{SEED, columns, trust};
use crate::failure::Usage;
use crate::options::{ReviseArguments, Shared};
use crate::printer::Printer;

pub(crate) fn update(
    arguments: &ReviseArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    revise(arguments, shared, printer, |model| {
        let corpus = Corpus::open(&arguments.texts, &columns(&arguments.columns), &label_map(arguments))?;
        Ok(model.updated(&corpus)?)
    })
}

pub(crate) fn forget(
    arguments: &ReviseArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let map = label_map(arguments);
    let mut rows = Vec::new();
    for row in Rows::open(&arguments.texts, &columns(&arguments.columns))? {
        let row = row?;
        match row.label.as_deref().map(|label| map.class(label.trim()).map(String::from)) {
            // A label that means no class: the row is left out, as in training.
            Some(None) => {}
            label => rows.push(Row { label: label.flatten(), ..row }),
        }
    }
    revise(arguments, shared, printer, |model| Ok(model.without(&rows, &arguments.texts)?))
}

fn label_map(arguments: &ReviseArguments) -> LabelMap {
    LabelMap::new(arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..])))
}

fn revise(
    arguments: &ReviseArguments,
    shared: &Shared,
    printer: &Printer,
    change: impl FnOnce(Model) -> anyhow::Result<Revised>,
) -> anyhow::Result<ExitCode> {
    let path = &arguments.model;
    let output = arguments.output.as_ref().unwrap_or(path);
    if Artefact::kind_of(path).as_deref() == Some(FineTuned::KIND) {
        let found =
            format!("expected a model of `wordferry train`, found a fine-tuned one: {}", path.display());
        return Err(Usage(found).into());
    }
    check_place(output)?;
    printer.progress(&format!("training {} again", path.display()));
    let Revised { model, held_out, kept } = change(open_model(path, None, shared, printer)?)?;
    let corpus = model.examples().expect("a model that learned or forgot keeps its texts");
    let gate = trust::checked(held_out.as_ref(), corpus, arguments.force, printer)?;
    model.save(output)?;
    let promises = model.promises().cloned().unwrap_or_default();
    let seed = shared.seed.unwrap_or(SEED);
    Trained { model, held_out, kept, gate, promises }.tell(output, seed, shared, printer)
}
