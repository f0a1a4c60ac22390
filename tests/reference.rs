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

/// The distance from the reference that rounding may explain, in points.
const TOLERANCE: f64 = 0.3;

fn vectors(data: &Path, language: &str) -> String {
    data.join(format!("vectors/{language}.50k.vec.zst")).display().to_string()
}

#[test]
fn lexicon_induction_equals_numpy() {
    let Some(data) = shared_data("lexicon induction") else { return };
    let folder = tempfile::tempdir().unwrap();
    for language in ["es", "de"] {
        let lexicon = data.join(format!("reference/en-{language}.train.txt")).display().to_string();
        let (source, target) = (vectors(&data, "en"), vectors(&data, language));
        let map = format!("en-{language}.map");
        let arguments = [
            "align",
            "--source",
            &source,
            "--target",
            &target,
            "--lexicon",
            &lexicon,
            "--method",
            "procrustes",
            "-o",
            &map,
        ];
        wordferry(folder.path(), &arguments).ok();
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
