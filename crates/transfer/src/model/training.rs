//! How a model is trained.

use ndarray::Array2;
use serde_json::{Map, Value};
use wordferry_classify::{
    ChosenL2, Examples, Head, LinearClassifier, Moments, WeightedView, balanced_weights, choose_l2,
    fit_average, held_out_average, held_out_scores,
};
use wordferry_encode::AnyEncoder;
use wordferry_vectors::{Features, Space};

use super::revision::Recipe;
use super::{EncoderOrigin, Model, Promises, Trust};
use crate::{Corpus, Error, Result};

/// The choices of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Training {
    /// The way to train.
    pub head: Head,
    /// The penalty per row, above 0; `None`: cross-validation chooses it.
    pub l2: Option<f64>,
    /// Whether all classes count the same, however many texts each has.
    pub balanced: bool,
    /// Whether the model keeps the texts that it was trained on, so that it can learn more and forget some.
    pub keep_texts: bool,
    /// Of everything random.
    pub seed: u64,
}

/// What is found on training texts by classifiers that did not see them. Whatever is learned of it, such as a threshold, holds for
/// texts that were never seen.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOutScores {
    /// The scores of every class, n × c, in the texts' order.
    pub scores: Array2<f32>,
    /// The class of every text, an index of the model's classes.
    pub labels: Vec<usize>,
}

/// What a classifier is trained on.
pub(crate) struct TrainingRows {
    pub(crate) views: Vec<WeightedView>,
    /// Indices of the classes, one a row.
    pub(crate) labels: Vec<usize>,
    pub(crate) classes: Vec<String>,
    weights: Option<Vec<f32>>,
}

impl TrainingRows {
    /// Rows that were made of a corpus.
    pub(crate) fn of(views: Vec<WeightedView>, corpus: &Corpus) -> Result<Self> {
        let classes = corpus.classes();
        Ok(Self { views, labels: corpus.class_indices(&classes)?, classes, weights: None })
    }

    /// What an encoder makes of a corpus.
    pub(crate) fn read(encoder: &AnyEncoder, corpus: &Corpus) -> Result<Self> {
        let views = encoder.views(&corpus.texts())?.into_iter();
        Self::of(views.map(|(features, weight)| WeightedView { features, weight }).collect(), corpus)
    }

    /// What an encoder makes of texts whose labels are still to come.
    pub(crate) fn unlabelled(encoder: &AnyEncoder, texts: &[&str]) -> Result<Self> {
        let views = encoder.views(texts)?.into_iter();
        let views = views.map(|(features, weight)| WeightedView { features, weight }).collect();
        Ok(Self { views, labels: Vec::new(), classes: Vec::new(), weights: None })
    }

    /// Lets each row count so many times.
    pub(crate) fn weigh(&mut self, weights: &[f32]) {
        self.weights = Some(weights.to_vec());
    }
}

/// A classifier that was fitted.
pub(crate) struct Fitted {
    pub(crate) classifier: LinearClassifier,
    pub(crate) l2: ChosenL2,
    /// Of features without units of their own.
    moments: Option<Moments>,
    /// Of texts that were held out.
    pub(crate) scores: Option<Array2<f32>>,
}

impl Training {
    /// Trains a classifier on what `encoder` makes of `corpus`.
    ///
    /// # Errors
    /// If the encoder fails or knows no word of the corpus, or the corpus has fewer than two classes.
    pub fn fit(&self, encoder: AnyEncoder, corpus: &Corpus) -> Result<Model> {
        Ok(self.run(encoder, corpus, false)?.0)
    }

    /// The same, and what classifiers that were trained without them make of the texts, fold by fold; `None` where a class has a single text.
    ///
    /// # Errors
    /// As [`Training::fit`].
    pub fn fit_and_hold_out(
        &self,
        encoder: AnyEncoder,
        corpus: &Corpus,
    ) -> Result<(Model, Option<HeldOutScores>)> {
        self.run(encoder, corpus, true)
    }

    /// A model whose probabilities are calibrated on texts that were held out in turn, where there are enough, and that promises nothing else.
    ///
    /// # Errors
    /// As [`Training::fit`].
    pub fn fit_calibrated(&self, encoder: AnyEncoder, corpus: &Corpus) -> Result<Model> {
        let promises = Promises::default();
        match self.fit_and_hold_out(encoder, corpus)? {
            (model, Some(held_out)) => Ok(model.promising(&held_out, &promises)?.0),
            (model, None) => Ok(model.asked_for(Some(&promises))),
        }
    }

