//! `wordferry multitask`: labelled texts of several tasks or languages in, a model of each out that gained from the others.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::encode::{AnyEncoder, hub_name};
use wordferry::evaluate::{Error as EvaluateError, Scores};
use wordferry::transfer::{Corpus, Kept, LabelMap, Task, TaskModel, Training};
use wordferry::vectors::create_folder;

use super::{SEED, columns, train, trust};
use crate::failure::Usage;
use crate::options::{MultitaskArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &MultitaskArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    check_names(arguments)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let (columns, labels) = (columns(&arguments.columns), LabelMap::new(labels));
    let open = |(_, path): &(String, PathBuf)| {
        let corpus = Corpus::open(path, &columns, &labels)?;
        corpus.check_classes().map_err(|error| EvaluateError::from(error).within(path))?;
        Ok::<_, EvaluateError>(corpus)
    };
    let corpora = arguments.tasks.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut tasks = Vec::with_capacity(corpora.len());
    let mut of_hub = Vec::with_capacity(corpora.len());
    for ((name, _), corpus) in arguments.tasks.iter().zip(&corpora) {
        let (encoder, hub) = encoder(arguments, name, corpus, &corpora, shared, printer)?;
        tasks.push(Task { encoder, corpus: corpus.clone() });
        of_hub.push(hub);
    }
    printer.progress(&format!("training {} tasks", tasks.len()));
    let training = Training {
        balanced: !arguments.unbalanced,
        seed: shared.seed.unwrap_or(SEED),
        ..Training::default()
    };
    let mut models = training.fit_tasks(tasks)?;
    for (((name, _), corpus), task) in arguments.tasks.iter().zip(&corpora).zip(&models) {
        check(name, corpus, task, arguments.force, printer)?;
    }
    arguments.tasks.iter().zip(&models).for_each(|((name, _), task)| note_limits(name, task, printer));
    create_folder(&arguments.output)?;
    for (((name, _), hub), task) in arguments.tasks.iter().zip(of_hub).zip(&mut models) {
        let others = arguments.tasks.iter().map(|(name, _)| name).filter(|other| *other != name);
        task.model.note("tasks_beside", others.cloned().collect::<Vec<_>>());
        if !hub.is_empty() {
            task.model.note("hub", hub);
        }
        task.model.save(&arguments.output.join(format!("{name}.model.safetensors")))?;
    }
    let scores: Vec<Option<Scores>> = models.iter().map(|task| scores(task, training.seed)).collect();
    let found: Vec<Found<'_>> = arguments
        .tasks
        .iter()
        .zip(models.iter().zip(&scores))
        .map(|((name, _), (task, scores))| Found { name, task, scores: scores.as_ref() })
        .collect();
    let report = json!({ "tasks": found.iter().map(Found::report).collect::<Vec<_>>() });
    printer.report(shared, &report, || {
        let tasks: String = found.iter().map(Found::text).collect();
        format!("{tasks}{}\n", arguments.output.display())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn check_names(arguments: &MultitaskArguments) -> Result<(), Usage> {
    for (i, (name, _)) in arguments.tasks.iter().enumerate() {
        if arguments.tasks[..i].iter().any(|(other, _)| other == name) {
            return Err(Usage(format!("expected a name of its own for every task, found {name} twice")));
        }
    }
    Ok(())
}

/// What reads a task's texts, and what of it is of a hub. What all tasks share learns from the texts of all.
fn encoder(
    arguments: &MultitaskArguments,
    name: &str,
    corpus: &Corpus,
    corpora: &[Corpus],
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<(AnyEncoder, Vec<String>)> {
    let of_task = |argument: &String| -> Option<PathBuf> {
        let (task, path) = argument.split_once('=')?;
        (task == name).then(|| path.into())
    };
    let is_of_a_task = |argument: &&String| {
        arguments.tasks.iter().any(|(name, _)| argument.split_once('=').is_some_and(|(task, _)| task == name))
    };
    let own: Vec<PathBuf> = arguments.encoder.iter().filter_map(of_task).collect();
    let common = arguments.encoder.iter().filter(|argument| !is_of_a_task(argument)).map(PathBuf::from);
    let (encoders, seen) = match own.is_empty() {
        true => (common.collect(), corpora.iter().collect()),
        false => (own, vec![corpus]),
    };
    let texts: Vec<&str> = seen.iter().flat_map(|corpus| corpus.texts()).collect();
    let n_rarest = seen.iter().map(|corpus| corpus.n_rarest()).max().unwrap_or(0);
    let paths = train::paths(&encoders, &arguments.encoding, shared, printer)?;
    let encoder = train::encoder(&paths, &arguments.encoding, &texts, n_rarest, shared, printer)?;
    Ok((encoder, paths.iter().filter_map(|path| hub_name(path)).collect()))
}

/// The quality gate of a task.
fn check(
    name: &str,
    corpus: &Corpus,
    task: &TaskModel,
    force: bool,
    printer: &Printer,
) -> anyhow::Result<()> {
    match trust::gate(task.held_out.as_ref().map(|(held_out, _)| held_out), corpus) {
        Err(error) if force => printer.note(&format!("note: {name} is saved all the same: {error}")),
        Err(error) => {
            let message = format!("{name}: {error}");
            return Err(anyhow::Error::new(error).context(message));
        }
        Ok(_) => {}
    }
    Ok(())
}

/// Says of which task the probabilities are not calibrated, and why.
fn note_limits(name: &str, task: &TaskModel, printer: &Printer) {
    if let Some((_, Kept { calibration: Err(error), .. })) = &task.held_out {
        printer.note(&format!("note: {name}: probabilities are not calibrated: {error}"));
    }
}

fn scores(task: &TaskModel, seed: u64) -> Option<Scores> {
    let (held_out, kept) = task.held_out.as_ref()?;
    Some(train::scores(kept.probabilities.view(), &held_out.labels, seed))
}

/// A task's model and what it is worth.
struct Found<'a> {
    name: &'a str,
    task: &'a TaskModel,
    scores: Option<&'a Scores>,
}

impl Found<'_> {
    fn report(&self) -> Value {
        let mut report = train::report(&self.task.model, self.scores);
        let sharing = self.task.sharing;
        report["name"] = self.name.into();
        report["rank"] = sharing.rank.into();
        report["strength"] = sharing.strength.into();
        report
    }

    fn text(&self) -> String {
        let sharing = match self.task.sharing.rank {
            0 => "uses nothing of the others".to_owned(),
            rank => {
                let strength = self.task.sharing.strength;
                format!("uses {rank} shared directions, {strength} times as much as its own features")
            }
        };
        let scores = train::held_out_text(self.scores);
        format!("{}: {}; {sharing}\n{scores}", self.name, self.task.model.classes().join(", "))
    }
}
