//! Several encoders side by side: what one does not see, another may.

use ndarray::{Array1, Array2, Axis};
use serde_json::json;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Features, Space};

use crate::any::{AnyEncoder, Surroundings};
use crate::shares::{Shares, only_row, product};
use crate::{Coverage, Result};

/// Encoders of the same texts, their rows side by side. A dense row is centred on the mean of the texts that the views were fitted on, and
/// has a length that says how much the view counts.
pub struct Views {
    views: Vec<View>,
}

struct View {
    encoder: AnyEncoder,
    /// The share of a product of rows, above 0.
    weight: f32,
    /// The mean row of a dense encoder.
    centre: Option<Array1<f32>>,
}

impl Views {
    /// Encoders with their weights, the means taken over `texts`.
    ///
    /// # Errors
    /// If an encoder fails.
    ///
    /// # Panics
    /// If there is no encoder, or a weight is not above 0.
    pub fn fit(encoders: Vec<(AnyEncoder, f32)>, texts: &[&str]) -> Result<Self> {
        assert!(!encoders.is_empty(), "at least one view");
        let view = |(encoder, weight): (AnyEncoder, f32)| {
            assert!(weight > 0.0, "weights above 0");
            let features = encoder.features(texts)?;
            let centre = features.as_dense().and_then(|rows| rows.mean_axis(Axis(0)));
            Ok(View { encoder, weight, centre })
        };
        Ok(Self { views: encoders.into_iter().map(view).collect::<Result<_>>()? })
    }

    /// Learns from texts again what the encoders learned before, and the means where there are any. `learned` says of each view whether its
    /// encoder learned from texts.
    pub(crate) fn fit_again(&mut self, texts: &[&str], n_rarest: usize, learned: &[bool]) -> Result<()> {
        for (i, view) in self.views.iter_mut().enumerate() {
            view.encoder.fit_again(texts, n_rarest, learned.get(i..=i).unwrap_or_default())?;
            if view.centre.is_some() && !learned.is_empty() {
                let features = view.encoder.features(texts)?;
                view.centre = features.as_dense().and_then(|rows| rows.mean_axis(Axis(0)));
            }
        }
        Ok(())
    }

    /// Encoders whose rows are taken as they are.
    ///
    /// # Panics
    /// If there is no encoder.
    pub fn side_by_side(encoders: Vec<AnyEncoder>) -> Self {
        assert!(!encoders.is_empty(), "at least one view");
        Self {
            views: encoders.into_iter().map(|encoder| View { encoder, weight: 1.0, centre: None }).collect(),
        }
    }

    /// The space of the rows: those of the views, and their weights.
    pub fn space(&self) -> Space {
        let parts = self.views.iter().flat_map(|view| {
            [view.encoder.space().to_hex().into_bytes(), view.weight.to_le_bytes().to_vec()]
        });
        let parts: Vec<Vec<u8>> = parts.collect();
        let parts: Vec<&[u8]> =
            std::iter::once(&b"views"[..]).chain(parts.iter().map(Vec::as_slice)).collect();
        Space::of(&parts)
    }

    /// The number of features of all views, d.
    pub fn dimension(&self) -> usize {
        self.views.iter().map(|view| view.encoder.dimension()).sum()
    }

    /// One row a text, view by view.
    ///
    /// # Errors
    /// If an encoder fails.
    pub fn features(&self, texts: &[&str]) -> Result<Features> {
        Ok(Features::beside(self.parts(texts)?))
    }

    /// The same rows, each view's by itself.
    ///
    /// # Errors
    /// If an encoder fails.
    pub fn parts(&self, texts: &[&str]) -> Result<Vec<Features>> {
        self.views.iter().map(|view| view.features(texts)).collect()
    }

    /// The coverage of the view that knows most.
    pub fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        let coverages = self.views.iter().filter_map(|view| view.encoder.coverage(texts));
        coverages.max_by(|a, b| a.share().total_cmp(&b.share()))
    }

    /// The encoders.
    pub fn encoders(&self) -> impl Iterator<Item = &AnyEncoder> {
        self.views.iter().map(|view| &view.encoder)
    }

    /// What each token of a text adds to a linear function of the text's row, view by view.
    pub(crate) fn shares(&self, text: &str, weights: &[f64]) -> Result<Shares> {
        let mut rest = weights;
        let mut all = Shares::default();
        for view in &self.views {
            let (own, others) = rest.split_at(view.encoder.dimension());
            all = all.plus(view.shares(text, own)?);
            rest = others;
        }
        Ok(all)
    }

    pub(crate) const KIND: &'static str = "views";

    /// Adds the views to an artefact.
    pub(crate) fn put(&self, artefact: &mut Artefact) -> Result<()> {
        let weights: Vec<f32> = self.views.iter().map(|view| view.weight).collect();
        artefact.set("encoder", json!({ "kind": Self::KIND, "weights": weights }));
        for (i, view) in self.views.iter().enumerate() {
            let mut part = Artefact::new(Self::KIND);
            view.encoder.put(&mut part)?;
            view.centre.iter().for_each(|centre| part.put_numbers("centre", &centre.to_vec()));
            artefact.put_part(&format!("view{i}"), part);
        }
        Ok(())
    }

    /// Takes views back from an artefact.
    pub(crate) fn take(artefact: &Artefact, surroundings: &Surroundings) -> Result<Self> {
        let weights = artefact.get("encoder")?["weights"].as_array().map(Vec::as_slice).unwrap_or_default();
        let view = |(i, weight): (usize, &serde_json::Value)| {
            let part = artefact.part(&format!("view{i}"))?;
            let encoder = AnyEncoder::take(&part, surroundings)?;
            let centre = part.has("centre").then(|| part.numbers("centre")).transpose()?;
            let fits = |centre: &Array1<f32>| encoder.is_dense() && centre.len() == encoder.dimension();
            let fits = centre.as_ref().is_none_or(fits);
            match weight.as_f64() {
                Some(weight) if weight > 0.0 && fits => Ok(View { encoder, weight: weight as f32, centre }),
                _ => Err(artefact.broken("a view without its weight, or with the mean of another").into()),
            }
        };
        match weights.is_empty() {
            true => Err(artefact.broken("no view").into()),
            false => Ok(Self { views: weights.iter().enumerate().map(view).collect::<Result<_>>()? }),
        }
    }
}

