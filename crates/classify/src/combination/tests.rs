use ndarray::{Axis, array, concatenate};
use wordferry_vectors::Features;

use super::*;

/// 60 rows of two or three classes; three views: one tells the class well, one weakly, one not at all.
struct World {
    views: Vec<Features>,
    labels: Vec<usize>,
    classes: Vec<String>,
}

fn world(n_classes: usize) -> World {
    let labels: Vec<usize> = (0..60).map(|row| (row * 7 + row / 11) % n_classes).collect();
    let noise =
        |row: usize, column: usize| ((row * 37 + column * 101 + row * row * 3) % 23) as f32 / 11.0 - 1.0;
    let view = |signal: f32, salt: usize| {
        let value = |(row, column): (usize, usize)| {
            signal * f32::from(u8::from(labels[row] == column)) + noise(row + salt, column + salt)
        };
        Array2::from_shape_fn((60, n_classes), value).into()
    };
    let views = vec![view(2.0, 0), view(0.9, 5), view(0.0, 11)];
    World { views, labels, classes: (0..n_classes).map(|class| class.to_string()).collect() }
}

impl World {
    fn rows(&self) -> LabelledViews<'_> {
        LabelledViews { views: &self.views, labels: &self.labels, classes: &self.classes, weights: None }
    }

    fn fit(&self, combination: Combination) -> Combined {
        fit_combined(combination, Head::Logistic, Space::of(&[b"test"]), self.rows(), Some(0.01), 42).unwrap()
    }
}

#[test]
fn what_comes_of_it_is_one_classifier_of_all_columns() {
    for n_classes in [2, 3] {
        let world = world(n_classes);
        let all = Features::beside(world.views.iter().cloned());
        for combination in Combination::ALL {
            let Combined { classifier, weights, .. } = world.fit(combination);
            let alone = |view: &Features| {
                let space = Space::of(&[b"test"]);
                let own = Head::Logistic.fit(space, &world.rows().examples(view).unwrap(), 0.01).unwrap();
                own.scores(view)
            };
            let mut expected = Array2::<f32>::zeros((60, n_classes));
            for (view, &weight) in world.views.iter().zip(&weights) {
                expected.scaled_add(weight as f32, &alone(view));
            }
            // What is left is one bias a class.
            let rest = classifier.scores(&all) - expected;
            let spread = rest.map_axis(Axis(0), |of_class| {
                of_class.fold(f32::MIN, |a, &b| a.max(b)) - of_class.fold(f32::MAX, |a, &b| a.min(b))
            });
            assert!(spread.iter().all(|spread| *spread < 1e-4), "{combination:?} {spread}");
        }
    }
}

#[test]
fn a_view_that_tells_nothing_counts_for_little() {
    for n_classes in [2, 3] {
        let world = world(n_classes);
        for combination in Combination::ALL {
            let weights = world.fit(combination).weights;
            assert!(weights.iter().all(|&weight| weight >= 0.0));
            assert!(weights[0] > 2.0 * weights[2], "{combination:?} {weights:?}");
        }
    }
}

#[test]
fn stacking_ends_where_the_loss_is_least() {
    let world = world(3);
    let mut examples = world.rows();
    let counts: Vec<f32> = (0..60).map(|row| 0.5 + (row % 3) as f32).collect();
    examples.weights = Some(&counts);
    let views: Vec<Array2<f32>> = world
        .views
        .iter()
        .map(|view| {
            held_out_scores(Head::Logistic, &examples.examples(view).unwrap(), 0.01, 42).unwrap().unwrap()
        })
        .collect();
    let all: Vec<u32> = (0..60).collect();
    let average = Meta::fit(Combination::Average, &views, &examples, &all).unwrap();
    let inputs: Vec<Array2<f64>> =
        views.iter().zip(&average.weights).map(|(view, weight)| view.mapv(f64::from) * *weight).collect();
    let counts: Vec<f64> = counts.into_iter().map(f64::from).collect();
    let mut loss = Loss::new(&inputs, &world.labels, &counts);
    let found = average.clone().stacked(&views, &world.labels, &counts);
    for (number, factor) in
        found.weights.iter().zip(&average.weights).map(|(found, start)| found / start).enumerate()
    {
        loss.scores.scaled_add(factor - loss.numbers[number], &inputs[number]);
        loss.numbers[number] = factor;
    }
    loss.scores += &found.bias;
    loss.numbers[3..].iter_mut().zip(found.bias.iter().skip(1)).for_each(|(number, bias)| *number = *bias);
    for number in 0..5 {
        let (slope, _) = loss.slope(number);
        let at_bound = number < 3 && loss.numbers[number] == 0.0;
        assert!(slope.abs() < 1e-4 || (at_bound && slope > 0.0), "{number}: {slope} at {:?}", loss.numbers);
    }
}

#[test]
fn no_row_is_judged_by_what_saw_its_label() {
    // The first view names every row: who saw a row knows its class.
    let labels: Vec<usize> = (0..40).map(|row| row * 7 % 11 % 2).collect();
    let classes = ["no".to_string(), "yes".to_string()];
    let names = Array2::eye(40).into();
    let noise = Array2::from_shape_fn((40, 2), |(row, column)| ((row * 13 + column * 7) % 10) as f32);
    let views = [names, noise.into()];
    let rows = LabelledViews { views: &views, labels: &labels, classes: &classes, weights: None };
    for combination in Combination::ALL {
        let found =
            fit_combined(combination, Head::Logistic, Space::of(&[b"test"]), rows, Some(0.01), 42).unwrap();
        let held_out = found.held_out.unwrap();
        let scored = held_out.rows().into_iter().zip(&labels);
        let right = scored.filter(|(row, label)| usize::from(row[1] > row[0]) == **label).count();
        assert!(right < 30, "{combination:?}: {right}");
    }
}

#[test]
fn a_class_of_one_row_leaves_an_even_sum() {
    let features: Array2<f32> = array![[0.0], [0.1], [0.2], [3.0]];
    let twice = concatenate(Axis(1), &[features.view(), features.view()]).unwrap();
    let views = [features, twice].map(Features::from);
    let (labels, classes) = ([0, 0, 0, 1], ["no".to_string(), "yes".to_string()]);
    let rows = LabelledViews { views: &views, labels: &labels, classes: &classes, weights: None };
    let found =
        fit_combined(Combination::Stack, Head::Logistic, Space::of(&[b"test"]), rows, None, 42).unwrap();
    assert!(found.held_out.is_none() && found.weights.iter().all(|&weight| weight > 0.0));
}
