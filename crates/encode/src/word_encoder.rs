//! Texts in, pooled word vectors out.
//!
//! Every row is scaled to unit length, so that long and short texts weigh the same; a text without a known word is a
//! row of zeros. Rows are made in parallel, but each by one thread in the order of its tokens: the same bits whatever
//! the number of threads.

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use serde_json::json;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Embeddings, Found, Space};

use crate::frequency::probabilities;
use crate::tokens::{for_each_token, parts};
use crate::{Coverage, Encoder, Pooling, Result};

/// Texts that the principal direction is computed from, at most.
const MOST_TEXTS_FOR_COMPONENT: usize = 20_000;
/// Rounds of power iteration for the principal direction.
const POWER_ROUNDS: usize = 50;

/// Pools the word vectors of a text.
pub struct WordEncoder {
    embeddings: Embeddings,
    pooling: Pooling,
    /// One a row of the embeddings, and one more for words composed from subwords.
    weights: Vec<f32>,
    /// What is taken from every word's vector.
    centre: Option<Array1<f32>>,
    /// The direction that is taken out of every row, of unit length.
    component: Option<Array1<f32>>,
}

impl WordEncoder {
    /// An encoder on these embeddings. SIF takes nothing out until it is fitted.
    pub fn new(embeddings: Embeddings, pooling: Pooling) -> Self {
        let probabilities = probabilities(&embeddings);
        let rarest = probabilities.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f32> = probabilities.iter().chain([&rarest]).map(|&p| pooling.weight(p)).collect();
        let centre = match pooling {
            Pooling::CentredSif { .. } => Some(expected_vector(&embeddings, &probabilities, &weights)),
            Pooling::Mean | Pooling::Sif { .. } => None,
        };
        Self { embeddings, pooling, weights, centre, component: None }
    }

    /// Learns from texts what the pooling has to know of them: SIF's common direction; nothing for the mean.
    pub fn fit(&mut self, texts: &[&str]) {
        if matches!(self.pooling, Pooling::Sif { .. }) {
            let texts = &texts[..texts.len().min(MOST_TEXTS_FOR_COMPONENT)];
            self.component = Some(principal_direction(&self.pool_all(texts)));
        }
    }

    /// Takes over what another encoder of the same pooling has learned from texts.
    pub fn fit_like(&mut self, other: &WordEncoder) {
        self.component.clone_from(&other.component);
    }

    /// The embeddings underneath.
    pub fn embeddings(&self) -> &Embeddings {
        &self.embeddings
    }

