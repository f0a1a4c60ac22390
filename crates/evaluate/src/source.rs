//! A plan and its texts in, what every target starts from out: the source's vectors, and the models that were trained on them.
//!
//! Where words are pooled, the classifier's penalty is chosen once a space, so that targets whose maps leave the source where it is share it, and how
//! sure it may be is learned for each. Where they are carried over one by one, it is trained for each target, on what the way through the
//! target's words leaves of the source's texts.

use std::path::{Path, PathBuf};

use wordferry_classify::Prediction;
use wordferry_encode::{AnyEncoder, CarryEncoder, WordEncoder};
use wordferry_transfer::{Adaptation, Corpus, Model, Strategy, Training};
use wordferry_vectors::{Embeddings, Loader};

use crate::aligned::Aligned;
use crate::carry::{Carriers, carriers, in_words_of};
use crate::experiment::Stage;
use crate::inputs::{TargetTexts, Texts};
use crate::{Answers, Error, Plan, Result, Scores, TargetPlan};

/// The penalty per row of a classifier of words that are carried over is 1 / (n · this). Cross-validation on the source would choose a penalty of a
/// quarter: what tells the source's texts apart so finely does not hold in another language. Chosen on German and Spanish training texts.
const C_THERE_AND_BACK: f64 = 2.0;

/// What was repaired in vectors files: the file, and a line a repair.
pub(crate) type Repairs = Vec<(PathBuf, Vec<String>)>;

/// The source of an experiment.
pub(crate) struct Source<'a> {
    plan: &'a Plan,
    texts: &'a Texts,
    embeddings: Embeddings,
    trained: Vec<Trained>,
    pub(crate) repairs: Repairs,
}

/// A target whose vectors were brought into the space of a source's model.
pub(crate) struct Arrived {
    /// Reads the target in the space that both share.
    pub(crate) encoder: AnyEncoder,
    pub(crate) aligned: Aligned,
    /// How the classifier is to be carried over, and why so.
    pub(crate) strategy: (Strategy, String),
}

