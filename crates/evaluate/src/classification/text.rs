//! The scores of a classifier as a person reads them.

use std::fmt::{self, Display, Formatter};

use super::ClassificationScores;
use crate::{Interval, ReliabilityBin};

/// Width of the bars of the reliability diagram.
const BAR: usize = 40;

impl Display for ClassificationScores {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write_measures(f)?;
        self.write_classes(f)?;
        self.write_recalls(f)?;
        self.write_reliability(f)
    }
}

impl ClassificationScores {
    fn write_measures(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scores = &self.scores;
        writeln!(f, "texts              {}", scores.n_test)?;
        let mut line = |name: &str, value: Option<f64>, interval: Option<Interval>, scale: f64| match value {
            Some(value) => {
                let (digits, unit) = if scale == 1.0 { (3, "") } else { (1, " %") };
                write!(f, "{name:<17}  {:.digits$}{unit}", scale * value)?;
                if let Some(Interval(low, high)) = interval {
                    write!(f, " (95 % interval {:.digits$} to {:.digits$})", scale * low, scale * high)?;
                }
                writeln!(f)
            }
            None => Ok(()),
        };
        line("accuracy", scores.accuracy, scores.accuracy_ci, 100.0)?;
        line("macro-F1", scores.macro_f1, scores.macro_f1_ci, 100.0)?;
        line("balanced accuracy", self.balanced_accuracy, self.balanced_accuracy_ci, 100.0)?;
        line("majority", scores.majority, None, 100.0)?;
        line("ECE", scores.ece, None, 100.0)?;
        line("Brier", scores.brier, scores.brier_ci, 1.0)?;
        line("log-loss", scores.log_loss, scores.log_loss_ci, 1.0)?;
        line("AUC", scores.auc, scores.auc_ci, 1.0)?;
        match (self.balanced_accuracy, self.better_than_chance) {
            (None, _) => writeln!(f, "texts of one class tell little: test on some of the others too"),
            (Some(_), false) => writeln!(f, "not distinguishable from chance"),
            _ => Ok(()),
        }
    }

    fn write_classes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width =
            self.classes.iter().map(|class| class.chars().count()).max().unwrap_or(0).max("class".len());
        let predicted = |name: &String| format!("as {name}");
        write!(f, "\n{:width$}  precision  recall    F1    texts", "class")?;
        self.classes.iter().try_for_each(|name| write!(f, "  {:>7}", predicted(name)))?;
        writeln!(f)?;
        for (name, counts) in self.classes.iter().zip(&self.confusion) {
            let scores = &self.by_class[name];
            let percent =
                |share: Option<f64>| share.map_or("–".into(), |share| format!("{:.1}", 100.0 * share));
            let (precision, recall, f1) =
                (percent(scores.precision), percent(scores.recall), percent(scores.f1));
            write!(f, "{name:width$}  {precision:>9}  {recall:>6}  {f1:>4}  {:>7}", scores.n)?;
            for (name, count) in self.classes.iter().zip(counts) {
                write!(f, "  {count:>width$}", width = predicted(name).chars().count().max(7))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn write_recalls(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Some(positive), false) = (&self.positive, self.recall_at_fpr.is_empty()) else { return Ok(()) };
        writeln!(f, "\n{positive} that is found, by the best threshold for these texts")?;
        for found in &self.recall_at_fpr {
            let Interval(low, high) = found.recall_ci;
            write!(
                f,
                "at most {:.1} % false positives: {:.1} % (95 % interval {:.1} to {:.1})",
                100.0 * found.budget,
                100.0 * found.recall,
                100.0 * low,
                100.0 * high
            )?;
            match found.enough_texts {
                true => writeln!(f)?,
                false => {
                    writeln!(f, "; too few other texts to tell: it takes {:.0}", (1.0 / found.budget).ceil())?
                }
            }
        }
        Ok(())
    }

    fn write_reliability(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.reliability.len() < 2 {
            return Ok(());
        }
        writeln!(f, "\nsure of it  right  texts  = right, | where it should end")?;
        for bin in &self.reliability {
            let ReliabilityBin { confidence, accuracy, n } = bin;
            writeln!(f, "{:>10.1}  {:>5.1}  {n:>5}  {}", 100.0 * confidence, 100.0 * accuracy, bar(bin))?;
        }
        Ok(())
    }
}

/// As long as the accuracy is high, with a mark at the confidence.
fn bar(bin: &ReliabilityBin) -> String {
    let at = |share: f64| (share * BAR as f64).round() as usize;
    let (right, mark) = (at(bin.accuracy), at(bin.confidence));
    let sign = |i: usize| match i {
        i if i == mark => '|',
        i if i < right => '=',
        _ => ' ',
    };
    (0..=right.max(mark)).map(sign).collect::<String>().trim_end().to_string()
}
