//! Two languages into one space, and what one can do there.
//!
//! `cargo run --release --example align`

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::path::Path;

use wordferry::align::{Alignment, Candidates, Criterion, Lexicon, Procrustes, align};
use wordferry::evaluate::score_lexicon;
use wordferry::vectors::normalise::Step;
use wordferry::vectors::{Loader, WordId};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let english = Loader::new().open(data.join("vectors/en.vec.gz"))?;
    let spanish = Loader::new().open(data.join("vectors/es.vec.gz"))?;

    // Half of the lexicon teaches, the other half tests: never the same words.
    let lexicon = Lexicon::open(&data.join("lexicons/en-es.txt"))?;
    let test_on = |word: &str| word.bytes().map(usize::from).sum::<usize>() % 2 == 0;
    let (test, train): (Vec<_>, Vec<_>) = lexicon.pairs().iter().cloned().partition(|pair| test_on(&pair.0));
    let (test, train) = (Lexicon::from_pairs(test), Lexicon::from_pairs(train));

    // Without a lexicon, words that both languages spell the same way can serve. See how much they are worth.
    let identical = Lexicon::identical(english.vocabulary(), spanish.vocabulary());
    let mut best = None;
    for (name, seeds) in [("identical words", identical), ("lexicon", train)] {
        let alignment = align(&Procrustes, &english, &spanish, &seeds, &Step::UNIT_CENTRE_UNIT, 42)?;
        let (to_english, to_spanish) = alignment.maps(&english, &spanish)?;
        let (source, target) = (english.mapped(to_english)?, spanish.mapped(to_spanish)?);
        let scores = score_lexicon(&source, &target, &test, Criterion::Csls { k: 10 }, None)?;
        println!(
            "{name}: {} seeds, verdict {}, P@1 {:.1} %, P@10 {:.1} % on {} test words",
            alignment.evidence().map_or(0, |evidence| evidence.n_seed_pairs),
            alignment.verdict(),
            100.0 * scores.p_at_1,
            100.0 * scores.p_at_10,
            scores.n_queries
        );
        best = Some((alignment, source, target));
    }
    let (alignment, source, target) = best.ok_or("no alignment")?;

    // In one space, a word's neighbours in the other language are its translations. CSLS takes from hubs, words that
    // are near to everything.
    let candidates = Candidates::new(target.matrix(), source.matrix(), Criterion::Csls { k: 10 });
    for word in ["house", "water", "beautiful", "terrible", "friend"] {
        let Some(WordId(row)) = source.vocabulary().get(word) else { continue };
        let query = source.matrix().slice_move(ndarray::s![row as usize..row as usize + 1, ..]);
        let nearest = candidates.nearest(query, 3).remove(0);
        let words: Vec<_> = nearest.iter().map(|hit| target.vocabulary().word(WordId(hit.row))).collect();
        println!("{word} → {}", words.join(", "));
    }

    // A map is a thing: it can be saved, and it knows which vectors it is for.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("en-es.map.safetensors");
    alignment.save(&path)?;
    assert_eq!(Alignment::open(&path)?, alignment);
    let refused = source.mapped(alignment.map_of(&spanish)?).unwrap_err();
    println!("English vectors through the Spanish side of the map: {refused}");
    Ok(())
}
