//! Examples in, a model that learned them or never saw them out.
//!
//! A model that keeps its texts is trained again, encoder and all, as it was the first time: the same texts give the same bytes, however
//! the model came by them. What an approximate unlearning (Cao and Yang 2015; Ginart et al. 2019) saves in time would be paid for in trust.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};
use wordferry_classify::{Combination, Head};
use wordferry_vectors::Artefact;

use super::{HeldOutScores, Kept, Model, Promises, Training};
use crate::corpus::{put_texts, take_texts};
use crate::{Corpus, Error, Result, Row};

/// How a model's encoder came to be: what of it has to be learned again when the texts are others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncoderOrigin {
    /// Whether an encoder learned what it knows of texts from those that the model was trained on; one a view, or one.
    pub learned: Vec<bool>,
    /// Texts without labels that it learned from, too.
    pub unlabelled: Vec<String>,
}

/// A model that was trained again, and what is known of it.
pub struct Revised {
    /// The model.
    pub model: Model,
    /// What classifiers that did not see them find on all its texts; `None` where a class has a single one.
    pub held_out: Option<HeldOutScores>,
    /// What these allowed of what the model was asked to keep; `None` if nothing was asked, or nothing could be held out.
    pub kept: Option<Kept>,
}

/// What it takes to train a model again, beside its texts.
#[derive(Clone)]
pub(super) struct Recipe {
    pub(super) training: Training,
    pub(super) origin: EncoderOrigin,
    /// What it shall keep; none, if nothing was learned from texts held out.
    pub(super) promises: Option<Promises>,
}

impl Model {
    /// The same model, which knows how its encoder came to be. Without this the encoder stays as it is when the model learns or forgets.
    #[must_use]
    pub fn with_origin(mut self, origin: EncoderOrigin) -> Self {
        self.recipe.iter_mut().for_each(|recipe| recipe.origin.clone_from(&origin));
        self
    }

    /// The model that was trained on these examples, too.
    ///
    /// # Errors
    /// If the model keeps no texts, or as [`Training::fit`].
    pub fn updated(self, more: &Corpus) -> Result<Revised> {
        let all = self.kept()?.plus(more);
        self.trained_on(&all)
    }

    /// The model that never saw these examples. A row without a label means its text, whatever the label; a text that was seen several
    /// times is forgotten altogether. `path` says where the rows are from.
    ///
    /// # Errors
    /// If the model keeps no texts or not this one, a class would be left without a text, or as [`Training::fit`].
    pub fn without(mut self, rows: &[Row], path: &Path) -> Result<Revised> {
        let left = left(self.kept()?, rows, path)?;
        // A text without its label is a text still.
        let kept: HashSet<&str> = left.texts().into_iter().collect();
        let gone = |text: &String| !kept.contains(&**text) && rows.iter().any(|row| row.text == *text);
        self.recipe.iter_mut().for_each(|recipe| recipe.origin.unlabelled.retain(|text| !gone(text)));
        self.trained_on(&left)
    }

    fn kept(&self) -> Result<&Corpus> {
        match (&self.examples, &self.recipe) {
            (Some(examples), Some(_)) => Ok(examples),
            _ => Err(Error::NoTextsKept),
        }
    }

    /// The same training on other examples.
    fn trained_on(self, corpus: &Corpus) -> Result<Revised> {
        let classes = self.classes().to_vec();
        let Self { mut encoder, recipe, provenance, .. } = self;
        let Some(Recipe { training, origin, promises }) = recipe else { return Err(Error::NoTextsKept) };
        let seen = corpus.texts().into_iter().chain(origin.unlabelled.iter().map(String::as_str));
        encoder.fit_again(&seen.collect::<Vec<_>>(), corpus.n_rarest(), &origin.learned)?;
        let (model, held_out) = training.fit_and_hold_out(encoder, corpus)?;
        let mut model = model.with_origin(origin).asked_for(promises.as_ref());
        let mut kept = None;
        if let (Some(promises), Some(held_out)) = (promises, &held_out) {
            if promises.budget.is_some() && (model.classes() != classes || classes.len() != 2) {
                return Err(Error::OtherClasses { expected: classes, found: model.classes().to_vec() });
            }
            let (promising, found) = model.promising(held_out, &promises)?;
            (model, kept) = (promising, Some(found));
        }
        for (key, value) in provenance {
            model.provenance.entry(key).or_insert(value);
        }
        Ok(Revised { model, held_out, kept })
    }
}

