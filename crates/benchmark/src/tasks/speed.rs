//! What it costs to use the vectors, by the clock. Whatever else the machine does at the time is in the figures.

use std::time::Instant;

use serde_json::json;
use wordferry_encode::Encoder;
use wordferry_vectors::WordId;

use crate::Measurement;
use crate::reason::Reason;
use crate::subject::{Subject, loader};

/// Texts that are encoded, and words of each where there is no running text.
const N_TEXTS: usize = 20_000;
const WORDS_A_TEXT: usize = 12;

pub(super) fn measure(subject: &Subject<'_>) -> Result<Measurement, Reason> {
    let path = subject.benchmark.folder.vectors(subject.language).map_err(Reason::Fault)?;
    let begin = Instant::now();
    let again = loader(subject.benchmark).open(&path)?;
    let seconds_to_open = begin.elapsed().as_secs_f64();
    let info = again.info();
    drop(again);
    let texts = texts(subject)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let begin = Instant::now();
    subject.encoder.encode(&texts)?;
    let texts_a_second = texts.len() as f64 / begin.elapsed().as_secs_f64().max(1e-9);
    Ok(Measurement {
        score: texts_a_second,
        interval: None,
        n: texts.len(),
        coverage: None,
        details: json!({
            "seconds_to_open": seconds_to_open, "bytes": subject.benchmark.bytes_of_vectors(subject.language),
            "memory_bytes": info.all_bytes, "n_words": subject.embeddings().len(),
            "dimension": subject.embeddings().dimension(), "texts_a_second": texts_a_second,
        }),
    })
}

/// Lines of the running text over and over; words of the vocabulary over and over, where there is none.
fn texts(subject: &Subject<'_>) -> Result<Vec<String>, Reason> {
    let lines = subject.running_text()?.unwrap_or_default();
    if lines.iter().any(|line| !line.trim().is_empty()) {
        return Ok(lines.into_iter().filter(|line| !line.trim().is_empty()).cycle().take(N_TEXTS).collect());
    }
    let vocabulary = subject.embeddings().vocabulary();
    if vocabulary.is_empty() {
        return Err(Reason::Missing("no words to make texts of".into()));
    }
    let word = |i: usize| vocabulary.word(WordId((i % vocabulary.len()) as u32)).into_owned();
    let text = |i: usize| (0..WORDS_A_TEXT).map(|j| word(i * WORDS_A_TEXT + j)).collect::<Vec<_>>().join(" ");
    Ok((0..N_TEXTS).map(text).collect())
}
