//! Two encoders and parallel sentences in, how often they find each other out.

use std::path::Path;

use ndarray::{Array2, Axis};
use serde::Serialize;
use wordferry_align::{Candidates, Criterion, Hit};
use wordferry_encode::Encoder;
use wordferry_vectors::normalise::unit_rows;

use crate::text::read_text;
use crate::{Error, Interval, Result};

/// Sentences of two languages: each the translation of the other's of the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParallelTexts {
    source: Vec<String>,
    target: Vec<String>,
}

impl ParallelTexts {
    /// Sentences and their translations, in the same order.
    ///
    /// # Errors
    /// If there are more of one language than of the other.
    pub fn new(source: Vec<String>, target: Vec<String>) -> Result<Self> {
        match source.len() == target.len() {
            true => Ok(Self { source, target }),
            false => Err(Error::NotParallel { n_source: source.len(), n_target: target.len() }),
        }
    }

    /// Reads a file a language, one sentence a line. An empty line is a sentence without words. gz and zst are read as they
    /// are.
    ///
    /// # Errors
    /// If a file cannot be read, there is no sentence, or the files are not of the same number of lines.
    pub fn open(source: &Path, target: &Path) -> Result<Self> {
        let sentences =
            |path| -> Result<Vec<String>> { Ok(read_text(path)?.lines().map(String::from).collect()) };
        let texts =
            Self::new(sentences(source)?, sentences(target)?).map_err(|error| error.within(target))?;
        match texts.source.is_empty() {
            true => Err(Error::EmptySet {
                expected: "sentences",
                path: source.into(),
                hint: "a line holds one sentence",
            }),
            false => Ok(texts),
        }
    }
}

/// How often a sentence's translation is its nearest sentence of the other language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetrievalScores {
    /// Share of the source sentences, 0 to 1, whose nearest target sentence is their translation. A sentence without a known
    /// word, or whose translation has none, is missed.
    pub accuracy_forward: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_forward_ci: Interval,
    /// The same from target to source.
    pub accuracy_backward: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_backward_ci: Interval,
    /// The cosine of a sentence and its translation minus that of the nearest other one, −2 to 2: the mean over the covered
    /// pairs and both directions.
    pub margin: f64,
    /// Share of the pairs, 0 to 1, with known words on both sides.
    pub coverage: f64,
    /// Pairs.
    pub n: usize,
    /// How candidates were scored.
    pub criterion: String,
}

/// Scores two encoders of one space by parallel sentences.
///
/// # Errors
/// If the two are of different spaces, an encoder cannot take the texts, or fewer than two pairs have known words on both
/// sides.
pub fn score_retrieval(
    source: &dyn Encoder,
    target: &dyn Encoder,
    texts: &ParallelTexts,
    criterion: Criterion,
) -> Result<RetrievalScores> {
    if source.space() != target.space() {
        return Err(Error::NotAligned { source_space: source.space(), target_space: target.space() });
    }
    let (x, z) = (Side::of(source, &texts.source)?, Side::of(target, &texts.target)?);
    let n = texts.source.len();
    let n_covered = x.sentences.iter().filter(|sentence| z.row_of(**sentence).is_some()).count();
    if n_covered < 2 {
        return Err(Error::TooFewSentences { found: n_covered, n });
    }
    let (forward, backward) = (x.n_found_in(&z, criterion), z.n_found_in(&x, criterion));
    let margins = [x.margins_in(&z), z.margins_in(&x)].concat();
    Ok(RetrievalScores {
        accuracy_forward: forward as f64 / n as f64,
        accuracy_forward_ci: Interval::of_share(forward, n),
        accuracy_backward: backward as f64 / n as f64,
        accuracy_backward_ci: Interval::of_share(backward, n),
        margin: margins.iter().sum::<f64>() / margins.len() as f64,
        coverage: n_covered as f64 / n as f64,
        n,
        criterion: criterion.name().into(),
    })
}

/// The sentences of a language that have a known word; the others would only be near to each other.
struct Side {
    /// One a sentence, of unit length.
    rows: Array2<f32>,
    /// Which sentence each row is, ascending.
    sentences: Vec<usize>,
}

