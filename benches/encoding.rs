//! How many short texts a second become rows, from a store as it lies in its file.
//!
//! `cargo bench --bench encoding -- VECTORS TEXTS [POOLING] [ROUNDS]` pools the texts, a line each, and prints the median of the
//! rounds, 5 unless told. `scripts/peers_words.py` runs it beside the peers. Without arguments, it takes the English vectors of `data/` as a
//! store, and 100,000 texts of 5 to 20 words drawn from them.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry::encode::{Encoder, Pooling, WordEncoder};
use wordferry::vectors::{Embeddings, Loader, Precision, Target, WordId};

/// Texts that are encoded at a time, as a model does it.
const TEXTS_PER_BATCH: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let argument = |at: usize, default: &str| arguments.get(at).map_or(default, String::as_str).to_owned();
    let pooling = Pooling::from_name(&argument(2, "mean")).ok_or("no such pooling")?;
    let rounds = argument(3, "5").parse()?;
    match arguments.as_slice() {
        [] => {
            let folder = tempfile::tempdir()?;
            let store = folder.path().join("en.safetensors");
            let english = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/vectors/en.vec.gz");
            Loader::new().open(english)?.write(&store, Target::Store(Precision::F32))?;
            let embeddings = Loader::new().open(&store)?;
            let texts = drawn(&embeddings, 100_000);
            measure(embeddings, &texts, pooling, rounds)
        }
        [vectors, texts, ..] => {
            let texts: Vec<String> = std::fs::read_to_string(texts)?.lines().map(String::from).collect();
            measure(Loader::new().open(vectors)?, &texts, pooling, rounds)
        }
        _ => Err("usage: VECTORS TEXTS [POOLING] [ROUNDS]".into()),
    }
}

fn measure(
    embeddings: Embeddings,
    texts: &[String],
    pooling: Pooling,
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoder = WordEncoder::new(embeddings, pooling);
    let mut seconds = Vec::new();
    let mut sum = 0.0;
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        for batch in texts.chunks(TEXTS_PER_BATCH) {
            sum += encoder.encode(batch)?[[0, 0]];
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let (n, name, threads) = (texts.len(), pooling.name(), rayon::current_num_threads());
    println!(
        "{name}\t{n} texts\t{median:.5} s\t{:.0} texts/s\t{threads} threads\t{sum:.3}",
        n as f64 / median
    );
    Ok(())
}

/// Texts of 5 to 20 words, drawn by Zipf's law: the logarithm of the rank is uniform.
fn drawn(embeddings: &Embeddings, n: usize) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let text = |_| {
        let words = (0..random.random_range(5..=20)).map(|_| {
            let rank = (embeddings.len() as f64).powf(random.random::<f64>()) as u32;
            embeddings.vocabulary().word(WordId(rank - 1)).into_owned()
        });
        words.collect::<Vec<_>>().join(" ")
    };
    (0..n).map(text).collect()
}