/// The examples that are none of these rows.
fn left(corpus: &Corpus, rows: &[Row], path: &Path) -> Result<Corpus> {
    let mut known: HashMap<&str, Vec<&str>> = HashMap::new();
    for (text, label) in corpus.texts().into_iter().zip(corpus.labels()) {
        known.entry(text).or_default().push(label);
    }
    let mut unwanted: HashSet<(&str, &str)> = HashSet::new();
    for row in rows {
        let of_text = known.get(row.text.as_str()).map(Vec::as_slice).unwrap_or_default();
        let label = row.label.as_deref();
        let found: Vec<&&str> =
            of_text.iter().filter(|own| label.is_none_or(|label| label == **own)).collect();
        unwanted.extend(found.iter().map(|own| (row.text.as_str(), **own)));
        if found.is_empty() {
            return Err(Error::NeverSeen {
                path: path.into(),
                line: row.line,
                text: row.text.clone(),
                label: row.label.clone(),
            });
        }
    }
    let is_left = |(text, label): (&str, &String)| !unwanted.contains(&(text, label.as_str()));
    let pairs = corpus.texts().into_iter().zip(corpus.labels());
    let rows: Vec<usize> = pairs.enumerate().filter(|(_, pair)| is_left(*pair)).map(|(row, _)| row).collect();
    let left = corpus.only(&rows);
    let classes = left.classes();
    match corpus.classes().into_iter().find(|class| !classes.contains(class)) {
        Some(class) => Err(Error::ForgottenClass { class }),
        None => Ok(left),
    }
}

impl Recipe {
    pub(super) fn put(&self, artefact: &mut Artefact) {
        let Training { head, l2, combination, balanced, seed, .. } = self.training;
        let properties = json!({
            "head": head.name(), "l2": l2, "combination": combination.map(Combination::name), "balanced": balanced, "seed": seed, "learned": self.origin.learned,
            "promises": self.promises.as_ref().map(Promises::to_json),
        });
        artefact.set("recipe", properties);
        put_texts(artefact, "unlabelled", &self.origin.unlabelled);
    }

    /// Whether an artefact holds one.
    pub(super) fn is_in(artefact: &Artefact) -> bool {
        artefact.has_property("recipe")
    }

