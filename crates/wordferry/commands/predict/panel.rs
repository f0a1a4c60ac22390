//! A model that answers, or several that vote.

use std::path::Path;

use ndarray::{Array2, Axis};
use wordferry::classify::vote;
use wordferry::transfer::{Error, Reply, Result as TransferResult};

use crate::commands::reader::Reader;
use crate::options::{PredictArguments, Shared};
use crate::printer::Printer;

pub(super) struct Panel {
    first: Reader,
    others: Vec<Voter>,
}

/// A further model, and where the first one's classes are among its own.
struct Voter {
    model: Reader,
    columns: Vec<usize>,
}

impl Panel {
    /// The models that were named.
    ///
    /// # Errors
    /// If one cannot be opened, or is of other classes than the first.
    pub(super) fn open(
        arguments: &PredictArguments,
        shared: &Shared,
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        let first = Reader::open(&arguments.model, arguments.encoder.as_deref(), shared, printer)?;
        let voter = |path: &std::path::PathBuf| {
            printer.progress(&format!("reading {}", path.display()));
            let model = Reader::open(path, None, shared, printer)?;
            let columns = columns(&first, &arguments.model, &model, path)?;
            anyhow::Ok(Voter { model, columns })
        };
        let others: Vec<Voter> = arguments.with.iter().map(voter).collect::<anyhow::Result<_>>()?;
        if !others.is_empty() && (first.decides() || others.iter().any(|other| other.model.decides())) {
            printer
                .note("note: what a model promises of its own answers does not hold of votes: no decisions");
        }
        Ok(Self { first, others })
    }

    /// The names of the classes.
    pub(super) fn classes(&self) -> &[String] {
        self.first.classes()
    }

    /// Whether replies hold decisions.
    pub(super) fn decides(&self) -> bool {
        self.others.is_empty() && self.first.decides()
    }

    /// Whether replies hold sets of classes.
    pub(super) fn names_sets(&self) -> bool {
        self.others.is_empty() && self.first.names_sets()
    }

    /// Batches that wait for their turn while the next one is read.
    pub(super) fn batches_at_once(&self) -> usize {
        let others = self.others.iter().map(|other| other.model.batches_at_once());
        others.fold(self.first.batches_at_once(), usize::min)
    }

    /// What the model says of every text, in order; several say what most of them do.
    pub(super) fn replies(&self, texts: &[&str]) -> TransferResult<Vec<Reply>> {
        if self.others.is_empty() {
            return self.first.replies(texts);
        }
        let mut probabilities: Vec<Array2<f32>> = vec![self.first.probabilities(texts)?];
        for other in &self.others {
            probabilities.push(other.model.probabilities(texts)?.select(Axis(1), &other.columns));
        }
        let reply = |prediction| Reply { prediction, decision: None, set: None };
        Ok(vote(&probabilities).into_iter().map(reply).collect())
    }
}

/// Where the first model's classes are among another's.
fn columns(first: &Reader, path: &Path, other: &Reader, other_path: &Path) -> TransferResult<Vec<usize>> {
    let place = |class: &String| other.classes().iter().position(|own| own == class);
    let columns: Option<Vec<usize>> = first.classes().iter().map(place).collect();
    columns.filter(|columns| columns.len() == other.classes().len()).ok_or_else(|| Error::OtherVoter {
        path: path.into(),
        expected: first.classes().to_vec(),
        other: other_path.into(),
        found: other.classes().to_vec(),
    })
}