impl View {
    fn features(&self, texts: &[&str]) -> Result<Features> {
        let mut features = self.encoder.features(texts)?;
        match (features.as_dense(), &self.centre) {
            (Some(rows), Some(centre)) => features = self.scaled(rows.clone(), centre).into(),
            _ => features = features.times(self.weight.sqrt()),
        }
        Ok(features)
    }

    fn shares(&self, text: &str, weights: &[f64]) -> Result<Shares> {
        let shares = self.encoder.shares(text, weights)?;
        let Some(centre) = &self.centre else {
            return Ok(shares.times(f64::from(self.weight.sqrt())));
        };
        let features = self.encoder.features(&[text])?;
        let row = only_row(&features).expect("a view with a mean is dense");
        if row.iter().all(|&value| value == 0.0) {
            return Ok(shares.times(0.0));
        }
        let squares = row.iter().zip(centre).map(|(value, centre)| (value - centre).powi(2)).sum::<f32>();
        let factor = f64::from(self.weight.sqrt()) / f64::from(squares.sqrt()).max(f64::MIN_POSITIVE);
        let centre = product(centre.as_slice().expect("one row is contiguous"), weights);
        Ok(Shares { rest: shares.rest - centre, ..shares }.times(factor))
    }

    /// Rows less the mean, of the length that the weight asks for; a row of zeros stays one: nothing is known of its text.
    fn scaled(&self, mut rows: Array2<f32>, centre: &Array1<f32>) -> Array2<f32> {
        for mut row in rows.rows_mut() {
            if row.iter().all(|&value| value == 0.0) {
                continue;
            }
            row -= centre;
            unit(row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"));
            row *= self.weight.sqrt();
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoder, LexicalEncoder};

    /// Length and number of words of a text.
    struct Lengths;

    impl Encoder for Lengths {
        fn space(&self) -> Space {
            Space::of(&[b"lengths"])
        }

        fn dimension(&self) -> usize {
            2
        }

        fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
            let values = texts.iter().flat_map(|text| [text.len() as f32, text.split(' ').count() as f32]);
            Ok(Array2::from_shape_vec((texts.len(), 2), values.collect()).expect("two values a text"))
        }
    }

    fn lexical() -> AnyEncoder {
        AnyEncoder::Lexical(Box::new(LexicalEncoder::fit(&["a cheap prize", "see you at home"], 1)))
    }

    #[test]
    fn a_view_counts_as_much_as_its_weight() {
        let texts = ["cheap", "see you", "at home at last"];
        let views =
            Views::fit(vec![(lexical(), 1.0), (AnyEncoder::Other(Box::new(Lengths)), 0.25)], &texts).unwrap();
        let features = views.features(&texts).unwrap();
        assert_eq!(features.n_columns(), views.dimension());
        let dense = features.blocks().last().unwrap();
        for row in 0..texts.len() {
            let squares: f32 = dense.row(row).entries().map(|(_, value)| value * value).sum();
            assert!((squares - 0.25).abs() < 1e-5, "{squares}");
        }
    }

    #[test]
    fn what_is_saved_is_read() {
        let texts = ["cheap", "see you"];
        let views = Views::fit(vec![(lexical(), 1.0), (lexical(), 0.5)], &texts).unwrap();
        let mut artefact = Artefact::new("model");
        views.put(&mut artefact).unwrap();
        let again = Views::take(&artefact, &Surroundings::default()).unwrap();
        assert_eq!(again.space(), views.space());
        assert_eq!(again.features(&texts).unwrap(), views.features(&texts).unwrap());
        let others = Views::fit(vec![(AnyEncoder::Other(Box::new(Lengths)), 1.0)], &texts).unwrap();
        assert!(others.put(&mut artefact).is_err());
    }
}
