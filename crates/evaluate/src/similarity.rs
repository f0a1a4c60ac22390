//! Vectors and pairs of words with gold scores in, the correlation of scores and cosines out.

use std::path::Path;

use serde::Serialize;
use wordferry_align::look_up;
use wordferry_vectors::Embeddings;

use crate::correlation::{is_constant, pearson, spearman, spearman_interval};
use crate::text::{numbered_lines, read_text};
use crate::{Error, Interval, Result};

/// What is beyond is no score, as in vectors.
const LARGEST_SCORE: f64 = 1e15;

/// Two words and how similar people find them.
#[derive(Clone, Debug, PartialEq)]
pub struct WordPair {
    /// The first word; of the source language, if there are two.
    pub first: String,
    /// The second word; of the target language, if there are two.
    pub second: String,
    /// The gold score, within ±10¹⁵; the higher, the more alike.
    pub score: f64,
}

/// A test set of word similarity, in the file's order, repetitions included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordPairs {
    /// The pairs.
    pub pairs: Vec<WordPair>,
    /// Lines after the first pair that hold none, and were passed over.
    pub n_unreadable: usize,
}

impl WordPairs {
    /// Reads `word word score` lines, separated by tabs, commas, semicolons or spaces; more columns are passed over, and so
    /// are lines that begin with `#`, and headings. gz and zst are read as they are.
    ///
    /// # Errors
    /// If the file cannot be read or holds no pair.
    pub fn open(path: &Path) -> Result<Self> {
        let set = Self::from_text(&read_text(path)?);
        match set.pairs.is_empty() {
            true => Err(Error::EmptySet {
                expected: "pairs of words with a score",
                path: path.into(),
                hint: "a line holds two words and a number, separated by tabs, commas or spaces",
            }),
            false => Ok(set),
        }
    }

    fn from_text(text: &str) -> Self {
        let mut set = Self::default();
        for (_, line) in numbered_lines(text) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match word_pair(line) {
                Some(pair) => set.pairs.push(pair),
                // Before the first pair it is a heading.
                None => set.n_unreadable += usize::from(!set.pairs.is_empty()),
            }
        }
        set
    }
}

/// By the first separator that leaves two words and a number.
fn word_pair(line: &str) -> Option<WordPair> {
    let separated = |separator: char| line.split(separator).collect::<Vec<_>>();
    let ways = [separated('\t'), separated(','), separated(';'), line.split_whitespace().collect()];
    ways.iter().find_map(|fields| {
        let field = |i: usize| fields.get(i).map(|field| field.trim().trim_matches('"'));
        let word = |i: usize| field(i).filter(|word| !word.is_empty()).map(String::from);
        let score = field(2)?.parse().ok().filter(|score: &f64| score.abs() <= LARGEST_SCORE)?;
        Some(WordPair { first: word(0)?, second: word(1)?, score })
    })
}

/// What becomes of pairs with a word that has no vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OovPolicy {
    /// They do not count.
    Skip,
    /// Their cosine counts as 0.
    Zero,
    /// Unknown words are composed of their n-grams, in lower case; pairs of words that cannot be are skipped.
    Subwords,
}

impl OovPolicy {
    /// Without n-grams there is nothing to compose words of.
    fn possible(self, source: &Embeddings, target: &Embeddings) -> Self {
        match self {
            OovPolicy::Subwords if source.subwords().is_none() && target.subwords().is_none() => {
                OovPolicy::Skip
            }
            policy => policy,
        }
    }
}

/// How far cosines agree with what people think of pairs of words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimilarityScores {
    /// Rank correlation of gold scores and cosines, −1 to 1; equal values share the mean of their ranks.
    pub spearman: f64,
    /// Its 95 % interval (Bonett and Wright 2000).
    pub spearman_ci: Interval,
    /// Product-moment correlation of gold scores and cosines, −1 to 1.
    pub pearson: f64,
    /// Share of the pairs, 0 to 1, both of whose words have a vector.
    pub coverage: f64,
    /// Pairs of the set.
    pub n_pairs: usize,
    /// Pairs that the correlations are of.
    pub n_scored: usize,
    /// What became of unknown words: `skip`, too, where `subwords` was asked for and neither side has any.
    pub oov_policy: OovPolicy,
}

