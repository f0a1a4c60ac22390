//! `wordferry map`: a saved map put to use.

use std::process::ExitCode;

use wordferry::align::Alignment;

use super::open_vectors;
use super::vectors::{target, write};
use crate::options::{MapApplyArguments, MapInvertArguments, Shared};
use crate::printer::Printer;

pub(crate) fn apply(
    arguments: &MapApplyArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let files = &arguments.files;
    let target = target(files)?;
    let alignment = Alignment::open(&arguments.map)?;
    let embeddings = open_vectors(&files.input, &files.reading, printer)?;
    let embeddings = embeddings.mapped(alignment.map_of(&embeddings)?)?;
    write(&embeddings, &files.output, target, shared, printer)
}

pub(crate) fn invert(arguments: &MapInvertArguments) -> anyhow::Result<ExitCode> {
    Alignment::open(&arguments.map)?.inverted().save(&arguments.output)?;
    Ok(ExitCode::SUCCESS)
}