    /// The way of pooling.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Adds the encoder to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let (pooling, a) = (self.pooling.name(), self.pooling.constant());
        artefact.set("encoder", json!({ "kind": "words", "pooling": pooling, "a": a }));
        if let Some(component) = &self.component {
            artefact.put_numbers("encoder.component", &component.to_vec());
        }
        self.embeddings.put(artefact);
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let properties = artefact.get("encoder")?;
        let name = properties["pooling"].as_str().unwrap_or_default();
        let pooling = match (Pooling::from_name(name), properties["a"].as_f64()) {
            (Some(pooling), Some(a)) if a >= 0.0 => pooling.with_constant(a),
            _ => return Err(artefact.broken(format!("an encoder of the unknown pooling {name:?}")).into()),
        };
        let mut encoder = Self::new(Embeddings::take(artefact)?, pooling);
        if artefact.has("encoder.component") {
            let component = artefact.numbers("encoder.component")?;
            if component.len() != encoder.dimension() {
                return Err(artefact
                    .broken("a common direction of another dimension than its vectors")
                    .into());
            }
            encoder.component = Some(component);
        }
        Ok(encoder)
    }

    /// Pooled rows of unit length, before the common direction is taken out.
    fn pool_all(&self, texts: &[&str]) -> Array2<f32> {
        self.rows(texts, |_| {})
    }

    fn rows(&self, texts: &[&str], finish: impl Fn(&mut [f32]) + Sync) -> Array2<f32> {
        let mut rows = Array2::zeros((texts.len(), self.dimension()));
        rows.axis_iter_mut(Axis(0)).into_par_iter().zip(texts).for_each(|(mut row, text)| {
            let row = row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous");
            self.pool(text, row);
            finish(row);
        });
        rows
    }

    /// Adds up the weighted vectors of a text's tokens and scales the sum to unit length.
    fn pool(&self, text: &str, sum: &mut [f32]) -> Coverage {
        let mut coverage = Coverage::default();
        let mut vector = vec![0.0; sum.len()];
        for_each_token(text, |token| {
            coverage.n_tokens += 1;
            match self.add(token, &mut vector, sum) {
                Some(Found::Word(_)) => coverage.n_words += 1,
                Some(Found::Subwords) => coverage.n_subwords += 1,
                None => {}
            }
        });
        unit(sum);
        coverage
    }

    /// Adds the vector of a token: a word, else its known parts, else what its subwords make.
    fn add(&self, token: &str, vector: &mut [f32], sum: &mut [f32]) -> Option<Found> {
        let vocabulary = self.embeddings.vocabulary();
        let mut found = None;
        let mut add = |weight: f32, vector: &[f32]| match &self.centre {
            None => sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += weight * value),
            Some(centre) => {
                let centred = vector.iter().zip(centre).map(|(value, centre)| value - centre);
                sum.iter_mut().zip(centred).for_each(|(sum, value)| *sum += weight * value);
            }
        };
        if let Some(word) = vocabulary.get(token) {
            add(self.weights[word.0 as usize], self.embeddings.row(word));
            return Some(Found::Word(word));
        }
        for word in parts(token).filter_map(|part| vocabulary.get(part)) {
            add(self.weights[word.0 as usize], self.embeddings.row(word));
            found = Some(Found::Word(word));
        }
        if found.is_none() && self.embeddings.vector_into(token, vector).is_some() {
            add(self.weights[self.embeddings.len()], vector);
            found = Some(Found::Subwords);
        }
        found
    }
}

impl Encoder for WordEncoder {
    /// The embeddings' space, the way of pooling and its constant. The common direction is no part of it: it is a
    /// centring, which each language may have of its own.
    fn space(&self) -> Space {
        Space::of(&[
            b"pooled",
            &self.embeddings.space().to_bytes(),
            self.pooling.name().as_bytes(),
            &self.pooling.constant().to_le_bytes(),
        ])
    }

    fn dimension(&self) -> usize {
        self.embeddings.dimension()
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        Ok(match &self.component {
            None => self.pool_all(texts),
            Some(component) => self.rows(texts, |row| {
                let along: f32 = row.iter().zip(component).map(|(value, direction)| value * direction).sum();
                row.iter_mut().zip(component).for_each(|(value, direction)| *value -= along * direction);
                unit(row);
            }),
        })
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        let count = |text: &&str| self.pool(text, &mut vec![0.0; self.dimension()]);
        Some(texts.par_iter().map(count).reduce(Coverage::default, |a, b| Coverage {
            n_tokens: a.n_tokens + b.n_tokens,
            n_words: a.n_words + b.n_words,
            n_subwords: a.n_subwords + b.n_subwords,
        }))
    }
}

/// What a text's word is on average: Σ p a v / Σ p a, with p its probability, a its weight and v its vector.
fn expected_vector(embeddings: &Embeddings, probabilities: &[f64], weights: &[f32]) -> Array1<f32> {
    let mut sum = Array1::<f64>::zeros(embeddings.dimension());
    let mut total = 0.0;
    for ((row, p), &weight) in embeddings.matrix().rows().into_iter().zip(probabilities).zip(weights) {
        let share = p * f64::from(weight);
        sum.zip_mut_with(&row, |sum, &value| *sum += share * f64::from(value));
        total += share;
    }
    sum.mapv(|value| (value / total.max(f64::MIN_POSITIVE)) as f32)
}

