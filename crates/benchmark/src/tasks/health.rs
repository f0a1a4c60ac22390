//! What is in a file of vectors, and how much of a running text it knows.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use unicode_script::{Script, UnicodeScript};
use wordferry_encode::Encoder;
use wordferry_vectors::Embeddings;

use crate::Measurement;
use crate::reason::Reason;
use crate::subject::Subject;

/// Scripts that are told.
const SHOWN: usize = 5;

pub(super) fn measure(subject: &Subject<'_>) -> Result<Measurement, Reason> {
    let embeddings = subject.embeddings();
    let (repairs, info) = (embeddings.repairs(), embeddings.info());
    let left_out = repairs.duplicates + repairs.non_finite + repairs.malformed;
    let unusable = repairs.zero_rows + repairs.zeroed_words + repairs.invalid_utf8;
    let n = embeddings.len() + left_out as usize;
    let text = text_coverage(subject)?;
    Ok(Measurement {
        score: embeddings.len().saturating_sub(unusable as usize) as f64 / n.max(1) as f64,
        interval: None,
        n,
        coverage: text.as_ref().and_then(|text| text["share"].as_f64()),
        details: json!({
            "format": info.format.map(|format| format.to_string()), "n_words": embeddings.len(),
            "dimension": embeddings.dimension(), "precision": info.precision,
            "subwords": embeddings.subwords().is_some(),
            "tokenisation": subject.encoder.tokenisation().to_string(),
            "scripts": scripts(embeddings), "problems": repairs.iter().collect::<Vec<_>>(), "running_text": text,
        }),
    })
}

/// The shares of words, 0 to 1, that begin with a letter of each script, the commonest first.
fn scripts(embeddings: &Embeddings) -> Vec<(String, f64)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, word) in embeddings.vocabulary().iter() {
        let word = String::from_utf8_lossy(word);
        let script = |letter: char| {
            Some(letter.script()).filter(|script| !matches!(script, Script::Common | Script::Inherited))
        };
        if let Some(script) = word.chars().find_map(script) {
            *counts.entry(script.short_name()).or_default() += 1;
        }
    }
    let n = counts.values().sum::<usize>() as f64;
    let mut shares: Vec<(String, f64)> =
        counts.into_iter().map(|(name, count)| (name.into(), count as f64 / n)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.truncate(SHOWN);
    shares
}

/// What is known of the language's running text, if there is one.
fn text_coverage(subject: &Subject<'_>) -> Result<Option<Value>, Reason> {
    let Some(lines) = subject.running_text()? else { return Ok(None) };
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Ok(subject.encoder.coverage(&lines).map(|coverage| {
        json!({
            "share": coverage.share(), "n_tokens": coverage.n_tokens, "n_words": coverage.n_words,
            "n_composed": coverage.n_subwords,
        })
    }))
}
