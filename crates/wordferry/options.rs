//! What a user may type.

mod align;
mod bench;
mod bench_report;
mod bridge;
mod data;
mod diagnose;
mod distil;
mod embed;
mod evaluate;
mod finetune;
mod life;
mod multitask;
mod predict;
mod train;
mod unsupervised;

use std::path::PathBuf;

use clap::builder::styling::Styles;
use clap::builder::{PathBufValueParser, RangedU64ValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use wordferry::encode::{DeviceChoice, Engine};
use wordferry::vectors::{Precision, Target};

pub(crate) use align::{AlignArguments, Method};
pub(crate) use bench::{BenchArguments, BenchCommand, BenchRunArguments, MockSize, Tasks};
pub(crate) use bench_report::BenchReportArguments;
pub(crate) use bridge::BridgeArguments;
pub(crate) use data::{
    DataCommand, DataFetchArguments, DataImportArguments, DataListArguments, DataVerifyArguments, Role,
};
pub(crate) use diagnose::DiagnoseArguments;
pub(crate) use distil::DistilArguments;
pub(crate) use embed::{EmbedArguments, EncodingArguments, TextColumn};
pub(crate) use evaluate::{
    EvaluateAnalogyArguments, EvaluateClassificationArguments, EvaluateFewArguments,
    EvaluateRetrievalArguments, EvaluateSimilarityArguments,
};
pub(crate) use finetune::FinetuneArguments;
pub(crate) use life::{ExplainArguments, LabelArguments, ReviseArguments};
pub(crate) use multitask::MultitaskArguments;
pub(crate) use predict::PredictArguments;
pub(crate) use train::{CombineName, TrainArguments};
pub(crate) use unsupervised::{AnomaliesArguments, AnomalyMethodName, ClustersArguments};

/// Carries a text classifier from one language to another.
#[derive(Debug, Parser)]
#[command(version, styles = Styles::plain(), disable_help_subcommand = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 it failed, 2 wrong usage, 3 the data is invalid, 4 a quality gate failed."
)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Shared {
    /// Print one JSON object (predict, anomalies: a JSON line a text)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Seed of everything random [default: 42, or the experiment file's]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to compute with; results do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) threads: Option<u16>,
    /// Where transformers are computed: auto, cpu, cuda, cuda:N or metal [default: auto]
    #[arg(long, global = true, value_name = "DEVICE")]
    pub(crate) device: Option<DeviceChoice>,
    /// What computes transformers: own, candle or rust-bert [default: own on the processor, candle on a GPU]
    #[arg(long, global = true, value_name = "ENGINE")]
    pub(crate) engine: Option<Engine>,
    /// Open no connection: models that are named as on the Hugging Face hub (owner/name) are looked for in the cache alone
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole journey: load, align, train, carry over, test, report, save
    Transfer(Box<TransferArguments>),
    /// Whether to transfer: measures, learning curves and a verdict
    Diagnose(DiagnoseArguments),
    /// Bring the vectors of two languages into one space, and save the map
    Align(AlignArguments),
    /// The nearest words in the other language, through a saved map
    Translate(TranslateArguments),
    /// Put a saved map to use
    #[command(subcommand)]
    Map(MapCommand),
    /// Train a classifier on labelled texts, and save it
    Train(Box<TrainArguments>),
    /// Train a classifier for each of several tasks or languages, which gain from each other
    Multitask(Box<MultitaskArguments>),
    /// Train the last layers of a transformer on labelled texts
    Finetune(FinetuneArguments),
    /// Classify texts with a saved model
    Predict(PredictArguments),
    /// What each token of a text adds to the score of its class
    Explain(ExplainArguments),
    /// Learn more examples
    Update(ReviseArguments),
    /// Unlearn examples: the model becomes the one that never saw them
    Forget(ReviseArguments),
    /// Ask for the labels that teach most, one key each; safe to stop and to go on
    Label(LabelArguments),
    /// Turn texts into rows of features, by word vectors, a static model or a transformer
    Embed(Box<EmbedArguments>),
    /// Make a static model of a transformer: a vector for every token, far faster
    Distil(DistilArguments),
    /// Carry word vectors into the space of a sentence encoder, by parallel sentences
    Bridge(Box<BridgeArguments>),
    /// Find the texts that are unlike the normal ones, without a label
    Anomalies(Box<AnomaliesArguments>),
    /// Divide texts into groups that are alike, each with its most telling words
    Clusters(Box<ClustersArguments>),
    /// Measure the vectors of many languages, and show what they are worth
    Bench(Box<BenchArguments>),
    /// Look into a file of word vectors
    #[command(subcommand)]
    Vectors(VectorsCommand),
    /// Measure the quality of a part
    #[command(subcommand)]
    Evaluate(EvaluateCommand),
    /// What fastText has for 294 languages: a list, and a folder to keep it in
    #[command(subcommand)]
    Data(DataCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum VectorsCommand {
    /// Format, size, memory, and every problem of a file of vectors
    Info(InfoArguments),
    /// Write vectors in another format
    Convert(ConvertArguments),
    /// The words nearest to a word, by cosine
    Neighbours(NeighboursArguments),
    /// What is to C as B is to A
    Analogy(AnalogyArguments),
}

#[derive(Args, Debug)]
pub(crate) struct InfoArguments {
    /// Word vectors
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) file: PathBuf,
    /// Look at the first N vectors only [default: all]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) limit: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct ConvertArguments {
    /// Word vectors
    #[arg(value_name = "IN", value_parser = input())]
    pub(crate) input: PathBuf,
    /// File to write; its extension tells the format: .safetensors (a store, opened at once), .vec, .bin (word2vec), .fifu
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Format to write, whatever the extension: safetensors, vec, word2vec, fasttext or fifu
    #[arg(long, value_name = "FORMAT")]
    pub(crate) to: Option<Target>,
    /// What a store keeps a value as: f32, f16 or i8 [default: f32]
    #[arg(long, value_name = "TYPE")]
    pub(crate) dtype: Option<Precision>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Args, Debug)]
