//! How fast vectors are opened, and how far that is from a plain read of the file.
//!
//! `cargo bench --bench vectors -- make FOLDER [N_WORDS] [DIMENSION]` writes the same vectors in every format;
//! `cargo bench --bench vectors -- TASK FILE` runs one task once, in a process of its own, and prints its seconds, the
//! file's length and the most memory that was resident. `scripts/peers_vectors.py` runs all of them beside the peers. Without
//! arguments, all tasks run on a small sample.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::any::Any;
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use finalfusion::prelude::{
    Embeddings as Peer, MmapEmbeddings, ReadTextDims, ReadWord2Vec, StorageWrap, VocabWrap,
};
use ndarray::Array2;
use rayon::prelude::*;
use wordferry::vectors::{Embeddings, Loader, Precision, Subwords, Target, Vocabulary};

/// Words that are looked up.
const N_QUERIES: usize = 1_000;

/// What a task made of a file, to be dropped when the clock was stopped; and a number, so that nothing is left out.
type Outcome = Result<(Box<dyn Any>, usize), Box<dyn Error>>;

type Task = fn(&Path) -> Outcome;

/// Every task: what it is called, and what it does with a file.
const TASKS: [(&str, Task); 7] = [
    ("read", read),
    ("load", load),
    ("open", open),
    ("lookup", lookup),
    ("finalfusion-text", finalfusion_text),
    ("finalfusion-word2vec", finalfusion_word2vec),
    ("finalfusion-mmap", finalfusion_mmap),
];

/// The files of [`make`], and the tasks for each.
const FILES: [(&str, &[&str]); 6] = [
    ("vectors.vec", &["read", "load", "finalfusion-text"]),
    ("vectors.bin", &["read", "load", "finalfusion-word2vec"]),
    ("vectors.fifu", &["finalfusion-mmap"]),
    ("vectors.safetensors", &["open", "lookup", "load"]),
    ("vectors.f16.safetensors", &["lookup", "load"]),
    ("fasttext.bin", &["lookup"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let number = |at: usize, default| arguments.get(at).and_then(|n| n.parse().ok()).unwrap_or(default);
    match arguments.as_slice() {
        [] => {
            let folder = tempfile::tempdir()?;
            make(folder.path(), 20_000, 300)?;
            FILES.iter().try_for_each(|(file, tasks)| {
                tasks.iter().try_for_each(|task| run(task, &folder.path().join(file)))
            })
        }
        [task, folder, ..] if task == "make" => make(Path::new(folder), number(2, 400_000), number(3, 300)),
        [task, file] => run(task, Path::new(file)),
        _ => Err("usage: make FOLDER [N_WORDS] [DIMENSION] | TASK FILE".into()),
    }
}

fn run(task: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let (_, work) = TASKS.iter().find(|(name, _)| *name == task).ok_or("no such task")?;
    let start = Instant::now();
    let (_kept, n) = work(file)?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = file.metadata()?.len();
    let name = file.file_name().unwrap_or_default().display();
    let rate = bytes as f64 / seconds / 1e9;
    let resident = resident()?;
    println!(
        "{task}\t{name}\t{seconds:.5} s\t{bytes} bytes\t{rate:.2} GB/s\t{resident} bytes resident\t{n} words or blocks"
    );
    Ok(())
}

/// The most memory that was ever resident, pages of mapped files included.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

/// The floor: every byte once, through a buffer that stays in the cache.
fn read(path: &Path) -> Outcome {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 18];
    let mut n = 0;
    while file.read(&mut buffer)? > 0 {
        n += 1;
    }
    Ok((Box::new(()), n))
}

/// All vectors, ready to be multiplied.
fn load(path: &Path) -> Outcome {
    let embeddings = Loader::new().open(path)?;
    let n = embeddings.matrix().nrows();
    Ok((Box::new(embeddings), n))
}

/// No vector is asked for.
fn open(path: &Path) -> Outcome {
    let embeddings = Loader::new().open(path)?;
    let n = embeddings.len();
    Ok((Box::new(embeddings), n))
}

/// Opens the file and looks up words that are known, spread over the vocabulary, on all cores.
fn lookup(path: &Path) -> Outcome {
    let embeddings = Loader::new().open(path)?;
    let vector = || vec![0.0; embeddings.dimension()];
    let queries: Vec<String> = queries(embeddings.len()).collect();
    let found = queries.par_iter().map_init(vector, |out, word| embeddings.vector_into(word, out).is_some());
    let n = found.filter(|found| *found).count();
    Ok((Box::new(embeddings), n))
}

fn finalfusion_text(path: &Path) -> Outcome {
    let embeddings = Peer::read_text_dims(&mut BufReader::new(File::open(path)?))?;
    let n = embeddings.len();
    Ok((Box::new(embeddings), n))
}

fn finalfusion_word2vec(path: &Path) -> Outcome {
    let embeddings = Peer::read_word2vec_binary(&mut BufReader::new(File::open(path)?))?;
    let n = embeddings.len();
    Ok((Box::new(embeddings), n))
}

fn finalfusion_mmap(path: &Path) -> Outcome {
    let embeddings: Peer<VocabWrap, StorageWrap> =
        Peer::mmap_embeddings(&mut BufReader::new(File::open(path)?))?;
    let n = queries(embeddings.len()).filter(|query| embeddings.embedding(query).is_some()).count();
    Ok((Box::new(embeddings), n))
}

fn queries(n: usize) -> impl Iterator<Item = String> {
    (0..N_QUERIES).map(move |i| word(i * n / N_QUERIES))
}

/// A word of four syllables, each number its own: spread by a multiplication, so that n-grams are spread too.
fn word(number: usize) -> String {
    let spread = number as u32 * 0x9e_3779 % (1 << 24);
    (0..4)
        .flat_map(|syllable| {
            let bits = (spread >> (6 * syllable)) as usize;
            [b"bcdfghjklmnprstv"[bits % 16], b"aeio"[bits / 16 % 4]]
        })
        .map(char::from)
        .collect()
}

/// Five decimals, as fastText's vectors have them.
fn value(i: usize) -> f32 {
    let hash = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    let hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32;
    // Two draws, so that small values are more frequent, as they are in trained vectors.
    let (a, b) = ((hash & 0xffff) as i64, (hash >> 16) as i64);
    (a - b) as f32 / 100_000.0
}

/// Writes the same vectors in every format, and a fastText model with enough n-grams to be of 1 GB.
fn make(folder: &Path, n: usize, d: usize) -> Result<(), Box<dyn Error>> {
    let words = || Vocabulary::from_words((0..n).map(word));
    let matrix = || Array2::from_shape_fn((n, d), |(row, column)| value(row * d + column));
    let embeddings = Embeddings::new(words(), matrix())?;
    embeddings.write(folder.join("vectors.vec"), Target::Text)?;
    embeddings.write(folder.join("vectors.bin"), Target::Word2Vec)?;
    embeddings.write(folder.join("vectors.fifu"), Target::Finalfusion)?;
    embeddings.write(folder.join("vectors.safetensors"), Target::Store(Precision::F32))?;
    embeddings.write(folder.join("vectors.f16.safetensors"), Target::Store(Precision::F16))?;
    drop(embeddings);
    let n_buckets = n + n / 8;
    let table = Array2::from_shape_fn((n_buckets, d), |(row, column)| value((n + row) * d + column));
    let subwords = Subwords::new(3, 6, table)?;
    Embeddings::with_subwords(words(), matrix(), subwords)?
        .write(folder.join("fasttext.bin"), Target::FastText)?;
    Ok(())
}
