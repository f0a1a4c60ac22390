//! An error in, two lines and an exit code out.

use std::process::ExitCode;

use wordferry::{align, benchmark, classify, encode, evaluate, transfer, vectors};

use crate::printer::Printer;
use crate::{fetch, hub};

/// It failed.
const FAILED: u8 = 1;
/// Wrong usage.
const USAGE: u8 = 2;
/// The data is invalid.
const INVALID_DATA: u8 = 3;
/// A quality gate failed.
pub(crate) const GATE: u8 = 4;

/// Something that the user typed and that does not fit together.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Says what happened and what to do, and gives the exit code.
pub(crate) fn explain(error: &anyhow::Error, printer: &Printer) -> ExitCode {
    let (code, hint) = classified(error);
    printer.error(&format!("error: {error}"));
    if let Some(hint) = hint {
        printer.error(&format!("hint: {hint}"));
    }
    ExitCode::from(code)
}

/// Whether the data is at fault.
pub(crate) fn is_invalid_data(error: &anyhow::Error) -> bool {
    classified(error).0 == INVALID_DATA
}

fn classified(error: &anyhow::Error) -> (u8, Option<String>) {
    let hinted = |code: u8, hint: Option<&str>| (code, hint.map(String::from));
    if error.is::<Usage>() {
        return (USAGE, Some("see --help".into()));
    }
    if let Some(error) = error.downcast_ref::<hub::Error>() {
        return hinted(if error.is_invalid_data() { INVALID_DATA } else { FAILED }, Some(error.hint()));
    }
    if let Some(error) = error.downcast_ref::<fetch::Error>() {
        return hinted(if error.is_invalid_data() { INVALID_DATA } else { FAILED }, Some(error.hint()));
    }
    if let Some(error) = error.downcast_ref::<benchmark::Error>() {
        return hinted(benchmark_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<evaluate::Error>() {
        return hinted(evaluate_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<transfer::Error>() {
        return hinted(transfer_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<encode::Error>() {
        return hinted(encode_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<classify::Error>() {
        return hinted(classify_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<align::Error>() {
        return hinted(align_code(error), error.hint());
    }
    if let Some(error) = error.downcast_ref::<vectors::Error>() {
        return hinted(vectors_code(error), error.hint());
    }
    (FAILED, None)
}

fn benchmark_code(error: &benchmark::Error) -> u8 {
    match error {
        benchmark::Error::Vectors(error) => vectors_code(error),
        benchmark::Error::UnknownLanguage { .. } | benchmark::Error::NotInCollection { .. } => USAGE,
        _ => INVALID_DATA,
    }
}

fn evaluate_code(error: &evaluate::Error) -> u8 {
    match error {
        evaluate::Error::Vectors(error) => vectors_code(error),
        evaluate::Error::Align(error) => align_code(error),
        evaluate::Error::Transfer(error) => transfer_code(error),
        evaluate::Error::In { source, .. } => evaluate_code(source),
        evaluate::Error::Inconsistent { .. } => USAGE,
        _ => INVALID_DATA,
    }
}

fn transfer_code(error: &transfer::Error) -> u8 {
    match error {
        transfer::Error::Vectors(error) => vectors_code(error),
        transfer::Error::Encode(error) => encode_code(error),
        transfer::Error::Diverged { .. } => FAILED,
        transfer::Error::AnotherRun { .. } => USAGE,
        transfer::Error::Untested { .. } | transfer::Error::NoLabelHeldOut => GATE,
        transfer::Error::Classify(error) => classify_code(error),
        _ => INVALID_DATA,
    }
}

fn classify_code(error: &classify::Error) -> u8 {
    match error {
        classify::Error::Vectors(error) => vectors_code(error),
        classify::Error::Training { .. } | classify::Error::Decomposition { .. } => FAILED,
        classify::Error::NoBetterThanChance { .. } => GATE,
        classify::Error::TooFewTasks { .. } => USAGE,
        _ => INVALID_DATA,
    }
}

fn encode_code(error: &encode::Error) -> u8 {
    match error {
        encode::Error::Vectors(error) => vectors_code(error),
        encode::Error::Model { .. }
        | encode::Error::NotFinite
        | encode::Error::Parallel { .. }
        | encode::Error::TooFewPairs { .. } => INVALID_DATA,
        _ => FAILED,
    }
}

fn align_code(error: &align::Error) -> u8 {
    match error {
        align::Error::Vectors(error) => vectors_code(error),
        align::Error::Decomposition { .. } => FAILED,
        _ => INVALID_DATA,
    }
}

fn vectors_code(error: &vectors::Error) -> u8 {
    match error.is_invalid_data() || matches!(error, vectors::Error::Mismatch { .. }) {
        true => INVALID_DATA,
        false => FAILED,
    }
}
