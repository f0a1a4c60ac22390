//! A file of translations in, pairs of sentences out.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use wordferry_vectors::open_decompressed;

use crate::{Error, Result};

/// No file of sentences is larger; without a limit, a stream that never ends would fill the memory.
const LARGEST: u64 = 1 << 31;

/// Sentences of a language, and for each its translation into another. A translation that several share is held once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParallelSentences {
    texts: Vec<String>,
    /// The number of each text's translation.
    translation_of: Vec<usize>,
    translations: Vec<String>,
}

impl ParallelSentences {
    /// Pairs of a sentence and its translation.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut found, mut numbers) = (Self::default(), HashMap::new());
        for (text, translation) in pairs {
            let number = *numbers.entry(translation).or_insert_with(|| {
                found.translations.push(translation.to_owned());
                found.translations.len() - 1
            });
            found.texts.push(text.to_owned());
            found.translation_of.push(number);
        }
        found
    }

    /// Reads a pair a line: a sentence, a tab, its translation. gz and zst are read as they are, empty lines are passed over, bytes that
    /// are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// If the file cannot be read or is beyond 2 GiB, or a line does not hold two sentences.
    pub fn open(path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        let reading = |error| wordferry_vectors::Error::reading(path, error);
        open_decompressed(path)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(reading)?;
        if bytes.len() as u64 > LARGEST {
            let found = "more".to_owned();
            return Err(Error::Parallel { path: path.into(), expected: "at most 2 GiB of sentences", found });
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let pairs = lines.map(|(number, line)| pair(line).map_err(|found| (number, found)));
        let pairs =
            pairs.collect::<Result<Vec<_>, (usize, usize)>>().map_err(|(line, found)| Error::Parallel {
                path: path.into(),
                expected: "two sentences a line, a tab between them",
                found: format!("{found} in line {line}"),
            })?;
        Ok(Self::new(pairs))
    }

    /// The sentences, one a pair.
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// The different translations, in the order of their first pairs.
    pub fn translations(&self) -> Vec<&str> {
        self.translations.iter().map(String::as_str).collect()
    }

    /// For each sentence the number of its translation among [`ParallelSentences::translations`].
    pub fn translation_of(&self) -> &[usize] {
        &self.translation_of
    }
}

/// The two sentences of a line, or how many there are instead.
fn pair(line: &str) -> Result<(&str, &str), usize> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    match fields[..] {
        [text, translation] if !text.is_empty() && !translation.is_empty() => Ok((text, translation)),
        _ => Err(fields.iter().filter(|field| !field.is_empty()).count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<ParallelSentences> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        ParallelSentences::open(file.path())
    }

    #[test]
    fn a_translation_is_held_once() {
        let found = read("\u{feff}Hallo.\tHello.\n\nGuten Tag.\tHello.\r\nJa\tYes\n").unwrap();
        assert_eq!(found.texts(), ["Hallo.", "Guten Tag.", "Ja"]);
        assert_eq!(found.translations(), ["Hello.", "Yes"]);
        assert_eq!(found.translation_of(), [0, 0, 1]);
    }

    #[test]
    fn other_lines_are_refused() {
        for (content, found) in
            [("a\tb\nc d\n", "1 in line 2"), ("a\tb\tc", "3 in line 1"), ("a\t\n", "1 in line 1")]
        {
            let error = read(content).unwrap_err().to_string();
            assert!(error.contains("two sentences a line") && error.contains(found), "{error}");
        }
    }
}
