//! Texts of one language in, rows of a sentence encoder's space out, though it never learned that language.
//!
//! A student learns from parallel sentences what a teacher makes of their translations (Reimers and Gurevych 2020). The student
//! here is linear: pooled word vectors, the affine map from them to the teacher's rows of the translations, and for
//! each frequent word a vector of its own that mends what the map makes of it. Its rows are of the teacher's space, so that whatever
//! was trained there reads them. Any other encoder can be the student, too, by the map alone.

mod bags;
mod file;
mod fit;
mod moments;
mod own;

use std::path::Path;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use wordferry_vectors::Space;
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::unit;

use self::bags::Sparse;
use self::own::OwnVectors;
use crate::{Coverage, Encoder, ParallelSentences, Result, WordEncoder, hub_name};

/// How a bridge is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BridgeMethod {
    /// Ridge regression, and for every word of three sentences or more a vector of its own, by ridge regression of what is left. For word
    /// vectors only.
    #[default]
    Words,
    /// Ridge regression (Hoerl and Kennard 1970), its penalty chosen by cross-validation.
    Ridge,
    /// A rotation, scaled and shifted (Procrustes; Schönemann 1966, Schönemann and Carroll 1970). It keeps all cosines of centred rows if it leads into
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

/// An encoder's texts carried into another encoder's space.
pub struct Bridge {
    student: Student,
    method: BridgeMethod,
    /// d × D.
    matrix: Array2<f32>,
    /// D.
    offset: Array1<f32>,
    own: OwnVectors,
    length: Length,
    space: Space,
    /// The teacher's name and commit, if it came from a hub.
    teacher: Option<String>,
    evidence: BridgeEvidence,
}

/// What reads a bridge's texts.
enum Student {
    /// Word vectors, a part of the bridge.
    Words(Box<WordEncoder>),
    /// The encoder of a folder of this name, which lies beside the bridge, or has a name on a hub.
    Folder { name: String, hub: Option<String>, encoder: Box<dyn Encoder> },
}

impl Student {
    fn encoder(&self) -> &dyn Encoder {
        match self {
            Self::Words(words) => &**words,
            Self::Folder { encoder, .. } => &**encoder,
        }
    }
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
    /// If the teacher fails, there are fewer than 100 different sentences or translations with rows that are not zero, or a decomposition
    /// does not converge.
    pub fn fit(
        words: WordEncoder,
        teacher: &dyn Encoder,
        parallel: &ParallelSentences,
        method: BridgeMethod,
    ) -> Result<Self> {
        let own = match method {
            BridgeMethod::Words => OwnVectors::of_frequent(&words, &parallel.texts(), teacher.dimension()),
            BridgeMethod::Ridge | BridgeMethod::Procrustes => OwnVectors::none(teacher.dimension()),
        };
        let bags = own.bags(&words, &parallel.texts());
        Self::fitted(Student::Words(Box::new(words)), own, bags, teacher, parallel, method)
    }

    /// Fits a bridge from the encoder of a folder to `teacher` by a map alone: by Procrustes, or else by ridge regression. The bridge remembers
    /// the name of the folder and looks for it beside its own file; if it is in a hub's cache, its name and commit there, too.
    ///
    /// # Errors
    /// As [`Bridge::fit`].
    pub fn between(
        student: Box<dyn Encoder>,
        folder: &Path,
        teacher: &dyn Encoder,
        parallel: &ParallelSentences,
        method: BridgeMethod,
    ) -> Result<Self> {
        let method = if method == BridgeMethod::Words { BridgeMethod::Ridge } else { method };
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hub = hub_name(&whole);
        let (own, bags) = (OwnVectors::none(teacher.dimension()), vec![Vec::new(); parallel.texts().len()]);
        Self::fitted(Student::Folder { name, hub, encoder: student }, own, bags, teacher, parallel, method)
    }

    fn fitted(
        student: Student,
        mut own: OwnVectors,
        bags: Sparse,
        teacher: &dyn Encoder,
        parallel: &ParallelSentences,
        method: BridgeMethod,
    ) -> Result<Self> {
        let rows = student.encoder().encode(&parallel.texts())?;
        let images = teacher.encode(&parallel.translations())?;
        let (map, vectors, evidence) = fit::fit(&rows, &images, bags, own.len(), parallel, method)?;
        own.vectors = vectors;
        let mut lengths = images.rows().into_iter().map(|row| row.dot(&row)).filter(|square| *square > 0.0);
        let is_unit = lengths.all(|square| (square - 1.0).abs() < 1e-3);
        Ok(Self {
            student,
            own,
            method,
            matrix: map.matrix.mapv(|value| value as f32),
            offset: map.offset.mapv(|value| value as f32),
            length: if is_unit { Length::Unit } else { Length::Own },
            space: teacher.space(),
            teacher: None,
            evidence,
        })
    }

    /// Notes the name and the commit of the teacher, if this is its folder and it came from a hub.
    #[must_use]
    pub fn noting_teacher(self, folder: &Path) -> Self {
        Self { teacher: hub_name(folder), ..self }
    }

    /// How it was fitted.
    pub fn method(&self) -> BridgeMethod {
        self.method
    }

    /// How well it carries sentences that it was not fitted on.
    pub fn evidence(&self) -> BridgeEvidence {
        self.evidence
    }
}

impl Encoder for Bridge {
    /// The teacher's.
    fn space(&self) -> Space {
        self.space
    }

    fn dimension(&self) -> usize {
        self.offset.len()
    }

    /// A text whose row is zero, as that of a text without a known word, stays one.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let rows = self.student.encoder().encode(texts)?;
        let mut images = multiply(rows.view(), self.matrix.view());
        if let Student::Words(words) = &self.student {
            images += &self.own.sums(words, texts);
        }
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
        self.student.encoder().coverage(texts)
    }
}
