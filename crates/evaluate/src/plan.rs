//! What an experiment is to do: read from TOML, or put together from flags.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use wordferry_encode::Pooling;
use wordferry_transfer::{Columns, LabelMap, Strategy};

use crate::{Error, Result};

/// Unlabelled texts that it takes to learn a pooling's weights from them.
const FEWEST_TO_POOL: usize = 100;
/// Unlabelled texts from which a student is the automatic choice.
const FEWEST_TO_TEACH: usize = 1000;

/// A whole experiment: one source, any number of targets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The language that has labels.
    pub source: SourcePlan,
    /// The languages to carry the classifier to.
    #[serde(rename = "target", default)]
    pub targets: Vec<TargetPlan>,
    /// How to encode, train and carry over.
    #[serde(default)]
    pub model: ModelPlan,
    /// Classes, each with the labels of the files that mean it; other labels are left out. Empty: labels are classes.
    #[serde(default)]
    pub labels: BTreeMap<String, Vec<String>>,
    /// Where to save; nothing is saved without it.
    pub output: Option<OutputPlan>,
}

/// The side that has labels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePlan {
    /// The language's code.
    pub language: String,
    /// Its word vectors.
    pub vectors: PathBuf,
    /// Read only so many vectors.
    pub limit: Option<usize>,
    /// Repair what can be repaired in the vectors file, and count it, instead of refusing the file.
    #[serde(default)]
    pub lenient: bool,
    /// Labelled texts to train on.
    pub train: PathBuf,
    /// Labelled texts to test on.
    pub test: Option<PathBuf>,
    /// The column of texts, `text` unless it is named.
    pub text_column: Option<String>,
    /// The column of labels, `label` unless it is named.
    pub label_column: Option<String>,
}

/// A side that has few labels or none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetPlan {
    /// The language's code.
    pub language: String,
    /// Its word vectors.
    pub vectors: PathBuf,
    /// Read only so many vectors.
    pub limit: Option<usize>,
    /// Repair what can be repaired in the vectors file, and count it, instead of refusing the file.
    #[serde(default)]
    pub lenient: bool,
    /// Pairs of words to align by, source language first.
    pub lexicon: Option<PathBuf>,
    /// Instead of a lexicon: `identical`, `unsupervised`, or a file that `wordferry align` wrote.
    pub alignment: Option<String>,
    /// Texts without labels, for the strategies `centred`, `coral`, `importance`, `label-shift` and `student`, and for poolings that
    /// learn from texts.
    pub unlabelled: Option<PathBuf>,
    /// A few labelled texts, for the strategies `joint` and `student`.
    pub labelled: Option<PathBuf>,
    /// Labelled texts to test on.
    pub test: Option<PathBuf>,
    /// The column of texts, the source's unless it is named.
    pub text_column: Option<String>,
    /// The column of labels, the source's unless it is named.
    pub label_column: Option<String>,
}

/// How to encode, train and carry over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelPlan {
    /// `centred-sif`, `mean`, `sif`, `usif`, `mean-max` or `tf-idf`. What `sif` and `usif` learn from texts, a target learns from
    /// its own unlabelled ones where there are 100, else it is the source's. `tf-idf` learns from the target's own in any case. Where one
    /// is named, word vectors are pooled, unless the strategy carries words.
    #[serde(deserialize_with = "pooling")]
    pub pooling: Option<Pooling>,
    /// `logistic`, the only head so far.
    #[serde(deserialize_with = "head")]
    pub head: (),
    /// `auto`, or the name of a [`Strategy`].
    #[serde(deserialize_with = "strategy")]
    pub strategy: StrategyPlan,
    /// Of everything random.
    pub seed: u64,
}

impl Default for ModelPlan {
    fn default() -> Self {
        Self { pooling: None, head: (), strategy: StrategyPlan::Auto, seed: 42 }
    }
}

impl ModelPlan {
    /// The way of pooling.
    pub fn pooling(&self) -> Pooling {
        self.pooling.unwrap_or_default()
    }
}

/// The strategy, or the choice of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrategyPlan {
    /// By what there is of a target: see [`Plan::strategy`].
    Auto,
    /// This one.
    Fixed(Strategy),
}

/// Where to save.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputPlan {
    /// A folder; it is made if it does not exist.
    pub folder: PathBuf,
}

