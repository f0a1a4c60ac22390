//! `wordferry map`: a saved map put to use.

use std::process::ExitCode;

use wordferry::align::Alignment;

use super::open_vectors;
use super::vectors::{target, write};
use crate::failure::Usage;
use crate::options::{MapApplyArguments, MapComposeArguments, MapInvertArguments, Shared};
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

pub(crate) fn compose(arguments: &MapComposeArguments) -> anyhow::Result<ExitCode> {
    let maps = arguments.maps.iter().map(|map| Alignment::open(map)).collect::<Result<Vec<_>, _>>()?;
    let spaces = |map: &Alignment| map.sides.iter().map(|side| side.map.from()).collect::<Vec<_>>();
    let shared =
        spaces(&maps[0]).into_iter().find(|space| maps.iter().all(|map| spaces(map).contains(space)));
    let Some(shared) = shared else {
        return Err(
            Usage("expected maps that have a language in common, found none that all have".into()).into()
        );
    };
    Alignment::joined(&maps, shared)?.save(&arguments.output)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn invert(arguments: &MapInvertArguments) -> anyhow::Result<ExitCode> {
    Alignment::open(&arguments.map)?.inverted().save(&arguments.output)?;
    Ok(ExitCode::SUCCESS)
}
