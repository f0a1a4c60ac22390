//! `wordferry data import`: a user's file in, the same file in its place among the data out.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use wordferry::align::Lexicon;
use wordferry::benchmark::{Catalogue, Collection, ENDINGS, Language, split_ending};
use wordferry::evaluate::{Questions, WordPairs};
use wordferry::transfer::{Columns, Corpus, LabelMap};
use wordferry::vectors::{self, Loader, create_folder, write_atomically};

use super::folder;
use crate::failure::Usage;
use crate::fetch::{Checksums, measure};
use crate::options::{DataImportArguments, Role, Shared};
use crate::printer::Printer;

/// Rows of vectors that are looked at.
const ROWS: usize = 1000;

pub(crate) fn run(
    arguments: &DataImportArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let folder = folder(arguments.into.as_ref())?;
    let file = name(arguments)?;
    let place = folder.join(&file);
    printer.progress(&format!("reading {}", arguments.file.display()));
    check(&arguments.file, arguments.role)?;
    create_folder(place.parent().unwrap_or(&folder))?;
    put(&arguments.file, &place)?;
    let entry = measure(&place, None)?;
    let bytes = entry.bytes;
    Checksums::open(&folder)?.record(&file, entry)?;
    let report = json!({ "file": file, "folder": folder.display().to_string(), "bytes": bytes });
    printer.report(shared, &report, || format!("{}\n", place.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The name that the file gets in the folder.
fn name(arguments: &DataImportArguments) -> anyhow::Result<String> {
    let catalogue = Catalogue::default();
    let language = catalogue.language(&arguments.language)?;
    let original = arguments.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let code = language.code;
    let of_pair = |ending: &str| {
        let with = arguments.with.as_ref();
        let with = with.ok_or_else(|| Usage("expected --with, the second language of the lexicon".into()))?;
        anyhow::Ok(format!("lexicons/{code}-{}{ending}.txt", catalogue.language(with)?.code))
    };
    Ok(match arguments.role {
        Role::Vectors => {
            split_ending(&original).ok_or_else(|| unknown(&original))?;
            format!("vectors/{code}.{}", without_code(&original, code))
        }
        Role::Wiki => of_collection(language, Collection::Wiki, &original)?,
        Role::Crawl => of_collection(language, Collection::Crawl, &original)?,
        Role::Aligned => of_collection(language, Collection::Aligned, &original)?,
        Role::Lexicon => of_pair("")?,
        Role::TrainLexicon => of_pair(".train")?,
        Role::TestLexicon => of_pair(".test")?,
        Role::Similarity => format!("similarity/{code}.{}", without_code(&original, code)),
        Role::Analogies => format!("analogies/{code}.{}", without_code(&original, code)),
        Role::Texts => format!("texts/{code}.{}", without_code(&original, code)),
        Role::TrainReviews => format!("reviews/{code}.train.{}", ending(&original)),
        Role::TestReviews => format!("reviews/{code}.test.{}", ending(&original)),
    })
}

fn of_collection(language: &Language, collection: Collection, original: &str) -> anyhow::Result<String> {
    let official = language.vectors(collection, None)?;
    Ok(official.file_like(original).ok_or_else(|| unknown(original))?)
}

fn unknown(original: &str) -> Usage {
    let endings = ENDINGS.join(", .");
    let instead = match original.ends_with(".zip") {
        true => "; unpack the archive, and import the .bin or the .vec",
        false => "",
    };
    Usage(format!(
        "expected a file of vectors whose name ends in .{endings} (with .gz, .zst or .zip after it), found {original}{instead}"
    ))
}

/// A file's name, without the language's code before it.
fn without_code<'a>(original: &'a str, code: &str) -> &'a str {
    original.strip_prefix(code).and_then(|rest| rest.strip_prefix(['.', '-'])).unwrap_or(original)
}

/// What follows the first dot of a name, such as `csv.gz`.
fn ending(original: &str) -> &str {
    original.split_once('.').map_or("txt", |(_, ending)| ending)
}

/// Makes sure that a file is what it is to be used as.
fn check(file: &Path, role: Role) -> anyhow::Result<()> {
    match role {
        Role::Vectors | Role::Wiki | Role::Crawl | Role::Aligned => {
            Loader::new().lenient(true).limit(ROWS).open(file)?;
        }
        Role::Lexicon | Role::TrainLexicon | Role::TestLexicon => drop(Lexicon::open(file)?),
        Role::Similarity => drop(WordPairs::open(file)?),
        Role::Analogies => drop(Questions::open(file)?),
        Role::Texts => drop(Corpus::open_texts(file, &Columns::default())?),
        Role::TrainReviews | Role::TestReviews => {
            Corpus::open(file, &Columns::default(), &LabelMap::default())?;
        }
    }
    Ok(())
}

/// Puts a copy into its place, where nothing may be yet. A second name would let the data change with the user's own file.
fn put(file: &Path, place: &Path) -> anyhow::Result<()> {
    if place.exists() {
        return Err(vectors::Error::writing(place, io::ErrorKind::AlreadyExists.into()).into());
    }
    let mut from = fs::File::open(file).map_err(|error| vectors::Error::reading(file, error))?;
    Ok(write_atomically(place, |to| io::copy(&mut from, to).map(drop))?)
}
