//! The probabilities of several classifiers in, the class that most of them take to be the most probable out.

use ndarray::{Array2, ArrayView1, Axis};

use crate::{Prediction, top};

/// The class of every row that most of the classifiers give it; of classes with as many votes, the one of the highest mean probability, then
/// the first. `probabilities` has n × c values of each classifier. What comes with the class is its mean probability, so that it may be
/// below that of a class with fewer votes.
///
/// # Panics
/// If there is no classifier, or they are of different numbers of rows or classes.
pub fn vote(probabilities: &[Array2<f32>]) -> Vec<Prediction> {
    let first = probabilities.first().expect("at least one classifier");
    assert!(probabilities.iter().all(|other| other.dim() == first.dim()), "the same rows and classes");
    let mut votes = Array2::<f32>::zeros(first.dim());
    let mut means = Array2::<f32>::zeros(first.dim());
    for of_one in probabilities {
        means.scaled_add(1.0 / probabilities.len() as f32, of_one);
        for (row, best) in top(of_one.view()).iter().enumerate() {
            votes[[row, best.class]] += 1.0;
        }
    }
    votes
        .axis_iter(Axis(0))
        .zip(means.axis_iter(Axis(0)))
        .map(|(votes, means)| winner(votes, means))
        .collect()
}

fn winner(votes: ArrayView1<'_, f32>, means: ArrayView1<'_, f32>) -> Prediction {
    let is_ahead = |class: usize, best: usize| (votes[class], means[class]) > (votes[best], means[best]);
    let class = (1..votes.len()).fold(0, |best, class| if is_ahead(class, best) { class } else { best });
    Prediction { class, probability: means[class] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn most_votes_win_and_ties_go_by_the_mean() {
        let one = array![[0.5, 0.1, 0.4], [0.6, 0.4, 0.0], [0.4, 0.4, 0.2]];
        let two = array![[0.5, 0.1, 0.4], [0.1, 0.9, 0.0], [0.4, 0.4, 0.2]];
        let three = array![[0.0, 0.0, 1.0], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]];
        let found = vote(&[one, two.clone(), three]);
        assert_eq!(found.iter().map(|best| best.class).collect::<Vec<_>>(), [0, 1, 0]);
        assert!((found[0].probability - 1.0 / 3.0).abs() < 1e-6, "{found:?}");
        assert_eq!(vote(std::slice::from_ref(&two)), top(two.view()));
    }
}
