//! A text in, the numbers of its tokens out, as a `tokenizer.json` says.
//!
//! What the file says of truncation, padding and dropout is not followed: how long a text may be is for the model to
//! say, and the same text has the same tokens every time.

mod cuts;
mod memory;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::Deserialize;
use tokenizers::models::ModelWrapper;
use tokenizers::{
    Encoding, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer,
};
use wordferry_vectors::read_file;

use self::cuts::Parts;
use self::memory::Memory;
use crate::pool::Pool;
use crate::{Error, Result};

/// Stands for the tokens of a text while it is found out what is put around them.
const MARKER: u32 = u32::MAX;

/// A tokenizer of the Hugging Face `tokenizers` format.
pub struct Tokenizer {
    name: String,
    json: Vec<u8>,
    inner: tokenizers::Tokenizer,
    vocabulary_size: usize,
    unknown: Option<u32>,
    /// What belongs before and after the tokens of a text, such as `[CLS]` and `[SEP]`.
    special: [Vec<u32>; 2],
    parts: Parts,
    memories: Pool<Memory>,
}

impl Tokenizer {
    /// Opens a `tokenizer.json`.
    ///
    /// # Errors
    /// If the file cannot be read, or is no tokenizer.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(&path.display().to_string(), read_file(path)?)
    }

    /// The tokenizer in the bytes of a `tokenizer.json`; errors call it `name`.
    ///
    /// # Errors
    /// If the bytes are no tokenizer, or one that puts something else than special tokens around a text's own.
    pub fn from_bytes(name: &str, json: Vec<u8>) -> Result<Self> {
        let fault = |found: String| Error::Model {
            name: name.to_owned(),
            expected: "a tokenizer as Hugging Face's `tokenizers` saves it (tokenizer.json)".to_owned(),
            found,
            hint: "save the tokenizer again with `tokenizer.save(\"tokenizer.json\")`",
        };
        let parsed = guarded(|| tokenizers::Tokenizer::from_bytes(&json)).map_err(fault)?;
        let inner = reproducible(parsed).map_err(fault)?;
        let special = guarded(|| special_tokens(&inner)).map_err(fault)?;
        let largest = inner.get_vocab(true).into_values().chain(special.iter().flatten().copied()).max();
        Ok(Self {
            name: name.to_owned(),
            unknown: unknown_id(&inner, &json),
            json,
            vocabulary_size: largest.map_or(0, |id| id as usize + 1),
            special,
            parts: guarded(|| Ok(Parts::of(&inner))).map_err(fault)?,
            memories: Pool::default(),
            inner,
        })
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of the `tokenizer.json`.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The ids of a text's tokens, without special tokens around them. Special tokens that are written in the text are
    /// found.
    ///
    /// # Errors
    /// If the tokenizer has no token for some part of the text, and none for the unknown either.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        if self.parts == Parts::None {
            return self.ids_of_whole(text);
        }
        match self.ids_by_parts(text, &mut self.memories.lend())? {
            Some(ids) => Ok(ids),
            None => self.ids_of_whole(text),
        }
    }

    /// The ids of all parts of a text, which most texts share with others; `None` if it has to be taken whole.
    fn ids_by_parts(&self, text: &str, memory: &mut Memory) -> Result<Option<Vec<u32>>> {
        let mut ids = Vec::with_capacity(text.len() / 4);
        for part in cuts::parts(text, self.parts) {
            if let Some(known) = memory.get(part) {
                ids.extend(known);
                continue;
            }
            if guarded(|| Ok(self.parts.take(part, &self.inner))) != Ok(true) {
                return Ok(None);
            }
            let new = self.ids_of_whole(part)?;
            memory.keep(part, &new);
            ids.extend(new);
        }
        Ok(Some(ids))
    }

    /// The ids that the `tokenizers` crate gives.
    fn ids_of_whole(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = guarded(|| self.inner.encode_fast(text, false)).map_err(|found| Error::Model {
            name: self.name.clone(),
            expected: "a tokenizer that takes any text".to_owned(),
            found,
            hint: "give the tokenizer a token for what is unknown",
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of a text's tokens with special tokens around them, such as `[CLS]` and `[SEP]`: `max_length` in all at
    /// most, of which the special tokens are kept and the text's last tokens are not; the special ones alone, if they are more.
    ///
    /// # Errors
    /// As [`Tokenizer::ids`].
    pub fn ids_with_special(&self, text: &str, max_length: usize) -> Result<Vec<u32>> {
        let mut ids = self.ids(text)?;
        ids.truncate(max_length.saturating_sub(self.n_special()));
        Ok(self.with_special(&ids))
    }

    /// Puts special tokens around those of a text.
    pub(crate) fn with_special(&self, ids: &[u32]) -> Vec<u32> {
        let [before, after] = &self.special;
        [before, ids, after].into_iter().flatten().copied().collect()
    }

    /// What the model, which cuts words into tokens, is given for a text, if that is a single word.
    pub(crate) fn as_one_word(&self, text: &str) -> Option<String> {
        let words = guarded(|| {
            let mut normalized = NormalizedString::from(text);
            if let Some(normalizer) = self.inner.get_normalizer() {
                normalizer.normalize(&mut normalized)?;
            }
            let mut words = PreTokenizedString::from(normalized);
            if let Some(pre_tokenizer) = self.inner.get_pre_tokenizer() {
                pre_tokenizer.pre_tokenize(&mut words)?;
            }
            let splits = words.get_splits(OffsetReferential::Original, OffsetType::Byte).into_iter();
            Ok(splits.map(|(word, _, _)| word.to_owned()).filter(|word| !word.is_empty()).collect::<Vec<_>>())
        });
        match words.as_deref() {
            Ok([word]) => Some(word.clone()),
            _ => None,
        }
    }

    /// How many special tokens are put around a text.
    pub fn n_special(&self) -> usize {
        self.special.iter().map(Vec::len).sum()
    }

    /// One more than the largest id.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary_size
    }

    /// All tokens with their ids, in no order.
    pub fn vocabulary(&self) -> HashMap<String, u32> {
        self.inner.get_vocab(true)
    }

    /// The id of the token that stands for what is unknown; `None` if there is none.
    pub fn unknown_id(&self) -> Option<u32> {
        self.unknown
    }
}

/// Calls into the `tokenizers` crate, which panics where a file contradicts itself in ways that it does not look for.
fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("a tokenizer that contradicts itself".to_owned()),
    }
}

