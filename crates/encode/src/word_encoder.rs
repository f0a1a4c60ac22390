//! Texts in, pooled word vectors out.
//!
//! Every row is scaled to unit length, so that long and short texts weigh the same; a text without a known word is a
//! row of zeros. Rows are made in parallel, but each by one thread in the order of its tokens: the same bits whatever
//! the number of threads.

mod composed;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use serde_json::json;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Embeddings, Space, WordId};

use self::composed::Composed;
use crate::frequency::probabilities;
use crate::learned::Learned;
use crate::pool::{Lent, Pool};
use crate::reader::{Reader, Scratch};
use crate::shares::{Part, Share, Shares, over_length, product};
use crate::sums::{Sums, Tally};
use crate::{Coverage, Encoder, Error, Pooling, Result, Tokenisation};

/// Texts that common directions are computed from, at most.
const MOST_TEXTS_FOR_DIRECTIONS: usize = 20_000;

/// Pools the word vectors of a text.
pub struct WordEncoder {
    embeddings: Embeddings,
    pooling: Pooling,
    reader: Reader,
    /// One a row of the embeddings, and one more for words composed from subwords.
    weights: Vec<f32>,
    sums: Sums,
    learned: Learned,
    memories: Pool<Memory>,
}

/// Memory of a thread, used again from text to text.
#[derive(Default)]
struct Memory {
    scratch: Scratch,
    tally: Tally,
    composed: Composed,
}

impl WordEncoder {
    /// An encoder on these embeddings, with the [`Tokenisation`] that fits their vocabulary. SIF and uSIF take nothing out, and
    /// TF-IDF weighs all words alike, until it is fitted.
    pub fn new(embeddings: Embeddings, pooling: Pooling) -> Self {
        let tokenisation = Tokenisation::of(embeddings.vocabulary());
        Self::with_tokenisation(embeddings, pooling, tokenisation)
    }

    /// [`WordEncoder::new`] with a tokenisation of one's own.
    pub fn with_tokenisation(embeddings: Embeddings, pooling: Pooling, tokenisation: Tokenisation) -> Self {
        let probabilities = probabilities(&embeddings);
        let weights = pooling.weights(&probabilities);
        let sums = Sums::of(pooling, || expected_vector(&embeddings, &probabilities, &weights));
        let reader = Reader::new(tokenisation, &embeddings);
        Self {
            embeddings,
            pooling,
            reader,
            weights,
            sums,
            learned: Learned::Nothing,
            memories: Pool::default(),
        }
    }

    /// Learns from texts what the pooling has to know of them: SIF's and uSIF's common directions, from the first 20,000;
    /// TF-IDF's document frequencies. The others have nothing to learn.
    pub fn fit(&mut self, texts: &[&str]) {
        self.learned = match self.pooling {
            Pooling::Sif { .. } | Pooling::Usif => {
                let texts = &texts[..texts.len().min(MOST_TEXTS_FOR_DIRECTIONS)];
                Learned::directions(&self.rows(texts, |_| {}), self.pooling.n_directions())
            }
            Pooling::TfIdf => Learned::idf(self.embeddings.len(), &self.distinct_words(texts)),
            Pooling::Mean | Pooling::CentredSif { .. } | Pooling::MeanMax => Learned::Nothing,
        };
    }

    /// Takes over what another encoder of the same pooling has learned from texts: directions, which are those of a space that
    /// languages may share.
    ///
    /// # Errors
    /// If document frequencies would be taken over, unless from an encoder of the same words: they are of one language.
    pub fn fit_like(&mut self, other: &WordEncoder) -> Result<()> {
        let is_of_words = matches!(other.learned, Learned::Idf(_));
        if is_of_words && self.embeddings.vocabulary() != other.embeddings.vocabulary() {
            return Err(Error::OtherWords {
                n_words: self.embeddings.len(),
                n_others: other.embeddings.len(),
            });
        }
        self.learned.clone_from(&other.learned);
        Ok(())
    }

