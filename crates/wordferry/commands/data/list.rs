//! `wordferry data list`: languages in, what there is of each out.

use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::benchmark::{Catalogue, Language, Resource, Size};

use crate::options::{DataListArguments, Shared};
use crate::printer::Printer;

const HEADER: &str = "code\tiso639_3\tname\town_name\tscript\tfamily\tcollections\tlexicons\twikipedia_bytes";

pub(crate) fn run(
    arguments: &DataListArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let catalogue = Catalogue::default();
    for code in &arguments.language {
        catalogue.language(code)?;
    }
    let listed: Vec<&Language> =
        catalogue.languages().iter().filter(|language| is_wanted(language, arguments)).collect();
    let languages: Vec<Value> = listed.iter().map(|language| as_json(language, &catalogue)).collect();
    printer.report(shared, &json!({ "languages": languages }), || {
        let rows = listed.iter().map(|language| text(language));
        std::iter::once(format!("{HEADER}\n")).chain(rows).collect()
    })?;
    Ok(ExitCode::SUCCESS)
}

fn is_wanted(language: &Language, arguments: &DataListArguments) -> bool {
    let DataListArguments { language: codes, collection, script, family } = arguments;
    let is = |asked: &Option<String>, found: &str| {
        asked.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(found))
    };
    (codes.is_empty() || codes.iter().any(|code| code == language.code))
        && collection.is_none_or(|collection| language.collections.contains(&collection))
        && is(script, language.script)
        && is(family, language.family)
}

fn text(language: &Language) -> String {
    let Language { code, iso639_3, name, own_name, script, family, lexicons, .. } = language;
    let (collections, lexicons) = (collections(language).join(","), lexicons.join(","));
    let bytes = language.wikipedia_bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    format!(
        "{code}\t{iso639_3}\t{name}\t{own_name}\t{script}\t{family}\t{collections}\t{lexicons}\t{bytes}\n"
    )
}

fn collections(language: &Language) -> Vec<&'static str> {
    language.collections.iter().map(|collection| collection.name()).collect()
}

fn as_json(language: &Language, catalogue: &Catalogue) -> Value {
    let of_collections = language.collections.iter().flat_map(|&collection| {
        [language.vectors(collection, None), language.model(collection)].into_iter().flatten()
    });
    let others = language.lexicons.iter().filter_map(|code| catalogue.language(code).ok());
    let resources = of_collections.chain(others.flat_map(|other| language.lexicons_to(other)));
    let resources: Vec<Value> = resources.map(|it| resource(&it)).collect();
    json!({
        "code": language.code, "iso639_3": language.iso639_3, "name": language.name, "own_name": language.own_name,
        "script": language.script, "family": language.family, "collections": collections(language),
        "lexicons": language.lexicons, "wikipedia_bytes": language.wikipedia_bytes, "resources": resources,
    })
}

/// A file that can be fetched.
pub(super) fn resource(resource: &Resource) -> Value {
    let is_estimate = resource.size.map(|size| matches!(size, Size::Estimated(_)));
    json!({
        "file": resource.file, "address": resource.address(), "licence": resource.licence,
        "bytes": resource.size.map(Size::bytes), "is_estimate": is_estimate,
    })
}