/// The first right singular vector of `rows` (n × d), of unit length, by power iteration on the d × d product.
fn principal_direction(rows: &Array2<f32>) -> Array1<f32> {
    let rows = rows.mapv(f64::from);
    let product = rows.t().dot(&rows);
    let mut direction = Array1::from_elem(rows.ncols(), 1.0);
    for _ in 0..POWER_ROUNDS {
        let next = product.dot(&direction);
        let length = next.dot(&next).sqrt();
        if length == 0.0 {
            break;
        }
        direction = next / length;
    }
    direction.mapv(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_vectors::Vocabulary;

    fn embeddings() -> Embeddings {
        let vocabulary = Vocabulary::from_words(["good", "bad", "film", "well"]);
        let matrix = array![[1.0, 0.0, 0.0], [-1.0, 0.0, 0.5], [0.0, 1.0, 0.25], [0.5, 0.5, 0.0]];
        Embeddings::new(vocabulary, matrix).unwrap()
    }

    #[test]
    fn mean_of_known_words_at_unit_length() {
        let encoder = WordEncoder::new(embeddings(), Pooling::Mean);
        let rows = encoder.encode(&["A GOOD film!", "", "unknown", "well-good"]).unwrap();
        let expected: Array1<f32> = array![1.0, 1.0, 0.25] / (2.0625f32).sqrt();
        assert!((&rows.row(0) - &expected).iter().all(|difference| difference.abs() < 1e-6));
        assert_eq!(rows.row(1), array![0.0, 0.0, 0.0]);
        assert_eq!(rows.row(2), array![0.0, 0.0, 0.0]);
        assert!(rows[[3, 0]] > rows[[3, 1]]);
        let coverage = encoder.coverage(&["a good film", "unknown"]).unwrap();
        assert_eq!(coverage, Coverage { n_tokens: 4, n_words: 2, n_subwords: 0 });
        assert_eq!(coverage.share(), 0.5);
    }

    #[test]
    fn sif_weighs_frequent_words_less_and_removes_what_texts_share() {
        let mut encoder = WordEncoder::new(embeddings(), Pooling::Sif { a: 1e-3 });
        let texts = ["good film", "bad film", "film", "well film"];
        let before = encoder.encode(&["good well"]).unwrap();
        assert!(before[[0, 0]] < 1.0 && before[[0, 1]] > before[[0, 0]] / 2.0);
        encoder.fit(&texts);
        let component = encoder.component.clone().unwrap();
        for row in encoder.encode(&texts).unwrap().rows() {
            assert!(row.dot(&component).abs() < 1e-5);
        }
    }

    #[test]
    fn the_centre_is_where_an_average_text_lies() {
        let encoder = WordEncoder::new(embeddings(), Pooling::default());
        let centre = encoder.centre.clone().unwrap();
        let shifted = Embeddings::new(
            Vocabulary::from_words(["good", "bad", "film", "well"]),
            embeddings().matrix().to_owned() + &array![0.5, -1.0, 2.0],
        );
        let moved = WordEncoder::new(shifted.unwrap(), Pooling::default());
        assert!(
            (moved.centre.clone().unwrap() - centre - array![0.5, -1.0, 2.0]).iter().all(|x| x.abs() < 1e-5)
        );
        let (before, after) =
            (encoder.encode(&["a good film"]).unwrap(), moved.encode(&["a good film"]).unwrap());
        assert!(
            (before - after).iter().all(|difference| difference.abs() < 1e-5),
            "a shift of the space cancels"
        );
    }

    #[test]
    fn spaces_differ_by_pooling() {
        let mean = WordEncoder::new(embeddings(), Pooling::Mean);
        let sif = WordEncoder::new(embeddings(), Pooling::Sif { a: 1e-3 });
        assert_ne!(mean.space(), sif.space());
        assert_eq!(mean.space(), WordEncoder::new(embeddings(), Pooling::Mean).space());
    }
}
