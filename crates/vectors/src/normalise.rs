//! Normalisation of rows: a recipe of steps in, the normalised matrix and what was learned on it out.
//!
//! A centring step learns a mean. The mean belongs to the recipe from then on, so that a word seen later (an
//! out-of-vocabulary word made of subwords, say) is treated exactly as the rows were.

use faer::Side;
use ndarray::{Array1, Array2, ArrayViewMut1, Axis};
use rayon::prelude::*;

use crate::map::faer_view;

/// Rows a partial sum covers. Fixed, so that sums do not depend on the number of threads.
const ROWS_PER_SUM: usize = 4096;

/// One step of a normalisation, before it is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Divides every row by its Euclidean length; zero rows stay as they are.
    Unit,
    /// Subtracts the mean of all rows.
    Centre,
    /// Takes out the directions of largest variance, one for every hundred dimensions and at least one: after centring, they
    /// hold frequency more than meaning (all-but-the-top, Mu and Viswanath 2018).
    RemoveTop,
}

impl Step {
    /// Unit, centre, unit: what Artetxe et al. (2018) recommend before an orthogonal map.
    pub const UNIT_CENTRE_UNIT: [Step; 3] = [Step::Unit, Step::Centre, Step::Unit];

    /// Five rounds of unit and centre, and unit at the end: rows of unit length whose mean is zero, or nearly (Zhang et al. 2019).
    pub const ITERATIVE: [Step; 11] = {
        let mut steps = [Step::Unit; 11];
        let mut i = 1;
        while i < steps.len() {
            steps[i] = Step::Centre;
            i += 2;
        }
        steps
    };
}

/// A step with what it learned.
#[derive(Clone, Debug, PartialEq)]
pub enum FittedStep {
    /// Divides every row by its Euclidean length; zero rows stay as they are.
    Unit,
    /// Subtracts this mean (length d).
    Centre(Array1<f32>),
    /// Takes out these directions (k × d, orthonormal rows).
    RemoveTop(Array2<f32>),
}

/// A fitted normalisation: a function of one row, independent of all others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalisation {
    steps: Vec<FittedStep>,
}

impl Normalisation {
    /// Normalises `matrix` (n × d) in place and returns what was learned.
    pub fn fit(steps: &[Step], matrix: &mut Array2<f32>) -> Self {
        let mut fitted = Vec::with_capacity(steps.len());
        for step in steps {
            let step = match step {
                Step::Unit => FittedStep::Unit,
                Step::Centre => FittedStep::Centre(mean_row(matrix)),
                Step::RemoveTop => FittedStep::RemoveTop(principal_directions(matrix)),
            };
            for_each_row(matrix, |row| step.apply(row));
            fitted.push(step);
        }
        Self { steps: fitted }
    }

    /// A normalisation from fitted steps, as read back from a file.
    pub fn from_steps(steps: Vec<FittedStep>) -> Self {
        Self { steps }
    }

    /// The fitted steps, in the order in which they are applied.
    pub fn steps(&self) -> &[FittedStep] {
        &self.steps
    }

    /// Normalises every row of `matrix` (n × d) in place.
    pub fn apply(&self, matrix: &mut Array2<f32>) {
        for_each_row(matrix, |row| self.apply_row(row));
    }

    /// Normalises one row (length d) in place.
    pub fn apply_row(&self, row: &mut [f32]) {
        for step in &self.steps {
            step.apply(row);
        }
    }

    /// The dimension that the recipe is bound to; `None` if no step learned anything.
    pub fn dimension(&self) -> Option<usize> {
        self.steps.iter().find_map(FittedStep::dimension)
    }
}

impl FittedStep {
    /// The step's name, as artefacts write it.
    pub fn name(&self) -> &'static str {
        match self {
            FittedStep::Unit => "unit",
            FittedStep::Centre(_) => "centre",
            FittedStep::RemoveTop(_) => "remove-top",
        }
    }

    /// The dimension that the step is bound to; `None` if it learned nothing.
    pub fn dimension(&self) -> Option<usize> {
        match self {
            FittedStep::Unit => None,
            FittedStep::Centre(mean) => Some(mean.len()),
            FittedStep::RemoveTop(directions) => Some(directions.ncols()),
        }
    }

    fn apply(&self, row: &mut [f32]) {
        match self {
            FittedStep::Unit => unit(row),
            FittedStep::Centre(mean) => row.iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean),
            FittedStep::RemoveTop(directions) => {
                for direction in directions.rows() {
                    let along: f32 = row.iter().zip(direction).map(|(a, b)| a * b).sum();
                    row.iter_mut().zip(direction).for_each(|(value, direction)| *value -= along * direction);
                }
            }
        }
    }
}

/// Divides `row` by its Euclidean length; a zero row stays as it is.
pub fn unit(row: &mut [f32]) {
    let length = row.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt();
    if length > 0.0 {
        let scale = 1.0 / length;
        match scale as f32 {
            single if single.is_finite() => row.iter_mut().for_each(|value| *value *= single),
            // A row so short that its inverse is beyond `f32`.
            _ => row.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32),
        }
    }
}

