//! `wordferry data`, run as a user runs it; what is fetched from is a server on this machine.

#[path = "data/answers.rs"]
mod answers;
mod common;
#[path = "data/server.rs"]
mod server;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use common::{Run, names, read, wordferry, wordferry_within, write};
use server::{Fault, Server};

const GERMAN: &str = "fasttext/vectors-wiki/wiki.de.vec";
const GERMAN_CRAWL: &str = "fasttext/vectors-crawl/cc.de.300.vec.gz";

/// So many rows of vectors as text, with their first line.
fn vectors(n: usize, dimension: usize) -> String {
    let rows = (0..n).map(|i| {
        let values: Vec<String> =
            (0..dimension).map(|j| format!("0.{:04}", (i * 7919 + j * 104_729 + 1) % 9973)).collect();
        format!("word{i} {}\n", values.join(" "))
    });
    std::iter::once(format!("{n} {dimension}\n")).chain(rows).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Fetches into `DIR/data`, and says nothing but errors.
fn fetch(folder: &Path, server: &Server, arguments: &[&str]) -> Run {
    aloud(folder, server, &[arguments, &["--quiet"]].concat())
}

fn aloud(folder: &Path, server: &Server, arguments: &[&str]) -> Run {
    let usual = ["data", "fetch", "--into", "data", "--endpoint", &server.endpoint];
    wordferry(folder, &[&usual[..], arguments].concat())
}

/// The first rows of vectors, under a first line that is true of them.
fn first(text: &str, n: usize) -> String {
    let dimension = text.lines().next().unwrap().split(' ').nth(1).unwrap();
    let rows: String = text.lines().skip(1).take(n).map(|row| format!("{row}\n")).collect();
    format!("{n} {dimension}\n{rows}")
}

#[test]
fn a_file_is_fetched_once_and_kept() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(300, 4);
    server.has(GERMAN, &*text);
    let run = aloud(folder, &server, &["de"]).ok();
    assert_eq!(run.stdout, format!("vectors/wiki.de.vec\t{}\tfetched\n", text.len()));
    assert!(run.stderr.contains("fetched vectors/wiki.de.vec"), "{run:#?}");
    assert_eq!(read(folder, "data/vectors/wiki.de.vec"), text);
    assert_eq!(names(&folder.join("data/vectors")), ["wiki.de.vec"]);
    assert!(
        read(folder, "data/checksums.tsv")
            .starts_with("file\tfirst\tbytes\tblake3\nvectors/wiki.de.vec\tall\t")
    );
    server.asked();
    for arguments in [&["de"][..], &["de", "--limit", "9"], &["de", "--offline"]] {
        let run = fetch(folder, &server, arguments).ok();
        assert!(run.stdout.ends_with("kept\n"), "{run:#?}");
    }
    assert_eq!(server.asked(), [""; 0]);
    wordferry(folder, &["data", "verify", "data"]).ok();
    fetch(folder, &server, &["fr", "--offline"])
        .failed(1, &["expected vectors/wiki.fr.vec in data", "hint: run the command once without --offline"]);
    let json = fetch(folder, &server, &["de", "--json"]).ok().json();
    assert_eq!(json["files"][0]["status"], "kept");
    assert_eq!(json["files"][0]["licence"], "CC BY-SA 3.0");
}

