//! `wordferry explain`: a model and texts in, what each token adds to the score out.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::encode::{Part, Share};
use wordferry::transfer::{Explanation, FineTuned, Model, MultiLabelModel, Result as TransferResult, Rows};
use wordferry::vectors::Artefact;

use super::predict::one_field;
use super::reader::open_model;
use super::{columns, multi_label};
use crate::failure::Usage;
use crate::options::{ExplainArguments, Shared};
use crate::printer::Printer;

/// Shares that are shown one by one, the largest ones first.
const SHOWN: usize = 20;
/// Source words that are named of a word.
const NAMED: usize = 3;

type Texts = Box<dyn Iterator<Item = wordferry::transfer::Result<String>>>;

pub(crate) fn run(
    arguments: &ExplainArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let path = &arguments.model;
    if Artefact::kind_of(path).as_deref() == Some(FineTuned::KIND) {
        let found = path.display();
        let message =
            format!("expected a model that is linear in its tokens, found a fine-tuned one: {found}");
        return Err(Usage(message).into());
    }
    printer.progress(&format!("reading {}", path.display()));
    let explainer = Explainer::open(path, shared, printer)?;
    let texts: Texts = match (&arguments.file, arguments.text.as_deref()) {
        (Some(file), _) => texts_of(file, arguments)?,
        (None, Some("-")) => texts_of("/dev/stdin".as_ref(), arguments)?,
        (None, text) => Box::new(text.map(|text| Ok(text.to_owned())).into_iter()),
    };
    printer.data(|out| {
        for (i, text) in texts.enumerate() {
            let text = text?;
            for (j, found) in explainer.explain(&text, arguments.class.as_deref())?.iter().enumerate() {
                match shared.json {
                    true => writeln!(out, "{}", report(explainer.classes(), &text, found))?,
                    false => {
                        let between = if i + j > 0 { "\n" } else { "" };
                        write!(out, "{between}{}", table(explainer.classes(), &text, found))?;
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A model of one class a text, or of any number of labels.
enum Explainer {
    One(Box<Model>),
    Many(Box<MultiLabelModel>),
}

impl Explainer {
    fn open(path: &Path, shared: &Shared, printer: &Printer) -> anyhow::Result<Self> {
        Ok(match multi_label::is_one(path) {
            true => Self::Many(Box::new(multi_label::open(path, None, shared, printer)?)),
            false => Self::One(Box::new(open_model(path, None, shared, printer)?)),
        })
    }

    fn classes(&self) -> &[String] {
        match self {
            Self::One(model) => model.classes(),
            Self::Many(model) => model.classes(),
        }
    }

    /// One explanation, or one of every label that is found.
    fn explain(&self, text: &str, class: Option<&str>) -> TransferResult<Vec<Explanation>> {
        match self {
            Self::One(model) => Ok(vec![model.explain(text, class)?]),
            Self::Many(model) => model.explain(text, class),
        }
    }
}

fn texts_of(file: &Path, arguments: &ExplainArguments) -> anyhow::Result<Texts> {
    let rows = Rows::open(file, &columns(&arguments.columns.as_columns()))?;
    Ok(Box::new(rows.map(|row| row.map(|row| row.text))))
}

fn report(classes: &[String], text: &str, found: &Explanation) -> Value {
    let share = |share: &Share| {
        let kind = match share.part {
            Part::Token(_) => "token",
            Part::Negated(_) => "negated",
            Part::Mark(_) => "mark",
        };
        let mut value = json!({ kind: share.part.name(), "share": share.share });
        if !share.read_as.is_empty() {
            value["read_as"] = json!(share.read_as);
        }
        value
    };
    json!({
        "class": classes[found.class], "against": found.against.map(|against| &classes[against]),
        "probability": found.probability, "score": found.score, "bias": found.bias,
        "shares": found.shares.iter().map(share).collect::<Vec<_>>(), "text": text,
    })
}

/// The largest shares first; the smallest together.
fn table(classes: &[String], text: &str, found: &Explanation) -> String {
    let class = &classes[found.class];
    let against = found.against.map_or("its absence", |against| &classes[against]);
    let mut lines = format!(
        "{}\n{class}, probability {:.4}; score {:+.3} against {against}:\n",
        one_field(text),
        found.probability,
        found.score
    );
    let mut shares: Vec<&Share> = found.shares.iter().collect();
    shares.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    let (shown, others) = shares.split_at(shares.len().min(SHOWN));
    for share in shown {
        lines.push_str(&format!("{:+9.3}  {}\n", share.share, name(share)));
    }
    if !others.is_empty() {
        let sum: f64 = others.iter().map(|share| share.share).sum();
        lines.push_str(&format!("{sum:+9.3}  ({} smaller ones)\n", others.len()));
    }
    lines.push_str(&format!("{:+9.3}  (bias)\n", found.bias));
    lines
}

fn name(share: &Share) -> String {
    let name = match &share.part {
        Part::Token(token) => token.clone(),
        Part::Negated(token) => format!("{token} (negated)"),
        Part::Mark(mark) => format!("({mark})"),
    };
    match &share.read_as[..] {
        [] => name,
        words => format!("{name} = {}", words[..words.len().min(NAMED)].join(", ")),
    }
}
