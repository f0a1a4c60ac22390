//! `wordferry align` and what is done with its maps, as a user runs them, on the repository's own data.

mod common;

use std::path::Path;

use common::{data, largest_difference, unseen_cosines, wordferry};
use wordferry::vectors::{Embeddings, Loader, Subwords, Target};

fn file(name: &str) -> String {
    data().join(name).display().to_string()
}

/// P@1 in per cent by the map `map`.
fn precision(folder: &Path, map: &str, source: &str, target: &str, lexicon: &str) -> f64 {
    let arguments =
        ["evaluate", "lexicon", "--map", map, "--source", source, "--target", target, "--lexicon", lexicon];
    let scores = wordferry(folder, &[&arguments[..], &["--json"]].concat()).ok().json();
    100.0 * scores["p_at_1"].as_f64().unwrap()
}

const METHODS: [&str; 9] = [
    "procrustes",
    "least-squares",
    "ridge",
    "cca",
    "multistep",
    "rcsls",
    "rcsls-spectral",
    "procrustes-b",
    "self-learning",
];

#[test]
fn every_method_gives_a_map_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    let (english, german) = (file("vectors/en.vec.gz"), file("vectors/de.vec.gz"));
    let lexicon = file("lexicons/en-de.txt");
    for method in METHODS {
        let arguments = ["align", "--source", &english, "--target", &german, "--lexicon", &lexicon];
        let run = wordferry(
            folder.path(),
            &[&arguments[..], &["--method", method, "-o", "map", "--json"]].concat(),
        );
        let report = run.ok().json();
        assert_eq!(
            (&report["alignment"]["method"], &report["alignment"]["verdict"]),
            (&method.into(), &"ok".into())
        );
        let found = precision(folder.path(), "map", &english, &german, &lexicon);
        assert!(found > 20.0, "{method}: {found}");
    }
    let translate =
        ["translate", "map", "hotel", "good", "--source", &english, "--target", &german, "-k", "5"];
    let run = wordferry(folder.path(), &translate).ok();
    assert_eq!(run.stdout.lines().count(), 10, "{run:#?}");
    assert!(run.stdout.contains("good\tgut"), "{run:#?}");
    let back = ["translate", "map", "gut", "--source", &german, "--target", &english];
    assert!(wordferry(folder.path(), &back).ok().stdout.contains("gut\tgood"));
    wordferry(folder.path(), &["translate", "map", "xyzzy", "--source", &english, "--target", &german])
        .failed(3, &["found \"xyzzy\""]);

    // What a map does to vectors, it does to a file of them.
    wordferry(folder.path(), &["map", "apply", "map", &english, "en.safetensors"]).ok();
    wordferry(folder.path(), &["map", "apply", "map", &german, "de.vec"]).ok();
    let info = wordferry(folder.path(), &["vectors", "info", "en.safetensors", "--json"]).ok().json();
    assert_eq!(info["problems"], serde_json::json!([]));
    wordferry(folder.path(), &["map", "invert", "map", "back"]).ok();
    let forth = precision(folder.path(), "map", &english, &german, &lexicon);
    assert_eq!(forth, precision(folder.path(), "back", &english, &german, &lexicon));
    wordferry(folder.path(), &["map", "apply", "map", "de.vec", "twice.vec"]).failed(3, &["space"]);
}

#[test]
fn seeds_come_from_several_sources() {
    let folder = tempfile::tempdir().unwrap();
    let (english, german) = (file("vectors/en.vec.gz"), file("vectors/de.vec.gz"));
    let lexicon = file("lexicons/en-de.txt");
    let n_pairs = |seeds: &[&str]| {
        let arguments =
            ["align", "--source", &english, "--target", &german, "--method", "procrustes", "--json"];
        let run = wordferry(folder.path(), &[&arguments[..], seeds, &["-o", "map"]].concat()).ok();
        run.json()["alignment"]["n_seed_pairs"].as_u64().unwrap()
    };
    let (lexicon_only, identical, numerals) =
        (n_pairs(&["--lexicon", &lexicon]), n_pairs(&["--identical"]), n_pairs(&["--numerals"]));
    assert!(numerals < identical);
    let both = n_pairs(&["--lexicon", &lexicon, "--identical"]);
    assert!(both > lexicon_only.max(identical) && both <= lexicon_only + identical);
    let few: Vec<&str> = ["good gut", "hotel hotel", "house haus"].into();
    std::fs::write(folder.path().join("few.txt"), few.join("\n")).unwrap();
    let arguments = [
        "align",
        "--source",
        &english,
        "--target",
        &german,
        "--lexicon",
        "few.txt",
        "--limit",
        "1000",
        "-o",
        "map",
    ];
    let run = wordferry(folder.path(), &arguments).ok();
    assert!(run.stderr.contains("add --identical"), "{run:#?}");
}

