//! Any number of languages brought into one space at once.

use ndarray::{Array2, ArrayView2};
use wordferry_vectors::Embeddings;
use wordferry_vectors::map::LinearMap;
use wordferry_vectors::normalise::{Normalisation, Step};

use crate::alignment::normalised;
use crate::generalised::rotations;
use crate::self_learning::Pair;
use crate::verdict::{precision_at_1, split};
use crate::{Alignment, Error, Evidence, Lexicon, Matrices, Result, Side, Signs};

/// A language to align, with the words it shares with a hub.
#[derive(Clone, Copy, Debug)]
pub struct Language<'a> {
    /// Its name, as the alignment will call it.
    pub name: &'a str,
    /// Its vectors.
    pub embeddings: &'a Embeddings,
    /// Pairs of a word of the hub and one of the language.
    pub lexicon: &'a Lexicon,
}

/// Turns the hub and all languages onto their mean by generalised Procrustes analysis (Gower 1975; Kementchedjhieva et al. 2018). The
/// hub comes first. `seed` chooses the pairs that are held out for the verdicts.
///
/// # Errors
/// If there is no language, a lexicon has fewer than two usable pairs, or dimensions differ.
pub fn align_generalised(
    (hub_name, hub): (&str, &Embeddings),
    languages: &[Language<'_>],
    normalisation: &[Step],
    seed: u64,
) -> Result<Alignment> {
    if languages.is_empty() {
        return Err(Error::NothingToJoin);
    }
    let pairs = languages
        .iter()
        .map(|language| Ok(language.lexicon.seeds(hub, language.embeddings, 2)?.pairs))
        .collect::<Result<Vec<Vec<Pair>>>>()?;
    let (hub_rows, hub_normalisation) = normalised(normalisation, hub);
    let sides: Vec<(Array2<f32>, Normalisation)> =
        languages.iter().map(|language| normalised(normalisation, language.embeddings)).collect();
    let rows: Vec<ArrayView2<'_, f32>> = sides.iter().map(|(rows, _)| rows.view()).collect();
    let (fit_on, test_on): (Vec<_>, Vec<_>) =
        pairs.iter().map(|pairs| split(pairs, hub.vocabulary(), seed)).unzip();
    let tested = fit(hub_rows.view(), &rows, &fit_on)?;
    let matrices = fit(hub_rows.view(), &rows, &pairs)?;
    let map = LinearMap::into_own_space(hub.space(), hub_normalisation, Some(matrices[0].clone()));
    let mut alignment = Alignment {
        sides: vec![Side { language: hub_name.into(), map, evidence: None }],
        method: "generalised".into(),
        seeds: origins(languages),
        similarity: None,
    };
    let to = alignment.sides[0].map.to();
    for (i, (language, (rows, normalisation))) in languages.iter().zip(&sides).enumerate() {
        let of = |matrices: &[Array2<f32>]| Matrices {
            source: Some(matrices[0].clone()),
            target: Some(matrices[i + 1].clone()),
        };
        let held_out = precision_at_1(hub_rows.view(), rows.view(), &of(&tested), &test_on[i]);
        let signs = Signs::of(hub_rows.view(), rows.view(), &of(&matrices))?;
        alignment.sides.push(Side {
            language: language.name.into(),
            map: LinearMap::new(
                language.embeddings.space(),
                to,
                normalisation.clone(),
                Some(matrices[i + 1].clone()),
            ),
            evidence: Some(Evidence::new(pairs[i].len(), held_out, signs)),
        });
    }
    Ok(alignment)
}

/// What the seeds of the languages came from, each once.
fn origins(languages: &[Language<'_>]) -> String {
    let mut origins: Vec<&str> = languages.iter().map(|language| language.lexicon.origin()).collect();
    origins.sort_unstable();
    origins.dedup();
    origins.join(", ")
}

fn fit(
    hub: ArrayView2<'_, f32>,
    rows: &[ArrayView2<'_, f32>],
    pairs: &[Vec<Pair>],
) -> Result<Vec<Array2<f32>>> {
    let languages: Vec<_> = rows.iter().zip(pairs).map(|(rows, pairs)| (rows.view(), &**pairs)).collect();
    rotations(hub, &languages)
}
