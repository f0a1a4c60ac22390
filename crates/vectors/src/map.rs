//! A map from one space into another: a row normalised, then multiplied by a matrix.
//!
//! Maps live beside the vectors, below the algorithms that learn them, so that embeddings can carry one: words
//! composed from subwords have to be normalised and mapped after they are composed, since normalisation does not
//! commute with averaging.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde_json::json;

use crate::normalise::{FittedStep, Normalisation};
use crate::{Artefact, Error, Result, Space};

/// Rows multiplied at a time. Fixed, so that results do not depend on the number of threads.
const ROWS_PER_BLOCK: usize = 1024;

/// x ↦ normalise(x) · M, from one space into another. Without a matrix, M is the identity.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearMap {
    from: Space,
    to: Space,
    normalisation: Normalisation,
    matrix: Option<Array2<f32>>,
}

impl LinearMap {
    /// A map into a space of its own, whose identity follows from `from` and all that is done to a row.
    pub fn into_own_space(from: Space, normalisation: Normalisation, matrix: Option<Array2<f32>>) -> Self {
        let to = derived_space(from, &normalisation, matrix.as_ref());
        Self { from, to, normalisation, matrix }
    }

    /// A map into a space that others share. `matrix` is d_from × d_to.
    pub fn new(from: Space, to: Space, normalisation: Normalisation, matrix: Option<Array2<f32>>) -> Self {
        Self { from, to, normalisation, matrix }
    }

    /// The space whose rows the map takes.
    pub fn from(&self) -> Space {
        self.from
    }

    /// The space that the map leads into.
    pub fn to(&self) -> Space {
        self.to
    }

    /// What is done to a row before the product.
    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }

    /// The matrix, d_from × d_to; `None` for the identity.
    pub fn matrix(&self) -> Option<ArrayView2<'_, f32>> {
        self.matrix.as_ref().map(Array2::view)
    }

    /// The dimension of a mapped row, for rows of dimension `d`.
    pub fn output_dimension(&self, d: usize) -> usize {
        self.matrix.as_ref().map_or(d, Array2::ncols)
    }

    /// Maps every row of `rows` (n × d_from) to a row of the result (n × d_to).
    ///
    /// # Errors
    /// If the dimension of the rows is not the one the map was learned on.
    pub fn apply(&self, mut rows: Array2<f32>) -> Result<Array2<f32>> {
        self.check_dimension(rows.ncols())?;
        self.normalisation.apply(&mut rows);
        Ok(match &self.matrix {
            None => rows,
            Some(matrix) => multiply(rows.view(), matrix.view()),
        })
    }

    /// Maps one row (length d_from) of a word that was composed from subwords into `out` (length d_to).
    ///
    /// # Panics
    /// If `row` or `out` is of another length.
    pub fn apply_row_into(&self, row: &mut [f32], out: &mut [f32]) {
        self.normalisation.apply_row(row);
        match &self.matrix {
            None => out.copy_from_slice(row),
            Some(matrix) => {
                assert_eq!(
                    (row.len(), out.len()),
                    matrix.dim(),
                    "a row and a result of the map's dimensions"
                );
                out.fill(0.0);
                for (value, weights) in row.iter().zip(matrix.rows()) {
                    out.iter_mut().zip(weights).for_each(|(out, weight)| *out += value * weight);
                }
            }
        }
    }

    /// Adds the map to an artefact, its tensors and properties under names that begin with `name`.
    pub fn put(&self, artefact: &mut Artefact, name: &str) {
        let steps: Vec<&str> = self.normalisation.steps().iter().map(FittedStep::name).collect();
        artefact.set(
            &format!("{name}.map"),
            json!({ "from": self.from.to_hex(), "to": self.to.to_hex(), "steps": steps }),
        );
        for (i, step) in self.normalisation.steps().iter().enumerate() {
            match step {
                FittedStep::Unit => {}
                FittedStep::Centre(mean) => {
                    artefact.put_numbers(&format!("{name}.mean.{i}"), &mean.to_vec());
                }
                FittedStep::RemoveTop(directions) => {
                    artefact.put_matrix(&format!("{name}.directions.{i}"), directions.view());
                }
            }
        }
        if let Some(matrix) = &self.matrix {
            artefact.put_matrix(&format!("{name}.matrix"), matrix.view());
        }
    }

    /// Takes back from an artefact what [`LinearMap::put`] added.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact, name: &str) -> Result<Self> {
        let property = artefact.get(&format!("{name}.map"))?;
        let space = |key: &str| {
            let space = property[key].as_str().and_then(|space| space.parse().ok());
            space.ok_or_else(|| artefact.broken(format!("a map `{name}` without its space `{key}`")))
        };
        let steps = property["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fitted = steps.iter().enumerate().map(|(i, step)| match step.as_str() {
            Some("unit") => Ok(FittedStep::Unit),
            Some("centre") => Ok(FittedStep::Centre(artefact.numbers(&format!("{name}.mean.{i}"))?)),
            Some("remove-top") => {
                Ok(FittedStep::RemoveTop(artefact.matrix(&format!("{name}.directions.{i}"))?))
            }
            _ => Err(artefact.broken(format!("a map `{name}` with the unknown step {step}"))),
        });
        let normalisation = Normalisation::from_steps(fitted.collect::<Result<_>>()?);
        let matrix = format!("{name}.matrix");
        let matrix = if artefact.has(&matrix) { Some(artefact.matrix(&matrix)?) } else { None };
        let map = Self { from: space("from")?, to: space("to")?, normalisation, matrix };
        match map.is_consistent() {
            true => Ok(map),
            false => Err(artefact.broken(format!("a map `{name}` whose parts differ in dimension"))),
        }
    }

    fn is_consistent(&self) -> bool {
        let steps = self.normalisation.steps().iter().filter_map(FittedStep::dimension);
        let mut dimensions = steps.chain(self.matrix.as_ref().map(Array2::nrows));
        let first = dimensions.next();
        dimensions.all(|d| Some(d) == first)
    }

    /// An error unless rows of dimension `d` can be mapped.
    pub fn check_dimension(&self, d: usize) -> Result<()> {
        let expected = self.normalisation.dimension().or(self.matrix.as_ref().map(Array2::nrows));
        match expected {
            Some(expected) if expected != d => Err(Error::Mismatch {
                expected: format!("vectors of {expected} values, as the map was learned on"),
                found: format!("{d} values"),
            }),
            _ => Ok(()),
        }
    }
}