pub(crate) struct NeighboursArguments {
    /// Word vectors
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) file: PathBuf,
    /// Words; those that were never seen in training too, where the vectors have subwords
    #[arg(value_name = "WORD", required = true)]
    pub(crate) words: Vec<String>,
    /// How candidates are scored
    #[arg(long, value_enum, default_value_t = Similarity::Cosine)]
    pub(crate) criterion: Similarity,
    #[command(flatten)]
    pub(crate) answer: AnswerArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Similarity {
    /// Cosine
    Cosine,
}

#[derive(Args, Debug)]
pub(crate) struct AnalogyArguments {
    /// Word vectors
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) file: PathBuf,
    /// Three words, as in `man king woman`
    #[arg(value_names = ["A", "B", "C"], num_args = 3, required = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) answer: AnswerArguments,
}

#[derive(Args, Debug)]
pub(crate) struct AnswerArguments {
    /// Answers to give
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) k: u32,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvaluateCommand {
    /// How often a word's translation is among its nearest words in the other language
    Lexicon(EvaluateLexiconArguments),
    /// How well a classifier does with few labels, by their number
    Few(Box<EvaluateFewArguments>),
    /// How far cosines agree with what people think of pairs of words
    Similarity(EvaluateSimilarityArguments),
    /// How often what is to C as B is to A is found
    Analogy(EvaluateAnalogyArguments),
    /// How well a classifier does, and how far its probabilities and decisions can be trusted
    Classification(EvaluateClassificationArguments),
    /// How often a sentence's translation is the nearest sentence in the other language
    Retrieval(EvaluateRetrievalArguments),
}

#[derive(Args, Debug)]
pub(crate) struct TransferArguments {
    /// The experiment, a TOML file; or use the flags below for one pair of languages
    #[arg(value_name = "EXPERIMENT.toml", conflicts_with_all = [
        "from", "to", "from_vectors", "to_vectors", "lexicon", "identical", "unsupervised", "map", "train", "source_test", "test",
        "unlabelled", "labels", "text_column", "label_column", "pooling", "strategy", "limit", "lenient",
    ], required_unless_present = "from")]
    pub(crate) experiment: Option<PathBuf>,
    /// Language that has labels
    #[arg(long, value_name = "LANG", requires_all = ["to", "from_vectors", "to_vectors", "train"])]
    pub(crate) from: Option<String>,
    /// Language to carry the classifier to
    #[arg(long, value_name = "LANG", requires = "from")]
    pub(crate) to: Option<String>,
    /// Word vectors of the language that has labels
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) from_vectors: Option<PathBuf>,
    /// Word vectors of the other language
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) to_vectors: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) seeds: SeedArguments,
    /// Align by a map that `wordferry align` saved
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lexicon", "identical", "unsupervised"], requires = "from",
        value_parser = input())]
    pub(crate) map: Option<PathBuf>,
    /// Labelled texts to train on (CSV, TSV, JSON lines, Parquet, fastText lines; .gz and .zst too)
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) train: Option<PathBuf>,
    /// Labelled texts of the same language to test on
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) source_test: Option<PathBuf>,
    /// Labelled texts of the other language to test on
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) test: Option<PathBuf>,
    /// Unlabelled texts of the other language, which most strategies can learn from
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) unlabelled: Option<PathBuf>,
    /// A few labelled texts of the other language, for the strategies `joint` and `student`
    #[arg(long, value_name = "FILE", requires = "from", value_parser = input())]
    pub(crate) labelled: Option<PathBuf>,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", requires = "from", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    /// How word vectors become a text's: centred-sif, mean, sif, usif, mean-max or tf-idf [default: centred-sif]
    #[arg(long, value_name = "POOLING", requires = "from")]
    pub(crate) pooling: Option<String>,
    /// How the classifier is carried over: auto, zero-shot (pooled vectors), centred, coral, importance, lexical-carry (words read as the
    /// source's), label-shift, joint (with --labelled) or student (which learns from unlabelled texts) [default: auto]
    #[arg(long, value_name = "STRATEGY", requires = "from")]
    pub(crate) strategy: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Folder to save models, predictions and report in [default: the experiment's; nothing is saved without one]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 4 if an alignment has failed
    #[arg(long)]
    pub(crate) strict: bool,
}

