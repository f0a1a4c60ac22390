//! What a user may type after `bench report`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct BenchReportArguments {
    /// The folder of a run, finished or not; shares of one run lie in one folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Folder to write leaderboard.html, .csv and .json into [default: DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The folder of another run: say what has changed since
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
}
