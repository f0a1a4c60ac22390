//! A table from log-odds to probabilities that never falls (Zadrozny and Elkan 2002).

use super::platt::certainty;

/// Probabilities of the second class at some scores, both ascending. Between them lie straight lines, beyond them the nearest.
#[derive(Clone, Debug, PartialEq)]
pub struct Isotonic {
    scores: Vec<f32>,
    probabilities: Vec<f32>,
}

/// Rows of neighbouring scores that share a probability.
struct Block {
    first: f32,
    last: f32,
    n_second: f64,
    n: f64,
}

impl Block {
    fn share(&self) -> f64 {
        self.n_second / self.n
    }
}

impl Isotonic {
    /// A table of at least one row; `None` unless scores and probabilities ascend and probabilities are within 0 and 1.
    pub(super) fn new(scores: Vec<f32>, probabilities: Vec<f32>) -> Option<Self> {
        let ascends = |values: &[f32]| values.windows(2).all(|pair| pair[0] <= pair[1]);
        let is_share = |probability: &f32| (0.0..=1.0).contains(probability);
        let fits = !scores.is_empty()
            && scores.len() == probabilities.len()
            && ascends(&scores)
            && ascends(&probabilities)
            && probabilities.iter().all(is_share);
        fits.then_some(Self { scores, probabilities })
    }

    /// The least squares among tables that never fall, by pooling neighbours that do (Ayer et al. 1955). Equal scores are one
    /// row; probabilities stay where as many texts can prove them.
    pub(super) fn fit(scores: &[f32], labels: &[usize]) -> Self {
        let n_second = labels.iter().filter(|&&label| label == 1).count();
        let (lowest, highest) = (1.0 - certainty(labels.len() - n_second, 2), certainty(n_second, 2));
        let (mut table_scores, mut probabilities) = (Vec::new(), Vec::new());
        for block in pooled(scores, labels) {
            let probability = block.share().clamp(lowest, highest) as f32;
            table_scores.push(block.first);
            probabilities.push(probability);
            if block.last > block.first {
                table_scores.push(block.last);
                probabilities.push(probability);
            }
        }
        Self { scores: table_scores, probabilities }
    }

    /// The probability of the second class at these log-odds.
    pub fn at(&self, score: f32) -> f32 {
        let after = self.scores.partition_point(|&known| known < score);
        if after == 0 || after == self.scores.len() {
            return self.probabilities[after.min(self.scores.len() - 1)];
        }
        let (low, high) = (self.scores[after - 1], self.scores[after]);
        let (from, to) = (self.probabilities[after - 1], self.probabilities[after]);
        (from + (to - from) * ((score - low) / (high - low))).clamp(from, to)
    }

    /// The highest log-odds at which the second class is not the more probable one; an end of the table, if it is so nowhere or everywhere.
    pub(super) fn even_odds(&self) -> f32 {
        let after = self.probabilities.partition_point(|&probability| probability <= 0.5);
        if after == 0 || after == self.scores.len() {
            return self.scores[after.min(self.scores.len() - 1)];
        }
        let (low, high) = (self.scores[after - 1], self.scores[after]);
        let (from, to) = (self.probabilities[after - 1], self.probabilities[after]);
        low + (high - low) * ((0.5 - from) / (to - from))
    }

    /// The scores of the table, ascending.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The probability of the second class at each of them, ascending.
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }
}

/// Blocks by ascending score, each of a higher share of the second class than the one before.
fn pooled(scores: &[f32], labels: &[usize]) -> Vec<Block> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut blocks: Vec<Block> = Vec::new();
    for equal in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let n_second = equal.iter().filter(|&&row| labels[row] == 1).count() as f64;
        let score = scores[equal[0]];
        let mut block = Block { first: score, last: score, n_second, n: equal.len() as f64 };
        while let Some(before) = blocks.pop_if(|before| before.share() >= block.share()) {
            block = Block {
                first: before.first,
                last: block.last,
                n_second: before.n_second + block.n_second,
                n: before.n + block.n,
            };
        }
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_fall_are_pooled() {
        let scores = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        // 0, then 1 0 1 0 pooled to ½, then 1: within 1 / 10 and 9 / 10.
        let table = Isotonic::fit(&scores, &[0, 0, 1, 0, 1, 0, 1, 1]);
        assert_eq!(table.scores(), [0.0, 1.0, 2.0, 5.0, 6.0, 7.0]);
        let tenth = 0.1_f32;
        assert_eq!(table.probabilities(), [tenth, tenth, 0.5, 0.5, 1.0 - tenth, 1.0 - tenth]);
        let check = |score: f32, expected: f32| {
            assert!((table.at(score) - expected).abs() < 1e-6, "{score}: {}", table.at(score));
        };
        check(-9.0, tenth);
        check(1.5, (tenth + 0.5) / 2.0);
        check(3.3, 0.5);
        check(f32::INFINITY, 1.0 - tenth);
        check(f32::NEG_INFINITY, tenth);
        assert!((0.0..=1.0).contains(&table.at(f32::NAN)));
    }

    #[test]
    fn equal_scores_are_one_row() {
        let table = Isotonic::fit(&[1.0, 1.0, 1.0, 2.0, 2.0, -0.0, 0.0], &[0, 1, 1, 1, 1, 0, 1]);
        assert_eq!(table.scores(), [-0.0, 1.0, 2.0]);
        assert!(table.at(0.0) == 0.5 && (table.at(1.0) - 2.0 / 3.0).abs() < 1e-6, "{table:?}");
        let constant = Isotonic::fit(&[3.0; 4], &[0, 1, 1, 1]);
        assert_eq!((constant.at(0.0), constant.at(9.0)), (0.75, 0.75));
    }

    #[test]
    fn what_falls_is_no_table() {
        assert!(Isotonic::new(vec![0.0, 1.0], vec![0.1, 0.9]).is_some());
        assert!(Isotonic::new(vec![1.0, 0.0], vec![0.1, 0.9]).is_none());
        assert!(Isotonic::new(vec![0.0, 1.0], vec![0.9, 0.1]).is_none());
        assert!(Isotonic::new(vec![0.0], vec![1.1]).is_none());
        assert!(Isotonic::new(vec![], vec![]).is_none());
    }
}
