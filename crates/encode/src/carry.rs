//! Texts of any aligned language in, rows over the words of the language with labels out.
//!
//! What transfers from one language to another is a bag of words, and not a mean of their vectors: in the mean, what a word says of the
//! class is lost among what it says of the subject. The features are words of the source language. A word of another
//! language counts as the words that it is read as, by the nearest vectors and a lexicon. Kin in the literature: carrying a
//! classifier's weights over by a lexicon (Shi, Mihalcea and Tian 2010), and structural correspondence (Prettenhofer and Stein
//! 2010). Words behind a negator count once more, as negated (Pang, Lee and Vaithyanathan 2002).
//!
//! The classifier reads no text of the source as it is: each goes through the words of the target and back, so that it learns from what comes
//! across.

mod negation;

use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::Array2;
use rayon::prelude::*;
use serde_json::json;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Embeddings, Features, Space, SparseRows, Vocabulary, WordId};

use self::negation::{REACH, clauses, ends_in_negator, negating_words};
use crate::reader::{Reader, Scratch};
use crate::shares::{Part, Share, Shares, over_length, product};
use crate::{Coverage, Result, Tokenisation};

/// Texts that a word has to occur in to be a feature; in small collections fewer.
const FEWEST_TEXTS: u32 = 4;
/// Texts below which a word that occurs in two is a feature.
const SMALL: usize = 2000;
/// The part of a word's reading that has to be negators for the word to be one.
const SHARE_OF_NEGATORS: f32 = 0.4;
/// The same of its entries in the lexicon, where it has some: these are better known.
const SHARE_OF_ENTRIES: f32 = 0.5;
/// Features that a word is read as there and back, at most: hundreds would be, most of them next to nothing.
const MOST_READ_AS: usize = 20;
/// The length of the mean of negated words.
const WEIGHT_OF_NEGATED: f32 = 0.25;
/// The length of the mean of all words beside that of the words one by one.
const WEIGHT_OF_MEAN: f32 = 0.5;

/// Reads a text as the source language's words, and as the mean of its word vectors; each of all words, and of those that are negated.
pub struct CarryEncoder {
    /// In the space that the languages share.
    embeddings: Arc<Embeddings>,
    reader: Reader,
    /// A row a word of this language: the features that it is read as.
    table: SparseRows,
    /// One a word of this language.
    is_negator: Vec<bool>,
    /// The features' words, in the source language.
    names: Vocabulary,
    /// One a feature.
    idf: Vec<f32>,
    /// The features that are negators.
    negators: Vec<u32>,
}

/// What is counted of a text.
#[derive(Default)]
struct Counts {
    /// Occurrences of a word: all, and those behind a negator.
    words: BTreeMap<u32, [f32; 2]>,
    coverage: Coverage,
}

impl CarryEncoder {
    /// The encoder of the source language: features are the words of `texts` with a vector that occur in 4 texts, or in 2 where there are fewer
    /// than 2,000 texts. `language` is its ISO 639-1 code, by which its negators are known, if they are.
    pub fn fit(embeddings: Embeddings, language: &str, texts: &[&str]) -> Self {
        let reader = Reader::new(Tokenisation::of(embeddings.vocabulary()), &embeddings);
        let vocabulary = embeddings.vocabulary();
        let is_negator =
            negating_words(vocabulary, language).unwrap_or_else(|| vec![false; vocabulary.len()]);
        let mut encoder = Self {
            reader,
            table: SparseRows::new(0),
            is_negator,
            names: Vocabulary::from_words(Vec::<Vec<u8>>::new()),
            idf: Vec::new(),
            negators: Vec::new(),
            embeddings: Arc::new(embeddings),
        };
        let mut n_with = vec![0u32; encoder.embeddings.len()];
        for counts in texts.par_iter().map(|text| encoder.count(text)).collect::<Vec<_>>() {
            counts.words.keys().for_each(|&word| n_with[word as usize] += 1);
        }
        let fewest = if texts.len() < SMALL { 2 } else { FEWEST_TEXTS };
        let features: Vec<u32> =
            (0..).zip(&n_with).filter(|(_, n)| **n >= fewest).map(|(word, _)| word).collect();
        encoder.set_features(&features, &n_with, texts.len());
        encoder
    }

