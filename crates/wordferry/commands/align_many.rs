//! `wordferry align` with three languages or more: all of them in one space.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use wordferry::align::{Alignment, Language, Lexicon, align_generalised};
use wordferry::evaluate::AlignmentReport;
use wordferry::vectors::Embeddings;

use super::align::{Seeds, exit_code, line, normalisation};
use super::{SEED, open_vectors};
use crate::failure::Usage;
use crate::options::{AlignArguments, Method, Shared};
use crate::printer::Printer;

pub(super) fn run(
    arguments: &AlignArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let names: Vec<&str> = arguments.language.iter().map(|(name, _)| name.as_str()).collect();
    let hub = arguments.hub.as_deref().unwrap_or(names[0]);
    let lexicons = lexicons(arguments, &names, hub)?;
    let mut languages = Vec::new();
    for (name, path) in &arguments.language {
        languages.push((name.as_str(), open_vectors(path, &arguments.reading, printer)?));
    }
    for (i, (name, embeddings)) in languages.iter().enumerate() {
        if let Some((other, _)) = languages[..i].iter().find(|(_, other)| other.space() == embeddings.space())
        {
            let text =
                format!("expected vectors of different languages, found the same for {other} and {name}");
            return Err(Usage(text).into());
        }
    }
    // The hub first, the others in the order in which they were named.
    languages.sort_by_key(|(name, _)| *name != hub);
    let alignment = aligned(arguments, &languages, lexicons, shared.seed.unwrap_or(SEED), printer)?;
    alignment.save(&arguments.output)?;
    report(arguments, shared, printer, &alignment)?;
    Ok(exit_code(arguments, &alignment))
}

fn aligned(
    arguments: &AlignArguments,
    languages: &[(&str, Embeddings)],
    mut lexicons: BTreeMap<String, Vec<Lexicon>>,
    seed: u64,
    printer: &Printer,
) -> anyhow::Result<Alignment> {
    let ((hub, of_hub), others) = languages.split_first().expect("two languages at least");
    let mut seeds_of = |name: &str, embeddings: &Embeddings| {
        Seeds::of(arguments, lexicons.remove(name).unwrap_or_default(), of_hub, embeddings, printer)
    };
    let seeds: Vec<Seeds> = others.iter().map(|(name, embeddings)| seeds_of(name, embeddings)).collect();
    if arguments.method == Method::Generalised {
        printer.progress("aligning");
        let languages: Vec<Language<'_>> = others
            .iter()
            .zip(&seeds)
            .map(|((name, embeddings), seeds)| Language { name, embeddings, lexicon: seeds.lexicon() })
            .collect();
        return Ok(align_generalised((hub, of_hub), &languages, &normalisation(arguments), seed)?);
    }
    let mut parts = Vec::new();
    for ((name, embeddings), seeds) in others.iter().zip(&seeds) {
        printer.progress(&format!("aligning {name}"));
        let mut part = seeds.align(arguments, of_hub, embeddings, seed)?;
        for (side, name) in part.sides.iter_mut().zip([hub, name]) {
            side.language = name.to_string();
        }
        parts.push(part);
    }
    Ok(Alignment::joined(&parts, of_hub.space())?)
}

/// The lexicons of every language but the hub, by its name.
fn lexicons(
    arguments: &AlignArguments,
    names: &[&str],
    hub: &str,
) -> anyhow::Result<BTreeMap<String, Vec<Lexicon>>> {
    let usage = |text: String| Err(anyhow::Error::from(Usage(text)));
    if names.len() < 2 {
        return usage(format!("expected two languages or more, found {}", names.join(", ")));
    }
    if let Some(name) = names.iter().find(|name| names.iter().filter(|other| other == name).count() > 1) {
        return usage(format!("expected each language once, found {name:?} twice"));
    }
    if !names.contains(&hub) {
        return usage(format!("expected one of the languages ({}) as hub, found {hub:?}", names.join(", ")));
    }
    let mut lexicons: BTreeMap<String, Vec<Lexicon>> = BTreeMap::new();
    for argument in &arguments.lexicon {
        let text = argument.to_string_lossy();
        match text.split_once('=') {
            Some((name, file)) if names.contains(&name) && name != hub => {
                lexicons.entry(name.into()).or_default().push(Lexicon::open(&PathBuf::from(file))?);
            }
            _ => {
                let languages: Vec<&str> = names.iter().copied().filter(|name| *name != hub).collect();
                let languages = languages.join(", ");
                return usage(format!(
                    "expected --lexicon LANG=FILE with one of {languages}, found {text:?}"
                ));
            }
        }
    }
    Ok(lexicons)
}

fn report(
    arguments: &AlignArguments,
    shared: &Shared,
    printer: &Printer,
    alignment: &Alignment,
) -> anyhow::Result<()> {
    let reports: Vec<(&str, AlignmentReport)> = alignment
        .sides
        .iter()
        .filter_map(|side| {
            let evidence = side.evidence.as_ref()?;
            Some((&*side.language, AlignmentReport::of(alignment, Some(evidence), &alignment.seeds)))
        })
        .collect();
    printer.data(|out| {
        if shared.json {
            let map = arguments.output.display().to_string();
            let alignments: BTreeMap<_, _> = reports.iter().cloned().collect();
            let hub = &alignment.sides[0].language;
            let json = json!({ "map": map, "hub": hub, "alignments": alignments });
            serde_json::to_writer_pretty(&mut *out, &json)?;
            return Ok(writeln!(out)?);
        }
        for (language, report) in &reports {
            writeln!(out, "{language}: {}", line(report))?;
        }
        Ok(writeln!(out, "saved as {}", arguments.output.display())?)
    })
}
