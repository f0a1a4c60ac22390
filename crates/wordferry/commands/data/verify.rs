//! `wordferry data verify`: a folder of data in, what has changed in it out.

use std::process::ExitCode;

use serde_json::json;

use super::folder;
use crate::fetch::{Checksums, Error, measure};
use crate::options::{DataVerifyArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &DataVerifyArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let folder = folder(arguments.folder.as_ref())?;
    let checksums = Checksums::open(&folder)?;
    if checksums.iter().next().is_none() {
        return Err(Error::NoChecksums { folder }.into());
    }
    let mut states = Vec::new();
    for (file, known) in checksums.iter() {
        printer.progress(&format!("reading {file}"));
        let path = folder.join(file);
        let state = match path.exists() {
            false => "absent",
            true if measure(&path, known.limit)? == *known => "unchanged",
            true => "changed",
        };
        states.push((file, state));
    }
    let files: Vec<_> = states.iter().map(|(file, state)| json!({ "file": file, "state": state })).collect();
    printer.report(shared, &json!({ "folder": folder.display().to_string(), "files": files }), || {
        states.iter().map(|(file, state)| format!("{file}\t{state}\n")).collect()
    })?;
    let changed: Vec<_> = states.iter().filter(|(_, state)| *state == "changed").collect();
    match changed[..] {
        [] => Ok(ExitCode::SUCCESS),
        [(file, _), ..] => {
            let found = match changed.len() {
                1 => "another checksum".to_owned(),
                n => format!("another checksum, and so of {n} files in all"),
            };
            Err(Error::Changed { file: file.to_string(), found }.into())
        }
    }
}
