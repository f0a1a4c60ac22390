//! Words and their vectors.

use std::fmt;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::bytes::Numbers;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::map::LinearMap;
use crate::repairs::Repairs;
use crate::rows::{Rows, UNUSABLE, is_usable};
use crate::sentence::Lines;
use crate::space::{Fingerprint, Space};
use crate::subwords::Subwords;
use crate::vectors::{Vectors, WordRows};
use crate::verify::Origin;
use crate::vocabulary::{Vocabulary, WordId};

/// How many rows a space's fingerprint covers: enough to tell models apart, few enough to touch at no cost.
const FINGERPRINT_ROWS: usize = 256;

/// How a vector was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The word is in the vocabulary.
    Word(WordId),
    /// The word is not, and its vector was composed of its n-grams.
    Subwords,
}

/// Word vectors: a vocabulary of *n* words, a matrix *n × d*, and for fastText models the n-gram table.
///
/// Vectors are as the file has them: neither normalised nor centred.
pub struct Embeddings {
    space: Space,
    vocabulary: Vocabulary,
    vectors: Vectors,
    /// In the space of the file, also when the matrix was mapped into another.
    subwords: Option<Arc<Subwords>>,
    /// What carries a vector composed of n-grams to where the matrix is.
    map: Option<LinearMap>,
    /// How a supervised model composes lines, where that is known.
    lines: Option<Box<Lines>>,
    counts: Option<Numbers<u64>>,
    format: Option<Format>,
    repairs: Repairs,
    /// The file that is still read from.
    origin: Option<Origin>,
}

impl Embeddings {
    /// Vectors of a vocabulary: `matrix` is *n × d*, row *i* for word *i*. The space is a fingerprint of *d* and the first
    /// 256 words and rows.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if the matrix has not one row a word, has no column, or holds a value that is not finite, or beyond ±10¹⁵.
    pub fn new(vocabulary: Vocabulary, matrix: Array2<f32>) -> Result<Self> {
        check_shape(&vocabulary, &matrix)?;
        if let Some(row) =
            matrix.rows().into_iter().position(|row| row.iter().any(|value| !is_usable(*value)))
        {
            return Err(Error::Mismatch {
                expected: "finite vectors".to_owned(),
                found: format!("{UNUSABLE} in row {row}, {:?}", vocabulary.word(WordId(row as u32))),
            });
        }
        Ok(Self::of_finite(vocabulary, matrix.as_standard_layout().into_owned()))
    }

    /// [`Embeddings::new`] with a table of n-grams for words that are not in the vocabulary.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] as [`Embeddings::new`], and if the table has another dimension than the matrix.
    pub fn with_subwords(vocabulary: Vocabulary, matrix: Array2<f32>, subwords: Subwords) -> Result<Self> {
        if subwords.dimension() != matrix.ncols() {
            return Err(Error::Mismatch {
                expected: format!("n-gram vectors of {} values, as the words have", matrix.ncols()),
                found: format!("{} values", subwords.dimension()),
            });
        }
        Ok(Self { subwords: Some(Arc::new(subwords)), ..Self::new(vocabulary, matrix)? })
    }

    /// Rows that were checked before: one a word, all finite, in standard layout.
    pub(crate) fn of_finite(vocabulary: Vocabulary, matrix: Array2<f32>) -> Self {
        Self::composed(vocabulary, WordRows::whole(Rows::Dense(matrix)), None)
    }

    /// A fastText or finalfusion model: a word's vector is made of its row, and maybe its n-grams', when it is asked for.
    pub(crate) fn composed(vocabulary: Vocabulary, words: WordRows, subwords: Option<Subwords>) -> Self {
        let embeddings = Self::stored(vocabulary, words, subwords, Space::from_bytes([0; 16]));
        Self { space: embeddings.fingerprint(), ..embeddings }
    }

    /// Parts that were embeddings before: the matrix in `space`, the n-grams where `map` starts.
    pub(crate) fn assemble(
        vocabulary: Vocabulary,
        matrix: Array2<f32>,
        subwords: Option<Arc<Subwords>>,
        map: Option<LinearMap>,
        space: Space,
    ) -> Result<Self> {
        Ok(Self { subwords, map, ..Self::new(vocabulary, matrix)?.in_space(space) })
    }

