//! A transformer's tokenizer in, that of a static model out, and what goes through the network for each of its tokens.
//!
//! What the file says is changed as little as can be: tokens are left out and numbered anew, in the same order, and words are put behind
//! them.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::{Error, Result, Tokenizer};

/// What is called so fills up batches.
const PADDING: [&str; 2] = ["[PAD]", "<pad>"];
/// How much more probable a word of its own is than its pieces, as a logarithm for each character after the first: enough to be preferred to
/// its pieces, and to shorter words of their own that it can be put together from, and nothing more.
const PREFERENCE: f64 = 1e-3;

/// The tokens of a static model.
pub(super) struct Vocabulary {
    /// Its `tokenizer.json`.
    pub(super) json: Vec<u8>,
    /// For each token, by its number, the transformer's tokens, with special ones around them.
    pub(super) tokens: Vec<Vec<u32>>,
    /// Words that became tokens.
    pub(super) n_words: usize,
    /// Words that did not.
    pub(super) left_out: Vec<String>,
}

impl Vocabulary {
    /// The tokens of a transformer's tokenizer without the special and unused ones, and `words`, but for those of more than `longest` tokens with the
    /// special ones.
    ///
    /// # Errors
    /// If the tokenizer's file is not understood, or words are to become tokens of one that joins pairs of pieces.
    pub(super) fn of(tokenizer: &Tokenizer, words: &[String], longest: usize) -> Result<Self> {
        let mut file = File::of(tokenizer)?;
        let kept = file.leave_out(tokenizer);
        let mut tokens: Vec<Vec<u32>> = kept.iter().map(|old| vec![*old]).collect();
        let base = file.open(tokenizer)?;
        if base.vocabulary_size() != kept.len() {
            return Err(file.wrong(format!("{} tokens for {}", base.vocabulary_size(), kept.len())));
        }
        let (mut n_words, mut left_out) = (0, Vec::new());
        let mut seen: HashSet<String> = base.vocabulary().into_keys().collect();
        let added = file.added_ids();
        for word in words {
            let ids = base.ids(word)?;
            let is_known = !ids.is_empty() && ids.iter().all(|id| Some(*id) != base.unknown_id());
            let fits = tokenizer.with_special(&ids).len() <= longest;
            // A token that was added beside the model is found before it: there it begins or ends.
            let is_cut = ids.len() > 1 && ids.iter().any(|id| added.contains(id));
            match base.as_one_word(word).filter(|_| is_known && fits && !is_cut) {
                Some(piece) if !seen.contains(&piece) => {
                    file.add(&piece, &ids)?;
                    tokens.push(ids.iter().map(|id| kept[*id as usize]).collect());
                    seen.insert(piece);
                    n_words += 1;
                }
                // A token already.
                Some(_) => {}
                None => left_out.push(word.clone()),
            }
        }
        let whole = file.open(tokenizer)?;
        if whole.vocabulary_size() != tokens.len() {
            return Err(file.wrong(format!("{} tokens for {}", whole.vocabulary_size(), tokens.len())));
        }
        let tokens = tokens.into_iter().map(|ids| tokenizer.with_special(&ids)).collect();
        Ok(Self { json: whole.json().to_vec(), tokens, n_words, left_out })
    }
}

/// A `tokenizer.json` that is being changed.
struct File {
    name: String,
    value: Value,
    /// Tokens that the model has.
    n: usize,
}

impl File {
    fn of(tokenizer: &Tokenizer) -> Result<Self> {
        let name = tokenizer.name().to_owned();
        let value = serde_json::from_slice(tokenizer.json()).unwrap_or_default();
        let file = Self { name, value, n: 0 };
        match file.value["model"]["vocab"] {
            Value::Object(_) | Value::Array(_) => Ok(file),
            _ => Err(file.wrong("no list of tokens".into())),
        }
    }

    fn wrong(&self, found: String) -> Error {
        Error::Model {
            name: self.name.clone(),
            expected: "a tokenizer whose tokens can be left out and added to".into(),
            found,
            hint: "",
        }
    }

    /// The tokenizer that the file makes now.
    fn open(&self, original: &Tokenizer) -> Result<Tokenizer> {
        let json = serde_json::to_vec(&self.value).unwrap_or_default();
        Tokenizer::from_bytes(original.name(), json)
    }

