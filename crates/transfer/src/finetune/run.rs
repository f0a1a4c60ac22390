//! The folds and the epochs of a run.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value};
use wordferry_classify::{BalancedAccuracy, fit_logistic};
use wordferry_encode::{Encoder, ReadText, TransformerEncoder, TransformerLoader, Tuner};
use wordferry_vectors::Space;

use super::epoch::held_out;
use super::split::{Split, shuffled, splits};
use super::state::{State, Values};
use super::tuned::Base;
use super::{Choice, Epoch, FineTuned, FineTuning, Journal, Progress};
use crate::{Corpus, Error, Result};

/// The share of all steps in which the rate rises; in the others it falls to 0.
const WARM_UP: f64 = 0.1;

/// Texts that were read, and what trains on them.
pub(super) struct Run<'a> {
    settings: &'a FineTuning,
    tuner: Tuner,
    /// What the layers are before any training.
    initial: Values,
    texts: Vec<ReadText>,
    labels: Vec<usize>,
    classes: Vec<String>,
    splits: Vec<Split>,
    base: Base,
    fingerprint: Space,
}

impl<'a> Run<'a> {
    /// Reads the texts.
    pub(super) fn new(
        settings: &'a FineTuning,
        loader: &TransformerLoader,
        folder: &Path,
        corpus: &Corpus,
    ) -> Result<Self> {
        let classes = corpus.classes();
        let labels = corpus.class_indices(&classes)?;
        check(&labels, &classes)?;
        let encoder = loader.open(folder)?;
        let fingerprint = fingerprint(settings, &encoder, corpus);
        let base = Base::new(folder, encoder.prompt().to_owned(), encoder.max_length());
        drop(encoder);
        let tuner = Tuner::open(loader, folder, settings.n_layers)?;
        let (_, initial) = tuner.state()?;
        let texts = tuner.read(&corpus.texts())?;
        let splits = splits(&labels, classes.len(), settings.seed);
        Ok(Self { settings, tuner, initial, texts, labels, classes, splits, base, fingerprint })
    }

    pub(super) fn fingerprint(&self) -> Space {
        self.fingerprint
    }

    /// Goes through the epochs that are left, of the folds and on all texts.
    pub(super) fn train(&mut self, found: Option<State>, mut journal: Journal<'_>) -> Result<Choice> {
        let mut state = match found {
            Some(state) => self.resumed(state, &mut journal)?,
            None => State::new(self.fingerprint, self.initial.clone()),
        };
        let mut writer = Writer { journal, last: Instant::now() };
        for fold in 0..self.splits.len() {
            if state.folds.len() == fold {
                self.begin_anew()?;
                state.folds.push(Vec::new());
            }
            while state.folds[fold].len() <= self.n_epochs() {
                let epoch = self.epoch(fold, state.folds[fold].len())?;
                (writer.journal.progress)(self.tried(fold, &epoch))?;
                state.folds[fold].push(epoch);
                writer.keep(&mut state, &self.tuner)?;
            }
        }
        let choice = self.choice(&state);
        let balanced_accuracy = self.balanced_accuracy(&choice);
        (writer.journal.progress)(Progress::Chosen { choice: &choice, balanced_accuracy })?;
        self.train_on_all(&mut state, choice.n_epochs, &mut writer)?;
        Ok(choice)
    }

    fn train_on_all(&mut self, state: &mut State, n_epochs: usize, writer: &mut Writer<'_>) -> Result<()> {
        if state.last.is_none() {
            self.begin_anew()?;
        }
        for (number, &loss) in (1..).zip(state.last.iter().flatten()) {
            (writer.journal.progress)(Progress::Trained { number, loss })?;
        }
        let n_made = state.last.get_or_insert_default().len();
        let all: Vec<usize> = (0..self.texts.len()).collect();
        for number in n_made + 1..=n_epochs {
            let loss = self.pass(&all, number)?;
            (writer.journal.progress)(Progress::Trained { number, loss })?;
            state.last.get_or_insert_default().push(loss);
            writer.keep(state, &self.tuner)?;
        }
        Ok(())
    }

    /// Goes on from a state, and tells of the folds that were done before it.
    fn resumed(&mut self, state: State, journal: &mut Journal<'_>) -> Result<State> {
        let [weights, mean, square] = &state.values;
        self.tuner.set_state(state.n_steps, [weights, mean, square])?;
        for (fold, epochs) in state.folds.iter().enumerate() {
            epochs.iter().try_for_each(|epoch| (journal.progress)(self.tried(fold, epoch)))?;
        }
        Ok(state)
    }

    fn begin_anew(&mut self) -> Result<()> {
        let [weights, mean, square] = &self.initial;
        Ok(self.tuner.set_state(0, [weights, mean, square])?)
    }

    /// An epoch on what a fold does not hold out, measured on what it does.
    fn epoch(&mut self, fold: usize, number: usize) -> Result<Epoch> {
        let train_loss = match number {
            0 => 0.0,
            number => self.pass(&self.splits[fold].train.clone(), number)?,
        };
        let features = self.tuner.features(&self.texts)?;
        let held_out = held_out(features.view(), &self.labels, &self.classes, &self.splits[fold])?;
        Ok(Epoch { number, train_loss, held_out })
    }

