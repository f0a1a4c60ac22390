//! What can go wrong between a file of labelled texts and a prediction.

use std::path::PathBuf;

/// Why texts could not be read, or a model not be trained, carried over or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of vectors or a saved model was at fault.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// An encoder was at fault.
    #[error(transparent)]
    Encode(#[from] wordferry_encode::Error),
    /// A classifier was at fault.
    #[error(transparent)]
    Classify(#[from] wordferry_classify::Error),
    /// A file of texts lacks a column.
    #[error("expected a column {expected:?}, found the columns {}, in {path}", found.join(", "), path = path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column that was asked for.
        expected: String,
        /// The columns that there are.
        found: Vec<String>,
    },
    /// A column of a Parquet file holds something else than it should.
    #[error("expected {expected} in the column {column:?}, found {found}, in {path}", path = path.display())]
    WrongColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it should hold.
        expected: String,
        /// The type that it has.
        found: String,
    },
    /// A Parquet file is damaged, or uses a part of the format that is not read here.
    #[error("expected a Parquet file that can be read here, found {found}, in {path}", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// A row of a file of texts cannot be read.
    #[error("expected {expected}, found {found}, in {path}, line {line}", path = path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line, from 1; in a Parquet file the row, from 1.
        line: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A file of texts has no texts.
    #[error("expected {expected}, found none, in {path}", path = path.display())]
    NoTexts {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: String,
    },
    /// No training text has a token that the encoder knows.
    #[error("expected training texts with known words, found none in {n_texts} texts ({n_tokens} tokens)")]
    NothingKnown {
        /// The texts.
        n_texts: usize,
        /// Their tokens.
        n_tokens: u64,
        /// The kind of the encoder.
        kind: &'static str,
    },
    /// Whoever listens to a run's progress ended it.
    #[error("the run was ended by the one who listened to its progress")]
    Stopped,
    /// Tasks that share a text would be tested on texts that the others have learned from.
    #[error("expected tasks with texts of their own, found one in two of them: {text:?}")]
    SharedText {
        /// How the text begins.
        text: String,
    },
    /// Features that have units of their own cannot be centred and scaled.
    #[error(
        "expected an encoder of dense rows, which unlabelled texts can centre, found one of the kind {kind:?}"
    )]
    NotCentred {
        /// The kind.
        kind: &'static str,
    },
    /// A class that was named is none of the model's.
    #[error("expected a class of the model ({}), found {found:?}", known.join(", "))]
    UnknownClass {
        /// The class.
        found: String,
        /// The model's classes.
        known: Vec<String>,
    },
    /// A model keeps no texts, so that it can neither learn nor forget.
    #[error("expected a model that keeps the texts that it was trained on, found one without texts")]
    NoTextsKept,
    /// An example that should be forgotten was never learned.
    #[error(
        "expected an example that the model was trained on, found {text:?}{}, in {path}, line {line}",
        label.as_ref().map(|label| format!(" with the label {label:?}")).unwrap_or_default(), path = path.display()
    )]
    NeverSeen {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The text.
        text: String,
        /// Its label, if one was given.
        label: Option<String>,
    },
    /// A class would be left without a text.
    #[error("expected to keep a text of every class or more, found none left of {class:?}")]
    ForgottenClass {
        /// The class.
        class: String,
    },
    /// A class has a single text, which cannot be trained on and held out at once.
    #[error("expected two texts of every class or more, one of them to hold out, found one of {class:?}")]
    SingleText {
        /// The class.
        class: String,
    },
    /// Nothing could be held out, so that nothing is known of how well a model does.
    #[error(
        "expected two texts of every class or more, one of them to hold out, found one of {class:?}: nothing tells whether the model is better than chance"
    )]
    Untested {
        /// The class.
        class: String,
    },
    /// There are too few texts without labels to teach a student by.
    #[error("expected {needed} unlabelled texts or more to teach a student by, found {n}")]
    TooFewToTeach {
        /// The texts.
        n: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A budget of false positives is promised of two classes, and others came to be.
    #[error(
        "expected the classes {} of which a budget of false positives is promised, found {}",
        expected.join(", "), found.join(", ")
    )]
    OtherClasses {
        /// The classes of the model.
        expected: Vec<String>,
        /// Those of the texts.
        found: Vec<String>,
    },
    /// Models of different classes cannot vote.
    #[error(
        "expected models of the same classes, found {} in {path} and {} in {other}",
        expected.join(", "), found.join(", "), path = path.display(), other = other.display()
    )]
    OtherVoter {
        /// The first model's file.
        path: PathBuf,
        /// Its classes.
        expected: Vec<String>,
        /// The other model's file.
        other: PathBuf,
        /// Its classes.
        found: Vec<String>,
    },
    /// Texts with any number of labels need several to choose from.
    #[error(
        "expected texts with two labels or more, found {}",
        if found.is_empty() { "none".into() } else { found.join(", ") }
    )]
    FewerThanTwoLabels {
        /// The labels.
        found: Vec<String>,
    },
    /// A label that tells nothing.
    #[error("expected texts without the label {label:?}, too, found it on all of them")]
    LabelOfAll {
        /// The label.
        label: String,
    },
    /// Every label has a single text with it, or without it.
    #[error(
        "expected a label of several texts, of which some are held out, found none: nothing says what the model is worth"
    )]
    NoLabelHeldOut,
    /// The state of a fine-tuning is not that of the run that is to go on.
    #[error("expected the state of a run with these settings, texts and encoder, found that of another, in {path}", path = path.display())]
    AnotherRun {
        /// The file.
        path: PathBuf,
    },
    /// A fine-tuning went astray.
    #[error("expected a finite loss, found none in epoch {epoch} at the rate {rate}")]
    Diverged {
        /// The epoch.
        epoch: usize,
        /// The rate that it was trained with.
        rate: f64,
    },
    /// A test set has a label that the training set does not have.
    #[error(
        "expected the labels of the training texts ({}), found {found:?}, in {path}, line {line}",
        known.join(", "), path = path.display()
    )]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The line, from 1; in a Parquet file the row, from 1.
        line: u64,
        /// The label.
        found: String,
        /// The labels of the training texts.
        known: Vec<String>,
    },
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::TooFewToTeach { .. } => Some("give more texts, or use the strategy lexical-carry"),
            Error::NotCentred { .. } => Some("use the strategy zero-shot"),
            Error::NoTextsKept => Some(
                "train it again without --no-texts; models of `transfer`, `multitask` and `finetune` keep none",
            ),
            Error::NeverSeen { .. } => Some(
                "texts have to be the same to the letter; leave the label out to forget a text with any label",
            ),
            Error::ForgottenClass { .. } => Some("leave a text of the class, or train a model without it"),
            Error::OtherClasses { .. } => Some("map the labels to its classes with --labels, or train anew"),
            Error::UnknownClass { .. } => Some("name one of the model's classes"),
            Error::OtherVoter { .. } => {
                Some("train them on texts with the same labels, or map these with --labels")
            }
            Error::Vectors(error) => error.hint(),
            Error::Encode(error) => error.hint(),
            Error::Classify(error) => error.hint(),
            Error::MissingColumn { .. } | Error::WrongColumn { .. } => {
                Some("name the columns with --text-column and --label-column (or in the experiment file)")
            }
            Error::Parquet { .. } => Some(
                "export the file again; readable are Snappy, gzip, LZ4, Zstandard and no compression, without encryption",
            ),
            Error::Row { .. } => None,
            Error::NoTexts { .. } => {
                Some("check the file and, if labels are mapped, the mapping of their names")
            }
            Error::NothingKnown { kind: "lexical" | "latent", .. } => Some(
                "n-grams are of words of two letters or more: check the column of texts, and that an encoder of a saved model was trained on texts of this language",
            ),
            Error::NothingKnown { .. } => Some("check that the vectors and the texts are of one language"),
            Error::SingleText { .. } => {
                Some("add texts of this class, or leave it out by naming the other classes with --labels")
            }
            Error::Untested { .. } => Some(
                "add texts of this class, leave it out by naming the other classes with --labels, or keep the model all the same with --force",
            ),
            Error::FewerThanTwoLabels { .. } => Some("train without --multi-label, or check the separator"),
            Error::LabelOfAll { .. } => Some("leave it out by naming the other labels with --labels"),
            Error::SharedText { .. } => Some(
                "leave it out of all tasks but one: what a task is worth is tested on texts that no task has seen",
            ),
            Error::NoLabelHeldOut => Some("label more texts, or keep the model all the same with --force"),
            Error::AnotherRun { .. } => {
                Some("give the same arguments as before, or leave out --resume to begin anew")
            }
            Error::Diverged { .. } => Some("choose a lower rate"),
            Error::Stopped => None,
            Error::UnknownLabel { .. } => Some(
                "use the same names in both files, or map them: `[labels]` in the experiment file, or --labels",
            ),
        }
    }
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
