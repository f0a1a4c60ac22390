//! Texts without labels in, what their n-grams have in common out: words that occur in like texts have like directions.
//!
//! With few labels most words of a text were never seen with one. Texts without labels tell which words go together (Deerwester et al.
//! 1990; as features of another task, Raina et al. 2007).

mod directions;

use ndarray::Array2;
use rayon::prelude::*;
use wordferry_vectors::normalise::unit_rows;
use wordferry_vectors::{Artefact, Features, Space};

use self::directions::principal_directions;
use crate::Result;
use crate::encoder::{Coverage, Encoder};
use crate::lexical::ngrams::{Ngrams, Unit};
use crate::lexical::plain;
use crate::shares::{Part, Share, Shares, over_length, product};

/// Directions at most. More of them gained less on labels that no test has.
const MOST_DIRECTIONS: usize = 20;
/// Texts that an n-gram has to occur in.
const FEWEST_TEXTS: u64 = 3;
/// N-grams whose directions tell one encoder from another.
const N_FINGERPRINTED: usize = 256;

/// TF-IDF of the n-grams that a [`LexicalEncoder`](crate::LexicalEncoder) counts, projected on the principal directions of the texts that it
/// was fitted on: up to 20 features, a row of unit length.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentEncoder {
    words: Ngrams,
    characters: Ngrams,
    /// A row an n-gram, those of words first: d × k.
    directions: Array2<f32>,
}

impl LatentEncoder {
    /// Learns the directions of texts; n-grams of fewer than three texts have none. The same texts give the same bytes, whatever the number of
    /// threads.
    pub fn fit(texts: &[&str]) -> Self {
        let texts = plain(texts);
        let words = Ngrams::of(Unit::Words, &texts).of_texts(FEWEST_TEXTS);
        let characters = Ngrams::of(Unit::Characters, &texts).of_texts(FEWEST_TEXTS);
        let features = Features::beside([words.rows(&texts).into(), characters.rows(&texts).into()]);
        let directions = principal_directions(&features, MOST_DIRECTIONS);
        Self { words, characters, directions }
    }

    /// Rows before they are of unit length.
    fn projected(&self, texts: &[String]) -> Array2<f32> {
        let k = self.directions.ncols();
        let features = Features::beside([self.words.rows(texts).into(), self.characters.rows(texts).into()]);
        let mut rows = Array2::zeros((texts.len(), k));
        if k > 0 {
            let rows = rows.as_slice_mut().expect("a new matrix is in standard layout");
            rows.par_chunks_mut(k).enumerate().for_each(|(row, out)| {
                let mut out = ndarray::aview_mut1(out);
                features
                    .entries(row)
                    .for_each(|(column, value)| out.scaled_add(value, &self.directions.row(column)));
            });
        }
        rows
    }

    /// What each word between spaces, with the n-grams in it, adds to a linear function of a text's row.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Shares {
        let texts = plain(&[text]);
        let row = self.projected(&texts);
        let factor = f64::from(over_length(row.as_slice().expect("one row is contiguous")));
        let of_ngram: Vec<f64> = self
            .directions
            .rows()
            .into_iter()
            .map(|direction| factor * product(direction.as_slice().expect("rows are contiguous"), weights))
            .collect();
        let (of_words, of_characters) = of_ngram.split_at(self.words.len());
        let mut shares = vec![0.0; text.split_whitespace().count()];
        self.words.add_shares(&texts[0], of_words, &mut shares);
        self.characters.add_shares(&texts[0], of_characters, &mut shares);
        let words = text.split_whitespace().zip(shares);
        let parts = words.map(|(word, share)| Share::new(Part::Token(word.to_owned()), share)).collect();
        Shares { parts, rest: 0.0 }
    }

    /// Adds the encoder to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        artefact.set("encoder", serde_json::json!({ "kind": Self::KIND }));
        self.words.put(artefact, "words");
        self.characters.put(artefact, "characters");
        artefact.put_matrix("directions", self.directions.view());
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let words = Ngrams::take(artefact, Unit::Words, "words")?;
        let characters = Ngrams::take(artefact, Unit::Characters, "characters")?;
        let directions = artefact.matrix("directions")?;
        match directions.nrows() == words.len() + characters.len() {
            true => Ok(Self { words, characters, directions }),
            false => Err(artefact.broken("expected a direction for every n-gram").into()),
        }
    }

    /// The name of the kind in an artefact.
    pub(crate) const KIND: &'static str = "latent";
}