/// The same tokenizer without truncation, padding and chance.
fn reproducible(mut tokenizer: tokenizers::Tokenizer) -> Result<tokenizers::Tokenizer, String> {
    tokenizer.with_padding(None).with_truncation(None).map_err(|error| error.to_string())?;
    if let ModelWrapper::BPE(model) = tokenizer.get_model()
        && model.dropout.is_some()
    {
        let mut model = model.clone();
        model.dropout = None;
        tokenizer.with_model(model);
    }
    Ok(tokenizer)
}

/// What the post-processor puts before and after a text's tokens.
fn special_tokens(tokenizer: &tokenizers::Tokenizer) -> tokenizers::Result<[Vec<u32>; 2]> {
    let text = Encoding::from_iter([(MARKER, String::new(), (0, 0), None, 0)]);
    let processed = tokenizer.post_process(text, None, true)?;
    let mut parts = processed.get_ids().split(|id| *id == MARKER).map(<[u32]>::to_vec);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(after), None) => Ok([before, after]),
        _ => Err("a post-processor that does not take a text's tokens once".into()),
    }
}

/// The id for the unknown: a token by its name, or in Unigram models a number that `tokenizers` does not show.
fn unknown_id(tokenizer: &tokenizers::Tokenizer, json: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct File {
        model: Unigram,
    }
    #[derive(Deserialize)]
    struct Unigram {
        unk_id: Option<u32>,
    }
    let token = match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) => Some(&model.unk_token),
        ModelWrapper::WordLevel(model) => Some(&model.unk_token),
        ModelWrapper::BPE(model) => model.unk_token.as_ref(),
        ModelWrapper::Unigram(_) => {
            return serde_json::from_slice::<File>(json).ok().and_then(|file| file.model.unk_id);
        }
    };
    token.and_then(|token| tokenizer.token_to_id(token).or_else(|| tokenizer.get_model().token_to_id(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = r###"{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##b": 5, "c": 6}"###;
    const MODEL: &str = r###""type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100"###;

    /// A tokenizer.json of these words, with truncation and padding set.
    fn json(words: &str) -> String {
        format!(
            r#"{{"version": "1.0",
                "truncation": {{"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}},
                "padding": {{"strategy": {{"Fixed": 8}}, "direction": "Right", "pad_to_multiple_of": null,
                    "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}},
                "added_tokens": [{{"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true}}],
                "normalizer": {{"type": "Lowercase"}}, "pre_tokenizer": {{"type": "BertPreTokenizer"}},
                "post_processor": {{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}},
                "decoder": null, "model": {{{MODEL}, "vocab": {words}}}}}"#
        )
    }

    #[test]
    fn ids_with_and_without_special_tokens() {
        let tokenizer = Tokenizer::from_bytes("t", json(WORDS).into_bytes()).unwrap();
        assert_eq!(tokenizer.vocabulary_size(), 7);
        assert_eq!(tokenizer.unknown_id(), Some(1));
        assert_eq!(tokenizer.ids("AB c x[SEP]a").unwrap(), [4, 5, 6, 1, 3, 4]);
        assert_eq!(tokenizer.ids("").unwrap(), [0; 0]);
        assert_eq!(tokenizer.ids_with_special("ab c", usize::MAX).unwrap(), [2, 4, 5, 6, 3]);
        assert_eq!(tokenizer.ids_with_special("ab c", 4).unwrap(), [2, 4, 5, 3]);
        assert_eq!(tokenizer.ids_with_special("ab c", 1).unwrap(), [2, 3]);
        assert_eq!(tokenizer.vocabulary().len(), 7);
    }

    #[test]
    fn what_is_no_tokenizer_is_an_error() {
        let check = |json: &str| match Tokenizer::from_bytes("t.json", json.as_bytes().to_vec()) {
            Err(Error::Model { name, .. }) => assert_eq!(name, "t.json"),
            Err(error) => panic!("{error}"),
            Ok(tokenizer) => drop(tokenizer.ids("a b [SEP] \u{10ffff}")),
        };
        let whole = json(WORDS);
        (0..whole.len()).step_by(7).for_each(|length| check(&whole[..length]));
        for (from, to) in [
            ("\"a\": 4", "\"a\": -4"),
            ("\"a\": 4", "\"a\": 4294967295"),
            ("\"a\": 4", "\"a\": 4.5"),
            ("\"id\": 3", "\"id\": 4294967295"),
            ("\"content\": \"[SEP]\"", "\"content\": \"\""),
            ("BertPreTokenizer", "Nothing"),
            ("WordPiece", "Unigram"),
            ("WordPiece", "BPE"),
            ("WordPiece", "WordLevel"),
            ("\"##\"", "\"\""),
            ("[UNK]\", \"cont", "none\", \"cont"),
            ("\"stride\": 0", "\"stride\": 9"),
            ("\"max_length\": 2", "\"max_length\": 0"),
            ("\"Fixed\": 8", "\"Fixed\": 999999999999"),
            ("\"Lowercase\"", "\"Replace\", \"pattern\": {\"Regex\": \"(\"}, \"content\": \"\""),
            ("\"Lowercase\"", "\"Precompiled\", \"precompiled_charsmap\": \"/////w==\""),
            ("\"Lowercase\"", "\"Precompiled\", \"precompiled_charsmap\": \"AA==\""),
            (
                "{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}",
                "{\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"x\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}",
            ),
            (
                "{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}",
                "{\"type\": \"TemplateProcessing\", \"single\": [], \"pair\": [], \"special_tokens\": {}}",
            ),
            ("{\"type\": \"BertPreTokenizer\"}", "{\"type\": \"FixedLength\", \"length\": 0}"),
            (
                "{\"type\": \"BertPreTokenizer\"}",
                "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(?=)\"}, \"behavior\": \"Isolated\", \"invert\": true}",
            ),
        ] {
            assert!(whole.contains(from), "{from}");
            check(&whole.replacen(from, to, 1));
        }
        for json in [
            "{}",
            "[]",
            "null",
            "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 9, \"vocab\": []}}",
            "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"\", 0.0]]}}",
            "{\"model\": {\"type\": \"Unigram\", \"unk_id\": null, \"vocab\": [[\"a\", 0.0]]}}",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a\"], \"unk_token\": \"u\"}}",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"unk_token\": \"u\", \"continuing_subword_prefix\": \"###\"}}",
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"], \"continuing_subword_prefix\": \"###\"}}",
            "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {}, \"unk_token\": \"x\"}}",
        ] {
            check(json);
        }
    }
}
