//! Words in, the words nearest to them in the same language out.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Embeddings, Found, WordId};

use crate::retrieve::{Candidates, Hit};
use crate::{Error, Result};

/// The vectors of one language, to search among by cosine.
pub struct Neighbours<'a> {
    embeddings: &'a Embeddings,
    candidates: Candidates<'a>,
}

/// A word near another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The word.
    pub word: WordId,
    /// Its cosine, −1 to 1.
    pub cosine: f32,
}

impl<'a> Neighbours<'a> {
    /// All words of these embeddings.
    pub fn new(embeddings: &'a Embeddings) -> Self {
        Self { embeddings, candidates: Candidates::of_any_length(embeddings.matrix()) }
    }

    /// The `k` nearest of each of `words`, nearest first and without the word itself. Words never seen in training are
    /// composed of their n-grams where the embeddings have some.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if a word has no vector.
    pub fn of_words(&self, words: &[&str], k: usize) -> Result<Vec<Vec<Neighbour>>> {
        let mut queries = Array2::zeros((words.len(), self.embeddings.dimension()));
        let mut leave_out = Vec::with_capacity(words.len());
        for (word, mut query) in words.iter().zip(queries.rows_mut()) {
            let (vector, id) = unit_vector(self.embeddings, word)?;
            query.assign(&vector);
            leave_out.push(id.into_iter().collect());
        }
        Ok(self.of_vectors(queries.view(), k, &leave_out))
    }

    /// The `k` words nearest to b − a + c, all of unit length and none of them an answer: what is to `c` as `b` is to `a`
    /// (3CosAdd, Mikolov, Yih and Zweig 2013).
    ///
    /// # Errors
    /// [`Error::UnknownWord`] if a word has no vector.
    pub fn of_analogy(&self, [a, b, c]: [&str; 3], k: usize) -> Result<Vec<Neighbour>> {
        let ((a, a_id), (b, b_id), (c, c_id)) = (
            unit_vector(self.embeddings, a)?,
            unit_vector(self.embeddings, b)?,
            unit_vector(self.embeddings, c)?,
        );
        let leave_out = [a_id, b_id, c_id].into_iter().flatten().collect();
        let query = offset([a, b, c]).insert_axis(Axis(0));
        Ok(self.of_vectors(query.view(), k, &[leave_out]).remove(0))
    }

    /// [`Neighbours::of_analogy`] of many questions at once, a list of answers each.
    ///
    /// # Panics
    /// If a word is not of these embeddings.
    pub fn of_analogies(&self, questions: &[[WordId; 3]], k: usize) -> Vec<Vec<Neighbour>> {
        let unit_row = |word: WordId| {
            let mut row = self.embeddings.row(word).to_vec();
            unit(&mut row);
            Array1::from(row)
        };
        let mut queries = Array2::zeros((questions.len(), self.embeddings.dimension()));
        for (question, mut query) in questions.iter().zip(queries.rows_mut()) {
            query.assign(&offset(question.map(unit_row)));
        }
        let leave_out: Vec<Vec<WordId>> = questions.iter().map(|question| question.to_vec()).collect();
        self.of_vectors(queries.view(), k, &leave_out)
    }

    /// The `k` nearest of each query (q × d, of unit length), nearest first, without the words that are left out of it.
    ///
    /// # Panics
    /// If the queries are of another dimension than the embeddings, or there is not one list of words a query.
    pub fn of_vectors(
        &self,
        queries: ArrayView2<'_, f32>,
        k: usize,
        leave_out: &[Vec<WordId>],
    ) -> Vec<Vec<Neighbour>> {
        assert_eq!(queries.nrows(), leave_out.len(), "one list of words to leave out a query");
        let most_left_out = leave_out.iter().map(Vec::len).max().unwrap_or(0);
        let hits = self.candidates.nearest(queries, k.saturating_add(most_left_out));
        let neighbour = |hit: Hit| Neighbour { word: WordId(hit.row), cosine: hit.score };
        let rest = |(hits, leave_out): (Vec<Hit>, &Vec<WordId>)| {
            hits.into_iter().map(neighbour).filter(|hit| !leave_out.contains(&hit.word)).take(k).collect()
        };
        hits.into_iter().zip(leave_out).map(rest).collect()
    }
}

/// b − a + c, of unit length.
fn offset([a, b, c]: [Array1<f32>; 3]) -> Array1<f32> {
    let mut offset = b - a + c;
    unit(offset.as_slice_mut().expect("a vector of its own is contiguous"));
    offset
}

/// The vector of a word, of unit length, and its number if it is in the vocabulary.
pub(crate) fn unit_vector(embeddings: &Embeddings, word: &str) -> Result<(Array1<f32>, Option<WordId>)> {
    let mut vector = vec![0.0; embeddings.dimension()];
    let found = embeddings.vector_into(word, &mut vector).ok_or_else(|| Error::UnknownWord {
        word: word.into(),
        n_words: embeddings.len(),
        subwords: embeddings.subwords().is_some(),
    })?;
    unit(&mut vector);
    let id = match found {
        Found::Word(id) => Some(id),
        Found::Subwords => None,
    };
    Ok((vector.into(), id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_vectors::Vocabulary;

    fn embeddings() -> Embeddings {
        let words = ["man", "king", "woman", "queen", "zero", "tree"];
        let matrix = array![
            [1.0, 0.0, 0.0],
            [2.0, 2.0, 0.0],
            [3.0, 0.0, 3.0],
            [1.0, 1.0, 1.0],
            [0.0; 3],
            [-1.0, 0.1, 0.2]
        ];
        Embeddings::new(Vocabulary::from_words(words), matrix).unwrap()
    }

    fn names(embeddings: &Embeddings, neighbours: &[Neighbour]) -> Vec<String> {
        neighbours.iter().map(|neighbour| embeddings.vocabulary().word(neighbour.word).into_owned()).collect()
    }

    #[test]
    fn the_nearest_word_is_not_the_word_itself() {
        let embeddings = embeddings();
        let found = Neighbours::new(&embeddings).of_words(&["king", "tree"], 3).unwrap();
        assert_eq!(names(&embeddings, &found[0]), ["queen", "man", "woman"]);
        assert_eq!(found[1][0].cosine, 0.0);
        assert!((found[0][0].cosine - 4.0 / 24.0_f32.sqrt()).abs() < 1e-6);
        let all = Neighbours::new(&embeddings).of_words(&["king"], 100).unwrap();
        assert_eq!(all[0].len(), 5);
    }

    #[test]
    fn analogies() {
        let embeddings = embeddings();
        let found = Neighbours::new(&embeddings).of_analogy(["man", "king", "woman"], 1).unwrap();
        assert_eq!(names(&embeddings, &found), ["queen"]);
        let many =
            Neighbours::new(&embeddings).of_analogies(&[[0, 1, 2], [2, 3, 0]].map(|ids| ids.map(WordId)), 1);
        assert_eq!(many[0], found);
        assert_eq!(names(&embeddings, &many[1]), ["king"]);
    }

    #[test]
    fn unknown_words_are_named() {
        let embeddings = embeddings();
        let error = Neighbours::new(&embeddings).of_words(&["kong"], 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a word of the vectors' vocabulary (6 words, no subwords), found \"kong\""
        );
    }
}
