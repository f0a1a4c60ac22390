//! What a user may type after `train`.

use std::path::PathBuf;

use clap::builder::{
    NonEmptyStringValueParser, PossibleValuesParser, RangedU64ValueParser, TypedValueParser,
};
use clap::{Args, ValueEnum};
use wordferry::classify::{Combination, Head};
use wordferry::transfer::SEPARATOR;

use super::embed::EncodingArguments;
use super::{ColumnArguments, class_and_labels, input};

#[derive(Args, Debug)]
pub(crate) struct TrainArguments {
    /// Labelled texts (CSV, TSV, JSON lines, Parquet, fastText lines; .gz and .zst too)
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// What texts are read by: `lexical` (n-grams of words and characters, and marks), `latent` (what n-grams have in common, learned from
    /// all texts, best with --unlabelled), word vectors, a transformer or a static model
    /// (its folder, or its name on the Hugging Face hub as owner/name@revision), a saved bridge or model; several are put side by side
    /// [default: lexical]
    #[arg(long, value_name = "ENCODER", value_parser = input())]
    pub(crate) encoder: Vec<PathBuf>,
    /// How several encoders become one classifier
    #[arg(long, value_enum, value_name = "WAY", default_value_t = CombineName::Views)]
    pub(crate) combine: CombineName,
    /// How the classifier is trained
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head())]
    pub(crate) head: Head,
    /// Let every class count as much as its texts [default: all classes count the same]
    #[arg(long)]
    pub(crate) unbalanced: bool,
    /// A text may have any number of labels, divided by SEPARATOR; an empty label is none of them [default SEPARATOR: |]
    #[arg(long, value_name = "SEPARATOR", num_args = 0..=1, require_equals = true, default_missing_value = SEPARATOR,
        value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["few", "max_fpr", "confidence", "suspects", "unbalanced", "combine", "unlabelled", "self_train"])]
    pub(crate) multi_label: Option<String>,
    /// Texts without labels, whose words and n-grams are counted too
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) unlabelled: Option<PathBuf>,
    /// Add a classifier that learns from the first one's surer answers to the texts of --unlabelled, and from the labels. The model keeps no
    /// texts, and is as sure as the first classifier thinks that it is right
    #[arg(long, requires = "unlabelled", conflicts_with_all = ["max_fpr", "confidence", "few"])]
    pub(crate) self_train: bool,
    /// Train on so many texts of every class, drawn by the seed, and test on all others
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..),
        conflicts_with_all = ["max_fpr", "confidence", "suspects"])]
    pub(crate) few: Option<usize>,
    /// Draw so many times, train and test each time, and give means with intervals; the first draw's model is saved
    #[arg(long, value_name = "K", default_value_t = 1, requires = "few",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) draws: usize,
    /// CSV file for texts whose labels are probably wrong, by classifiers that did not see them; the least probable label first
    #[arg(long, value_name = "CSV")]
    pub(crate) suspects: Option<PathBuf>,
    /// Keep no text in the model: `update` and `forget` are then impossible
    #[arg(long)]
    pub(crate) no_texts: bool,
    /// Share of the other class's texts, such as ham, that may be taken for the positive one; `predict` then decides: the positive class, the
    /// other, or unsure
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "confidence")]
    pub(crate) max_fpr: Option<f64>,
    /// The class that --max-fpr is to find [default: spam, if a class is called so]
    #[arg(long, value_name = "CLASS", requires = "max_fpr")]
    pub(crate) positive: Option<String>,
    /// Share of texts for which the classes that `predict` names shall hold the true one; it is unsure where it does not name exactly one
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) confidence: Option<f64>,
    /// Save the model even if nothing says that it is better than chance
    #[arg(long)]
    pub(crate) force: bool,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
    /// File to save the model in
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CombineName {
    /// One classifier on all their features side by side
    Views,
    /// A classifier of each; the mean of their calibrated log-odds
    Average,
    /// A classifier of each; a further one learns from texts held out how much each counts
    Stack,
}

impl CombineName {
    /// How classifiers are combined, where there are several.
    pub(crate) fn combination(self) -> Option<Combination> {
        match self {
            Self::Views => None,
            Self::Average => Some(Combination::Average),
            Self::Stack => Some(Combination::Stack),
        }
    }
}

/// A share of texts that is neither none nor all.
fn share(argument: &str) -> Result<f64, String> {
    let share = argument.parse().ok().filter(|share: &f64| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a number between 0 and 1".into())
}

pub(super) fn head() -> impl TypedValueParser<Value = Head> {
    let names = PossibleValuesParser::new(Head::ALL.map(Head::name));
    names.try_map(|name| Head::from_name(&name).ok_or("no head"))
}