/// What a target is aligned by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlignmentPlan {
    /// A lexicon.
    Lexicon(PathBuf),
    /// Words that both languages spell the same way.
    Identical,
    /// Nothing.
    Unsupervised,
    /// A saved alignment.
    Saved(PathBuf),
}

impl Plan {
    /// Reads an experiment from a TOML file. Its paths are relative to the file's folder.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, has unknown keys, or asks for what does not fit together.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = wordferry_vectors::read_file(path)?;
        let wrong = |reason: String| Error::Plan { path: path.into(), reason };
        let text = String::from_utf8(bytes).map_err(|_| wrong("bytes that are not UTF-8".into()))?;
        let mut plan: Plan =
            toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().into()))?;
        plan.resolve_paths(path.parent().unwrap_or(Path::new("")));
        plan.check()?;
        Ok(plan)
    }

    /// An error unless the parts of the plan fit together.
    ///
    /// # Errors
    /// If there is no target, a language is named twice or strangely, or a target's alignment is missing or doubled.
    pub fn check(&self) -> Result<()> {
        let inconsistent =
            |reason: String, hint: &str| Err(Error::Inconsistent { reason, hint: hint.to_string() });
        if self.targets.is_empty() {
            return inconsistent(
                "expected at least one [[target]], found none".into(),
                "add a target language",
            );
        }
        if self.limits().any(|limit| limit == 0) {
            return inconsistent(
                "expected a `limit` of at least 1, found 0".into(),
                "leave it out to read all vectors",
            );
        }
        if let Some((class, _)) = self.labels.iter().find(|(_, labels)| labels.is_empty()) {
            return inconsistent(
                format!("expected labels that mean the class {class:?}, found none"),
                "name them, or leave the class out",
            );
        }
        let mut labels = BTreeSet::new();
        if let Some(label) = self.labels.values().flatten().find(|label| !labels.insert(*label)) {
            return inconsistent(
                format!("expected every label to mean one class, found {label:?} twice"),
                "name it under the class that you mean",
            );
        }
        let mut seen = BTreeSet::new();
        for language in self.targets.iter().map(|target| &target.language).chain([&self.source.language]) {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if language.is_empty() || !language.chars().all(plain) {
                return inconsistent(
                    format!("expected a language code of letters, digits, - and _, found {language:?}"),
                    "output files are named after languages; use codes such as de or zh-hant",
                );
            }
            if !seen.insert(language) {
                return inconsistent(
                    format!("expected every language once, found {language:?} twice"),
                    "output files are named after languages; tell variants apart as in de and de-2",
                );
            }
        }
        for target in &self.targets {
            target.alignment()?;
            let n_unlabelled = if target.unlabelled.is_some() { FEWEST_TO_TEACH } else { 0 };
            self.strategy(target, n_unlabelled)?;
            self.check_pooling(target)?;
        }
        Ok(())
    }

    fn check_pooling(&self, target: &TargetPlan) -> Result<()> {
        let (pooling, language) = (self.model.pooling(), &target.language);
        if !pooling.needs_own_texts() || target.unlabelled.is_some() {
            return Ok(());
        }
        let name = pooling.name();
        Err(Error::Inconsistent {
            reason: format!(
                "expected `unlabelled` texts of {language:?} for the pooling `{name}`, found none"
            ),
            hint: "name a file of unlabelled texts, or use another pooling".into(),
        })
    }

    /// Whether the pooling of a target that has so many unlabelled texts learns from them, rather than take over what it
    /// learned from the source's.
    pub(crate) fn learns_from(&self, n_unlabelled: usize) -> bool {
        n_unlabelled >= FEWEST_TO_POOL || self.model.pooling().needs_own_texts()
    }

    fn limits(&self) -> impl Iterator<Item = usize> {
        self.targets.iter().map(|target| target.limit).chain([self.source.limit]).flatten()
    }

    /// Which labels mean which class.
    pub fn label_map(&self) -> LabelMap {
        LabelMap::new(self.labels.iter().map(|(class, labels)| (class.as_str(), labels.as_slice())))
    }

    /// The source's columns.
    pub fn source_columns(&self) -> Columns {
        let default = Columns::default();
        let SourcePlan { text_column, label_column, .. } = &self.source;
        Columns {
            text: text_column.clone().unwrap_or(default.text),
            label: label_column.clone().unwrap_or(default.label),
        }
    }

    /// A target's columns.
    pub fn target_columns(&self, target: &TargetPlan) -> Columns {
        let source = self.source_columns();
        Columns {
            text: target.text_column.clone().unwrap_or(source.text),
            label: target.label_column.clone().unwrap_or(source.label),
        }
    }

    /// The strategy for a target that has `n_unlabelled` unlabelled texts, and why it was chosen. Words that are carried over one by one keep
    /// more of what they say than their mean does; the more there is of the target, the more is learned from it.
    ///
    /// # Errors
    /// If it needs unlabelled or labelled texts and there are none, or there are labelled ones that it would not use.
    pub fn strategy(&self, target: &TargetPlan, n_unlabelled: usize) -> Result<(Strategy, String)> {
        match self.model.strategy {
            StrategyPlan::Auto if self.model.pooling.is_some() => {
                let strategy = match n_unlabelled >= FEWEST_TO_POOL {
                    true => Strategy::Centred,
                    false => Strategy::ZeroShot,
                };
                target.check_texts(strategy)?;
                Ok((
                    strategy,
                    format!("a pooling is asked for, and there are {n_unlabelled} unlabelled texts"),
                ))
            }
            StrategyPlan::Auto => Ok(automatic(target.labelled.is_some(), n_unlabelled)),
            StrategyPlan::Fixed(strategy) => {
                target.check_texts(strategy)?;
                Ok((strategy, "asked for".into()))
            }
        }
    }

    fn resolve_paths(&mut self, folder: &Path) {
        let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
        resolve(&mut self.source.vectors);
        resolve(&mut self.source.train);
        self.source.test.iter_mut().for_each(resolve);
        for target in &mut self.targets {
            resolve(&mut target.vectors);
            let files = [&mut target.lexicon, &mut target.unlabelled, &mut target.labelled, &mut target.test];
            files.into_iter().flatten().for_each(resolve);
            let is_file =
                |alignment: &&mut String| !matches!(alignment.as_str(), "identical" | "unsupervised");
            if let Some(alignment) = target.alignment.as_mut().filter(is_file) {
                *alignment = folder.join(&*alignment).to_string_lossy().into_owned();
            }
        }
        self.output.iter_mut().for_each(|output| resolve(&mut output.folder));
    }
}