    /// Leaves out what no text has, and all that is put around one. Returns the old numbers of the tokens that stay, in their new order.
    fn leave_out(&mut self, tokenizer: &Tokenizer) -> Vec<u32> {
        let unknown = tokenizer.unknown_id().map(u64::from);
        let padding = self.value["padding"]["pad_token"].as_str().map(str::to_owned);
        let stays = |token: &Value| {
            let content = token["content"].as_str().unwrap_or_default();
            let is_special = token["special"].as_bool() == Some(true);
            let fills = PADDING.contains(&content) || padding.as_deref() == Some(content);
            !is_special || fills || token["id"].as_u64() == unknown
        };
        let added = self.value["added_tokens"].as_array().cloned().unwrap_or_default();
        let (added, gone): (Vec<Value>, Vec<Value>) = added.into_iter().partition(stays);
        let gone: HashSet<String> =
            gone.iter().filter_map(|token| token["content"].as_str()).map(str::to_owned).collect();
        let leaves = |token: &str| gone.contains(token) || is_unused(token);

        let mut new = HashMap::new();
        let mut kept = Vec::new();
        let mut keep = |old: u32| {
            new.insert(old, kept.len() as u32);
            kept.push(old);
        };
        match &mut self.value["model"]["vocab"] {
            Value::Object(vocabulary) => {
                let mut tokens: Vec<(u32, String)> = vocabulary
                    .iter()
                    .filter(|(token, _)| !leaves(token))
                    .filter_map(|(token, id)| Some((u32::try_from(id.as_u64()?).ok()?, token.clone())))
                    .collect();
                tokens.sort_unstable();
                *vocabulary =
                    tokens.iter().enumerate().map(|(id, (_, token))| (token.clone(), json!(id))).collect();
                tokens.iter().for_each(|(old, _)| keep(*old));
            }
            Value::Array(vocabulary) => {
                let pieces: Vec<(usize, Value)> = std::mem::take(vocabulary)
                    .into_iter()
                    .enumerate()
                    .filter(|(_, piece)| !leaves(piece[0].as_str().unwrap_or_default()))
                    .collect();
                for (old, piece) in pieces {
                    keep(old as u32);
                    vocabulary.push(piece);
                }
            }
            _ => {}
        }
        let ids = tokenizer.vocabulary();
        let id_of = |token: &Value| ids.get(token["content"].as_str()?).copied();
        let mut beyond: Vec<u32> =
            added.iter().filter_map(id_of).filter(|id| !new.contains_key(id)).collect();
        beyond.sort_unstable();
        beyond.dedup();
        for old in beyond {
            let token = added.iter().find(|token| id_of(token) == Some(old));
            let content = token.and_then(|token| token["content"].as_str()).unwrap_or_default();
            self.put(content, kept.len());
            new.insert(old, kept.len() as u32);
            kept.push(old);
        }
        self.n = kept.len();
        if let Some(unknown) = self.value["model"]["unk_id"].as_u64() {
            self.value["model"]["unk_id"] = json!(new.get(&(unknown as u32)));
        }
        let added = added.into_iter().filter_map(|mut token| {
            token["id"] = json!(new.get(&id_of(&token)?)?);
            Some(token)
        });
        self.value["added_tokens"] = added.collect();
        for part in ["post_processor", "truncation", "padding"] {
            self.value[part] = Value::Null;
        }
        begin_with_a_space(&mut self.value["pre_tokenizer"]);
        kept
    }

    /// The numbers of the tokens that are found wherever they are written.
    fn added_ids(&self) -> HashSet<u32> {
        let added = self.value["added_tokens"].as_array().into_iter().flatten();
        added.filter_map(|token| u32::try_from(token["id"].as_u64()?).ok()).collect()
    }

    /// Makes a token that was added beside the model one of the model, which finds it only where it was found before: it has no pairs, or is
    /// the least probable.
    fn put(&mut self, token: &str, id: usize) {
        match &mut self.value["model"]["vocab"] {
            Value::Object(vocabulary) => drop(vocabulary.insert(token.to_owned(), json!(id))),
            Value::Array(vocabulary) => {
                let scores = vocabulary.iter().filter_map(|piece| piece[1].as_f64());
                let least = scores.fold(0.0, f64::min);
                vocabulary.push(json!([token, least]));
            }
            _ => {}
        }
    }

    /// Adds a token that the pieces of these numbers have been until now.
    ///
    /// # Errors
    /// If tokens are made by joining pairs: a new one would need pairs of its own, and change what others are cut into.
    fn add(&mut self, token: &str, pieces: &[u32]) -> Result<()> {
        let id = self.n;
        let kind = self.value["model"]["type"].as_str().unwrap_or_default().to_owned();
        let score = self.score(token, pieces);
        match &mut self.value["model"]["vocab"] {
            Value::Object(vocabulary) if kind != "BPE" => {
                drop(vocabulary.insert(token.to_owned(), json!(id)))
            }
            Value::Array(vocabulary) => vocabulary.push(json!([token, score])),
            _ => {
                return Err(Error::Model {
                    name: self.name.clone(),
                    expected:
                        "a tokenizer of the kind WordPiece, WordLevel or Unigram, which words can be added to"
                            .into(),
                    found: format!("one of the kind {kind}"),
                    hint: "leave the vocabulary out, or choose a transformer with another tokenizer",
                });
            }
        }
        self.n += 1;
        Ok(())
    }

