//! Texts of one language in, rows of a sentence encoder's space out, though it never learned that language.
//!
//! A student learns from parallel sentences what a teacher makes of their translations (Reimers and Gurevych 2020). The student
//! here is linear: pooled word vectors, the affine map from them to the teacher's rows of the translations, and for
//! each frequent word a vector of its own that mends what the map makes of it. Its rows are of the teacher's space, so that whatever
//! was trained there reads them.

mod bags;
mod fit;
mod moments;
mod own;

use std::path::Path;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use serde_json::{Value, json};
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Artefact, Space};

use self::own::OwnVectors;
use crate::{Coverage, Encoder, ParallelSentences, Result, WordEncoder};

/// How a bridge is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BridgeMethod {
    /// Ridge regression, and for every word of three sentences or more a vector of its own, by ridge regression of what is left.
    #[default]
    Words,
    /// Ridge regression (Hoerl and Kennard 1970), its penalty chosen by cross-validation.
    Ridge,
    /// A rotation, scaled and shifted (Procrustes; Schönemann and Carroll 1970). It keeps all cosines of centred rows if it leads into
    /// as many values or more; if it leads into fewer, it is a projection.
    Procrustes,
}

impl BridgeMethod {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Words, Self::Ridge, Self::Procrustes];

    /// The name, as the command line and files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Ridge => "ridge",
            Self::Procrustes => "procrustes",
        }
    }

    /// The method of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// How well a bridge that was fitted without them carries the held-out sentences: a tenth of the translations with all their
/// sentences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BridgeEvidence {
    /// Pairs whose sentence has a row, those held out among them.
    pub n_pairs: usize,
    /// Pairs held out.
    pub n_held_out: usize,
    /// Words with a vector of their own.
    pub n_words: usize,
    /// The mean cosine of a sentence's row and the teacher's row of its translation, −1 to 1.
    pub cosine: f64,
    /// How often that translation is the nearest by cosine among those held out, 0 to 1.
    pub p_at_1: f64,
    /// λ, in units of the mean variance of a feature; 0 for Procrustes.
    pub ridge: f64,
}

/// Word vectors carried into another encoder's space.
pub struct Bridge {
    words: WordEncoder,
    method: BridgeMethod,
    /// d × D.
    matrix: Array2<f32>,
    /// D.
    offset: Array1<f32>,
    own: OwnVectors,
    length: Length,
    space: Space,
    evidence: BridgeEvidence,
}

/// The Euclidean length of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// As the map makes it.
    Own,
    /// 1, as the teacher's.
    Unit,
}

impl Bridge {
    /// What a bridge is saved as.
    pub(crate) const KIND: &str = "bridge";

    /// Fits a bridge from `words`, which reads the sentences, to `teacher`, which reads their translations. Where the teacher's rows are of
    /// unit length, so are the bridge's.
    ///
    /// # Errors
    /// If the teacher fails, fewer than 100 sentences have a row that is not zero, or a decomposition does not converge.
    pub fn fit(
        words: WordEncoder,
        teacher: &dyn Encoder,
        parallel: &ParallelSentences,
        method: BridgeMethod,
    ) -> Result<Self> {
        let rows = words.encode(&parallel.texts())?;
        let images = teacher.encode(&parallel.translations())?;
        let (map, own, evidence) = fit::fit(&words, &rows, &images, parallel, method)?;
        let is_unit = images.rows().into_iter().all(|row| (row.dot(&row) - 1.0).abs() < 1e-3);
        Ok(Self {
            words,
            own,
            method,
            matrix: map.matrix.mapv(|value| value as f32),
            offset: map.offset.mapv(|value| value as f32),
            length: if is_unit { Length::Unit } else { Length::Own },
            space: teacher.space(),
            evidence,
        })
    }

    /// The word vectors underneath.
    pub fn words(&self) -> &WordEncoder {
        &self.words
    }

    /// How it was fitted.
    pub fn method(&self) -> BridgeMethod {
        self.method
    }

