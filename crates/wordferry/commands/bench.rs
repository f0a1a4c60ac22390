//! `wordferry bench`: vectors of many languages in, what they are worth out.

use std::process::ExitCode;

use super::bench_report;
use crate::failure::Usage;
use crate::options::{BenchArguments, BenchCommand, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &BenchArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Some(BenchCommand::Report(arguments)) => bench_report::run(arguments, shared, printer),
        None => Err(Usage("expected `bench report DIR`".into()).into()),
    }
}
