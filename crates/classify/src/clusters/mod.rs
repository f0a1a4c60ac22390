//! Rows in, groups of rows that lie together out.
//!
//! k-means as Lloyd (1982) has it, begun by k-means++ (Arthur and Vassilvitskii 2007) several times over; the tightest result counts.

mod words;

use ndarray::{Array2, ArrayView2, Axis};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

pub use self::words::WordCounts;
use crate::Result;
use crate::covariance::check_rows;

/// Beginnings, of which the best result is taken.
const BEGINNINGS: usize = 10;
/// Rounds after which a beginning ends anyway.
const MOST_ROUNDS: usize = 100;
/// Rows assigned at a time, whatever the number of threads.
const ROWS_PER_BLOCK: usize = 1024;

/// Groups of rows, the largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The mean row of each cluster, k × d.
    pub centres: Array2<f32>,
    /// The cluster of every row, 0 to k − 1.
    pub of_row: Vec<usize>,
    /// The squared distance of every row to its cluster's centre.
    pub squares: Vec<f32>,
    /// The share of the rows' variance that lies between clusters, 0 (nothing is explained) to 1 (rows of a cluster are alike).
    pub explained: f64,
}

impl Clusters {
    /// Divides `features` (n × d) into `k` clusters. Rows count by their Euclidean distance, which for rows of unit length
    /// orders as the cosine does.
    ///
    /// # Errors
    /// If there are fewer rows than clusters, or a feature is not finite.
    pub fn find(features: ArrayView2<'_, f32>, k: usize, seed: u64) -> Result<Self> {
        let k = k.max(1);
        check_rows(features, k)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut best = Attempt::new(features, k, &mut rng);
        for _ in 1..BEGINNINGS {
            let other = Attempt::new(features, k, &mut rng);
            if other.inertia() < best.inertia() {
                best = other;
            }
        }
        Ok(best.by_size(features))
    }

    /// The number of rows of each cluster.
    pub fn sizes(&self) -> Vec<usize> {
        sizes(&self.of_row, self.centres.nrows())
    }

    /// The numbers of at most `n` rows of a cluster, those nearest to its centre first.
    pub fn nearest(&self, cluster: usize, n: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.of_row.len()).filter(|&i| self.of_row[i] == cluster).collect();
        rows.sort_by(|&a, &b| self.squares[a].total_cmp(&self.squares[b]).then(a.cmp(&b)));
        rows.truncate(n);
        rows
    }
}

fn sizes(of_row: &[usize], k: usize) -> Vec<usize> {
    let mut sizes = vec![0; k];
    of_row.iter().for_each(|&cluster| sizes[cluster] += 1);
    sizes
}

/// What one beginning has led to.
struct Attempt {
    centres: Array2<f32>,
    of_row: Vec<usize>,
    squares: Vec<f32>,
}

impl Attempt {
    fn new(features: ArrayView2<'_, f32>, k: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut centres = beginning(features, k, rng);
        let (mut of_row, mut squares) = assign(features, &centres);
        for _ in 0..MOST_ROUNDS {
            centres = means(features, &of_row, &squares, k);
            let assigned = assign(features, &centres);
            squares = assigned.1;
            if assigned.0 == of_row {
                break;
            }
            of_row = assigned.0;
        }
        Self { centres, of_row, squares }
    }

    fn inertia(&self) -> f64 {
        self.squares.iter().map(|&square| f64::from(square)).sum()
    }

    fn by_size(self, features: ArrayView2<'_, f32>) -> Clusters {
        let k = self.centres.nrows();
        let sizes = sizes(&self.of_row, k);
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by_key(|&cluster| (std::cmp::Reverse(sizes[cluster]), cluster));
        let mut place = vec![0; k];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
        let all = means(features, &vec![0; features.nrows()], &[], 1);
        let total: f64 = assign(features, &all).1.iter().map(|&square| f64::from(square)).sum();
        let explained = if total > 0.0 { (1.0 - self.inertia() / total).clamp(0.0, 1.0) } else { 1.0 };
        Clusters {
            centres: self.centres.select(Axis(0), &order),
            of_row: self.of_row.iter().map(|&old| place[old]).collect(),
            squares: self.squares,
            explained,
        }
    }
}

