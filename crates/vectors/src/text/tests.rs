use std::io::Write;

use crate::{Loader, WordId};

/// Words with their vectors, and repairs, or the error.
fn summary(loader: &Loader, bytes: &[u8]) -> Result<String, String> {
    let embeddings = loader.read(bytes, "a.vec").map_err(|error| error.to_string())?;
    let words = embeddings.vocabulary().iter().map(|(id, _)| {
        let values: Vec<String> = embeddings.row(id).iter().map(f32::to_string).collect();
        format!("{}:{}", embeddings.vocabulary().word(id), values.join(","))
    });
    let words: Vec<String> = words.collect();
    let repairs: Vec<String> = embeddings.repairs().iter().collect();
    Ok(words.join(" ") + &repairs.iter().map(|line| format!("; {line}")).collect::<String>())
}

fn check(text: &str, expected: &str) {
    check_with(&Loader::new(), text.as_bytes(), Ok(expected));
}

fn refused(text: &str, expected: &str) {
    check_with(&Loader::new(), text.as_bytes(), Err(expected));
}

fn check_with(loader: &Loader, bytes: &[u8], expected: Result<&str, &str>) {
    let found = summary(loader, bytes);
    assert_eq!(found.as_deref().map_err(String::as_str), expected, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn text_is_read_with_and_without_a_header() {
    check("2 2\na 1 2\nb 3 4\n", "a:1,2 b:3,4");
    check("2 2\na 1 2\nb 3 4", "a:1,2 b:3,4");
    check("a 1 2\nb 3 4\n", "a:1,2 b:3,4");
    check("a 1 2 \nb 3 4 \n", "a:1,2 b:3,4");
}

#[test]
fn the_awkward_is_put_right_and_counted() {
    check("\u{feff}1 2\na 1 2\n", "a:1,2; a byte-order mark was passed over");
    check("1 2\r\na 1 2\r\n", "a:1,2; 1 × line that ends in CR LF, read as LF");
    check("1\t2\na\t1\t2\n", "a:1,2; 1 × row with tabs, read as spaces");
    check("2 1\na 1\na 2\n", "a:1; 1 × duplicate, left out: the first row of a word is kept");
    check("3 1\na 1\na 2\nb 3\n", "a:1 b:3; 1 × duplicate, left out: the first row of a word is kept");
    check(
        ". . 1 2\nb 3 4\n",
        ". .:1,2 b:3,4; 1 × word with spaces, kept: values were counted from the right",
    );
    check("2 2\na 1 2\n\nb 3 4\n\n", "a:1,2 b:3,4; 2 × empty line, passed over");
    check("1 2\na 0 0\n", "a:0,0; 1 × row of zeros, kept");
    check("1 2\na\u{a0}b 1 2\n", "a\u{a0}b:1,2; 1 × word with a no-break space, kept");
    check_with(
        &Loader::new(),
        b"1 2\n\xff 1 2\n",
        Ok("\u{fffd}:1,2; 1 × word that is not UTF-8, kept as bytes"),
    );
}

#[test]
fn contradictions_are_refused() {
    refused("3 2\na 1 2\nb 3 4\n", "expected 3 rows, as the header says, found 2 (a.vec, line 1)");
    refused("1 2\na 1 2\nb 3 4\n", "expected 1 rows, as the header says, found 2 (a.vec, line 1)");
    refused(
        "2 3\na 1 2\nb 3 4\n",
        "expected rows of 3 values, as the header says, found rows of 2 (a.vec, line 2)",
    );
    refused(
        "2 1\na 1 2\nb 3 4\n",
        "expected rows of 1 values, as the header says, found rows of 2 (a.vec, line 2)",
    );
    refused("3 2\na 1 2\nb 3 4\nc 5\n", "expected 2 values after the word, found 1 (a.vec, line 4)");
    refused("2 2\na 1 2\n\nb 3 x\n", "expected a number, found \"x\" (a.vec, line 4)");
    refused(
        "2 2\na 1 2\nb 3 1e16\n",
        "expected finite values, found NaN, infinity or a value beyond ±1e15 (a.vec, line 3)",
    );
    refused(
        "2 2\na 1 2\nb 3 nan\n",
        "expected finite values, found NaN, infinity or a value beyond ±1e15 (a.vec, line 3)",
    );
    refused("0 100\n", "expected at least one row, found nothing after the header (a.vec, line 1)");
    refused("", "expected word vectors, found an empty file (a.vec)");
    refused("some words\n", "expected word vectors, found \"some words\" (a.vec)");
    refused(
        "18446744073709551616 2\na 1 2\n",
        "expected 18446744073709551615 rows, as the header says, found 1 (a.vec, line 1)",
    );
}

#[test]
fn lenient_reading_repairs_and_counts() {
    let lenient = Loader::new().lenient(true);
    let ok = |text: &str, expected| check_with(&lenient, text.as_bytes(), Ok(expected));
    ok("3 2\na 1 2\nb 3 4\n", "a:1,2 b:3,4; the header declares 3 rows, 2 were found");
    ok("1 2\na 1 2\nb 3 4\n", "a:1,2 b:3,4; the header declares 1 rows, 2 were found");
    ok("2 3\na 1 2\nb 3 4\n", "a:1,2 b:3,4; the header declares 3 values a row, rows have 2");
    ok(
        "3 2\na 1 2\nb nan 4\nc 3 4\n",
        "a:1,2 c:3,4; 1 × row with NaN, infinity or a value beyond ±1e15, left out",
    );
    ok("3 2\na 1 2\nb 4\nc 3 4\n", "a:1,2 c:3,4; 1 × malformed row, left out");
}

#[test]
fn a_limit_ends_the_reading() {
    let two = Loader::new().limit(2);
    check_with(&two, b"4 1\na 1\nb 2\nc x\nd 4\n", Ok("a:1 b:2"));
    check_with(&two, b"a 1\n\nb 2\nc 3\n", Ok("a:1 b:2; 1 × empty line, passed over"));
    check_with(&two, b"1 1\na 1\n", Ok("a:1"));
    check_with(&two, b"1 1\na 1\nb 2\n", Err("expected 1 rows, as the header says, found 2 (a.vec, line 1)"));
}

/// Many blocks, from a file and from streams, come out the same.
#[test]
fn blocks_keep_the_order() {
    let n = 60_000;
    let mut text = format!("{n} 8\n");
    for i in 0..n {
        text += &format!("word{i} {i} 0.25 -{i}.5 1 2 3 4 0.{i}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.vec");
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    let opened = Loader::new().open(&path).unwrap();
    let (_, headerless) = text.split_once('\n').unwrap();
    let compressed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for other in
        [Loader::new().read(headerless.as_bytes(), "b"), Loader::new().read(compressed.as_slice(), "c")]
    {
        let other = other.unwrap();
        assert_eq!(other.space(), opened.space());
        assert_eq!(other.matrix(), opened.matrix());
        assert_eq!(other.vocabulary(), opened.vocabulary());
    }
    assert_eq!(opened.row(WordId(59_999))[..3], [59_999.0, 0.25, -59_999.5]);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let sequential = one_thread.install(|| Loader::new().open(&path)).unwrap();
    assert_eq!(sequential.matrix(), opened.matrix());
    let limited = Loader::new().limit(300).open(&path).unwrap();
    assert_eq!((limited.len(), limited.space()), (300, opened.space()));
    let broken = text.replace("word50000 50000", "word50000 x").replace("word59000 59000", "word59000 y");
    let error = Loader::new().read(broken.as_bytes(), "d").unwrap_err().to_string();
    assert_eq!(error, "expected a number, found \"x\" (d, line 50002)");
}
