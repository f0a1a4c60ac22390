use wordferry_classify::Promise;
use wordferry_encode::LexicalEncoder;

use super::*;
use crate::{Corpus, Training};

/// Texts of two classes, one in `every` of them of the second; a word tells the class most of the time.
fn corpus(n: usize, every: usize) -> Corpus {
    let pairs = (0..n).map(|i| {
        let spam = i % every == 0;
        let word = if spam != (i * 7 % 11 == 0) { "prize" } else { "home" };
        (format!("{word} word{} filler{}", i % 13, i % 29), if spam { "spam" } else { "ham" }.to_owned())
    });
    Corpus::from_pairs(pairs.collect::<Vec<_>>())
}

fn trained(corpus: &Corpus) -> (Model, HeldOutScores) {
    let training = Training { balanced: true, seed: 42, ..Training::default() };
    let encoder = LexicalEncoder::fit(&corpus.texts(), 1);
    let (model, held_out) = training.fit_and_hold_out(encoder.into(), corpus).unwrap();
    (model, held_out.unwrap())
}

fn budget(share: f64) -> Promises {
    Promises { budget: Some(FalsePositives { positive: 1, share }), confidence: None }
}

#[test]
fn what_was_learned_is_kept_in_the_file() {
    let corpus = corpus(600, 4);
    let (model, held_out) = trained(&corpus);
    let promises = Promises { confidence: Some(0.8), ..budget(0.05) };
    let plain = model.probabilities(&corpus.texts()).unwrap();
    let (model, kept) = model.promising(&held_out, &promises).unwrap();
    kept.calibration.unwrap();
    assert_ne!(model.probabilities(&corpus.texts()).unwrap(), plain);
    assert_eq!(kept.budget.unwrap().promise, Promise::Held);
    assert!(model.thresholds().is_some() && model.conformal().is_some());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    model.save(&path).unwrap();
    let again = Model::open(&path).unwrap();
    let texts = corpus.texts();
    assert_eq!(again.replies(&texts).unwrap(), model.replies(&texts).unwrap());
    assert_eq!(again.trust, model.trust);
    // Another language's texts are none of those that the promises were learned from.
    let elsewhere = model.reading(LexicalEncoder::fit(&texts, 1)).unwrap();
    assert!(elsewhere.thresholds().is_none() && elsewhere.conformal().is_none());
    assert_eq!(elsewhere.probabilities(&texts).unwrap(), model.probabilities(&texts).unwrap());
}

#[test]
fn a_table_stands_beside_the_classifier() {
    let corpus = corpus(600, 4);
    let (mut model, held_out) = trained(&corpus);
    let table = Calibration::fit(Method::Isotonic, held_out.scores.view(), &held_out.labels).unwrap();
    let classifier = model.classifier.clone();
    let scores = model.calibrate(table.clone(), &held_out.scores);
    assert_eq!((model.trust.table.as_ref(), &scores), (Some(&table), &held_out.scores));
    assert_eq!(model.classifier, classifier);
    let texts = corpus.texts();
    let expected = table.apply(classifier.scores(&model.encoder.features(&texts).unwrap()).view());
    assert_eq!(model.probabilities(&texts).unwrap(), expected);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    model.save(&path).unwrap();
    assert_eq!(Model::open(&path).unwrap().probabilities(&texts).unwrap(), expected);
}

#[test]
fn decisions_are_put_off_between_the_thresholds() {
    let corpus = corpus(900, 4);
    let (model, held_out) = trained(&corpus);
    // One in eleven texts of the other class looks like spam: a smaller budget is above even odds.
    let (model, kept) = model.promising(&held_out, &budget(0.02)).unwrap();
    let found = kept.budget.unwrap();
    assert!(found.fpr_held_out <= 0.02 && found.interval.0 < 0.02, "{found:?}");
    let replies = model.replies(&corpus.texts()).unwrap();
    let count = |answer: Answer| replies.iter().filter(|reply| reply.decision == Some(answer)).count();
    let (ham, spam, unsure) = (count(Answer::Label(0)), count(Answer::Label(1)), count(Answer::Unsure));
    assert!(ham > 400 && unsure > 0, "{ham} {spam} {unsure}");
    assert_eq!(ham + spam + unsure, 900);
    for reply in replies.iter().filter(|reply| reply.decision == Some(Answer::Unsure)) {
        assert_eq!(reply.prediction.class, 1, "unsure is what is more likely spam, but not surely");
    }
}

#[test]
fn a_budget_that_is_not_needed_is_not_spent() {
    let corpus = corpus(900, 4);
    let (model, held_out) = trained(&corpus);
    let (model, kept) = model.promising(&held_out, &budget(0.5)).unwrap();
    let found = kept.budget.unwrap();
    assert_eq!((found.threshold, found.promise), (0.0, Promise::Held));
    assert!(found.fpr_held_out < 0.2 && found.interval.0 < found.fpr_held_out, "{found:?}");
    assert!(found.interval.1 > found.fpr_held_out && found.recall.unwrap() > 0.8, "{found:?}");
    for reply in model.replies(&corpus.texts()).unwrap() {
        assert_eq!(reply.decision, Some(Answer::Label(reply.prediction.class)));
    }
}

#[test]
fn the_positive_class_may_be_the_first() {
    let corpus = corpus(600, 4);
    let (model, held_out) = trained(&corpus);
    let promises = Promises { budget: Some(FalsePositives { positive: 0, share: 0.02 }), confidence: None };
    let (model, kept) = model.promising(&held_out, &promises).unwrap();
    assert_eq!(kept.budget.unwrap().n_negative, 150);
    let replies = model.replies(&corpus.texts()).unwrap();
    let wrong = replies
        .iter()
        .zip(corpus.labels())
        .filter(|(reply, label)| *label == "spam" && reply.decision == Some(Answer::Label(0)));
    assert!(wrong.count() <= 6);
}

#[test]
fn too_few_texts_promise_nothing_and_it_is_said() {
    let corpus = corpus(24, 3);
    let (model, held_out) = trained(&corpus);
    let plain = model.probabilities(&corpus.texts()).unwrap();
    let promises = Promises { confidence: Some(0.99), ..budget(0.005) };
    let (model, kept) = model.promising(&held_out, &promises).unwrap();
    assert_eq!(model.probabilities(&corpus.texts()).unwrap(), plain, "nothing is calibrated");
    let error = kept.calibration.unwrap_err().to_string();
    assert!(error.contains("expected 50 held-out texts or more") && error.contains("found 24"), "{error}");
    assert_eq!(
        kept.budget.unwrap().promise,
        Promise::TooFewRows { needed: 199, expected: 1.0 / 17.0 },
        "16 texts of ham"
    );
    assert_eq!(kept.untold, [0, 1]);
    assert!(model.replies(&["prize"]).unwrap()[0].set.as_ref().unwrap().len() == 2);
}

#[test]
fn shares_that_are_none_are_refused() {
    let corpus = corpus(24, 3);
    for share in [0.0, 1.0, f64::NAN] {
        let (model, held_out) = trained(&corpus);
        assert!(model.promising(&held_out, &budget(share)).is_err());
        let (model, held_out) = trained(&corpus);
        let promises = Promises { confidence: Some(share), budget: None };
        assert!(model.promising(&held_out, &promises).is_err());
    }
}