    fn set_features(&mut self, features: &[u32], n_with: &[u32], n_texts: usize) {
        self.table = SparseRows::new(features.len());
        let mut next = (0u32..).zip(features).peekable();
        for word in 0..self.embeddings.len() as u32 {
            self.table.push(next.next_if(|(_, feature)| **feature == word).map(|(column, _)| (column, 1.0)));
        }
        let idf =
            |&word: &u32| (f64::from(1 + n_texts as u32) / f64::from(1 + n_with[word as usize])).ln() + 1.0;
        self.idf = features.iter().map(|word| idf(word) as f32).collect();
        let vocabulary = self.embeddings.vocabulary();
        self.names =
            Vocabulary::from_words(features.iter().map(|&word| vocabulary.bytes(WordId(word)).to_vec()));
        let is_negator = |&(_, word): &(u32, &u32)| self.is_negator[*word as usize];
        self.negators = (0..).zip(features).filter(is_negator).map(|(column, _)| column).collect();
    }

    /// The encoder of another language of the same space, whose words are read by `table`: a row a word of `embeddings`, a column a
    /// feature. `language` is its ISO 639-1 code, by which its negators are known, if they are; if not, `entries` tell, the words and features
    /// that a lexicon says to be translations: a word is a negator if half of its entries are; without entries, if a good part of its reading
    /// is. Where this language has no negators, that one has none.
    ///
    /// # Panics
    /// If the table has another shape, or an entry is not in it.
    #[must_use]
    pub fn carried_to(
        &self,
        embeddings: Embeddings,
        language: &str,
        table: SparseRows,
        entries: &[(u32, u32)],
    ) -> Self {
        assert_eq!(
            (table.n_rows(), table.n_columns()),
            (embeddings.len(), self.idf.len()),
            "a row a word, a column a feature"
        );
        let is_negator = match self.is_negator.contains(&true) {
            // A classifier of texts in which nothing negates knows no negated word.
            false => vec![false; embeddings.len()],
            true => negating_words(embeddings.vocabulary(), language)
                .unwrap_or_else(|| self.negating_readings(&table, entries)),
        };
        Self {
            is_negator,
            reader: Reader::new(Tokenisation::of(embeddings.vocabulary()), &embeddings),
            table,
            names: self.names.clone(),
            idf: self.idf.clone(),
            negators: self.negators.clone(),
            embeddings: Arc::new(embeddings),
        }
    }

    /// Which words of another language are negators, by what they are read as.
    fn negating_readings(&self, table: &SparseRows, entries: &[(u32, u32)]) -> Vec<bool> {
        let share = |of: &mut dyn Iterator<Item = (u32, f32)>| {
            let (own, all) = of.fold((0.0, 0.0), |(own, all), (column, value)| {
                (own + if self.negators.contains(&column) { value } else { 0.0 }, all + value)
            });
            if all > 0.0 { own / all } else { 0.0 }
        };
        let mut by_word: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        entries.iter().for_each(|&(word, feature)| by_word.entry(word).or_default().push(feature));
        let is_negator = |word: usize| match by_word.get(&(word as u32)) {
            Some(features) => share(&mut features.iter().map(|&feature| (feature, 1.0))) >= SHARE_OF_ENTRIES,
            None => {
                let (columns, values) = table.row(word);
                share(&mut columns.iter().copied().zip(values.iter().copied())) >= SHARE_OF_NEGATORS
            }
        };
        (0..table.n_rows()).map(is_negator).collect()
    }

