//! What a user may type after `bench`.

use clap::{Args, Subcommand};

use super::BenchReportArguments;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Show a run's results: a page that needs no network, CSV and JSON
    Report(BenchReportArguments),
}
