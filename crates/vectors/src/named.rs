//! Matrices without words: the words come from a list beside the file, a line or a token for each row.

use ndarray::Array2;
use serde_json::Value;

use crate::beside::{Beside, Neighbour};
use crate::embeddings::Embeddings;
use crate::error::{Error, Fault, Place, Result};
use crate::format::BYTE_ORDER_MARK;
use crate::loader::Options;
use crate::repairs::Repairs;
use crate::rows::{UNUSABLE, is_usable};
use crate::vocabulary::{MAX_WORDS, Vocabulary};

/// The words of a matrix's rows, and where they were found.
pub(crate) struct Names {
    words: Words,
    file: String,
}

enum Words {
    /// One a line. Lines are not taken apart before it is known that there is a row for each.
    Lines(Vec<u8>),
    Tokens(Vec<Vec<u8>>),
}

impl Names {
    /// The list of words beside a matrix, one a line; `name` is the matrix's.
    pub(crate) fn listed(beside: &Beside<'_>, name: &str) -> Result<Self> {
        match beside.words()? {
            Some(Neighbour { name: file, bytes }) => Ok(Self { words: Words::Lines(bytes), file }),
            None => Err(Error::Refused {
                name: name.to_owned(),
                found: "a matrix without the list of its words".to_owned(),
                hint: "put the words, one a line, into a file beside it: of the same name with the ending .vocab, \
                    or vocab.txt or words.txt",
            }),
        }
    }

    /// The vocabulary of a tokenizer.json: pieces as they are named there, `##` and `▁` included.
    pub(crate) fn of_tokenizer(tokenizer: Neighbour) -> Result<Self> {
        let Neighbour { name: file, bytes } = tokenizer;
        let tokens = tokens(&bytes).map_err(|fault| fault.within(&file))?;
        Ok(Self { words: Words::Tokens(tokens), file })
    }

    fn words(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        match &self.words {
            Words::Lines(bytes) => Box::new(lines(bytes)),
            Words::Tokens(tokens) => Box::new(tokens.iter().map(Vec::as_slice)),
        }
    }

    /// Names the rows of a matrix of `d` columns, whose `values` begin with the first row; with a limit there
    /// may be fewer of them than words. Of rows of the same word the first is kept.
    pub(crate) fn name(
        self,
        n_rows: u64,
        d: usize,
        mut values: Vec<f32>,
        name: &str,
        options: &Options,
    ) -> Result<Embeddings> {
        let n_words = self.words().count() as u64;
        if n_words != n_rows || n_words > MAX_WORDS {
            let fault =
                Fault::new(Place::File, format!("{n_rows} words, one a row of {name}"), n_words.to_string());
            return Err(fault.hint("the list belongs to another matrix").within(&self.file));
        }
        let n_read = values.len() / d;
        let mut vocabulary = Vocabulary::with_capacity(n_read);
        let mut repairs = Repairs::default();
        for (row, word) in self.words().enumerate().take(n_read) {
            let kept = vocabulary.len();
            if values[row * d..(row + 1) * d].iter().any(|value| !is_usable(*value)) {
                if !options.lenient {
                    return Err(unusable(row, word).within(name));
                }
                repairs.non_finite += 1;
            } else if vocabulary.insert(word).is_err() {
                repairs.duplicates += 1;
            } else {
                repairs.look_at_word(word);
                values.copy_within(row * d..(row + 1) * d, kept * d);
                repairs.zero_rows += u64::from(values[kept * d..][..d].iter().all(|value| *value == 0.0));
            }
        }
        values.truncate(vocabulary.len() * d);
        if vocabulary.is_empty() && n_read > 0 {
            return Err(Fault::new(Place::File, "at least one row that can be kept", "none").within(name));
        }
        let matrix = Array2::from_shape_vec((vocabulary.len(), d), values).map_err(|error| {
            Error::Mismatch { expected: format!("rows of {d} values"), found: error.to_string() }
        })?;
        Ok(Embeddings::of_finite(vocabulary, matrix).with_repairs(repairs))
    }
}

fn unusable(row: usize, word: &[u8]) -> Fault {
    let found = format!("{UNUSABLE} in row {}, {:?}", row + 1, String::from_utf8_lossy(word));
    Fault::new(Place::File, "finite values", found).hint("read it leniently to leave the row out")
}

/// Lines that end in LF or CR LF; the last one may do without.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Tokens by their numbers, which have to be 0, 1, 2, …
fn tokens(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let wrong = |expected: &str, found: String| Fault::new(Place::File, expected, found);
    let json: Value =
        serde_json::from_slice(bytes).map_err(|error| wrong("the JSON of a tokenizer", error.to_string()))?;
    let mut numbered = Vec::new();
    match &json["model"]["vocab"] {
        // WordPiece, BPE and word level: an object of numbers.
        Value::Object(vocabulary) => {
            numbered.extend(vocabulary.iter().map(|(token, id)| (id.as_u64(), Some(token.as_str()))));
        }
        // Unigram: an array of pairs of a token and its score.
        Value::Array(pieces) => {
            let pieces = pieces.iter().zip(0..);
            numbered.extend(pieces.map(|(piece, id)| (Some(id), piece[0].as_str())));
        }
        _ => return Err(wrong("a tokenizer with a vocabulary (model.vocab)", "none".to_owned())),
    }
    let added = json["added_tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    numbered.extend(added.iter().map(|token| (token["id"].as_u64(), token["content"].as_str())));
    numbered.sort_by_key(|(id, _)| *id);
    // Added tokens may be in the vocabulary too.
    numbered.dedup();
    let token = |(expected, (id, token)): (u64, (Option<u64>, Option<&str>))| match token {
        Some(token) if id == Some(expected) => Ok(token.as_bytes().to_vec()),
        _ => Err(wrong("tokens that are numbered 0, 1, 2, …", format!("none of the number {expected}"))),
    };
    (0..).zip(numbered).map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<&str, &str>) {
        match (tokens(json.as_bytes()), expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(String::from_utf8(found.join(&b' ')).unwrap(), expected, "{json}");
            }
            (Err(fault), Err(expected)) => assert!(fault.found.contains(expected), "{fault:?}"),
            (found, _) => panic!("{json}: {found:?}"),
        }
    }

    #[test]
    fn tokenizers_name_their_tokens() {
        check(r###"{"model": {"vocab": {"b": 1, "##a": 0}}}"###, Ok("##a b"));
        check(r#"{"model": {"vocab": [["▁a", -1.5], ["b", 0]]}}"#, Ok("▁a b"));
        check(
            r#"{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 0, "content": "a"}, {"id": 1, "content": "[PAD]"}]}"#,
            Ok("a [PAD]"),
        );
        check(r#"{"model": {"vocab": {"a": 0, "b": 2}}}"#, Err("none of the number 1"));
        check(r#"{"model": {"vocab": {"a": 0, "b": 0}}}"#, Err("none of the number 1"));
        check(r#"{"model": {"vocab": {"a": -1}}}"#, Err("none of the number 0"));
        check(r#"{"model": {}}"#, Err("none"));
        check("[1", Err("EOF"));
    }

    #[test]
    fn lines_end_as_they_may() {
        let found = |bytes: &'static str| lines(bytes.as_bytes()).collect::<Vec<_>>();
        assert_eq!(found("a\nb"), [b"a", b"b"]);
        assert_eq!(found("\u{feff}a\r\nb\r\n"), [b"a", b"b"]);
        assert_eq!(found("a\n\nb\n"), [&b"a"[..], b"", b"b"]);
    }
}