impl Side {
    fn of(encoder: &dyn Encoder, texts: &[String]) -> Result<Self> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rows = encoder.encode(&texts)?;
        let is_known = |sentence: &usize| rows.row(*sentence).iter().any(|&value| value != 0.0);
        let sentences: Vec<usize> = (0..rows.nrows()).filter(is_known).collect();
        Ok(Self { rows: unit_rows(rows.select(Axis(0), &sentences)), sentences })
    }

    fn row_of(&self, sentence: usize) -> Option<usize> {
        self.sentences.binary_search(&sentence).ok()
    }

    /// Sentences whose translation is the best candidate.
    fn n_found_in(&self, other: &Side, criterion: Criterion) -> usize {
        let candidates = Candidates::new(other.rows.view(), self.rows.view(), criterion);
        let nearest = candidates.nearest(self.rows.view(), 1);
        let is_found = |sentence: usize, row: u32| other.sentences[row as usize] == sentence;
        let found = self
            .sentences
            .iter()
            .zip(&nearest)
            .filter(|(sentence, hits)| hits.first().is_some_and(|hit| is_found(**sentence, hit.row)));
        found.count()
    }

    /// Of every sentence with a translation how much nearer that is than any other sentence, by cosine.
    fn margins_in(&self, other: &Side) -> Vec<f64> {
        let candidates = Candidates::new(other.rows.view(), self.rows.view(), Criterion::Cosine);
        let nearest = candidates.nearest(self.rows.view(), 2);
        let margin = |(row, (sentence, hits)): (usize, (&usize, &Vec<Hit>))| {
            let right = other.row_of(*sentence)?;
            let wrong = hits.iter().find(|hit| hit.row as usize != right)?;
            Some(f64::from(self.rows.row(row).dot(&other.rows.row(right)) - wrong.score))
        };
        self.sentences.iter().zip(&nearest).enumerate().filter_map(margin).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_encode::{Pooling, WordEncoder};
    use wordferry_vectors::{Embeddings, Space, Vocabulary};

    fn encoder(words: [&str; 3], rows: Array2<f32>) -> WordEncoder {
        let embeddings = Embeddings::new(Vocabulary::from_words(words), rows).unwrap();
        WordEncoder::new(embeddings.in_space(Space::of(&[b"shared"])), Pooling::Mean)
    }

    fn scores(source: &[&str], target: &[&str]) -> Result<RetrievalScores> {
        let english = encoder(["one", "two", "three"], array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
        let german = encoder(["eins", "zwei", "drei"], array![[2.0, 0.0], [0.0, 3.0], [0.6, -0.8]]);
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        let texts = ParallelTexts::new(owned(source), owned(target))?;
        score_retrieval(&english, &german, &texts, Criterion::Cosine)
    }

    #[test]
    fn by_hand() {
        // The cosines of one, two, three with eins, zwei, drei: 1 0 0.6; 0 1 −0.8; √½ √½ −0.2 √½.
        let found = scores(&["one", "two", "three"], &["eins", "zwei", "drei"]).unwrap();
        let half = 0.5_f64.sqrt();
        assert_eq!((found.accuracy_forward, found.accuracy_backward), (2.0 / 3.0, 2.0 / 3.0));
        let margins = [1.0 - 0.6, 1.0, -1.2 * half, 1.0 - half, 1.0 - half, -0.2 * half - 0.6];
        assert!((found.margin - margins.iter().sum::<f64>() / 6.0).abs() < 1e-6, "{found:?}");
        assert_eq!((found.coverage, found.n), (1.0, 3));
        assert_eq!(found.accuracy_forward_ci, Interval::of_share(2, 3));
    }

    #[test]
    fn sentences_without_known_words_are_missed() {
        let found = scores(&["one", "", "two", "three"], &["eins", "zwei", "zwei", "?"]).unwrap();
        assert_eq!((found.accuracy_forward, found.accuracy_backward), (0.25, 0.5));
        assert_eq!((found.coverage, found.n), (0.5, 4));
    }

    #[test]
    fn what_cannot_be_scored_is_said() {
        let message = |source: &[&str], target: &[&str]| scores(source, target).unwrap_err().to_string();
        assert_eq!(
            message(&["one", "two"], &["eins"]),
            "expected as many sentences in the target language as in the source language (2), found 1"
        );
        assert_eq!(
            message(&["one", "two"], &["eins", "?"]),
            "expected two pairs of sentences or more with known words on both sides, found 1 of 2"
        );
    }
}
