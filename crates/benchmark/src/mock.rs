//! Made-up data of many languages, laid out as real data is: what the benchmark itself is tried with.
//!
//! All languages are the same one, turned by an orthogonal matrix of their own and blurred by noise, more from language to language in
//! alphabetical order; so what each is worth is known. Most have all test sets, some lack one.

use std::fmt::Write as _;
use std::path::Path;

use ndarray::{Array1, Array2};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::{Embeddings, Target, Vocabulary, create_folder, write_atomically};

use crate::Result;

/// Words that are about a thing that is good, or bad.
const N_TONED: usize = 40;
/// Words of a text.
const LENGTH: usize = 8;

/// How large the made-up data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mock {
    /// Words of each language: from 100 to 10,000.
    pub n_words: usize,
    /// Values of a vector.
    pub dimension: usize,
    /// The seed of everything random.
    pub seed: u64,
}

impl Mock {
    /// Fills a folder with vectors and test sets of `languages`, all of them to and from `hub`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path, languages: &[&str], hub: &str) -> Result<()> {
        for name in ["vectors", "lexicons", "similarity", "analogies", "parallel", "texts", "reviews"] {
            create_folder(&folder.join(name))?;
        }
        let world = World::new(self);
        for (i, language) in languages.iter().filter(|language| **language != hub).enumerate() {
            let noise = 0.2 + i as f32 / languages.len() as f32;
            Files { folder, language, number: 1 + i }.write(&world, noise, hub, self)?;
        }
        Files { folder, language: hub, number: 0 }.write(&world, 0.0, hub, self)
    }
}

/// The one language that all are made of.
struct World {
    /// A row a word; the first ones are good or bad.
    rows: Array2<f32>,
}

impl World {
    fn new(mock: &Mock) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(mock.seed);
        let mut rows = Array2::from_shape_simple_fn((mock.n_words, mock.dimension), || normal(&mut rng));
        let tone = Array1::from_shape_simple_fn(mock.dimension, || normal(&mut rng));
        for (word, mut row) in rows.outer_iter_mut().take(N_TONED).enumerate() {
            row.scaled_add(if word % 2 == 0 { 1.0 } else { -1.0 }, &tone);
        }
        for first in groups() {
            let fourth = &rows.row(first + 2) + &rows.row(first + 1) - rows.row(first);
            rows.row_mut(first + 3).assign(&fourth);
        }
        Self { rows }
    }

    fn cosine(&self, a: usize, b: usize) -> f32 {
        let (a, b) = (self.rows.row(a), self.rows.row(b));
        a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
    }
}

/// The first words of groups of four, in which the fourth is to the third as the second is to the first.
fn groups() -> impl Iterator<Item = usize> {
    (N_TONED..N_TONED + 60).step_by(4)
}

/// The world's vectors as another language has them: reflected a few times, and blurred.
fn turned(world: &World, noise: f32, rng: &mut ChaCha8Rng) -> Array2<f32> {
    let mut rows = world.rows.clone();
    for _ in 0..4 {
        let mirror = Array1::from_shape_simple_fn(rows.ncols(), || normal(rng));
        let mirror = &mirror / mirror.dot(&mirror).sqrt();
        for mut row in rows.outer_iter_mut() {
            let along = row.dot(&mirror);
            row.scaled_add(-2.0 * along, &mirror);
        }
    }
    rows.mapv_inplace(|value| value + noise * normal(rng));
    rows
}

/// A name of letters for a number below 10,000.
fn name(number: usize) -> String {
    let syllable = |number: usize| {
        let (consonant, vowel) = (number / 5 % 20, number % 5);
        [&"bcdfghjklmnpqrstvwxz"[consonant..=consonant], &"aeiou"[vowel..=vowel]].concat()
    };
    syllable(number / 100) + &syllable(number % 100)
}

/// About normally distributed: the sum of twelve uniform numbers.
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0
}

/// The files of one language.
struct Files<'a> {
    folder: &'a Path,
    language: &'a str,
    number: usize,
}