/// Scores vectors by a test set; the first word of a pair is looked up in `source`, the second in `target`, as it is written
/// or else in lower case. For one language both are the same.
///
/// # Errors
/// If the two are of different spaces, no pair is known, or scores or cosines are all the same.
pub fn score_similarity(
    source: &Embeddings,
    target: &Embeddings,
    set: &WordPairs,
    policy: OovPolicy,
) -> Result<SimilarityScores> {
    if source.space() != target.space() {
        return Err(Error::NotAligned { source_space: source.space(), target_space: target.space() });
    }
    let policy = policy.possible(source, target);
    let similarity = |pair: &WordPair| {
        Some(cosine(&vector(source, &pair.first, policy)?, &vector(target, &pair.second, policy)?))
    };
    let found: Vec<Option<f64>> = set.pairs.iter().map(similarity).collect();
    let n_known = found.iter().flatten().count();
    if n_known == 0 {
        return Err(Error::NoneKnown { expected: "pairs with both words", n: set.pairs.len() });
    }
    let unknown = (policy == OovPolicy::Zero).then_some(0.0);
    let scored =
        set.pairs.iter().zip(found).filter_map(|(pair, found)| Some((pair.score, found.or(unknown)?)));
    let (gold, cosines): (Vec<f64>, Vec<f64>) = scored.unzip();
    let spearman = spearman(&gold, &cosines).ok_or_else(|| constant(&gold, &cosines))?;
    Ok(SimilarityScores {
        spearman,
        spearman_ci: spearman_interval(spearman, gold.len()),
        pearson: pearson(&gold, &cosines).ok_or_else(|| constant(&gold, &cosines))?,
        coverage: n_known as f64 / set.pairs.len() as f64,
        n_pairs: set.pairs.len(),
        n_scored: gold.len(),
        oov_policy: policy,
    })
}

fn constant(gold: &[f64], cosines: &[f64]) -> Error {
    let (what, values) = match is_constant(gold) {
        true => ("gold scores", gold),
        false => ("cosines", cosines),
    };
    Error::Constant { what, value: values[0], n: values.len() }
}

fn vector(embeddings: &Embeddings, word: &str, policy: OovPolicy) -> Option<Vec<f32>> {
    let mut vector = vec![0.0; embeddings.dimension()];
    match look_up(embeddings.vocabulary(), word) {
        Some(id) => embeddings.word_into(id, &mut vector),
        None if policy == OovPolicy::Subwords => {
            embeddings.vector_into(&word.to_lowercase(), &mut vector)?;
        }
        None => return None,
    }
    Some(vector)
}

