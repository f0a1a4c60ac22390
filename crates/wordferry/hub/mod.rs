//! The name of a model on the Hugging Face hub in, the folder of its files out.
//!
//! Files are kept in the cache that Hugging Face's own programs keep theirs in, laid out as they do it: what one of them has
//! fetched, the other need not. `--offline` reads the cache and opens no socket.

mod cache;
mod client;
mod error;
mod files;
mod name;
mod whole;

use std::path::{Path, PathBuf};

use wordferry::encode::{HubFolders, absent_hub_models};
use wordferry::vectors;

use self::cache::{Cache, MODULES, Snapshot};
use self::client::Client;
pub(crate) use self::error::Error;
use self::name::ModelName;
use crate::machine::{self, variable};
use crate::options::Shared;
use crate::printer::Printer;

/// Where models are fetched from, unless `HF_ENDPOINT` says otherwise.
const ENDPOINT: &str = "https://huggingface.co";
/// What stands for yes in an environment variable, as Hugging Face's programs read it.
const YES: [&str; 4] = ["1", "ON", "YES", "TRUE"];

/// The folder of an encoder: the path itself, if something is there or it is no model's name; else that of the model in the cache,
/// fetched before if need be. Says which commit a name stands for.
pub(crate) fn locate(path: &Path, shared: &Shared, printer: &Printer) -> anyhow::Result<PathBuf> {
    if path.exists() {
        return Ok(path.to_owned());
    }
    let Some(name) = ModelName::of(path)? else { return Ok(path.to_owned()) };
    let cache = Cache::at(cache_folder().ok_or(Error::NoCache)?);
    let snapshot = match is_offline(shared) {
        true => cached(&cache, &name, printer)?,
        false => fetched(&cache, &name, printer)?,
    };
    printer.note(&format!("{name}: commit {}", snapshot.commit));
    Ok(snapshot.folder)
}

/// Where the hub's models are that a saved file is read with and that are not beside it.
pub(crate) fn folders_of(path: &Path, shared: &Shared, printer: &Printer) -> anyhow::Result<HubFolders> {
    let place = |name: String| {
        let folder = locate(format!("hf:{name}").as_ref(), shared, printer)?;
        Ok((name, folder))
    };
    absent_hub_models(path).into_iter().map(place).collect()
}

/// What the cache has of a model.
fn cached(cache: &Cache, name: &ModelName, printer: &Printer) -> Result<Snapshot, Error> {
    let snapshot = cache.snapshot_of(name).filter(Snapshot::is_whole);
    let snapshot = snapshot
        .ok_or_else(|| Error::NotCached { name: name.to_string(), cache: cache.folder().to_owned() })?;
    if !snapshot.tells_of_modules() {
        printer.note(&format!(
            "note: the cache does not tell whether {name} has a {MODULES}: it is read as a model without one"
        ));
    }
    Ok(snapshot)
}

/// What the hub has of a model. It is not asked for a commit that is in the cache; where it does not answer, the cache's own copy will do.
fn fetched(cache: &Cache, name: &ModelName, printer: &Printer) -> anyhow::Result<Snapshot> {
    let kept = cache.snapshot_of(name).filter(|_| name.is_pinned());
    if let Some(kept) = kept.filter(|kept| kept.is_whole() && kept.tells_of_modules()) {
        return Ok(kept);
    }
    let client = Client::new(variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()));
    printer.progress(&format!("asking for {name}"));
    let listing = match client.listing(name) {
        Err(error) if error.is_passing() => match cached(cache, name, printer) {
            Ok(snapshot) => {
                printer.note(&format!("note: {error}: the copy in the cache is used"));
                return Ok(snapshot);
            }
            Err(_) => return Err(error.into()),
        },
        listing => listing?,
    };
    let needed = files::needed(&listing.files).map_err(|found| error::unusable(name, found))?;
    let snapshot = cache.snapshot(name, &listing.commit);
    for file in needed {
        if !snapshot.has(file) {
            let about = |done: u64, all: Option<u64>| {
                let all = all.map(|all| format!(" of {:.1}", megabytes(all))).unwrap_or_default();
                printer.progress(&format!("fetching {name}: {file}, {:.1}{all} MB", megabytes(done)));
            };
            let incoming = client.file(name, &listing.commit, file)?;
            snapshot.store(file, incoming, about).map_err(|error| unwritable(cache, error))?;
        }
    }
    let mut remembered = cache.remember(name, &listing.commit);
    if remembered.is_ok() && !snapshot.tells_of_modules() {
        remembered = snapshot.remember_no_modules();
    }
    // The files are there: a cache that is only read will do.
    if let Err(error) = remembered {
        printer.note(&format!("note: {error}: with --offline, the model may not be found"));
    }
    Ok(snapshot)
}

/// What is wrong with a cache that cannot be written.
fn unwritable(cache: &Cache, error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<vectors::Error>() {
        Some(vectors::Error::Write { .. }) => {
            Error::Unwritable { cache: cache.folder().to_owned(), reason: error.to_string() }.into()
        }
        _ => error,
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn is_offline(shared: &Shared) -> bool {
    let asked = variable("HF_HUB_OFFLINE").is_some_and(|value| YES.contains(&&*value.to_uppercase()));
    shared.offline || asked
}

/// The folder of the cache, by the environment variables that Hugging Face's programs read.
fn cache_folder() -> Option<PathBuf> {
    let of = |name: &str| variable(name).map(PathBuf::from);
    of("HF_HUB_CACHE").or_else(|| {
        let home = of("HF_HOME").or_else(|| machine::cache_folder().map(|caches| caches.join("huggingface")));
        home.map(|home| home.join("hub"))
    })
}
