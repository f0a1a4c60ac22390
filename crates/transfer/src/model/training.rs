//! How a model is trained.

use ndarray::Array2;
use serde_json::{Map, Value, json};
use wordferry_classify::{
    ChosenL2, Combination, Combined, Head, LabelledViews, LinearClassifier, Moments, balanced_weights,
    fit_combined, held_out_scores_of, penalty,
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
    /// How classifiers of the encoder's parts become one; `None`: one classifier is trained on all of them.
    pub combination: Option<Combination>,
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
    /// One, or one a part of an encoder whose classifiers are combined.
    pub(crate) views: Vec<Features>,
    /// Indices of the classes, one a row.
    pub(crate) labels: Vec<usize>,
    pub(crate) classes: Vec<String>,
    weights: Option<Vec<f32>>,
}

impl TrainingRows {
    /// Rows that were made of a corpus.
    pub(crate) fn of(views: Vec<Features>, corpus: &Corpus) -> Result<Self> {
        let classes = corpus.classes();
        Ok(Self { views, labels: corpus.class_indices(&classes)?, classes, weights: None })
    }

    /// What an encoder makes of a corpus.
    pub(crate) fn read(encoder: &AnyEncoder, corpus: &Corpus) -> Result<Self> {
        Self::of(vec![encoder.features(&corpus.texts())?], corpus)
    }

    /// What each part of an encoder makes of a corpus.
    fn read_apart(encoder: &AnyEncoder, corpus: &Corpus) -> Result<Self> {
        Self::of(encoder.parts(&corpus.texts())?, corpus)
    }

    fn labelled(&self) -> LabelledViews<'_> {
        let Self { views, labels, classes, weights } = self;
        LabelledViews { views, labels, classes, weights: weights.as_deref() }
    }

    /// What an encoder makes of texts whose labels are still to come.
    pub(crate) fn unlabelled(encoder: &AnyEncoder, texts: &[&str]) -> Result<Self> {
        let views = vec![encoder.features(texts)?];
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
    /// How much each part's classifier counts, where there are several.
    pub(super) weights: Vec<f64>,
}

/// An error if an encoder knows nothing of texts that are to be learned from.
///
/// # Errors
/// [`Error::NothingKnown`].
pub fn check_known(encoder: &AnyEncoder, texts: &[&str]) -> Result<()> {
    match encoder.coverage(texts) {
        Some(coverage) if coverage.share() == 0.0 => Err(Error::NothingKnown {
            n_texts: texts.len(),
            n_tokens: coverage.n_tokens,
            kind: encoder.kind(),
        }),
        _ => Ok(()),
    }
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
        check_known(&encoder, &texts)?;
        let mut rows = match self.combination {
            Some(_) => TrainingRows::read_apart(&encoder, corpus)?,
            None => TrainingRows::read(&encoder, corpus)?,
        };
        if self.balanced {
            let weights = balanced_weights(&rows.labels, rows.classes.len());
            rows.weigh(&weights);
        }
        let (mut model, scores) = self.fit_and_score(encoder, &rows, hold_out.then(|| &rows.views[0]))?;
        if self.keep_texts {
            model.examples = Some(corpus.clone());
            model.recipe = Some(Recipe { training: *self, origin: EncoderOrigin::default(), promises: None });
        }
        Ok((model, scores.map(|scores| HeldOutScores { scores, labels: rows.labels })))
    }

    /// Trains a classifier on rows that were made already, for texts that `encoder` reads.
    pub(crate) fn fit_rows(&self, encoder: AnyEncoder, rows: TrainingRows) -> Result<Model> {
        Ok(self.fit_and_score(encoder, &rows, None)?.0)
    }

    /// The same, and the scores of texts that were held out, if they are to be: as the rows are, or as others `read` the same texts.
    pub(crate) fn fit_and_score(
        &self,
        encoder: AnyEncoder,
        rows: &TrainingRows,
        read: Option<&Features>,
    ) -> Result<(Model, Option<Array2<f32>>)> {
        let fitted = self.fitted(encoder.space(), rows, read)?;
        let provenance = self.provenance(rows.labels.len(), &fitted.weights);
        let Fitted { classifier, l2, moments, scores, .. } = fitted;
        Ok((
            Model {
                classifier,
                head: self.head,
                l2,
                moments,
                examples: None,
                recipe: None,
                trust: Trust::default(),
                provenance,
                encoder,
            },
            scores,
        ))
    }

    /// A classifier of rows that were made in `space`. Texts that are held out are scored as `read`, unless
    /// classifiers of several views are combined, which hold out their own.
    pub(crate) fn fitted(
        &self,
        space: Space,
        rows: &TrainingRows,
        read: Option<&Features>,
    ) -> Result<Fitted> {
        match self.combination {
            Some(combination) => self.fit_combined(combination, space, rows),
            None => self.fit_one(space, rows, read),
        }
    }

    /// A classifier of each view, combined by what held-out texts tell.
    fn fit_combined(&self, combination: Combination, space: Space, rows: &TrainingRows) -> Result<Fitted> {
        let Combined { classifier, l2, weights, held_out } =
            fit_combined(combination, self.head, space, rows.labelled(), self.l2, self.seed)?;
        Ok(Fitted { classifier, l2: l2[0], moments: None, scores: held_out, weights })
    }

    /// A classifier of the one view.
    fn fit_one(&self, space: Space, rows: &TrainingRows, read: Option<&Features>) -> Result<Fitted> {
        let features = &rows.views[0];
        let examples = rows.labelled().examples(features)?;
        let l2 = penalty(self.head, &examples, self.l2, self.seed)?;
        let classifier = self.head.fit(space, &examples, l2.l2)?;
        let held_out = |read| held_out_scores_of(read, self.head, &examples, l2.l2, self.seed);
        let scores = read.map(held_out).transpose()?.flatten();
        let moments = (!features.is_scaled()).then(|| Moments::of_features(features));
        Ok(Fitted { classifier, l2, moments, scores, weights: Vec::new() })
    }

    pub(super) fn provenance(&self, n_train: usize, weights: &[f64]) -> Map<String, Value> {
        let pairs: [(&str, Value); 4] = [
            ("head", self.head.name().into()),
            ("balanced", self.balanced.into()),
            ("n_train", n_train.into()),
            ("seed", self.seed.into()),
        ];
        let combination = self
            .combination
            .map(|combination| ("combination", json!({ "way": combination.name(), "weights": weights })));
        pairs.into_iter().chain(combination).map(|(key, value)| (key.to_owned(), value)).collect()
    }
}
