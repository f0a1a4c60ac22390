//! A saved model of either kind: trained on an encoder's features, or fine-tuned.

use std::path::Path;

use ndarray::Array2;
use wordferry::classify::Thresholds;
use wordferry::encode::{AnyEncoder, HubFolders, Surroundings, TransformerLoader};
use wordferry::transfer::{FineTuned, Model, Reply, Result as TransferResult, TunedFile};
use wordferry::vectors::Artefact;

use super::{multi_label, placed};
use crate::failure::Usage;
use crate::hub::{folders_of, locate};
use crate::options::Shared;
use crate::printer::Printer;

/// Opens a model that was trained on an encoder's features; `encoder` as for [`Reader::open`].
pub(super) fn open_model(
    path: &Path,
    encoder: Option<&Path>,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Model> {
    refuse_multi_label(path)?;
    Ok(Model::open_within(path, &surroundings(path, encoder, shared, printer)?)?)
}

/// Where the other parts of a model are looked for; `encoder` as for [`Reader::open`].
pub(super) fn surroundings(
    path: &Path,
    encoder: Option<&Path>,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<Surroundings> {
    let folder = encoder.map(|path| locate(path, shared, printer)).transpose()?;
    let hub = match folder {
        Some(_) => HubFolders::new(),
        None => folders_of(path, shared, printer)?,
    };
    Ok(Surroundings { folder, hub, ..Surroundings::of(path) })
}

/// Commands that are about one class a text say so.
fn refuse_multi_label(path: &Path) -> Result<(), Usage> {
    match multi_label::is_one(path) {
        true => {
            let found = path.display();
            Err(Usage(format!(
                "expected a model of one class a text, found one of any number of labels: {found}"
            )))
        }
        false => Ok(()),
    }
}

/// A model of either kind.
pub(super) enum Reader {
    Words(Box<Model>),
    Tuned(Box<FineTuned>),
}

impl Reader {
    /// Opens a model; `encoder` is the folder of the transformer that it was trained on, or its name on the hub, if it is not where it was or
    /// beside the model.
    pub(super) fn open(
        path: &Path,
        encoder: Option<&Path>,
        shared: &Shared,
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        if Artefact::kind_of(path).as_deref() != Some(FineTuned::KIND) {
            let model = open_model(path, encoder, shared, printer)?;
            if encoder.is_some() && !has_transformer(model.encoder()) {
                let kind = model.encoder().kind();
                let expected = "a model of a transformer with --encoder";
                return Err(
                    Usage(format!("expected {expected}, found one of {kind}: {}", path.display())).into()
                );
            }
            return Ok(Self::Words(Box::new(model)));
        }
        let file = TunedFile::open(path)?;
        let beside = path.with_file_name(file.folder_name());
        let folder = match (encoder, file.hub_name()) {
            (Some(folder), _) => locate(folder, shared, printer)?,
            (None, Some(name)) if !beside.is_dir() => locate(format!("hf:{name}").as_ref(), shared, printer)?,
            (None, _) => beside,
        };
        if !folder.is_dir() {
            let expected = "the folder of the encoder that was fine-tuned (--encoder DIR)";
            return Err(Usage(format!("expected {expected}, found none at {}", folder.display())).into());
        }
        let loader = placed(TransformerLoader::new(), shared, printer)?;
        Ok(Self::Tuned(Box::new(file.over(&folder, &loader)?)))
    }

    /// The names of the classes.
    pub(super) fn classes(&self) -> &[String] {
        match self {
            Self::Words(model) => model.classes(),
            Self::Tuned(model) => model.classes(),
        }
    }

    /// Whether the model knows anything of a text, as far as it can tell.
    pub(super) fn knows(&self, text: &str) -> bool {
        match self {
            Self::Words(model) => {
                let coverage = model.encoder().coverage(&[text]);
                coverage.is_none_or(|coverage| coverage.share() > 0.0)
            }
            Self::Tuned(_) => true,
        }
    }

    /// What the model says of every text, in order.
    pub(super) fn replies(&self, texts: &[&str]) -> TransferResult<Vec<Reply>> {
        match self {
            Self::Words(model) => model.replies(texts),
            Self::Tuned(model) => {
                let reply = |prediction| Reply { prediction, decision: None, set: None };
                Ok(model.predict(texts)?.into_iter().map(reply).collect())
            }
        }
    }

    /// The probability of every class, n × c.
    pub(super) fn probabilities(&self, texts: &[&str]) -> TransferResult<Array2<f32>> {
        match self {
            Self::Words(model) => model.probabilities(texts),
            Self::Tuned(model) => model.probabilities(texts),
        }
    }

    /// Where it decides, if it keeps a budget of false positives.
    pub(super) fn thresholds(&self) -> Option<Thresholds> {
        match self {
            Self::Words(model) => model.thresholds(),
            Self::Tuned(_) => None,
        }
    }

    /// Whether replies hold sets of classes.
    pub(super) fn names_sets(&self) -> bool {
        matches!(self, Self::Words(model) if model.conformal().is_some())
    }

    /// Whether replies hold decisions.
    pub(super) fn decides(&self) -> bool {
        self.thresholds().is_some() || self.names_sets()
    }

    /// Batches that wait for their turn while the next one is read.
    pub(super) fn batches_at_once(&self) -> usize {
        match self {
            Self::Words(model) => batches_at_once(model.encoder()),
            Self::Tuned(_) => 0,
        }
    }
}

/// Batches that wait for their turn while the next one is read. A transformer uses all cores for one.
pub(super) fn batches_at_once(encoder: &AnyEncoder) -> usize {
    if has_transformer(encoder) { 0 } else { rayon::current_num_threads() + 1 }
}

fn has_transformer(encoder: &AnyEncoder) -> bool {
    match encoder {
        AnyEncoder::Transformer(..) | AnyEncoder::Other(_) => true,
        AnyEncoder::Views(views) => views.encoders().any(has_transformer),
        _ => false,
    }
}