/// Rows drawn one by one, each with a probability that grows with its squared distance to the nearest that was drawn before.
fn beginning(features: ArrayView2<'_, f32>, k: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
    let mut drawn = vec![rng.random_range(0..features.nrows())];
    let mut nearest = vec![f32::INFINITY; features.nrows()];
    while drawn.len() < k {
        let last = features.select(Axis(0), &drawn[drawn.len() - 1..]);
        for (nearest, square) in nearest.iter_mut().zip(assign(features, &last).1) {
            *nearest = nearest.min(square);
        }
        let total: f64 = nearest.iter().map(|&square| f64::from(square)).sum();
        let mut left = rng.random_range(0.0..1.0) * total;
        let chosen = nearest.iter().position(|&square| {
            left -= f64::from(square);
            left < 0.0
        });
        // Fewer different rows than clusters: any row will do.
        drawn.push(chosen.unwrap_or_else(|| rng.random_range(0..features.nrows())));
    }
    features.select(Axis(0), &drawn)
}

/// The nearest centre of every row, the first among equals, and the squared distance to it.
fn assign(features: ArrayView2<'_, f32>, centres: &Array2<f32>) -> (Vec<usize>, Vec<f32>) {
    let lengths: Vec<f32> = centres.rows().into_iter().map(|row| row.dot(&row)).collect();
    let blocks: Vec<_> = features.axis_chunks_iter(Axis(0), ROWS_PER_BLOCK).collect();
    let assigned: Vec<Vec<(usize, f32)>> = blocks
        .par_iter()
        .map(|block| {
            let products = block.dot(&centres.t());
            let rows = block.rows().into_iter().zip(products.rows());
            rows.map(|(row, products)| {
                let squares = products.iter().zip(&lengths).map(|(product, length)| length - 2.0 * product);
                let (cluster, least) = squares.enumerate().fold((0, f32::INFINITY), |best, (i, square)| {
                    if square < best.1 { (i, square) } else { best }
                });
                (cluster, (least + row.dot(&row)).max(0.0))
            })
            .collect()
        })
        .collect();
    assigned.concat().into_iter().unzip()
}

/// The mean row of every cluster. One without a row is given the row that lies farthest from its own centre.
fn means(features: ArrayView2<'_, f32>, of_row: &[usize], squares: &[f32], k: usize) -> Array2<f32> {
    let mut sums = Array2::<f64>::zeros((k, features.ncols()));
    for (row, &cluster) in features.rows().into_iter().zip(of_row) {
        sums.row_mut(cluster).zip_mut_with(&row, |sum, &value| *sum += f64::from(value));
    }
    let sizes = sizes(of_row, k);
    let mut farthest: Vec<usize> = (0..squares.len()).collect();
    farthest.sort_by(|&a, &b| squares[b].total_cmp(&squares[a]).then(a.cmp(&b)));
    let mut farthest = farthest.into_iter();
    for (mut sum, size) in sums.rows_mut().into_iter().zip(sizes) {
        if size > 0 {
            sum /= size as f64;
        } else if let Some(row) = farthest.next() {
            sum.assign(&features.row(row).mapv(f64::from));
        }
    }
    sums.mapv(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Three heaps of rows, of 40, 30 and 20.
    fn heaps() -> Array2<f32> {
        Array2::from_shape_fn((90, 2), |(i, j)| {
            let heap = if i % 9 < 4 {
                0
            } else if i % 9 < 7 {
                1
            } else {
                2
            };
            [[0.0, 0.0], [9.0, 1.0], [3.0, 8.0]][heap][j] + ((i * 7 + j * 5) % 11) as f32 / 11.0
        })
    }

    #[test]
    fn heaps_are_found_the_largest_first() {
        let found = Clusters::find(heaps().view(), 3, 42).unwrap();
        assert_eq!(found.sizes(), [40, 30, 20]);
        assert!(found.of_row.iter().enumerate().all(|(i, &cluster)| {
            cluster
                == if i % 9 < 4 {
                    0
                } else if i % 9 < 7 {
                    1
                } else {
                    2
                }
        }));
        assert!(found.explained > 0.95 && found.explained < 1.0, "{}", found.explained);
        let nearest = found.nearest(1, 2);
        assert!(nearest.len() == 2 && found.squares[nearest[0]] <= found.squares[nearest[1]]);
    }

    #[test]
    fn threads_change_nothing() {
        let rows = Array2::from_shape_fn((5000, 7), |(i, j)| ((i * 37 + j * 101) % 97) as f32 / 97.0);
        let with = |n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| Clusters::find(rows.view(), 5, 7).unwrap())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn rows_that_are_alike_and_rows_that_are_few() {
        let alike = Clusters::find(Array2::ones((4, 2)).view(), 2, 42).unwrap();
        assert_eq!(alike.sizes().iter().sum::<usize>(), 4);
        assert_eq!(alike.explained, 1.0);
        let error = Clusters::find(array![[1.0], [2.0]].view(), 3, 42).unwrap_err().to_string();
        assert!(error.contains("at least 3 rows, found 2"), "{error}");
        assert_eq!(Clusters::find(array![[1.0], [2.0]].view(), 2, 42).unwrap().sizes(), [1, 1]);
    }
}