/// What to align by.
#[derive(Args, Debug)]
#[group(id = "seeds", multiple = false)]
pub(crate) struct SeedArguments {
    /// Align by pairs of words: one pair a line, source language first
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) lexicon: Option<PathBuf>,
    /// Align by the words that both languages spell the same way
    #[arg(long)]
    pub(crate) identical: bool,
    /// Align by nothing but the vectors
    #[arg(long)]
    pub(crate) unsupervised: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ColumnArguments {
    /// Column, or JSON key, of the texts [default: text]
    #[arg(long, value_name = "NAME")]
    pub(crate) text_column: Option<String>,
    /// Column, or JSON key, of the labels [default: label]
    #[arg(long, value_name = "NAME")]
    pub(crate) label_column: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ReadingArguments {
    /// Read only the first N vectors of each file [default: all]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) limit: Option<usize>,
    /// Repair what can be repaired in vectors files and say so, instead of refusing them
    #[arg(long)]
    pub(crate) lenient: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// Carry vectors of either side into the shared space, and write them in any format
    Apply(MapApplyArguments),
    /// Exchange the sides of a map
    Invert(MapInvertArguments),
    /// Join maps that share a language: all their languages in one space
    Compose(MapComposeArguments),
}

#[derive(Args, Debug)]
pub(crate) struct MapApplyArguments {
    /// The map that `wordferry align` saved
    #[arg(value_name = "MAP", value_parser = input())]
    pub(crate) map: PathBuf,
    #[command(flatten)]
    pub(crate) files: ConvertArguments,
}

#[derive(Args, Debug)]
pub(crate) struct MapInvertArguments {
    /// The map that `wordferry align` saved
    #[arg(value_name = "MAP", value_parser = input())]
    pub(crate) map: PathBuf,
    /// File to save the map in whose source is the other's target
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct MapComposeArguments {
    /// Maps that `wordferry align` saved, which have one language in common
    #[arg(value_name = "MAP", required = true, num_args = 2.., value_parser = input())]
    pub(crate) maps: Vec<PathBuf>,
    /// File to save the map of all languages in
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct TranslateArguments {
    /// The map that `wordferry align` saved; it serves both directions
    #[arg(value_name = "MAP", value_parser = input())]
    pub(crate) map: PathBuf,
    /// Words; those that were never seen in training too, where the vectors have subwords
    #[arg(value_name = "WORD", required = true)]
    pub(crate) words: Vec<String>,
    /// Word vectors of the words' language
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) source: PathBuf,
    /// Word vectors of the language to translate into
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) target: PathBuf,
    /// Translations to give
    #[arg(short, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) k: u32,
    /// How candidates are scored
    #[arg(long, value_enum, default_value_t = CriterionName::Csls)]
    pub(crate) criterion: CriterionName,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateLexiconArguments {
    /// Word vectors of the lexicon's first language
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) source: PathBuf,
    /// Word vectors of its second language
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) target: PathBuf,
    /// The map that `wordferry align` saved; it serves both directions
    #[arg(long, value_name = "MAP", value_parser = input())]
    pub(crate) map: PathBuf,
    /// Pairs of words to test with: one pair a line
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) lexicon: PathBuf,
    /// How candidates are scored
    #[arg(long, value_enum, default_value_t = CriterionName::Csls)]
    pub(crate) criterion: CriterionName,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CriterionName {
    /// Cosine
    Cosine,
    /// Inverted softmax: the probability that the candidate translates back, β = 30
    InvertedSoftmax,
    /// Cross-domain similarity local scaling with 10 neighbours
    Csls,
    /// The cosine divided by the mean of both sides' mean cosines to 10 neighbours
    Margin,
}

/// A file to read; `-` is stdin.
fn input() -> impl TypedValueParser<Value = PathBuf> {
    let is_stdin = |path: &PathBuf| cfg!(unix) && path.as_os_str() == "-";
    PathBufValueParser::new().map(move |path| if is_stdin(&path) { "/dev/stdin".into() } else { path })
}

fn class_and_labels(argument: &str) -> Result<(String, Vec<String>), String> {
    let (class, labels) = argument.split_once('=').ok_or("expected CLASS=LABEL,LABEL")?;
    let labels: Vec<String> = labels.split(',').map(|label| label.trim().to_string()).collect();
    match class.trim().is_empty() || labels.iter().any(String::is_empty) {
        true => Err("expected CLASS=LABEL,LABEL".into()),
        false => Ok((class.trim().to_string(), labels)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn options_are_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn classes() {
        let check = |argument: &str, expected: Option<(&str, &[&str])>| {
            let expected = expected.map(|(class, labels)| {
                (class.to_string(), labels.iter().map(|label| label.to_string()).collect())
            });
            assert_eq!(class_and_labels(argument).ok(), expected, "{argument}");
        };
        check("negative=1,2", Some(("negative", &["1", "2"])));
        check("a = b ", Some(("a", &["b"])));
        check("a", None);
        check("=1", None);
        check("a=1,,2", None);
    }
}
