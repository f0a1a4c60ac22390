//! The report as a person reads it.

use std::fmt::{self, Display, Formatter};

use crate::report::{Report, ScoreFields, SourceReport, TargetReport};

const N_COLUMNS: usize = 12;
const HEADER: [&str; N_COLUMNS] = [
    "language",
    "texts",
    "accuracy",
    "95 % interval",
    "macro-F1",
    "ECE",
    "Brier",
    "log-loss",
    "majority",
    "gap",
    "coverage",
    "alignment",
];
/// The only other column of words.
const ALIGNMENT: usize = N_COLUMNS - 1;
const NOTHING: &str = "–";

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let SourceReport { language, n_train, .. } = &self.source;
        let targets: Vec<&str> = self.targets.iter().map(|target| target.language.as_str()).collect();
        writeln!(f, "{} → {}: {}", language, targets.join(", "), self.classes.join(" / "))?;
        writeln!(
            f,
            "trained on {n_train} {language} texts ({}, logistic regression, l2 {} {})\n",
            self.pooling.as_ref().map_or("words one by one".into(), |pooling| format!("{pooling} pooling")),
            self.l2,
            match self.n_folds {
                0 => "without cross-validation".into(),
                n => format!("by cross-validation in {n} folds"),
            }
        )?;
        let mut rows = vec![HEADER.map(String::from), source_row(&self.source)];
        rows.extend(self.targets.iter().map(target_row));
        write_rows(f, &rows)?;
        writeln!(f)?;
        let width = self.targets.iter().map(|target| target.language.len()).max().unwrap_or(0);
        for target in &self.targets {
            writeln!(f, "{:width$}  {}", target.language, target.advice)?;
            writeln!(f, "{:width$}  by {}: {}", "", target.strategy, target.why)?;
        }
        writeln!(f)?;
        self.write_cost(f)
    }
}

impl Report {
    fn write_cost(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(seconds) = self.seconds {
            write!(f, "{seconds:.1} s")?;
            if let Some(bytes) = self.peak_rss_bytes {
                write!(f, ", {:.0} MiB of memory at most", bytes as f64 / f64::from(1 << 20))?;
            }
            writeln!(f)?;
        }
        match &self.command {
            Some(command) => writeln!(f, "repeat with: {command}"),
            None => Ok(()),
        }
    }
}

fn source_row(source: &SourceReport) -> [String; N_COLUMNS] {
    let coverage = percent(source.token_coverage);
    row(&source.language, &source.scores, NOTHING.into(), coverage, NOTHING.into())
}

fn target_row(target: &TargetReport) -> [String; N_COLUMNS] {
    let gap = target.gap.map_or(NOTHING.into(), |gap| format!("{:.1}", 100.0 * gap));
    let alignment = &target.alignment;
    let worth = format!(
        "{}: P@1 {:.1} on {} held out of {} {} pairs",
        alignment.verdict,
        100.0 * alignment.held_out_p_at_1,
        alignment.n_held_out,
        alignment.n_seed_pairs,
        alignment.seeds,
    );
    row(&target.language, &target.scores, gap, percent(target.token_coverage), worth)
}

fn row(
    language: &str,
    scores: &ScoreFields,
    gap: String,
    coverage: String,
    alignment: String,
) -> [String; N_COLUMNS] {
    let interval = scores.accuracy_ci;
    [
        language.into(),
        if scores.n_test == 0 { NOTHING.into() } else { scores.n_test.to_string() },
        percent(scores.accuracy),
        interval.map_or(NOTHING.into(), |ci| format!("{:.1} to {:.1}", 100.0 * ci.0, 100.0 * ci.1)),
        percent(scores.macro_f1),
        percent(scores.ece),
        number(scores.brier),
        number(scores.log_loss),
        percent(scores.majority),
        gap,
        coverage,
        alignment,
    ]
}

fn percent(share: Option<f64>) -> String {
    share.map_or(NOTHING.into(), |share| format!("{:.1}", 100.0 * share))
}

fn number(value: Option<f64>) -> String {
    value.map_or(NOTHING.into(), |value| format!("{value:.3}"))
}

/// Writes columns as wide as their widest cell, words to the left and numbers to the right.
fn write_rows(f: &mut Formatter<'_>, rows: &[[String; N_COLUMNS]]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            match column {
                0 => write!(f, "{cell:<width$}", width = widths[0])?,
                ALIGNMENT => write!(f, "  {cell}")?,
                _ => write!(f, "  {cell:>width$}", width = widths[column])?,
            }
        }
        writeln!(f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::report::AlignmentReport;
    use crate::{FullScores, Interval, ProbabilityScores, Scores};

    use super::*;

    fn alignment(verdict: &str, held_out_p_at_1: f64) -> AlignmentReport {
        let (method, seeds, verdict) = ("procrustes".into(), "lexicon".into(), verdict.into());
        AlignmentReport {
            method,
            seeds,
            verdict,
            held_out_p_at_1,
            n_held_out: 640,
            n_seed_pairs: 4168,
            mutual_rate: 0.4,
            control_mutual_rate: 0.4,
            rank_correlation: None,
            isometry: None,
            hubness: 3.0,
        }
    }

    fn target(language: &str, scores: Option<&Scores>, alignment: AlignmentReport) -> TargetReport {
        TargetReport {
            language: language.into(),
            strategy: "zero-shot".into(),
            why: "asked for".into(),
            scores: scores.into(),
            token_coverage: scores.map(|_| 0.9083),
            tokenisation: "lower case".into(),
            gap: scores.map(|scores| 0.8 - scores.accuracy),
            alignment,
            advice: "usable: …".into(),
            model: None,
        }
    }

    #[test]
    fn a_report_reads_as_it_should() {
        let scores = Scores {
            n: 1200,
            accuracy: 0.745,
            accuracy_ci: Interval(0.72, 0.77),
            macro_f1: 0.74,
            macro_f1_ci: Interval(0.71, 0.76),
            majority: 0.5,
            probabilities: Some(ProbabilityScores {
                ece: 0.031,
                ece_bins: 15,
                full: Some(FullScores {
                    brier: 0.345,
                    brier_ci: Interval(0.33, 0.36),
                    log_loss: 0.523,
                    log_loss_ci: Interval(0.51, 0.54),
                    auc: Some(0.83),
                    auc_ci: None,
                }),
            }),
        };
        let source = SourceReport {
            language: "en".into(),
            n_train: 800,
            scores: None.into(),
            token_coverage: Some(0.97),
            tokenisation: "lower case".into(),
        };
        let report = Report {
            source,
            targets: vec![
                target("de", Some(&scores), alignment("ok", 0.416)),
                target("gsw", None, alignment("failed", 0.0)),
            ],
            classes: vec!["negative".into(), "positive".into()],
            pooling: Some("mean".into()),
            l2: 0.03,
            n_folds: 5,
            seed: 42,
            version: "0.0.0".into(),
            command: Some("wordferry transfer plan.toml".into()),
            seconds: Some(1.25),
            peak_rss_bytes: Some(48 << 20),
        };
        insta::assert_snapshot!(report);
    }
}
