//! What a user may type after `multitask`.

use std::path::PathBuf;

use clap::Args;

use super::{ColumnArguments, EncodingArguments, class_and_labels};

#[derive(Args, Debug)]
pub(crate) struct MultitaskArguments {
    /// The tasks: a name and a file of labelled texts each, as in `hotels=hotels.csv`; each may have classes of its own
    #[arg(value_name = "NAME=FILE", required = true, num_args = 2.., value_parser = task)]
    pub(crate) tasks: Vec<(String, PathBuf)>,
    /// What texts are read by, as for `train`; as `NAME=ENCODER` that of one task alone, such as its language's vectors [default: lexical]
    #[arg(long, value_name = "[NAME=]ENCODER")]
    pub(crate) encoder: Vec<String>,
    /// Let every class count as much as its texts [default: all classes of a task count the same]
    #[arg(long)]
    pub(crate) unbalanced: bool,
    /// Save the models even if nothing says that one of them is better than chance
    #[arg(long)]
    pub(crate) force: bool,
    /// A class and the labels that mean it, in all tasks, as in `negative=1,2`; may be repeated; other labels are left out
    #[arg(long, value_name = "CLASS=LABEL,…", value_parser = class_and_labels)]
    pub(crate) labels: Vec<(String, Vec<String>)>,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
    /// Folder to save a model a task in: NAME.model.safetensors
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
}

fn task(argument: &str) -> Result<(String, PathBuf), &'static str> {
    match argument.split_once('=') {
        Some((name, file)) if is_name(name) && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("expected NAME=FILE, the name without a slash"),
    }
}

/// Whether a file can be called so.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_have_names() {
        assert_eq!(task("a=b=c.csv").unwrap(), ("a".into(), "b=c.csv".into()));
        for wrong in ["a.csv", "=a.csv", "a=", "a/b=c", "..=a"] {
            assert!(task(wrong).is_err(), "{wrong}");
        }
    }
}
