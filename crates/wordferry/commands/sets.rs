//! Scores of one test set or several in, one JSON object or paragraphs of text out.

use std::path::Path;

use serde::Serialize;

use crate::options::Shared;
use crate::printer::Printer;

/// The scores of a file.
#[derive(Serialize)]
pub(crate) struct Set<T> {
    file: String,
    #[serde(flatten)]
    pub(crate) scores: T,
}

impl<T> Set<T> {
    pub(crate) fn new(file: &Path, scores: T) -> Self {
        Self { file: file.display().to_string(), scores }
    }
}

/// All sets, and the scores of an only set beside them.
#[derive(Serialize)]
struct Sets<'a, T> {
    #[serde(flatten)]
    only: Option<&'a T>,
    sets: &'a [Set<T>],
}

/// Prints all sets, as JSON or as what `text` makes of each.
pub(crate) fn print<T: Serialize>(
    sets: &[Set<T>],
    text: impl Fn(&T) -> String,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<()> {
    let only = match sets {
        [only] => Some(&only.scores),
        _ => None,
    };
    printer.report(shared, &Sets { only, sets }, || {
        let paragraphs = sets.iter().map(|set| format!("{}\n{}", set.file, text(&set.scores)));
        paragraphs.collect::<Vec<_>>().join("\n")
    })
}
