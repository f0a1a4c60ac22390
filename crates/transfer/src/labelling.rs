//! Texts without labels in, the one whose label teaches most out, label by label.
//!
//! While a class has no text, the middle of one cluster of texts after the other is asked for, the strangest first: a rare class, such as
//! spam, is a kind of text of its own, and seldom the one in the middle of all. Then it is texts that a classifier is in doubt about (Lewis
//! and Gale 1994), that many others are like (Settles and Craven 2008), and that are unlike those that were answered.

use std::collections::{HashMap, HashSet};

use ndarray::{Array1, Array2, Axis, concatenate};
use wordferry_classify::{Clusters, Examples, Head, balanced_weights, choose_l2, held_out_scores};
use wordferry_encode::AnyEncoder;
use wordferry_vectors::{Block, Features, Space};

use crate::{Corpus, HeldOutScores, Result};

/// Clusters whose middles are asked for before any class is told from another; twice as many when all were asked for.
const CLUSTERS: usize = 12;
/// How much it counts that a text is like many others, as an exponent.
const WEIGHT_OF_DENSITY: f32 = 0.5;

/// Chooses which text to ask for next, and knows what was answered.
pub struct Labelling {
    texts: Vec<String>,
    classes: Vec<String>,
    features: Features,
    /// The dense columns alone: marks, or vectors; n × m.
    dense: Array2<f32>,
    /// How like the others each text is, 0 or more.
    density: Vec<f32>,
    head: Head,
    seed: u64,
    /// Rows and their classes, in the order that they were given in.
    given: Vec<(usize, usize)>,
    left_out: HashSet<usize>,
}

impl Labelling {
    /// Of texts, which are asked for once each, and examples that have a label already.
    ///
    /// # Errors
    /// If the encoder fails, there are fewer than two classes, or an example is of none of them.
    pub fn new(
        texts: &[String],
        examples: &Corpus,
        classes: &[String],
        encoder: &AnyEncoder,
        head: Head,
        seed: u64,
    ) -> Result<Self> {
        let mut row_of: HashMap<&str, usize> = HashMap::new();
        let mut all: Vec<String> = Vec::new();
        for text in texts.iter().map(String::as_str).chain(examples.texts()) {
            row_of.entry(text).or_insert_with(|| {
                all.push(text.to_owned());
                all.len() - 1
            });
        }
        let labels = examples.class_indices(classes)?;
        let given = examples.texts().iter().zip(labels).map(|(text, class)| (row_of[text], class)).collect();
        let features = encoder.features(&all.iter().map(String::as_str).collect::<Vec<_>>())?;
        let (dense, density) = (dense_columns(&features), densities(&features));
        let classes = classes.to_vec();
        let left_out = HashSet::new();
        Ok(Self { texts: all, classes, features, dense, density, head, seed, given, left_out })
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// A text, by its row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn text(&self, row: usize) -> &str {
        &self.texts[row]
    }

