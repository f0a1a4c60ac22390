//! What a user may type to align languages.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use wordferry::vectors::normalise::Step;

use super::{ReadingArguments, input};

#[derive(Args, Debug)]
pub(crate) struct AlignArguments {
    /// Word vectors of the language that the lexicon names first
    #[arg(long, value_name = "FILE", value_parser = input(), required_unless_present = "language", requires = "target")]
    pub(crate) source: Option<PathBuf>,
    /// Word vectors of the other language
    #[arg(long, value_name = "FILE", value_parser = input(), requires = "source")]
    pub(crate) target: Option<PathBuf>,
    /// A language and its word vectors, as in `de=wiki.de.vec`, instead of --source and --target; three or more are brought into one
    /// space
    #[arg(long, value_name = "LANG=FILE", value_parser = named_file, conflicts_with = "source")]
    pub(crate) language: Vec<(String, PathBuf)>,
    /// The language that the others are brought to, whose words lexicons name first [default: the first]
    #[arg(long, value_name = "LANG", requires = "language")]
    pub(crate) hub: Option<String>,
    /// Align by pairs of words: one pair a line, source language first; with --language LANG=FILE, hub first. May be repeated
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) lexicon: Vec<PathBuf>,
    /// Align by the words that both languages spell the same way, beside any lexicon
    #[arg(long)]
    pub(crate) identical: bool,
    /// Align by the numbers that both languages have, beside any lexicon
    #[arg(long)]
    pub(crate) numerals: bool,
    /// Align by frequent words that are spelt nearly alike, beside any lexicon
    #[arg(long)]
    pub(crate) cognates: bool,
    /// Align by nothing but how similar words are to others of their language, beside any lexicon (self-learning only)
    #[arg(long)]
    pub(crate) unsupervised: bool,
    /// How to align
    #[arg(long, value_enum, default_value_t = Method::Auto)]
    pub(crate) method: Method,
    /// Self-learning: the same as --method self-learning
    #[arg(long, conflicts_with = "method")]
    pub(crate) self_learning: bool,
    /// Self-learning looks for translations among the first N words of either side
    #[arg(long, value_name = "N", default_value_t = 10_000,
        value_parser = RangedU64ValueParser::<usize>::new().range(100..))]
    pub(crate) cutoff: usize,
    /// What is done to the vectors first, any of unit, centre and remove-top in order; or iterative: five rounds of unit and centre,
    /// and unit
    #[arg(long, value_name = "STEPS", value_delimiter = ',', default_value = "unit,centre,unit",
        value_parser = steps)]
    pub(crate) normalise: Vec<Steps>,
    /// Keep in the map how near every word is to its neighbours in the other language, which takes a product of all words with all: CSLS
    /// among the same words is faster then
    #[arg(long, conflicts_with = "language")]
    pub(crate) keep_neighbourhoods: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// File to save the map in, as safetensors
    #[arg(long, short, value_name = "MAP")]
    pub(crate) output: PathBuf,
    /// Exit with 4 if the alignment has failed
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Contrastive with a large lexicon, else self-learning; or multistep if it finds more of the words that are held out
    Auto,
    /// The rotation that brings the pairs closest together; the source stays where it is
    Procrustes,
    /// Any linear map
    LeastSquares,
    /// The same, shrunk
    Ridge,
    /// Canonical correlation analysis: both sides move
    Cca,
    /// Whiten, rotate, re-weight, de-whiten: both sides move
    Multistep,
    /// Any linear map, fitted to the criterion that translations are found by
    Rcsls,
    /// The same without a direction that grows
    RcslsSpectral,
    /// Procrustes, once more with the translations that it finds
    ProcrustesB,
    /// The multi-step map in rounds, each with the translations that the last one found
    SelfLearning,
    /// The same, then words that are mistaken for translations are driven away
    Contrastive,
    /// All languages are turned onto their mean (generalised Procrustes); with --language
    Generalised,
}

/// Steps of a normalisation by one name.
#[derive(Clone, Debug)]
pub(crate) struct Steps(pub(crate) Vec<Step>);

fn steps(name: &str) -> Result<Steps, String> {
    Ok(Steps(match name.trim() {
        "unit" => vec![Step::Unit],
        "centre" | "center" => vec![Step::Centre],
        "remove-top" => vec![Step::RemoveTop],
        "iterative" => Step::ITERATIVE.to_vec(),
        _ => return Err("expected unit, centre, remove-top or iterative".into()),
    }))
}

/// `LANG=FILE`.
pub(crate) fn named_file(argument: &str) -> Result<(String, PathBuf), String> {
    match argument.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("expected LANG=FILE".into()),
    }
}
