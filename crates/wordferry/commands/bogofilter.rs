//! `wordferry predict --bogofilter-exit`: one message in, an exit code out, as mail programs know them of bogofilter.

use std::io::{Cursor, Read};
use std::path::Path;
use std::process::ExitCode;

use wordferry::classify::Answer;
use wordferry::transfer::{Columns, Rows};
use wordferry::vectors::open_decompressed;

use super::reader::Reader;
use crate::failure::{self, Usage};
use crate::options::{PredictArguments, Shared};
use crate::printer::Printer;

const SPAM: u8 = 0;
const HAM: u8 = 1;
const UNSURE: u8 = 2;
const ERROR: u8 = 3;

/// Headers of which every e-mail has one.
const HEADERS: [&[u8]; 6] = [b"from", b"to", b"subject", b"date", b"received", b"message-id"];
const MOST_HEADERS: usize = 1000;

/// The class that is spam.
const CLASS: &str = "spam";

pub(super) fn run(arguments: &PredictArguments, shared: &Shared, printer: &Printer) -> ExitCode {
    let decided = decide(arguments, shared, printer);
    decided.map_or_else(
        |error| {
            failure::explain(&error, printer);
            ExitCode::from(ERROR)
        },
        ExitCode::from,
    )
}

/// As the model decides, if it keeps a promise, else spam if that is the more probable; unsure of a message that holds nothing known.
fn decide(arguments: &PredictArguments, shared: &Shared, printer: &Printer) -> anyhow::Result<u8> {
    let model = Reader::open(&arguments.model, arguments.encoder.as_deref(), shared, printer)?;
    let spam =
        model.classes().iter().position(|class| class.eq_ignore_ascii_case(CLASS)).ok_or_else(|| {
            let classes = model.classes().join(", ");
            Usage(format!(
                "expected a model with a class \"spam\" with --bogofilter-exit, found the classes {classes}"
            ))
        })?;
    let text = message(&arguments.texts)?;
    if !model.knows(&text) {
        return Ok(UNSURE);
    }
    let mut replies = model.replies(&[&text])?;
    let reply = replies.remove(0);
    Ok(match reply.decision.unwrap_or(Answer::Label(reply.prediction.class)) {
        Answer::Label(class) if class == spam => SPAM,
        Answer::Label(_) => HAM,
        Answer::Unsure => UNSURE,
    })
}

/// Whether a message begins with a header that mail has, or with the line that mailboxes put before it.
fn is_mail(bytes: &[u8]) -> bool {
    let lines = bytes.split(|&byte| byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let names = lines.filter_map(|line| line.split(|&byte| byte == b':').next());
    bytes.starts_with(b"From ")
        || names.take(MOST_HEADERS).any(|name| HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// A file as one message: e-mail if it begins as such, else the whole of it as it is.
fn message(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let read = open_decompressed(path)?.read_to_end(&mut bytes);
    read.map_err(|error| wordferry::vectors::Error::reading(path, error))?;
    if !is_mail(&bytes) {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let name = path.with_extension("eml");
    let mut rows = Rows::read(Box::new(Cursor::new(bytes)), &name, &Columns::default())?;
    Ok(rows.next().transpose()?.map(|row| row.text).unwrap_or_default())
}
