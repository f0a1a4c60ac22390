//! Embeddings carried into another space, and embeddings inside an artefact.

use std::sync::Arc;

use ndarray::Array2;

use crate::map::LinearMap;
use crate::{Artefact, Embeddings, Error, Result, Space, Subwords, Vocabulary};

impl Embeddings {
    /// The same words in the space that `map` leads into. Words that are composed of n-grams are mapped after they are
    /// composed, as normalisation asks for.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if the map starts from another space or dimension, or these vectors were mapped before.
    pub fn mapped(&self, map: &LinearMap) -> Result<Self> {
        if map.from() != self.space() || self.map().is_some() {
            return Err(Error::Mismatch {
                expected: format!("vectors of the space {}, from which the map leads", map.from()),
                found: format!("vectors of the space {}", self.space()),
            });
        }
        let matrix = map.apply(self.matrix().to_owned())?;
        let subwords = self.subwords().cloned();
        let mapped =
            Self::assemble(self.vocabulary().clone(), matrix, subwords, Some(map.clone()), map.to())?;
        match self.counts() {
            Some(counts) => mapped.with_counts(counts.to_vec()),
            None => Ok(mapped),
        }
    }

    /// Adds the vectors to an artefact: words, counts, matrix, and what composes unknown words.
    pub fn put(&self, artefact: &mut Artefact) {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(self.len());
        for (_, word) in self.vocabulary().iter() {
            bytes.extend_from_slice(word);
            ends.push(bytes.len() as u64);
        }
        artefact.set("space", self.space().to_hex());
        artefact.put_bytes("words.bytes", &bytes);
        artefact.put_counts("words.ends", &ends);
        artefact.put_matrix("words.vectors", self.matrix());
        if let Some(counts) = self.counts() {
            artefact.put_counts("words.counts", counts);
        }
        if let Some(subwords) = self.subwords() {
            artefact.set("subwords.lengths", vec![subwords.min_n(), subwords.max_n()]);
            artefact.put_matrix("subwords.vectors", subwords.to_matrix().view());
        }
        if let Some(map) = self.map() {
            map.put(artefact, "words");
        }
    }

    /// Takes back from an artefact what [`Embeddings::put`] added.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let space: Space = artefact.get_text("space")?.parse()?;
        let vocabulary = take_vocabulary(artefact)?;
        let matrix = artefact.matrix("words.vectors")?;
        let subwords = match artefact.has("subwords.vectors") {
            true => Some(take_subwords(artefact)?),
            false => None,
        };
        let map = match artefact.has_property("words.map") {
            true => Some(LinearMap::take(artefact, "words")?),
            false => None,
        };
        check_parts(artefact, &vocabulary, &matrix, subwords.as_ref(), map.as_ref())?;
        let embeddings = Self::assemble(vocabulary, matrix, subwords.map(Arc::new), map, space)?;
        match artefact.has("words.counts") {
            true => embeddings.with_counts(artefact.counts("words.counts")?),
            false => Ok(embeddings),
        }
    }
}

fn take_vocabulary(artefact: &Artefact) -> Result<Vocabulary> {
    let bytes = artefact.bytes("words.bytes")?;
    let mut words = Vec::new();
    let mut start = 0;
    for end in artefact.counts("words.ends")? {
        let word = usize::try_from(end).ok().and_then(|end| bytes.get(start..end));
        words.push(word.ok_or_else(|| artefact.broken("word boundaries outside its words"))?);
        start = end as usize;
    }
    let vocabulary = Vocabulary::from_words(words);
    match vocabulary.duplicates().is_empty() {
        true => Ok(vocabulary),
        false => Err(artefact.broken("a word twice")),
    }
}

fn take_subwords(artefact: &Artefact) -> Result<Subwords> {
    let lengths = artefact.get("subwords.lengths")?;
    let length = |i: usize| lengths[i].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Subwords::new(length(0), length(1), artefact.matrix("subwords.vectors")?)
}

/// The matrix is in the map's target space, the n-grams are in the space that it starts from.
fn check_parts(
    artefact: &Artefact,
    vocabulary: &Vocabulary,
    matrix: &Array2<f32>,
    subwords: Option<&Subwords>,
    map: Option<&LinearMap>,
) -> Result<()> {
    if vocabulary.len() != matrix.nrows() {
        return Err(artefact.broken("another number of words than of vectors"));
    }
    let Some(subwords) = subwords else { return Ok(()) };
    let composed = match map {
        Some(map) => {
            map.check_dimension(subwords.dimension()).map(|()| map.output_dimension(subwords.dimension()))
        }
        None => Ok(subwords.dimension()),
    };
    match composed {
        Ok(d) if d == matrix.ncols() => Ok(()),
        _ => Err(artefact.broken("n-grams of another dimension than its words")),
    }
}
