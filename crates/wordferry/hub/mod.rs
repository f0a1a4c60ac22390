//! The name of a model on the Hugging Face hub in, the folder of its files out.
//!
//! Files are kept in the cache that Hugging Face's own programs keep theirs in, laid out as they do it: what one of them has
//! fetched, the other need not. `--offline` reads the cache and opens no socket.

mod cache;
mod client;
mod error;
mod files;
mod name;

use std::path::{Path, PathBuf};

use self::cache::{Cache, Snapshot};
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
        true => cached(&cache, &name)?,
        false => fetched(&cache, &name, printer)?,
    };
    printer.note(&format!("{name}: commit {}", snapshot.commit));
    Ok(snapshot.folder)
}

/// What the cache has of a model.
fn cached(cache: &Cache, name: &ModelName) -> Result<Snapshot, Error> {
    let snapshot = cache.snapshot_of(name).filter(Snapshot::is_whole);
    snapshot.ok_or_else(|| Error::NotCached { name: name.to_string(), cache: cache.folder().to_owned() })
}

/// What the hub has of a model. Where the hub does not answer, the cache's own copy will do.
fn fetched(cache: &Cache, name: &ModelName, printer: &Printer) -> anyhow::Result<Snapshot> {
    let client = Client::new(variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()));
    printer.progress(&format!("asking for {name}"));
    let listing = match client.listing(name) {
        Err(error) if error.is_passing() => match cached(cache, name) {
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
            snapshot.store(file, client.file(name, &listing.commit, file)?, about)?;
        }
    }
    cache.remember(name, &listing.commit)?;
    Ok(snapshot)
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
