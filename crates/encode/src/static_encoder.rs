//! Texts in, the means of their tokens' vectors out: static models as model2vec makes them (Tulkens and van Dongen
//! 2024).
//!
//! Rows are those of the Python package: unknown tokens are left out, a long text is cut twice (characters, then
//! tokens), and a text without a known token is a row of zeros. Each row is made by one thread in the order of its
//! tokens: the same bits whatever the number of threads.

mod folder;

use std::collections::HashMap;
use std::path::Path;

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde_json::json;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Space};

use crate::shares::{Part, Share, Shares, over_length, product};
use crate::{Coverage, Encoder, Result, Tokenizer};

/// Rows and tokens that the space is a fingerprint of.
const N_FINGERPRINTED: usize = 256;
/// Tokens of a text that are read where the configuration does not say.
const DEFAULT_MAX_LENGTH: usize = 512;

/// Means of token vectors.
pub struct StaticEncoder {
    tokenizer: Tokenizer,
    vectors: TokenVectors,
    options: Options,
    /// Characters of a text that are looked at.
    max_characters: usize,
}

/// The vectors of tokens, by their ids.
struct TokenVectors {
    /// n × d.
    matrix: Array2<f32>,
    /// The row of each token, where that is not its id.
    mapping: Option<Vec<u32>>,
    /// A factor for each token.
    weights: Option<Vec<f32>>,
}

/// What `config.json` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Options {
    length: Length,
    /// Tokens of a text that are read.
    max_length: usize,
}

/// The Euclidean length of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// Of the mean, as it is.
    Own,
    /// 1.
    Unit,
}

impl StaticEncoder {
    /// Opens a model2vec folder: `model.safetensors`, `tokenizer.json` and `config.json`, or the same as
    /// sentence-transformers lays them out (`0_StaticEmbedding/`, `config_sentence_transformers.json`).
    ///
    /// # Errors
    /// If a file is missing (a pickle is not opened in its place) or damaged, or the tokenizer has tokens without a
    /// vector.
    pub fn open(folder: &Path) -> Result<Self> {
        folder::open(folder)
    }

    /// Whether a folder is one of a static model, rather than of another one.
    pub fn is_at(folder: &Path) -> bool {
        folder::is_static(folder)
    }

    /// Adds the encoder to an artefact: the tokenizer, the vectors and how rows are scaled.
    pub fn put(&self, artefact: &mut Artefact) {
        let max_length = Some(self.options.max_length).filter(|&length| length < usize::MAX);
        let unit = self.options.length == Length::Unit;
        artefact.set("encoder", json!({ "kind": "static", "max_length": max_length, "normalize": unit }));
        artefact.put_bytes("encoder.tokenizer", self.tokenizer.json());
        artefact.put_matrix("encoder.vectors", self.vectors.matrix.view());
        if let Some(mapping) = &self.vectors.mapping {
            artefact
                .put_counts("encoder.mapping", &mapping.iter().copied().map(u64::from).collect::<Vec<_>>());
        }
        if let Some(weights) = &self.vectors.weights {
            artefact.put_numbers("encoder.weights", weights);
        }
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let properties = artefact.get("encoder")?;
        let options = Options::of(properties).map_err(|found| artefact.broken(found))?;
        let tokenizer =
            Tokenizer::from_bytes("the encoder's tokenizer", artefact.bytes("encoder.tokenizer")?.to_vec())?;
        let matrix = artefact.matrix("encoder.vectors")?;
        let mapping =
            artefact.has("encoder.mapping").then(|| artefact.counts("encoder.mapping")).transpose()?;
        let mapping = mapping.map(|rows| rows_below(matrix.nrows(), rows)).transpose();
        let mapping = mapping.map_err(|found| artefact.broken(found))?;
        let weights =
            artefact.has("encoder.weights").then(|| artefact.numbers("encoder.weights")).transpose()?;
        let vectors = TokenVectors { matrix, mapping, weights: weights.map(|weights| weights.to_vec()) };
        Self::new(tokenizer, vectors, options).map_err(|found| artefact.broken(found).into())
    }

