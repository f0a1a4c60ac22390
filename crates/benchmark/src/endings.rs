//! How the names of files of vectors end.

/// Endings of files of vectors, after which that of a compression may follow.
pub const ENDINGS: [&str; 7] = ["bin", "ftz", "vec", "txt", "fifu", "safetensors", "npy"];
/// Those of fastText's models, which have vectors of n-grams too.
pub(crate) const MODELS: [&str; 2] = ["bin", "ftz"];
const COMPRESSIONS: [&str; 3] = [".gz", ".zst", ".zip"];

/// A name without the ending of a compression.
pub(crate) fn plain(name: &str) -> &str {
    COMPRESSIONS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The name of a file of vectors before its ending, and which of the [`ENDINGS`] that is; `None` for other files.
pub fn split_ending(name: &str) -> Option<(&str, &str)> {
    plain(name).rsplit_once('.').filter(|(_, ending)| ENDINGS.contains(ending))
}
