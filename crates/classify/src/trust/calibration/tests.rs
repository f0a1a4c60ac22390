use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::trust::{log_losses, softmax, top};

/// Labels drawn by the softmax of `truth` · u, and the scores u · `claimed`: of a classifier that is right about the order only.
fn drawn(n: usize, n_classes: usize, truth: f32, claimed: f32) -> (Array2<f32>, Vec<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let scores = Array2::from_shape_fn((n, n_classes), |_| rng.random_range(-1.0..1.0_f32));
    let probabilities = softmax((&scores * truth).view());
    let label = |row: usize, mut at: f32| {
        (0..n_classes).find(|&class| {
            at -= probabilities[[row, class]];
            at < 0.0
        })
    };
    let labels = (0..n).map(|row| label(row, rng.random_range(0.0..1.0)).unwrap_or(n_classes - 1)).collect();
    (scores * claimed, labels)
}

fn loss(calibration: &Calibration, scores: &Array2<f32>, labels: &[usize]) -> f64 {
    log_losses(calibration.apply(scores.view()).view(), labels).iter().sum::<f64>() / labels.len() as f64
}

#[test]
fn overconfidence_is_cured() {
    for n_classes in [2, 5] {
        let (scores, labels) = drawn(20_000, n_classes, 2.0, 8.0);
        let plain = loss(&Calibration::default(), &scores, &labels);
        for method in Method::ALL {
            if method != Method::Temperature && n_classes > 2 {
                continue;
            }
            let calibration = Calibration::fit(method, scores.view(), &labels).unwrap();
            assert!(loss(&calibration, &scores, &labels) < plain - 0.05, "{method:?}");
            match &calibration {
                Calibration::Temperature(t) => assert!((t - 4.0).abs() < 0.2, "{t}"),
                Calibration::Platt { slope, offset } => {
                    assert!((slope - 0.25).abs() < 0.02 && offset.abs() < 0.05, "{slope} {offset}");
                }
                Calibration::Isotonic(table) => assert!((table.at(4.0) - 0.731).abs() < 0.05),
            }
        }
    }
}