    /// Puts together what fits together; otherwise what was found instead.
    fn new(tokenizer: Tokenizer, vectors: TokenVectors, options: Options) -> Result<Self, String> {
        let (n, d) = vectors.matrix.dim();
        if n == 0 || d == 0 {
            return Err(format!("a matrix of {n} × {d}"));
        }
        let n_tokens = tokenizer.vocabulary_size();
        let check = |length: usize, what: &str| match length < n_tokens {
            true => Err(format!("a tokenizer of {n_tokens} tokens beside {length} {what}")),
            false => Ok(()),
        };
        match &vectors.mapping {
            Some(mapping) => check(mapping.len(), "numbers of rows (`mapping`)")?,
            None => check(n, "rows of vectors")?,
        }
        vectors.weights.as_ref().map_or(Ok(()), |weights| check(weights.len(), "weights"))?;
        let max_characters = options.max_length.saturating_mul(median_length(&tokenizer));
        Ok(Self { tokenizer, vectors, options, max_characters })
    }

    /// The ids of the tokens that are read of a text, unknown ones among them.
    fn ids(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = self.tokenizer.ids(first_characters(text, self.max_characters))?;
        ids.truncate(self.options.max_length);
        Ok(ids)
    }

    /// Makes `row`, of zeros, the mean of the vectors of a text's known tokens.
    fn pool(&self, text: &str, row: &mut [f32]) -> Result<()> {
        let unknown = self.tokenizer.unknown_id();
        let mut ids = self.ids(text)?;
        ids.retain(|id| Some(*id) != unknown);
        let mut fours = ids.chunks_exact(4);
        fours.by_ref().for_each(|ids| self.vectors.add_four(ids, row));
        fours.remainder().iter().for_each(|id| self.vectors.add(*id, row));
        let share = 1.0 / ids.len().max(1) as f32;
        row.iter_mut().for_each(|value| *value *= share);
        if self.options.length == Length::Unit {
            unit(row);
        }
        Ok(())
    }

    /// What each known token of a text adds to a linear function of the text's row.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Result<Shares> {
        let unknown = self.tokenizer.unknown_id();
        let mut ids = self.ids(text)?;
        ids.retain(|id| Some(*id) != unknown);
        let mut sum = vec![0.0; self.dimension()];
        ids.iter().for_each(|id| self.vectors.add(*id, &mut sum));
        let factor = match self.options.length {
            Length::Own => 1.0 / ids.len().max(1) as f32,
            Length::Unit => over_length(&sum),
        };
        let vocabulary = self.tokenizer.vocabulary();
        let names: HashMap<u32, String> = vocabulary.into_iter().map(|(token, id)| (id, token)).collect();
        let share = |id: &u32| {
            let (weight, vector) = self.vectors.get(*id);
            let share = f64::from(factor * weight) * product(vector, weights);
            Share::new(Part::Token(names.get(id).cloned().unwrap_or_default()), share)
        };
        Ok(Shares { parts: ids.iter().map(share).collect(), rest: 0.0 })
    }

    fn count(&self, text: &str) -> Option<Coverage> {
        let unknown = self.tokenizer.unknown_id();
        let ids = self.ids(text).ok()?;
        let n_words = ids.iter().filter(|id| Some(**id) != unknown).count() as u64;
        Some(Coverage { n_tokens: ids.len() as u64, n_words, n_subwords: 0 })
    }
}

impl Encoder for StaticEncoder {
    /// The tokenizer, the first vectors and weights, and whether rows are of unit length.
    fn space(&self) -> Space {
        let TokenVectors { matrix, mapping, weights } = &self.vectors;
        let (n, d) = matrix.dim();
        let first =
            |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        let rows =
            matrix.rows().into_iter().take(N_FINGERPRINTED).flat_map(|row| row.to_vec()).collect::<Vec<_>>();
        let weights =
            weights.as_ref().map_or(&[][..], |weights| &weights[..weights.len().min(N_FINGERPRINTED)]);
        let mapping = mapping.iter().flatten().take(N_FINGERPRINTED);
        Space::of(&[
            b"static",
            self.tokenizer.json(),
            &(n as u64).to_le_bytes(),
            &(d as u64).to_le_bytes(),
            &first(&rows),
            &mapping.flat_map(|row| row.to_le_bytes()).collect::<Vec<_>>(),
            &first(weights),
            &[u8::from(self.options.length == Length::Unit)],
        ])
    }