#[test]
fn a_lexicon_of_the_wrong_direction_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (english, german) = (file("vectors/en.vec.gz"), file("vectors/de.vec.gz"));
    let lexicon = file("lexicons/en-de.txt");
    let arguments = ["align", "--source", &german, "--target", &english, "--lexicon", &lexicon, "-o", "map"];
    let run = wordferry(folder.path(), &arguments);
    run.failed(3, &["the other way round", "exchange"]);
}

/// N-grams of one's own making compose nothing that makes sense, but both files should make the same of it.
#[test]
fn mapped_fasttext_models_compose_unseen_words() {
    let folder = tempfile::tempdir().unwrap();
    let words = Loader::new().limit(6000).open(file("vectors/en.vec.gz")).unwrap();
    let n_grams = ndarray::Array2::from_shape_fn((5000, 64), |(i, j)| words.matrix()[[i, j]] * 3.0);
    let subwords = Subwords::new(3, 5, n_grams).unwrap();
    let matrix = words.matrix().to_owned();
    let model = Embeddings::with_subwords(words.vocabulary().clone(), matrix, subwords).unwrap();
    model.write(folder.path().join("en.bin"), Target::FastText).unwrap();
    let (german, lexicon) = (file("vectors/de.vec.gz"), file("lexicons/en-de.txt"));
    let align = ["align", "--source", "en.bin", "--target", &german, "--lexicon", &lexicon];
    wordferry(folder.path(), &[&align[..], &["--method", "procrustes", "-o", "map"]].concat()).ok();
    let open = |file: &str, to: &str| {
        wordferry(folder.path(), &["map", "apply", "map", "en.bin", file, "--to", to]).ok();
        Loader::new().open(folder.path().join(file)).unwrap()
    };
    let exact = open("exact.safetensors", "safetensors");
    let unseen = ["hotelhouse", "unbreakfasted", "goodishly", "zimmerservice", "beachwards"];
    for (name, to) in [("model.bin", "fasttext"), ("model.fifu", "fifu")] {
        let found = open(name, to);
        assert!(largest_difference(&found, &exact) < 1e-5, "{to}");
        let cosines = unseen_cosines(&found, &exact, unseen.into_iter());
        assert!(cosines.len() == unseen.len() && cosines[0] > 0.95, "{to}: {cosines:?}");
    }
}

