//! Labels in, a few of them out, by a seed.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wordferry_transfer::Corpus;

use crate::{Error, Result};

/// Draws of which none holds all classes, before it is given up.
const MOST_DRAWS: usize = 10_000;

/// How labels are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Draw {
    /// As many of each class; of those left over, the first classes get one more.
    Balanced,
    /// As they come; drawn anew until every class is there.
    Natural,
}

impl Draw {
    /// So many texts of every class, and all the others, by the seed; both in the texts' order.
    ///
    /// # Errors
    /// If a class has no text more than that: one has to be left to test on.
    pub fn of_each_class(corpus: &Corpus, n: usize, seed: u64) -> Result<[Vec<usize>; 2]> {
        let classes = corpus.classes();
        let labels = corpus.class_indices(&classes)?;
        let all: Vec<usize> = (0..labels.len()).collect();
        let by_class = shuffled_by_class(&labels, &all, classes.len(), seed);
        let mut is_drawn = vec![false; labels.len()];
        for (class, rows) in classes.iter().zip(&by_class) {
            check(class, n + 1, rows.len())?;
            rows[..n].iter().for_each(|&row| is_drawn[row] = true);
        }
        let (drawn, rest) = all.into_iter().partition(|&row| is_drawn[row]);
        Ok([drawn, rest])
    }
}

/// Half of each class's rows, and the others.
pub(super) fn halves(labels: &[usize], seed: u64) -> [Vec<usize>; 2] {
    let all: Vec<usize> = (0..labels.len()).collect();
    let n_classes = labels.iter().max().map_or(0, |last| last + 1);
    let mut halves = [Vec::new(), Vec::new()];
    for rows in shuffled_by_class(labels, &all, n_classes, seed) {
        let (first, second) = rows.split_at(rows.len() / 2);
        halves[0].extend(first);
        halves[1].extend(second);
    }
    halves.iter_mut().for_each(|half| half.sort_unstable());
    halves
}

/// Rows of the pool, of each of the sizes; those of the smaller ones are among those of the larger.
pub(super) fn draw(
    labels: &[usize],
    pool: &[usize],
    classes: &[String],
    how: Draw,
    sizes: &[usize],
    seed: u64,
) -> Result<Vec<Vec<usize>>> {
    let most = sizes.iter().copied().max().unwrap_or(0);
    let n_classes = classes.len();
    let order = match how {
        Draw::Balanced => {
            let by_class = shuffled_by_class(labels, pool, n_classes, seed);
            for (class, rows) in by_class.iter().enumerate() {
                check(&classes[class], (most + n_classes - 1 - class) / n_classes, rows.len())?;
            }
            (0..most).map(|i| by_class[i % n_classes][i / n_classes]).collect()
        }
        Draw::Natural => {
            check("any class", most, pool.len())?;
            let fewest = sizes.iter().copied().min().unwrap_or(0);
            let holds_all = |order: &[usize]| {
                (0..n_classes).all(|class| order[..fewest].iter().any(|&row| labels[row] == class))
            };
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut order = pool.to_vec();
            let mut draws = (0..MOST_DRAWS).map(|_| {
                order.shuffle(&mut rng);
                order.clone()
            });
            draws.find(|order| holds_all(order)).ok_or_else(|| Error::Inconsistent {
                reason: format!("expected draws of {fewest} texts with all {n_classes} classes, found none"),
                hint: "draw more texts, or as many of each class".into(),
            })?
        }
    };
    Ok(sizes.iter().map(|&size| order[..size].to_vec()).collect())
}

fn check(class: &str, needed: usize, found: usize) -> Result<()> {
    match found >= needed {
        true => Ok(()),
        false => Err(Error::Inconsistent {
            reason: format!("expected {needed} texts of {class:?} or more to draw from, found {found}"),
            hint: "draw fewer".into(),
        }),
    }
}

fn shuffled_by_class(labels: &[usize], rows: &[usize], n_classes: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let of_class = |class: usize| {
        let mut rows: Vec<usize> = rows.iter().copied().filter(|&row| labels[row] == class).collect();
        rows.shuffle(&mut rng);
        rows
    };
    (0..n_classes).map(of_class).collect()
}
