//! The epochs of a run.

use std::path::Path;

use ndarray::{Array1, ArrayView1};
use serde_json::{Map, Value};
use wordferry_classify::{Examples, Head, LinearClassifier, Moments, choose_l2};
use wordferry_encode::{Encoder, ReadText, Target, TransformerEncoder, TransformerLoader, Tuner, TunerHead};
use wordferry_vectors::{Features, Space};

use super::split::{Split, shuffled, stratified};
use super::state::State;
use super::{Epoch, FineTuned, FineTuning, Journal};
use crate::{Corpus, Error, Result};

/// Texts a step.
const BATCH: usize = 16;
/// The share of all steps in which the rate rises; in the others it falls to 0.
const WARM_UP: f64 = 0.1;
/// Epochs without a better one after which training ends.
const PATIENCE: usize = 3;

/// Texts that were read, and what trains on them.
pub(super) struct Run<'a> {
    settings: &'a FineTuning,
    tuner: Tuner,
    texts: Vec<ReadText>,
    targets: Vec<Target>,
    split: Split,
    classes: Vec<String>,
    /// Of the features of the training texts, before any training.
    moments: Moments,
    prompt: String,
    max_length: usize,
    fingerprint: Space,
}

impl<'a> Run<'a> {
    /// Reads the texts and fits the head.
    pub(super) fn new(
        settings: &'a FineTuning,
        loader: &TransformerLoader,
        folder: &Path,
        corpus: &Corpus,
    ) -> Result<Self> {
        let classes = corpus.classes();
        let labels = corpus.class_indices(&classes)?;
        let split = stratified(&labels, classes.len(), settings.seed);
        let encoder = loader.open(folder)?;
        let (head, moments) = head(&encoder, corpus, &labels, &classes, &split.train, settings.seed)?;
        let fingerprint = fingerprint(settings, &encoder, corpus);
        let (prompt, max_length) = (encoder.prompt().to_owned(), encoder.max_length());
        drop(encoder);
        let tuner = Tuner::open(loader, folder, settings.n_layers, &head)?;
        let texts = tuner.read(&corpus.texts())?;
        let targets = targets(&labels, classes.len(), &split.train);
        Ok(Self { settings, tuner, texts, targets, split, classes, moments, prompt, max_length, fingerprint })
    }

    pub(super) fn fingerprint(&self) -> Space {
        self.fingerprint
    }

    /// Goes through the epochs that are left.
    pub(super) fn train(&mut self, found: Option<State>, journal: Journal<'_>) -> Result<State> {
        let mut state = match found {
            Some(state) => state,
            None => self.begin()?,
        };
        let [weights, mean, square] = &state.values;
        self.tuner.set_state(state.n_steps, [weights, mean, square])?;
        state.epochs.iter().for_each(|epoch| (journal.progress)(epoch));
        while state.epochs.len() <= self.settings.n_epochs
            && state.epochs.len() <= state.best_epoch() + PATIENCE
        {
            let epoch = self.epoch(state.epochs.len())?;
            (journal.progress)(&epoch);
            state.epochs.push(epoch);
            (state.n_steps, state.values) = self.tuner.state()?;
            if state.best_epoch() + 1 == state.epochs.len() {
                state.best = state.values[0].clone();
            }
            state.save(journal.state)?;
        }
        Ok(state)
    }

    fn begin(&self) -> Result<State> {
        let (n_steps, values) = self.tuner.state()?;
        let epochs = vec![self.held_out(0, 0.0)?];
        let best = values[0].clone();
        Ok(State { fingerprint: self.fingerprint, epochs, n_steps, values, best })
    }

    fn epoch(&mut self, number: usize) -> Result<Epoch> {
        let rows = shuffled(&self.split.train, self.settings.seed, number);
        let n_batches = rows.len().div_ceil(BATCH);
        let mut sum = 0.0;
        for (i, batch) in rows.chunks(BATCH).enumerate() {
            let texts: Vec<&ReadText> = batch.iter().map(|row| &self.texts[*row]).collect();
            let targets: Vec<Target> = batch.iter().map(|row| self.targets[*row]).collect();
            let at = (number - 1) * n_batches + i;
            let rate = self.settings.rate * share_of_rate(at, self.settings.n_epochs * n_batches);
            sum += self.tuner.step(&texts, &targets, rate)? * batch.len() as f64;
        }
        self.held_out(number, sum / rows.len() as f64)
    }

    /// What an epoch is worth.
    fn held_out(&self, number: usize, train_loss: f64) -> Result<Epoch> {
        let (mut loss, mut weights, mut n_right) = (0.0, 0.0, 0);
        for batch in self.split.held_out.chunks(BATCH) {
            let texts: Vec<&ReadText> = batch.iter().map(|row| &self.texts[*row]).collect();
            let scores = self.tuner.scores(&texts)?;
            for (scores, row) in scores.rows().into_iter().zip(batch) {
                let Target { class, weight } = self.targets[*row];
                loss += f64::from(weight) * log_loss(scores, class);
                weights += f64::from(weight);
                n_right += usize::from(scores.iter().all(|score| *score <= scores[class]));
            }
        }
        let n = self.split.held_out.len().max(1) as f64;
        let (held_out_loss, held_out_accuracy) =
            (loss / f64::max(weights, f64::MIN_POSITIVE), n_right as f64 / n);
        match (train_loss + held_out_loss).is_finite() {
            true => Ok(Epoch { number, train_loss, held_out_loss, held_out_accuracy }),
            false => Err(Error::Diverged { epoch: number, rate: self.settings.rate }),
        }
    }

