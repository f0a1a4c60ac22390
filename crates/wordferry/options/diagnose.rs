//! What a user may type after `diagnose`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct DiagnoseArguments {
    /// The experiment, a TOML file as for `transfer`; `labelled` texts of a target are what the verdict is measured on
    #[arg(value_name = "EXPERIMENT.toml")]
    pub(crate) experiment: PathBuf,
    /// Folder to write diagnosis.json and the learning curves, LANG.curve.svg, into
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
