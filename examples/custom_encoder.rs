//! An encoder of one's own: word vectors joined with marks that mean the same in every language.
//!
//! `cargo run --release --example custom_encoder`
//!
//! Anything that turns texts into rows can take part in transfer, if it can say which space its rows live in.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::path::Path;

use ndarray::{Array2, Axis, concatenate};
use wordferry::align::{Lexicon, Procrustes, align};
use wordferry::encode::{Encoder, Pooling, Result, WordEncoder};
use wordferry::evaluate::Scores;
use wordferry::transfer::{Columns, Corpus, LabelMap, Model};
use wordferry::vectors::normalise::Step;
use wordferry::vectors::{Loader, Space};

/// Pooled word vectors, and beside them counts of marks per character.
struct WithMarks(WordEncoder);

const N_MARKS: usize = 4;

fn marks(text: &str) -> [f32; N_MARKS] {
    let share = |is_mark: fn(char) -> bool| {
        text.chars().filter(|&c| is_mark(c)).count() as f32 / text.chars().count().max(1) as f32
    };
    [
        share(|c| c == '!' || c == '¡'),
        share(|c| c == '?' || c == '¿'),
        share(char::is_numeric),
        share(char::is_uppercase),
    ]
}

impl Encoder for WithMarks {
    /// Made of the inner encoder's space, so that two languages still have to be aligned, and of what we add. Change
    /// the version whenever the marks change: models trained before will then refuse the new rows, as they should.
    fn space(&self) -> Space {
        Space::of(&[b"with marks, version 1", &self.0.space().to_bytes()])
    }

    fn dimension(&self) -> usize {
        self.0.dimension() + N_MARKS
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let marks: Vec<f32> = texts.iter().flat_map(|text| marks(text)).collect();
        let marks = Array2::from_shape_vec((texts.len(), N_MARKS), marks).expect("as many marks a text");
        Ok(concatenate![Axis(1), self.0.encode(texts)?, marks])
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let english = Loader::new().open(data.join("vectors/en.vec.gz"))?;
    let spanish = Loader::new().open(data.join("vectors/es.vec.gz"))?;
    let lexicon = Lexicon::open(&data.join("lexicons/en-es.txt"))?;
    let alignment = align(&Procrustes, &english, &spanish, &lexicon, &Step::UNIT_CENTRE_UNIT, 42)?;
    let encoder = |embeddings| -> Box<dyn Encoder> {
        Box::new(WithMarks(WordEncoder::new(embeddings, Pooling::default())))
    };
    let (to_english, to_spanish) = alignment.maps(&english, &spanish)?;
    let english_encoder = encoder(english.mapped(to_english)?);
    let spanish_encoder = encoder(spanish.mapped(to_spanish)?);

    let open = |name: &str| Corpus::open(&data.join(name), &Columns::default(), &LabelMap::default());
    let english_model = Model::train(english_encoder, &open("reviews/en.train.csv")?, 42)?;

    // Unaligned vectors are refused, whatever encoder they hide behind.
    let unaligned = english_model.reading(encoder(spanish));
    println!("Unaligned: {}", unaligned.err().ok_or("expected a refusal")?);

    let spanish_model = english_model.reading(spanish_encoder)?;
    let test = open("reviews/es.test.csv")?;
    let predicted: Vec<usize> = spanish_model.predict(&test.texts())?.iter().map(|p| p.class).collect();
    let truth = test.class_indices(spanish_model.classes())?;
    let scores = Scores::of(&truth, &predicted, spanish_model.classes().len(), 42);
    println!("Aligned: {:.1} % of {} Spanish reviews right", 100.0 * scores.accuracy, scores.n);
    Ok(())
}
