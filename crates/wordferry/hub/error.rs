//! What can go wrong while a model is fetched.

use std::path::PathBuf;

use super::files::Unusable;
use super::name::ModelName;

/// Why a model of the hub cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The hub cannot be reached.
    #[error("expected an answer from {url}, but {reason}")]
    Unreachable { url: String, reason: String },
    /// The hub answers with an error of its own.
    #[error("expected an answer from {url}, found the error {status}")]
    Status { url: String, status: u16 },
    /// The hub knows no such model, or shows it to nobody.
    #[error(
        "expected a path, or a model's name at {endpoint}; found nothing here and none there that is open to all: {name}"
    )]
    Absent { name: String, endpoint: String },
    /// The hub answers something else than it should.
    #[error("expected {expected} from {url}, found {found}")]
    Answer { url: String, expected: &'static str, found: String },
    /// A file ends too early.
    #[error("expected {expected} bytes of {url}, found {found}")]
    CutShort { url: String, expected: u64, found: u64 },
    /// The weights are there in a format that is not opened.
    #[error("expected weights as safetensors, found {file} alone ({name})")]
    Pickle { name: String, file: String },
    /// There are no weights.
    #[error("expected model.safetensors, found {found} ({name})")]
    NoWeights { name: String, found: String },
    /// The cache does not have all of a model, and may not ask for it.
    #[error("expected the model {name} in the cache, as the hub may not be asked (--offline, HF_HUB_OFFLINE), found not all of it: {}", cache.display())]
    NotCached { name: String, cache: PathBuf },
    /// What was fetched cannot be kept.
    #[error("expected to write into the cache of models {}, but {reason}", cache.display())]
    Unwritable { cache: PathBuf, reason: String },
    /// Nothing tells where the cache is.
    #[error("expected a folder for the cache of models, found no HF_HOME, XDG_CACHE_HOME or home folder")]
    NoCache,
}

impl Error {
    /// What the user can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::CutShort { .. } => {
                "check the connection and run the command again: files that are whole are not fetched twice"
            }
            Self::Status { .. } => "try again later",
            Self::Absent { .. } => {
                "check the path or the name, as in sentence-transformers/all-MiniLM-L6-v2@main; download a model that is private or asks \
                 for consent yourself, and name its folder"
            }
            Self::Answer { .. } => "HF_ENDPOINT has to be a Hugging Face hub",
            Self::Pickle { .. } => {
                "opening it can run code: look for the model's safetensors in a pull request, as in owner/name@refs/pr/1, or save it \
                 again with safe_serialization=True"
            }
            Self::NoWeights { .. } => {
                "name a transformer or a static model; word vectors are downloaded first, and named as a file"
            }
            Self::NotCached { .. } => {
                "run the command once without --offline, or name a folder that has the model's files"
            }
            Self::Unwritable { .. } => {
                "set HF_HOME to a folder that can be written and has room; --offline takes what the cache has"
            }
            Self::NoCache => "set HF_HOME to a folder",
        }
    }

    /// Whether the data is at fault, and not the way to it.
    pub(crate) fn is_invalid_data(&self) -> bool {
        matches!(self, Self::Pickle { .. } | Self::NoWeights { .. })
    }

    /// Whether it may be over when one asks again.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

/// That no encoder can be made of a model's files.
pub(super) fn unusable(name: &ModelName, found: Unusable) -> Error {
    let name = name.to_string();
    match found {
        Unusable::Pickle(file) => Error::Pickle { name, file },
        Unusable::NoWeights(found) => Error::NoWeights { name, found },
    }
}
