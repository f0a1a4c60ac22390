//! `wordferry transfer`: an experiment in, models and a report out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use wordferry::align::Verdict;
use wordferry::encode::Pooling;
use wordferry::evaluate::{
    ModelPlan, OutputPlan, Plan, Report, SourcePlan, Stage, StrategyPlan, TargetPlan, run as run_plan,
};

use super::{SEED, note_repairs};
use crate::failure::{GATE, Usage};
use crate::machine::peak_rss_bytes;
use crate::options::{Shared, TransferArguments};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &TransferArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let plan = plan(arguments, shared)?;
    let outcome = run_plan(&plan, &mut |stage| printer.progress(&describe(stage)))?;
    for (path, repairs) in &outcome.repairs {
        note_repairs(path, repairs.iter().cloned(), printer);
    }
    let report = Report {
        command: Some(command()),
        seconds: Some(start.elapsed().as_secs_f64()),
        peak_rss_bytes: peak_rss_bytes(),
        ..outcome.report
    };
    printer.data(|out| match shared.json {
        true => {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            Ok(writeln!(out)?)
        }
        false => Ok(write!(out, "{report}")?),
    })?;
    if let Some(output) = &plan.output {
        let models: Vec<&str> = report.targets.iter().filter_map(|target| target.model.as_deref()).collect();
        printer.note(&format!("saved in {}: {}", shown(&output.folder), models.join(", ")));
    }
    let any_failed = report.targets.iter().any(|target| target.alignment.verdict == Verdict::Failed.name());
    Ok(if arguments.strict && any_failed { ExitCode::from(GATE) } else { ExitCode::SUCCESS })
}

fn plan(arguments: &TransferArguments, shared: &Shared) -> anyhow::Result<Plan> {
    let mut plan = match &arguments.experiment {
        Some(path) => Plan::open(path)?,
        None => plan_of_flags(arguments)?,
    };
    if let Some(seed) = shared.seed {
        plan.model.seed = seed;
    }
    if let Some(folder) = &arguments.out {
        plan.output = Some(OutputPlan { folder: folder.clone() });
    }
    Ok(plan)
}

fn plan_of_flags(arguments: &TransferArguments) -> anyhow::Result<Plan> {
    let given = |flag: &str| Usage(format!("expected {flag}, found none"));
    let alignment = match &arguments.map {
        Some(map) => Some(map.display().to_string()),
        None if arguments.seeds.identical => Some("identical".into()),
        None if arguments.seeds.unsupervised => Some("unsupervised".into()),
        None => None,
    };
    if alignment.is_none() && arguments.seeds.lexicon.is_none() {
        return Err(given("--lexicon FILE, --identical, --unsupervised or --map FILE").into());
    }
    Ok(Plan {
        source: SourcePlan {
            language: arguments.from.clone().ok_or_else(|| given("--from LANG"))?,
            vectors: arguments.from_vectors.clone().ok_or_else(|| given("--from-vectors FILE"))?,
            limit: arguments.reading.limit,
            lenient: arguments.reading.lenient,
            train: arguments.train.clone().ok_or_else(|| given("--train FILE"))?,
            test: arguments.source_test.clone(),
            text_column: arguments.columns.text_column.clone(),
            label_column: arguments.columns.label_column.clone(),
        },
        targets: vec![TargetPlan {
            language: arguments.to.clone().ok_or_else(|| given("--to LANG"))?,
            vectors: arguments.to_vectors.clone().ok_or_else(|| given("--to-vectors FILE"))?,
            limit: arguments.reading.limit,
            lenient: arguments.reading.lenient,
            lexicon: arguments.seeds.lexicon.clone(),
            alignment,
            unlabelled: arguments.unlabelled.clone(),
            labelled: arguments.labelled.clone(),
            test: arguments.test.clone(),
            text_column: None,
            label_column: None,
        }],
        model: model_of_flags(arguments)?,
        labels: merged(&arguments.labels),
        output: None,
    })
}

/// The labels of every class, which may have been named more than once.
fn merged(classes: &[(String, Vec<String>)]) -> BTreeMap<String, Vec<String>> {
    let mut merged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (class, labels) in classes {
        merged.entry(class.clone()).or_default().extend(labels.iter().cloned());
    }
    merged
}

fn model_of_flags(arguments: &TransferArguments) -> anyhow::Result<ModelPlan> {
    let mut model = ModelPlan { seed: SEED, ..ModelPlan::default() };
    if let Some(name) = &arguments.pooling {
        let wrong = || Usage(format!("expected --pooling {}, found {name}", Pooling::names()));
        model.pooling = Some(Pooling::from_name(name).ok_or_else(wrong)?);
    }
    if let Some(name) = &arguments.strategy {
        let wrong = || Usage(format!("expected --strategy {}, found {name}", StrategyPlan::names()));
        model.strategy = StrategyPlan::from_name(name).ok_or_else(wrong)?;
    }
    Ok(model)
}

pub(super) fn describe(stage: Stage<'_>) -> String {
    match stage {
        Stage::Reading(path) => format!("reading {}", path.display()),
        Stage::Aligning(language) => format!("aligning {language}"),
        Stage::Training(language) => format!("training on {language}"),
        Stage::Testing(language) => format!("testing {language}"),
        Stage::Saving(path) => format!("saving in {}", path.display()),
        _ => "working".into(),
    }
}

/// A folder as a person would write it from here.
pub(super) fn shown(folder: &Path) -> String {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let here = std::env::current_dir().unwrap_or_default();
    let path = absolute.strip_prefix(here).unwrap_or(&absolute);
    path.display().to_string()
}

/// The command as it was typed, quoted where a shell would split it.
fn command() -> String {
    let quote =
        |argument: String| match argument.chars().all(|c| c.is_alphanumeric() || "-_./=,:+@".contains(c)) {
            true if !argument.is_empty() => argument,
            _ => format!("'{}'", argument.replace('\'', r"'\''")),
        };
    let arguments =
        std::env::args_os().skip(1).map(|argument| quote(argument.to_string_lossy().into_owned()));
    std::iter::once("wordferry".to_string()).chain(arguments).collect::<Vec<_>>().join(" ")
}