#[test]
fn many_languages_share_a_space() {
    let folder = tempfile::tempdir().unwrap();
    let [english, german, spanish] = ["en", "de", "es"].map(|name| file(&format!("vectors/{name}.vec.gz")));
    let languages = [format!("de={german}"), format!("en={english}"), format!("es={spanish}")];
    let lexicons =
        [format!("de={}", file("lexicons/en-de.txt")), format!("es={}", file("lexicons/en-es.txt"))];
    let mut arguments = vec!["align", "--hub", "en", "--json", "-o", "all"];
    languages.iter().for_each(|language| arguments.extend(["--language", language]));
    lexicons.iter().for_each(|lexicon| arguments.extend(["--lexicon", lexicon]));
    for method in ["self-learning", "procrustes", "generalised"] {
        let report = wordferry(folder.path(), &[&arguments[..], &["--method", method]].concat()).ok().json();
        assert_eq!(report["hub"], "en");
        for language in ["de", "es"] {
            assert_eq!(report["alignments"][language]["verdict"], "ok", "{method}: {report}");
        }
        let translate = ["translate", "all", "gut", "hotel", "--source", &german, "--target", &spanish];
        let found = wordferry(folder.path(), &translate).ok().stdout;
        assert!(found.contains("gut\tbien") && found.contains("hotel\thotel"), "{method}: {found}");
        let found = precision(folder.path(), "all", &english, &german, &file("lexicons/en-de.txt"));
        assert!(found > 30.0, "{method}: {found}");
    }

    // Two maps with English in common are as good as one of three languages.
    for (name, target) in [("de", &german), ("es", &spanish)] {
        let lexicon = file(&format!("lexicons/en-{name}.txt"));
        let map = format!("en-{name}");
        let pair = ["align", "--source", &english, "--target", target, "--lexicon", &lexicon, "-o", &map];
        wordferry(folder.path(), &pair).ok();
    }
    wordferry(folder.path(), &["map", "compose", "en-de", "en-es", "-o", "both"]).ok();
    let translate = ["translate", "both", "gut", "--source", &german, "--target", &spanish];
    assert!(wordferry(folder.path(), &translate).ok().stdout.contains("gut\tbien"));
    wordferry(folder.path(), &["map", "compose", "en-de", "en-de", "-o", "no"])
        .failed(3, &["expected alignments that share one language"]);
    let other = ["align", "--source", &german, "--target", &spanish, "--identical", "-o", "de-es"];
    wordferry(folder.path(), &other).ok();
    wordferry(folder.path(), &["map", "compose", "en-es", "de-es", "both", "-o", "no"])
        .failed(3, &["expected alignments that share one language"]);
    wordferry(folder.path(), &["map", "compose", "en-de", "-o", "no"]).failed(2, &["2 values required"]);
}

#[test]
fn without_seeds_there_is_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let (english, german) = (file("vectors/en.vec.gz"), file("vectors/de.vec.gz"));
    let align = |flags: &[&str]| {
        let arguments = ["align", "--source", &english, "--target", &german, "-o", "map"];
        wordferry(folder.path(), &[&arguments[..], flags].concat()).ok()
    };
    let run = align(&[]);
    assert!(run.stderr.contains("both languages spell the same way"), "{run:#?}");
    let alone = align(&["--unsupervised", "--json", "--limit", "3000"]).json();
    assert_eq!(alone["alignment"]["n_held_out"], 0);
    assert_eq!(alone["alignment"]["seeds"], "none");
    let cognates = align(&["--cognates", "--json", "--method", "multistep"]).json();
    assert!(cognates["alignment"]["n_seed_pairs"].as_u64().unwrap() > 300, "{cognates}");
    let again = align(&["--cognates", "--json", "--method", "multistep", "--threads", "1"]).json();
    assert_eq!(cognates, again);
    for steps in ["iterative", "unit,centre,remove-top,unit", "unit"] {
        let report = align(&["--identical", "--method", "procrustes", "--normalise", steps, "--json"]).json();
        assert!(report["alignment"]["isometry"].as_f64().unwrap() > 0.3, "{steps}: {report}");
    }
}

/// What CSLS needs to know is kept in the map, and says the same as when it is computed.
#[test]
fn neighbourhoods_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let (english, german) = (file("vectors/en.vec.gz"), file("vectors/de.vec.gz"));
    let lexicon = file("lexicons/en-de.txt");
    let pair = ["--source", &english, "--target", &german];
    let align = ["align", "--method", "procrustes", "--lexicon", &lexicon, "-o", "map"];
    wordferry(folder.path(), &[&align[..], &pair].concat()).ok();
    // With the other words it has to be computed anew.
    wordferry(folder.path(), &["vectors", "convert", &english, "en.safetensors"]).ok();
    wordferry(folder.path(), &["map", "compose", "map", "es", "-o", "no"]).failed(1, &["es"]);
    let translate = |flags: &[&str]| {
        let arguments = ["translate", "map", "house", "good", "--target", &german];
        wordferry(folder.path(), &[&arguments[..], flags].concat()).ok().stdout
    };
    let kept = translate(&["--source", &english]);
    let computed = translate(&["--source", &english, "--limit", "11999"]);
    let words = |text: &str| {
        text.lines().map(|line| line.rsplit_once('\t').unwrap().0.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(words(&kept), words(&computed));
    assert_eq!(kept, translate(&["--source", "en.safetensors"]));
}