    /// The logarithm of the probability that Unigram gives to pieces together, and a little more.
    fn score(&self, token: &str, pieces: &[u32]) -> f64 {
        let Value::Array(vocabulary) = &self.value["model"]["vocab"] else { return 0.0 };
        let score =
            |id: &u32| vocabulary.get(*id as usize).and_then(|piece| piece[1].as_f64()).unwrap_or(0.0);
        pieces.iter().map(score).sum::<f64>() + PREFERENCE * token.chars().skip(1).count() as f64
    }
}

/// Whether a token was made to be given a meaning later, as BERT's `[unused7]`.
fn is_unused(token: &str) -> bool {
    let number = token.strip_prefix("[unused").and_then(|rest| rest.strip_suffix(']'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Lets a text's first word be read as all others are, where that depends on a space before it.
fn begin_with_a_space(pre_tokenizer: &mut Value) {
    if let Value::Object(parts) = pre_tokenizer {
        begin(parts);
        if let Some(Value::Array(others)) = parts.get_mut("pretokenizers") {
            others.iter_mut().for_each(begin_with_a_space);
        }
    }
}

fn begin(parts: &mut Map<String, Value>) {
    if let Some(space) = parts.get_mut("add_prefix_space") {
        *space = json!(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer(model: &Value, added: &Value) -> Tokenizer {
        let json = json!({
            "version": "1.0", "added_tokens": added, "model": model,
            "pre_tokenizer": { "type": "WhitespaceSplit" },
        });
        Tokenizer::from_bytes("test", serde_json::to_vec(&json).unwrap()).unwrap()
    }

    fn added(id: u32, content: &str, is_special: bool) -> Value {
        json!({
            "id": id, "content": content, "special": is_special, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": !is_special,
        })
    }

    /// All texts of two to `longest` of these letters.
    fn all_texts(letters: &[&str], longest: usize) -> Vec<String> {
        let mut texts: Vec<String> = letters.iter().map(|&letter| letter.to_owned()).collect();
        let mut from = 0;
        for _ in 1..longest {
            let until = texts.len();
            for text in from..until {
                letters.iter().for_each(|letter| texts.push(texts[text].clone() + letter));
            }
            from = until;
        }
        texts.split_off(letters.len())
    }

    #[test]
    fn words_that_begin_with_words_are_tokens_too() {
        let letters = ["a", "b", "c"];
        // Scores whose sums are rounded.
        let scores = [-4.1, -3.7, -5.3].map(|score: f64| score - 1.0 / 3.0);
        let pieces = letters.iter().zip(scores).map(|(letter, score)| json!([letter, score]));
        let vocabulary: Vec<Value> =
            [json!(["<unk>", 0.0])].into_iter().chain(pieces).chain([json!(["ab", -6.9])]).collect();
        let model = json!({ "type": "Unigram", "unk_id": 0, "vocab": vocabulary });
        let words = all_texts(&letters, 5);
        let found = Vocabulary::of(&tokenizer(&model, &json!([])), &words, 99).unwrap();
        assert_eq!((found.n_words, found.left_out.len()), (words.len() - 1, 0));
        let new = Tokenizer::from_bytes("new", found.json).unwrap();
        let several: Vec<&String> = words.iter().filter(|word| new.ids(word).unwrap().len() != 1).collect();
        assert!(several.is_empty(), "{} of {}: {several:?}", several.len(), words.len());
    }

    #[test]
    fn tokens_beyond_the_vocabulary_stay() {
        let object = json!({ "[UNK]": 0, "[unused0]": 1, "co": 2, "##vid": 3, "x": 4 });
        let array = json!([["[UNK]", 0.0], ["[unused0]", -9.0], ["co", -2.0], ["vid", -2.0], ["x", -1.0]]);
        let word_piece = json!({
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": object,
        });
        let unigram = json!({ "type": "Unigram", "unk_id": 0, "vocab": array });
        // The crate numbers them in this order, whatever the file says.
        let added = json!([added(5, "[MASK]", true), added(6, "covid", false)]);
        for model in [word_piece, unigram] {
            let old = tokenizer(&model, &added);
            assert_eq!(old.ids("covid x").unwrap(), [6, 4]);
            let words = ["xcovid".to_owned(), "covid".to_owned(), "covi".to_owned(), "cox".to_owned()];
            let found = Vocabulary::of(&old, &words, 99).unwrap();
            assert!(found.left_out.contains(&words[0]), "{:?}", found.left_out);
            assert_eq!(found.tokens[..5], [0, 2, 3, 4, 6].map(|id| vec![id]));
            let new = Tokenizer::from_bytes("new", found.json).unwrap();
            assert_eq!(new.ids("covid x co").unwrap(), [4, 3, 1]);
            assert_eq!(new.vocabulary_size(), found.tokens.len());
        }
    }
}
