//! `wordferry vectors` as a user runs it, on the repository's own vectors.

mod common;

use common::{data, wordferry, wordferry_reading};

fn german() -> String {
    data().join("vectors/de.vec.gz").display().to_string()
}

#[test]
fn info_tells_what_a_file_is_and_what_is_wrong_with_it() {
    let json = |folder: &std::path::Path, file: &str| {
        wordferry(folder, &["vectors", "info", file, "--json"]).ok().json()
    };
    let folder = tempfile::tempdir().unwrap();
    let info = json(folder.path(), &german());
    assert_eq!(
        (&info["format"], &info["n_words"], &info["dimension"]),
        (&"vec".into(), &12000.into(), &64.into())
    );
    assert_eq!((&info["precision"], &info["problems"]), (&"f32".into(), &serde_json::json!([])));
    assert!(info["held_bytes"].as_u64().unwrap() > 12000 * 64 * 4);
    wordferry(folder.path(), &["vectors", "convert", &german(), "half.safetensors", "--dtype", "f16"]).ok();
    let store = json(folder.path(), "half.safetensors");
    assert_eq!((&store["format"], &store["precision"]), (&"safetensors".into(), &"f16".into()));
    assert_eq!(store["space"], info["space"]);
    assert_eq!(store["all_bytes"].as_u64().unwrap() - store["held_bytes"].as_u64().unwrap(), 12000 * 64 * 4);

    std::fs::write(folder.path().join("bad.vec"), "3 2\na 1 2\na 3 4\nb nan 1\nc 0 0\n").unwrap();
    let run = wordferry(folder.path(), &["vectors", "info", "bad.vec"]).ok();
    for expected in [
        "words      2",
        "header declares 3 rows, 4 were found",
        "1 × duplicate",
        "1 × row with NaN",
        "1 × row of zeros",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {run:#?}");
    }
    let mut bytes = std::fs::read(folder.path().join("half.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(folder.path().join("half.safetensors"), bytes).unwrap();
    let damaged = json(folder.path(), "half.safetensors");
    assert!(damaged["problems"][0].as_str().unwrap().contains("checksum"), "{damaged}");
    wordferry(folder.path(), &["vectors", "info", "none.vec"]).failed(1, &["none.vec"]);
}

#[test]
fn neighbours_of_words() {
    let run = wordferry(".".as_ref(), &["vectors", "neighbours", &german(), "gut", "hotel", "-k", "3"]).ok();
    let lines: Vec<Vec<&str>> = run.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>(), [["gut"; 3], ["hotel"; 3]].concat());
    assert!(lines.iter().all(|line| line[1] != line[0]), "a word is not its own neighbour: {run:#?}");
    assert!(lines[3..].iter().any(|line| line[1] == "restaurant"), "{run:#?}");
    let json = wordferry(".".as_ref(), &["vectors", "neighbours", &german(), "gut", "--json"]).ok().json();
    assert_eq!(json["words"][0]["neighbours"].as_array().unwrap().len(), 10);
}

#[test]
fn analogies() {
    let arguments = ["vectors", "analogy", &german(), "mann", "könig", "frau", "-k", "2"];
    let run = wordferry(".".as_ref(), &arguments).ok();
    assert!(run.stdout.lines().any(|line| line.starts_with("königin\t")), "{run:#?}");
}

#[test]
fn every_format_gives_the_same_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let neighbours = |file: &str| {
        wordferry(folder.path(), &["vectors", "neighbours", file, "gut", "--limit", "3000", "-k", "5"])
            .ok()
            .stdout
    };
    let expected = neighbours(&german());
    let formats: [&[&str]; 6] = [
        &["a.safetensors"],
        &["half.safetensors", "--dtype", "f16"],
        &["a.vec"],
        &["a.bin"],
        &["a.fifu"],
        &["model.bin", "--to", "fasttext"],
    ];
    for format in formats {
        let convert = ["vectors", "convert", &german(), "--limit", "3000"];
        wordferry(folder.path(), &[&convert, format].concat()).ok();
        let word = |text: &str| {
            text.lines().map(|line| line.split('\t').nth(1).unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(word(&neighbours(format[0])), word(&expected), "{format:?}");
    }
    wordferry(folder.path(), &["vectors", "convert", &german(), "a.xyz"]).failed(2, &["found a.xyz"]);
    wordferry(folder.path(), &["vectors", "convert", &german(), "a.vec", "--dtype", "f16"])
        .failed(2, &["--dtype"]);
    wordferry(folder.path(), &["vectors", "convert", &german(), "no/a.vec"]).failed(1, &["no/a.vec"]);
}

#[cfg(unix)]
#[test]
fn a_dash_is_stdin() {
    let bytes = std::fs::read(german()).unwrap();
    let piped = wordferry_reading(".".as_ref(), &["vectors", "neighbours", "-", "gut"], &bytes).ok();
    let named = wordferry(".".as_ref(), &["vectors", "neighbours", &german(), "gut"]).ok();
    assert_eq!(piped.stdout, named.stdout);
}

#[test]
fn words_that_are_unknown() {
    wordferry(".".as_ref(), &["vectors", "neighbours", &german(), "xyzzy"])
        .failed(3, &["found \"xyzzy\"", "(12000 words, no subwords)"]);
    wordferry(".".as_ref(), &["vectors", "neighbours", &german()]).failed(2, &["<WORD>..."]);
}