#[test]
fn the_first_rows_are_enough() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(500, 5);
    server.has(GERMAN, &*text);
    server.has(GERMAN_CRAWL, gzip(&text));
    for (collection, name) in [("wiki", "wiki.de.vec"), ("crawl", "cc.de.300.vec")] {
        let of = |limit| {
            let run = fetch(folder, &server, &["de", "--collection", collection, "--limit", limit]).ok();
            (run.stdout.ends_with("\tfetched\n"), read(folder, &format!("data/vectors/{name}")))
        };
        assert_eq!(of("100"), (true, first(&text, 100)));
        assert_eq!(of("50"), (false, first(&text, 100)));
        assert_eq!(of("101"), (true, first(&text, 101)));
        assert_eq!(of("600"), (true, text.clone()));
        assert_eq!(of("600"), (false, text.clone()));
    }
    assert_eq!(names(&folder.join("data/vectors")), ["cc.de.300.vec", "wiki.de.vec"]);
    wordferry(folder, &["vectors", "info", "data/vectors/cc.de.300.vec"]).ok();
    // All of them take the place of the first.
    fetch(folder, &server, &["de", "--collection", "crawl"]).ok();
    assert_eq!(names(&folder.join("data/vectors")), ["cc.de.300.vec.gz", "wiki.de.vec"]);
}

#[test]
fn the_last_row_counts_without_a_newline() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(100, 5);
    server.has(GERMAN, text.trim_end());
    server.has(GERMAN_CRAWL, gzip(text.trim_end()));
    for (collection, name) in [("wiki", "wiki.de.vec"), ("crawl", "cc.de.300.vec")] {
        for limit in ["100", "101"] {
            fetch(folder, &server, &["de", "--collection", collection, "--limit", limit]).ok();
            let file = folder.join("data/vectors").join(name);
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "{name} {limit}");
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn the_first_rows_cost_what_they_take() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    // Two million rows of 300 values, which nobody has to make.
    let block = first(&vectors(1000, 300), 1000);
    let block = block.split_once('\n').unwrap().1.as_bytes().to_vec();
    let (wanted, of_wanted) = (60_000, block.len() as u64 * 60);
    server.repeats(GERMAN, "2000000 300\n", block, 2000);
    fetch(folder, &server, &["de", "--limit", &wanted.to_string()]).ok();
    let served = server.served();
    assert!(served as f64 <= 1.1 * of_wanted as f64, "{served} bytes for {of_wanted}");
    let written = fs::metadata(folder.join("data/vectors/wiki.de.vec")).unwrap().len();
    assert_eq!(written, of_wanted + "60000 300\n".len() as u64);
}

#[test]
fn what_was_cut_goes_on() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(20_000, 10);
    server.has(GERMAN, &*text);
    server.has(GERMAN_CRAWL, gzip(&text));
    for (collection, name) in [("wiki", "wiki.de.vec"), ("crawl", "cc.de.300.vec.gz")] {
        let path = folder.join("data/vectors").join(name);
        // Within a run: every question goes on where the one before ended.
        server.served();
        server.does([Fault::Cut(100_000), Fault::Status(503, ""), Fault::Moved, Fault::None]);
        let run = aloud(folder, &server, &["de", "--collection", collection]).ok();
        assert!(run.stderr.contains("found the error 503; asking again in"), "{run:#?}");
        assert!(server.asked()[1..].iter().all(|asked| asked.ends_with("bytes=100000-")));
        let whole = fs::read(&path).unwrap();
        assert_eq!(server.served(), whole.len() as u64);
        fs::remove_file(&path).unwrap();
        // From one run to the next, first rows too.
        server.does([Fault::Cut(50_000)]);
        fetch(folder, &server, &["de", "--collection", collection, "--retries", "0"])
            .failed(1, &["expected", "hint: check the connection and run the command again"]);
        assert!(!path.exists());
        assert!(folder.join(format!("data/vectors/{name}.part")).is_file());
        server.asked();
        fetch(folder, &server, &["de", "--collection", collection]).ok();
        assert!(server.asked()[0].ends_with("bytes=50000-"));
        assert_eq!(fs::read(&path).unwrap(), whole);
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(names(&folder.join("data/vectors")), [""; 0]);
}