impl Files<'_> {
    fn write(&self, world: &World, noise: f32, hub: &str, mock: &Mock) -> Result<()> {
        let mut rng = ChaCha8Rng::seed_from_u64(mock.seed.wrapping_add(1 + self.number as u64));
        self.write_vectors(turned(world, noise, &mut rng))?;
        // Every few languages lack something, as real ones do.
        let lacks = |every: usize| self.language != hub && self.number % every == 1;
        if !lacks(7) {
            self.write_similarity(world, &mut rng)?;
        }
        if !lacks(5) {
            self.write_analogies()?;
        }
        if !lacks(4) {
            self.write_text(mock.n_words, &mut rng)?;
        }
        if self.language == hub {
            self.write_reviews("train", 200, &mut rng)?;
        }
        if !lacks(3) {
            self.write_reviews("test", 60, &mut rng)?;
        }
        match self.language == hub || lacks(6) {
            true => Ok(()),
            false => self.write_pairs(hub, mock, &mut rng),
        }
    }

    /// A word's name: one of the language's own.
    fn word(&self, number: usize) -> String {
        name(self.number) + &name(number)
    }

    fn write_vectors(&self, rows: Array2<f32>) -> Result<()> {
        let vocabulary = Vocabulary::from_words((0..rows.nrows()).map(|number| self.word(number)));
        let path = self.folder.join(format!("vectors/{}.vec", self.language));
        Ok(Embeddings::new(vocabulary, rows)?.write(path, Target::Text)?)
    }

    fn write_similarity(&self, world: &World, rng: &mut ChaCha8Rng) -> Result<()> {
        let mut text = String::new();
        for _ in 0..60 {
            let [a, b] = [(); 2].map(|()| rng.random_range(0..world.rows.nrows()));
            let score = 5.0 + 4.0 * world.cosine(a, b) + 0.5 * normal(rng);
            let _ = writeln!(text, "{}\t{}\t{score:.2}", self.word(a), self.word(b));
        }
        self.write_file(&format!("similarity/{}.mock.tsv", self.language), &text)
    }

    fn write_analogies(&self) -> Result<()> {
        let mut text = ": mock\n".to_owned();
        for first in groups() {
            let _ = writeln!(text, "{}", [0, 1, 2, 3].map(|i| self.word(first + i)).join(" "));
        }
        self.write_file(&format!("analogies/{}.mock.txt", self.language), &text)
    }

    /// Labelled texts: two words of three are of their tone.
    fn write_reviews(&self, part: &str, n: usize, rng: &mut ChaCha8Rng) -> Result<()> {
        let mut text = "text,label\n".to_owned();
        for i in 0..n {
            let mut word = || {
                let tone = if rng.random_ratio(2, 3) { i % 2 } else { 1 - i % 2 };
                self.word(2 * rng.random_range(0..N_TONED / 2) + tone)
            };
            let words: Vec<String> = (0..LENGTH).map(|_| word()).collect();
            let _ = writeln!(text, "{},{}", words.join(" "), ["positive", "negative"][i % 2]);
        }
        self.write_file(&format!("reviews/{}.{part}.csv", self.language), &text)
    }

    /// The lexicon of the language and the hub, and sentences of both.
    fn write_pairs(&self, hub: &str, mock: &Mock, rng: &mut ChaCha8Rng) -> Result<()> {
        let of_hub = Files { folder: self.folder, language: hub, number: 0 };
        let lexicon = |range: std::ops::Range<usize>| {
            range.map(|word| format!("{} {}\n", of_hub.word(word), self.word(word))).collect::<String>()
        };
        let (train, test) = (mock.n_words * 6 / 10, mock.n_words * 8 / 10);
        let name = format!("{hub}-{}", self.language);
        self.write_file(&format!("lexicons/{name}.train.txt"), &lexicon(0..train.min(5000)))?;
        self.write_file(&format!("lexicons/{name}.test.txt"), &lexicon(train..test.min(train + 1500)))?;
        let sentences: Vec<[usize; LENGTH]> =
            (0..40).map(|_| [(); LENGTH].map(|()| rng.random_range(0..mock.n_words))).collect();
        for side in [&of_hub, self] {
            let line = |words: &[usize; LENGTH]| words.map(|word| side.word(word)).join(" ") + "\n";
            let path = format!("parallel/{name}.mock.{}", side.language);
            self.write_file(&path, &sentences.iter().map(line).collect::<String>())?;
        }
        Ok(())
    }

    /// A running text; one word in ten has no vector.
    fn write_text(&self, n_words: usize, rng: &mut ChaCha8Rng) -> Result<()> {
        let mut word = || match rng.random_ratio(1, 10) {
            true => "unknown".to_owned(),
            false => self.word(rng.random_range(0..n_words)),
        };
        let text: String = (0..50).map(|_| [(); LENGTH].map(|()| word()).join(" ") + "\n").collect();
        self.write_file(&format!("texts/{}.txt", self.language), &text)
    }

    fn write_file(&self, name: &str, text: &str) -> Result<()> {
        Ok(write_atomically(&self.folder.join(name), |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })?)
    }
}
