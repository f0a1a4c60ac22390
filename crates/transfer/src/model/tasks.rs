//! Labelled texts of several tasks or languages in, a model of each out that gained from the others.

use std::collections::HashSet;

use ndarray::Array2;
use wordferry_classify::{
    ChosenL2, Error as ClassifyError, Examples, Head, Moments, Sharing, balanced_weights, fit_tasks,
};
use wordferry_encode::AnyEncoder;

use super::{HeldOutScores, Kept, Model, Promises, Training, Trust, check_known};
use crate::{Corpus, Error, Result};

/// A task: labelled texts, and what reads them.
pub struct Task {
    /// Of the same space as the other tasks' encoders.
    pub encoder: AnyEncoder,
    /// The texts; their classes may be other ones than those of other tasks.
    pub corpus: Corpus,
}

/// A model of a task.
pub struct TaskModel {
    /// Reads and classifies as any model does. It keeps no texts: trained again alone, it would lose what it gained.
    pub model: Model,
    /// How much of what the tasks have in common it uses.
    pub sharing: Sharing,
    /// What classifiers make of texts that they did not see; `None` where a class has a single text.
    pub held_out: Option<(HeldOutScores, Kept)>,
}

/// An error if a text is in two tasks: what the others' classifiers learned from it would be in what is said of it when it is held out.
fn check_apart(tasks: &[Task]) -> Result<()> {
    let mut known = HashSet::new();
    for task in tasks {
        let texts: HashSet<&str> = task.corpus.texts().into_iter().collect();
        if let Some(shared) = texts.iter().filter(|text| known.contains(*text)).min() {
            return Err(Error::SharedText { text: shared.chars().take(40).collect() });
        }
        known.extend(texts);
    }
    Ok(())
}

impl Training {
    /// Trains a logistic classifier for every task, on its texts' features and what these have in common with the other tasks' classifiers
    /// ([`fit_tasks`]), and calibrates it on texts that are held out in turn. The head and a penalty of the training are not looked at.
    ///
    /// # Errors
    /// If there are fewer than two tasks, two share a text, the encoders' spaces differ, an encoder fails or knows no word of its task, or a task has fewer
    /// than two classes.
    pub fn fit_tasks(&self, tasks: Vec<Task>) -> Result<Vec<TaskModel>> {
        let space = tasks.first().ok_or(ClassifyError::TooFewTasks { found: 0 })?.encoder.space();
        check_apart(&tasks)?;
        let mut rows = Vec::with_capacity(tasks.len());
        for Task { encoder, corpus } in &tasks {
            let (found, texts) = (encoder.space(), corpus.texts());
            if found != space {
                return Err(ClassifyError::SpaceMismatch { expected: space, found }.into());
            }
            check_known(encoder, &texts)?;
            let classes = corpus.classes();
            let labels = corpus.class_indices(&classes)?;
            let weights = match self.balanced {
                true => balanced_weights(&labels, classes.len()),
                false => vec![1.0; labels.len()],
            };
            rows.push((encoder.features(&texts)?, labels, classes, weights));
        }
        let examples = rows.iter().map(|(features, labels, classes, weights)| {
            Ok(Examples::new(features, labels, classes)?.weighted(weights))
        });
        let examples = examples.collect::<Result<Vec<_>>>()?;
        let fits = fit_tasks(space, &examples, self.seed)?;
        let mut models = Vec::with_capacity(tasks.len());
        for ((task, (features, labels, ..)), fit) in tasks.into_iter().zip(&rows).zip(fits) {
            let n = labels.len();
            let model = Model {
                encoder: task.encoder,
                classifier: fit.classifier,
                head: Head::Logistic,
                l2: ChosenL2 { l2: 1.0 / (fit.sharing.c * n as f64), n_folds: fit.n_folds },
                moments: (!features.is_scaled()).then(|| Moments::of_features(features)),
                examples: None,
                recipe: None,
                trust: Trust::default(),
                provenance: Self { head: Head::Logistic, ..*self }.provenance(n, &[]),
            };
            models.push(calibrated(model, fit.sharing, fit.held_out, labels)?);
        }
        Ok(models)
    }
}

/// A model whose probabilities mean what they say, as far as held-out texts can tell.
fn calibrated(
    model: Model,
    sharing: Sharing,
    scores: Option<Array2<f32>>,
    labels: &[usize],
) -> Result<TaskModel> {
    let Some(scores) = scores else { return Ok(TaskModel { model, sharing, held_out: None }) };
    let held_out = HeldOutScores { scores, labels: labels.to_vec() };
    let (model, kept) = model.promising(&held_out, &Promises::default())?;
    Ok(TaskModel { model, sharing, held_out: Some((held_out, kept)) })
}

#[cfg(test)]
mod tests {
    use wordferry_encode::LexicalEncoder;

    use super::*;

    #[test]
    fn tasks_of_other_classes_are_trained_together() {
        let kinds = |i: usize| {
            if i.is_multiple_of(2) { ("fine lovely", "good", "5") } else { ("awful poor", "bad", "1") }
        };
        let text = |i: usize| {
            format!("{} thing{} of{}", kinds(i).0.split(' ').nth(i / 2 % 2).unwrap(), i % 7, i % 5)
        };
        let large = Corpus::from_pairs((0..200).map(|i| (text(i), kinds(i).1.to_owned())));
        let own = |i: usize| format!("{} small", text(i));
        let small = Corpus::from_pairs((0..8).map(|i| (own(4 * i / 2), kinds(4 * i / 2).2.to_owned())));
        let small = small.plus(&Corpus::from_pairs((0..8).map(|i| (own(4 * i + 1), "1".to_owned()))));
        let texts = [large.texts(), small.texts()].concat();
        let task =
            |corpus: &Corpus| Task { encoder: LexicalEncoder::fit(&texts, 8).into(), corpus: corpus.clone() };
        assert!(matches!(
            Training::default().fit_tasks([&large, &large].map(task).into()),
            Err(Error::SharedText { .. })
        ));
        let training = Training { balanced: true, seed: 42, ..Training::default() };
        let models = training.fit_tasks(vec![task(&large), task(&small)]).unwrap();
        let predicted = |at: usize, text: &str| {
            let model = &models[at].model;
            model.classes()[model.predict(&[text]).unwrap()[0].class].clone()
        };
        assert_eq!([predicted(0, "lovely"), predicted(1, "lovely")], ["good", "5"]);
        assert_eq!(predicted(1, "poor"), "1", "a word that the small task never saw");
        assert!(models[0].held_out.is_some() && models[0].model.examples().is_none());
        assert!(
            training.fit_tasks(vec![task(&large)]).err().unwrap().to_string().contains("two tasks or more")
        );
        let other = Task { encoder: LexicalEncoder::fit(&["other"], 1).into(), corpus: small.clone() };
        assert!(training.fit_tasks(vec![task(&large), other]).is_err());
    }
}
