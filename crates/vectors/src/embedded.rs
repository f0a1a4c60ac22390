//! Embeddings carried into another space, and embeddings inside an artefact.

use std::sync::Arc;

use crate::map::LinearMap;
use crate::ngrams::{Buckets, Indexer, Lengths, ListedNGrams};
use crate::rows::Rows;
use crate::{Artefact, Embeddings, Error, Result, Space, Subwords, Vocabulary};

/// What the property `subwords.indexer` says.
const PRUNED: &str = "fasttext-pruned";
const FINALFUSION: &str = "finalfusion";
const LISTED: &str = "listed";

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
        artefact.set("space", self.space().to_hex());
        put_vocabulary(artefact, "words", self.vocabulary());
        artefact.put_matrix("words.vectors", self.matrix());
        if let Some(counts) = self.counts() {
            artefact.put_counts("words.counts", counts);
        }
        if let Some(subwords) = self.subwords() {
            put_indexer(artefact, subwords);
            artefact.put_matrix("subwords.vectors", subwords.matrix().view());
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
        let vocabulary = take_vocabulary(artefact, "words")?;
        let matrix = artefact.matrix("words.vectors")?;
        let subwords = match artefact.has("subwords.vectors") {
            true => Some(take_subwords(artefact, Rows::Dense(artefact.matrix("subwords.vectors")?))?),
            false => None,
        };
        let map = take_map(artefact, "words")?;
        if vocabulary.len() != matrix.nrows() {
            return Err(artefact.broken("another number of words than of vectors"));
        }
        check_dimension(artefact, matrix.ncols(), subwords.as_ref(), map.as_ref())?;
        let embeddings = Self::assemble(vocabulary, matrix, subwords.map(Arc::new), map, space)?;
        match artefact.has("words.counts") {
            true => embeddings.with_counts(artefact.counts("words.counts")?),
            false => Ok(embeddings),
        }
    }
}

/// Adds words: their bytes, and where each ends.
pub(crate) fn put_vocabulary(artefact: &mut Artefact, name: &str, vocabulary: &Vocabulary) {
    let (bytes, ends, _) = vocabulary.parts();
    artefact.put_bytes(&format!("{name}.bytes"), bytes);
    artefact.put_counts(&format!("{name}.ends"), ends);
}

fn take_vocabulary(artefact: &Artefact, name: &str) -> Result<Vocabulary> {
    let bytes = artefact.bytes(&format!("{name}.bytes"))?;
    let mut words = Vec::new();
    let mut start = 0;
    for end in artefact.counts(&format!("{name}.ends"))? {
        let word = usize::try_from(end).ok().and_then(|end| bytes.get(start..end));
        words.push(word.ok_or_else(|| artefact.broken(format!("boundaries outside its {name}")))?);
        start = end as usize;
    }
    let vocabulary = Vocabulary::from_words(words);
    match vocabulary.duplicates().is_empty() {
        true => Ok(vocabulary),
        false => Err(artefact.broken(format!("one of its {name} twice"))),
    }
}

/// Adds how n-grams find their rows. Without a note on it they are fastText's, and there are as many buckets as rows.
pub(crate) fn put_indexer(artefact: &mut Artefact, subwords: &Subwords) {
    artefact.set("subwords.lengths", vec![subwords.min_n(), subwords.max_n()]);
    match subwords.indexer() {
        Indexer::FastText(buckets) => {
            if let Some(kept) = buckets.kept() {
                artefact.set("subwords.indexer", PRUNED);
                artefact.set("subwords.buckets", buckets.len());
                let pairs = kept.iter().flat_map(|(bucket, row)| [u64::from(*bucket), u64::from(*row)]);
                artefact.put_counts("subwords.kept", &pairs.collect::<Vec<_>>());
            }
        }
        Indexer::Finalfusion { .. } => artefact.set("subwords.indexer", FINALFUSION),
        Indexer::Listed(listed) => {
            artefact.set("subwords.indexer", LISTED);
            put_vocabulary(artefact, "subwords.names", &listed.names);
            let rows: Vec<u64> = listed.rows.iter().map(|row| u64::from(*row)).collect();
            artefact.put_counts("subwords.rows", &rows);
        }
    }
}

/// Takes back what [`put_indexer`] added, for the table `rows`.
pub(crate) fn take_subwords(artefact: &Artefact, rows: Rows) -> Result<Subwords> {
    let lengths = artefact.get("subwords.lengths")?;
    let length = |i: usize| lengths[i].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let indexer = take_indexer(artefact, rows.len())?;
    Subwords::from_rows(Lengths { min: length(0), max: length(1) }, indexer, rows)
}

fn take_indexer(artefact: &Artefact, n_rows: usize) -> Result<Indexer> {
    let row = |row: u64| match row < n_rows as u64 {
        true => Ok(row as u32),
        false => Err(artefact.broken("n-grams that lead beyond their vectors")),
    };
    if !artefact.has_property("subwords.indexer") {
        return Ok(Indexer::FastText(Buckets::all(n_rows)));
    }
    match artefact.get_text("subwords.indexer")? {
        PRUNED => {
            let n = artefact.get("subwords.buckets")?.as_u64().and_then(|n| u32::try_from(n).ok());
            let n = n.ok_or_else(|| artefact.broken("no number of n-gram buckets"))?;
            let kept = artefact.counts("subwords.kept")?;
            let pairs = kept.chunks_exact(2).map(|pair| Ok((pair[0] as u32, row(pair[1])?)));
            Ok(Indexer::FastText(Buckets::pruned(n as usize, pairs.collect::<Result<_>>()?)))
        }
        FINALFUSION if n_rows.is_power_of_two() => Ok(Indexer::Finalfusion { mask: n_rows as u64 - 1 }),
        LISTED => {
            let names = take_vocabulary(artefact, "subwords.names")?;
            let rows = artefact.counts("subwords.rows")?.into_iter().map(row).collect::<Result<Vec<_>>>()?;
            match rows.len() == names.len() {
                true => Ok(Indexer::Listed(Arc::new(ListedNGrams { names, rows }))),
                false => Err(artefact.broken("another number of n-grams than of their rows")),
            }
        }
        other => Err(artefact.broken(format!("n-grams that are indexed in an unknown way, `{other}`"))),
    }
}

/// The map that led to the vectors, if there is one.
pub(crate) fn take_map(artefact: &Artefact, name: &str) -> Result<Option<LinearMap>> {
    artefact.has_property(&format!("{name}.map")).then(|| LinearMap::take(artefact, name)).transpose()
}

/// Whether n-grams compose vectors of `d` values: they are in the space that the map starts from, words in that to which it
/// leads.
pub(crate) fn check_dimension(
    artefact: &Artefact,
    d: usize,
    subwords: Option<&Subwords>,
    map: Option<&LinearMap>,
) -> Result<()> {
    let Some(subwords) = subwords else { return Ok(()) };
    let composed = match map {
        Some(map) => {
            map.check_dimension(subwords.dimension()).map(|()| map.output_dimension(subwords.dimension()))
        }
        None => Ok(subwords.dimension()),
    };
    match composed {
        Ok(composed) if composed == d => Ok(()),
        _ => Err(artefact.broken("n-grams of another dimension than its words")),
    }
}
