//! The labelled and unlabelled texts of an experiment, read and checked before anything takes time.

use std::path::{Path, PathBuf};

use wordferry_transfer::{Columns, Corpus, LabelMap};
use wordferry_vectors::create_folder;

use crate::experiment::Stage;
use crate::{Error, Plan, Result};

/// All texts of an experiment.
pub(crate) struct Texts {
    pub(crate) train: Corpus,
    pub(crate) test: Option<Corpus>,
    /// One a target, in the plan's order.
    pub(crate) targets: Vec<TargetTexts>,
}

/// The texts of one target.
pub(crate) struct TargetTexts {
    pub(crate) test: Option<Corpus>,
    pub(crate) unlabelled: Option<Vec<String>>,
    /// Labelled texts to learn from.
    pub(crate) labelled: Option<Corpus>,
}

impl TargetTexts {
    /// The unlabelled texts, if there are any.
    pub(crate) fn unlabelled(&self) -> Option<Vec<&str>> {
        Some(self.unlabelled.as_ref()?.iter().map(String::as_str).collect())
    }
}

/// What a plan begins with: that it fits together, the folder it writes to, if any, and its texts.
pub(crate) fn begin<'a>(
    plan: &'a Plan,
    show: &mut dyn FnMut(Stage<'_>),
) -> Result<(Option<&'a Path>, Texts)> {
    plan.check()?;
    let folder = plan.output.as_ref().map(|output| output.folder.as_path());
    if let Some(folder) = folder {
        create_folder(folder)?;
    }
    Ok((folder, Texts::open(plan, show)?))
}

impl Texts {
    /// Reads them all; every label of a test has to be one of the training texts'.
    pub(crate) fn open(plan: &Plan, show: &mut dyn FnMut(Stage<'_>)) -> Result<Self> {
        let map = plan.label_map();
        let columns = plan.source_columns();
        show(Stage::Reading(&plan.source.train));
        let train = Corpus::open(&plan.source.train, &columns, &map)?;
        let classes = train.classes();
        train.check_classes().map_err(|error| Error::from(error).within(&plan.source.train))?;
        let test = open_labelled(plan.source.test.as_deref(), &columns, &map, &classes, show)?;
        let mut targets = Vec::new();
        for target in &plan.targets {
            let columns = plan.target_columns(target);
            let test = open_labelled(target.test.as_deref(), &columns, &map, &classes, show)?;
            let unlabelled = open_unlabelled(target.unlabelled.as_ref(), &columns, show)?;
            let labelled = open_labelled(target.labelled.as_deref(), &columns, &map, &classes, show)?;
            targets.push(TargetTexts { test, unlabelled, labelled });
        }
        Ok(Self { train, test, targets })
    }
}

fn open_labelled(
    path: Option<&Path>,
    columns: &Columns,
    map: &LabelMap,
    classes: &[String],
    show: &mut dyn FnMut(Stage<'_>),
) -> Result<Option<Corpus>> {
    let Some(path) = path else { return Ok(None) };
    show(Stage::Reading(path));
    let corpus = Corpus::open(path, columns, map)?;
    corpus.class_indices(classes)?;
    Ok(Some(corpus))
}

fn open_unlabelled(
    path: Option<&PathBuf>,
    columns: &Columns,
    show: &mut dyn FnMut(Stage<'_>),
) -> Result<Option<Vec<String>>> {
    let Some(path) = path else { return Ok(None) };
    show(Stage::Reading(path));
    Ok(Some(Corpus::open_texts(path, columns)?))
}
