//! What `bridge` may be told.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use wordferry::encode::BridgeMethod;

use super::{EncodingArguments, input};

#[derive(Args, Debug)]
pub(crate) struct BridgeArguments {
    /// Word vectors of the language that the encoder does not read, or another transformer or static model: its folder, or its name on
    /// the Hugging Face hub as owner/name@revision
    #[arg(value_name = "FROM", value_parser = input())]
    pub(crate) from: PathBuf,
    /// The encoder to lead to: a transformer or a static model, by its folder or its name on the hub
    #[arg(long, value_name = "ENCODER", value_parser = input())]
    pub(crate) to: PathBuf,
    /// Parallel sentences, or pairs of words: a line has one that FROM reads, a tab, and one that the encoder reads
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) parallel: PathBuf,
    /// words: ridge regression, and a vector of its own for every word of three sentences or more; ridge: without those; procrustes: a
    /// rotation [default: words, or ridge from a folder]
    #[arg(long, value_name = "METHOD", value_parser = method())]
    pub(crate) method: Option<BridgeMethod>,
    /// File to save the bridge in; it is an encoder like any other. One from a folder looks for the folder beside itself
    #[arg(long, short, value_name = "BRIDGE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

fn method() -> impl TypedValueParser<Value = BridgeMethod> {
    let names = PossibleValuesParser::new(BridgeMethod::ALL.map(BridgeMethod::name));
    names.try_map(|name| BridgeMethod::from_name(&name).ok_or("no method"))
}
