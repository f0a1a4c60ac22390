use super::*;
use crate::{Columns, Corpus, LabelMap, Rows};

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Row>> {
    Rows::read(Box::new(io::Cursor::new(bytes.to_vec())), Path::new(name), &Columns::default())?.collect()
}

fn texts(name: &str, bytes: &[u8]) -> Vec<String> {
    read(name, bytes).unwrap().into_iter().map(|row| row.text).collect()
}

/// A message as they come: encoded words, alternatives, an attachment.
const MESSAGE: &str = concat!(
    "Return-Path: <x@y.example>\r\n",
    "From: =?ISO-8859-1?Q?J=FCrgen?= <j@y.example>\r\n",
    "Subject: =?UTF-8?B?R8O8bnN0aWcg8J+YgA==?=\r\n =?UTF-8?Q?_heute?=\r\n",
    "MIME-Version: 1.0\r\n",
    "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n",
    "--a\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n",
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n",
    "--b\r\nContent-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
    "<p>50 =80 f=FCr <a href=3D\"http://win.example/=\r\nx\">Sie</a></p>\r\n--b--\r\n",
    "--a\r\nContent-Type: application/pdf; name=\"Rechnung.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--a--\r\n",
);

#[test]
fn a_message_is_what_people_see_of_it() {
    let expected = "From: Jürgen j@y.example\nSubject: Günstig 😀 heute\n\n50 € für [win.example] Sie\nAttachment: Rechnung.pdf";
    assert_eq!(texts("a.eml", MESSAGE.as_bytes()), [expected]);
}

#[test]
fn plain_messages() {
    let check = |message: &[u8], expected: &str| assert_eq!(texts("a.eml", message), [expected]);
    check(b"Subject: a\n\nb\n\n\nc\n", "Subject: a\n\nb\n\n\nc");
    check(b"From: a@b\n\nhi", "From: a@b\nSubject\n\nhi");
    check(b"Subject: a\nContent-Type: text/plain; charset=nonsense\n\nb\xff", "Subject: a\n\nb\u{fffd}");
    check(
        b"Subject: a\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n8NLJ18XU\n",
        "Subject: a\n\nПривет",
    );
}

const MBOX: &[u8] = b"From a@b Thu Jan  1 00:00:00 1970\nSubject: one\n\nFrom the desk of\n>From c Thu Jan 1 00:00 1970\n\nFrom now on\n\n\
    From c@d Fri Jan  2 00:00:00 1970\nSubject: two\n\nbye\n";

#[test]
fn an_mbox_is_divided_where_messages_begin() {
    let rows = read("mail", MBOX).unwrap();
    let found: Vec<(&str, u64)> = rows.iter().map(|row| (row.text.as_str(), row.line)).collect();
    let one = "Subject: one\n\nFrom the desk of\nFrom c Thu Jan 1 00:00 1970\n\nFrom now on";
    assert_eq!(found, [(one, 2), ("Subject: two\n\nbye", 10)]);
    assert!(texts("a.mbox", b"").is_empty() && texts("a.mbox", b"\n\n").is_empty());
    assert_eq!(texts("a.txt", b"From me to you\n"), ["From me to you"], "no mail");
}

#[test]
fn folders_label_their_messages() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("spam/cur/1:2,S", b"Subject: win\n\nnow");
    write("ham.mbox", MBOX);
    write(".hidden", b"no mail");
    let corpus = Corpus::open(folder.path(), &Columns::default(), &LabelMap::default()).unwrap();
    assert_eq!(corpus.labels(), ["ham", "ham", "spam"]);
    assert_eq!(corpus.texts()[2], "Subject: win\n\nnow");
    write("ham/notes.txt", b"no mail\n");
    let error =
        Corpus::open(folder.path(), &Columns::default(), &LabelMap::default()).unwrap_err().to_string();
    assert!(error.contains("expected an e-mail") && error.contains("notes.txt"), "{error}");
}

#[test]
fn what_is_too_long_is_cut_and_said() {
    let long = [b"Subject: a\n\n".to_vec(), vec![b'x'; LONGEST_MESSAGE as usize + 5]].concat();
    let mbox = [
        b"From a@b Thu Jan  1 00:00:00 1970\n".to_vec(),
        long.clone(),
        b"\n\nFrom b@c Thu Jan  1 00:00:00 1970\nSubject: b\n\nc".to_vec(),
    ];
    for (name, bytes, n) in [("a.eml", long, 1), ("a.mbox", mbox.concat(), 2)] {
        let mut rows =
            Rows::read(Box::new(io::Cursor::new(bytes)), Path::new(name), &Columns::default()).unwrap();
        let read: Vec<String> = rows.by_ref().map(|row| row.unwrap().text).collect();
        assert!(read[0].len() < 2 << 20 && read[0].ends_with("[cut]"), "{name}");
        assert_eq!((read.len(), rows.n_cut()), (n, 1), "{name}");
    }
}

#[test]
fn depth_is_no_danger() {
    let nested = |part: &str| format!("Subject: a\n{}\nhello\n", part.repeat(100_000));
    for part in [
        "Content-Type: message/rfc822\n\n",
        "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n",
        "X-A: b\n",
    ] {
        assert!(texts("a.eml", nested(part).as_bytes())[0].starts_with("Subject: a"), "{part}");
    }
}

/// Every message cut short, and with bytes exchanged.
#[test]
fn damage_is_no_danger() {
    let messages = [MESSAGE.as_bytes(), MBOX];
    for message in messages {
        for end in 0..message.len() {
            let _ = read("a.eml", &message[..end]);
            let _ = read("a.mbox", &message[..end]);
            let mut damaged = message.to_vec();
            damaged[end] = damaged[(end * 7919) % message.len()] ^ (u8::from(end % 2 == 0) * 0x80);
            let _ = read("a.eml", &damaged);
        }
    }
}
