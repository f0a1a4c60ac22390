//! `wordferry vectors`: a file of vectors in, what is in it out.

use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::align::{Neighbour, Neighbours};
use wordferry::vectors::{Embeddings, Target};

use super::open_vectors;
use crate::failure::Usage;
use crate::options::{AnalogyArguments, ConvertArguments, NeighboursArguments, Shared};
use crate::printer::Printer;

pub(crate) fn convert(
    arguments: &ConvertArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let target = target(arguments)?;
    let embeddings = open_vectors(&arguments.input, &arguments.reading, printer)?;
    printer.progress(&format!("writing {}", arguments.output.display()));
    embeddings.write(&arguments.output, target)?;
    let output = arguments.output.display().to_string();
    let (format, n, d) = (target.to_string(), embeddings.len(), embeddings.dimension());
    printer.data(|out| match shared.json {
        true => {
            let written = json!({ "output": output, "format": format, "n_words": n, "dimension": d });
            serde_json::to_writer_pretty(&mut *out, &written)?;
            Ok(writeln!(out)?)
        }
        false => Ok(writeln!(out, "{n} × {d} written to {output} as {format}")?),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn target(arguments: &ConvertArguments) -> anyhow::Result<Target> {
    let output = arguments.output.display();
    let unknown =
        || Usage(format!("expected an extension that tells a format, or --to FORMAT, found {output}"));
    let target = arguments.to.or_else(|| Target::of_path(&arguments.output)).ok_or_else(unknown)?;
    match (target, arguments.dtype) {
        (target, None) => Ok(target),
        (Target::Store(_), Some(precision)) => Ok(Target::Store(precision)),
        (target, Some(_)) => {
            Err(Usage(format!("expected --dtype for a store (.safetensors) only, found the format {target}"))
                .into())
        }
    }
}

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
