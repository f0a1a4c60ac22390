//! `wordferry diagnose`: an experiment in, whether to carry it out out.

use std::process::ExitCode;

use wordferry::evaluate::{OutputPlan, Plan, diagnose};

use super::note_repairs;
use super::transfer::{describe, shown};
use crate::options::{DiagnoseArguments, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &DiagnoseArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let mut plan = Plan::open(&arguments.experiment)?;
    if let Some(seed) = shared.seed {
        plan.model.seed = seed;
    }
    // The experiment's own folder is the transfer's.
    plan.output = arguments.out.clone().map(|folder| OutputPlan { folder });
    let diagnosis = diagnose(&plan, &mut |stage| printer.progress(&describe(stage)))?;
    for (path, repairs) in &diagnosis.repairs {
        note_repairs(path, repairs.iter().cloned(), printer);
    }
    printer.report(shared, &diagnosis, || diagnosis.to_string())?;
    if let Some(output) = &plan.output {
        printer.note(&format!("saved in {}", shown(&output.folder)));
    }
    Ok(ExitCode::SUCCESS)
}
