//! Vectors go out, a file of a format comes in their place: whole, or not at all.

mod fasttext;
mod fifu;
mod lines;
mod n_grams;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::store::{self, Precision};

/// A format that vectors are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// The native store: opened by mapping it, at once. Holds everything.
    Store(Precision),
    /// A line "n d", then a line a word: numbers in the fewest digits that lead back to the same `f32`. Words only.
    Text,
    /// word2vec binary, a newline after each row as the original program writes it. Words only.
    Word2Vec,
    /// A fastText model, as skip-gram makes it: words, counts and n-grams, without an output matrix. It can be used, and not
    /// trained on.
    FastText,
    /// finalfusion: words of length 1 with their norms beside them, and n-grams.
    Finalfusion,
}

impl Target {
    /// The format of a file's extension: `.safetensors`, `.vec` and `.txt`, `.bin` (word2vec; fastText shares it) or
    /// `.fifu`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "safetensors" => Some(Self::Store(Precision::F32)),
            "vec" | "txt" => Some(Self::Text),
            "bin" => Some(Self::Word2Vec),
            "fifu" => Some(Self::Finalfusion),
            _ => None,
        }
    }

    fn format(self) -> Format {
        match self {
            Self::Store(_) => Format::Safetensors,
            Self::Text => Format::TextWithHeader,
            Self::Word2Vec => Format::Word2Vec,
            Self::FastText => Format::FastText,
            Self::Finalfusion => Format::Finalfusion,
        }
    }
}

impl fmt::Display for Target {
    /// The name of its [`Format`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.format().fmt(f)
    }
}

impl FromStr for Target {
    type Err = Error;

    /// Reads the name of a [`Format`]; a store is one of `f32`.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] that lists the names.
    fn from_str(name: &str) -> Result<Self> {
        let all =
            [Self::Store(Precision::F32), Self::Text, Self::Word2Vec, Self::FastText, Self::Finalfusion];
        all.into_iter().find(|target| target.format().name() == name).ok_or_else(|| Error::Mismatch {
            expected: format!(
                "a format that can be written: {}",
                all.map(|target| target.format().name()).join(", ")
            ),
            found: format!("{name:?}"),
        })
    }
}

impl Embeddings {
    /// Writes the vectors to a file, atomically: what was at `path` stays until all is written.
    ///
    /// [`Embeddings::repairs`], the labels of a supervised fastText model and how it composes lines are not written; text and
    /// word2vec hold words only. All others keep the vectors of unknown words too, or it is an error. Only a store holds the map
    /// of mapped vectors: in a fastText or finalfusion file n-grams are mapped one by one, by the affine map that comes nearest,
    /// so that known words are exact and unknown ones close.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if the format cannot hold a word (it names the word), a value, or these n-grams;
    /// [`Error::Write`] and [`Error::Directory`] if the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, target: Target) -> Result<()> {
        let path = path.as_ref();
        match target {
            Target::Store(precision) => store::write(self, path, precision),
            Target::Text => lines::write_text(self, path),
            Target::Word2Vec => lines::write_word2vec(self, path),
            Target::FastText => fasttext::write(self, path),
            Target::Finalfusion => fifu::write(self, path),
        }
    }

    /// The first word that is not as a format needs it.
    fn check_words(&self, fits: impl Fn(&[u8]) -> bool, expected: &str) -> Result<()> {
        match self.vocabulary().iter().find(|(_, word)| !fits(word)) {
            None => Ok(()),
            Some((id, _)) => Err(Error::Mismatch {
                expected: expected.to_owned(),
                found: format!("{:?}, word {} of {}", self.vocabulary().word(id), id.index() + 1, self.len()),
            }),
        }
    }
}

/// N-grams that a format cannot hold.
fn other_n_grams(expected: &str, found: &str) -> Error {
    Error::Mismatch {
        expected: expected.to_owned(),
        found: format!("{found}: write a store, or leave the n-grams out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_tell_the_target() {
        let check = |file: &str, name: &str| {
            let target = Target::of_path(Path::new(file)).unwrap();
            assert_eq!(target.to_string(), name);
            assert_eq!(name.parse::<Target>().unwrap(), target);
        };
        check("a.safetensors", "safetensors");
        check("a.vec", "vec");
        check("a.b.bin", "word2vec");
        check("a.fifu", "fifu");
        assert_eq!("fasttext".parse::<Target>().unwrap(), Target::FastText);
        assert!(Target::of_path(Path::new("a.ftz")).is_none());
        assert!("ftz".parse::<Target>().unwrap_err().to_string().contains("word2vec, fasttext, fifu"));
    }
}
