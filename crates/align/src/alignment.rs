//! Two embeddings and a lexicon in, an alignment out: one map a side and the evidence for their worth.

use std::fmt;
use std::path::Path;

use ndarray::Array2;
use serde_json::json;
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::normalise::Normalisation;
use wordferry_vectors::{Artefact, Embeddings};

use crate::verdict::{hold_out, rank_correlation};
use crate::{Aligner, Error, Evidence, Lexicon, Result, Verdict};

const KIND: &str = "map";

/// Maps of a source and a target space into a shared one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// From the source's space into the shared one.
    pub source: LinearMap,
    /// From the target's space into the shared one.
    pub target: LinearMap,
    /// The method's name.
    pub method: String,
    /// What the verdict rests on.
    pub evidence: Evidence,
}

/// A side of an alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The language that the seeds name first.
    Source,
    /// The other.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Source => "source",
            Side::Target => "target",
        })
    }
}

/// Aligns `target` with `source` by the pairs of `lexicon`. `seed` chooses the pairs that are held out for the verdict.
///
/// # Errors
/// If too few pairs are usable, or the method cannot take the vectors.
pub fn align(
    aligner: &dyn Aligner,
    source: &Embeddings,
    target: &Embeddings,
    lexicon: &Lexicon,
    seed: u64,
) -> Result<Alignment> {
    let seeds = lexicon.seeds(source, target)?;
    let (x, source_normalisation) = normalised(aligner, source);
    let (z, target_normalisation) = normalised(aligner, target);
    let mut evidence = hold_out(aligner, x.view(), z.view(), &seeds.pairs, seed)?;
    let matrices = aligner.fit(x.view(), z.view(), &seeds.pairs)?;
    evidence.rank_correlation = rank_correlation(x.view(), z.view(), &matrices);
    let source_map = LinearMap::into_own_space(source.space(), source_normalisation, matrices.source);
    let target_map = LinearMap::new(target.space(), source_map.to(), target_normalisation, matrices.target);
    Ok(Alignment { source: source_map, target: target_map, method: aligner.name().into(), evidence })
}

fn normalised(aligner: &dyn Aligner, embeddings: &Embeddings) -> (Array2<f32>, Normalisation) {
    let mut rows = embeddings.matrix().to_owned();
    let normalisation = Normalisation::fit(aligner.normalisation(), &mut rows);
    (rows, normalisation)
}

impl Alignment {
    /// What the alignment is worth.
    pub fn verdict(&self) -> Verdict {
        self.evidence.verdict()
    }

    fn side(&self, embeddings: &Embeddings) -> Result<Side> {
        match embeddings.space() {
            space if space == self.source.from() => Ok(Side::Source),
            space if space == self.target.from() => Ok(Side::Target),
            found => Err(Error::NotASide {
                source_space: self.source.from(),
                target_space: self.target.from(),
                found,
            }),
        }
    }

    /// The maps of two embeddings, which must be on opposite sides; the first may be on either.
    ///
    /// # Errors
    /// If one is of neither space, or both are on one side.
    pub fn maps(&self, source: &Embeddings, target: &Embeddings) -> Result<(&LinearMap, &LinearMap)> {
        let (of_source, of_target) = (self.side(source)?, self.side(target)?);
        if of_source == of_target && self.source.from() != self.target.from() {
            return Err(Error::SameSide { side: of_source });
        }
        Ok((self.map(of_source), self.map(of_target)))
    }

    /// The map of embeddings of either side.
    ///
    /// # Errors
    /// If they are of neither space.
    pub fn map_of(&self, embeddings: &Embeddings) -> Result<&LinearMap> {
        Ok(self.map(self.side(embeddings)?))
    }

    /// The same alignment with its sides exchanged.
    pub fn inverted(self) -> Self {
        Self { source: self.target, target: self.source, ..self }
    }

    fn map(&self, side: Side) -> &LinearMap {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// Writes the alignment to one safetensors file, atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(KIND);
        let Evidence { n_seed_pairs, n_held_out, held_out_p_at_1, rank_correlation } = self.evidence;
        artefact.set("method", self.method.clone());
        artefact.set("verdict", self.verdict().name());
        artefact.set(
            "evidence",
            json!({
                "n_seed_pairs": n_seed_pairs, "n_held_out": n_held_out, "held_out_p_at_1": held_out_p_at_1,
                "rank_correlation": rank_correlation,
            }),
        );
        self.source.put(&mut artefact, "source");
        self.target.put(&mut artefact, "target");
        Ok(artefact.save(path)?)
    }

    /// Reads an alignment back.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact alignment.
    pub fn open(path: &Path) -> Result<Self> {
        let artefact = Artefact::open(path, KIND)?;
        let evidence = artefact.get("evidence")?;
        let number = |key: &str| {
            let number = evidence[key].as_f64().filter(|number| *number >= 0.0);
            number.ok_or_else(|| artefact.broken(format!("evidence without `{key}`")))
        };
        let alignment = Self {
            source: LinearMap::take(&artefact, "source")?,
            target: LinearMap::take(&artefact, "target")?,
            method: artefact.get_text("method")?.into(),
            evidence: Evidence {
                n_seed_pairs: number("n_seed_pairs")? as usize,
                n_held_out: number("n_held_out")? as usize,
                held_out_p_at_1: number("held_out_p_at_1")?,
                rank_correlation: evidence["rank_correlation"].as_f64(),
            },
        };
        match alignment.source.to() == alignment.target.to() {
            true => Ok(alignment),
            false => Err(artefact.broken("two maps into different spaces").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use wordferry_vectors::Vocabulary;

    use super::*;
    use crate::Procrustes;

    /// 1/11 has no short decimal form: what is read back has to be the very number that the checksum was taken over.
    #[test]
    fn evidence_survives_the_file() {
        let words: Vec<String> = (0..40).map(|i| format!("w{i}")).collect();
        let matrix = Array2::from_shape_fn((40, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0);
        let embeddings = Embeddings::new(Vocabulary::from_words(&words), matrix).unwrap();
        let lexicon = Lexicon::identical(embeddings.vocabulary(), embeddings.vocabulary());
        let mut alignment = align(&Procrustes, &embeddings, &embeddings, &lexicon, 42).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map");
        for (hits, n) in (1..12).flat_map(|n| (0..=n).map(move |hits| (hits, n))) {
            alignment.evidence.held_out_p_at_1 = f64::from(hits) / f64::from(n);
            alignment.save(&path).unwrap();
            assert_eq!(Alignment::open(&path).unwrap(), alignment);
        }
    }
}
