//! `wordferry bench report`: results of 294 languages in, a page, CSV and JSON out.
//!
//! The page of the first test stays in the target folder: `scripts/leaderboard.py` opens it in a browser.

mod common;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use common::{names, read, wordferry, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use wordferry::benchmark::{Catalogue, Comparison, LanguageFacts, Leaderboard, Results, Task};

const HUBS: [&str; 4] = ["en", "de", "ru", "zh"];
/// What would break out of the page if it could.
const HOSTILE: &str = "</script><img src=x onerror=\"document.title='broken'\"><!--";

/// Every language that fastText has vectors of.
fn codes() -> Vec<&'static str> {
    Catalogue::default().languages().iter().map(|language| language.code).collect()
}

/// What the catalogue says, but for one language with an evil name.
fn facts(code: &str) -> LanguageFacts {
    let facts = LanguageFacts::of(code, &Catalogue::default());
    match code {
        "aa" => LanguageFacts { name: HOSTILE.into(), own_name: HOSTILE.into(), ..facts },
        _ => facts,
    }
}

/// A row as it comes of a language that is as good as `quality`, 0 to 1.
fn row(rng: &mut ChaCha8Rng, code: &str, task: Task, hub: Option<&str>, quality: f64, words: usize) -> Value {
    let mut row = json!({"language": code, "task": task, "inputs": [
        {"role": "vectors", "file": format!("vectors/wiki.{code}.vec"), "fingerprint": format!("{:016x}", rng.random::<u64>())},
    ]});
    if let Some(hub) = hub {
        row["hub"] = hub.into();
    }
    let outcome = match rng.random_range(0..100) {
        0 => json!({"status": "failed", "why": "expected 300 values, found 299, in line 17"}),
        // What is only there for languages with many words.
        chance if task > Task::Subwords && task < Task::Speed && f64::from(chance) > 110.0 * quality => {
            json!({"status": "unmeasurable", "why": format!("no test of {task} for this language {HOSTILE}")})
        }
        _ => measured(rng, task, quality, words),
    };
    row.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
    row
}

fn measured(rng: &mut ChaCha8Rng, task: Task, quality: f64, words: usize) -> Value {
    if task == Task::Speed {
        let (speed, bytes) = (4e5 * rng.random_range(0.6..1.4), words * 1300);
        return json!({"status": "measured", "score": speed, "n": 10_000, "details": {"memory_bytes": bytes}});
    }
    let score = (quality + rng.random_range(-0.15..0.15)).clamp(0.02, 0.98);
    let (half, coverage) = (rng.random_range(0.01..0.06), rng.random_range(0.5..1.0));
    json!({
        "status": "measured", "score": score, "interval": [score - half, score + half], "n": 1500, "coverage": coverage,
        "details": {"n": words, "p_at_1": score, "duplicates": 3, "by_category": [
            {"category": "capitals", "accuracy": score, "n": 120}, {"category": "plurals", "accuracy": null, "n": 0},
        ], "scripts": {"Latin": 0.93, "Cyrillic": 0.07}},
    })
}

/// A run's folder: two shares, and speeds, whose last line is not whole.
fn run(seed: u64) -> tempfile::TempDir {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let settings =
        json!({"version": 1, "program": "0.1.0", "limit": 200_000, "data": "made up", "seed": seed});
    let mut files = [(); 3].map(|()| format!("{settings}\n"));
    for (number, code) in codes().into_iter().enumerate() {
        // By the size of its Wikipedia: from 10 kB to 10 GB.
        let bytes = LanguageFacts::of(code, &Catalogue::default()).wikipedia_bytes.unwrap_or(1);
        let quality = (((bytes as f64).log10() - 4.0) / 6.0).clamp(0.02, 0.98);
        let words = 2000 + (200_000.0 * quality.powi(3)) as usize;
        for task in Task::ALL {
            let hubs = match task.has_hub() {
                true => HUBS.iter().filter(|hub| **hub != code).map(|hub| Some(*hub)).collect(),
                false => vec![None],
            };
            for hub in hubs {
                let row = row(&mut rng, code, task, hub, quality, words);
                let file = if task == Task::Speed { 2 } else { number % 2 };
                writeln!(files[file], "{row}").unwrap();
            }
        }
    }
    files[2].push_str("{\"language\":\"zz");
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in ["results-1-of-2.jsonl", "results-2-of-2.jsonl", "speed.jsonl"].iter().zip(files) {
        write(folder.path(), name, content);
    }
    folder
}

