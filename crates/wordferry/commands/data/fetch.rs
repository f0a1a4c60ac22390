//! `wordferry data fetch`: languages in, a folder with their vectors and lexicons out.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use wordferry::benchmark::{Catalogue, Language, Resource, Result, Size};

use super::folder;
use crate::failure;
use crate::fetch::{self, Error, Had, Wanted, Way};
use crate::options::{DataFetchArguments, Shared};
use crate::printer::Printer;

/// The language that there are lexicons of all others with.
const HUB: &str = "en";

pub(crate) fn run(
    arguments: &DataFetchArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let catalogue = Catalogue::default();
    let languages = languages(arguments, &catalogue)?;
    let mut wanted =
        languages.iter().map(|language| vectors(language, arguments)).collect::<Result<Vec<_>>>()?;
    if arguments.lexicons {
        wanted.extend(lexicons(&languages, &catalogue)?.into_iter().map(whole));
    }
    printer.note(&total(&wanted));
    if arguments.dry_run {
        return list(&wanted, shared, printer);
    }
    let way = Way {
        endpoint: arguments.endpoint.clone(),
        jobs: usize::from(arguments.jobs),
        retries: arguments.retries,
        patience: Duration::from_secs(arguments.patience),
        is_offline: shared.offline,
    };
    let folder = folder(arguments.into.as_ref())?;
    let outcomes = fetch::fetch(&wanted, &folder, &way, printer)?;
    let files: Vec<Value> =
        wanted.iter().zip(&outcomes).map(|(wanted, outcome)| as_json(wanted, outcome)).collect();
    printer.report(shared, &json!({ "folder": folder.display().to_string(), "files": files }), || {
        wanted.iter().zip(&outcomes).map(text).collect()
    })?;
    ended(outcomes)
}

fn languages<'a>(arguments: &DataFetchArguments, catalogue: &'a Catalogue) -> Result<Vec<&'a Language>> {
    if arguments.all {
        let has = |language: &&Language| language.collections.contains(&arguments.collection);
        return Ok(catalogue.languages().iter().filter(has).collect());
    }
    let mut codes: BTreeSet<&str> = arguments.languages.iter().map(String::as_str).collect();
    // Lexicons with a language are of use beside its vectors.
    if arguments.lexicons && catalogue.language(HUB)?.collections.contains(&arguments.collection) {
        codes.insert(HUB);
    }
    codes.into_iter().map(|code| catalogue.language(code)).collect()
}

fn vectors(language: &Language, arguments: &DataFetchArguments) -> Result<Wanted> {
    let DataFetchArguments { collection, limit, subwords, .. } = *arguments;
    match subwords {
        true => Ok(whole(language.model(collection)?)),
        false => Ok(Wanted { resource: language.vectors(collection, limit)?, limit }),
    }
}

fn whole(resource: Resource) -> Wanted {
    Wanted { resource, limit: None }
}

/// The lexicons among languages and with the hub, in both directions.
fn lexicons(languages: &[&Language], catalogue: &Catalogue) -> Result<Vec<Resource>> {
    let hub = catalogue.language(HUB)?;
    let mut all = languages.to_vec();
    if !all.contains(&hub) {
        all.push(hub);
    }
    let pairs = all.iter().flat_map(|source| all.iter().map(move |target| (source, target)));
    let apart = pairs.filter(|(source, target)| source.code != target.code);
    Ok(apart.flat_map(|(source, target)| source.lexicons_to(target)).collect())
}

/// How much it is, in words.
fn total(wanted: &[Wanted]) -> String {
    let sizes = || wanted.iter().filter_map(|wanted| wanted.resource.size);
    let bytes: u64 = sizes().map(Size::bytes).sum();
    let n_estimates = sizes().filter(|size| matches!(size, Size::Estimated(_))).count();
    let (n, n_unknown) = (wanted.len(), wanted.len() - sizes().count());
    let unknown = if n_unknown > 0 { format!(", {n_unknown} of unknown size") } else { String::new() };
    format!("{n} files of {:.1} MB in all: {n_estimates} sizes are estimates{unknown}", bytes as f64 / 1e6)
}

fn list(wanted: &[Wanted], shared: &Shared, printer: &Printer) -> anyhow::Result<ExitCode> {
    let resources = || wanted.iter().map(|wanted| &wanted.resource);
    let files: Vec<Value> = resources().map(super::list::resource).collect();
    printer.report(shared, &json!({ "files": files }), || {
        let bytes =
            |resource: &Resource| resource.size.map(|size| size.bytes().to_string()).unwrap_or_default();
        resources().map(|resource| format!("{}\t{}\n", resource.address(), bytes(resource))).collect()
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text((wanted, outcome): (&Wanted, &anyhow::Result<Had>)) -> String {
    match outcome {
        Ok(Had { file, bytes, is_new }) => {
            format!("{file}\t{bytes}\t{}\n", if *is_new { "fetched" } else { "kept" })
        }
        Err(_) => format!("{}\t\tfailed\n", wanted.resource.file),
    }
}

fn as_json(wanted: &Wanted, outcome: &anyhow::Result<Had>) -> Value {
    match outcome {
        Ok(Had { file, bytes, is_new }) => json!({
            "file": file, "bytes": bytes, "status": if *is_new { "fetched" } else { "kept" },
            "licence": wanted.resource.licence,
        }),
        Err(error) => {
            json!({ "file": wanted.resource.file, "status": "failed", "why": error.to_string() })
        }
    }
}

/// The error of the only file that could not be had, or how many could not.
fn ended(outcomes: Vec<anyhow::Result<Had>>) -> anyhow::Result<ExitCode> {
    let of = outcomes.len();
    let mut errors: Vec<anyhow::Error> = outcomes.into_iter().filter_map(anyhow::Result::err).collect();
    match errors.len() {
        0 => Ok(ExitCode::SUCCESS),
        1 => Err(errors.remove(0)),
        n => {
            let is_invalid_data = errors.iter().all(failure::is_invalid_data);
            Err(Error::Several { n, of, is_invalid_data }.into())
        }
    }
}