    /// The same encoder of the source language, as [`CarryEncoder::fit`] made it, whose texts are read as if they had been put into the words of
    /// `target`, and read from these. `there` has a row a feature, the shares of the target's words that it is put into, and a column a word of
    /// the target. What is trained on such rows does not count on what is lost on the way.
    ///
    /// # Panics
    /// If `there` has another shape, or `target` other features.
    #[must_use]
    pub fn there_and_back(&self, there: &SparseRows, target: &Self) -> Self {
        assert_eq!(target.idf.len(), self.idf.len(), "an encoder of the same features");
        let (found, expected) =
            ((there.n_rows(), there.n_columns()), (self.idf.len(), target.table.n_rows()));
        assert_eq!(found, expected, "a row a feature, a column a word of the target");
        let mut table = SparseRows::new(self.idf.len());
        for word in 0..self.table.n_rows() {
            let feature = self.table.row(word).0.first();
            table.push(feature.map(|&feature| mixture(there, feature, &target.table)).unwrap_or_default());
        }
        Self {
            embeddings: Arc::clone(&self.embeddings),
            reader: Reader::new(self.reader.tokenisation, &self.embeddings),
            table,
            is_negator: self.is_negator.clone(),
            names: self.names.clone(),
            idf: self.idf.clone(),
            negators: self.negators.clone(),
        }
    }

    /// The words of the source language that are features, in the order of the columns.
    pub fn features(&self) -> &Vocabulary {
        &self.names
    }

    /// The features that a word of this language is read as, and their weights; `None` if it has no vector.
    pub fn reading(&self, word: &str) -> Option<(&[u32], &[f32])> {
        Some(self.table.row(self.embeddings.vocabulary().get(word)?.0 as usize))
    }

    /// The word vectors underneath, in the space that the languages share.
    pub fn embeddings(&self) -> &Embeddings {
        &self.embeddings
    }

    /// How texts are cut into tokens.
    pub fn tokenisation(&self) -> Tokenisation {
        self.reader.tokenisation
    }

    /// The space of the rows: that of the vectors, the features and their weights. The number in it changes with how rows are made.
    pub fn space(&self) -> Space {
        let idf: Vec<u8> = self.idf.iter().flat_map(|idf| idf.to_le_bytes()).collect();
        let names: Vec<u8> = self.names.iter().flat_map(|(_, name)| [name, b"\n"].concat()).collect();
        Space::of(&[b"carry 3", &self.embeddings.space().to_bytes(), &names, &idf])
    }

    /// The number of features, d.
    pub fn dimension(&self) -> usize {
        2 * (self.idf.len() + self.embeddings.dimension())
    }

    /// Two views of the texts. TF-IDF over f features, n × 2f, of all words and of the negated ones, of unit length; and the mean vectors of these, n × 2d,
    /// of the lengths 1/2 and 1/4. A word that occurs k times counts 1 + ln k times.
    pub fn views(&self, texts: &[&str]) -> [Features; 2] {
        let rows: Vec<_> = texts.par_iter().map(|text| self.rows(&self.count(text))).collect();
        let mut words = SparseRows::new(2 * self.idf.len());
        let mut means = Vec::with_capacity(rows.len() * 2 * self.embeddings.dimension());
        for (row, mean) in rows {
            words.push(row);
            means.extend(mean);
        }
        let shape = (texts.len(), 2 * self.embeddings.dimension());
        [words.into(), Array2::from_shape_vec(shape, means).expect("a row a text").into()]
    }

    /// How many tokens have a vector.
    pub fn coverage(&self, texts: &[&str]) -> Coverage {
        texts.par_iter().map(|text| self.count(text).coverage).reduce(Coverage::default, Coverage::plus)
    }

    fn count(&self, text: &str) -> Counts {
        let mut counts = Counts::default();
        self.walk(text, |_, words, negated| {
            counts.coverage.n_tokens += 1;
            counts.coverage.n_words += u64::from(!words.is_empty());
            for word in words {
                let [all, behind] = counts.words.entry(word.0).or_default();
                *all += 1.0;
                *behind += if negated { 1.0 } else { 0.0 };
            }
        });
        counts
    }