    /// [`Embeddings::composed`] of a file that says of which space they are.
    pub(crate) fn stored(
        vocabulary: Vocabulary,
        words: WordRows,
        subwords: Option<Subwords>,
        space: Space,
    ) -> Self {
        Self {
            space,
            vocabulary,
            vectors: Vectors::new(words),
            subwords: subwords.map(Arc::new),
            map: None,
            lines: None,
            counts: None,
            format: None,
            repairs: Repairs::default(),
            origin: None,
        }
    }

    /// The same with other vectors for some words: row *i* of `vectors`, *m × d*, is that of `words[i]`. What is composed of n-grams stays as
    /// it is, and so does the space.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if a value is not finite, or beyond ±10¹⁵.
    ///
    /// # Panics
    ///
    /// If there is not one row a word, or they have another dimension.
    pub fn with_vectors(&self, words: &[WordId], vectors: ArrayView2<'_, f32>) -> Result<Self> {
        assert_eq!(vectors.dim(), (words.len(), self.dimension()), "a row a word");
        let mut matrix = self.matrix().as_standard_layout().into_owned();
        for (word, row) in words.iter().zip(vectors.rows()) {
            if !row.iter().all(|value| is_usable(*value)) {
                return Err(Error::Mismatch {
                    expected: "finite vectors".to_owned(),
                    found: format!("{UNUSABLE} in that of {:?}", self.vocabulary.word(*word)),
                });
            }
            matrix.row_mut(word.index()).assign(&row);
        }
        Ok(Self {
            space: self.space,
            subwords: self.subwords.clone(),
            map: self.map.clone(),
            counts: self.counts.clone(),
            ..Self::of_finite(self.vocabulary.clone(), matrix)
        })
    }

    /// The same vectors, declared to be of another space: one that was made, say by an alignment, rather than found.
    pub fn in_space(self, space: Space) -> Self {
        Self { space, ..self }
    }

    /// The same vectors of words, and none for others: what formats can hold that know no n-grams, or not those of this model.
    pub fn without_subwords(self) -> Self {
        Self { subwords: None, ..self }
    }

    /// The same vectors with the number of times each word occurred in the training corpus.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] unless there is one count a word.
    pub fn with_counts(self, counts: Vec<u64>) -> Result<Self> {
        self.with_numbers(Numbers::Own(counts))
    }

    pub(crate) fn with_numbers(self, counts: Numbers<u64>) -> Result<Self> {
        if counts.len() != self.len() {
            return Err(Error::Mismatch {
                expected: format!("{} counts, one a word", self.len()),
                found: format!("{} counts", counts.len()),
            });
        }
        Ok(Self { counts: Some(counts), ..self })
    }

    /// Vectors that `map` led to, if there is one.
    pub(crate) fn with_map(self, map: Option<LinearMap>) -> Self {
        Self { map, ..self }
    }

    /// Vectors that were read from a file of this format.
    pub(crate) fn with_format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether [`Embeddings::matrix`] makes nothing.
    pub(crate) fn is_lent(&self) -> bool {
        self.vectors.is_lent()
    }

    pub(crate) fn own_bytes_of_counts(&self) -> u64 {
        self.counts.as_ref().map_or(0, Numbers::own_bytes)
    }

    pub(crate) fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The words' own rows.
    pub(crate) fn words(&self) -> &WordRows {
        self.vectors.words()
    }

    pub(crate) fn with_lines(self, lines: Lines) -> Self {
        Self { lines: Some(Box::new(lines)), ..self }
    }

    pub(crate) fn lines(&self) -> Option<&Lines> {
        self.lines.as_deref()
    }

    pub(crate) fn with_repairs(self, repairs: Repairs) -> Self {
        Self { repairs, ..self }
    }

    /// The space these vectors live in.
    pub fn space(&self) -> Space {
        self.space
    }

    /// The number of values of a vector, *d*.
    pub fn dimension(&self) -> usize {
        self.vectors.dimension()
    }

    /// The number of words, *n*.
    pub fn len(&self) -> usize {
        self.vocabulary.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.vocabulary.is_empty()
    }

