//! How near the vectors that n-grams alone compose come to those of words that were learned as a whole.

use serde_json::json;
use wordferry_evaluate::cosine;
use wordferry_vectors::WordId;

use crate::Measurement;
use crate::reason::Reason;
use crate::subject::Subject;

/// Words that are looked at: so many, at equal distances in the vocabulary.
const SAMPLE: usize = 2_000;

pub(super) fn measure(subject: &Subject<'_>) -> Result<Measurement, Reason> {
    let embeddings = subject.embeddings();
    let missing = || Reason::Missing("the vectors have no n-grams".into());
    let subwords = embeddings.subwords().ok_or_else(missing)?;
    let step = (embeddings.len() / SAMPLE).max(1);
    let (mut own, mut composed) = (vec![0.0; embeddings.dimension()], vec![0.0; embeddings.dimension()]);
    let mut cosines = Vec::new();
    for id in (0..embeddings.len()).step_by(step).map(|id| WordId(id as u32)) {
        if subwords.compose_into(embeddings.vocabulary().bytes(id), &mut composed) {
            embeddings.word_into(id, &mut own);
            cosines.push(cosine(&own, &composed));
        }
    }
    if cosines.is_empty() {
        return Err(Reason::Missing("no word of the sample has an n-gram".into()));
    }
    cosines.sort_unstable_by(f64::total_cmp);
    let n = cosines.len();
    let quantile = |share: f64| cosines[((n as f64 * share) as usize).min(n - 1)];
    // The ranks between which the median lies in 95 of 100 samples (normal approximation of the binomial distribution).
    let half = 0.98 / (n as f64).sqrt();
    Ok(Measurement {
        score: quantile(0.5),
        interval: Some((quantile((0.5 - half).max(0.0)), quantile((0.5 + half).min(1.0)))),
        n,
        coverage: Some(n as f64 / embeddings.len().div_ceil(step) as f64),
        details: json!({
            "median": quantile(0.5), "percentile_5": quantile(0.05), "percentile_95": quantile(0.95),
            "min_n": subwords.min_n(), "max_n": subwords.max_n(), "n_rows": subwords.buckets(),
        }),
    })
}
