//! What a user may type after `anomalies` and `clusters`.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};

use super::embed::TextColumn;
use super::{EncodingArguments, input};

#[derive(Args, Debug)]
pub(crate) struct AnomaliesArguments {
    /// Texts: CSV, TSV, JSON lines, Parquet, fastText lines, e-mail, or one text a line; - is stdin
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// Word vectors, a transformer or a static model (its folder, or its name on the Hugging Face hub as owner/name@revision), a saved
    /// bridge, or a saved model
    #[arg(long, value_name = "ENCODER", value_parser = input())]
    pub(crate) encoder: PathBuf,
    /// Texts that are normal [default: the texts themselves, of which the strangest are looked for]
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) normal: Option<PathBuf>,
    /// How a text is found to be unlike the normal ones
    #[arg(long, value_enum, default_value_t = AnomalyMethodName::Nearest)]
    pub(crate) method: AnomalyMethodName,
    /// Share of normal texts that may be called anomalous
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub(crate) share: f64,
    #[command(flatten)]
    pub(crate) columns: TextColumn,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AnomalyMethodName {
    /// Far from the five nearest normal texts
    Nearest,
    /// Far from the mean in directions in which normal texts hardly differ
    Mahalanobis,
    /// Far from the mean
    Centre,
}

#[derive(Args, Debug)]
pub(crate) struct ClustersArguments {
    /// Texts: CSV, TSV, JSON lines, Parquet, fastText lines, e-mail, or one text a line; - is stdin
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// What texts are read by: `latent` (what n-grams have in common, learned from the texts), word vectors, a transformer or a
    /// static model (its folder, or its name on the Hugging Face hub as owner/name@revision), a saved bridge, or a saved model
    #[arg(long, value_name = "ENCODER", default_value = "latent", value_parser = input())]
    pub(crate) encoder: PathBuf,
    /// Clusters to find
    #[arg(short, value_name = "N", default_value_t = 8, value_parser = RangedU64ValueParser::<usize>::new().range(2..))]
    pub(crate) k: usize,
    /// Words to tell a cluster by
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) words: usize,
    /// Texts to show of a cluster, those nearest to its centre
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) examples: usize,
    /// CSV file to write the number of every text's cluster in [default: none]
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: TextColumn,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

fn share(argument: &str) -> Result<f64, String> {
    let share = argument.parse().ok().filter(|share| (0.0..1.0).contains(share) && *share > 0.0);
    share.ok_or_else(|| "expected a share between 0 and 1".into())
}
