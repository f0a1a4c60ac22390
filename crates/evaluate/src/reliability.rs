//! Probabilities and whether they were right in, how far they can be believed out.

use serde::Serialize;
use wordferry_classify::Prediction;

/// Bins of an expected calibration error.
const MOST_BINS: usize = 15;
/// A bin of fewer texts would measure chance.
const TEXTS_PER_BIN: usize = 10;

/// Texts of neighbouring confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The mean probability of their predicted classes, 0 to 1.
    pub confidence: f64,
    /// Share of them that is right, 0 to 1.
    pub accuracy: f64,
    /// Texts.
    pub n: usize,
}

/// Bins of equal numbers of texts by ascending confidence: 15, or fewer where those would hold fewer than 10 texts. Texts of
/// equal confidence are never in two bins.
pub(crate) fn reliability(truth: &[usize], predictions: &[Prediction]) -> Vec<ReliabilityBin> {
    let n = predictions.len();
    let n_bins = (n / TEXTS_PER_BIN).clamp(1, MOST_BINS);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| predictions[a].probability.total_cmp(&predictions[b].probability));
    let mut bins: Vec<Vec<usize>> = Vec::new();
    let (mut n_below, mut last_of) = (0, None);
    for equal in order.chunk_by(|&a, &b| predictions[a].probability == predictions[b].probability) {
        // Where the first of them belongs, all of them go.
        let of = Some(n_below * n_bins / n);
        match bins.last_mut() {
            Some(last) if of == last_of => last.extend(equal),
            _ => bins.push(equal.to_vec()),
        }
        (n_below, last_of) = (n_below + equal.len(), of);
    }
    bins.iter().map(|rows| bin(rows, truth, predictions)).collect()
}

fn bin(rows: &[usize], truth: &[usize], predictions: &[Prediction]) -> ReliabilityBin {
    let n = rows.len() as f64;
    let confidence = rows.iter().map(|&row| f64::from(predictions[row].probability)).sum::<f64>() / n;
    let n_right = rows.iter().filter(|&&row| predictions[row].class == truth[row]).count();
    ReliabilityBin { confidence, accuracy: n_right as f64 / n, n: rows.len() }
}

/// The expected calibration error, 0 to 1: the mean over texts of how far confidence and accuracy of their bins are apart
/// (Naeini et al. 2015; of the most probable class, as Guo et al. 2017).
pub(crate) fn expected_calibration_error(bins: &[ReliabilityBin]) -> f64 {
    let n = bins.iter().map(|bin| bin.n).sum::<usize>() as f64;
    bins.iter().map(|bin| bin.n as f64 / n * (bin.confidence - bin.accuracy).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(probabilities: &[f32], right: &[bool]) -> Vec<ReliabilityBin> {
        let predictions: Vec<Prediction> =
            probabilities.iter().map(|&probability| Prediction { class: 0, probability }).collect();
        let truth: Vec<usize> = right.iter().map(|&right| usize::from(!right)).collect();
        reliability(&truth, &predictions)
    }

    #[test]
    fn by_hand() {
        // Two bins of ten: 0.5, of which 4 are right, and 0.75, of which 9 are.
        let probabilities = [[0.75; 10], [0.5; 10]].concat();
        let right: Vec<bool> = (0..20).map(|row| !(9..16).contains(&row)).collect();
        let bins = of(&probabilities, &right);
        let bin = |confidence, accuracy| ReliabilityBin { confidence, accuracy, n: 10 };
        assert_eq!(bins, [bin(0.5, 0.4), bin(0.75, 0.9)]);
        assert!((expected_calibration_error(&bins) - 0.125).abs() < 1e-12);
    }

    #[test]
    fn bins_are_of_equal_numbers() {
        let probabilities: Vec<f32> = (0..1500).map(|row| 0.5 + row as f32 / 3001.0).collect();
        let sizes = |n: usize| -> Vec<usize> {
            of(&probabilities[..n], &vec![true; n]).iter().map(|bin| bin.n).collect()
        };
        assert_eq!(sizes(1500), [100; 15]);
        assert_eq!(sizes(45), [12, 11, 11, 11]);
        assert_eq!(sizes(3), [3]);
        let equal = of(&[0.9; 400], &[true; 400]);
        assert_eq!(equal.len(), 1);
        // 300 of the lowest confidence fill three bins of 100, and stay together.
        let probabilities: Vec<f32> =
            (0..1500).map(|row| if row < 300 { 0.5 } else { row as f32 / 1501.0 + 0.4 }).collect();
        let bins = of(&probabilities, &vec![true; 1500]);
        assert_eq!((bins[0].n, bins[1].n, bins.len()), (300, 100, 13));
    }
}
