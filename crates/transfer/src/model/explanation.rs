//! Why a text is of a class: what each of its tokens adds to the score.

use wordferry_encode::Share;

use super::Model;
use crate::{Error, Result};

/// What speaks for one class and against another.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The class that is explained, an index of the model's classes.
    pub class: usize,
    /// The class that it is held against: the most probable of the others. `None` where a text may have any number of classes: its absence.
    pub against: Option<usize>,
    /// The probability of `class`, 0 to 1.
    pub probability: f32,
    /// The score of `class` less that of `against`; above 0 where `class` is the more probable. All shares and the bias add up to it.
    /// Against its absence: the log-odds.
    pub score: f64,
    /// What belongs to no token: how frequent the classes were, and where the middle of the features lies.
    pub bias: f64,
    /// What each token and mark adds, in the text's order.
    pub shares: Vec<Share>,
}

impl Model {
    /// What each token of a text adds to the score of a class, the most probable one unless it is named, against the most probable of
    /// the others.
    ///
    /// # Errors
    /// If there is no class of this name, or the encoder's rows are not sums over tokens.
    pub fn explain(&self, text: &str, class: Option<&str>) -> Result<Explanation> {
        let scores = self.classifier.scores(&self.encoder.features(&[text])?);
        let scores = scores.row(0);
        let best_but = |left_out: Option<usize>| {
            let others = (0..scores.len()).filter(|class| Some(*class) != left_out);
            others.reduce(|best, class| if scores[class] > scores[best] { class } else { best })
        };
        let class = match class {
            None => self.predict(&[text])?.first().map(|prediction| prediction.class),
            Some(name) => Some(self.class(name)?),
        };
        let (Some(class), Some(against)) = (class, best_but(class)) else {
            unreachable!("a classifier has two classes or more")
        };
        let weights = self.classifier.weights();
        let margins = weights.rows().into_iter().map(|row| f64::from(row[class]) - f64::from(row[against]));
        let shares = self.encoder.shares(text, &margins.collect::<Vec<f64>>())?;
        let bias = self.classifier.bias();
        let bias = f64::from(bias[class]) - f64::from(bias[against]) + shares.rest;
        Ok(Explanation {
            class,
            against: Some(against),
            probability: self.probabilities(&[text])?[[0, class]],
            score: f64::from(scores[class]) - f64::from(scores[against]),
            bias,
            shares: shares.parts,
        })
    }

    fn class(&self, name: &str) -> Result<usize> {
        self.classes()
            .iter()
            .position(|class| class == name)
            .ok_or_else(|| Error::UnknownClass { found: name.to_owned(), known: self.classes().to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use wordferry_encode::{AnyEncoder, CarryEncoder, LexicalEncoder, Part, Pooling, Views, WordEncoder};
    use wordferry_vectors::{Embeddings, SparseRows, Vocabulary};

    use super::*;
    use crate::{Corpus, Training};

    const WORDS: [&str; 9] = ["good", "bad", "not", "film", "a", "the", "cheap", "prize", "well"];

    fn embeddings() -> Embeddings {
        let value = |(i, j): (usize, usize)| ((7 * i + 13 * j + i * j * j) % 11) as f32 - 4.5;
        let vectors = Array2::from_shape_fn((WORDS.len(), 6), value);
        Embeddings::new(Vocabulary::from_words(WORDS), vectors).unwrap()
    }

    fn corpus(n_classes: usize) -> Corpus {
        let rows = [
            ("a good film", "yes"),
            ("the film, not bad: well-good", "yes"),
            ("a bad film", "no"),
            ("not a good film", "no"),
            ("a cheap PRIZE! call 09061701461", "other"),
            ("the prize, cheap", "other"),
        ];
        Corpus::from_pairs(rows.into_iter().take(2 * n_classes))
    }

    fn words(pooling: Pooling, corpus: &Corpus) -> AnyEncoder {
        let mut encoder = WordEncoder::new(embeddings(), pooling);
        encoder.fit(&corpus.texts());
        encoder.into()
    }

    fn carry(corpus: &Corpus) -> AnyEncoder {
        CarryEncoder::fit(embeddings(), "en", &corpus.texts()).into()
    }

    #[track_caller]
    fn check(model: &Model) {
        for text in ["the good film is not bad, not good!", "a cheap-prize well", "unheard", "not", ""] {
            for class in std::iter::once(None).chain(model.classes().iter().map(|class| Some(class.as_str())))
            {
                let found = model.explain(text, class).unwrap();
                let sum = found.bias + found.shares.iter().map(|share| share.share).sum::<f64>();
                assert!((sum - found.score).abs() < 1e-4, "{text:?}: {sum}, expected {}", found.score);
                assert!(class.is_some() || found.score >= 0.0);
                assert_ne!(Some(found.class), found.against);
            }
        }
    }

    #[test]
    fn shares_and_bias_add_up_to_the_score() {
        for n_classes in [2, 3] {
            let corpus = corpus(n_classes);
            let texts = corpus.texts();
            let fit = |encoder: AnyEncoder| Training::default().fit(encoder, &corpus).unwrap();
            for pooling in Pooling::ALL {
                check(&fit(words(pooling, &corpus)));
            }
            check(&fit(LexicalEncoder::fit(&texts, 1).into()));
            check(&fit(carry(&corpus)));
            let views = vec![
                (words(Pooling::default(), &corpus), 0.3),
                (LexicalEncoder::fit(&texts, 1).into(), 1.0),
                (carry(&corpus), 0.5),
            ];
            check(&fit(Views::fit(views, &texts).unwrap().into()));
        }
    }

    #[test]
    fn a_word_of_another_language_is_named_as_what_it_is_read_as() {
        let corpus = corpus(2);
        let english = CarryEncoder::fit(embeddings(), "en", &corpus.texts());
        let column = |word: &str| english.features().get(word).unwrap().0;
        let mut table = SparseRows::new(english.features().len());
        table.push([(column("not"), 1.0)]);
        let mut good = [(column("good"), 0.6), (column("film"), 0.4)];
        good.sort_by_key(|(column, _)| *column);
        table.push(good);
        let words = Vocabulary::from_words(["nicht", "gut"]);
        let vectors = Embeddings::new(words, array![[1.0; 6], [0.5; 6]]).unwrap();
        let vectors = vectors.in_space(english.embeddings().space());
        let german = english.carried_to(vectors, "xx", table, &[]);
        let model = Training::default().fit(english.into(), &corpus).unwrap().reading(german).unwrap();
        check(&model);
        let shares = model.explain("nicht gut", None).unwrap().shares;
        assert_eq!(shares[0].part, Part::Token("nicht".into()));
        assert_eq!(shares[1].part, Part::Negated("gut".into()));
        assert_eq!(shares[1].read_as, ["good", "film"]);
    }

    #[test]
    fn what_speaks_for_a_class_has_a_share_above_zero() {
        let corpus = corpus(3);
        let encoder = LexicalEncoder::fit(&corpus.texts(), 1);
        let model = Training::default().fit(encoder.into(), &corpus).unwrap();
        let found = model.explain("the PRIZE is a film", Some("other")).unwrap();
        let share = |name: &str| found.shares.iter().find(|share| share.part.name() == name).unwrap().share;
        assert!(share("PRIZE") > 0.0 && share("film") < 0.0, "{found:?}");
        assert!(model.explain("a", Some("none")).unwrap_err().to_string().contains("no, other, yes"));
    }
}
