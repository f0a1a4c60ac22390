use super::*;
use std::io::Cursor;

fn read(name: &str, bytes: &'static [u8]) -> Result<Vec<Row>> {
    Rows::read(Box::new(Cursor::new(bytes)), Path::new(name), &Columns::default())?.collect()
}

fn check(name: &str, bytes: &'static [u8], expected: &[(&str, Option<&str>, u64)]) {
    let expected: Vec<Row> = expected
        .iter()
        .map(|&(text, label, line)| Row {
            text: text.into(),
            label: label.map(Into::into),
            is_utf8: true,
            line,
        })
        .collect();
    assert_eq!(read(name, bytes).unwrap(), expected, "{name}");
}

fn check_error(name: &str, bytes: &'static [u8], expected: &str) {
    let message = read(name, bytes).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn formats() {
    check(
        "a.csv",
        b"text,label\n\"a, \"\"b\"\"\",x\nc,y\n",
        &[("a, \"b\"", Some("x"), 2), ("c", Some("y"), 3)],
    );
    check("a.csv.gz", b"\xef\xbb\xbfid,text\r\n7,a\r\n", &[("a", None, 2)]);
    check("a.tsv", b"label\ttext\nx\t\"a\n", &[("\"a", Some("x"), 2)]);
    check("a", b"{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\"}", &[("a", Some("1"), 1), ("b", None, 3)]);
    check("a.txt", b"__label__x __label__y a\n", &[("a", Some("x __label__y"), 1)]);
    check("a.txt", b"__label__x a b\n__label__y\n", &[("a b", Some("x"), 1), ("", Some("y"), 2)]);
    check("-", b"a\n\nb\r\n", &[("a", None, 1), ("", None, 2), ("b", None, 3)]);
    check("-", b"id,text\n7,a\n", &[("a", None, 2)]);
    check("-", b"label\ttext\nx\ta\n", &[("a", Some("x"), 2)]);
    check("-", b"no text, no table\n", &[("no text, no table", None, 1)]);
    let rows = read("-", b"b\xff\n").unwrap();
    assert!(rows[0].text == "b\u{fffd}" && !rows[0].is_utf8, "{rows:?}");
}

/// A file gives its bytes in other pieces than memory does.
#[test]
fn formats_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Rows::open(&path, &Columns::default()).unwrap().collect::<Result<Vec<Row>>>().unwrap()
    };
    let row = |text: &str, label: &str, line| Row {
        text: text.into(),
        label: Some(label.into()),
        is_utf8: true,
        line,
    };
    assert_eq!(open("a.txt", b"__label__x a b\n"), [row("a b", "x", 1)]);
    assert_eq!(open("a.csv", b"text,label\r\na,x\r\n"), [row("a", "x", 2)]);
    assert_eq!(open("a.jsonl", b"\xef\xbb\xbf  {\"text\":\"a\",\"label\":\"x\"}"), [row("a", "x", 1)]);
}

#[test]
fn errors() {
    check_error(
        "a.csv",
        b"id,body\n1,a\n",
        "expected a column \"text\", found the columns id, body, in a.csv",
    );
    check_error(
        "a.csv",
        b"text,label\na,b\nc\n",
        "expected 2 fields, as in the header, found 1, in a.csv, line 3",
    );
    check_error("a.csv", b"", "found none, in a.csv");
    check_error("a.jsonl", b"{\"text\":\"a\"}\n{\"body\":1}\n", "found the keys body, in a.jsonl, line 2");
    check_error("a.json", b"[{\"text\":\"a\"}]\n", "an object");
    check_error("a.jsonl", b"{\"text\":\"a\"}\n{\n", "expected a JSON object");
}