/// Where the page stays for a browser.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("leaderboard")
}

#[test]
fn every_language_is_on_the_page() {
    let (now, before) = (run(1), run(2));
    let [now, before] = [&now, &before].map(|folder| Results::open(folder.path()).unwrap());
    let mut leaderboard = Leaderboard::new(&now, facts);
    assert_eq!(leaderboard.languages.len(), codes().len());
    leaderboard.comparison = Some(Comparison::new(&before, &now));
    let paths = leaderboard.save(&kept()).unwrap();
    let page = fs::read_to_string(&paths[0]).unwrap();
    assert!(codes().iter().all(|code| page.contains(&format!("\"code\":\"{code}\""))));
    // The data's, and the page's own two.
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn a_run_is_reported() {
    let folder = run(1);
    let report = wordferry(folder.path(), &["bench", "report", ".", "--out", "page", "--json"]).ok();
    assert!(report.stderr.contains("speed.jsonl: the last line is not whole"), "{report:#?}");
    let json = report.json();
    assert_eq!(json["n_languages"], codes().len());
    let lines = |name| read(folder.path(), name).lines().count() - 1;
    let n_rows = lines("results-1-of-2.jsonl") + lines("results-2-of-2.jsonl") + lines("speed.jsonl") - 1;
    let counted: u64 =
        ["measured", "unmeasurable", "failed"].map(|key| json[key].as_u64().unwrap()).iter().sum();
    assert_eq!(counted, n_rows as u64);
    assert_eq!(json["best"][0]["place"], 1);
    let files = ["leaderboard.csv", "leaderboard.html", "leaderboard.json"];
    assert_eq!(names(&folder.path().join("page")), files);
    let text = wordferry(folder.path(), &["bench", "report", "."]).ok().stdout;
    assert!(text.starts_with("294 languages: "), "{text}");
    assert_eq!(text.lines().count(), 3 + 10, "{text}");
    for file in files {
        assert_eq!(read(folder.path(), file), read(&folder.path().join("page"), file), "{file}");
    }
}

#[test]
fn two_runs_are_compared() {
    let (now, before) = (run(1), run(2));
    let before = before.path().to_str().unwrap();
    let compared =
        wordferry(now.path(), &["bench", "report", ".", "--against", before, "--json"]).ok().json();
    let differences = compared["comparison"]["differences"].as_array().unwrap();
    assert!(differences.iter().any(|found| found["verdict"] == "better"), "{differences:?}");
    let same = wordferry(now.path(), &["bench", "report", ".", "--against", "."]).ok().stdout;
    assert!(same.contains("0 better, 0 worse, 0 unclear"), "{same}");
}

#[test]
fn what_cannot_be_reported_is_told() {
    let folder = run(1);
    let report = |place: &str| wordferry(folder.path(), &["bench", "report", place]);
    report("nowhere").failed(1, &["nowhere"]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    report("empty").failed(3, &["expected results.jsonl", "hint: give the folder"]);
    let share = read(folder.path(), "results-2-of-2.jsonl");
    write(folder.path(), "results-2-of-2.jsonl", share.replacen("\"seed\":1", "\"seed\":3", 1));
    report(".").failed(3, &["\"seed\":3", "results-2-of-2.jsonl"]);
    write(folder.path(), "results-2-of-2.jsonl", share.replacen("\"version\":1", "\"version\":9", 1));
    report(".").failed(3, &["found version 9"]);
    assert!(!folder.path().join("leaderboard.html").exists());
}