    /// Labels of each class so far.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.given.iter().for_each(|&(_, class)| counts[class] += 1);
        counts
    }

    /// Takes an answer.
    ///
    /// # Panics
    /// If there is no such row, or no such class.
    pub fn answer(&mut self, row: usize, class: usize) {
        assert!(row < self.texts.len() && class < self.classes.len(), "a text and a class");
        self.given.push((row, class));
    }

    /// Takes the last answer back, and gives the row that it was about.
    pub fn undo(&mut self) -> Option<usize> {
        self.given.pop().map(|(row, _)| row)
    }

    /// Does not ask for a text again.
    pub fn leave_out(&mut self, row: usize) {
        self.left_out.insert(row);
    }

    /// The row of the text to ask for next; `None`: there is none left.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn next(&self) -> Result<Option<usize>> {
        let is_given: HashSet<usize> = self.given.iter().map(|(row, _)| *row).collect();
        let candidates: Vec<usize> = (0..self.texts.len())
            .filter(|row| !is_given.contains(row) && !self.left_out.contains(row))
            .collect();
        let Some(doubt) = self.doubt()? else { return self.strangest(&candidates) };
        let likeness = self.likeness();
        let worth =
            |row: usize| doubt[row] * self.density[row].powf(WEIGHT_OF_DENSITY) * (1.0 - likeness[row]);
        let better = |best: usize, row: usize| if worth(row) > worth(best) { row } else { best };
        Ok(candidates.into_iter().reduce(better))
    }

    /// The middle of a cluster that nothing was answered of: the farthest from what was answered, or, at first, from the mean.
    fn strangest(&self, candidates: &[usize]) -> Result<Option<usize>> {
        let is_candidate: HashSet<usize> = candidates.iter().copied().collect();
        let from: Vec<Array1<f32>> = match self.given.is_empty() {
            true => self.dense.mean_axis(Axis(0)).into_iter().collect(),
            false => self.given.iter().map(|&(row, _)| self.dense.row(row).to_owned()).collect(),
        };
        let distance = |row: usize| {
            let squares =
                from.iter().map(|from| (&self.dense.row(row) - from).mapv(|value| value * value).sum());
            squares.fold(f32::INFINITY, f32::min)
        };
        let farthest = |rows: &[usize]| {
            let farther = |best: usize, row: usize| if distance(row) > distance(best) { row } else { best };
            rows.iter().copied().reduce(farther)
        };
        let n = self.texts.len();
        let mut k = CLUSTERS;
        while k < n {
            let clusters = Clusters::find(self.dense.view(), k, self.seed)?;
            let answered: HashSet<usize> = self.given.iter().map(|&(row, _)| clusters.of_row[row]).collect();
            let middle = |cluster: usize| {
                let rows = clusters.nearest(cluster, n);
                rows.into_iter().find(|row| is_candidate.contains(row))
            };
            let middles: Vec<usize> =
                (0..k).filter(|cluster| !answered.contains(cluster)).filter_map(middle).collect();
            if let Some(row) = farthest(&middles) {
                return Ok(Some(row));
            }
            k *= 2;
        }
        Ok(farthest(candidates))
    }

    /// The probability of every class of every text, by a classifier of the answers; `None` while a class has no text.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn probabilities(&self) -> Result<Option<Array2<f32>>> {
        self.with_examples(|examples| {
            let l2 = choose_l2(self.head, examples, self.seed)?;
            let space = Space::of(&[b"labelling"]);
            Ok(self.head.fit(space, examples, l2.l2)?.probabilities(&self.features))
        })
    }

    /// What classifiers that did not see them make of the answered texts; `None` while a class has fewer than two. Texts that were asked
    /// for are harder than most: the estimate is on the safe side.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn held_out(&self) -> Result<Option<HeldOutScores>> {
        if self.counts().into_iter().any(|count| count < 2) {
            return Ok(None);
        }
        let scores = self.with_examples(|examples| {
            let l2 = choose_l2(self.head, examples, self.seed)?;
            Ok(held_out_scores(self.head, examples, l2.l2, self.seed)?)
        })?;
        let labels = self.given.iter().map(|(_, class)| *class).collect();
        Ok(scores.flatten().map(|scores| HeldOutScores { scores, labels }))
    }

    fn with_examples<T>(&self, use_them: impl FnOnce(&Examples<'_>) -> Result<T>) -> Result<Option<T>> {
        if self.counts().contains(&0) {
            return Ok(None);
        }
        // Rows without an answer are of no class; they are not looked at.
        let mut labels = vec![0; self.texts.len()];
        let own: Vec<usize> = self.given.iter().map(|(_, class)| *class).collect();
        let mut weights = vec![1.0; self.texts.len()];
        for (&(row, class), weight) in self.given.iter().zip(balanced_weights(&own, self.classes.len())) {
            labels[row] = class;
            weights[row] = weight;
        }
        let rows = self.given.iter().map(|&(row, _)| row as u32).collect();
        let features = &self.features;
        let all = Examples::new(features, &labels, &self.classes)?;
        use_them(&all.weighted(&weights).only(rows)?).map(Some)
    }

    /// How close the two most probable classes of every text are, 0 to 1.
    fn doubt(&self) -> Result<Option<Vec<f32>>> {
        let of_row = |row: ndarray::ArrayView1<'_, f32>| {
            let mut sorted = row.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            1.0 - (sorted[0] - sorted[1])
        };
        Ok(self.probabilities()?.map(|all| all.rows().into_iter().map(of_row).collect()))
    }

    /// The cosine of every text to the answered one that is most like it, 0 to 1.
    fn likeness(&self) -> Vec<f32> {
        let mut nearest = vec![0.0_f32; self.texts.len()];
        let lengths = lengths(&self.features);
        for &(given, _) in &self.given {
            let given_row = dense_row(&self.features, given);
            for (row, nearest) in nearest.iter_mut().enumerate() {
                let length = (lengths[row] * lengths[given]).max(f32::MIN_POSITIVE);
                *nearest = nearest.max(product(&self.features, row, &given_row) / length).min(1.0);
            }
        }
        nearest
    }
}

/// The blocks that are dense, side by side.
fn dense_columns(features: &Features) -> Array2<f32> {
    let mut all = Array2::zeros((features.n_rows(), 0));
    for block in features.blocks() {
        if let Block::Dense(rows) = block {
            all = concatenate![Axis(1), all, *rows];
        }
    }
    all
}

/// The mean cosine of every row to all rows, 0 or more.
fn densities(features: &Features) -> Vec<f32> {
    let lengths = lengths(features);
    let n = features.n_rows();
    let mut mean = vec![0.0; features.n_columns()];
    for (row, length) in lengths.iter().enumerate() {
        let length = length.max(f32::MIN_POSITIVE) * n as f32;
        features.entries(row).for_each(|(column, value)| mean[column] += value / length);
    }
    let density = |row: usize| product(features, row, &mean) / lengths[row].max(f32::MIN_POSITIVE);
    (0..n).map(|row| density(row).max(0.0)).collect()
}

fn lengths(features: &Features) -> Vec<f32> {
    let square = |row: usize| features.entries(row).map(|(_, value)| value * value).sum::<f32>();
    (0..features.n_rows()).map(|row| square(row).sqrt()).collect()
}

fn dense_row(features: &Features, row: usize) -> Vec<f32> {
    let mut dense = vec![0.0; features.n_columns()];
    features.entries(row).for_each(|(column, value)| dense[column] = value);
    dense
}

fn product(features: &Features, row: usize, dense: &[f32]) -> f32 {
    features.entries(row).map(|(column, value)| value * dense[column]).sum()
}