/// The product of `left` (n × k) and `right` (k × m), n × m, on all cores; the same bits whatever their number.
pub fn multiply(left: ArrayView2<'_, f32>, right: ArrayView2<'_, f32>) -> Array2<f32> {
    // A block of rows of a transposed matrix would be contiguous in neither direction.
    let left = left.as_standard_layout();
    let mut product = Array2::zeros((left.nrows(), right.ncols()));
    product
        .axis_chunks_iter_mut(Axis(0), ROWS_PER_BLOCK)
        .into_par_iter()
        .zip(left.axis_chunks_iter(Axis(0), ROWS_PER_BLOCK))
        .for_each(|(mut into, block)| {
            let (rows, columns) = into.dim();
            let into = into.as_slice_mut().expect("a block of rows is contiguous");
            matmul(
                MatMut::from_row_major_slice_mut(into, rows, columns),
                Accum::Replace,
                faer_view(block),
                faer_view(right),
                1.0,
                Par::Seq,
            );
        });
    product
}

/// A view of the same numbers for faer.
pub fn faer_view<T>(view: ArrayView2<'_, T>) -> MatRef<'_, T> {
    let (rows, columns) = view.dim();
    match view.to_slice() {
        Some(slice) => MatRef::from_row_major_slice(slice, rows, columns),
        None => {
            let transposed = view.reversed_axes();
            let slice = transposed.to_slice().expect("row-major or column-major views only");
            MatRef::from_row_major_slice(slice, columns, rows).transpose()
        }
    }
}

fn derived_space(from: Space, normalisation: &Normalisation, matrix: Option<&Array2<f32>>) -> Space {
    let mut bytes = Vec::new();
    let mut add = |tag: u8, numbers: &mut dyn Iterator<Item = &f32>| {
        bytes.push(tag);
        numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
    };
    for step in normalisation.steps() {
        match step {
            FittedStep::Unit => add(b'u', &mut [].iter()),
            FittedStep::Centre(mean) => add(b'c', &mut mean.iter()),
            FittedStep::RemoveTop(directions) => add(b'r', &mut directions.iter()),
        }
    }
    if let Some(matrix) = matrix {
        add(b'm', &mut matrix.iter());
    }
    Space::of(&[b"mapped", &from.to_bytes(), &bytes])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::Step;
    use ndarray::array;

    #[test]
    fn one_row_maps_as_all_rows_do() {
        let mut rows = array![[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]];
        let raw = rows.clone();
        let normalisation = Normalisation::fit(&Step::UNIT_CENTRE_UNIT, &mut rows);
        let from = Space::of(&[b"test"]);
        let map = LinearMap::new(from, from, normalisation, Some(array![[0.0, 1.0], [-1.0, 0.0]]));
        let all = map.apply(raw.clone()).unwrap();
        for (raw, mapped) in raw.rows().into_iter().zip(all.rows()) {
            let mut out = [0.0; 2];
            map.apply_row_into(&mut raw.to_vec(), &mut out);
            assert!(out.iter().zip(mapped).all(|(a, b)| (a - b).abs() < 1e-6));
        }
        assert!(map.check_dimension(1).is_err());
    }

    #[test]
    fn product_is_that_of_ndarray() {
        let left = Array2::from_shape_fn((2500, 7), |(i, j)| ((i * 7 + j) % 11) as f32 - 5.0);
        let right = Array2::from_shape_fn((7, 3), |(i, j)| (i as f32) * 0.5 - j as f32);
        assert_eq!(multiply(left.view(), right.view()), left.dot(&right));
        let transposed = left.t().to_owned();
        assert_eq!(multiply(transposed.t(), right.view()), left.dot(&right));
    }
}
