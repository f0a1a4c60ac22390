//! `wordferry align`: two files of vectors in, a map out.

use std::process::ExitCode;

use serde_json::json;
use wordferry::align::{Aligner, Lexicon, MultiStep, Procrustes, SelfLearning, Verdict, align};
use wordferry::evaluate::AlignmentReport;
use wordferry::vectors::Vocabulary;

use super::{SEED, open_vectors};
use crate::failure::GATE;
use crate::options::{AlignArguments, Method, Shared};
use crate::printer::Printer;

/// Fewer pairs than these seldom lead to a map by themselves.
const FEW_SEEDS: usize = 100;

pub(crate) fn run(
    arguments: &AlignArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let source = open_vectors(&arguments.source, &arguments.reading, printer)?;
    let target = open_vectors(&arguments.target, &arguments.reading, printer)?;
    let (lexicon, seeds) = seeds(arguments, source.vocabulary(), target.vocabulary())?;
    printer.progress("aligning");
    let seed = shared.seed.unwrap_or(SEED);
    let n_seeds = lexicon.resolve(source.vocabulary(), target.vocabulary()).pairs.len();
    if (2..FEW_SEEDS).contains(&n_seeds)
        && arguments.lexicon.is_some()
        && !arguments.identical
        && !arguments.numerals
    {
        printer.note(&format!(
            "note: {n_seeds} pairs may be too few to find a map with; if the languages share words or numbers, add --identical \
             or --numerals"
        ));
    }
    let aligner = aligner(arguments, n_seeds, seed);
    let alignment = align(&*aligner, &source, &target, &lexicon, seed)?;
    alignment.save(&arguments.output)?;
    let report = AlignmentReport::of(&alignment, seeds);
    printer.data(|out| {
        if shared.json {
            let map = arguments.output.display().to_string();
            serde_json::to_writer_pretty(&mut *out, &json!({ "map": map, "alignment": report }))?;
            return Ok(writeln!(out)?);
        }
        writeln!(out, "{} on {} {seeds} pairs: {}", report.method, report.n_seed_pairs, report.verdict)?;
        let (p, n) = (100.0 * report.held_out_p_at_1, report.n_held_out);
        writeln!(out, "P@1 {p:.1} % on {n} words that were held out of a second fit")?;
        Ok(writeln!(out, "saved as {}", arguments.output.display())?)
    })?;
    let failed = arguments.strict && alignment.verdict() == Verdict::Failed;
    Ok(if failed { ExitCode::from(GATE) } else { ExitCode::SUCCESS })
}

/// The pairs that were asked for, and what they came from.
fn seeds(
    arguments: &AlignArguments,
    source: &Vocabulary,
    target: &Vocabulary,
) -> anyhow::Result<(Lexicon, &'static str)> {
    let shared = match (arguments.identical, arguments.numerals) {
        (true, _) => Some((Lexicon::identical(source, target), "identical", "lexicon and identical")),
        (_, true) => Some((Lexicon::numerals(source, target), "numeral", "lexicon and numeral")),
        _ => None,
    };
    Ok(match (&arguments.lexicon, shared) {
        (Some(path), None) => (Lexicon::open(path)?, "lexicon"),
        (Some(path), Some((shared, _, both))) => (Lexicon::open(path)?.union(shared), both),
        (None, Some((shared, name, _))) => (shared, name),
        (None, None) => unreachable!("clap asks for one of them"),
    })
}

fn aligner(arguments: &AlignArguments, n_seeds: usize, seed: u64) -> Box<dyn Aligner> {
    match arguments.method {
        Method::Procrustes => Box::new(Procrustes),
        Method::Multistep => Box::new(MultiStep::default()),
        Method::Auto | Method::SelfLearning => {
            Box::new(SelfLearning { cutoff: arguments.cutoff, ..SelfLearning::for_seeds(n_seeds, seed) })
        }
    }
}
