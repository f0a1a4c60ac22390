//! `wordferry align`: files of vectors in, a map out.

use std::process::ExitCode;

use serde_json::json;
use wordferry::align::{
    Aligner, Alignment, Contrastive, LeastSquares, Lexicon, MultiStep, Procrustes, ProcrustesB, Rcsls,
    SelfLearning, Verdict, align_by_best,
};
use wordferry::evaluate::AlignmentReport;
use wordferry::vectors::Embeddings;
use wordferry::vectors::normalise::Step;

use super::align_many;
use super::{SEED, open_vectors};
use crate::failure::{GATE, Usage};
use crate::options::{AlignArguments, Method, Shared};
use crate::printer::Printer;

/// Fewer pairs than these seldom lead to a map by themselves.
const FEW_SEEDS: usize = 100;
/// Pairs of a lexicon from which on it is worth to drive apart what is mistaken for a translation.
const MANY_SEEDS: usize = 1_000;
/// Neighbours of CSLS whose mean is kept in the map.
const K: usize = 10;

pub(crate) fn run(
    arguments: &AlignArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    check(arguments)?;
    let (Some(source), Some(target)) = (&arguments.source, &arguments.target) else {
        return align_many::run(arguments, shared, printer);
    };
    if arguments.method == Method::Generalised {
        return Err(
            Usage("expected --language LANG=FILE for --method generalised, found --source".into()).into()
        );
    }
    let source = open_vectors(source, &arguments.reading, printer)?;
    let target = open_vectors(target, &arguments.reading, printer)?;
    let given = arguments.lexicon.iter().map(|path| Lexicon::open(path)).collect::<Result<Vec<_>, _>>()?;
    let seeds = Seeds::of(arguments, given, &source, &target, printer);
    printer.progress("aligning");
    let mut alignment = seeds.align(arguments, &source, &target, shared.seed.unwrap_or(SEED))?;
    if arguments.keep_neighbourhoods {
        printer.progress("measuring neighbourhoods");
        alignment.keep_similarity(&source, &target, K)?;
    }
    alignment.save(&arguments.output)?;
    let report = AlignmentReport::of(&alignment, alignment.evidence(), &alignment.seeds);
    printer.data(|out| {
        if shared.json {
            let map = arguments.output.display().to_string();
            serde_json::to_writer_pretty(&mut *out, &json!({ "map": map, "alignment": report }))?;
            return Ok(writeln!(out)?);
        }
        writeln!(out, "{}", line(&report))?;
        Ok(writeln!(out, "saved as {}", arguments.output.display())?)
    })?;
    Ok(exit_code(arguments, &alignment))
}

/// Wrong usage, if something is asked for that the method cannot do.
pub(super) fn check(arguments: &AlignArguments) -> anyhow::Result<()> {
    if arguments.unsupervised && !guesses(arguments.method) {
        return Err(Usage("expected self-learning for --unsupervised, found another --method".into()).into());
    }
    Ok(())
}

/// Whether a method can begin without seeds.
fn guesses(method: Method) -> bool {
    matches!(method, Method::Auto | Method::SelfLearning)
}

/// 4 if the alignment has failed and that matters.
pub(super) fn exit_code(arguments: &AlignArguments, alignment: &Alignment) -> ExitCode {
    let failed = arguments.strict && alignment.verdict() == Verdict::Failed;
    if failed { ExitCode::from(GATE) } else { ExitCode::SUCCESS }
}

/// What a report says, in a line.
pub(super) fn line(report: &AlignmentReport) -> String {
    let AlignmentReport { method, n_seed_pairs, seeds, verdict, n_held_out, .. } = report;
    let seeds = if *n_seed_pairs == 0 { "no".into() } else { format!("{n_seed_pairs} {seeds}") };
    let tested = match n_held_out {
        0 => "too few words beside numbers to hold any out for a test".into(),
        n => format!(
            "P@1 {:.1} % on {n} words that were held out of a fit to test it",
            100.0 * report.held_out_p_at_1
        ),
    };
    let frequency = report.rank_correlation.map_or("–".into(), |correlation| format!("{correlation:.2}"));
    let isometry = report.isometry.map_or("–".into(), |isometry| format!("{isometry:.2}"));
    format!(
        "{method} on {seeds} pairs: {verdict}\n{tested}\nwords that find each other: alike in frequency {frequency}, in \
         neighbours {isometry}"
    )
}

/// What to align by, and how.
pub(super) struct Seeds {
    lexicon: Lexicon,
    guess: bool,
}

