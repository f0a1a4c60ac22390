//! Embeddings and a lexicon in, an alignment out: one map a language and the evidence for their worth.

use std::path::Path;

use ndarray::Array2;
use serde_json::{Value, json};
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::normalise::{Normalisation, Step, unit_rows};
use wordferry_vectors::{Artefact, Embeddings, Space};

use crate::retrieve::mean_similarities;
use crate::verdict::{is_good, precision_at_1, split};
use crate::{Aligner, Error, Evidence, Lexicon, Matrices, Result, Signs, Verdict};

const KIND: &str = "map";

/// Maps of two or more spaces into a shared one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// The languages. The others were brought to the first.
    pub sides: Vec<Side>,
    /// The method's name.
    pub method: String,
    /// What the seeds came from, in words.
    pub seeds: String,
    /// What CSLS needs to know of all words of two sides, so that it need not be computed again.
    pub similarity: Option<MeanSimilarity>,
}

/// A language of an alignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The language's name: a code, or `source` and `target`.
    pub language: String,
    /// From the language's space into the shared one.
    pub map: LinearMap,
    /// What the verdict on this language rests on; `None` for the first, which others are brought to.
    pub evidence: Option<Evidence>,
}

/// r of CSLS for all words of the first two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanSimilarity {
    /// Neighbours that r is the mean of.
    pub k: usize,
    /// A word's mean cosine to its `k` nearest words of the other side, for every word of the first and of the second side.
    pub of: [Vec<f32>; 2],
}

/// Aligns `target` with `source` by the pairs of `lexicon`, after both are normalised by `normalisation`. `seed` chooses the pairs
/// that are held out for the verdict. The sides are named `source` and `target`.
///
/// # Errors
/// If too few pairs are usable, or the method cannot take the vectors.
pub fn align(
    aligner: &dyn Aligner,
    source: &Embeddings,
    target: &Embeddings,
    lexicon: &Lexicon,
    normalisation: &[Step],
    seed: u64,
) -> Result<Alignment> {
    align_by_best(&[aligner], source, target, lexicon, normalisation, seed)
}

/// [`align`] by that of `aligners` which finds most of the words that are held out; the first among equals. As those words chose it, the
/// evidence is a little kinder than for a method of your own choice. A good map of the test is where the last fit begins.
///
/// # Errors
/// If too few pairs are usable, or a method cannot take the vectors.
///
/// # Panics
/// If there is no aligner.
pub fn align_by_best(
    aligners: &[&dyn Aligner],
    source: &Embeddings,
    target: &Embeddings,
    lexicon: &Lexicon,
    normalisation: &[Step],
    seed: u64,
) -> Result<Alignment> {
    let fewest = aligners.iter().map(|aligner| aligner.fewest_seeds()).max().expect("an aligner");
    let seeds = lexicon.seeds(source, target, fewest)?;
    let (x, source_normalisation) = normalised(normalisation, source);
    let (z, target_normalisation) = normalised(normalisation, target);
    let (fit_on, test_on) = split(&seeds.pairs, source.vocabulary(), seed);
    let test = |aligner: &dyn Aligner| -> Result<Tested> {
        if test_on.is_empty() || fit_on.len() < fewest {
            return Ok(Tested::default());
        }
        let matrices = aligner.fit(x.view(), z.view(), &fit_on)?;
        let (n, hits) = precision_at_1(x.view(), z.view(), &matrices, &test_on);
        Ok(Tested { n, hits, matrices })
    };
    let mut best = (aligners[0], test(aligners[0])?);
    for aligner in &aligners[1..] {
        let tested = test(*aligner)?;
        if tested.hits > best.1.hits {
            best = (*aligner, tested);
        }
    }
    let (aligner, Tested { n, hits, matrices }) = best;
    let matrices = match is_good(n, hits) {
        true => aligner.refit(x.view(), z.view(), &seeds.pairs, matrices)?,
        false => aligner.fit(x.view(), z.view(), &seeds.pairs)?,
    };
    let signs = Signs::of(x.view(), z.view(), &matrices)?;
    let evidence = Evidence::new(seeds.pairs.len(), (n, hits), signs);
    let source_map = LinearMap::into_own_space(source.space(), source_normalisation, matrices.source);
    let target_map = LinearMap::new(target.space(), source_map.to(), target_normalisation, matrices.target);
    let side = |language: &str, map, evidence| Side { language: language.into(), map, evidence };
    Ok(Alignment {
        sides: vec![side("source", source_map, None), side("target", target_map, Some(evidence))],
        method: aligner.name().into(),
        seeds: lexicon.origin().into(),
        similarity: None,
    })
}