#[test]
fn a_file_that_changed_meanwhile_begins_anew() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let (old, new) = (vectors(20_000, 10), vectors(20_000, 9));
    for fault in [Fault::None, Fault::Forgetful] {
        server.has(GERMAN, &*old);
        server.does([Fault::Cut(50_000)]);
        fetch(folder, &server, &["de", "--retries", "0"]).failed(1, &[]);
        server.has(GERMAN, &*new);
        server.does([fault]);
        fetch(folder, &server, &["de"]).ok();
        assert_eq!(read(folder, "data/vectors/wiki.de.vec"), new);
        fs::remove_dir_all(folder.join("data")).unwrap();
    }
    // What arrived whole in a run that was killed need not arrive again.
    server.has(GERMAN, &*old);
    server.does([Fault::Cut(50_000)]);
    fetch(folder, &server, &["de", "--retries", "0"]).failed(1, &[]);
    write(folder, "data/vectors/wiki.de.vec.part", &old);
    server.served();
    fetch(folder, &server, &["de"]).ok();
    assert_eq!((server.served(), read(folder, "data/vectors/wiki.de.vec")), (0, old));
}

#[test]
fn what_goes_wrong_is_told_and_leaves_nothing_under_the_name() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(2000, 10);
    server.has(GERMAN, &*text);
    let broken = text.replacen("word1500 ", "word1500\n", 1);
    let short = vectors(1999, 10).replacen("1999", "2000", 1);
    let silent = || Fault::Silent(Duration::from_secs(3));
    let check = |fault: Fault, content: &str, code, says: &[&str]| {
        server.has(GERMAN, content);
        server.does([fault.clone(), fault]);
        fetch(folder, &server, &["de", "--retries", "1", "--patience", "1"]).failed(code, says);
        assert_eq!(names(&folder.join("data")), ["vectors"]);
        let left = names(&folder.join("data/vectors"));
        assert!(left.iter().all(|name| name.starts_with("wiki.de.vec.part")), "{left:?}");
        // The next run makes up for it.
        server.has(GERMAN, &*text);
        server.does([]);
        fetch(folder, &server, &["de"]).ok();
        assert_eq!(read(folder, "data/vectors/wiki.de.vec"), text);
        fs::remove_dir_all(folder.join("data")).unwrap();
    };
    check(
        Fault::Status(404, ""),
        &text,
        1,
        &["found none that is open to all (404)", "hint: download the file elsewhere"],
    );
    check(Fault::Status(500, ""), &text, 1, &["found the error 500", "hint: try again later"]);
    let busy = Fault::Status(429, "Retry-After: 3600\r\n");
    check(busy, &text, 1, &["found the error 429 and the wish to be left alone for 3600 s"]);
    check(silent(), &text, 1, &["expected an answer from http://", "hint: check the connection"]);
    check(
        Fault::None,
        "<html>nothing here</html>\n",
        3,
        &["the number of words and the dimension", "line 1"],
    );
    check(Fault::None, &broken, 3, &["expected a word and 10 values, found \"word1500\"", "line 1502"]);
    check(Fault::None, &short, 3, &["expected 2000 rows, found 1999"]);
    check(Fault::None, "", 3, &["found \"\""]);
    // A server that asks to be left alone for a moment is, and one that is slow is waited for.
    server.does([Fault::Status(429, "Retry-After: 1\r\n"), Fault::Slow(20_000, Duration::from_millis(300))]);
    let run = aloud(folder, &server, &["de", "--patience", "1"]).ok();
    assert!(run.stderr.contains("asking again in 1 s"), "{run:#?}");
    fs::remove_dir_all(folder.join("data")).unwrap();
    // One that tells a length that is too large is asked for the rest, and owns up.
    server.does([Fault::Longer(50)]);
    fetch(folder, &server, &["de"]).ok();
    assert_eq!(read(folder, "data/vectors/wiki.de.vec"), text);
    // Nobody listens there.
    let nobody = [
        "data",
        "fetch",
        "fr",
        "--into",
        "data",
        "--retries",
        "0",
        "--quiet",
        "--endpoint",
        "http://127.0.0.1:9",
    ];
    wordferry(folder, &nobody).failed(1, &["expected an answer from http://127.0.0.1:9"]);
}

