//! The numbers of the reference implementations, on the data that they were measured on.
//!
//! Needs `../shared/data`; says so and passes where it is not there.

mod common;

use std::path::Path;

use common::{largest_difference, shared_data, unseen_cosines, wordferry, write};
use wordferry::vectors::Loader;

/// P@1 in percent of numpy's Procrustes on unit, centred, unit rows, by CSLS and cosine, and the covered queries.
const LEXICON_INDUCTION: [(&str, f64, f64, u64); 4] = [
    ("en-es", 20.1, 17.1, 1195),
    ("es-en", 18.9, 17.2, 1177),
    ("en-de", 27.2, 24.0, 1432),
    ("de-en", 25.2, 22.7, 1403),
];

/// Two numbers measured in each of two ways.
type TwoByTwo = [(f64, f64); 2];

/// Spearman and Pearson × 100 of numpy and scipy, unknown words skipped and counted as 0.
const WORD_SIMILARITY: [(&str, &str, TwoByTwo); 7] = [
    ("en", "en-simlex999.tsv", [(32.010, 32.949), (31.316, 31.386)]),
    ("en", "en-men3000.tsv", [(70.704, 70.044), (67.414, 64.971)]),
    ("en", "en-rarewords2034.tsv", [(50.247, 48.891), (11.355, 13.448)]),
    ("de", "de-gur350.tsv", [(67.999, 66.784), (33.917, 35.039)]),
    ("de", "leviant/simlex-german.txt", [(29.225, 30.106), (20.764, 16.486)]),
    ("es", "es-mc30.tsv", [(75.037, 66.629), (21.051, 19.797)]),
    ("es", "es-wordsim353-all.tsv", [(53.743, 50.977), (16.814, 18.772)]),
];

/// The same on `en.bin` with unknown words composed by fastText: of the 2,034 pairs of rare words, 414 are known.
const RARE_WORDS_COMPOSED: (f64, f64) = (41.109, 40.722);

/// Accuracy × 100 of numpy's 3CosAdd, the answered and all questions.
const ANALOGIES: [(&str, &str, f64, u64, u64); 3] = [
    ("en", "questions-words.txt", 51.717, 15_142, 19_544),
    ("de", "de-semantic-google.tsv", 15.600, 3032, 8869),
    ("de", "de-syntactic-google.tsv", 52.284, 5472, 9683),
];

/// P@1 in percent of numpy's centred, weighted means of words, mapped by Procrustes: to English and from it, by CSLS and by
/// cosine; and the margin.
const RETRIEVAL: [(&str, &str, TwoByTwo, f64); 2] = [
    ("de", "deu", [(61.9, 61.3), (45.7, 51.1)], -0.006_804),
    ("es", "spa", [(55.3, 53.4), (49.2, 39.2)], -0.015_912),
];

/// The distance from the reference that rounding may explain, in points.
const TOLERANCE: f64 = 0.3;

fn vectors(data: &Path, language: &str) -> String {
    data.join(format!("vectors/{language}.50k.vec.zst")).display().to_string()
}

/// Learns `en-XX.map` by Procrustes.
fn align(data: &Path, folder: &Path, language: &str) {
    let lexicon = data.join(format!("reference/en-{language}.train.txt")).display().to_string();
    let (source, target) = (vectors(data, "en"), vectors(data, language));
    let map = format!("en-{language}.map");
    let files = ["--source", &source, "--target", &target, "--lexicon", &lexicon];
    let how = ["--method", "procrustes", "-o", &map];
    wordferry(folder, &[&["align"][..], &files, &how].concat()).ok();
}

#[test]
fn lexicon_induction_equals_numpy() {
    let Some(data) = shared_data("lexicon induction") else { return };
    let folder = tempfile::tempdir().unwrap();
    for language in ["es", "de"] {
        align(&data, folder.path(), language);
    }
    for (direction, csls, cosine, n_queries) in LEXICON_INDUCTION {
        let (source, target) = direction.split_once('-').unwrap();
        let map = format!("en-{}.map", if source == "en" { target } else { source });
        let lexicon = data.join(format!("reference/{direction}.test.txt")).display().to_string();
        let (source, target) = (vectors(&data, source), vectors(&data, target));
        for (criterion, expected) in [("csls", csls), ("cosine", cosine)] {
            let files = ["--source", &source, "--target", &target, "--map", &map, "--lexicon", &lexicon];
            let how = ["--criterion", criterion, "--json"];
            let run = wordferry(folder.path(), &[&["evaluate", "lexicon"][..], &files, &how].concat()).ok();
            let scores = run.json();
            let found = 100.0 * scores["p_at_1"].as_f64().unwrap();
            assert!(
                (found - expected).abs() <= TOLERANCE,
                "{direction} {criterion}: {found}, expected {expected}"
            );
            assert_eq!(scores["n_queries"], n_queries, "{direction}");
            for key in ["p_at_5", "p_at_10", "p_at_1_ci", "coverage", "n_lexicon", "criterion", "vocabulary"]
            {
                assert!(scores.get(key).is_some(), "expected {key} in {scores:#}");
            }
        }
    }
}

#[test]
fn word_similarity_equals_scipy() {
    let Some(data) = shared_data("word similarity") else { return };
    let check = |vectors: &str, set: &str, policy: &str, (spearman, pearson): (f64, f64)| {
        let path = data.join("wordsim").join(set).display().to_string();
        let arguments = ["evaluate", "similarity", &path, "--vectors", vectors, "--oov", policy, "--json"];
        let scores = wordferry(".".as_ref(), &arguments).ok().json();
        for (key, expected) in [("spearman", spearman), ("pearson", pearson)] {
            let found = 100.0 * scores[key].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-3, "{set} {policy} {key}: {found}, expected {expected}");
        }
    };
    for (language, set, [skipped, zero]) in WORD_SIMILARITY {
        check(&vectors(&data, language), set, "skip", skipped);
        check(&vectors(&data, language), set, "zero", zero);
    }
    let model = data.join("vectors/en.bin").display().to_string();
    check(&model, "en-rarewords2034.tsv", "subwords", RARE_WORDS_COMPOSED);
}

