//! Weights in files that run code when they are opened.

use std::fs;
use std::path::Path;

/// The endings of files that may be pickles.
const ENDINGS: [&str; 5] = ["bin", "pt", "pth", "ckpt", "pkl"];

/// What to do about one.
pub(crate) const PICKLE_HINT: &str = "opening a pickle can run code: load the model in Python, where you trust it, and save it again with \
                                      safe_serialization=True, or its tensors with `safetensors.torch.save_file`";

/// The name of a file in a folder that may be a pickle, one that is called a model first.
pub(crate) fn pickle_in(folder: &Path) -> Option<String> {
    let names =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_pickle = |name: &String| {
        Path::new(name).extension().is_some_and(|found| ENDINGS.iter().any(|ending| found == *ending))
    };
    names.filter(is_pickle).min_by_key(|name| (!name.contains("model"), name.clone()))
}