#[test]
fn what_is_not_what_it_was_is_refused() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let place = folder.join("data/vectors/wiki.de.vec");
    for limit in [&[][..], &["--limit", "50"]] {
        let run = |server: &Server| fetch(folder, server, &[&["de"], limit].concat());
        server.has(GERMAN, vectors(100, 3));
        run(&server).ok();
        fs::remove_file(&place).unwrap();
        let run_verify = wordferry(folder, &["data", "verify", "data"]).ok();
        assert_eq!(run_verify.stdout, "vectors/wiki.de.vec\tabsent\n");
        server.has(GERMAN, vectors(100, 3).replacen("0.", "1.", 1));
        run(&server).failed(3, &["expected what vectors/wiki.de.vec was when it was first used", "hint: "]);
        assert_eq!(names(&folder.join("data/vectors")), [""; 0]);
        // And what changes on the disk.
        server.has(GERMAN, vectors(100, 3));
        run(&server).ok();
        let mut bytes = fs::read(&place).unwrap();
        bytes[20] ^= 1;
        fs::write(&place, &bytes).unwrap();
        let verified = wordferry(folder, &["data", "verify", "data"]);
        assert_eq!(verified.stdout, "vectors/wiki.de.vec\tchanged\n");
        verified.failed(3, &["vectors/wiki.de.vec", "another checksum"]);
        bytes.pop();
        fs::write(&place, &bytes).unwrap();
        run(&server).failed(3, &["bytes instead of"]);
        fs::remove_dir_all(folder.join("data")).unwrap();
    }
    fs::create_dir(folder.join("data")).unwrap();
    write(folder, "data/checksums.tsv", "file\tfirst\tbytes\tblake3\nvectors/wiki.de.vec\tall\tmany\tabc\n");
    fetch(folder, &server, &["de"]).failed(3, &["checksums.tsv, line 2"]);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_or_closed_is_told() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    server.has(GERMAN, vectors(100, 3));
    fs::create_dir_all(folder.join("data/vectors")).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join("data/vectors/wiki.de.vec.part")).unwrap();
    fetch(folder, &server, &["de"]).failed(1, &["expected to write", "wiki.de.vec.part", "No space left"]);
    assert!(!folder.join("data/vectors/wiki.de.vec").exists());
    write(folder, "file", "");
    let run = |into| {
        wordferry(folder, &["data", "fetch", "de", "--quiet", "--into", into, "--endpoint", &server.endpoint])
    };
    run("file").failed(1, &["expected to write file"]);
    run("/proc/wordferry").failed(1, &["expected to write /proc/wordferry"]);
}

