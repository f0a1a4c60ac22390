//! `wordferry data`: the catalogue, and a folder of data.

mod fetch;
mod import;
mod list;
mod verify;

use std::path::PathBuf;

pub(crate) use fetch::run as fetch;
pub(crate) use import::run as import;
pub(crate) use list::run as list;
pub(crate) use verify::run as verify;

use crate::fetch::Error;
use crate::machine;

/// The folder of the data: the one that was named, or the user's own.
pub(super) fn folder(named: Option<&PathBuf>) -> Result<PathBuf, Error> {
    let own = || machine::cache_folder().map(|caches| caches.join("wordferry").join("data"));
    named.cloned().or_else(own).ok_or(Error::NoFolder)
}