    /// The words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// All vectors, *n × d*, row *i* for word *i*. Those of a store in `f32` are lent from the file, after a look
    /// that all are finite. Otherwise they are made when this is first called, on all cores, and kept; a few words
    /// are had for less by [`Embeddings::vector_into`].
    pub fn matrix(&self) -> ArrayView2<'_, f32> {
        self.vectors.matrix(&self.vocabulary, self.subwords.as_deref())
    }

    /// The vector of a word, *d* values. Where it has to be made first, all are: see [`Embeddings::matrix`].
    ///
    /// # Panics
    ///
    /// If `id` is not of this vocabulary.
    pub fn row(&self, id: WordId) -> &[f32] {
        let ready = self.vectors.ready(id);
        ready.or_else(|| self.matrix().index_axis_move(Axis(0), id.index()).to_slice()).unwrap_or_default()
    }

    /// Writes the vector of `word` into `out` (*d* values) and says how it was come by. An unknown word has a vector if the
    /// model knows n-grams of it; otherwise the answer is `None`, and `out` is all zeros.
    ///
    /// # Panics
    ///
    /// If `out` has not exactly *d* values.
    pub fn vector_into(&self, word: &str, out: &mut [f32]) -> Option<Found> {
        self.vector_of_bytes_into(word.as_bytes(), out)
    }

    /// [`Embeddings::vector_into`] for a word that need not be UTF-8.
    ///
    /// # Panics
    ///
    /// If `out` has not exactly *d* values.
    pub fn vector_of_bytes_into(&self, word: &[u8], out: &mut [f32]) -> Option<Found> {
        assert_eq!(out.len(), self.dimension(), "the vector's length must be the dimension");
        if let Some(id) = self.vocabulary.get_bytes(word) {
            self.word_into(id, out);
            return Some(Found::Word(id));
        }
        out.fill(0.0);
        self.compose_unknown_into(word, out).then_some(Found::Subwords)
    }

    fn compose_unknown_into(&self, word: &[u8], out: &mut [f32]) -> bool {
        match (&self.subwords, &self.map) {
            (None, _) => false,
            (Some(subwords), None) => subwords.compose_into(word, out),
            (Some(subwords), Some(map)) => {
                let mut composed = vec![0.0; subwords.dimension()];
                let found = subwords.compose_into(word, &mut composed);
                if found {
                    map.apply_row_into(&mut composed, out);
                }
                found
            }
        }
    }

    /// Writes the vector of a known word into `out` (*d* values), without composing any other.
    ///
    /// # Panics
    ///
    /// If `id` is not of this vocabulary, or `out` has not exactly *d* values.
    pub fn word_into(&self, id: WordId, out: &mut [f32]) {
        self.vectors.word_into(id, self.vocabulary.bytes(id), self.subwords.as_deref(), out);
    }

    /// How often each word occurred in the training corpus, where the file tells: fastText models do.
    pub fn counts(&self) -> Option<&[u64]> {
        self.counts.as_deref()
    }

    /// The n-gram table, where the model has one; in the space of the file, also if these vectors were mapped.
    pub fn subwords(&self) -> Option<&Arc<Subwords>> {
        self.subwords.as_ref()
    }

    /// The map that led here, if these vectors were mapped: it carries what n-grams compose.
    pub fn map(&self) -> Option<&LinearMap> {
        self.map.as_ref()
    }

    /// What was put right while the file was read.
    pub fn repairs(&self) -> &Repairs {
        &self.repairs
    }

    fn fingerprint(&self) -> Space {
        let mut fingerprint = Fingerprint::default();
        fingerprint.part(b"word vectors");
        fingerprint.part(&(self.dimension() as u64).to_le_bytes());
        let d = self.dimension();
        let mut rows = vec![0.0; d * FINGERPRINT_ROWS.min(self.len())];
        // Of a fastText model each row is made of dozens, from all over the file.
        let numbered = rows.par_chunks_exact_mut(d).enumerate();
        numbered.for_each(|(id, row)| self.word_into(WordId(id as u32), row));
        for ((_, word), row) in self.vocabulary.iter().zip(rows.chunks_exact(d)) {
            fingerprint.part(word);
            fingerprint.part(&row.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
        }
        fingerprint.space()
    }
}