    /// How well it carries sentences that it was not fitted on.
    pub fn evidence(&self) -> BridgeEvidence {
        self.evidence
    }

    /// Writes the bridge to one safetensors file, atomically: vectors, pooling, map and evidence.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(Self::KIND);
        self.put(&mut artefact);
        Ok(artefact.save(path)?)
    }

    /// Adds the bridge to an artefact.
    pub(crate) fn put(&self, artefact: &mut Artefact) {
        let BridgeEvidence { n_pairs, n_held_out, n_words, cosine, p_at_1, ridge } = self.evidence;
        let properties = json!({
            "to": self.space.to_hex(), "method": self.method.name(), "unit": self.length == Length::Unit,
            "n_pairs": n_pairs, "n_held_out": n_held_out, "n_words": n_words,
            "cosine": cosine, "p_at_1": p_at_1, "ridge": ridge,
        });
        artefact.set("bridge", properties);
        artefact.put_matrix("bridge.matrix", self.matrix.view());
        artefact.put_numbers("bridge.offset", &self.offset.to_vec());
        self.own.put(artefact);
        self.words.put(artefact);
    }

    /// Reads a bridge back.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact bridge.
    pub fn open(path: &Path) -> Result<Self> {
        Self::take(&Artefact::open(path, Self::KIND)?)
    }

    /// Takes a bridge back from an artefact.
    pub(crate) fn take(artefact: &Artefact) -> Result<Self> {
        let bridge = Self::parts(artefact)?;
        let (d, to) = bridge.matrix.dim();
        match d == bridge.words.dimension() && to == bridge.offset.len() && to == bridge.own.vectors.ncols() {
            true => Ok(bridge),
            false => Err(artefact.broken("a bridge whose parts differ in dimension").into()),
        }
    }

    fn parts(artefact: &Artefact) -> Result<Self> {
        let properties = artefact.get("bridge")?;
        let missing = |key: &str| artefact.broken(format!("a bridge without its `{key}`"));
        let text = |key: &str| properties[key].as_str().ok_or_else(|| missing(key));
        let space = text("to")?.parse().map_err(|_| missing("to"))?;
        let method = BridgeMethod::from_name(text("method")?).ok_or_else(|| missing("method"))?;
        let length = match properties["unit"].as_bool().ok_or_else(|| missing("unit"))? {
            true => Length::Unit,
            false => Length::Own,
        };
        let words = WordEncoder::take(artefact)?;
        Ok(Self {
            own: OwnVectors::take(artefact, &words)?,
            words,
            matrix: artefact.matrix("bridge.matrix")?,
            offset: artefact.numbers("bridge.offset")?,
            evidence: evidence(properties).ok_or_else(|| missing("evidence"))?,
            method,
            length,
            space,
        })
    }
}

fn evidence(properties: &Value) -> Option<BridgeEvidence> {
    let count = |key: &str| properties[key].as_u64().map(|count| count as usize);
    let number = |key: &str| properties[key].as_f64();
    Some(BridgeEvidence {
        n_pairs: count("n_pairs")?,
        n_held_out: count("n_held_out")?,
        n_words: count("n_words")?,
        cosine: number("cosine")?,
        p_at_1: number("p_at_1")?,
        ridge: number("ridge")?,
    })
}

impl Encoder for Bridge {
    /// The teacher's.
    fn space(&self) -> Space {
        self.space
    }

    fn dimension(&self) -> usize {
        self.offset.len()
    }

    /// A text without a known word stays a row of zeros.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let rows = self.words.encode(texts)?;
        let mut images = multiply(rows.view(), self.matrix.view());
        images += &self.own.sums(&self.words, texts);
        let pairs = images.axis_iter_mut(Axis(0)).into_par_iter().zip(rows.axis_iter(Axis(0)));
        pairs.filter(|(_, row)| row.iter().any(|value| *value != 0.0)).for_each(|(mut image, _)| {
            image += &self.offset;
            if self.length == Length::Unit {
                unit(image.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"));
            }
        });
        Ok(images)
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        self.words.coverage(texts)
    }
}