    /// The embeddings underneath.
    pub fn embeddings(&self) -> &Embeddings {
        &self.embeddings
    }

    /// The way of pooling.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// How texts are cut into tokens.
    pub fn tokenisation(&self) -> Tokenisation {
        self.reader.tokenisation
    }

    /// Adds the encoder to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let (pooling, a) = (self.pooling.name(), self.pooling.constant());
        let tokenisation = self.tokenisation().to_json();
        let properties = json!({ "kind": "words", "pooling": pooling, "a": a, "tokenisation": tokenisation });
        artefact.set("encoder", properties);
        self.learned.put(artefact);
        self.embeddings.put(artefact);
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let properties = artefact.get("encoder")?;
        let name = properties["pooling"].as_str().unwrap_or_default();
        let pooling = match (Pooling::from_name(name), properties["a"].as_f64()) {
            (Some(pooling), Some(a)) if a > 0.0 || pooling.constant() == 0.0 => pooling.with_constant(a),
            _ => return Err(artefact.broken(format!("an encoder of the unknown pooling {name:?}")).into()),
        };
        let tokenisation = match properties.get("tokenisation") {
            None => Some(Tokenisation::LOWER_CASE),
            Some(value) => Tokenisation::from_json(value),
        };
        let tokenisation =
            tokenisation.ok_or_else(|| artefact.broken("an encoder of an unknown tokenisation"))?;
        let mut encoder = Self::with_tokenisation(Embeddings::take(artefact)?, pooling, tokenisation);
        let (n, d) = (encoder.embeddings.len(), encoder.embeddings.dimension());
        encoder.learned = Learned::take(artefact, n, d)?;
        Ok(encoder)
    }

    /// A row a text, finished by `finish`.
    fn rows(&self, texts: &[&str], finish: impl Fn(&mut [f32]) + Sync) -> Array2<f32> {
        let mut rows = Array2::zeros((texts.len(), self.dimension()));
        let pairs = rows.axis_iter_mut(Axis(0)).into_par_iter().zip(texts);
        pairs.for_each_init(
            || self.memories.lend(),
            |memory, (mut row, text)| {
                let row = row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous");
                self.pool(text, row, memory);
                finish(row);
            },
        );
        rows
    }

    /// Brings together the vectors of a text's tokens.
    fn pool(&self, text: &str, row: &mut [f32], memory: &mut Memory) {
        let Memory { scratch, tally, composed } = memory;
        let weights = self.weights();
        self.reader.for_each(text, &self.embeddings, scratch, |token, words| {
            for &word in words {
                self.sums.add(row, tally, weights[word.index()], self.embeddings.row(word));
            }
            if let Some(vector) = words.is_empty().then(|| composed.get(token, &self.embeddings)).flatten() {
                self.sums.add(row, tally, weights[self.embeddings.len()], vector);
            }
        });
        self.sums.finish(row, tally);
    }

    /// What each token of a text adds to a linear function of the text's row. Where the pooling centres vectors, a token's is counted
    /// from the centre.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Shares {
        let (tokens, words) = self.read(text);
        let mut parts = self.sums.parts(&words);
        if self.takes_out() {
            let rows = parts.rows_mut().into_iter();
            rows.for_each(|row| self.learned.take_out(row.into_slice().expect("rows are contiguous")));
            parts *= over_length(parts.sum_axis(Axis(0)).as_slice().expect("a sum is contiguous"));
        }
        let mut shares = Shares::default();
        for ((token, is_first), row) in tokens.into_iter().zip(parts.rows()) {
            if is_first {
                shares.parts.push(Share::new(Part::Token(token), 0.0));
            }
            let last = shares.parts.last_mut().expect("the first word of a token comes first");
            last.share += product(row.as_slice().expect("rows are contiguous"), weights);
        }
        shares
    }

    /// The words of a text, each with its token, and whether it is the token's first; and their weights and vectors.
    #[allow(clippy::type_complexity, reason = "two lists that belong together")]
    fn read(&self, text: &str) -> (Vec<(String, bool)>, Vec<(f32, Vec<f32>)>) {
        let (mut tokens, mut vectors) = (Vec::new(), Vec::new());
        let weights = self.weights();
        let mut composed = vec![0.0; self.embeddings.dimension()];
        self.reader.for_each(text, &self.embeddings, &mut Scratch::default(), |token, words| {
            for (i, &word) in words.iter().enumerate() {
                tokens.push((token.to_owned(), i == 0));
                vectors.push((weights[word.index()], self.embeddings.row(word).to_vec()));
            }
            if words.is_empty() && self.embeddings.vector_into(token, &mut composed).is_some() {
                tokens.push((token.to_owned(), true));
                vectors.push((weights[self.embeddings.len()], composed.clone()));
            }
        });
        (tokens, vectors)
    }

    /// Whether rows are scaled once more after something was taken out of them.
    fn takes_out(&self) -> bool {
        matches!(self.learned, Learned::Directions { .. }) || self.pooling == Pooling::Usif
    }

    fn weights(&self) -> &[f32] {
        match &self.learned {
            Learned::Idf(idf) => idf,
            Learned::Nothing | Learned::Directions { .. } => &self.weights,
        }
    }

    /// The words of every text, each once, ascending.
    pub fn distinct_words(&self, texts: &[&str]) -> Vec<Vec<WordId>> {
        let of_text = |scratch: &mut Scratch, text: &&str| {
            let mut distinct = Vec::new();
            self.reader.for_each(text, &self.embeddings, scratch, |_, words| distinct.extend(words));
            distinct.sort_unstable();
            distinct.dedup();
            distinct
        };
        texts.par_iter().map_init(Scratch::default, of_text).collect()
    }

    fn coverage_of(&self, text: &str, memory: &mut Memory) -> Coverage {
        let mut coverage = Coverage::default();
        let Memory { scratch, composed, .. } = memory;
        self.reader.for_each(text, &self.embeddings, scratch, |token, words| {
            coverage.n_tokens += 1;
            match words.is_empty() {
                false => coverage.n_words += 1,
                true => {
                    let is_composed = composed.get(token, &self.embeddings).is_some();
                    coverage.n_subwords += u64::from(is_composed);
                }
            }
        });
        coverage
    }
}