impl fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subwords = if self.subwords.is_some() { ", subwords" } else { "" };
        write!(f, "Embeddings({} × {}, space {}{subwords})", self.len(), self.dimension(), self.space)
    }
}

fn check_shape(vocabulary: &Vocabulary, matrix: &Array2<f32>) -> Result<()> {
    if matrix.nrows() == vocabulary.len() && matrix.ncols() > 0 {
        return Ok(());
    }
    Err(Error::Mismatch {
        expected: format!("a matrix of {} rows, one a word, and at least 1 column", vocabulary.len()),
        found: format!("{} × {}", matrix.nrows(), matrix.ncols()),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn small() -> Embeddings {
        Embeddings::new(Vocabulary::from_words(["a", "b"]), array![[1.0, 2.0], [3.0, 4.0]]).unwrap()
    }

    #[test]
    fn words_have_rows() {
        let embeddings = small();
        assert_eq!((embeddings.len(), embeddings.dimension()), (2, 2));
        assert_eq!(embeddings.row(WordId(1)), [3.0, 4.0]);
        let mut out = [9.0; 2];
        assert_eq!(embeddings.vector_into("b", &mut out), Some(Found::Word(WordId(1))));
        assert_eq!(out, [3.0, 4.0]);
        assert_eq!(embeddings.vector_into("c", &mut out), None);
        assert_eq!(out, [0.0, 0.0]);
    }

    #[test]
    fn unknown_words_are_composed() {
        let subwords = Subwords::new(2, 2, Array2::ones((5, 2))).unwrap();
        let matrix = array![[1.0, 2.0], [3.0, 4.0]];
        let embeddings =
            Embeddings::with_subwords(Vocabulary::from_words(["a", "b"]), matrix, subwords).unwrap();
        let mut out = [9.0; 2];
        assert_eq!(embeddings.vector_into("xyz", &mut out), Some(Found::Subwords));
        assert_eq!(out, [1.0, 1.0]);
        assert_eq!(embeddings.vector_into("a", &mut out), Some(Found::Word(WordId(0))));
        assert_eq!(out, [1.0, 2.0]);
    }

    #[test]
    fn the_space_is_the_content() {
        let other =
            Embeddings::new(Vocabulary::from_words(["a", "c"]), array![[1.0, 2.0], [3.0, 4.0]]).unwrap();
        assert_eq!(small().space(), small().space());
        assert_ne!(small().space(), other.space());
        let made = Space::of(&[b"made"]);
        assert_eq!(other.in_space(made).space(), made);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let words = || Vocabulary::from_words(["a", "b"]);
        let refused = [
            Embeddings::new(words(), Array2::zeros((3, 2))),
            Embeddings::new(words(), Array2::zeros((2, 0))),
            Embeddings::new(words(), array![[1.0], [f32::NAN]]),
            Embeddings::with_subwords(
                words(),
                Array2::zeros((2, 2)),
                Subwords::new(2, 2, Array2::ones((5, 3))).unwrap(),
            ),
            small().with_counts(vec![1]),
        ];
        assert!(refused.iter().all(|result| matches!(result, Err(Error::Mismatch { .. }))));
    }

    #[test]
    fn columns_first_is_put_right() {
        let embeddings = Embeddings::new(
            Vocabulary::from_words(["a", "b"]),
            array![[1.0, 3.0], [2.0, 4.0]].reversed_axes(),
        );
        assert_eq!(embeddings.unwrap().row(WordId(1)), [3.0, 4.0]);
    }

    #[test]
    fn words_may_have_other_vectors() {
        let embeddings = Embeddings::new(Vocabulary::from_words(["a", "b"]), array![[1.0, 2.0], [3.0, 4.0]]);
        let embeddings = embeddings.unwrap().with_counts(vec![7, 5]).unwrap().in_space(Space::of(&[b"own"]));
        let other = embeddings.with_vectors(&[WordId(1)], array![[5.0, 6.0]].view()).unwrap();
        assert_eq!(other.matrix(), array![[1.0, 2.0], [5.0, 6.0]]);
        assert_eq!((other.space(), other.counts()), (embeddings.space(), Some(&[7, 5][..])));
        assert!(embeddings.with_vectors(&[WordId(1)], array![[5.0, f32::NAN]].view()).is_err());
    }
}