    pub(super) fn take(artefact: &Artefact) -> Result<Self> {
        let broken = || artefact.broken("a training that is not understood");
        let properties = artefact.get("recipe")?;
        let head = properties["head"].as_str().and_then(Head::from_name);
        let learned = properties["learned"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (Some(head), Some(balanced), Some(seed)) =
            (head, properties["balanced"].as_bool(), properties["seed"].as_u64())
        else {
            return Err(broken().into());
        };
        // Models that were saved before parts could be combined have none.
        let combination = match properties.get("combination").and_then(Value::as_str) {
            Some(name) => Some(Combination::from_name(name).ok_or_else(broken)?),
            None => None,
        };
        let l2 = properties["l2"].as_f64();
        let training = Training { head, l2, combination, balanced, seed, keep_texts: true };
        let unlabelled = take_texts(artefact, "unlabelled")?;
        let learned = learned.iter().map(|learned| learned.as_bool() == Some(true)).collect();
        let promises = Promises::from_json(&properties["promises"]);
        Ok(Self { training, origin: EncoderOrigin { learned, unlabelled }, promises })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use wordferry_encode::{AnyEncoder, LexicalEncoder, Pooling, Views, WordEncoder};
    use wordferry_vectors::{Embeddings, Vocabulary};

    use super::*;

    /// With the last two and without them, the rarest class has two rows.
    const ROWS: [(&str, &str); 9] = [
        ("a good film", "yes"),
        ("win a prize", "other"),
        ("a bad film", "no"),
        ("good and cheap", "yes"),
        ("the prize is cheap", "other"),
        ("not good", "no"),
        ("the good prize", "yes"),
        ("bad", "yes"),
        ("cheap cheap prize", "other"),
    ];

    fn words(texts: &[&str], pooling: Pooling) -> AnyEncoder {
        let words = ["good", "bad", "not", "film", "a", "the", "cheap", "prize"];
        let value = |(i, j): (usize, usize)| ((7 * i + 13 * j + i * j * j) % 11) as f32 - 4.5;
        let vectors = Array2::from_shape_fn((words.len(), 6), value);
        let mut encoder =
            WordEncoder::new(Embeddings::new(Vocabulary::from_words(words), vectors).unwrap(), pooling);
        encoder.fit(texts);
        encoder.into()
    }

    /// Of each of the classes, the rarest has two labels.
    fn lexical(texts: &[&str]) -> AnyEncoder {
        LexicalEncoder::fit(texts, 2).into()
    }

    fn views(texts: &[&str]) -> AnyEncoder {
        let sif = words(texts, Pooling::Sif { a: 1e-3 });
        Views::fit(vec![(sif, 0.3), (lexical(texts), 1.0)], texts).unwrap().into()
    }

    fn model(encoder: impl Fn(&[&str]) -> AnyEncoder, rows: &[(&str, &str)]) -> Model {
        let corpus = Corpus::from_pairs(rows.iter().copied());
        let unlabelled = vec!["a free prize".to_owned()];
        let mut seen = corpus.texts();
        seen.push(&unlabelled[0]);
        let training = Training { balanced: true, keep_texts: true, seed: 7, ..Training::default() };
        let origin = EncoderOrigin { learned: vec![true, true], unlabelled: unlabelled.clone() };
        training.fit(encoder(&seen), &corpus).unwrap().with_origin(origin)
    }

    fn bytes(model: &Model) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        model.save(&path).unwrap();
        std::fs::read(path).unwrap()
    }

    /// A model that was saved in between.
    fn reopened(model: &Model) -> Model {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        model.save(&path).unwrap();
        Model::open(&path).unwrap()
    }

    fn row(text: &str, label: Option<&str>) -> Row {
        Row { text: text.into(), label: label.map(String::from), is_utf8: true, line: 3 }
    }

    #[test]
    fn a_model_that_forgot_is_the_one_that_never_saw_and_learning_is_having_seen() {
        let pooled = |pooling: Pooling| move |texts: &[&str]| words(texts, pooling);
        type Fit = Box<dyn Fn(&[&str]) -> AnyEncoder>;
        let encoders: [Fit; 5] = [
            Box::new(lexical),
            Box::new(views),
            Box::new(pooled(Pooling::TfIdf)),
            Box::new(pooled(Pooling::Sif { a: 1e-3 })),
            Box::new(pooled(Pooling::default())),
        ];
        for encoder in &encoders {
            let all = model(encoder, &ROWS);
            let few = model(encoder, &ROWS[..7]);
            let unwanted = [row("bad", None), row("cheap cheap prize", Some("other"))];
            let forgot = reopened(&all).without(&unwanted, "a.csv".as_ref()).unwrap().model;
            assert!(bytes(&forgot) == bytes(&few));
            let learned =
                reopened(&few).updated(&Corpus::from_pairs(ROWS[7..].iter().copied())).unwrap().model;
            assert!(bytes(&learned) == bytes(&all));
            assert!(bytes(&few) != bytes(&all));
        }
    }

    #[test]
    fn what_cannot_be_forgotten_is_said() {
        let forget = |rows: &[Row]| {
            let all = model(lexical, &ROWS);
            all.without(rows, "a.csv".as_ref()).map(|_| ()).unwrap_err().to_string()
        };
        let never = forget(&[row("bad", Some("no"))]);
        assert!(
            never.contains("\"bad\" with the label \"no\"") && never.ends_with("a.csv, line 3"),
            "{never}"
        );
        assert!(forget(&[row("unheard", None)]).contains("\"unheard\""));
        let whole: Vec<Row> =
            ROWS.iter().filter(|pair| pair.1 == "no").map(|pair| row(pair.0, Some("no"))).collect();
        assert!(forget(&whole).contains("\"no\""));
        let corpus = Corpus::from_pairs(ROWS);
        let without_texts = Training::default().fit(lexical(&corpus.texts()), &corpus).unwrap();
        assert!(matches!(without_texts.updated(&corpus), Err(Error::NoTextsKept)));
    }
}