/// What is done with labelled texts, or none, and so many unlabelled ones.
fn automatic(labelled: bool, n_unlabelled: usize) -> (Strategy, String) {
    let unlabelled = format!("{n_unlabelled} unlabelled texts of the language");
    match (labelled, n_unlabelled >= FEWEST_TO_TEACH) {
        (true, true) => (Strategy::Student, format!("{unlabelled} and some labelled ones to learn from")),
        (false, true) => (Strategy::Student, format!("{unlabelled} to learn from")),
        (true, false) => (Strategy::Joint, "some labelled texts of the language".into()),
        (false, false) => {
            (Strategy::LexicalCarry, format!("{unlabelled}; a student needs {FEWEST_TO_TEACH}"))
        }
    }
}

impl TargetPlan {
    /// An error unless the target has the texts that a strategy needs, and no labelled ones in vain.
    fn check_texts(&self, strategy: Strategy) -> Result<()> {
        let (language, name) = (&self.language, strategy.name());
        let missing = |kind: &str, hint: &str| {
            Err(Error::Inconsistent {
                reason: format!(
                    "expected `{kind}` texts of {language:?} for the strategy `{name}`, found none"
                ),
                hint: hint.into(),
            })
        };
        let without = "name a file of such texts, or use the strategy `zero-shot` or `lexical-carry`";
        if strategy.needs_unlabelled() && self.unlabelled.is_none() {
            return missing("unlabelled", without);
        }
        if strategy.needs_labelled() && self.labelled.is_none() {
            return missing("labelled", without);
        }
        match &self.labelled {
            Some(path) if !strategy.takes_labelled() => Err(Error::Inconsistent {
                reason: format!(
                    "expected a strategy that learns from labelled texts of {language:?}, found `{name}` and `labelled` {}",
                    path.display()
                ),
                hint: "use the strategy `joint` or `student`, or leave the labelled texts out".into(),
            }),
            _ => Ok(()),
        }
    }

