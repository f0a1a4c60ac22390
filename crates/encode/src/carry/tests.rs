use super::*;
use ndarray::array;

fn english() -> CarryEncoder {
    let words = Vocabulary::from_words(["good", "bad", "not", "film", "never"]);
    let vectors = array![[1.0, 0.0], [-1.0, 0.1], [0.0, 1.0], [0.3, 0.3], [0.1, 0.9]];
    let texts = ["good film", "bad film", "not good", "not bad", "rare"];
    CarryEncoder::fit(Embeddings::new(words, vectors).unwrap(), "en", &texts)
}

/// Two words: gut is good, nicht is not.
fn german(english: &CarryEncoder) -> CarryEncoder {
    let words = Vocabulary::from_words(["nicht", "gut"]);
    let vectors = Embeddings::new(words, array![[0.0, 1.0], [1.0, 0.0]]).unwrap();
    let mut table = SparseRows::new(english.features().len());
    let column = |word: &str| english.features().get(word).unwrap().0;
    table.push([(column("not"), 1.0)]);
    table.push([(column("good"), 1.0)]);
    english.carried_to(vectors, "xx", table, &[])
}

fn row(encoder: &CarryEncoder, text: &str) -> Vec<(usize, f32)> {
    encoder.views(&[text])[0].entries(0).collect()
}

#[test]
fn a_word_counts_as_what_it_is_read_as() {
    let english = english();
    assert_eq!(english.features().len(), 4);
    let german = german(&english);
    assert_eq!(row(&german, "gut"), row(&english, "good"));
    assert_eq!(row(&german, "nicht gut"), row(&english, "not good"));
    assert_eq!(row(&german, "nicht, gut"), row(&english, "not, good"));
    assert!(row(&german, "unbekannt").is_empty());
}

#[test]
fn what_is_lost_on_the_way_there_and_back_is_lost() {
    let english = english();
    let german = german(&english);
    let column = |word: &str| english.features().get(word).unwrap().0;
    // Good is put into gut; bad into gut and, one time in four, into nicht, and not into nicht; there is no word for film.
    let mut shares = [[].as_slice(), &[], &[], &[]];
    shares[column("good") as usize] = &[(1, 1.0)];
    shares[column("bad") as usize] = &[(0, 0.25), (1, 0.75)];
    shares[column("not") as usize] = &[(0, 1.0)];
    let mut there = SparseRows::new(2);
    shares.into_iter().for_each(|row| there.push(row.iter().copied()));
    let lossy = english.there_and_back(&there, &german);
    assert_eq!(lossy.space(), english.space());
    assert_eq!(row(&lossy, "good"), row(&english, "good"));
    assert_eq!(row(&lossy, "not good"), row(&english, "not good"));
    assert!(row(&lossy, "film").is_empty());
    let (columns, values) = lossy.reading("bad").unwrap();
    let share = |word: &str| columns.iter().position(|found| *found == column(word)).map(|at| values[at]);
    assert_eq!([share("good"), share("not"), share("bad")], [Some(0.75), Some(0.25), None]);
    // What is read as a negator in part negates no more than its word does; a negator that is no feature negates still.
    assert_eq!(row(&lossy, "bad good").iter().filter(|(column, _)| *column >= 4).count(), 0);
    assert_eq!(row(&lossy, "never good").iter().filter(|(column, _)| *column >= 4).count(), 1);
}

#[test]
fn a_word_that_occurs_again_counts_less_each_time() {
    let english = english();
    let ratio = |text: &str| {
        let value = |word: &str| {
            let column = english.features().get(word).unwrap().0 as usize;
            let entries = row(&english, text);
            entries.iter().find(|(found, _)| *found == column).unwrap().1 / english.idf[column]
        };
        value("good") / value("film")
    };
    assert!((ratio("good film") - 1.0).abs() < 1e-6);
    assert!((ratio("good good good film") - (1.0 + 3f32.ln())).abs() < 1e-6);
}