    /// Calls `visit` with every token, the words that it is read as, and whether a negator reaches it.
    fn walk(&self, text: &str, mut visit: impl FnMut(&str, &[WordId], bool)) {
        let mut scratch = Scratch::default();
        for clause in clauses(text) {
            let mut reach = 0;
            self.reader.for_each(clause, &self.embeddings, &mut scratch, |token, words| {
                let negates =
                    ends_in_negator(token) || words.iter().any(|word| self.is_negator[word.0 as usize]);
                visit(token, words, reach > 0 && !negates);
                reach = if negates { REACH } else { usize::saturating_sub(reach, 1) };
            });
        }
    }

    /// The row of features, all and negated, and the means of vectors, of all and of the negated.
    fn rows(&self, counts: &Counts) -> (Vec<(u32, f32)>, Vec<f32>) {
        let (mut row, mut means) = self.sums(counts);
        let length = length_of(&row);
        row.values_mut().for_each(|value| *value /= length);
        let (all, negated) = means.split_at_mut(self.embeddings.dimension());
        for (mean, weight) in [(all, WEIGHT_OF_MEAN), (negated, WEIGHT_OF_NEGATED)] {
            unit(mean);
            mean.iter_mut().for_each(|value| *value *= weight);
        }
        (row.into_iter().collect(), means)
    }

    /// The same before they get their lengths.
    fn sums(&self, counts: &Counts) -> (BTreeMap<u32, f32>, Vec<f32>) {
        let (n, d) = (self.idf.len() as u32, self.embeddings.dimension());
        let mut row: BTreeMap<u32, f32> = BTreeMap::new();
        let mut means = vec![0.0; 2 * d];
        let mut vector = vec![0.0; d];
        for (&word, occurrences) in &counts.words {
            let (columns, values) = self.table.row(word as usize);
            self.embeddings.word_into(WordId(word), &mut vector);
            unit(&mut vector);
            for (half, &count) in (0..).zip(occurrences).filter(|(_, count)| **count > 0.0) {
                let count = 1.0 + count.ln();
                for (&column, &value) in columns.iter().zip(values) {
                    *row.entry(half * n + column).or_default() += count * value * self.idf[column as usize];
                }
                let mean = means[half as usize * d..].iter_mut();
                mean.zip(&vector).for_each(|(sum, value)| *sum += count * value);
            }
        }
        (row, means)
    }

