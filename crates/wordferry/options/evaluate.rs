//! What a user may type after `wordferry evaluate`.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use wordferry::classify::Head;
use wordferry::evaluate::OovPolicy;

use super::{
    ColumnArguments, CombineName, CriterionName, EncodingArguments, ReadingArguments, class_and_labels, input,
};

#[derive(Args, Debug)]
pub(crate) struct EvaluateFewArguments {
    /// Labelled texts: one half is drawn from, the other is tested on
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// What texts are read by, as for `train` [default: lexical]
    #[arg(long, value_name = "ENCODER", value_parser = input())]
    pub(crate) encoder: Vec<PathBuf>,
    /// How several encoders become one classifier
    #[arg(long, value_enum, value_name = "WAY", default_value_t = CombineName::Views)]
    pub(crate) combine: CombineName,
    /// Numbers of labels in all [default: 8,16,32,64,256, those that there are texts for]
    #[arg(long, value_name = "N,…", value_delimiter = ',',
        value_parser = RangedU64ValueParser::<usize>::new().range(2..))]
    pub(crate) sizes: Vec<usize>,
    /// Draws of each number
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) seeds: usize,
    /// Draw labels as they come [default: as many of each class]
    #[arg(long)]
    pub(crate) natural: bool,
    /// The class whose recall is measured, at 0.5 % false positives at most
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
    /// How the classifier is trained
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = super::train::head())]
    pub(crate) head: Head,
    /// File to draw the learning curve in
    #[arg(long, value_name = "SVG")]
    pub(crate) plot: Option<PathBuf>,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateSimilarityArguments {
    /// Test sets: two words and a score a line, separated by tabs, commas or spaces
    #[arg(value_name = "FILE", required = true, value_parser = input())]
    pub(crate) sets: Vec<PathBuf>,
    /// Word vectors, for sets of one language
    #[arg(long, value_name = "FILE", conflicts_with_all = ["map", "source", "target"],
        required_unless_present = "map", value_parser = input())]
    pub(crate) vectors: Option<PathBuf>,
    /// The map that `wordferry align` saved, for sets of two languages
    #[arg(long, value_name = "MAP", requires_all = ["source", "target"], value_parser = input())]
    pub(crate) map: Option<PathBuf>,
    /// Word vectors of the first words' language
    #[arg(long, value_name = "FILE", requires = "map", value_parser = input())]
    pub(crate) source: Option<PathBuf>,
    /// Word vectors of the second words' language
    #[arg(long, value_name = "FILE", requires = "map", value_parser = input())]
    pub(crate) target: Option<PathBuf>,
    /// What becomes of pairs with unknown words
    #[arg(long, value_enum, default_value_t = UnknownWords::Skip)]
    pub(crate) oov: UnknownWords,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownWords {
    /// They do not count
    Skip,
    /// Their cosine counts as 0
    Zero,
    /// Unknown words are composed of their n-grams, where the vectors have some
    Subwords,
}

impl From<UnknownWords> for OovPolicy {
    fn from(unknown: UnknownWords) -> Self {
        match unknown {
            UnknownWords::Skip => OovPolicy::Skip,
            UnknownWords::Zero => OovPolicy::Zero,
            UnknownWords::Subwords => OovPolicy::Subwords,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateAnalogyArguments {
    /// Test sets: four words a line, as in `man king woman queen`; a category begins with `:` or `#`
    #[arg(value_name = "FILE", required = true, value_parser = input())]
    pub(crate) sets: Vec<PathBuf>,
    /// Word vectors; the answer is looked for among all of them that are read
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) vectors: PathBuf,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateClassificationArguments {
    /// A saved model; or a file of predictions: columns label, predicted and probability, such as `wordferry transfer` saves
    #[arg(value_name = "MODEL|PREDICTIONS", value_parser = input())]
    pub(crate) input: PathBuf,
    /// Labelled texts to test a model on (CSV, TSV, JSON lines, Parquet, fastText lines; .gz and .zst too)
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) texts: Option<PathBuf>,
    /// Folder of the encoder that was fine-tuned [default: the folder of its name beside the model]
    #[arg(long, value_name = "DIR", requires = "texts")]
    pub(crate) encoder: Option<PathBuf>,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", requires = "texts", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    /// The class that is to be found, which false positives are of [default: the one that the model was trained to find, or the second
    /// of two]
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
    /// File to draw the reliability diagram in: how often the model is right, by how sure it is
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateRetrievalArguments {
    /// Sentences of the source language, one a line
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) source_texts: PathBuf,
    /// Their translations, line by line
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) target_texts: PathBuf,
    /// Word vectors of the source language
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) source: PathBuf,
    /// Word vectors of the target language
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) target: PathBuf,
    /// The map that `wordferry align` saved; it serves both directions
    #[arg(long, value_name = "MAP", value_parser = input())]
    pub(crate) map: PathBuf,
    /// How candidates are scored
    #[arg(long, value_enum, default_value_t = CriterionName::Csls)]
    pub(crate) criterion: CriterionName,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}
