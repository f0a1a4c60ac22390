//! What servers say that is easily misunderstood.

use std::fs;
use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::common::{Run, names, read};
use super::server::{Fault, Server};
use super::{GERMAN, GERMAN_CRAWL, aloud, fetch, gzip, vectors};

const MODEL: &str = "fasttext/vectors-crawl/cc.de.300.bin.gz";
const ARCHIVE: &str = "fasttext/vectors-wiki/wiki.de.zip";

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn another_file_is_not_mixed_in() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let (old, new) = (vectors(20_000, 10), vectors(20_000, 9));
    for is_named in [true, false] {
        server.has(GERMAN, &*old);
        server.does([Fault::Cut(50_000)]);
        fetch(folder, &server, &["de", "--retries", "0"]).failed(1, &[]);
        server.has(GERMAN, &*new);
        server.does([Fault::Heedless { is_named }]);
        fetch(folder, &server, &["de"]).ok();
        assert!(read(folder, "data/vectors/wiki.de.vec") == new, "named: {is_named}");
        fs::remove_dir_all(folder.join("data")).unwrap();
    }
}

#[test]
fn a_server_that_cannot_go_on_begins_anew() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(20_000, 10);
    server.has(GERMAN, &*text);
    server.does([Fault::Cut(50_000)]);
    fetch(folder, &server, &["de", "--retries", "0"]).failed(1, &[]);
    server.does([Fault::Status(416, "")]);
    fetch(folder, &server, &["de", "--retries", "0"]).ok();
    assert!(read(folder, "data/vectors/wiki.de.vec") == text);
}

#[test]
fn a_date_will_do_where_there_is_no_tag() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let text = vectors(20_000, 10);
    server.dates();
    server.has(GERMAN, &*text);
    server.does([Fault::Cut(50_000)]);
    fetch(folder, &server, &["de", "--retries", "0"]).failed(1, &[]);
    server.asked();
    fetch(folder, &server, &["de"]).ok();
    assert!(server.asked()[0].ends_with("bytes=50000-"));
    assert!(read(folder, "data/vectors/wiki.de.vec") == text);
}

#[test]
fn places_and_pauses_are_understood() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    server.has(GERMAN, vectors(10, 3));
    server.does([
        Fault::Status(302, "Location: wiki.de.vec\r\n"),
        Fault::Status(307, "Location: ../vectors-wiki/./wiki.de.vec\r\n"),
        Fault::Status(
            503,
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:39 GMT\r\n",
        ),
    ]);
    let run = aloud(folder, &server, &["de"]).ok();
    assert!(run.stderr.contains("asking again in 2 s"), "{run:#?}");
    server.does([Fault::Status(
        503,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 09:49:37 GMT\r\n",
    )]);
    fetch(folder, &server, &["fr"]).failed(1, &["the wish to be left alone for 3600 s"]);
}

#[test]
fn an_end_that_may_be_a_cut_is_none() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let run = |fault: Fault, arguments: &[&str]| {
        let _ = fs::remove_dir_all(folder.join("data"));
        server.does([fault]);
        fetch(folder, &server, &[arguments, &["--retries", "0"]].concat())
    };
    let text = vectors(2000, 10);
    server.has(GERMAN, &*text);
    server.has(GERMAN_CRAWL, gzip(&text));
    server.has(MODEL, gzip(&text));
    server.has(ARCHIVE, archive(&[("wiki.de.bin", text.as_bytes())]));
    for arguments in [
        &["de"][..],
        &["de", "--collection", "crawl"],
        &["de", "--collection", "crawl", "--subwords"],
        &["de", "--subwords"],
    ] {
        run(Fault::Lengthless(usize::MAX), arguments).ok();
        run(Fault::Chunked(usize::MAX), arguments).ok();
        run(Fault::Chunked(5000), arguments).failed(1, &["hint: check the connection"]);
        let cut: Run = run(Fault::Lengthless(5000), arguments);
        cut.failed(3, &["expected", "found"]);
        assert_eq!(names(&folder.join("data/vectors")), [""; 0], "{arguments:?}");
    }
    let refused = |run: Run| drop(run.failed(1, &["expected a length", "found none"]));
    refused(run(Fault::Lengthless(text.len() - 3), &["de"]));
    server.has("fasttext/vectors-wiki/wiki.en.vec", &*text);
    let lexicons = ["de-en.0-5000", "de-en.5000-6500", "en-de.0-5000", "en-de.5000-6500"];
    for name in lexicons {
        server.has(&format!("arrival/dictionaries/{name}.txt"), "a b\n");
    }
    fetch(folder, &server, &["de"]).ok();
    fetch(folder, &server, &["en"]).ok();
    server.does([Fault::Lengthless(usize::MAX)]);
    refused(fetch(folder, &server, &["de", "--lexicons", "--jobs", "1"]));
}

#[test]
fn a_model_is_taken_out_of_its_archive() {
    let world = tempfile::tempdir().unwrap();
    let (folder, server) = (world.path(), Server::start());
    let (model, text) = (gzip(&vectors(2000, 10)), vectors(10, 3));
    let whole = archive(&[("wiki.de.vec", text.as_bytes()), ("wiki.de.bin", &model)]);
    server.has(ARCHIVE, &*whole);
    let run = || fetch(folder, &server, &["de", "--subwords"]);
    assert_eq!(run().ok().stdout, format!("vectors/wiki.de.bin\t{}\tfetched\n", model.len()));
    assert!(fs::read(folder.join("data/vectors/wiki.de.bin")).unwrap() == model);
    assert_eq!(names(&folder.join("data/vectors")), ["wiki.de.bin"]);
    assert!(run().ok().stdout.ends_with("\tkept\n"));
    assert!(fetch(folder, &server, &["de"]).ok().stdout.starts_with("vectors/wiki.de.bin\t"));
    let mut broken = whole;
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    let two = archive(&[("a.bin", b"a"), ("b.bin", b"b")]);
    for (content, found) in [(broken, ""), (two, "2 of them"), (archive(&[]), "0 of them"), (Vec::new(), "")]
    {
        fs::remove_dir_all(folder.join("data")).unwrap();
        server.has(ARCHIVE, content);
        run().failed(3, &["expected an intact archive with one .bin", found]);
        assert_eq!(names(&folder.join("data/vectors")), [""; 0]);
    }
}