/// A method, tested on words that it was not fitted on.
#[derive(Default)]
struct Tested {
    n: usize,
    hits: usize,
    matrices: Matrices,
}

pub(crate) fn normalised(steps: &[Step], embeddings: &Embeddings) -> (Array2<f32>, Normalisation) {
    let mut rows = embeddings.matrix().to_owned();
    let normalisation = Normalisation::fit(steps, &mut rows);
    (rows, normalisation)
}

impl Alignment {
    /// What the alignment is worth: the verdict on its weakest language.
    pub fn verdict(&self) -> Verdict {
        self.evidence().map_or(Verdict::Weak, Evidence::verdict)
    }

    /// The evidence on the weakest language.
    pub fn evidence(&self) -> Option<&Evidence> {
        weakest(&self.sides.iter().collect::<Vec<_>>())
    }

    /// The evidence on the weaker of two languages.
    ///
    /// # Errors
    /// If one is of no side's space.
    pub fn evidence_between(&self, a: &Embeddings, b: &Embeddings) -> Result<Option<&Evidence>> {
        Ok(weakest(&[&self.sides[self.side(a)?], &self.sides[self.side(b)?]]))
    }

    /// The number of the side that embeddings are of.
    fn side(&self, embeddings: &Embeddings) -> Result<usize> {
        self.side_of(embeddings.space())
    }

    /// The number of the side of a space.
    pub(crate) fn side_of(&self, found: Space) -> Result<usize> {
        self.sides.iter().position(|side| side.map.from() == found).ok_or_else(|| Error::NotASide {
            sides: self.sides.iter().map(|side| (side.language.clone(), side.map.from())).collect(),
            found,
        })
    }

    /// The maps of two embeddings, which must be of two sides.
    ///
    /// # Errors
    /// If one is of no side's space, or both are of one.
    pub fn maps(&self, source: &Embeddings, target: &Embeddings) -> Result<(&LinearMap, &LinearMap)> {
        let (of_source, of_target) = (self.side(source)?, self.side(target)?);
        let [a, b] = [of_source, of_target].map(|side| &self.sides[side]);
        let aligned_with_itself = self.sides.iter().all(|side| side.map.from() == a.map.from());
        if of_source == of_target && !aligned_with_itself {
            return Err(Error::SameSide { language: a.language.clone() });
        }
        Ok((&a.map, &b.map))
    }

    /// The map of embeddings of any side.
    ///
    /// # Errors
    /// If they are of no side's space.
    pub fn map_of(&self, embeddings: &Embeddings) -> Result<&LinearMap> {
        Ok(&self.sides[self.side(embeddings)?].map)
    }

    /// The same alignment with its sides in reverse order.
    pub fn inverted(mut self) -> Self {
        self.sides.reverse();
        match &mut self.sides[..] {
            // Evidence belongs to the side that is not the first.
            [first, second] => {
                std::mem::swap(&mut first.evidence, &mut second.evidence);
                self.similarity.iter_mut().for_each(|similarity| similarity.of.reverse());
            }
            // What is known of the first two says nothing of the last two.
            _ => self.similarity = None,
        }
        self
    }

    /// Computes and keeps r of CSLS, the mean cosine to `k` neighbours, for all words of the two embeddings (as they were
    /// read, not mapped); one n × m product.
    ///
    /// # Errors
    /// If they are not those of the first and the second side.
    pub fn keep_similarity(&mut self, first: &Embeddings, second: &Embeddings, k: usize) -> Result<()> {
        let rows = |embeddings: &Embeddings, side: &Side| {
            Ok::<_, Error>(unit_rows(side.map.apply(embeddings.matrix().to_owned())?))
        };
        let (of_first, of_second) = (self.side(first)?, self.side(second)?);
        let with_itself = self.sides[0].map.from() == self.sides[1].map.from();
        if (of_first, of_second) != (0, 1) && !with_itself {
            return Err(Error::SameSide { language: self.sides[of_second].language.clone() });
        }
        let (x, z) = (rows(first, &self.sides[0])?, rows(second, &self.sides[1])?);
        self.similarity = Some(MeanSimilarity { k, of: mean_similarities(x.view(), z.view(), k) });
        Ok(())
    }

    /// The r of CSLS of every word of `target` among those of `source` (both as they were read, not mapped), with its
    /// `k`, if it was kept for just these words.
    pub fn similarity_of(&self, target: &Embeddings, source: &Embeddings) -> Option<(usize, &[f32])> {
        let known = self.similarity.as_ref()?;
        let (target_side, source_side) = (self.side(target).ok()?, self.side(source).ok()?);
        let same = known.of.get(target_side)?.len() == target.len()
            && known.of.get(source_side)?.len() == source.len()
            && target_side != source_side;
        same.then(|| (known.k, &*known.of[target_side]))
    }