/// The cosine of two vectors of one dimension, −1 to 1; 0 where either is a vector of zeros.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let lengths = dot(a, a).sqrt() * dot(b, b).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use wordferry_vectors::{Subwords, Vocabulary};

    fn words() -> Vocabulary {
        Vocabulary::from_words(["a", "b", "c", "d"])
    }

    /// Cosines with "a": 1/√2 for "b", 0 for "c", −1 for "d".
    fn rows() -> Array2<f32> {
        array![[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.0]]
    }

    fn set(text: &str) -> WordPairs {
        WordPairs::from_text(text)
    }

    fn scores(text: &str, policy: OovPolicy) -> Result<SimilarityScores> {
        let embeddings = Embeddings::new(words(), rows()).unwrap();
        score_similarity(&embeddings, &embeddings, &set(text), policy)
    }

    #[test]
    fn layouts() {
        let pair =
            |first: &str, second: &str, score| WordPair { first: first.into(), second: second.into(), score };
        let check = |text: &str, n_unreadable, expected: &[WordPair]| {
            assert_eq!(set(text), WordPairs { pairs: expected.to_vec(), n_unreadable }, "{text:?}");
        };
        let expected = [pair("Sun", "moon", 7.5), pair("a", "b", 0.0)];
        check("# a comment\nword1\tword2\tsimilarity\tpos\nSun\tmoon\t7.5\tn\na\tb\t0\tv\n", 0, &expected);
        check("Word 1,Word 2,Human (mean)\r\nSun,moon,7.50\r\n\"a\",\"b\",0\r\n", 0, &expected);
        check("word 1\tword 2\tscore\rSun\tmoon\t7.5\ra\tb\t0\r", 0, &expected);
        check("Sun moon 7.5\n\na  b 0 extra", 0, &expected);
        check("Sun;moon;7.5\na;b;0\n", 0, &expected);
        check("digital camera\tphoto\t3.5\n", 0, &[pair("digital camera", "photo", 3.5)]);
        check("Sun moon 7.5\nc d 1.elo\nc d nan\na b 0\n", 2, &expected);
        check("a b\n\t\t1\n", 0, &[]);
    }

    #[test]
    fn by_hand() {
        let found = scores("a b 9\nA c 5\na d 6\n", OovPolicy::Skip).unwrap();
        assert!((found.spearman - 0.5).abs() < 1e-12);
        assert_eq!((found.coverage, found.n_pairs, found.n_scored), (1.0, 3, 3));
        // Cosines 1/√2, 0, −1 around their mean; scores 7/3, −5/3, −2/3.
        let (x, mean) = ([0.5_f64.sqrt(), 0.0, -1.0], (0.5_f64.sqrt() - 1.0) / 3.0);
        let xy: f64 = x.iter().zip([7.0, -5.0, -2.0]).map(|(x, y)| (x - mean) * y / 3.0).sum();
        let xx: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
        assert!((found.pearson - xy / (xx * 78.0 / 9.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn unknown_words() {
        let text = "a b 9\na c 5\na zz 8\na d 1\n";
        let skipped = scores(text, OovPolicy::Skip).unwrap();
        assert_eq!((skipped.coverage, skipped.n_scored, skipped.spearman), (0.75, 3, 1.0));
        // Ranks 4, 2, 3, 1 and, of 1/√2, 0, 0, −1, 4, 2.5, 2.5, 1.
        let zero = scores(text, OovPolicy::Zero).unwrap();
        assert_eq!((zero.coverage, zero.n_scored), (0.75, 4));
        assert!((zero.spearman - 4.5 / 22.5_f64.sqrt()).abs() < 1e-12);
        let none = scores(text, OovPolicy::Subwords).unwrap();
        assert_eq!(none, skipped, "without n-grams unknown words are skipped");
        let subwords = Subwords::new(1, 2, Array2::ones((5, 2))).unwrap();
        let embeddings = Embeddings::with_subwords(words(), rows(), subwords).unwrap();
        let composed = score_similarity(&embeddings, &embeddings, &set(text), OovPolicy::Subwords).unwrap();
        assert_eq!((composed.coverage, composed.n_scored), (1.0, 4));
        assert_eq!(composed.oov_policy, OovPolicy::Subwords);
    }

    #[test]
    fn what_cannot_be_scored_is_said() {
        let message = |text| scores(text, OovPolicy::Zero).unwrap_err().to_string();
        assert_eq!(message("x y 1\n"), "expected pairs with both words in the vocabulary, found none of 1");
        let constant = "expected gold scores that differ, found 3 for all pairs that are scored (2)";
        assert_eq!(message("a b 3\na c 3\n"), constant);
        assert!(message("a b 3\na b 4\n").contains("expected cosines that differ"));
    }

    #[test]
    fn two_languages_share_a_space() {
        let source = Embeddings::new(words(), rows()).unwrap();
        let target = Embeddings::new(
            Vocabulary::from_words(["x", "y", "z"]),
            array![[1.0, 0.0], [1.0, 2.0], [0.0, 1.0]],
        );
        let target = target.unwrap();
        let pairs = set("a x 3\na y 2\na z 1\n");
        let apart = score_similarity(&source, &target, &pairs, OovPolicy::Skip);
        assert!(matches!(apart, Err(Error::NotAligned { .. })));
        let target = target.in_space(source.space());
        assert_eq!(score_similarity(&source, &target, &pairs, OovPolicy::Skip).unwrap().spearman, 1.0);
    }
}