    /// A pass through these texts, and its mean loss.
    fn pass(&mut self, rows: &[usize], number: usize) -> Result<f64> {
        let rows = shuffled(rows, self.settings.seed, number);
        let texts: Vec<&ReadText> = rows.iter().map(|row| &self.texts[*row]).collect();
        let classes: Vec<usize> = rows.iter().map(|row| self.labels[*row]).collect();
        let steps = self.tuner.steps(&texts);
        let n_steps = steps.len();
        let mut sum = 0.0;
        for (i, step) in steps.into_iter().enumerate() {
            let share = ((number - 1) as f64 + i as f64 / n_steps as f64) / self.n_epochs() as f64;
            let rate = self.settings.rate * share_of_rate(share);
            let n = step.len() as f64;
            sum += n * self.tuner.step(&texts[step.clone()], &classes[step], rate)?;
        }
        match sum.is_finite() {
            true => Ok(sum / rows.len().max(1) as f64),
            false => Err(Error::Diverged { epoch: number, rate: self.settings.rate }),
        }
    }

    /// Without a layer to train there is nothing to go through.
    fn n_epochs(&self) -> usize {
        if self.settings.n_layers == 0 { 0 } else { self.settings.n_epochs }
    }

    fn choice(&self, state: &State) -> Choice {
        let n_held_out: Vec<usize> = self.splits.iter().map(|split| split.held_out.len()).collect();
        Choice::of(&state.folds, &n_held_out)
    }

    /// What the texts held out say of a choice, those of all folds together.
    fn balanced_accuracy(&self, choice: &Choice) -> BalancedAccuracy {
        let rows = self.splits.iter().flat_map(|split| &split.held_out);
        let truth: Vec<usize> = rows.map(|&row| self.labels[row]).collect();
        BalancedAccuracy::of(&truth, &choice.held_out.answers, self.classes.len())
            .expect("every class has a text that is held out")
    }

    fn tried<'b>(&self, fold: usize, epoch: &'b Epoch) -> Progress<'b> {
        Progress::Tried { fold: fold + 1, n_folds: self.splits.len(), epoch }
    }

    /// The tuned encoder and its classifier, from the weights of now.
    pub(super) fn finish(
        self,
        choice: &Choice,
        loader: &TransformerLoader,
        folder: &Path,
    ) -> Result<FineTuned> {
        let provenance = self.provenance(choice);
        let changes = self.tuner.changes()?;
        let features = self.tuner.features(&self.texts)?;
        drop(self.tuner);
        let encoder = loader.open_tuned(folder, &changes)?;
        let l2 = choice.held_out.l2;
        let classifier = fit_logistic(encoder.space(), features.view(), &self.labels, &self.classes, l2)?;
        Ok(FineTuned::new(encoder, classifier, changes, self.base, provenance))
    }

    fn provenance(&self, choice: &Choice) -> Map<String, Value> {
        let FineTuning { n_layers, n_epochs, rate, seed } = *self.settings;
        let pairs = [
            ("n_train", self.texts.len().into()),
            ("n_folds", self.splits.len().into()),
            ("n_layers", n_layers.into()),
            ("rate", rate.into()),
            ("seed", seed.into()),
            ("most_epochs", n_epochs.into()),
            ("n_epochs", choice.n_epochs.into()),
            ("held_out", choice.held_out.to_json()),
            ("held_out_frozen", choice.frozen.to_json()),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// Writes the state, and tells how it goes.
struct Writer<'a> {
    journal: Journal<'a>,
    last: Instant,
}

impl Writer<'_> {
    /// Writes the state with the weights of now, if the last time is long enough ago.
    fn keep(&mut self, state: &mut State, tuner: &Tuner) -> Result<()> {
        if self.last.elapsed() < self.journal.every {
            return Ok(());
        }
        (state.n_steps, state.values) = tuner.state()?;
        state.save(self.journal.state)?;
        self.last = Instant::now();
        Ok(())
    }
}

/// An error unless there are two classes, and two texts of each: one to train on and one to hold out.
fn check(labels: &[usize], classes: &[String]) -> Result<()> {
    if classes.len() < 2 {
        let only = classes.first().cloned();
        return Err(wordferry_classify::Error::SingleClass { n_rows: labels.len(), only }.into());
    }
    let n = |class: usize| labels.iter().filter(|label| **label == class).count();
    match (0..classes.len()).find(|class| n(*class) < 2) {
        None => Ok(()),
        Some(class) => Err(Error::SingleText { class: classes[class].clone() }),
    }
}

/// Of everything that the weights depend on.
fn fingerprint(settings: &FineTuning, encoder: &TransformerEncoder, corpus: &Corpus) -> Space {
    let FineTuning { n_layers, n_epochs, rate, seed } = settings;
    // The first number changes with what a state holds.
    let about = format!("2 {n_layers} {n_epochs} {rate} {seed} {}", encoder.max_length());
    let space = encoder.space().to_bytes();
    let texts = corpus.texts();
    let rows =
        texts.iter().zip(corpus.labels()).flat_map(|(text, label)| [text.as_bytes(), label.as_bytes()]);
    Space::of(&[about.as_bytes(), &space].into_iter().chain(rows).collect::<Vec<_>>())
}

/// What part of the highest rate a step has by the share of all steps that were made: it rises from a tenth to 1 in a tenth of the
/// steps, then falls to 0, in straight lines.
fn share_of_rate(share: f64) -> f64 {
    match share < WARM_UP {
        true => 0.1 + 0.9 * share / WARM_UP,
        false => (1.0 - share) / (1.0 - WARM_UP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        for (share, expected) in [(0.0, 0.1), (0.05, 0.55), (0.1, 1.0), (0.55, 0.5), (0.91, 0.1)] {
            assert!((share_of_rate(share) - expected).abs() < 1e-12, "{share}");
        }
    }
}
