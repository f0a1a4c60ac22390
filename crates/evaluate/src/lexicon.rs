//! An alignment and a test lexicon in, precision at k out.

use std::collections::{BTreeMap, HashSet};

use ndarray::Axis;
use serde::Serialize;
use wordferry_align::{Candidates, Criterion, Lexicon};
use wordferry_vectors::normalise::unit_rows;
use wordferry_vectors::{Embeddings, Vocabulary, WordId};

use crate::{Error, Interval, Result};

/// Bilingual lexicon induction: how often a query's translation is among its nearest target words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LexiconScores {
    /// Share of covered queries, 0 to 1, with a translation at rank 1.
    pub p_at_1: f64,
    /// The same as a share of all source words of the lexicon: a query that is not covered counts as missed.
    pub p_at_1_of_all: f64,
    /// P@1 within rank 5.
    pub p_at_5: f64,
    /// The same within rank 10.
    pub p_at_10: f64,
    /// 95 % interval of P@1 (Wilson).
    pub p_at_1_ci: Interval,
    /// Share of the lexicon's source words, 0 to 1, that are queries.
    pub coverage: f64,
    /// Source words that are known and have a known translation.
    pub n_queries: usize,
    /// Distinct source words of the lexicon.
    pub n_lexicon: usize,
    /// How candidates were scored.
    pub criterion: String,
    /// Words that were searched: source, target.
    pub vocabulary: [usize; 2],
}

/// Scores two aligned embeddings by a lexicon. Only covered queries count; coverage says how many there are. `known` is what
/// [`wordferry_align::Alignment::similarity_of`] the target says, if anything.
///
/// # Errors
/// If the two are of different spaces, or no pair of the lexicon is known to both.
pub fn score_lexicon(
    source: &Embeddings,
    target: &Embeddings,
    lexicon: &Lexicon,
    criterion: Criterion,
    known: Option<(usize, &[f32])>,
) -> Result<LexiconScores> {
    if source.space() != target.space() {
        return Err(Error::NotAligned { source_space: source.space(), target_space: target.space() });
    }
    let gold = gold(lexicon, source.vocabulary(), target.vocabulary());
    if gold.is_empty() {
        let seeds = lexicon.resolve(source.vocabulary(), target.vocabulary());
        return Err(Error::NothingCovered {
            n_pairs: lexicon.pairs().len(),
            source_known: seeds.source_known,
            target_known: seeds.target_known,
        });
    }
    let (x, z) = (unit_rows(source.matrix().to_owned()), unit_rows(target.matrix().to_owned()));
    let query_rows: Vec<usize> = gold.keys().map(|word| word.0 as usize).collect();
    let candidates = Candidates::knowing(z.view(), x.view(), criterion, known);
    let nearest = candidates.nearest(x.select(Axis(0), &query_rows).view(), 10);
    let hits = |k: usize| {
        let hit = |(gold, hits): &(&HashSet<WordId>, &Vec<wordferry_align::Hit>)| {
            hits.iter().take(k).any(|hit| gold.contains(&WordId(hit.row)))
        };
        gold.values().zip(&nearest).filter(hit).count()
    };
    let n_queries = gold.len();
    let n_lexicon = lexicon.pairs().iter().map(|pair| &pair.0).collect::<HashSet<_>>().len();
    Ok(LexiconScores {
        p_at_1: hits(1) as f64 / n_queries as f64,
        p_at_1_of_all: hits(1) as f64 / n_lexicon as f64,
        p_at_5: hits(5) as f64 / n_queries as f64,
        p_at_10: hits(10) as f64 / n_queries as f64,
        p_at_1_ci: Interval::of_share(hits(1), n_queries),
        coverage: n_queries as f64 / n_lexicon as f64,
        n_queries,
        n_lexicon,
        criterion: criterion.name().into(),
        vocabulary: [source.len(), target.len()],
    })
}

/// Every query with its known translations.
fn gold(lexicon: &Lexicon, source: &Vocabulary, target: &Vocabulary) -> BTreeMap<WordId, HashSet<WordId>> {
    let mut gold: BTreeMap<WordId, HashSet<WordId>> = BTreeMap::new();
    for (source_word, target_word) in lexicon.resolve(source, target).pairs {
        gold.entry(source_word).or_default().insert(target_word);
    }
    gold
}