    /// Writes the alignment to one safetensors file, atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(KIND);
        artefact.set("method", self.method.clone());
        artefact.set("seeds", self.seeds.clone());
        artefact.set("verdict", self.verdict().name());
        let side = |side: &Side| json!({ "language": side.language, "evidence": side.evidence.as_ref().map(|evidence| evidence.to_json()) });
        artefact.set("sides", self.sides.iter().map(side).collect::<Vec<Value>>());
        for (i, side) in self.sides.iter().enumerate() {
            side.map.put(&mut artefact, &format!("side.{i}"));
        }
        if let Some(MeanSimilarity { k, of }) = &self.similarity {
            artefact.set("similarity_k", *k);
            for (i, of) in of.iter().enumerate() {
                artefact.put_numbers(&format!("similarity.{i}"), of);
            }
        }
        Ok(artefact.save(path)?)
    }

    /// Reads an alignment back.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact alignment.
    pub fn open(path: &Path) -> Result<Self> {
        let artefact = Artefact::open(path, KIND)?;
        let sides = artefact.get("sides")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let side = |(i, property): (usize, &Value)| -> Result<Side> {
            let evidence = match &property["evidence"] {
                Value::Null => None,
                evidence => Some(Evidence::from_json(evidence).map_err(|key| {
                    artefact.broken(format!("evidence on the {i}th language without `{key}`"))
                })?),
            };
            let language = property["language"].as_str();
            let language =
                language.ok_or_else(|| artefact.broken(format!("a {i}th language without a name")))?;
            let map = LinearMap::take(&artefact, &format!("side.{i}"))?;
            Ok(Side { language: language.into(), map, evidence })
        };
        let sides = sides.iter().enumerate().map(side).collect::<Result<Vec<_>>>()?;
        let spaces: Vec<Space> = sides.iter().map(|side| side.map.to()).collect();
        if spaces.len() < 2 || spaces.iter().any(|space| *space != spaces[0]) {
            return Err(artefact.broken("maps that do not lead, two or more, into one space").into());
        }
        let output = |side: &Side| {
            side.map.matrix().map(|matrix| matrix.ncols()).or(side.map.normalisation().dimension())
        };
        let finite =
            |side: &Side| side.map.matrix().is_none_or(|matrix| matrix.iter().all(|x| x.is_finite()));
        if sides.iter().any(|side| output(side) != output(&sides[0]) || !finite(side)) {
            return Err(artefact
                .broken("maps into rows of several lengths, or values that are no numbers")
                .into());
        }
        let similarity = if artefact.has_property("similarity_k") {
            let k = artefact.get("similarity_k")?.as_u64().filter(|k| *k > 0);
            let k = k.ok_or_else(|| artefact.broken("a number of neighbours that is none"))?;
            let of = |i: usize| Ok::<_, Error>(artefact.numbers(&format!("similarity.{i}"))?.to_vec());
            Some(MeanSimilarity { k: k as usize, of: [of(0)?, of(1)?] })
        } else {
            None
        };
        let [method, seeds] = ["method", "seeds"].map(|key| artefact.get_text(key).map(String::from));
        Ok(Self { sides, method: method?, seeds: seeds?, similarity })
    }
}

/// The evidence with the worst verdict.
pub(crate) fn weakest<'a>(sides: &[&'a Side]) -> Option<&'a Evidence> {
    sides.iter().filter_map(|side| side.evidence.as_ref()).min_by_key(|evidence| evidence.verdict())
}

#[cfg(test)]
mod tests {
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
        let steps = [Step::Unit, Step::Centre, Step::RemoveTop, Step::Unit];
        let mut alignment = align(&Procrustes, &embeddings, &embeddings, &lexicon, &steps, 42).unwrap();
        alignment.keep_similarity(&embeddings, &embeddings, 3).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map");
        for (hits, n) in (1..12).flat_map(|n| (0..=n).map(move |hits| (hits, n))) {
            let evidence = alignment.sides[1].evidence.as_mut().unwrap();
            *evidence = Evidence::new(evidence.n_seed_pairs, (n, hits), evidence.signs);
            alignment.save(&path).unwrap();
            assert_eq!(Alignment::open(&path).unwrap(), alignment);
        }
        assert_eq!(alignment.clone().inverted().inverted(), alignment);
    }
}
