//! The same goldens as those of the processor's own forward pass, and gradients that reach every variable.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::transformer::{Engine, Precision, TransformerLoader, Tuner};
use crate::{Encoder, Error};

const ALL: [&str; 6] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "albert"];
/// Those that have layers of their own to train.
const TRAINED: [&str; 5] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transformers").join(name)
}

fn golden(name: &str) -> (Vec<String>, Vec<f32>) {
    let golden: Value =
        serde_json::from_slice(&std::fs::read(folder(name).join("expected.json")).unwrap()).unwrap();
    let texts = golden["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
    let values = golden["rows"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    (texts.collect(), values.map(|value| value.as_f64().unwrap() as f32).collect())
}

#[test]
fn rows_are_those_of_pytorch() {
    for name in ALL {
        let (texts, expected) = golden(name);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoder = TransformerLoader::new().engine(Engine::Candle).open(folder(name)).unwrap();
        let found = encoder.encode(&texts).unwrap();
        let difference = found.iter().zip(&expected).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
        assert_eq!(found.len(), expected.len());
        assert!(difference < 1e-5, "{name}: {difference}");
    }
}

#[test]
fn what_is_trained_has_the_same_features() {
    for name in TRAINED {
        let (texts, _) = golden(name);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let loader = TransformerLoader::new();
        let features = loader.open(folder(name)).unwrap().encode(&texts).unwrap();
        for n_layers in [0, 1, 2] {
            let tuner = Tuner::open(&loader, &folder(name), n_layers).unwrap();
            let found = tuner.features(&tuner.read(&texts).unwrap()).unwrap();
            let difference = (found - &features).fold(0.0, |most: f32, x| most.max(x.abs()));
            assert!(difference < 1e-5, "{name}, {n_layers} layers: {difference}");
        }
    }
}

#[test]
fn gradients_reach_every_variable_and_the_loss_falls() {
    for name in TRAINED {
        let (texts, _) = golden(name);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut tuner = Tuner::open(&TransformerLoader::new(), &folder(name), 2).unwrap();
        let read = tuner.read(&texts).unwrap();
        let read: Vec<_> = read.iter().collect();
        let classes: Vec<usize> = (0..read.len()).map(|i| i % 2).collect();
        let (_, [before, ..]) = tuner.state().unwrap();
        let first = tuner.step(&read, &classes, 1e-3).unwrap();
        let (n_steps, [after, mean, square]) = tuner.state().unwrap();
        for (name, values) in &before {
            // Softmax takes no notice of what is added to all keys alike.
            let is_without_effect =
                name.contains("key.bias") || name.contains("k_lin.bias") || name.ends_with("k.bias");
            assert!(is_without_effect || after[name] != *values, "{name} did not change");
        }
        let losses: Vec<f64> = (0..20).map(|_| tuner.step(&read, &classes, 1e-2).unwrap()).collect();
        assert!(losses[19] < 0.9 * first, "{name}: {first}, then {losses:?}");
        tuner.set_state(n_steps, [&after, &mean, &square]).unwrap();
        assert_eq!(tuner.step(&read, &classes, 1e-2).unwrap(), losses[0]);
    }
}

#[test]
fn the_state_of_another_network_is_refused() {
    let open =
        |name: &str, n_layers| Tuner::open(&TransformerLoader::new(), &folder(name), n_layers).unwrap();
    let mut tuner = open("bert", 1);
    let (_, [weights, mean, square]) = tuner.state().unwrap();
    let mut short = square.clone();
    short.values_mut().next().unwrap().pop();
    let (_, [others, ..]) = open("mpnet", 1).state().unwrap();
    let (_, [more, ..]) = open("bert", 2).state().unwrap();
    for values in [[&weights, &mean, &short], [&others, &mean, &square], [&more, &mean, &square]] {
        let refused = tuner.set_state(1, values).unwrap_err();
        assert!(refused.hint().unwrap().contains("begin anew"), "{refused}");
    }
    tuner.set_state(1, [&weights, &mean, &square]).unwrap();
}

#[test]
fn what_the_processor_cannot_is_said() {
    let loader = TransformerLoader::new().engine(Engine::Candle).precision(Precision::Bf16);
    let refused = loader.open(folder("bert")).err().unwrap();
    assert!(matches!(refused, Error::Absent { .. }), "{refused}");
    let refused = Tuner::open(&TransformerLoader::new(), &folder("bert"), 9).err().unwrap();
    assert!(refused.to_string().contains("at least 9 layers"), "{refused}");
    let refused = Tuner::open(&TransformerLoader::new(), &folder("albert"), 1).err().unwrap();
    assert!(refused.to_string().contains("layers have the same weights"), "{refused}");
    let own = TransformerLoader::new().engine(Engine::Own);
    let refused = Tuner::open(&own, &folder("bert"), 1).err().unwrap();
    assert!(refused.to_string().contains("an engine that trains"), "{refused}");
}
