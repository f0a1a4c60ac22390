//! What `distil` may be told.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use wordferry::encode::TokenWeights;

use super::input;

#[derive(Args, Debug)]
pub(crate) struct DistilArguments {
    /// Folder of a transformer, or its name on the Hugging Face hub as owner/name@revision
    #[arg(value_name = "ENCODER")]
    pub(crate) encoder: PathBuf,
    /// Folder to write: model.safetensors, tokenizer.json and config.json, as model2vec lays them out
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Values of a token's vector, by principal components; the transformer's own number at most
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) dimension: usize,
    /// How much a token counts by its place in the vocabulary, which stands for its frequency: sif, zipf (the logarithm) or none
    #[arg(long, value_name = "WEIGHTS", default_value = "sif", value_parser = weights())]
    pub(crate) weights: TokenWeights,
    /// Words that become tokens of their own beside the tokenizer's, one a line, the most frequent first
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) vocabulary: Option<PathBuf>,
}

fn weights() -> impl TypedValueParser<Value = TokenWeights> {
    let names = PossibleValuesParser::new(TokenWeights::ALL.map(TokenWeights::name));
    names.try_map(|name| TokenWeights::from_name(&name).ok_or("no weights"))
}