impl Seeds {
    /// What was asked for; the best there is, if nothing was.
    pub(super) fn of(
        arguments: &AlignArguments,
        given: Vec<Lexicon>,
        source: &Embeddings,
        target: &Embeddings,
        printer: &Printer,
    ) -> Self {
        let (x, z) = (source.vocabulary(), target.vocabulary());
        let of_lexicons = !given.is_empty();
        let mut lexicon = given.into_iter().fold(Lexicon::default(), Lexicon::union);
        let named = arguments.identical || arguments.numerals || arguments.cognates || arguments.unsupervised;
        if arguments.identical {
            lexicon = lexicon.union(Lexicon::identical(x, z));
        }
        if arguments.numerals {
            lexicon = lexicon.union(Lexicon::numerals(x, z));
        }
        if arguments.cognates {
            lexicon = lexicon.union(Lexicon::cognates(x, z));
        }
        if !named && of_lexicons {
            let n = lexicon.resolve(x, z).pairs.len();
            if (2..FEW_SEEDS).contains(&n) {
                printer.note(&format!(
                    "note: {n} pairs may be too few to find a map with; if the languages share words or numbers, add \
                     --identical or --numerals"
                ));
            }
        } else if !named {
            let identical = Lexicon::identical(x, z);
            let n = identical.pairs().len();
            lexicon = identical;
            if n < FEW_SEEDS && guesses(arguments.method) {
                printer
                    .note("note: no lexicon, and hardly a word in common: aligning by the vectors, mostly");
                return Self { lexicon, guess: true };
            }
            printer.note(&format!(
                "note: no lexicon: aligning by the {n} words that both languages spell the same way"
            ));
        }
        Self { lexicon, guess: arguments.unsupervised }
    }

    pub(super) fn align(
        &self,
        arguments: &AlignArguments,
        source: &Embeddings,
        target: &Embeddings,
        seed: u64,
    ) -> anyhow::Result<Alignment> {
        let n_seeds = self.lexicon.resolve(source.vocabulary(), target.vocabulary()).pairs.len();
        let self_learning = SelfLearning {
            cutoff: arguments.cutoff,
            guess: self.guess,
            ..SelfLearning::for_lexicon(&self.lexicon, if self.guess { 0 } else { n_seeds }, seed)
        };
        let aligner = aligner(self.method(arguments, n_seeds), self_learning);
        // Learning from what a map finds makes most maps better and weak ones worse: held-out words tell.
        let multi_step = MultiStep::default();
        let mut aligners = vec![&*aligner];
        // Words that are spelt alike are no fair test of that: many are names, which the seeds teach best.
        let is_fair = self_learning.keep_seeds && n_seeds >= FEW_SEEDS && !self.guess;
        if arguments.method == Method::Auto && !arguments.self_learning && is_fair {
            aligners.push(&multi_step);
        }
        Ok(align_by_best(&aligners, source, target, &self.lexicon, &normalisation(arguments), seed)?)
    }

    /// The method that was asked for; the best for these seeds, if none was.
    fn method(&self, arguments: &AlignArguments, n_seeds: usize) -> Method {
        let refined = n_seeds >= MANY_SEEDS && self.lexicon.origin() == "lexicon" && !self.guess;
        match arguments.method {
            Method::Auto if refined && !arguments.self_learning => Method::Contrastive,
            Method::Auto => Method::SelfLearning,
            method => method,
        }
    }

    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}

pub(super) fn normalisation(arguments: &AlignArguments) -> Vec<Step> {
    arguments.normalise.iter().flat_map(|steps| steps.0.iter().copied()).collect()
}

fn aligner(method: Method, self_learning: SelfLearning) -> Box<dyn Aligner> {
    match method {
        Method::Procrustes => Box::new(Procrustes),
        Method::LeastSquares => Box::new(LeastSquares::default()),
        Method::Ridge => Box::new(LeastSquares::RIDGE),
        Method::Cca => Box::new(MultiStep::CCA),
        Method::Multistep => Box::new(MultiStep::default()),
        Method::Rcsls => Box::new(Rcsls::default()),
        Method::RcslsSpectral => Box::new(Rcsls { spectral: true, ..Rcsls::default() }),
        Method::ProcrustesB => {
            Box::new(ProcrustesB { cutoff: self_learning.cutoff, ..ProcrustesB::default() })
        }
        Method::Contrastive => Box::new(Contrastive::of(self_learning)),
        Method::Auto | Method::SelfLearning | Method::Generalised => Box::new(self_learning),
    }
}
