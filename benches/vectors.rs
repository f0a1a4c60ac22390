//! How fast files of word vectors are opened, beside a plain read of the same bytes.
//!
//! `cargo bench --bench vectors -- [FILE…]`; without files it writes two of 40,000 words × 300 for itself, as text and as
//! word2vec binary.

#![allow(clippy::print_stdout, reason = "a benchmark shows its result")]

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use wordferry::vectors::Loader;

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<PathBuf> =
        std::env::args_os().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from).collect();
    let folder = tempfile::tempdir()?;
    if files.is_empty() {
        files = vec![folder.path().join("40k.vec"), folder.path().join("40k.w2v.bin")];
        write_vectors(&files[0], &files[1], 40_000, 300)?;
    }
    for file in &files {
        let n_bytes = std::fs::metadata(file)?.len() as f64;
        let floor = median(|| read_plainly(file))?;
        let opened = median(|| {
            Loader::new().open(file)?;
            Ok(())
        })?;
        println!(
            "{}: {opened:.3} s, {:.0} MB/s; a plain read {floor:.3} s, {:.0} MB/s: {:.1} × the floor",
            file.display(),
            n_bytes / opened / 1e6,
            n_bytes / floor / 1e6,
            opened / floor
        );
    }
    Ok(())
}

fn read_plainly(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::open(file)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(())
}

/// The same words and values as text and as word2vec binary.
fn write_vectors(text: &Path, binary: &Path, n: usize, d: usize) -> std::io::Result<()> {
    let (mut text, mut binary) = (BufWriter::new(File::create(text)?), BufWriter::new(File::create(binary)?));
    writeln!(text, "{n} {d}")?;
    writeln!(binary, "{n} {d}")?;
    let mut state = 1_u64;
    for word in 0..n {
        write!(text, "word{word}")?;
        write!(binary, "word{word} ")?;
        for _ in 0..d {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = (state >> 40) as f32 / (1 << 24) as f32 - 0.5;
            write!(text, " {value:.5}")?;
            binary.write_all(&value.to_le_bytes())?;
        }
        text.write_all(b"\n")?;
        binary.write_all(b"\n")?;
    }
    text.flush()?;
    binary.flush()
}

fn median(
    mut run: impl FnMut() -> Result<(), Box<dyn std::error::Error>>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let mut seconds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[ROUNDS / 2])
}
