//! What a user may type after `explain`, `update`, `forget` and `label`.

use std::path::PathBuf;

use clap::Args;

use super::{ColumnArguments, class_and_labels, input};

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// A model that `wordferry train` or `wordferry transfer` saved
    #[arg(value_name = "MODEL", value_parser = input())]
    pub(crate) model: PathBuf,
    /// The text; `-`: texts on stdin, one a line or in any format that is read elsewhere
    #[arg(value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// Explain all texts of a file
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) file: Option<PathBuf>,
    /// The class to explain [default: each text's most probable]
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
    #[command(flatten)]
    pub(crate) columns: super::TextColumn,
}

#[derive(Args, Debug)]
pub(crate) struct ReviseArguments {
    /// A model that `wordferry train` saved, with its texts
    #[arg(value_name = "MODEL", value_parser = input())]
    pub(crate) model: PathBuf,
    /// The examples, in any format of texts
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// File to save the new model in
    #[arg(
        long,
        short,
        value_name = "NEW",
        required_unless_present = "in_place",
        conflicts_with = "in_place"
    )]
    pub(crate) output: Option<PathBuf>,
    /// Save the new model even if nothing says that it is better than chance
    #[arg(long)]
    pub(crate) force: bool,
    /// Put the new model in the old one's place
    #[arg(long)]
    pub(crate) in_place: bool,
    /// A class and the labels that mean it, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
}

#[derive(Args, Debug)]
pub(crate) struct LabelArguments {
    /// A model to go on from, which `wordferry train` or `label` saved with its texts
    #[arg(value_name = "MODEL", required_unless_present = "new", conflicts_with = "new", value_parser = input())]
    pub(crate) model: Option<PathBuf>,
    /// Texts without labels, to choose from
    #[arg(value_name = "FILE", required_unless_present = "new", conflicts_with = "new", value_parser = input())]
    pub(crate) texts: Option<PathBuf>,
    /// Begin with no model and no label; the texts to choose from
    #[arg(long, value_name = "FILE", value_parser = input())]
    pub(crate) new: Option<PathBuf>,
    /// The classes of a new model, as in `ham,spam`
    #[arg(long, value_name = "CLASS,…", value_delimiter = ',', requires = "new")]
    pub(crate) classes: Vec<String>,
    /// CSV file that each label is added to as soon as it is given; what is in it is not asked for again [default: FILE.labels.csv]
    #[arg(long, value_name = "CSV")]
    pub(crate) labels_file: Option<PathBuf>,
    /// File to save the model in that learned the labels
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: super::TextColumn,
}