impl Encoder for WordEncoder {
    /// The embeddings' space, the way of pooling and its constant. What was learned from texts is no part of it: it is a
    /// centring, or a weighting of words, which each language may have of its own; nor is the tokenisation.
    fn space(&self) -> Space {
        Space::of(&[
            b"pooled",
            &self.embeddings.space().to_bytes(),
            self.pooling.name().as_bytes(),
            &self.pooling.constant().to_le_bytes(),
        ])
    }

    /// That of the embeddings; twice as many for mean and max.
    fn dimension(&self) -> usize {
        self.sums.n_features(self.embeddings.dimension())
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        Ok(match self.takes_out() {
            true => self.rows(texts, |row| {
                self.learned.take_out(row);
                unit(row);
            }),
            false => self.rows(texts, |_| {}),
        })
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        let count = |memory: &mut Lent<'_, Memory>, text: &&str| self.coverage_of(text, memory);
        let counts = texts.par_iter().map_init(|| self.memories.lend(), count);
        Some(counts.reduce(Coverage::default, Coverage::plus))
    }
}

/// What a text's word is on average: Σ p a v / Σ p a, with p its probability, a its weight and v its vector.
fn expected_vector(embeddings: &Embeddings, probabilities: &[f64], weights: &[f32]) -> Array1<f32> {
    let mut sum = Array1::<f64>::zeros(embeddings.dimension());
    let mut total = 0.0;
    for ((row, p), &weight) in embeddings.matrix().rows().into_iter().zip(probabilities).zip(weights) {
        let share = p * f64::from(weight);
        sum.zip_mut_with(&row, |sum, &value| *sum += share * f64::from(value));
        total += share;
    }
    sum.mapv(|value| (value / total.max(f64::MIN_POSITIVE)) as f32)
}

#[cfg(test)]
mod tests;
