//! Texts in, weighed n-grams of words and characters and marks out: what a classifier reads where there is no model of a language,
//! or few labels.
//!
//! Digits count as one another, so that a telephone number that was never seen is like those that were. Marks mean the same in every
//! text and language: with few labels they tell more than n-grams, most of which occur in one text.

mod marks;
pub(crate) mod ngrams;

use ndarray::Array2;
use wordferry_vectors::{Artefact, Block, Features, Space};

use self::marks::{N_MARKS, marks};
use self::ngrams::{Ngrams, Unit};
use crate::shares::{Part, Share, Shares};
use crate::{Coverage, Result};

/// How much marks weigh beside n-grams, at least: their share of a product of rows.
const LEAST_WEIGHT_OF_MARKS: f32 = 0.03;

/// TF-IDF of one and two words and of two to five characters (within words), each of unit length, and 21 marks that mean the same
/// in every language, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct LexicalEncoder {
    words: Ngrams,
    characters: Ngrams,
    weight_of_marks: f32,
}

impl LexicalEncoder {
    /// Counts the n-grams of texts, of which the rarest class has `n_rarest` with a label: marks weigh 1 / `n_rarest` beside n-grams, but no
    /// less than 0.03.
    pub fn fit(texts: &[&str], n_rarest: usize) -> Self {
        let texts = plain(texts);
        Self {
            words: Ngrams::of(Unit::Words, &texts),
            characters: Ngrams::of(Unit::Characters, &texts),
            weight_of_marks: (1.0 / n_rarest.max(1) as f32).max(LEAST_WEIGHT_OF_MARKS),
        }
    }

    /// The space of the rows: which n-grams, and how each is weighed.
    pub fn space(&self) -> Space {
        let weight = self.weight_of_marks.to_le_bytes();
        Space::of(&[b"lexical", &self.words.identity(), &self.characters.identity(), &weight])
    }

    /// The number of features, d.
    pub fn dimension(&self) -> usize {
        self.words.len() + self.characters.len() + N_MARKS
    }

    /// One row a text: words, characters, marks.
    pub fn features(&self, texts: &[&str]) -> Features {
        let mut rows = Array2::zeros((texts.len(), N_MARKS));
        for (mut row, text) in rows.rows_mut().into_iter().zip(texts) {
            row.assign(&ndarray::aview1(&marks(text)));
        }
        let texts = plain(texts);
        Features::beside([
            self.words.rows(&texts).into(),
            self.characters.rows(&texts).into(),
            Block::from(rows).times(self.weight_of_marks.sqrt()).into(),
        ])
    }

    /// How many words and pairs of words are known.
    pub fn coverage(&self, texts: &[&str]) -> Coverage {
        let mut coverage = Coverage::default();
        for text in plain(texts) {
            self.words.for_each(&text, |_, column| {
                coverage.n_tokens += 1;
                coverage.n_words += u64::from(column.is_some());
            });
        }
        coverage
    }

    /// What each word between spaces, with the n-grams in it, and each mark adds to a linear function of a text's row.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Shares {
        let (of_words, rest) = weights.split_at(self.words.len());
        let (of_characters, of_marks) = rest.split_at(self.characters.len());
        let mut shares = vec![0.0; text.split_whitespace().count()];
        let plain = &plain(&[text])[0];
        self.words.add_shares(plain, of_words, &mut shares);
        self.characters.add_shares(plain, of_characters, &mut shares);
        let words = text.split_whitespace().zip(shares);
        let factor = f64::from(self.weight_of_marks.sqrt());
        let marks = marks::names().into_iter().zip(marks(text)).zip(of_marks);
        let words = words.map(|(word, share)| Share::new(Part::Token(word.to_owned()), share));
        let marks = marks
            .map(|((name, value), weight)| Share::new(Part::Mark(name), factor * f64::from(value) * weight));
        Shares { parts: words.chain(marks).collect(), rest: 0.0 }
    }

    /// Adds the encoder to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        artefact.set("encoder", serde_json::json!({ "kind": Self::KIND }));
        artefact.put_numbers("weight_of_marks", &[self.weight_of_marks]);
        self.words.put(artefact, "words");
        self.characters.put(artefact, "characters");
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let words = Ngrams::take(artefact, Unit::Words, "words")?;
        let characters = Ngrams::take(artefact, Unit::Characters, "characters")?;
        match artefact.numbers("weight_of_marks")?.as_slice() {
            Some(&[weight_of_marks]) if weight_of_marks > 0.0 => {
                Ok(Self { words, characters, weight_of_marks })
            }
            _ => Err(artefact.broken("expected one weight of marks above 0").into()),
        }
    }

    /// The name of the kind in an artefact.
    pub(crate) const KIND: &'static str = "lexical";
}

/// Texts in lower case, with 0 for every digit.
pub(crate) fn plain(texts: &[&str]) -> Vec<String> {
    let fold = |character: char| if character.is_numeric() { '0' } else { character };
    texts.iter().map(|text| text.to_lowercase().chars().map(fold).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = ["Call 0906 now!", "see you at home", "Ruf 0800 an"];

    #[test]
    fn what_is_saved_is_read() {
        let encoder = LexicalEncoder::fit(&TEXTS, 1);
        let mut artefact = Artefact::new("model");
        encoder.put(&mut artefact);
        let again = LexicalEncoder::take(&artefact).unwrap();
        assert_eq!(again, encoder);
        assert_eq!(again.space(), encoder.space());
        assert_ne!(LexicalEncoder::fit(&TEXTS[..2], 1).space(), encoder.space());
        assert_eq!(encoder.features(&TEXTS).n_columns(), encoder.dimension());
    }

    #[test]
    fn digits_are_alike_and_rows_do_not_depend_on_other_texts() {
        let encoder = LexicalEncoder::fit(&TEXTS, 1);
        let rows = encoder.features(&["call 0906 now!", "call 1755 now!", "unheard"]);
        assert_eq!(
            rows.blocks()[0].row(0).entries().collect::<Vec<_>>(),
            rows.blocks()[0].row(1).entries().collect::<Vec<_>>()
        );
        assert_eq!(rows.blocks()[0].row(2).entries().count(), 0);
        let alone = encoder.features(&["call 1755 now!"]);
        assert_eq!(alone.entries(0).collect::<Vec<_>>(), rows.entries(1).collect::<Vec<_>>());
        assert_eq!(encoder.coverage(&["call me"]), Coverage { n_tokens: 3, n_words: 1, n_subwords: 0 });
    }
}
