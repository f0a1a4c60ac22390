//! Vectors and analogies in, the share that 3CosAdd answers out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use wordferry_align::{Neighbours, look_up};
use wordferry_vectors::{Embeddings, Vocabulary, WordId};

use crate::text::{numbered_lines, read_text};
use crate::{Error, Interval, Result};

/// The category of questions before the first heading.
const NO_CATEGORY: &str = "all";
/// The heading that some test sets begin with.
const HEADING: [&str; 4] = ["a1", "a2", "b1", "b2"];

/// A is to B as C is to D.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What kind of relation it is about.
    pub category: String,
    /// A, B, C and D, the answer.
    pub words: [String; 4],
}

/// A test set of analogies, in the file's order, repetitions included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// The questions.
    pub questions: Vec<Question>,
}

impl Questions {
    /// Reads four words a line, separated by spaces or tabs. A line that begins with `:` or `#` names the category of the
    /// questions after it; those before the first are of the category `all`. gz and zst are read as they are.
    ///
    /// # Errors
    /// If the file cannot be read, a line holds something else, or there is no question.
    pub fn open(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let mut questions = Vec::new();
        let mut category = NO_CATEGORY.to_owned();
        for (line, text) in numbered_lines(&text) {
            if text.starts_with([':', '#']) {
                category = text.trim_matches([':', '#', ' ', '\t']).to_owned();
                continue;
            }
            let words: Vec<&str> = text.split_whitespace().collect();
            match <[&str; 4]>::try_from(words) {
                Ok(words) if words == HEADING => {}
                Ok(words) => {
                    questions.push(Question { category: category.clone(), words: words.map(String::from) });
                }
                Err(words) if words.is_empty() => {}
                Err(_) => {
                    let found = text.trim().chars().take(40).collect();
                    return Err(Error::QuestionLine { path: path.into(), line, found });
                }
            }
        }
        match questions.is_empty() {
            true => Err(Error::EmptySet {
                expected: "analogies",
                path: path.into(),
                hint: "a question is four words, separated by spaces or tabs",
            }),
            false => Ok(Self { questions }),
        }
    }
}

/// How well vectors answer analogies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalogyScores {
    /// Share of the answered questions, 0 to 1, whose answer is right.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_ci: Interval,
    /// The same a category.
    pub by_category: BTreeMap<String, CategoryScores>,
    /// Share of the questions, 0 to 1, whose four words are all known; the others are not answered.
    pub coverage: f64,
    /// Questions that are answered.
    pub n: usize,
    /// All questions.
    pub n_questions: usize,
}

/// How well vectors answer the analogies of a category.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CategoryScores {
    /// Share of the answered questions, 0 to 1, whose answer is right; none without such a question.
    pub accuracy: Option<f64>,
    /// Questions that are answered.
    pub n: usize,
    /// All questions.
    pub n_questions: usize,
}

/// Answers every question whose words are known by the word nearest to b − a + c, all of unit length, among all words but
/// these three (3CosAdd, Mikolov, Yih and Zweig 2013). Words are looked up as they are written or else in lower case.
///
/// # Errors
/// If no question is known.
pub fn score_analogies(embeddings: &Embeddings, set: &Questions) -> Result<AnalogyScores> {
    let known: Vec<(&Question, [WordId; 4])> = set
        .questions
        .iter()
        .filter_map(|question| Some((question, ids(embeddings.vocabulary(), &question.words)?)))
        .collect();
    if known.is_empty() {
        return Err(Error::NoneKnown { expected: "questions with all four words", n: set.questions.len() });
    }
    let asked: Vec<[WordId; 3]> = known.iter().map(|&(_, [a, b, c, _])| [a, b, c]).collect();
    let answers = Neighbours::new(embeddings).of_analogies(&asked, 1);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for question in &set.questions {
        tallies.entry(&question.category).or_default().n_questions += 1;
    }
    for ((question, [.., d]), found) in known.iter().zip(answers) {
        let tally = tallies.entry(&question.category).or_default();
        tally.n += 1;
        tally.n_right += usize::from(found.first().is_some_and(|found| found.word == *d));
    }
    let n_right = tallies.values().map(|tally| tally.n_right).sum();
    Ok(AnalogyScores {
        accuracy: n_right as f64 / known.len() as f64,
        accuracy_ci: Interval::of_share(n_right, known.len()),
        by_category: tallies.into_iter().map(|(name, tally)| (name.to_owned(), tally.scores())).collect(),
        coverage: known.len() as f64 / set.questions.len() as f64,
        n: known.len(),
        n_questions: set.questions.len(),
    })
}