    fn run(
        &self,
        encoder: AnyEncoder,
        corpus: &Corpus,
        hold_out: bool,
    ) -> Result<(Model, Option<HeldOutScores>)> {
        let texts = corpus.texts();
        if let Some(coverage) = encoder.coverage(&texts).filter(|coverage| coverage.share() == 0.0) {
            return Err(Error::NothingKnown { n_texts: corpus.len(), n_tokens: coverage.n_tokens });
        }
        let mut rows = TrainingRows::read(&encoder, corpus)?;
        if self.balanced {
            let weights = balanced_weights(&rows.labels, rows.classes.len());
            rows.weigh(&weights);
        }
        let (mut model, scores) = self.fit_and_score(encoder, &rows, hold_out)?;
        if self.keep_texts {
            model.examples = Some(corpus.clone());
            model.recipe = Some(Recipe { training: *self, origin: EncoderOrigin::default(), promises: None });
        }
        Ok((model, scores.map(|scores| HeldOutScores { scores, labels: rows.labels })))
    }

    /// Trains a classifier on rows that were made already, for texts that `encoder` reads.
    pub(crate) fn fit_rows(&self, encoder: AnyEncoder, rows: TrainingRows) -> Result<Model> {
        Ok(self.fit_and_score(encoder, &rows, false)?.0)
    }

    fn fit_and_score(
        &self,
        encoder: AnyEncoder,
        rows: &TrainingRows,
        hold_out: bool,
    ) -> Result<(Model, Option<Array2<f32>>)> {
        let Fitted { classifier, l2, moments, scores } = self.fitted(encoder.space(), rows, hold_out)?;
        Ok((
            Model {
                classifier,
                head: self.head,
                l2,
                moments,
                examples: None,
                recipe: None,
                trust: Trust::default(),
                provenance: self.provenance(rows.labels.len()),
                encoder,
            },
            scores,
        ))
    }

    /// A classifier of rows that were made in `space`.
    pub(crate) fn fitted(&self, space: Space, rows: &TrainingRows, hold_out: bool) -> Result<Fitted> {
        let TrainingRows { views, labels, classes, weights } = rows;
        match &views[..] {
            [view] => self.fit_one(space, &view.features, labels, classes, weights.as_deref(), hold_out),
            views => self.fit_views(space, views, labels, classes, weights.as_deref(), hold_out),
        }
    }

    /// A classifier of each view, added up.
    fn fit_views(
        &self,
        space: Space,
        views: &[WeightedView],
        labels: &[usize],
        classes: &[String],
        weights: Option<&[f32]>,
        hold_out: bool,
    ) -> Result<Fitted> {
        let (head, seed) = (self.head, self.seed);
        let (classifier, l2) = fit_average(head, space, views, labels, classes, weights, seed)?;
        let scores = match hold_out {
            true => held_out_average(head, views, labels, classes, weights, &l2, seed)?,
            false => None,
        };
        Ok(Fitted { classifier, l2: l2[0], moments: None, scores })
    }

    /// A classifier of one view.
    fn fit_one(
        &self,
        space: Space,
        features: &Features,
        labels: &[usize],
        classes: &[String],
        weights: Option<&[f32]>,
        hold_out: bool,
    ) -> Result<Fitted> {
        let mut examples = Examples::new(features, labels, classes)?;
        if let Some(weights) = weights {
            examples = examples.weighted(weights);
        }
        let l2 = match self.l2 {
            Some(l2) => ChosenL2 { l2, n_folds: 0 },
            None => choose_l2(self.head, &examples, self.seed)?,
        };
        let classifier = self.head.fit(space, &examples, l2.l2)?;
        let scores = match hold_out {
            true => held_out_scores(self.head, &examples, l2.l2, self.seed)?,
            false => None,
        };
        let moments = (!features.is_scaled()).then(|| Moments::of_features(features));
        Ok(Fitted { classifier, l2, moments, scores })
    }

    pub(super) fn provenance(&self, n_train: usize) -> Map<String, Value> {
        let pairs: [(&str, Value); 4] = [
            ("head", self.head.name().into()),
            ("balanced", self.balanced.into()),
            ("n_train", n_train.into()),
            ("seed", self.seed.into()),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}