#[test]
fn a_collection_comes_with_its_lexicons_and_one_failure_stops_no_other() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let languages = wordferry(folder, &["data", "list", "--collection", "aligned", "--json"]).ok().json();
    let languages = languages["languages"].as_array().unwrap();
    let codes: Vec<&str> = languages.iter().map(|language| language["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 44);
    for (i, code) in codes.iter().enumerate().filter(|(_, code)| **code != "sv") {
        server.has(&format!("fasttext/vectors-aligned/wiki.{code}.align.vec"), vectors(10 + i, 3));
    }
    let pairs = languages.iter().flat_map(|language| {
        let others = language["lexicons"].as_array().unwrap().iter();
        others.map(|other| format!("{}-{}", language["code"].as_str().unwrap(), other.as_str().unwrap()))
    });
    let parts = pairs.flat_map(|pair| ["0-5000", "5000-6500"].map(|part| format!("{pair}.{part}.txt")));
    parts.for_each(|name| server.has(&format!("arrival/dictionaries/{name}"), "a b\n"));
    let all = ["--all", "--collection", "aligned", "--lexicons", "--limit", "5", "--jobs", "8"];
    let run = aloud(folder, &server, &all);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("failed vectors/wiki.sv.align.vec: expected a file at"), "{run:#?}");
    assert!(run.stdout.contains("vectors/wiki.sv.align.vec\t\tfailed\n"), "{run:#?}");
    // Among 44 languages with English, and of five with each other; Japanese is not aligned.
    assert_eq!(run.stdout.lines().count(), 44 + 2 * (2 * 43 + 5 * 4));
    assert_eq!(names(&folder.join("data/lexicons")).len(), 2 * (2 * 43 + 5 * 4));
    server.asked();
    let run = fetch(folder, &server, &[&all[..], &["--json"]].concat());
    assert_eq!(run.code, 1);
    assert_eq!(server.asked().len(), 1);
    let files = run.json()["files"].as_array().unwrap().clone();
    let failed: Vec<_> = files.iter().filter(|file| file["status"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["file"], "vectors/wiki.sv.align.vec");
    let two = fetch(folder, &server, &["sv", "fi", "--retries", "0"]);
    two.failed(1, &["expected 2 files, found 2 that could not be had", "hint: run the command again"]);
}

#[test]
fn a_file_of_ones_own_takes_its_place() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let run =
        |arguments: &[&str]| wordferry(folder, &[&["data", "import", "--into", "data"], arguments].concat());
    write(folder, "mine.vec.gz", gzip(&vectors(30, 3)));
    run(&["mine.vec.gz", "--language", "de", "--as", "wiki"]).ok();
    assert!(fetch(folder, &server, &["de", "--limit", "20"]).ok().stdout.contains("vectors/wiki.de.vec.gz"));
    assert_eq!(server.asked(), [""; 0]);
    run(&["mine.vec.gz", "--language", "de", "--as", "wiki"])
        .failed(1, &["expected to write", "wiki.de.vec.gz"]);
    write(folder, "pairs.txt", "hund dog\n");
    write(folder, "de-own.tsv", "Hund\tKatze\t3.0\nHund\tHaus\t1.0\n");
    write(folder, "questions.txt", "a b c d\n");
    write(folder, "novel.txt", "Ein Hund.\n");
    write(folder, "reviews.csv", "text,label\nGut,a\nSchlecht,b\n");
    for (file, role, place) in [
        ("mine.vec.gz", "vectors", "vectors/de.mine.vec.gz"),
        ("pairs.txt", "lexicon", "lexicons/de-en.txt"),
        ("pairs.txt", "train-lexicon", "lexicons/de-en.train.txt"),
        ("de-own.tsv", "similarity", "similarity/de.own.tsv"),
        ("questions.txt", "analogies", "analogies/de.questions.txt"),
        ("novel.txt", "texts", "texts/de.novel.txt"),
        ("reviews.csv", "train-reviews", "reviews/de.train.csv"),
    ] {
        run(&[file, "--language", "de", "--as", role, "--with", "en"]).ok();
        assert_eq!(fs::read(folder.join("data").join(place)).unwrap(), fs::read(folder.join(file)).unwrap());
    }
    wordferry(folder, &["data", "verify", "data"]).ok();
    // What becomes of one's own file is no matter of the data.
    let mut own = fs::OpenOptions::new().append(true).open(folder.join("novel.txt")).unwrap();
    own.write_all(b"Eine Katze.\n").unwrap();
    wordferry(folder, &["data", "verify", "data"]).ok();
    wordferry(folder, &["data", "verify", "nowhere"])
        .failed(1, &["expected checksums.tsv in nowhere", "hint: name the folder"]);
    run(&["pairs.txt", "--language", "fr", "--as", "wiki"]).failed(3, &["pairs.txt"]);
    run(&["pairs.txt", "--language", "fr", "--as", "lexicon"]).failed(2, &["expected --with"]);
    for role in ["wiki", "vectors"] {
        run(&["novel.doc", "--language", "fr", "--as", role]).failed(
            2,
            &["expected a file of vectors whose name ends in .bin, .ftz, .vec", "found novel.doc"],
        );
        run(&["mine.zip", "--language", "fr", "--as", role]).failed(2, &["mine.zip; unpack the archive"]);
    }
    run(&["absent.vec", "--language", "fr", "--as", "wiki"]).failed(1, &["absent.vec"]);
}