/// Counts of questions.
#[derive(Default)]
struct Tally {
    n_right: usize,
    n: usize,
    n_questions: usize,
}

impl Tally {
    fn scores(&self) -> CategoryScores {
        let accuracy = (self.n > 0).then(|| self.n_right as f64 / self.n as f64);
        CategoryScores { accuracy, n: self.n, n_questions: self.n_questions }
    }
}

fn ids(vocabulary: &Vocabulary, [a, b, c, d]: &[String; 4]) -> Option<[WordId; 4]> {
    let id = |word: &str| look_up(vocabulary, word);
    Some([id(a)?, id(b)?, id(c)?, id(d)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn open(text: &str) -> Result<Questions> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Questions::open(file.path())
    }

    #[test]
    fn layouts() {
        let question = |category: &str, words: [&str; 4]| Question {
            category: category.into(),
            words: words.map(String::from),
        };
        let expected = [
            question("family", ["boy", "girl", "son", "daughter"]),
            question("gram1-adverb", ["calm", "calmly", "slow", "slowly"]),
        ];
        let words = ": family\nboy girl son daughter\n: gram1-adverb\ncalm calmly slow slowly\n";
        let tsv = "# Somebody (2013)\na1\ta2\tb1\tb2\n# family\nboy\tgirl\tson\tdaughter\n# gram1-adverb\n\
                   calm\tcalmly\tslow\tslowly";
        assert_eq!(open(words).unwrap().questions, expected);
        assert_eq!(open(tsv).unwrap().questions, expected);
        assert_eq!(open("a b c d\r\n").unwrap().questions[0].category, "all");
        let message = |text: &str| open(text).unwrap_err().to_string();
        assert!(message(": family\nboy girl son\n").contains("expected four words, found \"boy girl son\""));
        assert!(message(": family\nboy girl son\n").ends_with("line 2"));
        assert!(message(": family\n").contains("expected analogies, found none"));
    }

    #[test]
    fn by_hand() {
        let words = Vocabulary::from_words(["man", "king", "woman", "queen", "tree"]);
        let rows =
            array![[1.0, 0.0, 0.0], [2.0, 2.0, 0.0], [3.0, 0.0, 3.0], [1.0, 1.0, 1.0], [-1.0, 0.1, 0.2]];
        let embeddings = Embeddings::new(words, rows).unwrap();
        let text = ": right\nMan King woman queen\nman king woman princess\n: wrong\nman king woman tree\n\
                    man king woman king\n: unknown\na b c d\n";
        let scores = score_analogies(&embeddings, &open(text).unwrap()).unwrap();
        assert_eq!((scores.n, scores.n_questions, scores.coverage), (3, 5, 0.6));
        assert_eq!((scores.accuracy, scores.accuracy_ci), (1.0 / 3.0, Interval::of_share(1, 3)));
        let category = |accuracy, n, n_questions| CategoryScores { accuracy, n, n_questions };
        assert_eq!(scores.by_category["right"], category(Some(1.0), 1, 2));
        assert_eq!(scores.by_category["wrong"], category(Some(0.0), 2, 2), "a given word is no answer");
        assert_eq!(scores.by_category["unknown"], category(None, 0, 1));
        let unknown = score_analogies(&embeddings, &open("a b c d\n").unwrap()).unwrap_err().to_string();
        assert_eq!(unknown, "expected questions with all four words in the vocabulary, found none of 1");
    }
}
