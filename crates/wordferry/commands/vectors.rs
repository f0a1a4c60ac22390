//! `wordferry vectors`: a file of vectors in, what is in it out.

use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::align::{Neighbour, Neighbours};
use wordferry::vectors::Embeddings;

use super::open_vectors;
use crate::options::{AnalogyArguments, NeighboursArguments, Shared};
use crate::printer::Printer;

pub(crate) fn neighbours(
    arguments: &NeighboursArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let embeddings = open_vectors(&arguments.file, &arguments.answer.reading, printer)?;
    printer.progress("searching");
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let found = Neighbours::new(&embeddings).of_words(&words, arguments.answer.k as usize)?;
    printer.data(|out| {
        if shared.json {
            let answer = |(word, found): (&&str, &Vec<Neighbour>)| json!({ "word": word, "neighbours": as_json(found, &embeddings) });
            let answers: Vec<Value> = words.iter().zip(&found).map(answer).collect();
            serde_json::to_writer_pretty(&mut *out, &json!({ "words": answers }))?;
            return Ok(writeln!(out)?);
        }
        for (word, found) in words.iter().zip(&found) {
            for Neighbour { word: id, cosine } in found {
                writeln!(out, "{word}\t{}\t{cosine:.4}", embeddings.vocabulary().word(*id))?;
            }
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn analogy(
    arguments: &AnalogyArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let embeddings = open_vectors(&arguments.file, &arguments.answer.reading, printer)?;
    printer.progress("searching");
    let [a, b, c] = &arguments.words[..] else { unreachable!("clap asks for three words") };
    let found = Neighbours::new(&embeddings).of_analogy([a, b, c], arguments.answer.k as usize)?;
    printer.data(|out| {
        if shared.json {
            let answer = json!({ "a": a, "b": b, "c": c, "answers": as_json(&found, &embeddings) });
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            return Ok(writeln!(out)?);
        }
        for Neighbour { word, cosine } in &found {
            writeln!(out, "{}\t{cosine:.4}", embeddings.vocabulary().word(*word))?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(found: &[Neighbour], embeddings: &Embeddings) -> Vec<Value> {
    let entry =
        |hit: &Neighbour| json!({ "word": embeddings.vocabulary().word(hit.word), "cosine": hit.cosine });
    found.iter().map(entry).collect()
}