/// `rows` (n × d, in standard layout) with every row of unit length; zero rows stay as they are.
pub fn unit_rows(mut rows: Array2<f32>) -> Array2<f32> {
    for_each_row(&mut rows, unit);
    rows
}

/// The mean of the rows of `matrix` (n × d), summed in double precision; zeros if there are no rows.
pub fn mean_row(matrix: &Array2<f32>) -> Array1<f32> {
    let partial: Vec<Array1<f64>> = matrix
        .axis_chunks_iter(Axis(0), ROWS_PER_SUM)
        .into_par_iter()
        .map(|rows| {
            rows.rows().into_iter().fold(Array1::zeros(matrix.ncols()), |sum, row| sum + row.mapv(f64::from))
        })
        .collect();
    let sum = partial.into_iter().fold(Array1::zeros(matrix.ncols()), |sum: Array1<f64>, part| sum + part);
    let n = matrix.nrows().max(1) as f64;
    sum.mapv(|value| (value / n) as f32)
}

/// The directions of largest variance about zero, one for every hundred dimensions and at least one (k × d); none if they
/// cannot be found.
fn principal_directions(matrix: &Array2<f32>) -> Array2<f32> {
    let d = matrix.ncols();
    let products = sum_of_products(matrix);
    let k = (d / 100).max(1).min(d);
    match faer_view(products.view()).self_adjoint_eigen(Side::Lower) {
        // Eigenvalues ascend.
        Ok(decomposed) => Array2::from_shape_fn((k, d), |(i, j)| decomposed.U()[(j, d - 1 - i)] as f32),
        Err(_) => Array2::zeros((0, d)),
    }
}

/// Xᵀ X of the rows of `matrix` (n × d), d × d, summed in double precision.
pub fn sum_of_products(matrix: &Array2<f32>) -> Array2<f64> {
    let d = matrix.ncols();
    let partial: Vec<Array2<f64>> = matrix
        .axis_chunks_iter(Axis(0), ROWS_PER_SUM)
        .into_par_iter()
        .map(|rows| {
            let rows = rows.mapv(f64::from);
            rows.t().dot(&rows)
        })
        .collect();
    partial.into_iter().fold(Array2::zeros((d, d)), |sum: Array2<f64>, part| sum + part)
}

fn for_each_row(matrix: &mut Array2<f32>, apply: impl Fn(&mut [f32]) + Sync) {
    matrix.axis_iter_mut(Axis(0)).into_par_iter().for_each(|mut row: ArrayViewMut1<'_, f32>| {
        apply(row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn unit_leaves_zero_rows() {
        let mut matrix = array![[3.0, 4.0], [0.0, 0.0]];
        Normalisation::fit(&[Step::Unit], &mut matrix);
        assert_eq!(matrix, array![[0.6, 0.8], [0.0, 0.0]]);
        let mut shortest = [0.0, f32::from_bits(1)];
        unit(&mut shortest);
        assert_eq!(shortest, [0.0, 1.0]);
    }

    #[test]
    fn iterative_rows_are_unit_and_centred() {
        assert_eq!(Step::ITERATIVE[..4], [Step::Unit, Step::Centre, Step::Unit, Step::Centre]);
        let raw = Array2::from_shape_fn((40, 3), |(i, j)| ((i * 5 + j * 3) % 7) as f32 + j as f32);
        let mean_after = |steps: &[Step]| {
            let mut matrix = raw.clone();
            Normalisation::fit(steps, &mut matrix);
            assert!(matrix.rows().into_iter().all(|row| (row.dot(&row) - 1.0).abs() < 1e-5));
            mean_row(&matrix).iter().map(|mean| mean * mean).sum::<f32>().sqrt()
        };
        let (once, five_times) = (mean_after(&Step::UNIT_CENTRE_UNIT), mean_after(&Step::ITERATIVE));
        assert!(five_times < once / 2.0, "{five_times} {once}");
    }

    #[test]
    fn the_direction_of_largest_variance_is_taken_out() {
        let mut matrix = array![[9.0, 9.0, 1.0], [-9.0, -9.0, 1.0], [4.0, 4.0, -1.0], [-4.0, -4.0, -1.0]];
        let normalisation = Normalisation::fit(&[Step::RemoveTop], &mut matrix);
        let expected = array![[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 0.0, -1.0]];
        assert!((matrix - expected).iter().all(|difference: &f32| difference.abs() < 1e-5));
        assert_eq!(normalisation.dimension(), Some(3));
    }

    #[test]
    fn a_later_row_is_treated_as_the_rows_were() {
        let raw = array![[3.0, 4.0], [1.0, 0.0], [-2.0, 5.0]];
        let mut matrix = raw.clone();
        let normalisation = Normalisation::fit(&Step::UNIT_CENTRE_UNIT, &mut matrix);
        let mut again = raw;
        normalisation.apply(&mut again);
        assert_eq!(matrix, again);
        assert_eq!(normalisation.dimension(), Some(2));
    }
}
