//! A leaderboard as a person reads it on a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Comparison, Difference, Leaderboard, Ranks, Verdict};

/// Languages that are shown; the page shows all.
const TOP: usize = 10;

impl Display for Leaderboard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [measured, unmeasurable, failed] = self.counts();
        writeln!(
            f,
            "{} languages: {measured} results measured, {unmeasurable} not measurable, {failed} failed\n",
            self.languages.len()
        )?;
        writeln!(f, "{:>9}  {:>6}  {:>5}  language", "rank", "points", "tasks")?;
        for language in self.languages.iter().take(TOP) {
            let Some(overall) = &language.overall else { continue };
            let rank = overall.rank.to_string();
            let (points, n_tasks) = (overall.points, overall.n_tasks);
            writeln!(f, "{rank:>9}  {points:>6.3}  {n_tasks:>5}  {} {}", language.code, language.facts.name)?;
        }
        match &self.comparison {
            Some(comparison) => write!(f, "\n{comparison}"),
            None => Ok(()),
        }
    }
}

impl Display for Ranks {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.best == self.worst {
            true => write!(f, "{}", self.best),
            false => write!(f, "{}–{}", self.best, self.worst),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "against the other run: {} better, {} worse, {} unclear, {} the same, {} gained, {} lost",
            self.count(Verdict::Better),
            self.count(Verdict::Worse),
            self.count(Verdict::Unclear),
            self.count(Verdict::Same),
            self.gained,
            self.lost
        )?;
        let is_real =
            |difference: &&Difference| matches!(difference.verdict, Verdict::Better | Verdict::Worse);
        for difference in self.differences.iter().filter(is_real) {
            let Difference { key, before, after, .. } = difference;
            writeln!(f, "{:+.3}  {key}: {before:.3} → {after:.3}", difference.change())?;
        }
        Ok(())
    }
}
