//! A language with labels and what there is of another in, a model of the other out.

use wordferry_classify::{coral, importance_weights, label_shift, shift_labels};
use wordferry_encode::AnyEncoder;
use wordferry_vectors::Features;

use crate::model::{HeldOutScores, TrainingRows, by_the_batch};
use crate::{Corpus, Error, Model, Result, Training};

/// Labels of the target count together as this part of the source's, at most.
const PART_OF_TARGET: f32 = 0.25;
/// Labels of the source that one of the target counts as, at most. With 64 labels 40 did worse than none; chosen on training texts.
const MOST_A_LABEL: f32 = 10.0;

/// A source with labels. Whatever is made of it reads the target by an encoder of the same space as the source's.
#[derive(Clone, Copy)]
pub struct Adaptation<'a> {
    /// How classifiers are trained.
    pub training: Training,
    /// Reads the source.
    pub encoder: &'a AnyEncoder,
    /// Reads the source with what is lost where the target is read. A model that is trained on the source alone is then as sure as it would be
    /// right on texts that were held out and are read so, all of which count the same; without it, with too few texts, or where classifiers of
    /// parts are combined, no probability is calibrated.
    pub as_target: Option<&'a AnyEncoder>,
    /// The source's texts.
    pub corpus: &'a Corpus,
}

impl Adaptation<'_> {
    /// A model trained on the source's rows as they are: zero-shot. The penalty and what is noted of its origin are those of the source's `own`
    /// model; all texts count the same.
    ///
    /// # Errors
    /// If the spaces differ, or an encoder or training fails.
    pub fn zero_shot(&self, target: AnyEncoder, own: &Model) -> Result<Model> {
        self.check_space(&target)?;
        let training = Training { l2: Some(own.l2().l2), ..self.training };
        let rows = TrainingRows::read(self.encoder, self.corpus)?;
        Ok(Adaptation { training, ..*self }.model(target, rows)?.with_origin_of(own))
    }

    /// A model trained on the source's rows after these were given the mean and the covariance of the target's `texts`: CORAL (Sun, Feng
    /// and Saenko 2016).
    ///
    /// # Errors
    /// If the spaces differ, an encoder's rows are not dense, or training fails.
    pub fn coral(&self, target: AnyEncoder, texts: &[&str]) -> Result<Model> {
        self.check_space(&target)?;
        let rows = |encoder: &AnyEncoder, texts: &[&str]| {
            by_the_batch(texts, encoder.dimension(), |texts| match encoder.features(texts)?.as_dense() {
                Some(rows) => Ok(rows.clone()),
                None => Err(Error::NotCentred { kind: encoder.kind() }),
            })
        };
        let source = rows(self.encoder, &self.corpus.texts())?;
        let coloured = coral(source.view(), rows(&target, texts)?.view())?;
        self.model(target, TrainingRows::of(vec![coloured.into()], self.corpus)?)
    }

    /// A model trained on the source's texts, each of which counts as much as it is like the target's `texts` (Bickel, Brückner and
    /// Scheffer 2007).
    ///
    /// # Errors
    /// If the spaces differ, or an encoder or training fails.
    pub fn importance_weighted(&self, target: AnyEncoder, texts: &[&str]) -> Result<Model> {
        self.check_space(&target)?;
        let source = self.encoder.features(&self.corpus.texts())?;
        let n_source = source.n_rows();
        let both = Features::stacked([source, target.features(texts)?]);
        let weights = importance_weights(&both, n_source, self.training.seed)?;
        let mut rows = TrainingRows::read(self.encoder, self.corpus)?;
        rows.weigh(&weights);
        self.model(target, rows)
    }

    /// A model trained on the source's texts and the `labelled` ones of the target, which count together as a quarter of the source's, but none
    /// as more than ten.
    ///
    /// # Errors
    /// If the spaces differ, or an encoder or training fails, or the target has a class that the source has not.
    pub fn joint(&self, target: AnyEncoder, labelled: &Corpus) -> Result<Model> {
        let mut rows = self.with_target(&target, labelled)?;
        rows.weigh(&joint_weights(self.corpus.len(), labelled.len(), labelled.len()));
        self.training.fit_rows(target, rows)
    }

    /// The source's rows, and below them those of labelled target texts.
    pub(crate) fn with_target(&self, target: &AnyEncoder, labelled: &Corpus) -> Result<TrainingRows> {
        self.check_space(target)?;
        let features = [self.encoder.features(&self.corpus.texts())?, target.features(&labelled.texts())?];
        let mut rows = TrainingRows::of(vec![Features::stacked(features)], self.corpus)?;
        rows.labels.extend(labelled.class_indices(&rows.classes)?);
        Ok(rows)
    }

    /// A model of the source's texts, whose rows these are, as sure as texts that were held out allow.
    fn model(&self, target: AnyEncoder, rows: TrainingRows) -> Result<Model> {
        let Some(as_target) = self.as_target.filter(|_| self.training.combination.is_none()) else {
            return self.training.fit_rows(target, rows);
        };
        self.check_space(as_target)?;
        let read = as_target.features(&self.corpus.texts())?;
        let (model, scores) = self.training.fit_and_score(target, &rows, Some(&read))?;
        match scores.map(|scores| HeldOutScores { scores, labels: rows.labels }) {
            Some(held_out) => model.tempered_by(&held_out),
            None => Ok(model),
        }
    }

    fn check_space(&self, target: &AnyEncoder) -> Result<()> {
        let (expected, found) = (self.encoder.space(), target.space());
        match expected == found {
            true => Ok(()),
            false => Err(wordferry_classify::Error::SpaceMismatch { expected, found }.into()),
        }
    }
}

