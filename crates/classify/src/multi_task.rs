//! Labelled rows of several tasks in, a classifier of each out that gained from the others.
//!
//! What the tasks have in common is a projection of low rank: the leading directions of their separate classifiers (alternating structure
//! optimisation; Ando and Zhang 2005), in one round. A task is then trained on its features and their projection beside them, on which its
//! weights cost less. The projection being linear, what comes of it is one linear classifier of the features.
//!
//! A task's projection is made of the other tasks' classifiers alone. Its own would tell it nothing new, and would know the rows that
//! cross-validation holds out.

use faer::Side;
use ndarray::{Array1, Array2, Axis, concatenate, s};
use rayon::prelude::*;
use wordferry_vectors::map::faer_view;
use wordferry_vectors::{Features, Space};

use crate::fresh::as_fresh;
use crate::validation::{hold_out, n_folds};
use crate::{Error, Examples, Head, LinearClassifier, Moments, Result, log_losses, softmax};

/// Sums over rows of features of length 1 or so that weigh as much as the penalty; strongest penalty first.
const C_GRID: [f64; 6] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
/// How many times as long as a row of features its projection is.
const STRENGTHS: [f64; 3] = [1.0, 3.0, 10.0];
/// Numbers of directions.
const RANKS: [usize; 4] = [1, 2, 4, 8];
/// Directions that are shorter than this part of the longest are none.
const SHORTEST: f64 = 1e-6;
/// The choice where a class has too few rows to hold any out.
const UNTRIED: Sharing = Sharing { c: 3.0, rank: 1, strength: 3.0 };

/// How much of what tasks have in common a task uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharing {
    /// The penalty per row is 1 / (n · c).
    pub c: f64,
    /// Directions of the projection; 0 if the task is best off alone.
    pub rank: usize,
    /// How many times as long as the features their projection is: weights on it cost the square of it less. 0 with rank 0.
    pub strength: f64,
}

/// A task's classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskFit {
    /// Of the task's features as they are.
    pub classifier: LinearClassifier,
    /// What cross-validation chose.
    pub sharing: Sharing,
    /// Its folds; 0 if a class has too few rows to hold any out.
    pub n_folds: usize,
    /// The scores of every row by a classifier that was trained without the row's fold, n × c; `None` if a class has too few rows to hold
    /// any out.
    pub held_out: Option<Array2<f32>>,
}

/// A task in units that are common to all: dense features are standardised by the task's own moments, and rows have a length of about 1.
struct Prepared {
    features: Features,
    /// What dense features were divided by, and their mean; `None` of features with units of their own.
    moments: Option<Moments>,
}

