use std::path::Path;

use ndarray::Array2;
use serde_json::Value;

use super::*;

/// Numbers by scripts/goldens/transferability.py: the same formulas in numpy, worked out another way.
fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/transferability.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn matrix(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f32>> = serde_json::from_value(value.clone()).unwrap();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

#[test]
fn measures_agree_with_numpy() {
    let golden = golden();
    for case in golden["cases"].as_array().unwrap() {
        let features = matrix(&case["features"]);
        let labels: Vec<usize> = serde_json::from_value(case["labels"].clone()).unwrap();
        let n_classes = case["n_classes"].as_u64().unwrap() as usize;
        let near = |found: f64, name: &str| {
            let expected = case[name].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-5, "{} {name}: {found} {expected}", case["name"]);
        };
        near(h_score(features.view(), &labels, n_classes).unwrap(), "h_score");
        near(log_evidence(features.view(), &labels, n_classes).unwrap(), "log_evidence");
        let leep = leep(matrix(&case["posteriors"]).view(), &labels, n_classes).unwrap();
        near(leep.leep, "leep");
        near(leep.chance, "chance");
    }
}

/// Rows around 0, and the same ones shifted along every feature.
fn sides(shift: f32) -> (Array2<f32>, Array2<f32>) {
    let value = |(i, j): (usize, usize)| ((i * 37 + j * 101 + i * j) % 97) as f32 / 97.0;
    (
        Array2::from_shape_fn((400, 4), value),
        Array2::from_shape_fn((300, 4), |(i, j)| value((i + 400, j)) + shift),
    )
}

#[test]
fn domains_are_told_apart_as_far_as_they_differ() {
    let distance = |shift: f32| {
        let (source, target) = sides(shift);
        proxy_a_distance(source.view(), target.view(), 42).unwrap()
    };
    assert_eq!((distance(5.0).distance, distance(5.0).n), (2.0, 300));
    assert!(distance(0.0).distance < 0.3, "{:?}", distance(0.0));
    assert!((0.3..1.9).contains(&distance(0.3).distance), "{:?}", distance(0.3));
    let (source, target) = sides(0.0);
    assert!(proxy_a_distance(source.view(), target.slice(ndarray::s![..7, ..]), 42).is_err());
}

#[test]
fn extremes() {
    let labels: Vec<usize> = (0..60).map(|i| i % 3).collect();
    let telling = Array2::from_shape_fn((60, 3), |(i, j)| f32::from(i % 3 == j));
    assert!(h_score(telling.view(), &labels, 3).unwrap() > 1.9);
    let certain = leep(telling.view(), &labels, 3).unwrap();
    assert!(certain.leep.abs() < 1e-9 && (certain.explained() - 1.0).abs() < 1e-9);
    let silent = leep(Array2::from_elem((60, 2), 0.5).view(), &labels, 3).unwrap();
    assert!((silent.leep - silent.chance).abs() < 1e-9 && silent.explained().abs() < 1e-9);
    let noise = Array2::from_shape_fn((60, 3), |(i, j)| ((i * 31 + j * 17) % 29) as f32);
    let evidence = |features: &Array2<f32>| log_evidence(features.view(), &labels, 3).unwrap();
    assert!(evidence(&telling) > evidence(&noise) && evidence(&telling).is_finite());
    assert!(log_evidence(noise.view(), &[1; 60], 3).is_err());
    let broken = Array2::from_elem((60, 1), f32::NAN);
    assert!(h_score(broken.view(), &labels, 3).unwrap_err().to_string().contains("NaN in row 0, column 0"));
}
