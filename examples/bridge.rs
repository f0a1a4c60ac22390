//! A classifier that a transformer's English trained, reading a language that the transformer does not know.
//!
//! `cargo run --release --example bridge -- ENCODER TRAIN TEST BRIDGE=UNLABELLED=TEST…`, with bridges that `wordferry bridge` saved. Texts are CSV files of
//! reviews with 1 to 5 stars; `scripts/bridge.sh` makes all of it.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;
use std::path::Path;

use wordferry::encode::{Bridge, EncoderLoader};
use wordferry::evaluate::Scores;
use wordferry::transfer::{Columns, Corpus, LabelMap, Model};

const SEED: u64 = 42;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [encoder, train, test, languages @ ..] = &arguments[..] else {
        return Err("expected ENCODER TRAIN TEST BRIDGE=UNLABELLED=TEST…".into());
    };

    // 1. The classifier learns from the transformer's rows of English reviews.
    let english = Model::train(EncoderLoader::new().open(encoder)?, &open(train)?, SEED)?;
    println!("penalty {}", english.l2().l2);
    report("the transformer itself", &english, &open(test)?)?;

    for language in languages {
        let parts: Vec<&str> = language.split('=').collect();
        let [bridge, unlabelled, test] = parts[..] else {
            return Err(format!("expected BRIDGE=UNLABELLED=TEST, found {language}").into());
        };

        // 2. A bridge's rows are of the transformer's space, so the same classifier reads them.
        let model = english.reading(Bridge::open(Path::new(bridge), &EncoderLoader::new())?)?;
        let test = open(test)?;
        report(&format!("{bridge}, zero-shot"), &model, &test)?;

        // 3. Texts of the language without labels show where its rows lie.
        report(&format!("{bridge}, centred"), &model.centred_on(&open(unlabelled)?.texts())?, &test)?;
    }
    Ok(())
}

/// One or two stars are negative, four or five positive; three are left out.
fn open(path: &str) -> Result<Corpus, Box<dyn Error>> {
    let columns = Columns { label: "stars".into(), ..Columns::default() };
    let [negative, positive] = [["1", "2"], ["4", "5"]].map(|stars| stars.map(String::from));
    let labels = LabelMap::new([("negative", &negative[..]), ("positive", &positive[..])]);
    Ok(Corpus::open(Path::new(path), &columns, &labels)?)
}

fn report(what: &str, model: &Model, test: &Corpus) -> Result<(), Box<dyn Error>> {
    let predicted: Vec<usize> = model.predict(&test.texts())?.iter().map(|p| p.class).collect();
    let scores = Scores::of(&test.class_indices(model.classes())?, &predicted, model.classes().len(), SEED);
    let [accuracy, low, high] =
        [scores.accuracy, scores.accuracy_ci.0, scores.accuracy_ci.1].map(|share| 100.0 * share);
    println!("{what}: {accuracy:.1} ({low:.1}–{high:.1}) of {}", scores.n);
    Ok(())
}
