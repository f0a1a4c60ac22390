use super::*;
use ndarray::{array, s};

/// Rows near a line through the space, told apart by their number alone.
fn line(n: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, 3), |(i, j)| {
        let noise = ((i * 31 + j * 17) % 13) as f32 / 13.0 - 0.5;
        [i as f32 / n as f32 * 8.0, 0.2, 0.1][j] + 0.2 * noise
    })
}

fn methods() -> [AnomalyMethod; 3] {
    [AnomalyMethod::Nearest { k: 3 }, AnomalyMethod::Mahalanobis, AnomalyMethod::Centre]
}

#[test]
fn what_lies_apart_scores_higher() {
    let strange = array![[4.0, 6.0, -5.0]];
    for method in methods() {
        let detector = AnomalyDetector::fit(method, line(300)).unwrap();
        let threshold = detector.threshold(0.01).unwrap();
        assert!(detector.scores(strange.view()).unwrap()[0] > threshold, "{}", method.name());
        let above = detector.normal_scores().iter().filter(|&&score| score > threshold).count();
        assert!(above <= 3, "{}: {above}", method.name());
    }
}

/// Beside the line, near its middle: the plain distance from the centre does not see it.
#[test]
fn directions_matter_to_mahalanobis() {
    let beside = array![[4.0, 1.5, 0.1]];
    let is_found = |method| {
        let detector = AnomalyDetector::fit(method, line(300)).unwrap();
        detector.scores(beside.view()).unwrap()[0] > detector.threshold(0.05).unwrap()
    };
    assert_eq!(methods().map(is_found), [true, true, false]);
}

#[test]
fn nearest_by_hand() {
    let detector =
        AnomalyDetector::fit(AnomalyMethod::Nearest { k: 2 }, array![[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
            .unwrap();
    assert_eq!(detector.scores(array![[0.0, 0.0]].view()).unwrap(), [0.5]);
    let expected = [3.0, (5.0 + 18f32.sqrt()) / 2.0, (1.0 + 18f32.sqrt()) / 2.0];
    let found = detector.normal_scores();
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
}

#[test]
fn a_normal_row_is_scored_as_if_it_had_not_been_seen() {
    let mut rows = line(40);
    rows.row_mut(7).assign(&array![4.0, 0.9, -0.5]);
    for method in methods() {
        let found = AnomalyDetector::fit(method, rows.clone()).unwrap();
        for row in [0, 7, 20] {
            let others: Vec<usize> = (0..40).filter(|other| *other != row).collect();
            let without = AnomalyDetector::fit(method, rows.select(Axis(0), &others)).unwrap();
            let expected = without.scores(rows.slice(s![row..=row, ..])).unwrap()[0];
            let ratio = found.normal_scores()[row] / expected;
            assert!((ratio - 1.0).abs() < 0.03, "{}, row {row}: {ratio}", method.name());
        }
    }
}

#[test]
fn blocks_and_tiles_change_nothing() {
    let rows = line(ROWS_PER_BLOCK * 17 + 5);
    for method in methods() {
        let detector = AnomalyDetector::fit(method, rows.clone()).unwrap();
        let whole = detector.scores(rows.view()).unwrap();
        for at in [0, ROWS_PER_BLOCK - 1, ROWS_PER_BLOCK * 17] {
            let alone = detector.scores(rows.slice(s![at..=at, ..])).unwrap();
            assert!((whole[at] - alone[0]).abs() < 1e-3, "{}: {} {}", method.name(), whole[at], alone[0]);
        }
    }
}

#[test]
fn what_cannot_be_learned_from_is_said() {
    let message = |method, rows| AnomalyDetector::fit(method, rows).unwrap_err().to_string();
    assert!(message(AnomalyMethod::Nearest { k: 3 }, line(3)).contains("at least 4 rows, found 3"));
    assert!(message(AnomalyMethod::Mahalanobis, Array2::zeros((0, 2))).contains("at least 2 rows, found 0"));
    assert!(message(AnomalyMethod::Centre, array![[0.0], [f32::NAN]]).contains("row 1"));
    let detector = AnomalyDetector::fit(AnomalyMethod::Centre, line(50)).unwrap();
    assert!(detector.threshold(0.001).unwrap_err().to_string().contains("at least 999 rows, found 50"));
    let alike = AnomalyDetector::fit(AnomalyMethod::Mahalanobis, Array2::ones((4, 2))).unwrap();
    assert!(alike.scores(array![[1.0, 1.0], [9.0, 1.0]].view()).unwrap()[1] > 1.0);
}