impl<'a> Source<'a> {
    /// Reads the vectors.
    pub(crate) fn open(plan: &'a Plan, texts: &'a Texts, show: &mut dyn FnMut(Stage<'_>)) -> Result<Self> {
        let mut repairs = Vec::new();
        show(Stage::Reading(&plan.source.vectors));
        let embeddings = load(&plan.source.vectors, plan.source.limit, plan.source.lenient, &mut repairs)?;
        Ok(Self { plan, texts, embeddings, trained: Vec::new(), repairs })
    }

    /// Reads and aligns a target's vectors, and trains the model that reads them, unless there is one of their space.
    pub(crate) fn bring(
        &mut self,
        target: &TargetPlan,
        texts: &TargetTexts,
        show: &mut dyn FnMut(Stage<'_>),
    ) -> Result<(&Trained, Arrived)> {
        let plan = self.plan;
        show(Stage::Reading(&target.vectors));
        let embeddings = load(&target.vectors, target.limit, target.lenient, &mut self.repairs)?;
        show(Stage::Aligning(&target.language));
        let strategy = plan.strategy(target, texts.unlabelled.as_ref().map_or(0, Vec::len))?;
        let carries = strategy.0.carries_words();
        let aligned = Aligned::of(&self.embeddings, &embeddings, target, carries, plan.model.seed)?;
        let (source_map, target_map) = aligned.alignment.maps(&self.embeddings, &embeddings)?;
        let embeddings = embeddings.mapped(target_map)?;
        let fits = |trained: &Trained| {
            let words = trained.model.encoder().as_words();
            words.is_some_and(|words| words.embeddings().space() == source_map.to())
        };
        let known = self.trained.iter().position(fits).filter(|_| !carries);
        if known.is_none() {
            show(Stage::Training(&plan.source.language));
        }
        let source = || self.embeddings.mapped(source_map);
        let (index, encoder) = match (known, carries) {
            (Some(index), _) => (index, self.trained[index].pooled_encoder(embeddings, texts, plan)?),
            (None, false) => {
                let trained = Trained::pooled(source()?, self.texts, plan)?;
                let encoder = trained.pooled_encoder(embeddings, texts, plan)?;
                (self.add(trained, None)?, encoder)
            }
            (None, true) => {
                let source = CarryEncoder::fit(source()?, &plan.source.language, &self.texts.train.texts());
                let Carriers { target, there_and_back } =
                    carriers(&source, embeddings, &target.language, &aligned.lexicon);
                let trained = Trained::there_and_back(there_and_back, self.texts, plan)?;
                (self.add(trained, Some(source.into()))?, target.into())
            }
        };
        Ok((&self.trained[index], Arrived { encoder, aligned, strategy }))
    }

    /// Keeps a model. One score of the source is reported, the first model's, and every target's gap is counted from it; texts are read by `reader`
    /// for it, if there is one.
    fn add(&mut self, mut trained: Trained, reader: Option<AnyEncoder>) -> Result<usize> {
        trained.scores = match (self.trained.first(), &self.texts.test) {
            (Some(first), _) => first.scores.clone(),
            (None, Some(test)) => {
                let read = reader.map(|reader| trained.model.reading(reader)).transpose()?;
                Some(test_on(read.as_ref().unwrap_or(&trained.model), test, self.plan.model.seed)?.0)
            }
            (None, None) => None,
        };
        self.trained.push(trained);
        Ok(self.trained.len() - 1)
    }

    /// The first model, after a target was brought.
    pub(crate) fn first(&self) -> &Trained {
        self.trained.first().expect("a plan has a target")
    }
}

fn load(path: &Path, limit: Option<usize>, lenient: bool, repairs: &mut Repairs) -> Result<Embeddings> {
    let loader = Loader::new().lenient(lenient);
    let embeddings = limit.map_or(loader.clone(), |limit| loader.limit(limit)).open(path)?;
    if !embeddings.repairs().is_empty() {
        repairs.push((path.into(), embeddings.repairs().iter().collect()));
    }
    Ok(embeddings)
}

/// The source's model and what is known of it.
pub(crate) struct Trained {
    pub(crate) model: Model,
    training: Training,
    pub(crate) scores: Option<Scores>,
    pub(crate) token_coverage: Option<f64>,
    /// The classes' shares of the training texts.
    pub(crate) shares: Vec<f64>,
}

impl Trained {
    /// The classifier of mean vectors, which the targets of a space share.
    fn pooled(embeddings: Embeddings, texts: &Texts, plan: &Plan) -> Result<Self> {
        let mut encoder = WordEncoder::new(embeddings, plan.model.pooling());
        encoder.fit(&texts.train.texts());
        Self::on(encoder.into(), None, texts, plan)
    }

    /// The classifier of words that are carried over one by one to a target, trained on the source's texts as they come back from its words.
    fn there_and_back(encoder: CarryEncoder, texts: &Texts, plan: &Plan) -> Result<Self> {
        let l2 = 1.0 / (C_THERE_AND_BACK * texts.train.len() as f64);
        Self::on(encoder.into(), Some(l2), texts, plan)
    }

    /// A classifier on what `encoder` makes of the training texts, not tested yet.
    fn on(encoder: AnyEncoder, l2: Option<f64>, texts: &Texts, plan: &Plan) -> Result<Self> {
        let token_coverage = token_coverage(&encoder, &texts.train.texts());
        let training = Training { l2, seed: plan.model.seed, ..Training::default() };
        let model = training
            .fit_calibrated(encoder, &texts.train)
            .map_err(|error| Error::from(error).within(&plan.source.train))?;
        let shares =
            texts.train.class_counts().into_iter().map(|n| n as f64 / texts.train.len() as f64).collect();
        Ok(Self { training, scores: None, token_coverage, shares, model })
    }

    /// Whether its classifier reads words one by one.
    pub(crate) fn carries_words(&self) -> bool {
        matches!(self.model.encoder(), AnyEncoder::Carry(_))
    }

    /// The encoder of a target whose words are pooled, and whose vectors are in the source's space.
    fn pooled_encoder(&self, embeddings: Embeddings, texts: &TargetTexts, plan: &Plan) -> Result<AnyEncoder> {
        let own = texts.unlabelled().filter(|texts| plan.learns_from(texts.len()));
        self.learned(WordEncoder::new(embeddings, plan.model.pooling()), own.as_deref())
    }

    /// An encoder that has learned from texts of its `own`, or else what the source's has.
    fn learned(&self, mut encoder: WordEncoder, own: Option<&[&str]>) -> Result<AnyEncoder> {
        match (own, self.model.encoder().as_words()) {
            (Some(texts), _) => encoder.fit(texts),
            (None, Some(source)) => encoder.fit_like(source)?,
            (None, None) => {}
        }
        Ok(encoder.into())
    }

    /// The source, to adapt to a target.
    pub(crate) fn adaptation<'a>(&'a self, corpus: &'a Corpus) -> Adaptation<'a> {
        Adaptation { training: self.training, encoder: self.model.encoder(), as_target: None, corpus }
    }

    /// A model of the target, by a strategy whose texts are there. `as_target` tells how sure one that pools words may be.
    pub(crate) fn adapted(
        &self,
        strategy: Strategy,
        (encoder, as_target): (AnyEncoder, Option<&AnyEncoder>),
        unlabelled: &[&str],
        labelled: Option<&Corpus>,
        corpus: &Corpus,
    ) -> Result<Model> {
        let (shares, seed) = (&self.shares, self.training.seed);
        let adaptation = Adaptation { as_target, ..self.adaptation(corpus) };
        let own = |encoder| self.model.reading(encoder);
        Ok(match (strategy, labelled) {
            (Strategy::ZeroShot, _) => adaptation.zero_shot(encoder, &self.model)?,
            (Strategy::Centred, _) => adaptation.zero_shot(encoder, &self.model)?.centred_on(unlabelled)?,
            (Strategy::Coral, _) => adaptation.coral(encoder, unlabelled)?,
            (Strategy::Importance, _) => adaptation.importance_weighted(encoder, unlabelled)?,
            (Strategy::Joint, Some(labelled)) => adaptation.joint(encoder, labelled)?,
            (Strategy::LabelShift, _) => own(encoder)?.for_shares_of(unlabelled, shares)?,
            (Strategy::Student, _) => own(encoder)?.taught_by_itself(unlabelled, labelled, shares, seed)?,
            (Strategy::LexicalCarry | Strategy::Joint, _) => own(encoder)?,
        })
    }

    /// Where words are pooled, what reads the source as uncertainly as `encoder` reads the target. It `learns` from its own texts if that does.
    pub(crate) fn as_target(
        &self,
        encoder: &AnyEncoder,
        corpus: &Corpus,
        learns: bool,
    ) -> Result<Option<AnyEncoder>> {
        let (Some(target), Some(source)) = (encoder.as_words(), self.model.encoder().as_words()) else {
            return Ok(None);
        };
        let texts = corpus.texts();
        let as_target = in_words_of(target.embeddings(), source, &texts)?;
        self.learned(as_target, learns.then_some(&texts)).map(Some)
    }
}

/// How an encoder cuts texts into tokens.
pub(crate) fn tokenisation(encoder: &AnyEncoder) -> String {
    match encoder {
        AnyEncoder::Carry(carry) => carry.tokenisation().to_string(),
        encoder => encoder.as_words().map(|words| words.tokenisation().to_string()).unwrap_or_default(),
    }
}

pub(crate) fn token_coverage(encoder: &AnyEncoder, texts: &[&str]) -> Option<f64> {
    encoder.coverage(texts).map(|coverage| coverage.share())
}

pub(crate) fn test_on(model: &Model, test: &Corpus, seed: u64) -> Result<(Scores, Vec<Prediction>)> {
    let truth = test.class_indices(model.classes())?;
    let answers = Answers::of_probabilities(model.probabilities(&test.texts())?);
    Ok((Scores::of_answers(&truth, &answers, seed), answers.predictions().to_vec()))
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;
    use wordferry_encode::Pooling;
    use wordferry_vectors::{Space, Vocabulary};

    use super::*;

    fn plan() -> Plan {
        let plan = r#"
            source = { language = "en", vectors = "en.vec", train = "en.csv" }
            target = [{ language = "de", vectors = "de.vec", lexicon = "en-de.txt" }]
            model = { pooling = "mean" }
        "#;
        toml::from_str(plan).unwrap()
    }

    fn embeddings<const N: usize>(words: [&str; N], rows: [[f32; 2]; N]) -> Embeddings {
        let vectors = Embeddings::new(Vocabulary::from_words(words), arr2(&rows)).unwrap();
        vectors.in_space(Space::of(&[b"shared"]))
    }

    #[test]
    fn a_language_of_words_that_are_alike_is_answered_less_surely() {
        let texts = ["good", "bad", "good bad good", "bad good bad"];
        let train = Corpus::from_pairs((0..80).map(|i| (texts[i % 4], ["yes", "no"][i % 2])));
        let (texts, plan) = (Texts { train, test: None, targets: Vec::new() }, plan());
        let trained =
            Trained::pooled(embeddings(["good", "bad"], [[1.0, 0.0], [0.0, 1.0]]), &texts, &plan).unwrap();
        let sureness = |schlecht: [f32; 2]| {
            let encoder =
                WordEncoder::new(embeddings(["gut", "schlecht"], [[1.0, 0.0], schlecht]), Pooling::Mean);
            let (encoder, corpus) = (AnyEncoder::from(encoder), &texts.train);
            let as_target = trained.as_target(&encoder, corpus, false).unwrap();
            let model = trained
                .adapted(Strategy::ZeroShot, (encoder, as_target.as_ref()), &[], None, corpus)
                .unwrap();
            assert_eq!(model.l2(), trained.model.l2());
            model.probabilities(&["gut"]).unwrap().row(0).iter().copied().fold(0.0, f32::max)
        };
        let as_in_english = trained.model.probabilities(&["good"]).unwrap()[(0, 1)];
        assert!((sureness([0.0, 1.0]) - as_in_english).abs() < 0.05 && as_in_english > 0.9);
        assert!(sureness([1.0, 0.1]) < 0.6);
    }
}
