//! `wordferry translate`: a map and words in, words of the other language out.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::align::{Alignment, translate};

use super::{criterion, open_mapped};
use crate::options::{Shared, TranslateArguments};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &TranslateArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let alignment = Alignment::open(&arguments.map)?;
    let files: [&Path; 2] = [&arguments.source, &arguments.target];
    let mapped = open_mapped(&alignment, files, &arguments.reading, printer)?;
    printer.progress("searching");
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let found = translate(
        &mapped.source,
        &mapped.target,
        &words,
        criterion(arguments.criterion),
        mapped.known(),
        arguments.k as usize,
    )?;
    let found = found.iter().map(|hits| {
        let translation = |hit: &wordferry::align::Hit| {
            (mapped.target.vocabulary().word(wordferry::vectors::WordId(hit.row)).into_owned(), hit.score)
        };
        hits.iter().map(translation).collect::<Vec<_>>()
    });
    let answers: Vec<_> = words.iter().zip(found).collect();
    printer.data(|out| {
        if shared.json {
            let entry = |(word, score): &(String, f32)| json!({ "word": word, "score": score });
            let answer = |(word, found): &(&&str, Vec<(String, f32)>)| {
                json!({ "word": word, "translations": found.iter().map(entry).collect::<Vec<Value>>() })
            };
            let answers: Vec<Value> = answers.iter().map(answer).collect();
            serde_json::to_writer_pretty(&mut *out, &json!({ "words": answers }))?;
            return Ok(writeln!(out)?);
        }
        for (word, found) in &answers {
            found.iter().try_for_each(|(translation, score)| writeln!(out, "{word}\t{translation}\t{score:.4}"))?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
