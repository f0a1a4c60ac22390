//! Alignments that share a language in, one alignment of all their languages out.

use faer::Mat;
use ndarray::{Array2, ArrayView2};
use wordferry_vectors::Space;
use wordferry_vectors::map::{LinearMap, faer_view};

use crate::alignment::weakest;
use crate::symmetric::{Symmetric, to_array};
use crate::{Alignment, Error, Result, Side};

/// Singular values below this share of the largest are taken as none.
const LEAST: f64 = 1e-7;

impl Alignment {
    /// Joins alignments that all have a language of the space `hub`: a word of any language is led to the hub's own space, back through
    /// the map that the hub had there, and on into the new shared space. The hub comes first.
    ///
    /// Alignments may differ in how they stretch the hub's space. The new space has the mean of their scalar products, each scaled to
    /// the same trace, so that none counts for more.
    ///
    /// # Errors
    /// If an alignment lacks the hub, they normalise its vectors in different ways, or a map cannot be inverted.
    pub fn joined(parts: &[Alignment], hub: Space) -> Result<Self> {
        let at = parts.iter().map(|part| part.side_of(hub)).collect::<Result<Vec<_>>>()?;
        let hubs: Vec<&Side> = parts.iter().zip(&at).map(|(part, at)| &part.sides[*at]).collect();
        let Some(first) = hubs.first() else { return Err(Error::NothingToJoin) };
        let normalisation = first.map.normalisation();
        if hubs.iter().any(|side| side.map.normalisation() != normalisation) {
            return Err(Error::OtherNormalisation { language: first.language.clone() });
        }
        let stretch = mean_stretch(&hubs)?;
        let matrix = stretch.as_ref().map(|stretch| to_array(stretch.as_ref()));
        let hub_map = LinearMap::into_own_space(hub, normalisation.clone(), matrix);
        let to = hub_map.to();
        let mut sides = vec![Side { map: hub_map, evidence: None, language: first.language.clone() }];
        for (part, at) in parts.iter().zip(at) {
            let of_hub = &part.sides[at];
            let onwards = onwards(of_hub.map.matrix(), stretch.as_ref())?;
            for (_, side) in part.sides.iter().enumerate().filter(|(i, _)| *i != at) {
                if sides.iter().any(|joined| joined.map.from() == side.map.from()) {
                    return Err(Error::JoinedTwice { language: side.language.clone() });
                }
                let matrix = after(side.map.matrix(), onwards.as_ref());
                let map = LinearMap::new(side.map.from(), to, side.map.normalisation().clone(), matrix);
                // The way leads through the hub's map, which is worth no more than the evidence on it.
                let evidence = weakest(&[side, of_hub]).copied();
                sides.push(Side { map, evidence, language: side.language.clone() });
            }
        }
        let names = |name: fn(&Alignment) -> &str| {
            let names: Vec<&str> = parts.iter().map(name).collect();
            let new = names.iter().enumerate().filter(|(i, name)| !names[..*i].contains(name));
            new.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
        };
        Ok(Self {
            sides,
            method: names(|part| &part.method),
            seeds: names(|part| &part.seeds),
            similarity: None,
        })
    }
}

/// The square root of the mean of A Aᵀ over the hub's matrices A, each with the trace of the identity (d × d); `None` if all are the
/// identity.
fn mean_stretch(hubs: &[&Side]) -> Result<Option<Mat<f64>>> {
    let Some(d) = hubs.iter().find_map(|side| side.map.matrix()).map(|matrix| matrix.nrows()) else {
        return Ok(None);
    };
    if let Some(other) = hubs.iter().filter_map(|side| side.map.matrix()).find(|matrix| matrix.nrows() != d) {
        return Err(Error::NotInvertible { rows: other.nrows(), columns: d });
    }
    let mut mean = Mat::<f64>::zeros(d, d);
    for side in hubs {
        let product = match side.map.matrix().map(double) {
            Some(matrix) => faer_view(matrix.view()) * faer_view(matrix.view()).transpose(),
            None => Mat::identity(d, d),
        };
        let trace: f64 = (0..d).map(|i| product[(i, i)]).sum();
        let scale = d as f64 / trace.max(f64::MIN_POSITIVE) / hubs.len() as f64;
        mean += product * faer::Scale(scale);
    }
    Ok(Some(Symmetric::of(mean.as_ref())?.with(|value| value.max(0.0).sqrt())))
}

/// From an alignment's shared space through the hub's own into the new one: A⁻¹ · stretch; `None` for the identity.
fn onwards(of_hub: Option<ArrayView2<'_, f32>>, stretch: Option<&Mat<f64>>) -> Result<Option<Mat<f64>>> {
    Ok(match (of_hub, stretch) {
        (Some(matrix), Some(stretch)) => Some(inverse(matrix)? * stretch),
        (Some(matrix), None) => Some(inverse(matrix)?),
        (None, stretch) => stretch.cloned(),
    })
}

fn inverse(matrix: ArrayView2<'_, f32>) -> Result<Mat<f64>> {
    let (rows, columns) = matrix.dim();
    let matrix = double(matrix);
    let svd = faer_view(matrix.view()).thin_svd().map_err(|_| Error::Decomposition { rows, columns })?;
    let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let largest = values.first().copied().unwrap_or(0.0);
    if rows != columns || !values.iter().all(|value| *value > LEAST * largest) {
        return Err(Error::NotInvertible { rows, columns });
    }
    let scaled = Mat::from_fn(columns, values.len(), |i, j| svd.V()[(i, j)] / values[j]);
    Ok(scaled * svd.U().transpose())
}

fn after(matrix: Option<ArrayView2<'_, f32>>, onwards: Option<&Mat<f64>>) -> Option<Array2<f32>> {
    match (matrix, onwards) {
        (Some(matrix), Some(onwards)) => {
            Some(to_array((faer_view(double(matrix).view()) * onwards).as_ref()))
        }
        (Some(matrix), None) => Some(matrix.to_owned()),
        (None, onwards) => onwards.map(|onwards| to_array(onwards.as_ref())),
    }
}

fn double(matrix: ArrayView2<'_, f32>) -> Array2<f64> {
    matrix.mapv(f64::from)
}
