//! The program: options → work → report. stdout is data, stderr is everything else.

mod commands;
mod failure;
mod fetch;
mod http;
mod hub;
mod machine;
mod options;
mod printer;

use std::process::ExitCode;

use clap::Parser;

use options::{Command, DataCommand, EvaluateCommand, MapCommand, Options, VectorsCommand};
use printer::Printer;

fn main() -> ExitCode {
    let options = Options::parse();
    let printer = Printer::new(&options.shared);
    machine::discard_unfinished_files_on_interrupt();
    // Without the handler a mapped file that shrinks still ends the program, only with no word of why.
    let _ = wordferry::vectors::explain_lost_pages();
    let outcome = machine::use_threads(options.shared.threads).and_then(|()| run(&options, &printer));
    match outcome {
        Ok(code) => code,
        Err(error) => failure::explain(&error, &printer),
    }
}

fn run(options: &Options, printer: &Printer) -> anyhow::Result<ExitCode> {
    let shared = &options.shared;
    match &options.command {
        Command::Transfer(arguments) => commands::transfer::run(arguments, shared, printer),
        Command::Diagnose(arguments) => commands::diagnose::run(arguments, shared, printer),
        Command::Align(arguments) => commands::align::run(arguments, shared, printer),
        Command::Translate(arguments) => commands::translate::run(arguments, shared, printer),
        Command::Map(MapCommand::Apply(arguments)) => commands::map::apply(arguments, shared, printer),
        Command::Map(MapCommand::Invert(arguments)) => commands::map::invert(arguments),
        Command::Map(MapCommand::Compose(arguments)) => commands::map::compose(arguments),
        Command::Distil(arguments) => commands::distil::run(arguments, shared, printer),
        Command::Finetune(arguments) => commands::finetune::run(arguments, shared, printer),
        Command::Train(arguments) => commands::train::run(arguments, shared, printer),
        Command::Multitask(arguments) => commands::multitask::run(arguments, shared, printer),
        Command::Predict(arguments) => commands::predict::run(arguments, shared, printer),
        Command::Explain(arguments) => commands::explain::run(arguments, shared, printer),
        Command::Update(arguments) => commands::revise::update(arguments, shared, printer),
        Command::Forget(arguments) => commands::revise::forget(arguments, shared, printer),
        Command::Label(arguments) => commands::label::run(arguments, shared, printer),
        Command::Embed(arguments) => commands::embed::run(arguments, shared, printer),
        Command::Bridge(arguments) => commands::bridge::run(arguments, shared, printer),
        Command::Anomalies(arguments) => commands::anomalies::run(arguments, shared, printer),
        Command::Clusters(arguments) => commands::clusters::run(arguments, shared, printer),
        Command::Bench(arguments) => commands::bench::run(arguments, shared, printer),
        Command::Vectors(VectorsCommand::Info(arguments)) => {
            commands::vectors::info(arguments, shared, printer)
        }
        Command::Vectors(VectorsCommand::Convert(arguments)) => {
            commands::vectors::convert(arguments, shared, printer)
        }
        Command::Vectors(VectorsCommand::Neighbours(arguments)) => {
            commands::vectors::neighbours(arguments, shared, printer)
        }
        Command::Vectors(VectorsCommand::Analogy(arguments)) => {
            commands::vectors::analogy(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Lexicon(arguments)) => {
            commands::evaluate_lexicon::run(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Few(arguments)) => {
            commands::few::evaluate(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Similarity(arguments)) => {
            commands::evaluate_similarity::run(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Analogy(arguments)) => {
            commands::evaluate_analogy::run(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Classification(arguments)) => {
            commands::evaluate_classification::run(arguments, shared, printer)
        }
        Command::Evaluate(EvaluateCommand::Retrieval(arguments)) => {
            commands::evaluate_retrieval::run(arguments, shared, printer)
        }
        Command::Data(DataCommand::List(arguments)) => commands::data::list(arguments, shared, printer),
        Command::Data(DataCommand::Fetch(arguments)) => commands::data::fetch(arguments, shared, printer),
        Command::Data(DataCommand::Import(arguments)) => commands::data::import(arguments, shared, printer),
        Command::Data(DataCommand::Verify(arguments)) => commands::data::verify(arguments, shared, printer),
    }
}