impl Encoder for LatentEncoder {
    /// Which n-grams, and the directions of the first.
    fn space(&self) -> Space {
        let first = self.directions.rows().into_iter().take(N_FINGERPRINTED);
        let first: Vec<u8> = first.flat_map(|row| row.to_vec()).flat_map(f32::to_le_bytes).collect();
        Space::of(&[b"latent", &self.words.identity(), &self.characters.identity(), &first])
    }

    fn dimension(&self) -> usize {
        self.directions.ncols()
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        Ok(unit_rows(self.projected(&plain(texts))))
    }

    /// How many words and pairs of words are known.
    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        let mut coverage = Coverage::default();
        for text in plain(texts) {
            self.words.for_each(&text, |_, column| {
                coverage.n_tokens += 1;
                coverage.n_words += u64::from(column.is_some());
            });
        }
        Some(coverage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word of a subject, of 24 each; the words of both are spelt of the same syllables.
    fn word(subject: usize, number: usize) -> String {
        let first = ["ba", "de", "fi", "go", "hu", "ky"][number % 6];
        let second = ["lom", "ner", "sat", "vip"][number / 6 % 4];
        if subject == 0 { [first, second].concat() } else { [second, first].concat() }
    }

    /// Texts of two subjects; no text has more than five words of its own.
    fn texts() -> Vec<String> {
        let text = |i: usize| {
            let words: Vec<String> =
                (0..5).map(|j| word(i % 2, i / 2 * 7 + j * (3 + i / 48) + j * j)).collect();
            format!("{} filler{}", words.join(" "), i % 3)
        };
        (0..400).map(text).collect()
    }

    fn fitted() -> LatentEncoder {
        let texts = texts();
        LatentEncoder::fit(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn words_of_like_texts_are_alike() {
        let texts: Vec<String> = (0..48).map(|i| word(i / 24, i % 24)).chain(["unheard of".into()]).collect();
        let rows = fitted().encode(&texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        let cosine = |a: usize, b: usize| rows.row(a).dot(&rows.row(b));
        let mean = |others: std::ops::Range<usize>| {
            let pairs = (0..24).flat_map(|a| others.clone().filter(move |b| *b != a).map(move |b| (a, b)));
            let cosines: Vec<f32> = pairs.map(|(a, b)| cosine(a, b)).collect();
            cosines.iter().sum::<f32>() / cosines.len() as f32
        };
        let (alike, others) = (mean(0..24), mean(24..48));
        assert!(alike > others + 0.1, "{alike} {others}");
        assert!((cosine(0, 0) - 1.0).abs() < 1e-5);
        assert!(rows.row(48).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn what_is_saved_is_read_and_threads_change_nothing() {
        let encoder = fitted();
        let mut artefact = Artefact::new("model");
        encoder.put(&mut artefact);
        let again = LatentEncoder::take(&artefact).unwrap();
        assert_eq!(again, encoder);
        assert_eq!(again.space(), encoder.space());
        let with = |n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(fitted)
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn shares_add_up() {
        let encoder = fitted();
        let weights: Vec<f64> = (0..encoder.dimension()).map(|i| (i % 5) as f64 - 1.7).collect();
        for text in ["balom nerde filler1", "Desat, desat", "unheard of", ""] {
            let row = encoder.encode(&[text]).unwrap();
            let expected = product(row.as_slice().unwrap(), &weights);
            let found = encoder.shares(text, &weights).sum();
            assert!((found - expected).abs() < 1e-5, "{text}: {found} {expected}");
        }
    }

    #[test]
    fn few_texts_have_few_directions() {
        for texts in [&[][..], &["a"], &["one word", "one word", "one word"]] {
            let encoder = LatentEncoder::fit(texts);
            assert!(encoder.dimension() <= texts.len());
            assert_eq!(encoder.encode(&["one"]).unwrap().dim(), (1, encoder.dimension()));
        }
    }
}