/// Trains a logistic classifier in `space` for every task; rows count as much as their weights say.
///
/// # Errors
/// If there are fewer than two tasks, the features are of different widths, or a solver fails.
pub fn fit_tasks(space: Space, tasks: &[Examples<'_>], seed: u64) -> Result<Vec<TaskFit>> {
    if tasks.len() < 2 {
        return Err(Error::TooFewTasks { found: tasks.len() });
    }
    let prepared: Vec<Prepared> = tasks.iter().map(Prepared::of).collect();
    let separate = prepared
        .iter()
        .zip(tasks)
        .map(|(prepared, task)| {
            let task = task.of_features(&prepared.features);
            let chosen = choose(&task, &[Sharing { rank: 0, strength: 0.0, ..UNTRIED }], |_| None, seed)?;
            directions_of(&fit(space, &task, None, chosen.0)?)
        })
        .collect::<Result<Vec<Array2<f64>>>>()?;
    (0..tasks.len()).map(|own| fit_task(space, own, tasks, &prepared, &separate, seed)).collect()
}

fn fit_task(
    space: Space,
    own: usize,
    tasks: &[Examples<'_>],
    prepared: &[Prepared],
    separate: &[Array2<f64>],
    seed: u64,
) -> Result<TaskFit> {
    let others: Vec<_> =
        (0..tasks.len()).filter(|&task| task != own).map(|task| separate[task].view()).collect();
    let directions = leading_directions(&concatenate(Axis(1), &others).expect("tasks of the same features"))?;
    let task = tasks[own].of_features(&prepared[own].features);
    let n_directions = directions.ncols();
    let shared = RANKS.into_iter().filter(|&rank| rank <= n_directions);
    let shared = shared.flat_map(|rank| STRENGTHS.map(|strength| Sharing { rank, strength, ..UNTRIED }));
    let ways: Vec<Sharing> =
        std::iter::once(Sharing { rank: 0, strength: 0.0, ..UNTRIED }).chain(shared).collect();
    let project = |way: Sharing| Projection::of(task.features(), &directions, way);
    let (sharing, held_out) = choose(&task, &ways, project, seed)?;
    let projection = project(sharing);
    let classifier = fit(space, &task, projection.as_ref(), sharing)?;
    let n_folds = n_folds(&task, seed);
    Ok(TaskFit { classifier: prepared[own].unprepared(&classifier), sharing, n_folds, held_out })
}

impl Prepared {
    fn of(task: &Examples<'_>) -> Self {
        let features = task.features();
        match features.as_dense().filter(|_| !features.is_scaled()) {
            Some(rows) => {
                let moments = Moments::of_examples(task);
                let length = (rows.ncols().max(1) as f64).sqrt();
                let rows = moments.standardise(rows.view()).mapv(|value| (value / length) as f32);
                Self { features: Features::beside([rows.into()]), moments: Some(moments) }
            }
            None => Self { features: features.clone(), moments: None },
        }
    }

    /// A classifier of the prepared features as one of the features as they are.
    fn unprepared(&self, classifier: &LinearClassifier) -> LinearClassifier {
        let Some(Moments { mean, deviation }) = &self.moments else { return classifier.clone() };
        let units = (deviation * (mean.len().max(1) as f64).sqrt()).insert_axis(Axis(1));
        let weights = classifier.weights().mapv(f64::from) / units;
        let bias = classifier.bias().mapv(f64::from) - mean.dot(&weights);
        let single = |value: f64| value as f32;
        let (space, classes) = (classifier.space(), classifier.classes().to_vec());
        LinearClassifier::new(space, classes, weights.mapv(single), bias.mapv(single))
    }
}

/// The features' projection beside them.
struct Projection {
    features: Features,
    /// d × rank: what a row is multiplied by.
    map: Array2<f32>,
}

impl Projection {
    /// `None` of rank 0.
    fn of(features: &Features, directions: &Array2<f64>, way: Sharing) -> Option<Self> {
        if way.rank == 0 {
            return None;
        }
        let mut map = directions.slice(s![.., ..way.rank]).mapv(|value| value as f32);
        let mut rows = product(features, &map);
        let square =
            rows.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / features.n_rows() as f64;
        let factor = (way.strength / square.sqrt().max(f64::MIN_POSITIVE).max(1e-12)) as f32;
        map *= factor;
        rows *= factor;
        Some(Self { features: Features::beside([features.clone(), rows.into()]), map })
    }
}

/// Features times a matrix, d × k.
fn product(features: &Features, matrix: &Array2<f32>) -> Array2<f32> {
    let names = (0..matrix.ncols()).map(|column| column.to_string()).collect();
    let zeros = Array1::zeros(matrix.ncols());
    LinearClassifier::new(Space::of(&[b"directions"]), names, matrix.clone(), zeros).scores(features)
}

/// A classifier of the features alone: the weights on their projection are taken into those on them.
fn fit(
    space: Space,
    task: &Examples<'_>,
    projection: Option<&Projection>,
    sharing: Sharing,
) -> Result<LinearClassifier> {
    let l2 = 1.0 / (sharing.c * task.len() as f64);
    let Some(Projection { features, map }) = projection else {
        return Head::Logistic.fit(space, task, l2);
    };
    let both = Head::Logistic.fit(space, &task.of_features(features), l2)?;
    let (own, shared) = both.weights().split_at(Axis(0), map.nrows());
    let weights = &own + &map.dot(&shared);
    Ok(LinearClassifier::new(space, both.classes().to_vec(), weights, both.bias().to_owned()))
}

/// The way and the penalty with the least mean log-loss on rows that were held out in turn, and the scores of these rows.
fn choose(
    task: &Examples<'_>,
    ways: &[Sharing],
    project: impl Fn(Sharing) -> Option<Projection> + Sync,
    seed: u64,
) -> Result<(Sharing, Option<Array2<f32>>)> {
    let labels: Vec<usize> = task.labels().collect();
    let tried = |way: &Sharing| -> Result<Vec<(f64, Sharing, Array2<f32>)>> {
        let projection = project(*way);
        let mut found = Vec::with_capacity(C_GRID.len());
        for c in C_GRID {
            let sharing = Sharing { c, ..*way };
            let space = Space::of(&[b"held out"]);
            let scores = hold_out(task, seed, |train, rows| {
                let classifier = fit(space, train, projection.as_ref(), sharing)?;
                Ok(classifier.scores(&as_fresh(task.features(), rows, train.rows())))
            })?;
            let Some(scores) = scores else { break };
            let losses = log_losses(softmax(scores.view()).view(), &labels);
            let weighed = losses.iter().zip(task.rows()).map(|(loss, &row)| loss * task.weight_of(row));
            found.push((weighed.sum::<f64>(), sharing, scores));
        }
        Ok(found)
    };
    let tried: Vec<Vec<_>> = ways.par_iter().map(tried).collect::<Result<_>>()?;
    let least = tried.into_iter().flatten().reduce(|best, found| if found.0 < best.0 { found } else { best });
    let untried = ways.iter().find(|way| (way.rank, way.strength) == (UNTRIED.rank, UNTRIED.strength));
    Ok(match least {
        Some((_, sharing, scores)) => (sharing, Some(scores)),
        None => (*untried.unwrap_or(&ways[0]), None),
    })
}

/// What a classifier tells classes apart by, d × outputs: of two classes their difference, of more each one's against their mean. All outputs
/// together have a length of 1.
fn directions_of(classifier: &LinearClassifier) -> Result<Array2<f64>> {
    let weights = classifier.weights().mapv(f64::from);
    let mut outputs = match weights.ncols() {
        2 => (&weights.column(1) - &weights.column(0)).insert_axis(Axis(1)),
        _ => &weights - &weights.mean_axis(Axis(1)).expect("at least two classes").insert_axis(Axis(1)),
    };
    let length = outputs.iter().map(|value| value * value).sum::<f64>().sqrt();
    outputs /= length.max(f64::MIN_POSITIVE);
    Ok(outputs)
}

/// The left singular vectors of d × m, longest first.
fn leading_directions(stacked: &Array2<f64>) -> Result<Array2<f64>> {
    let squares = stacked.t().dot(stacked);
    let eigen = faer_view(squares.view())
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::Decomposition { rows: squares.nrows() })?;
    let values = eigen.S().column_vector();
    let m = squares.nrows();
    let longest = values[m - 1].max(0.0).sqrt();
    let mut columns = Vec::with_capacity(m);
    for i in (0..m).rev().take_while(|&i| values[i].max(0.0).sqrt() > SHORTEST * longest) {
        let right = Array1::from_shape_fn(m, |row| eigen.U()[(row, i)]);
        columns.push((stacked.dot(&right) / values[i].sqrt()).insert_axis(Axis(1)));
    }
    let views: Vec<_> = columns.iter().map(Array2::view).collect();
    Ok(concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((stacked.nrows(), 0))))
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use wordferry_vectors::{Block, SparseRows};

    use super::*;

    /// Rows of noise of which one direction, which `by` turns, tells the class.
    fn rows(n: usize, by: f32, seed: u64) -> (Array2<f32>, Vec<usize>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let labels: Vec<usize> = (0..n).map(|row| row % 2).collect();
        let features = Array2::from_shape_fn((n, 40), |(row, column)| {
            let sign = labels[row] as f32 * 2.0 - 1.0;
            let signal = match column {
                0..=3 => 0.6 * sign,
                4..=7 => by * sign,
                _ => 0.0,
            };
            5.0 * (signal + rng.random_range(-2.0..2.0)) + column as f32
        });
        (features, labels)
    }

    fn names() -> Vec<String> {
        ["no", "yes"].map(String::from).to_vec()
    }

    fn accuracy(classifier: &LinearClassifier, (features, labels): &(Array2<f32>, Vec<usize>)) -> f64 {
        let found = classifier.predict(&features.clone().into());
        let hits = found.iter().zip(labels).filter(|(found, label)| found.class == **label).count();
        hits as f64 / labels.len() as f64
    }

    #[test]
    fn a_small_task_gains_from_a_large_one() {
        let (small, large, test) = (rows(24, 0.1, 1), rows(2000, 0.0, 2), rows(2000, 0.1, 3));
        let classes = names();
        let features: [Features; 2] = [small.0.clone().into(), large.0.clone().into()];
        let tasks = [
            Examples::new(&features[0], &small.1, &classes).unwrap(),
            Examples::new(&features[1], &large.1, &classes).unwrap(),
        ];
        let space = Space::of(&[b"test"]);
        let found = fit_tasks(space, &tasks, 42).unwrap();
        assert_eq!(found[0].sharing.rank, 1, "{:?}", found[0].sharing);
        let alone = Head::Logistic.fit(space, &tasks[0], 0.3).unwrap();
        let (alone, shared) = (accuracy(&alone, &test), accuracy(&found[0].classifier, &test));
        assert!(shared > alone + 0.03, "{shared}, alone {alone}");
        assert!(accuracy(&found[1].classifier, &test) > 0.75);
        assert_eq!(found, fit_tasks(space, &tasks, 42).unwrap());
    }

    #[test]
    fn the_classifier_is_that_of_the_features_as_they_are() {
        let task = rows(60, 0.3, 1);
        let classes = names();
        let features: Features = task.0.clone().into();
        let examples = Examples::new(&features, &task.1, &classes).unwrap();
        let prepared = Prepared::of(&examples);
        let directions = Array2::from_shape_fn((40, 1), |(row, _)| (row as f64).cos());
        let sharing = Sharing { c: 1.0, rank: 1, strength: 3.0 };
        let projection = Projection::of(&prepared.features, &directions, sharing).unwrap();
        let length = projection.features.blocks()[1].clone();
        let Block::Dense(length) = length else { panic!("the projection is dense") };
        assert!((length.iter().map(|value| value * value).sum::<f32>() / 60.0 - 9.0).abs() < 1e-3);
        let space = Space::of(&[b"test"]);
        let own = examples.of_features(&prepared.features);
        let classifier = fit(space, &own, Some(&projection), sharing).unwrap();
        let expected = classifier.scores(&prepared.features);
        let difference = prepared.unprepared(&classifier).scores(&features) - expected;
        assert!(difference.iter().all(|difference| difference.abs() < 1e-3), "{difference}");
    }

    #[test]
    fn sparse_tasks_and_single_rows_are_no_error() {
        let mut sparse = SparseRows::new(5);
        for row in 0..6 {
            sparse.push([(row % 2, 1.0), (4, 0.5)]);
        }
        let features: Features = sparse.into();
        let (classes, labels) = (names(), [[0, 1, 0, 1, 0, 1], [0, 1, 0, 0, 0, 0]]);
        let tasks = labels.each_ref().map(|labels| Examples::new(&features, labels, &classes).unwrap());
        let found = fit_tasks(Space::of(&[b"test"]), &tasks, 42).unwrap();
        assert!(found[0].held_out.is_some() && found[1].held_out.is_none());
        assert_eq!(found[1].sharing, UNTRIED);
        assert!(fit_tasks(Space::of(&[b"test"]), &tasks[..1], 42).is_err());
    }

    #[test]
    fn directions_are_orthonormal() {
        let stacked = Array2::from_shape_fn((6, 3), |(row, column)| ((row * 5 + column * 3) % 7) as f64);
        let twice = concatenate![Axis(1), stacked, stacked];
        let found = leading_directions(&twice).unwrap();
        assert_eq!(found.ncols(), 3);
        let squares = found.t().dot(&found) - Array2::<f64>::eye(3);
        assert!(squares.iter().all(|value| value.abs() < 1e-6), "{squares}");
    }
}
