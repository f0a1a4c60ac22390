//! `wordferry align`: two files of vectors in, a map out.

use std::process::ExitCode;

use serde_json::json;
use wordferry::align::{Lexicon, Procrustes, Verdict, align};
use wordferry::evaluate::AlignmentReport;

use super::{SEED, open_vectors};
use crate::failure::{GATE, Usage};
use crate::options::{AlignArguments, Method, Shared};
use crate::printer::Printer;

pub(crate) fn run(
    arguments: &AlignArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    if arguments.seeds.lexicon.is_none() && !arguments.seeds.identical {
        return Err(Usage("expected --lexicon FILE or --identical, found neither".into()).into());
    }
    let source = open_vectors(&arguments.source, &arguments.reading, printer)?;
    let target = open_vectors(&arguments.target, &arguments.reading, printer)?;
    let (lexicon, seeds) = match &arguments.seeds.lexicon {
        Some(path) => (Lexicon::open(path)?, "lexicon"),
        None => (Lexicon::identical(source.vocabulary(), target.vocabulary()), "identical"),
    };
    printer.progress("aligning");
    let aligner = match arguments.method {
        Method::Procrustes => Procrustes,
    };
    let alignment = align(&aligner, &source, &target, &lexicon, shared.seed.unwrap_or(SEED))?;
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
