//! A text and a linear function of its row in, what each of its tokens adds to the function out.
//!
//! A text's row is a sum over its tokens, divided by a length that belongs to the whole text. With the length held fixed, a token's share
//! is exact: the shares and the rest add up to the function's value.

use wordferry_vectors::Features;

use crate::{AnyEncoder, Error, Result};

/// What the parts of a text add to a linear function of the text's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// The parts of the text, in its order; those that the encoder does not know are left out.
    pub parts: Vec<Share>,
    /// What belongs to no part: centres that are taken from every row.
    pub rest: f64,
}

/// What a part of a text adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The part.
    pub part: Part,
    /// What it adds.
    pub share: f64,
    /// The words of the source language that it is read as, the most important one first, where it is read as another language's.
    pub read_as: Vec<String>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A token, as the encoder reads it.
    Token(String),
    /// A token that stands behind a negator and counts as negated, too.
    Negated(String),
    /// A mark of the whole text, such as its length.
    Mark(&'static str),
}

impl Part {
    /// The token, or the name of the mark.
    pub fn name(&self) -> &str {
        match self {
            Self::Token(name) | Self::Negated(name) => name,
            Self::Mark(name) => name,
        }
    }
}

impl Share {
    pub(crate) fn new(part: Part, share: f64) -> Self {
        Self { part, share, read_as: Vec::new() }
    }
}

impl Shares {
    /// The value of the function: all shares and the rest.
    pub fn sum(&self) -> f64 {
        self.parts.iter().map(|part| part.share).sum::<f64>() + self.rest
    }

    /// The shares in a function that is so many times as large.
    #[must_use]
    pub(crate) fn times(mut self, factor: f64) -> Self {
        self.parts.iter_mut().for_each(|part| part.share *= factor);
        Self { rest: factor * self.rest, ..self }
    }

    /// The shares in the sum of two functions of the same text.
    #[must_use]
    pub(crate) fn plus(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        Self { rest: self.rest + other.rest, ..self }
    }
}

impl AnyEncoder {
    /// What each token of a text adds to the product of the text's row with `weights`, d values.
    ///
    /// # Errors
    /// If the encoder fails, or a row is not a sum over tokens: that of a transformer, a bridge or an encoder of the user's own.
    ///
    /// # Panics
    /// If there are not d weights.
    pub fn shares(&self, text: &str, weights: &[f64]) -> Result<Shares> {
        assert_eq!(weights.len(), self.dimension(), "a weight a feature");
        match self {
            Self::Words(words) => Ok(words.shares(text, weights)),
            Self::Static(model) => model.shares(text, weights),
            Self::Latent(latent) => Ok(latent.shares(text, weights)),
            Self::Lexical(lexical) => Ok(lexical.shares(text, weights)),
            Self::Carry(carry) => Ok(carry.shares(text, weights)),
            Self::Views(views) => views.shares(text, weights),
            Self::Bridge(_) | Self::Transformer(..) | Self::Other(_) => Err(Error::Absent {
                expected: "an encoder whose rows are sums over tokens".into(),
                found: format!("one of the kind {:?}", self.kind()),
                hint: "shares are exact for n-grams, word vectors, static models, carried words, and views of them; train a model of these",
            }),
        }
    }
}

/// The product of a text's row, dense or not, with weights.
pub(crate) fn product(row: &[f32], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum()
}

/// 1 / length, or 1 for a length of 0.
pub(crate) fn over_length(row: &[f32]) -> f32 {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 { 1.0 / length } else { 1.0 }
}

/// The only row of dense features of one text.
pub(crate) fn only_row(features: &Features) -> Option<&[f32]> {
    features.as_dense().and_then(|rows| rows.as_slice())
}