    /// The tuned encoder and its classifier, from the best weights.
    pub(super) fn finish(self, state: State, loader: &TransformerLoader, folder: &Path) -> Result<FineTuned> {
        let provenance = self.provenance(&state);
        let (changes, weights, bias) = self.tuner.split(state.best);
        let encoder = loader.open_tuned(folder, &changes)?;
        let d = weights.nrows();
        let scaled = Moments { mean: Array1::zeros(d), deviation: Array1::ones(d) };
        let classifier = LinearClassifier::new(encoder.space(), self.classes, weights, bias);
        let classifier = classifier.adapted(&scaled, &self.moments);
        let base = super::tuned::Base::new(folder, self.prompt, self.max_length);
        Ok(FineTuned::new(encoder, classifier, changes, base, provenance))
    }

    fn provenance(&self, state: &State) -> Map<String, Value> {
        let epochs: Vec<Value> = state.epochs.iter().map(Epoch::to_json).collect();
        let pairs = [
            ("n_train", self.split.train.len().into()),
            ("n_held_out", self.split.held_out.len().into()),
            ("n_layers", self.settings.n_layers.into()),
            ("rate", self.settings.rate.into()),
            ("seed", self.settings.seed.into()),
            ("best_epoch", state.best_epoch().into()),
            ("epochs", Value::from(epochs)),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// Logistic regression on the features of the rows to train on, as a head on standardised features.
fn head(
    encoder: &TransformerEncoder,
    corpus: &Corpus,
    labels: &[usize],
    classes: &[String],
    rows: &[usize],
    seed: u64,
) -> Result<(TunerHead, Moments)> {
    let texts = corpus.texts();
    let texts: Vec<&str> = rows.iter().map(|row| texts[*row]).collect();
    let labels: Vec<usize> = rows.iter().map(|row| labels[*row]).collect();
    let features = encoder.encode(&texts)?;
    let features = Features::from(features);
    let examples = Examples::new(&features, &labels, classes)?;
    let l2 = choose_l2(Head::Logistic, &examples, seed)?.l2;
    let classifier = Head::Logistic.fit(encoder.space(), &examples, l2)?;
    let moments = Moments::of_features(&features);
    let d = features.n_columns();
    let scaled = Moments { mean: Array1::zeros(d), deviation: Array1::ones(d) };
    let classifier = classifier.adapted(&moments, &scaled);
    let single = |numbers: &Array1<f64>| numbers.mapv(|number| number as f32);
    let head = TunerHead {
        mean: single(&moments.mean),
        deviation: single(&moments.deviation),
        weights: classifier.weights().to_owned(),
        bias: classifier.bias().to_owned(),
    };
    Ok((head, moments))
}

/// The class of every text, and a weight by which all classes count alike among the rows to train on.
fn targets(labels: &[usize], n_classes: usize, train: &[usize]) -> Vec<Target> {
    let mut counts = vec![0usize; n_classes];
    train.iter().for_each(|row| counts[labels[*row]] += 1);
    let weight = |class: usize| train.len() as f32 / (n_classes * counts[class].max(1)) as f32;
    labels.iter().map(|class| Target { class: *class, weight: weight(*class) }).collect()
}

/// Of everything that the weights depend on.
fn fingerprint(settings: &FineTuning, encoder: &TransformerEncoder, corpus: &Corpus) -> Space {
    let FineTuning { n_layers, n_epochs, rate, seed } = settings;
    let about = format!("{n_layers} {n_epochs} {rate} {seed} {}", encoder.max_length());
    let space = encoder.space().to_bytes();
    let texts = corpus.texts();
    let rows =
        texts.iter().zip(corpus.labels()).flat_map(|(text, label)| [text.as_bytes(), label.as_bytes()]);
    Space::of(&[about.as_bytes(), &space].into_iter().chain(rows).collect::<Vec<_>>())
}

/// What part of the highest rate a step has: it rises to 1 in a tenth of the steps, then falls to 0, in straight lines.
fn share_of_rate(step: usize, n_steps: usize) -> f64 {
    let n_rising = (n_steps as f64 * WARM_UP).ceil();
    match (step as f64) < n_rising {
        true => (step + 1) as f64 / n_rising,
        false => (n_steps - step) as f64 / (n_steps as f64 - n_rising).max(1.0),
    }
}

fn log_loss(scores: ArrayView1<'_, f32>, class: usize) -> f64 {
    let highest = f64::from(scores.fold(f32::NEG_INFINITY, |highest, score| highest.max(*score)));
    let sum: f64 = scores.iter().map(|score| (f64::from(*score) - highest).exp()).sum();
    sum.ln() + highest - f64::from(scores[class])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let shares: Vec<f64> = (0..20).map(|step| share_of_rate(step, 20)).collect();
        assert_eq!(shares[..3], [0.5, 1.0, 1.0]);
        assert!(shares[2..].windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(shares[19], 1.0 / 18.0);
        assert_eq!(share_of_rate(0, 1), 1.0);
    }

    #[test]
    fn classes_count_alike() {
        let weights: Vec<f32> =
            targets(&[0, 0, 0, 1, 1], 2, &[0, 1, 2, 3]).iter().map(|target| target.weight).collect();
        assert_eq!(weights, [2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0, 2.0]);
    }
}
