//! What can go wrong while a file is fetched.

use std::path::PathBuf;
use std::time::Duration;

/// Why a file cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server cannot be reached, or stops to answer.
    #[error("expected an answer from {url}, but {reason}")]
    Unreachable { url: String, reason: String },
    /// The server answers with an error of its own.
    #[error("expected an answer from {url}, found the error {status}{}", wish(*after))]
    Status { url: String, status: u16, after: Option<Duration> },
    /// The server has no such file, or shows it to nobody.
    #[error("expected a file at {url}, found none that is open to all ({status})")]
    Absent { url: String, status: u16 },
    /// The server answers something else than it should.
    #[error("expected {expected} from {url}, found {found}")]
    Answer { url: String, expected: &'static str, found: String },
    /// The file ends too early.
    #[error("expected {expected} bytes of {url}, found {found}")]
    CutShort { url: String, expected: u64, found: u64 },
    /// What arrives is not what the file should hold.
    #[error("expected {expected}, found {found} ({url}{})", place(*line))]
    Wrong { url: String, line: Option<u64>, expected: String, found: String },
    /// What arrives, or is there, is not what was there before.
    #[error("expected what {file} was when it was first used, found {found}")]
    Changed { file: String, found: String },
    /// The list of checksums cannot be understood.
    #[error("expected a file, a limit, bytes and a checksum, found {found:?} ({}, line {line})", path.display())]
    Checksums { path: PathBuf, line: usize, found: String },
    /// Another process is at it.
    #[error("expected to be alone in fetching {}, found another process that does", path.display())]
    Busy { path: PathBuf },
    /// A file is not there, and nobody may be asked for it.
    #[error("expected {file} in {}, as no connection may be opened (--offline), found nothing", folder.display())]
    NotHere { file: String, folder: PathBuf },
    /// A folder that nothing was fetched or imported into.
    #[error("expected checksums.tsv in {}, found none", folder.display())]
    NoChecksums { folder: PathBuf },
    /// Several files could not be had.
    #[error("expected {of} files, found {n} that could not be had")]
    Several { n: usize, of: usize, is_invalid_data: bool },
    /// Nothing tells where data is kept.
    #[error("expected a folder for data, found no XDG_CACHE_HOME or home folder")]
    NoFolder,
}

fn place(line: Option<u64>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

fn wish(after: Option<Duration>) -> String {
    after.map(|after| format!(" and the wish to be left alone for {} s", after.as_secs())).unwrap_or_default()
}

impl Error {
    /// What the user can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::CutShort { .. } => {
                "check the connection and run the command again: it goes on where it was"
            }
            Self::Status { .. } => "try again later: what has arrived stays",
            Self::Absent { .. } => {
                "download the file elsewhere, and hand it over with `wordferry data import`"
            }
            Self::Answer { .. } => "check --endpoint",
            Self::Wrong { .. } => "check --endpoint; nothing of it was kept",
            Self::Changed { .. } => {
                "if that is wanted, remove the file and its line in checksums.tsv; otherwise remove the file and fetch it again"
            }
            Self::Checksums { .. } => "remove the line: the file's checksum is taken anew",
            Self::Busy { .. } => "wait for it, or end it",
            Self::NotHere { .. } => "run the command once without --offline",
            Self::NoChecksums { .. } => {
                "name the folder that `wordferry data fetch` or `import` filled: they take the checksums"
            }
            Self::Several { .. } => "run the command again: what is whole is not fetched twice",
            Self::NoFolder => "name one with --into",
        }
    }

    /// Whether the data is at fault, and not the way to it.
    pub(crate) fn is_invalid_data(&self) -> bool {
        match self {
            Self::Wrong { .. } | Self::Changed { .. } | Self::Checksums { .. } => true,
            Self::Several { is_invalid_data, .. } => *is_invalid_data,
            _ => false,
        }
    }

    /// Whether it may be over when one asks again.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::CutShort { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }

    /// How long the server asks to be left alone.
    pub(super) fn after(&self) -> Option<Duration> {
        match self {
            Self::Status { after, .. } => *after,
            _ => None,
        }
    }
}
