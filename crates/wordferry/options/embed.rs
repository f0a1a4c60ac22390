//! What `embed` may be told, and how any command that opens an encoder is told how.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use wordferry::encode::{Pooling, Precision};
use wordferry::transfer::FeatureFormat;

use super::{ColumnArguments, ReadingArguments, Shared, input};

#[derive(Args, Debug)]
pub(crate) struct EmbedArguments {
    /// Word vectors, a transformer or a static model (its folder, or its name on the Hugging Face hub as owner/name@revision), a saved
    /// bridge, or a saved model
    #[arg(value_name = "ENCODER", value_parser = input())]
    pub(crate) encoder: PathBuf,
    /// Texts: CSV, TSV, JSON lines, Parquet, fastText lines, or one text a line; - is stdin
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// File to write; its extension tells the format: .npy, .safetensors or .parquet (with the texts)
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Format to write, whatever the extension
    #[arg(long, value_name = "FORMAT", value_parser = feature_format())]
    pub(crate) to: Option<FeatureFormat>,
    #[command(flatten)]
    pub(crate) columns: TextColumn,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

/// The text's column, where labels are of no use.
#[derive(Args, Debug)]
pub(crate) struct TextColumn {
    /// Column, or JSON key, of the texts [default: text]
    #[arg(long, value_name = "NAME")]
    pub(crate) text_column: Option<String>,
}

impl TextColumn {
    pub(crate) fn as_columns(&self) -> ColumnArguments {
        ColumnArguments { text_column: self.text_column.clone(), label_column: None }
    }
}

#[derive(Args, Debug)]
pub(crate) struct EncodingArguments {
    /// How word vectors become a text's; sif, usif and tf-idf learn from the first 20,000 texts [default: centred-sif]
    #[arg(long, value_name = "POOLING", value_parser = pooling())]
    pub(crate) pooling: Option<Pooling>,
    /// Carry word vectors by a map that `wordferry align` saved
    #[arg(long, value_name = "MAP", value_parser = input())]
    pub(crate) map: Option<PathBuf>,
    /// Numbers that a transformer computes with; bf16 and int8 are faster, and a little less exact
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = precision())]
    pub(crate) precision: Precision,
    /// What a transformer is given before every text: a prompt of its folder by name, or the words [default: the folder's]
    #[arg(long, value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,
    /// Tokens of a text that a transformer looks at [default: the folder's limit]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(2..))]
    pub(crate) max_length: Option<usize>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

impl EncodingArguments {
    /// An option that says how the encoder is opened, if one was given.
    pub(crate) fn first_given(&self, shared: &Shared) -> Option<&'static str> {
        let given = [
            ("--pooling", self.pooling.is_some()),
            ("--map", self.map.is_some()),
            ("--precision", self.precision != Precision::default()),
            ("--prompt", self.prompt.is_some()),
            ("--max-length", self.max_length.is_some()),
            ("--limit", self.reading.limit.is_some()),
            ("--lenient", self.reading.lenient),
            ("--device", shared.device.is_some()),
            ("--engine", shared.engine.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }
}

fn feature_format() -> impl TypedValueParser<Value = FeatureFormat> {
    let names = PossibleValuesParser::new(FeatureFormat::ALL.map(FeatureFormat::name));
    names.try_map(|name| FeatureFormat::from_name(&name).ok_or("no format"))
}

fn pooling() -> impl TypedValueParser<Value = Pooling> {
    let names = PossibleValuesParser::new(Pooling::ALL.map(|pooling| pooling.name()));
    names.try_map(|name| Pooling::from_name(&name).ok_or("no pooling"))
}

fn precision() -> impl TypedValueParser<Value = Precision> {
    let names = PossibleValuesParser::new(Precision::ALL.map(Precision::name));
    names.try_map(|name| Precision::from_name(&name).ok_or("no precision"))
}
