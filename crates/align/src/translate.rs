//! Words of one language in, their nearest words in another out.

use ndarray::Array2;
use wordferry_vectors::Embeddings;
use wordferry_vectors::normalise::unit_rows;

use crate::neighbours::unit_vector;
use crate::{Candidates, Criterion, Error, Hit, Result};

/// The `k` best translations of each of `words`, best first. Both embeddings are in one space, where a map led them. Words
/// never seen in training are composed of their n-grams where the source has some. `known` is what
/// [`crate::Alignment::similarity_of`] the target says, if anything.
///
/// # Errors
/// [`Error::TwoSpaces`] if the spaces differ, [`Error::UnknownWord`] if a word has no vector.
pub fn translate(
    source: &Embeddings,
    target: &Embeddings,
    words: &[&str],
    criterion: Criterion,
    known: Option<(usize, &[f32])>,
    k: usize,
) -> Result<Vec<Vec<Hit>>> {
    if source.space() != target.space() {
        return Err(Error::TwoSpaces { source_space: source.space(), target_space: target.space() });
    }
    let mut queries = Array2::zeros((words.len(), source.dimension()));
    for (word, mut query) in words.iter().zip(queries.rows_mut()) {
        query.assign(&unit_vector(source, word)?.0);
    }
    let (x, z) = (unit_rows(source.matrix().to_owned()), unit_rows(target.matrix().to_owned()));
    Ok(Candidates::knowing(z.view(), x.view(), criterion, known).nearest(queries.view(), k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_vectors::{Space, Vocabulary};

    #[test]
    fn words_of_one_space_are_translated() {
        let made = |words: [&str; 3], rows| Embeddings::new(Vocabulary::from_words(words), rows).unwrap();
        let source = made(["one", "two", "three"], array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
        let target = made(["zwei", "drei", "eins"], array![[0.1, 2.0], [3.0, 2.9], [5.0, 0.1]]);
        let translated = |source: &Embeddings, target: &Embeddings, word| {
            translate(source, target, &[word], Criterion::Csls { k: 2 }, None, 1)
        };
        assert!(matches!(translated(&source, &target, "one"), Err(Error::TwoSpaces { .. })));
        let shared = Space::of(&[b"shared"]);
        let (source, target) = (source.in_space(shared), target.in_space(shared));
        for (word, row) in [("one", 2), ("two", 0), ("three", 1)] {
            assert_eq!(translated(&source, &target, word).unwrap()[0][0].row, row, "{word}");
        }
        assert!(matches!(translated(&source, &target, "four"), Err(Error::UnknownWord { .. })));
    }
}
