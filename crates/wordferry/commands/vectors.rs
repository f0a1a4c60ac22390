//! `wordferry vectors`: a file of vectors in, what is in it out.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::align::{Neighbour, Neighbours};
use wordferry::encode::Tokenisation;
use wordferry::vectors::{Embeddings, Info, Loader, Subwords, Target};

use super::open_vectors;
use crate::failure::Usage;
use crate::options::{
    AnalogyArguments, ConvertArguments, InfoArguments, NeighboursArguments, Shared, Similarity,
};
use crate::printer::Printer;

/// Opens the file leniently, so that it tells all that is wrong with it, and reads all of it.
pub(crate) fn info(
    arguments: &InfoArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    printer.progress(&format!("reading {}", arguments.file.display()));
    let loader = Loader::new().lenient(true);
    let loader = arguments.limit.map_or(loader.clone(), |limit| loader.limit(limit));
    let embeddings = loader.open(&arguments.file)?;
    let damage = embeddings.verify().err().map(|error| error.to_string());
    let problems: Vec<String> = embeddings.repairs().iter().chain(damage).collect();
    let info = embeddings.info();
    let format = info.format.map(|format| format.to_string());
    let subwords = embeddings.subwords();
    let tokenisation = Tokenisation::of(embeddings.vocabulary()).to_string();
    printer.data(|out| match shared.json {
        true => {
            let subwords = subwords.map(|subwords| {
                json!({ "min_n": subwords.min_n(), "max_n": subwords.max_n(), "n_rows": subwords.buckets() })
            });
            let object = json!({
                "format": format, "n_words": embeddings.len(), "dimension": embeddings.dimension(),
                "precision": info.precision, "subwords": subwords, "counts": embeddings.counts().is_some(), "tokenisation": tokenisation,
                "space": embeddings.space().to_hex(), "mapped_bytes": info.mapped_bytes,
                "held_bytes": info.held_bytes, "all_bytes": info.all_bytes, "problems": problems,
            });
            serde_json::to_writer_pretty(&mut *out, &object)?;
            Ok(writeln!(out)?)
        }
        false => {
            writeln!(out, "format     {}", format.unwrap_or_default())?;
            writeln!(out, "words      {}", embeddings.len())?;
            writeln!(out, "dimension  {}", embeddings.dimension())?;
            writeln!(out, "precision  {}", info.precision)?;
            writeln!(
                out,
                "subwords   {}",
                subwords.map_or("none".to_owned(), |subwords| describe(subwords))
            )?;
            writeln!(out, "counts     {}", if embeddings.counts().is_some() { "yes" } else { "none" })?;
            writeln!(out, "texts      {tokenisation}")?;
            writeln!(out, "space      {}", embeddings.space())?;
            writeln!(out, "memory     {}", memory(&info))?;
            if problems.is_empty() {
                writeln!(out, "problems   none")?;
            }
            problems.iter().try_for_each(|problem| writeln!(out, "problem    {problem}"))?;
            Ok(())
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn describe(subwords: &Subwords) -> String {
    let (min, max, n) = (subwords.min_n(), subwords.max_n(), subwords.buckets());
    format!("n-grams of {min} to {max} characters in {n} rows")
}

fn memory(info: &Info) -> String {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let mapped = match info.mapped_bytes {
        0 => String::new(),
        bytes => format!(" beside a file of {} that is read as it is used", megabytes(bytes)),
    };
    let later = match info.all_bytes == info.held_bytes {
        true => String::new(),
        false => format!(", {} once all vectors are used", megabytes(info.all_bytes)),
    };
    format!("{}{mapped}{later}", megabytes(info.held_bytes))
}

pub(crate) fn convert(
    arguments: &ConvertArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let target = target(arguments)?;
    let embeddings = open_vectors(&arguments.input, &arguments.reading, printer)?;
    write(&embeddings, &arguments.output, target, shared, printer)
}

/// Writes vectors and says what was written.
pub(crate) fn write(
    embeddings: &Embeddings,
    output: &Path,
    target: Target,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    printer.progress(&format!("writing {}", output.display()));
    embeddings.write(output, target)?;
    let output = output.display().to_string();
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

pub(crate) fn target(arguments: &ConvertArguments) -> anyhow::Result<Target> {
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
    let Similarity::Cosine = arguments.criterion;
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