    /// What the target is aligned by.
    ///
    /// # Errors
    /// If both `lexicon` and `alignment` are given, or neither.
    pub fn alignment(&self) -> Result<AlignmentPlan> {
        let language = &self.language;
        match (&self.lexicon, self.alignment.as_deref()) {
            (Some(lexicon), None) => Ok(AlignmentPlan::Lexicon(lexicon.clone())),
            (None, Some("identical")) => Ok(AlignmentPlan::Identical),
            (None, Some("unsupervised")) => Ok(AlignmentPlan::Unsupervised),
            (None, Some(path)) => Ok(AlignmentPlan::Saved(path.into())),
            (None, None) => Err(Error::Inconsistent {
                reason: format!(
                    "expected a `lexicon` or an `alignment` for the target {language:?}, found neither"
                ),
                hint: "name a lexicon file, or try alignment = \"identical\" for languages of one script"
                    .into(),
            }),
            (Some(_), Some(_)) => Err(Error::Inconsistent {
                reason: format!(
                    "expected a `lexicon` or an `alignment` for the target {language:?}, found both"
                ),
                hint: "keep the one that you mean".into(),
            }),
        }
    }
}

fn pooling<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Pooling>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let wrong = || D::Error::custom(format!("expected one of {}, found `{name}`", Pooling::names()));
    Pooling::from_name(&name).map(Some).ok_or_else(wrong)
}

fn head<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<(), D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "logistic" => Ok(()),
        name => Err(D::Error::custom(format!("expected `logistic`, found `{name}`"))),
    }
}

fn strategy<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<StrategyPlan, D::Error> {
    let name = String::deserialize(deserializer)?;
    StrategyPlan::from_name(&name)
        .ok_or_else(|| D::Error::custom(format!("expected one of {}, found `{name}`", StrategyPlan::names())))
}

impl StrategyPlan {
    /// All names, for messages.
    pub fn names() -> String {
        let names: Vec<&str> = std::iter::once("auto").chain(Strategy::ALL.map(Strategy::name)).collect();
        names.join(", ")
    }

    /// The plan of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(StrategyPlan::Auto),
            name => Strategy::from_name(name).map(StrategyPlan::Fixed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "[source]\nlanguage = 'en'\nvectors = 'en.vec'\ntrain = 'en.csv'\n";

    fn check(rest: &str, expected: &str) {
        let text = format!("{SOURCE}{rest}");
        let outcome = toml::from_str::<Plan>(&text).map_err(|error| error.to_string());
        let outcome = outcome.and_then(|plan| plan.check().map_err(|error| error.to_string()));
        match outcome {
            Ok(()) => assert_eq!(expected, "", "{rest}"),
            Err(message) => assert!(!expected.is_empty() && message.contains(expected), "{message}"),
        }
    }

    #[test]
    fn plans() {
        let target = "[[target]]\nlanguage = 'de'\nvectors = 'de.vec'\n";
        check(&format!("{target}lexicon = 'a.txt'\n"), "");
        check(&format!("{target}alignment = 'identical'\n[model]\npooling = 'mean'\n"), "");
        check("", "at least one [[target]]");
        check(target, "found neither");
        check(&format!("{target}lexicon = 'a'\nalignment = 'identical'\n"), "found both");
        check(&format!("{target}alignment = 'unsupervised'\n"), "");
        check(&format!("{target}lexicon = 'a'\nlimit = 0\n"), "expected a `limit` of at least 1");
        check(&format!("{target}lexicon = 'a'\n[labels]\nbad = []\n"), "the class \"bad\", found none");
        check(&format!("{target}lexicon = 'a'\nlanguages = 'de'\n"), "unknown field `languages`");
        check(&format!("{target}lexicon = 'a'\n{target}lexicon = 'a'\n"), "found \"de\" twice");
        check(
            "[[target]]\nlanguage = '../de'\nvectors = 'de.vec'\nlexicon = 'a'\n",
            "expected a language code",
        );
        check(&format!("{target}lexicon = 'a'\n[model]\npooling = 'max'\n"), "expected one of centred-sif,");
        for model in ["strategy = 'centred'", "pooling = 'tf-idf'"] {
            let rest = format!("{target}lexicon = 'a'\n[model]\n{model}\n");
            check(&rest, "expected `unlabelled` texts");
        }
        check(&format!("{target}lexicon = 'a'\nunlabelled = 'b'\n[model]\npooling = 'tf-idf'\n"), "");
    }
}