    fn dimension(&self) -> usize {
        self.vectors.matrix.ncols()
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let mut rows = Array2::zeros((texts.len(), self.dimension()));
        rows.axis_iter_mut(Axis(0)).into_par_iter().zip(texts).try_for_each(|(mut row, text)| {
            self.pool(text, row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"))
        })?;
        Ok(rows)
    }

    /// Tokens, and how many of them are not the unknown one.
    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        texts.par_iter().map(|text| self.count(text)).try_reduce(Coverage::default, |a, b| Some(a.plus(b)))
    }
}

impl TokenVectors {
    /// A token's weight and vector.
    fn get(&self, id: u32) -> (f32, &[f32]) {
        let id = id as usize;
        let row = self.mapping.as_ref().map_or(id, |mapping| mapping[id] as usize);
        let vector =
            self.matrix.row(row).to_slice().expect("rows of a standard-layout matrix are contiguous");
        (self.weights.as_ref().map_or(1.0, |weights| weights[id]), vector)
    }

    /// Adds a token's vector, with its weight, to `sum`.
    fn add(&self, id: u32, sum: &mut [f32]) {
        let (weight, vector) = self.get(id);
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += weight * value);
    }

    /// Adds the vectors of four tokens: most are not in the processor's cache, and it waits for four at once.
    fn add_four(&self, ids: &[u32], sum: &mut [f32]) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| self.get(ids[i]));
        let vectors = a.1.iter().zip(b.1).zip(c.1.iter().zip(d.1));
        sum.iter_mut().zip(vectors).for_each(|(sum, ((v, w), (x, y)))| {
            *sum += (a.0 * v + b.0 * w) + (c.0 * x + d.0 * y);
        });
    }
}

impl Options {
    /// The options in a JSON object; what is wrong with them otherwise.
    fn of(config: &serde_json::Value) -> Result<Self, String> {
        let length = match &config["normalize"] {
            serde_json::Value::Bool(true) => Length::Unit,
            serde_json::Value::Bool(false) | serde_json::Value::Null => Length::Own,
            other => return Err(format!("`normalize` of {other}")),
        };
        let max_length = match config.get("max_length") {
            None => DEFAULT_MAX_LENGTH,
            Some(serde_json::Value::Null) => usize::MAX,
            Some(value) => match value.as_u64().and_then(|length| usize::try_from(length).ok()) {
                Some(length) => length,
                None => return Err(format!("`max_length` of {value}")),
            },
        };
        Ok(Self { length, max_length })
    }
}

/// Numbers of rows, all below `n`; otherwise the first that is not.
fn rows_below<T: TryInto<u32> + Copy + std::fmt::Display>(
    n: usize,
    rows: Vec<T>,
) -> Result<Vec<u32>, String> {
    let below = |row: T| row.try_into().ok().filter(|&row| (row as usize) < n);
    rows.into_iter().map(|row| below(row).ok_or_else(|| format!("a token's row {row} of {n}"))).collect()
}

/// The median of the tokens' lengths in characters, rounded down.
fn median_length(tokenizer: &Tokenizer) -> usize {
    let mut lengths: Vec<usize> = tokenizer.vocabulary().keys().map(|token| token.chars().count()).collect();
    lengths.sort_unstable();
    match lengths[..] {
        [] => 0,
        _ => (lengths[(lengths.len() - 1) / 2] + lengths[lengths.len() / 2]) / 2,
    }
}

/// The first `n` characters of a text, or all of them.
fn first_characters(text: &str, n: usize) -> &str {
    match text.len() > n {
        true => text.char_indices().nth(n).map_or(text, |(end, _)| &text[..end]),
        false => text,
    }
}