    /// What each token of a text adds to a linear function of the text's rows, and the source's words that it is read as.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Shares {
        let (n, d) = (self.idf.len(), self.embeddings.dimension());
        let counts = self.count(text);
        let (row, means) = self.sums(&counts);
        let length = f64::from(length_of(&row));
        let of_means =
            [WEIGHT_OF_MEAN * over_length(&means[..d]), WEIGHT_OF_NEGATED * over_length(&means[d..])];
        let (of_words, of_mean) = weights.split_at(2 * n);
        let mut vector = vec![0.0; d];
        let mut shares = Shares::default();
        self.walk(text, |token, words, negated| {
            let mut read_as: Vec<(f64, u32)> = Vec::new();
            let mut share = 0.0;
            for word in words {
                let (columns, values) = self.table.row(word.0 as usize);
                self.embeddings.word_into(*word, &mut vector);
                unit(&mut vector);
                for half in 0..1 + usize::from(negated) {
                    let count = counts.words[&word.0][half];
                    let of_columns = columns.iter().zip(values).map(|(&column, &value)| {
                        let column = column as usize;
                        f64::from(value * self.idf[column]) * of_words[half * n + column] / length
                    });
                    let of_vector =
                        f64::from(of_means[half]) * product(&vector, &of_mean[half * d..(half + 1) * d]);
                    // What a word's occurrences add together is each one's in equal parts.
                    share += f64::from((1.0 + count.ln()) / count) * (of_columns.sum::<f64>() + of_vector);
                }
                read_as.extend(values.iter().map(|&value| f64::from(value)).zip(columns.iter().copied()));
            }
            if !words.is_empty() {
                read_as.sort_by(|a, b| b.0.total_cmp(&a.0));
                let name = |(_, column): (f64, u32)| self.names.word(WordId(column)).into_owned();
                let part = if negated { Part::Negated } else { Part::Token };
                let read_as = read_as.into_iter().map(name).collect();
                shares.parts.push(Share { part: part(token.to_owned()), share, read_as });
            }
        });
        shares
    }

    /// The name of the kind in an artefact.
    pub(crate) const KIND: &'static str = "carry";

    /// Adds the encoder to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        artefact.set("encoder", json!({ "kind": Self::KIND, "tokenisation": self.tokenisation().to_json() }));
        let names: Vec<String> = self.names.iter().map(|(id, _)| self.names.word(id).into_owned()).collect();
        artefact.set("carry.names", names);
        artefact.put_sparse("carry.table", &self.table);
        artefact.put_numbers("carry.idf", &self.idf);
        let is_negator =
            self.is_negator.iter().enumerate().filter(|(_, is)| **is).map(|(word, _)| word as u64);
        artefact.put_counts("carry.negators", &is_negator.collect::<Vec<_>>());
        let features: Vec<u64> = self.negators.iter().map(|&column| u64::from(column)).collect();
        artefact.put_counts("carry.negating_features", &features);
        self.embeddings.put(artefact);
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let broken = |what: &str| artefact.broken(format!("{what} that do not fit together"));
        let embeddings = Embeddings::take(artefact)?;
        let tokenisation = Tokenisation::from_json(&artefact.get("encoder")?["tokenisation"]);
        let names = artefact.get("carry.names")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let names = Vocabulary::from_words(names.iter().filter_map(|name| name.as_str()));
        let (table, idf) = (artefact.sparse("carry.table")?, artefact.numbers("carry.idf")?.to_vec());
        let mut is_negator = vec![false; embeddings.len()];
        for word in artefact.counts("carry.negators")? {
            let at = usize::try_from(word).ok().and_then(|word| is_negator.get_mut(word));
            *at.ok_or_else(|| broken("negators and words"))? = true;
        }
        let in_range =
            |column: u64| u32::try_from(column).ok().filter(|&column| (column as usize) < idf.len());
        let negators: Option<Vec<u32>> =
            artefact.counts("carry.negating_features")?.into_iter().map(in_range).collect();
        let fits =
            (table.n_rows(), table.n_columns()) == (embeddings.len(), idf.len()) && names.len() == idf.len();
        match (tokenisation, negators) {
            (Some(tokenisation), Some(negators)) if fits => Ok(Self {
                reader: Reader::new(tokenisation, &embeddings),
                embeddings: Arc::new(embeddings),
                table,
                is_negator,
                names,
                idf,
                negators,
            }),
            _ => Err(broken("words and features").into()),
        }
    }
}

/// A row of a product of matrices, of its values above 0 the greatest.
fn mixture(shares: &SparseRows, row: u32, of: &SparseRows) -> Vec<(u32, f32)> {
    let mut sums: BTreeMap<u32, f32> = BTreeMap::new();
    let (rows, shares) = shares.row(row as usize);
    for (&row, share) in rows.iter().zip(shares) {
        let (columns, values) = of.row(row as usize);
        for (&column, value) in columns.iter().zip(values) {
            *sums.entry(column).or_default() += share * value;
        }
    }
    let mut mixture: Vec<(u32, f32)> = sums.into_iter().filter(|(_, value)| *value > 0.0).collect();
    mixture.sort_by(|a, b| b.1.total_cmp(&a.1));
    mixture.truncate(MOST_READ_AS);
    mixture.sort_unstable_by_key(|(column, _)| *column);
    mixture
}

/// The length of a row that is mostly zeros.
fn length_of(row: &BTreeMap<u32, f32>) -> f32 {
    row.values().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests;