#[test]
fn the_catalogue_is_listed_and_unknown_codes_are_told_the_nearest() {
    let world = tempfile::tempdir().unwrap();
    let folder = world.path();
    let list = |arguments: &[&str]| wordferry(folder, &[&["data", "list"], arguments].concat());
    let rows = |arguments: &[&str]| list(arguments).ok().stdout.lines().count() - 1;
    assert_eq!(rows(&[]), 294);
    assert_eq!(rows(&["--collection", "aligned"]), 44);
    assert_eq!(rows(&["--family", "uralic", "--script", "Latn", "--collection", "crawl"]), 3);
    assert_eq!(rows(&["--language", "de,fr"]), 2);
    let german = list(&["--language", "de", "--json"]).ok().json()["languages"][0].clone();
    assert_eq!(german["own_name"], "Deutsch");
    let resource = &german["resources"][0];
    assert_eq!(resource["address"], format!("https://dl.fbaipublicfiles.com/{GERMAN}"));
    assert_eq!(resource["is_estimate"], true);
    let all = ["data", "fetch", "--all", "--limit", "200000", "--dry-run"];
    let run = wordferry(folder, &all).ok();
    assert_eq!(run.stdout.lines().count(), 294);
    assert!(run.stderr.starts_with("294 files of "), "{run:#?}");
    let says = ["expected the code of a language", "found \"german\"", "hint: the nearest are de (German)"];
    list(&["--language", "german"]).failed(2, &says);
    wordferry(folder, &["data", "fetch", "german"]).failed(2, &says);
    let lacking = ["data", "fetch", "aa", "--collection", "crawl"];
    wordferry(folder, &lacking)
        .failed(2, &["expected a language of the collection crawl, found aa (Afar)", "hint: aa is in wiki"]);
}

#[test]
fn lexicons_come_with_english_vectors() {
    let world = tempfile::tempdir().unwrap();
    let listed = |arguments: &[&str]| {
        let dry = ["data", "fetch", "--dry-run", "--limit", "1000"];
        wordferry(world.path(), &[&dry[..], arguments].concat()).ok().stdout
    };
    for languages in [&["de", "fi"][..], &["de", "en", "fi"]] {
        let with = listed(&[languages, &["--lexicons"]].concat());
        assert_eq!(with.matches("/wiki.en.vec\t").count(), 1, "{with}");
        assert_eq!(with.matches(".vec\t").count(), 3, "{with}");
    }
    assert!(!listed(&["de", "fi"]).contains("/wiki.en.vec"));
}

#[test]
fn numbers_that_no_file_and_no_server_needs_are_refused() {
    let world = tempfile::tempdir().unwrap();
    for option in ["--limit", "--patience"] {
        wordferry(world.path(), &["data", "fetch", "mo", "--dry-run", option, &u64::MAX.to_string()])
            .failed(2, &[option]);
    }
}

#[test]
fn the_folder_is_where_it_is_said_to_be() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    server.has(GERMAN, vectors(10, 3));
    let arguments = ["data", "fetch", "de", "--endpoint", &server.endpoint];
    for (variables, place) in [
        (&[("XDG_CACHE_HOME", "c"), ("HOME", "d")][..], "c/wordferry/data"),
        (&[("HOME", "d")], "d/.cache/wordferry/data"),
    ] {
        wordferry_within(folder, &arguments, variables).ok();
        assert!(folder.join(place).join("vectors/wiki.de.vec").is_file(), "{place}");
    }
}
