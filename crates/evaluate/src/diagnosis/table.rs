//! A diagnosis as a person reads it.

use std::fmt::{self, Display, Formatter};

use super::{Diagnosis, MeasuredCurves, TargetDiagnosis};
use crate::{BreakEven, CurveFit, Interval, LearningPoint};

const NOTHING: &str = "–";

impl Display for Diagnosis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { source_language, n_train, classes, .. } = self;
        let targets: Vec<&str> = self.targets.iter().map(|target| target.language.as_str()).collect();
        writeln!(f, "{source_language} → {}: {}", targets.join(", "), classes.join(" / "))?;
        writeln!(f, "{n_train} labelled {source_language} texts; scores are macro-F1 in per cent")?;
        for target in &self.targets {
            write!(f, "\n{}: {}\n", target.language, target.verdict)?;
            target.reasons.iter().try_for_each(|reason| writeln!(f, "  - {reason}"))?;
            writeln!(f, "  rests on {}\n", target.rests_on)?;
            write_evidence(f, target, classes)?;
            if let Some(curves) = &target.curves {
                write_curves(f, curves, self.seed)?;
            }
            write_outcome(f, target)?;
        }
        Ok(())
    }
}

fn write_evidence(f: &mut Formatter<'_>, target: &TargetDiagnosis, classes: &[String]) -> fmt::Result {
    let alignment = &target.alignment;
    let mut line = |name: &str, value: Option<String>| {
        writeln!(f, "  {name:<18}{}", value.unwrap_or_else(|| NOTHING.into()))
    };
    line("strategy", Some(format!("{}: {}", target.strategy, target.why)))?;
    let (share, held_out) = (100.0 * alignment.held_out_p_at_1, alignment.n_held_out);
    line("alignment", Some(format!("{}: P@1 {share:.1} on {held_out} held out", alignment.verdict)))?;
    line("coverage", target.token_coverage.map(points))?;
    line("A-distance", target.proxy_a_distance.map(|found| format!("{:.2} of 2", found.distance)))?;
    let shares = target.predicted_shares.as_ref().map(|shares| {
        let told = classes.iter().zip(shares).map(|(class, &share)| format!("{class} {}", points(share)));
        told.collect::<Vec<_>>().join(", ")
    });
    line("predicted shares", shares)?;
    line("LEEP", target.leep.map(|found| format!("{:.3} (by chance {:.3}) nats", found.leep, found.chance)))?;
    line("H-score", target.h_score.map(|score| format!("{score:.3} of {}", classes.len() - 1)))?;
    line("LogME", target.log_evidence.map(|evidence| format!("{evidence:.3} nats a text")))
}

fn write_curves(f: &mut Formatter<'_>, curves: &MeasuredCurves, seed: u64) -> fmt::Result {
    writeln!(f, "\n  {:>8}  {:>22}  {:>22}", "labels", "with transfer", "target labels alone")?;
    let cell = |point: Option<&LearningPoint>| match point {
        Some(point) => with_interval((point.mean(), point.interval(seed))),
        None => NOTHING.into(),
    };
    for point in curves.transferred.points() {
        let own = curves.own.points().iter().find(|own| own.n_labels == point.n_labels);
        writeln!(f, "  {:>8}  {:>22}  {:>22}", point.n_labels, cell(Some(point)), cell(own))?;
    }
    for (name, value) in [("start", start as fn(&CurveFit) -> String), ("slope", slope), ("asymptote", end)] {
        let cell = |fit: &Option<CurveFit>| fit.as_ref().map_or(NOTHING.into(), value);
        let (with, own) = (cell(&curves.transferred_fit), cell(&curves.own_fit));
        writeln!(f, "  {name:>8}  {with:>22}  {own:>22}")?;
    }
    if let Some(BreakEven { n_labels, n_measured, .. }) = curves.break_even {
        match n_labels {
            Some(n) => writeln!(f, "  transfer stops paying at {n:.0} labels")?,
            None => writeln!(f, "  transfer pays up to {n_measured} labels, the most that were tried")?,
        }
    }
    Ok(())
}

fn start(fit: &CurveFit) -> String {
    points(fit.start)
}

fn slope(fit: &CurveFit) -> String {
    format!("{:+.1} a doubling", 100.0 * fit.slope)
}

fn end(fit: &CurveFit) -> String {
    fit.asymptote.map_or(NOTHING.into(), points)
}

fn write_outcome(f: &mut Formatter<'_>, target: &TargetDiagnosis) -> fmt::Result {
    let Some(outcome) = &target.outcome else { return Ok(()) };
    let told = with_interval(outcome.transferred);
    write!(f, "\n  on {} test texts, which the verdict did not see: {told} with transfer", outcome.n_test)?;
    match outcome.own.zip(outcome.gain) {
        Some((own, (gain, Interval(low, high)))) => writeln!(
            f,
            ", {} by target labels alone, a gain of {:+.1} ({:+.1} to {:+.1})",
            with_interval(own),
            100.0 * gain,
            100.0 * low,
            100.0 * high
        ),
        None => writeln!(f),
    }
}

fn points(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn with_interval((score, Interval(low, high)): (f64, Interval)) -> String {
    format!("{} ({} to {})", points(score), points(low), points(high))
}