/// Weights of the source's rows and, below them, the target's, of which `n_told` are trained on: these count together as a quarter of the
/// source's, but none more than ten.
pub(crate) fn joint_weights(n_source: usize, n_target: usize, n_told: usize) -> Vec<f32> {
    let mut weights = vec![1.0; n_source];
    let weight = (PART_OF_TARGET * n_source as f32 / n_told.max(1) as f32).min(MOST_A_LABEL);
    weights.resize(n_source + n_target, weight);
    weights
}

impl Model {
    /// The same model for texts among which classes have other shares than in training, as far as `texts` without labels tell: their
    /// shares are estimated, and the scores shifted (Saerens, Latinne and Decaestecker 2002). `trained` are the shares in training.
    ///
    /// # Errors
    /// If the encoder fails.
    ///
    /// # Panics
    /// If there is no text, or not one share a class.
    pub fn for_shares_of(self, texts: &[&str], trained: &[f64]) -> Result<Self> {
        let shares = label_shift(self.probabilities(texts)?.view(), trained);
        Ok(self.with_classifier(|classifier| shift_labels(classifier, trained, &shares)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use wordferry_encode::{LexicalEncoder, Pooling, WordEncoder};
    use wordferry_vectors::{Embeddings, Space, Vocabulary};

    use super::*;

    const SOURCE: [(&str, &str); 6] = [
        ("good one", "yes"),
        ("bad one", "no"),
        ("good two", "yes"),
        ("bad two", "no"),
        ("good", "yes"),
        ("bad", "no"),
    ];

    fn encoder() -> AnyEncoder {
        LexicalEncoder::fit(&["good bad one two three fine poor"], 3).into()
    }

    fn adaptation<'a>(encoder: &'a AnyEncoder, corpus: &'a Corpus) -> Adaptation<'a> {
        Adaptation { training: Training::default(), encoder, as_target: None, corpus }
    }

    #[test]
    fn a_label_of_the_target_counts_as_ten_at_most() {
        let last = |n_source, n_target| joint_weights(n_source, n_target, n_target).last().copied();
        assert_eq!(last(10_000, 64), Some(10.0));
        assert_eq!(last(1_024, 64), Some(4.0));
    }

    #[test]
    fn labels_of_the_target_teach_what_the_source_does_not_know() {
        let (corpus, source) = (Corpus::from_pairs(SOURCE), encoder());
        let labelled = Corpus::from_pairs([("fine", "yes"), ("poor", "no")]);
        let adaptation = adaptation(&source, &corpus);
        let model = adaptation.joint(encoder(), &labelled).unwrap();
        let found: Vec<usize> =
            model.predict(&["fine", "poor", "good"]).unwrap().iter().map(|p| p.class).collect();
        assert_eq!(found, [1, 0, 1]);
        let rows = adaptation.joint_rows(&encoder(), &labelled).unwrap();
        let parts = rows.predict_each(&[vec![0, 1], vec![]]).unwrap();
        assert_eq!(parts[0], [1, 0]);
        let own = Training::default().fit(encoder(), &corpus).unwrap();
        let told: Vec<usize> = own.predict(&["fine", "poor"]).unwrap().iter().map(|p| p.class).collect();
        assert_eq!(parts[1], told);
        let other = Corpus::from_pairs([("fine", "maybe")]);
        assert!(adaptation.joint(encoder(), &other).is_err());
    }

    #[test]
    fn texts_that_are_like_the_target_count_more() {
        let (corpus, source) = (Corpus::from_pairs(SOURCE), encoder());
        let adaptation = adaptation(&source, &corpus);
        let model = adaptation.importance_weighted(encoder(), &["good two", "bad two", "two"]).unwrap();
        assert_eq!(model.predict(&["good"]).unwrap()[0].class, 1);
        assert!(matches!(adaptation.coral(encoder(), &["good"]), Err(Error::NotCentred { kind: "lexical" })));
    }

    /// An encoder of two words, of which one is read wrongly or not.
    fn words(bad: [f32; 2]) -> AnyEncoder {
        let vocabulary = Vocabulary::from_words(["good", "bad"]);
        let vectors = array![[1.0, 0.0], bad];
        let embeddings = Embeddings::new(vocabulary, vectors).unwrap().in_space(Space::of(&[b"shared"]));
        WordEncoder::new(embeddings, Pooling::Mean).into()
    }

    #[test]
    fn a_model_is_no_surer_than_it_is_right_where_words_are_read_wrongly() {
        let texts = ["good", "bad", "good bad good", "bad good bad"];
        let corpus = Corpus::from_pairs((0..80).map(|i| (texts[i % 4], ["yes", "no"][i % 2])));
        let source = words([0.0, 1.0]);
        let own = Training::default().fit(words([0.0, 1.0]), &corpus).unwrap();
        let wrong = words([1.0, 0.1]);
        let sureness = |as_target: Option<&AnyEncoder>| {
            let adaptation = Adaptation { as_target, ..adaptation(&source, &corpus) };
            let model = adaptation.zero_shot(words([0.0, 1.0]), &own).unwrap();
            assert_eq!(model.l2(), own.l2());
            assert_eq!(
                model.predict(&["good", "bad"]).unwrap().iter().map(|p| p.class).collect::<Vec<_>>(),
                [1, 0]
            );
            model.probabilities(&["good"]).unwrap()[(0, 1)]
        };
        assert!(sureness(Some(&source)) > 0.9);
        // Everything is read as good: half of that is right.
        assert!((0.5..0.6).contains(&sureness(Some(&wrong))), "{}", sureness(Some(&wrong)));
        let adapted = Adaptation { as_target: Some(&wrong), ..adaptation(&source, &corpus) };
        for model in [
            adapted.coral(words([0.0, 1.0]), &texts).unwrap(),
            adapted.importance_weighted(words([0.0, 1.0]), &texts).unwrap(),
        ] {
            assert!(model.probabilities(&["good"]).unwrap()[(0, 1)] < 0.6);
        }
        // Too few texts tell nothing.
        let few = Corpus::from_pairs((0..20).map(|i| (texts[i % 4], ["yes", "no"][i % 2])));
        let adapted = Adaptation { as_target: Some(&wrong), ..adaptation(&source, &few) };
        let model = adapted.zero_shot(words([0.0, 1.0]), &own).unwrap();
        assert!(model.probabilities(&["good"]).unwrap()[(0, 1)] > 0.6);
        let elsewhere = encoder();
        let adaptation = Adaptation { as_target: Some(&elsewhere), ..adaptation(&source, &corpus) };
        assert!(adaptation.zero_shot(words([0.0, 1.0]), &own).is_err(), "of another space");
    }

    #[test]
    fn a_rarer_class_needs_more_to_be_found() {
        let corpus = Corpus::from_pairs(SOURCE);
        let model = Training::default().fit(encoder(), &corpus).unwrap();
        let before = model.probabilities(&["one"]).unwrap();
        let texts = ["bad", "bad one", "bad two", "bad three", "bad", "good"];
        let shifted = model.for_shares_of(&texts, &[0.5, 0.5]).unwrap();
        assert!(shifted.probabilities(&["one"]).unwrap()[(0, 1)] < before[(0, 1)]);
    }
}
