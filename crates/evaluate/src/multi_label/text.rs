//! The scores of sets of labels as a person reads them.

use std::fmt::{self, Display, Formatter};

use super::MultiLabelScores;
use crate::Interval;

impl Display for MultiLabelScores {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "texts            {}", self.n_test)?;
        writeln!(f, "labels a text    {:.2}", self.labels_per_text)?;
        let mut line = |name: &str, value: f64, Interval(low, high): Interval| {
            let [value, low, high] = [value, low, high].map(|share| 100.0 * share);
            writeln!(f, "{name:<15}  {value:.1} % (95 % interval {low:.1} to {high:.1})")
        };
        line("micro-F1", self.micro_f1, self.micro_f1_ci)?;
        line("macro-F1", self.macro_f1, self.macro_f1_ci)?;
        line("exact match", self.exact_match, self.exact_match_ci)?;
        line("Hamming loss", self.hamming_loss, self.hamming_loss_ci)?;
        writeln!(f, "without a label  {:.1} % Hamming loss", 100.0 * self.hamming_loss_of_none)?;
        writeln!(f, "ECE              {:.1} %", 100.0 * self.ece)?;
        writeln!(f, "Brier            {:.3}", self.brier)?;
        writeln!(f, "log-loss         {:.3}", self.log_loss)?;
        self.write_classes(f)
    }
}

impl MultiLabelScores {
    fn write_classes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let width =
            self.classes.iter().map(|class| class.chars().count()).max().unwrap_or(0).max("label".len());
        writeln!(f, "\n{:width$}  precision  recall    F1  95 % interval    texts    found", "label")?;
        let percent =
            |share: Option<f64>| share.map_or("–".into(), |share| format!("{:.1}", 100.0 * share));
        for name in &self.classes {
            let label = &self.by_class[name];
            let scores = &label.scores;
            let interval = label.f1_ci.map_or("–".into(), |Interval(low, high)| {
                format!("{:.1} to {:.1}", 100.0 * low, 100.0 * high)
            });
            let (precision, recall, f1) =
                (percent(scores.precision), percent(scores.recall), percent(scores.f1));
            writeln!(
                f,
                "{name:width$}  {precision:>9}  {recall:>6}  {f1:>4}  {interval:>13}  {:>7}  {:>7}",
                scores.n, scores.n_predicted
            )?;
        }
        Ok(())
    }
}