#[test]
fn order_is_kept() {
    let (scores, labels) = drawn(500, 2, 3.0, 1.0);
    let mut order: Vec<usize> = (0..500).collect();
    order.sort_by(|&a, &b| (scores[[a, 1]] - scores[[a, 0]]).total_cmp(&(scores[[b, 1]] - scores[[b, 0]])));
    for method in Method::ALL {
        let probabilities = Calibration::fit(method, scores.view(), &labels).unwrap().apply(scores.view());
        assert!(
            order.windows(2).all(|pair| probabilities[[pair[0], 1]] <= probabilities[[pair[1], 1]]),
            "{method:?}"
        );
        assert!(probabilities.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
    }
    let (scores, labels) = drawn(500, 4, 3.0, 9.0);
    let calibration = Calibration::fit(Method::Temperature, scores.view(), &labels).unwrap();
    let classes = |probabilities: Array2<f32>| -> Vec<usize> {
        top(probabilities.view()).iter().map(|best| best.class).collect()
    };
    assert_eq!(classes(softmax(scores.view())), classes(calibration.apply(scores.view())));
}

#[test]
fn a_straight_line_does_what_the_calibration_does() {
    let (scores, labels) = drawn(300, 2, 2.0, 5.0);
    for method in [Method::Temperature, Method::Platt] {
        let calibration = Calibration::fit(method, scores.view(), &labels).unwrap();
        let Affine { scale, shift } = calibration.as_affine().unwrap();
        let mut line = &scores * scale as f32;
        line.column_mut(1).mapv_inplace(|score| score + shift as f32);
        let (expected, found) = (calibration.apply(scores.view()), softmax(line.view()));
        assert!((expected - found).iter().all(|difference| difference.abs() < 1e-5), "{method:?}");
    }
    let table = Calibration::fit(Method::Isotonic, scores.view(), &labels).unwrap();
    assert_eq!(table.as_affine(), None);
}

#[test]
fn few_texts_prove_no_certainty() {
    let scores = array![[5.0, -5.0], [4.0, -4.0], [-4.0, 4.0], [-5.0, 5.0]];
    for method in Method::ALL {
        let probabilities =
            Calibration::fit(method, scores.view(), &[0, 0, 1, 1]).unwrap().apply(scores.view());
        // Two texts of a class: (2 + ½) / (2 + 1).
        assert!(probabilities.iter().all(|&p| p < 0.87), "{method:?}: {probabilities}");
        assert!(probabilities[[0, 0]] > 0.8, "{method:?}: {probabilities}");
    }
}

#[test]
fn scores_that_point_the_wrong_way_become_the_frequency() {
    let scores = array![[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [0.0, -2.0]];
    let labels = [0, 0, 0, 1];
    let platt = Calibration::fit(Method::Platt, scores.view(), &labels).unwrap();
    // (3 · 1/8 + 3/4) / 4
    let share = (0.375 + 0.75) / 4.0;
    assert!(platt.apply(scores.view()).column(1).iter().all(|p| (p - share).abs() < 1e-5));
    let constant = Array2::zeros((4, 2));
    for method in Method::ALL {
        let found = Calibration::fit(method, constant.view(), &labels).unwrap().apply(constant.view());
        assert!(found.iter().all(|p| p.is_finite()), "{method:?}");
    }
}

#[test]
fn the_choice_is_what_generalises() {
    let (scores, labels) = drawn(4000, 2, 2.0, 8.0);
    assert_ne!(Calibration::choose(scores.view(), &labels).unwrap().method(), Method::Isotonic);
    let mut shifted = scores.clone();
    shifted.column_mut(1).mapv_inplace(|score| score + 6.0);
    assert_eq!(Calibration::choose(shifted.view(), &labels).unwrap().method(), Method::Platt);
    // A bend that no line follows.
    let bend = |score: f32| if score > 0.0 { 30.0 * score } else { score };
    let bent = Array2::from_shape_fn(scores.dim(), |(row, class)| match class {
        0 => 0.0,
        _ => bend(scores[[row, 1]] - scores[[row, 0]]),
    });
    assert_eq!(Calibration::choose(bent.view(), &labels).unwrap().method(), Method::Isotonic);
    let few = bent.slice(ndarray::s![..200, ..]);
    assert_ne!(Calibration::choose(few, &labels[..200]).unwrap().method(), Method::Isotonic);
    let (scores, labels) = drawn(500, 3, 2.0, 8.0);
    assert_eq!(Calibration::choose(scores.view(), &labels).unwrap().method(), Method::Temperature);
    let lonely = array![[0.0, 1.0], [0.0, 2.0], [0.0, -1.0]];
    assert_eq!(Calibration::choose(lonely.view(), &[1, 1, 0]).unwrap().method(), Method::Temperature);
}

#[test]
fn an_artefact_gives_back_what_was_put() {
    let (scores, labels) = drawn(300, 2, 2.0, 5.0);
    assert_eq!(Calibration::take(&Artefact::new("model")).unwrap(), Calibration::default());
    for method in Method::ALL {
        let calibration = Calibration::fit(method, scores.view(), &labels).unwrap();
        let mut artefact = Artefact::new("model");
        calibration.put(&mut artefact);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        artefact.save(&path).unwrap();
        let taken = Calibration::take(&Artefact::open(&path, "model").unwrap()).unwrap();
        assert_eq!(taken.apply(scores.view()), calibration.apply(scores.view()), "{method:?}");
    }
    let broken = [
        json!({}),
        json!({ "method": "temperature", "temperature": 0.0 }),
        json!({ "method": "platt", "slope": -1.0, "offset": 0.0 }),
        json!({ "method": "isotonic" }),
        json!({ "method": "spline" }),
    ];
    for properties in broken {
        let mut artefact = Artefact::new("model");
        artefact.set("calibration", properties.clone());
        assert!(Calibration::take(&artefact).is_err(), "{properties}");
    }
}

#[test]
fn what_cannot_be_calibrated_is_said() {
    let message = |method, scores: Array2<f32>, labels: &[usize]| {
        Calibration::fit(method, scores.view(), labels).unwrap_err().to_string()
    };
    let two = array![[0.0, 1.0], [1.0, 0.0]];
    assert!(message(Method::Platt, two.clone(), &[1, 1]).contains("found 2 texts of one"));
    assert!(message(Method::Temperature, Array2::zeros((0, 2)), &[]).contains("found 0 texts"));
    assert!(message(Method::Isotonic, array![[0.0, 1.0], [f32::NAN, 0.0]], &[0, 1]).contains("NaN in row 1"));
    let three = array![[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]];
    assert_eq!(
        message(Method::Platt, three, &[0, 1]),
        "expected scores of two classes to calibrate in this way, found 3"
    );
}

#[test]
fn even_odds_divide_the_classes() {
    let (scores, labels) = drawn(3000, 2, 4.0, 3.0);
    let moved = Array2::from_shape_fn(scores.dim(), |(row, class)| scores[[row, class]] + [0.6, 0.0][class]);
    for method in Method::ALL {
        let calibration = Calibration::fit(method, moved.view(), &labels).unwrap();
        let even = calibration.even_odds();
        let second = |log_odds: f32| calibration.apply(array![[0.0, log_odds]].view())[[0, 1]];
        assert!(second(even - 0.2) <= 0.5 && second(even + 0.2) >= 0.5, "{method:?} {even}");
        assert!((second(even) - 0.5).abs() < 0.02, "{method:?} {even}");
    }
}
