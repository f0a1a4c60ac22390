//! What a user may type after `finetune`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::{ColumnArguments, class_and_labels, input};

#[derive(Args, Debug)]
pub(crate) struct FinetuneArguments {
    /// Labelled texts (CSV, TSV, JSON lines, Parquet, fastText lines; .gz and .zst too)
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// Folder of a transformer (config.json, tokenizer.json, model.safetensors), or its name on the Hugging Face hub as
    /// owner/name@revision
    #[arg(long, value_name = "DIR")]
    pub(crate) encoder: PathBuf,
    /// Layers to train, from the last one downwards; 0 trains the classifier alone
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) unfreeze: u16,
    /// Passes through the texts, at most; how many are made, texts held out in turn tell. 0 trains the classifier alone [default: 3 to 10,
    /// the more the fewer the texts]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u16>,
    /// Rate of the last layer; each layer below has the rate above it, divided by 2.6
    #[arg(long, value_name = "R", default_value_t = 3e-4, value_parser = rate)]
    pub(crate) rate: f64,
    /// What the transformer is given before every text: a prompt of its folder by name, or the words [default: the folder's]
    #[arg(long, value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,
    /// Tokens of a text that the transformer looks at [default: the folder's limit]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(2..))]
    pub(crate) max_length: Option<usize>,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    /// Train on all texts and save the model even if nothing says that it is better than chance
    #[arg(long)]
    pub(crate) force: bool,
    /// Go on where a run with the same arguments was cut off (its state is in OUT.state)
    #[arg(long)]
    pub(crate) resume: bool,
    /// File to save the trained layers and the head in
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: PathBuf,
}

fn rate(argument: &str) -> Result<f64, String> {
    let rate = argument.parse().ok().filter(|rate: &f64| *rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "expected a number greater than 0".into())
}
