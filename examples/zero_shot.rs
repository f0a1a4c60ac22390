//! From English reviews to German predictions, step by step.
//!
//! `cargo run --release --example zero_shot`
//!
//! `wordferry transfer` does all of this in one command. Here each step is a line or two, so that one can be replaced.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::path::Path;

use wordferry::align::{Lexicon, Procrustes, align};
use wordferry::encode::{Pooling, WordEncoder};
use wordferry::evaluate::Scores;
use wordferry::transfer::{Columns, Corpus, LabelMap, Model};
use wordferry::vectors::Loader;
use wordferry::vectors::normalise::Step;

const SEED: u64 = 42;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");

    // 1. Word vectors, as they were trained: each language has a space of its own, and says so.
    let english = Loader::new().open(data.join("vectors/en.vec.gz"))?;
    let german = Loader::new().open(data.join("vectors/de.vec.gz"))?;
    println!("English lives in the space {}, German in {}.", english.space(), german.space());

    // 2. A lexicon of word pairs turns the German space onto the English one. The verdict rests on pairs that a second
    //    fit did not see: believe it before you believe anything that follows.
    let lexicon = Lexicon::open(&data.join("lexicons/en-de.txt"))?;
    let alignment = align(&Procrustes, &english, &german, &lexicon, &Step::UNIT_CENTRE_UNIT, SEED)?;
    let (to_english, to_german) = alignment.maps(&english, &german)?;
    let (english, german) = (english.mapped(to_english)?, german.mapped(to_german)?);
    assert_eq!(english.space(), german.space());
    let evidence = alignment.evidence().ok_or("an alignment without evidence")?;
    println!(
        "Aligned by {} pairs: {} (P@1 {:.1} % on held-out words).",
        evidence.n_seed_pairs,
        alignment.verdict(),
        100.0 * evidence.held_out_p_at_1
    );

    // 3. Texts become rows of that space, and a classifier learns from the English ones.
    let open = |name: &str| Corpus::open(&data.join(name), &Columns::default(), &LabelMap::default());
    let train = open("reviews/en.train.csv")?;
    let english = Model::train(WordEncoder::new(english, Pooling::default()), &train, SEED)?;

    // 4. The same classifier reads German: `reading` refuses an encoder of any other space.
    let german = english.reading(WordEncoder::new(german, Pooling::default()))?;

    // 5. How well? A number without an interval is a rumour.
    for (language, model, test) in [("English", &english, "en"), ("German", &german, "de")] {
        let test = open(&format!("reviews/{test}.test.csv"))?;
        let predicted: Vec<usize> = model.predict(&test.texts())?.iter().map(|p| p.class).collect();
        let scores =
            Scores::of(&test.class_indices(model.classes())?, &predicted, model.classes().len(), SEED);
        let (low, high) = (100.0 * scores.accuracy_ci.0, 100.0 * scores.accuracy_ci.1);
        println!(
            "{language}: {:.1} % right of {} ({low:.0} to {high:.0})",
            100.0 * scores.accuracy,
            scores.n
        );
    }

    // 6. And for a sentence of one's own:
    let text = "Ein wunderbares Hotel, sehr freundlich und sauber.";
    let prediction = &german.predict(&[text])?[0];
    println!("{text} → {} ({:.2})", german.classes()[prediction.class], prediction.probability);
    Ok(())
}
