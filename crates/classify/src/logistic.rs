//! Logistic regression with an L2 penalty, trained by linfa.
//!
//! linfa's loss is a sum over rows, so that a fixed penalty would drown 16 rows and do nothing to 100,000. Here the
//! penalty is per row: minimise mean(loss) + l2 / 2 · ‖W‖², on standardised features, without penalising the bias.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, Axis};

use crate::examples::indices;
use crate::objective::Solution;
use crate::{Error, Examples, Moments, Result};

/// Iterations after which the solver stops anyway.
const MOST_ITERATIONS: u64 = 300;
/// The solver stops when the gradient of the mean loss is shorter than this.
const GRADIENT_TOLERANCE: f64 = 1e-5;
/// linfa computes on one core, and with a copy of all rows in double precision.
const MOST_ROWS: usize = 20_000;

/// The features of the examples as linfa can take them: one dense matrix of not too many rows, which all count the same.
pub(crate) fn rows_for_linfa(examples: &Examples<'_>) -> Option<Array2<f32>> {
    let dense = examples.features().as_dense()?;
    let rows = indices(examples.rows());
    (!examples.is_weighted() && rows.len() <= MOST_ROWS).then(|| dense.select(Axis(0), &rows))
}

/// The solution for `rows`, which are the features of the examples.
pub(crate) fn solve(
    rows: &Array2<f32>,
    examples: &Examples<'_>,
    moments: &Moments,
    l2: f64,
) -> Result<Solution> {
    let x = moments.standardise(rows.view());
    let n = x.nrows() as f64;
    let failed = |error: linfa_logistic::error::Error| Error::Training {
        n_rows: x.nrows(),
        n_features: x.ncols(),
        reason: error.to_string(),
    };
    let data = DatasetBase::new(x.view(), examples.labels().collect::<Array1<usize>>());
    let mut solution = Solution::zero(examples.classes().len(), x.ncols());
    if solution.n_outputs == 1 {
        let fitted = LogisticRegression::default()
            .alpha(l2 * n)
            .gradient_tolerance(GRADIENT_TOLERANCE * n)
            .max_iterations(MOST_ITERATIONS)
            .fit(&data)
            .map_err(failed)?;
        // linfa calls the more frequent class positive; here the second one is.
        let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
        solution.weights = fitted.params().iter().map(|value| value * sign).collect();
        solution.bias[0] = fitted.intercept() * sign;
    } else {
        let fitted = MultiLogisticRegression::default()
            .alpha(l2 * n)
            .gradient_tolerance(GRADIENT_TOLERANCE * n)
            .max_iterations(MOST_ITERATIONS)
            .fit(&data)
            .map_err(failed)?;
        // A class without a row gets no column from linfa.
        for (column, &class) in fitted.classes().iter().enumerate() {
            let weights = solution.weights[class * x.ncols()..].iter_mut();
            weights.zip(fitted.params().column(column)).for_each(|(to, from)| *to = *from);
            solution.bias[class] = fitted.intercept()[column];
        }
    }
    Ok(solution)
}