#[test]
fn analogies_equal_numpy() {
    let Some(data) = shared_data("analogies") else { return };
    for (language, set, accuracy, n, n_questions) in ANALOGIES {
        let (vectors, path) =
            (vectors(&data, language), data.join("analogies").join(set).display().to_string());
        let arguments = ["evaluate", "analogy", &path, "--vectors", &vectors, "--json"];
        let scores = wordferry(".".as_ref(), &arguments).ok().json();
        let found = 100.0 * scores["accuracy"].as_f64().unwrap();
        // A near tie may fall the other way on another processor.
        assert!((found - accuracy).abs() < 0.05, "{set}: {found}, expected {accuracy}");
        assert_eq!((&scores["n"], &scores["n_questions"]), (&n.into(), &n_questions.into()), "{set}");
    }
}

#[test]
fn sentence_retrieval_equals_numpy() {
    let Some(data) = shared_data("sentence retrieval") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (language, code, expected, margin) in RETRIEVAL {
        align(&data, folder.path(), language);
        let (source, target) = (vectors(&data, language), vectors(&data, "en"));
        let texts = |side: &str| {
            data.join(format!("parallel/tatoeba_laser/tatoeba.{code}-eng.{side}")).display().to_string()
        };
        let (source_texts, target_texts, map) = (texts(code), texts("eng"), format!("en-{language}.map"));
        for (criterion, (forward, backward)) in ["csls", "cosine"].iter().zip(expected) {
            let files = ["--source", &source, "--target", &target, "--map", &map];
            let texts = ["--source-texts", &source_texts, "--target-texts", &target_texts];
            let how = ["--criterion", criterion, "--json"];
            let arguments = [&["evaluate", "retrieval"][..], &files, &texts, &how].concat();
            let scores = wordferry(folder.path(), &arguments).ok().json();
            for (key, expected) in [("accuracy_forward", forward), ("accuracy_backward", backward)] {
                let found = 100.0 * scores[key].as_f64().unwrap();
                assert!((found - expected).abs() <= TOLERANCE, "{code} {criterion} {key}: {found}");
            }
            assert!((scores["margin"].as_f64().unwrap() - margin).abs() < 1e-5, "{code}: {scores:#}");
        }
    }
}

#[test]
fn sentiment_carries_over() {
    let Some(data) = shared_data("sentiment transfer") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| data.join(name).display().to_string();
    let mut plan = format!(
        "[source]\nlanguage = 'en'\nvectors = '{}'\ntrain = '{}'\ntest = '{}'\nlabel_column = 'stars'\n\
         [labels]\nnegative = ['1', '2']\npositive = ['4', '5']\n",
        vectors(&data, "en"),
        path("sentiment/marc/en.train.csv"),
        path("sentiment/marc/en.test.csv")
    );
    for language in ["de", "es"] {
        plan += &format!(
            "[[target]]\nlanguage = '{language}'\nvectors = '{}'\nlexicon = '{}'\ntest = '{}'\n",
            vectors(&data, language),
            path(&format!("reference/en-{language}.train.txt")),
            path(&format!("sentiment/marc/{language}.test.csv"))
        );
    }
    write(folder.path(), "marc.toml", plan);
    let report = wordferry(folder.path(), &["transfer", "marc.toml", "--json"]).ok().json();
    let accuracy = |report: &serde_json::Value| 100.0 * report["accuracy"].as_f64().unwrap();
    assert_eq!(report["source"]["n_train"], 9977);
    assert_eq!(report["targets"][0]["n_test"], 4000);
    assert!(accuracy(&report["targets"][0]) >= 72.0, "German: {report:#}");
    assert!(accuracy(&report["targets"][1]) >= 74.0, "Spanish: {report:#}");
}

/// Words that were left out of a mapped fastText model come as near as ARCHITECTURE says.
#[test]
fn mapped_models_compose_unseen_words_nearby() {
    let Some(data) = shared_data("mapped fastText models") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| data.join(name).display().to_string();
    let (english, german) = (path("vectors/en.bin"), path("vectors/de.bin"));
    let lexicon = path("reference/en-de.train.txt");
    for method in ["self-learning", "procrustes"] {
        let align = ["align", "--source", &english, "--target", &german, "--lexicon", &lexicon];
        wordferry(folder.path(), &[&align[..], &["--method", method, "-o", "map"]].concat()).ok();
        for all in [&english, &german] {
            let open = |file: &str, to: &str| {
                let apply = ["map", "apply", "map", all, file, "--limit", "20000", "--to", to];
                wordferry(folder.path(), &apply).ok();
                Loader::new().open(folder.path().join(file)).unwrap()
            };
            let (found, expected) = (open("model.bin", "fasttext"), open("exact.safetensors", "safetensors"));
            assert!(largest_difference(&found, &expected) < 1e-5);
            let all = Loader::new().open(all).unwrap();
            let words: Vec<_> = all.vocabulary().iter().map(|(id, _)| all.vocabulary().word(id)).collect();
            let cosines = unseen_cosines(&found, &expected, words[20_000..].iter().map(|word| word.as_ref()));
            let (n, median, low) = (cosines.len(), cosines[cosines.len() / 2], cosines[cosines.len() / 20]);
            assert!(n > 4900 && median > 0.999 && low > 0.992, "{method}: {n} {median} {low}");
        }
    }
}
