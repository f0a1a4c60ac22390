//! A leaderboard in, files out.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use wordferry_vectors::{create_folder, write_atomically};

use super::page::page;
use super::{Leaderboard, Ranks, Standing};
use crate::{Outcome, Result, Row};

const COLUMNS: [&str; 19] = [
    "language",
    "name",
    "own_name",
    "script",
    "family",
    "collections",
    "task",
    "hub",
    "status",
    "score",
    "low",
    "high",
    "n",
    "coverage",
    "best_rank",
    "worst_rank",
    "why",
    "inputs",
    "fingerprints",
];

impl Leaderboard {
    /// Writes `leaderboard.html`, `leaderboard.csv` and `leaderboard.json` into a folder, each atomically, and gives their paths.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made or a file not be written.
    pub fn save(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        create_folder(folder)?;
        let page = page(self).map_err(io::Error::from);
        let paths = ["html", "csv", "json"].map(|kind| folder.join(format!("leaderboard.{kind}")));
        write_atomically(&paths[0], |file| file.write_all(page?.as_bytes()))?;
        write_atomically(&paths[1], |file| self.write_csv(file))?;
        write_atomically(&paths[2], |file| {
            serde_json::to_writer_pretty(&mut *file, self)?;
            file.write_all(b"\n")
        })?;
        Ok(paths.into())
    }

    /// A line for every row, and one for every language's overall points, whose task is `overall`.
    fn write_csv<W: Write>(&self, file: &mut BufWriter<W>) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(COLUMNS)?;
        for language in &self.languages {
            if let Some(overall) = &language.overall {
                let mut record = begun(language, "overall", "");
                record.extend(["measured".into(), overall.points.to_string(), String::new(), String::new()]);
                record.extend([overall.n_tasks.to_string(), String::new()]);
                record.extend(shown(Some(&overall.rank)));
                record.resize(COLUMNS.len(), String::new());
                table.write_record(record)?;
            }
            for row in &language.rows {
                table.write_record(self.record(language, row))?;
            }
        }
        table.flush()
    }

    fn record(&self, language: &Standing, row: &Row) -> Vec<String> {
        let ranked = self.tasks.iter().any(|task| task.task == row.task && task.hub == row.hub);
        let ranks = language.ranks.get(&row.task).filter(|_| ranked);
        let mut record = begun(language, row.task.name(), row.hub.as_deref().unwrap_or_default());
        record.extend(outcome(&row.outcome, ranks));
        record.push(row.inputs.iter().map(|input| input.file.as_str()).collect::<Vec<_>>().join(" "));
        record.push(row.inputs.iter().map(|input| input.fingerprint.as_str()).collect::<Vec<_>>().join(" "));
        record
    }
}

/// The columns that say what a line is about.
fn begun(language: &Standing, task: &str, hub: &str) -> Vec<String> {
    let facts = &language.facts;
    let collections = facts.collections.join(" ");
    [&language.code, &facts.name, &facts.own_name, &facts.script, &facts.family, &collections, task, hub]
        .map(String::from)
        .into()
}

/// The columns from `status` to `why`.
fn outcome(outcome: &Outcome, ranks: Option<&Ranks>) -> Vec<String> {
    let without = |status: &str, why: &str| {
        let mut columns = vec![String::new(); 9];
        columns[0] = status.into();
        columns[8] = why.into();
        columns
    };
    match outcome {
        Outcome::Measured(measurement) => {
            let (low, high) = measurement.interval.unzip();
            let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
            let mut columns =
                vec!["measured".into(), measurement.score.to_string(), number(low), number(high)];
            columns.extend([measurement.n.to_string(), number(measurement.coverage)]);
            columns.extend(shown(ranks));
            columns.push(String::new());
            columns
        }
        Outcome::Unmeasurable { why } => without("unmeasurable", why),
        Outcome::Failed { why } => without("failed", why),
    }
}

fn shown(ranks: Option<&Ranks>) -> [String; 2] {
    ranks.map(|ranks| [ranks.best.to_string(), ranks.worst.to_string()]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{leaderboard, row};
    use crate::Task;

    #[test]
    fn files_are_complete() {
        let found = leaderboard(vec![
            row("de", Task::Lexicon, Some("en"), Some(0.75)),
            row("de", Task::Lexicon, Some("fr"), Some(0.5)),
            row("es", Task::Lexicon, Some("en"), Some(0.5)),
            row("es", Task::Similarity, None, None),
        ]);
        let folder = tempfile::tempdir().unwrap();
        let paths = found.save(&folder.path().join("new/folder")).unwrap();
        let csv = std::fs::read_to_string(&paths[1]).unwrap();
        insta::assert_snapshot!(csv, @"
        language,name,own_name,script,family,collections,task,hub,status,score,low,high,n,coverage,best_rank,worst_rank,why,inputs,fingerprints
        de,de,,,,,overall,,measured,0.75,,,1,,1,1,,,
        de,de,,,,,lexicon,en,measured,0.75,0.7,0.8,100,0.9,1,1,,vectors/x.vec,f00
        de,de,,,,,lexicon,fr,measured,0.5,0.45,0.55,100,0.9,,,,vectors/x.vec,f00
        es,es,,,,,overall,,measured,0.25,,,1,,2,2,,,
        es,es,,,,,similarity,,unmeasurable,,,,,,,,no lexicon for this language,vectors/x.vec,f00
        es,es,,,,,lexicon,en,measured,0.5,0.45,0.55,100,0.9,2,2,,vectors/x.vec,f00
        ");
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&paths[2]).unwrap()).unwrap();
        assert_eq!(json["languages"][0]["ranks"]["lexicon"]["best"], 1);
        assert_eq!(json["languages"][1]["rows"][0]["why"], "no lexicon for this language");
        let again = found.save(folder.path()).unwrap();
        for (first, second) in paths.iter().zip(again) {
            assert_eq!(std::fs::read(first).unwrap(), std::fs::read(second).unwrap());
        }
    }
}