#[test]
fn negated_words_have_columns_of_their_own() {
    let english = english();
    let column = english.features().get("good").unwrap().0 as usize;
    let columns = |text: &str| row(&english, text).into_iter().map(|(column, _)| column).collect::<Vec<_>>();
    assert!(columns("not good").contains(&(4 + column)));
    assert!(columns("isn't good").contains(&(4 + column)));
    assert!(!columns("not, good").contains(&(4 + column)));
    let mean = &english.views(&["not good"])[1];
    let length: f32 = mean.entries(0).skip(2).map(|(_, value)| value * value).sum();
    assert!((length - WEIGHT_OF_NEGATED * WEIGHT_OF_NEGATED).abs() < 1e-6, "{length}");
}

#[test]
fn a_word_of_which_the_lexicon_says_so_is_a_negator() {
    let english = english();
    let column = |word: &str| english.features().get(word).unwrap().0;
    let words = Vocabulary::from_words(["kaum", "gut"]);
    let vectors = array![[0.0, 1.0], [1.0, 0.0]];
    let mut table = SparseRows::new(english.features().len());
    let mut read_as = [(column("film"), 0.8), (column("not"), 0.2)];
    read_as.sort_by_key(|(column, _)| *column);
    table.push(read_as);
    table.push([(column("good"), 1.0)]);
    let negated = |entries: &[(u32, u32)]| {
        let embeddings = Embeddings::new(words.clone(), vectors.clone()).unwrap();
        let german = english.carried_to(embeddings, "xx", table.clone(), entries);
        row(&german, "kaum gut").iter().any(|(at, _)| *at == 4 + column("good") as usize)
    };
    assert!(!negated(&[]));
    assert!(negated(&[(0, column("not")), (0, column("film"))]));
    assert!(!negated(&[(0, column("not")), (0, column("film")), (0, column("bad"))]));
}

#[test]
fn a_language_whose_negators_are_known_has_these_alone() {
    let english = english();
    let column = |word: &str| english.features().get(word).unwrap().0;
    let is_negator = |word: &str, language: &str, read_as: &str| {
        let vectors = Embeddings::new(Vocabulary::from_words([word]), array![[1.0, 0.0]]).unwrap();
        let mut table = SparseRows::new(english.features().len());
        table.push([(column(read_as), 1.0)]);
        english.carried_to(vectors, language, table, &[]).is_negator[0]
    };
    assert!(is_negator("nicht", "de", "film") && !is_negator("nicht", "xx", "film"));
    assert!(!is_negator("kaum", "de", "not") && is_negator("kaum", "xx", "not"));
    // A source without negators has taught a classifier nothing of negated words.
    let words = Vocabulary::from_words(["good", "nicht"]);
    let vectors = || Embeddings::new(words.clone(), array![[1.0, 0.0], [0.0, 1.0]]).unwrap();
    let plain = CarryEncoder::fit(vectors(), "xx", &["good", "good"]);
    let mut table = SparseRows::new(1);
    (0..2).for_each(|_| table.push([(0, 1.0)]));
    assert_eq!(plain.carried_to(vectors(), "de", table, &[]).is_negator, [false, false]);
    // A contraction of the source's is a negator among its features.
    let words = Vocabulary::from_words(["film", "don't"]);
    let vectors = Embeddings::new(words, array![[0.3, 0.3], [0.1, 0.9]]).unwrap();
    let contracted = CarryEncoder::fit(vectors, "en", &["don't film", "film don't"]);
    assert_eq!(contracted.negators, [contracted.features().get("don't").unwrap().0]);
}

#[test]
fn what_is_saved_is_read() {
    let german = german(&english());
    let mut artefact = Artefact::new("model");
    german.put(&mut artefact);
    let again = CarryEncoder::take(&artefact).unwrap();
    assert_eq!(row(&again, "nicht gut"), row(&german, "nicht gut"));
    assert_eq!(again.views(&["nicht gut"]), german.views(&["nicht gut"]));
    artefact.put_numbers("carry.idf", &[1.0]);
    assert!(CarryEncoder::take(&artefact).is_err());
}
