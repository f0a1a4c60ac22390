//! A run's folder in, its settings and rows out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::benchmark::Key;
use crate::{Error, Outcome, Result, Row, Settings, Task, VERSION};

/// All that a run has found so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// What all rows have in common.
    pub settings: Settings,
    /// By language, task and hub; one of each.
    pub rows: Vec<Row>,
    /// Files with half a line at their end, which was passed over.
    pub cut: Vec<PathBuf>,
}

impl Results {
    /// Reads `results*.jsonl` and `speed*.jsonl`. Half a line at the end of a file, which a run that was killed leaves, is passed
    /// over. Where a row is there twice, a measured one stands rather than one that is not; of speeds, the last.
    ///
    /// # Errors
    ///
    /// If there are no results, a line is none, a file is of another version or of a run with other settings, or two
    /// measurements of one thing differ.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut settings: Option<(PathBuf, Settings)> = None;
        let mut rows = BTreeMap::new();
        let mut cut = Vec::new();
        for path in files_of_results(folder)? {
            let Some(file) = ResultsFile::open(&path)? else {
                cut.push(path);
                continue;
            };
            match &settings {
                Some((first, expected)) if *expected != file.settings => {
                    return Err(other_settings(first, expected, path, &file.settings));
                }
                Some(_) => {}
                None => settings = Some((path.clone(), file.settings)),
            }
            for row in file.rows {
                insert(&mut rows, row, folder)?;
            }
            if file.is_cut {
                cut.push(path);
            }
        }
        let Some((_, settings)) = settings else { return Err(Error::NoResults { folder: folder.into() }) };
        Ok(Self { settings, rows: rows.into_values().collect(), cut })
    }
}

/// The files of results in a folder, sorted by name.
pub(crate) fn files_of_results(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| wordferry_vectors::Error::reading(folder, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".jsonl").unwrap_or_default();
        if ["results", "speed"].iter().any(|kind| stem == *kind || stem.starts_with(&format!("{kind}-"))) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A file's content.
pub(crate) struct ResultsFile {
    pub(crate) settings: Settings,
    pub(crate) rows: Vec<Row>,
    is_cut: bool,
}

impl ResultsFile {
    /// None if not even the first line is whole.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let bytes = fs::read(path).map_err(|error| wordferry_vectors::Error::reading(path, error))?;
        let (whole, rest) = match bytes.iter().rposition(|&byte| byte == b'\n') {
            Some(end) => bytes.split_at(end + 1),
            None => (&[][..], &bytes[..]),
        };
        let mut lines =
            (1..).zip(whole.split(|&byte| byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty());
        let Some((number, first)) = lines.next() else { return Ok(None) };
        let settings = settings(first, path, number)?;
        let rows = lines.map(|(number, line)| parsed(line, "a row", path, number)).collect::<Result<_>>()?;
        Ok(Some(Self { settings, rows, is_cut: !rest.is_empty() }))
    }
}

/// The settings in a file's first line. Its version is looked at first: of another one, the rest may be anything.
fn settings(line: &[u8], path: &Path, number: usize) -> Result<Settings> {
    let expected = "the run's settings";
    let value: Value = parsed(line, expected, path, number)?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version != u64::from(VERSION) => {
            Err(Error::ResultsVersion { expected: VERSION, found: version, path: path.into() })
        }
        _ => parsed(line, expected, path, number),
    }
}

fn parsed<T: DeserializeOwned>(line: &[u8], expected: &'static str, path: &Path, number: usize) -> Result<T> {
    serde_json::from_slice(line).map_err(|error| Error::ResultsLine {
        expected,
        // The line that the parser counts is always its first.
        reason: error.to_string().replace(" at line 1 column", ", at column"),
        path: path.into(),
        line: number,
    })
}

fn insert(rows: &mut BTreeMap<Key, Row>, row: Row, folder: &Path) -> Result<()> {
    let key = row.key();
    match rows.get(&key) {
        Some(Row { outcome: Outcome::Measured(before), .. }) if row.task != Task::Speed => {
            match &row.outcome {
                Outcome::Measured(now) if now != before => {
                    Err(Error::Contradiction { what: row.key().to_string(), folder: folder.into() })
                }
                _ => Ok(()),
            }
        }
        _ => {
            rows.insert(key, row);
            Ok(())
        }
    }
}

fn other_settings(first: &Path, expected: &Settings, path: PathBuf, found: &Settings) -> Error {
    let shown = |settings: &Settings| serde_json::to_string(settings).unwrap_or_default();
    Error::OtherSettings { first: first.into(), expected: shown(expected), path, found: shown(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = r#"{"version":1,"program":"0.1.0","limit":10,"data":"made up","seed":42}"#;
    const DE: &str =
        r#"{"language":"de","task":"health","status":"measured","score":0.5,"n":2,"details":{},"inputs":[]}"#;
    const ES: &str =
        r#"{"language":"es","task":"health","status":"unmeasurable","why":"no text","inputs":[]}"#;

    /// What is read of files with these names and contents: languages, and how many files were cut; or the error.
    fn check(files: &[(&str, &str)], expected: std::result::Result<(&[&str], usize), &str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        match (Results::open(folder.path()), expected) {
            (Ok(results), Ok((languages, n_cut))) => {
                let found: Vec<_> = results.rows.iter().map(|row| row.language.as_str()).collect();
                assert_eq!((found.as_slice(), results.cut.len()), (languages, n_cut), "{files:?}");
            }
            (Err(error), Err(says)) => {
                let error = error.to_string();
                assert!(error.contains(says), "expected {says:?} in {error:?}");
            }
            (found, expected) => panic!("expected {expected:?}, found {found:?}"),
        }
    }

    #[test]
    fn lines_that_are_whole_are_read() {
        let whole = format!("{SETTINGS}\n{ES}\n{DE}\n");
        check(&[("results.jsonl", &whole)], Ok((&["de", "es"], 0)));
        for cut in [ES.len() + 1, ES.len(), 5, 1] {
            let half = format!("{SETTINGS}\n{DE}\n{}", &format!("{ES}\n")[..cut]);
            let (languages, n_cut): (&[_], _) =
                if cut > ES.len() { (&["de", "es"], 0) } else { (&["de"], 1) };
            check(&[("results.jsonl", &half)], Ok((languages, n_cut)));
        }
        check(&[("results.jsonl", &SETTINGS[..9]), ("speed.jsonl", &whole)], Ok((&["de", "es"], 1)));
    }

    #[test]
    fn shares_are_one_run() {
        let share = |row| format!("{SETTINGS}\n{row}\n");
        let first = ("results-1-of-2.jsonl", &*share(DE));
        check(
            &[first, ("results-2-of-2.jsonl", &share(ES)), ("resultsold.jsonl", "?")],
            Ok((&["de", "es"], 0)),
        );
        check(&[first, ("results-2-of-2.jsonl", &share(DE))], Ok((&["de"], 0)));
        let other = share(DE).replace("42", "43");
        check(&[first, ("results-2-of-2.jsonl", &other)], Err("\"seed\":43"));
        let other = share(DE).replace("0.5", "0.6");
        check(&[first, ("results-2-of-2.jsonl", &other)], Err("two that differ"));
        let failed = share(r#"{"language":"de","task":"health","status":"failed","why":"disk","inputs":[]}"#);
        check(&[first, ("results-2-of-2.jsonl", &failed)], Ok((&["de"], 0)));
    }

    #[test]
    fn what_is_no_result_is_told() {
        check(&[], Err("found none"));
        check(&[("results.jsonl", "{\"version\":7}\n")], Err("version 1, found version 7"));
        check(&[("results.jsonl", "{\"version\":1}\n")], Err("the run's settings, found missing field"));
        check(&[("results.jsonl", &format!("{SETTINGS}\n{{\"lang\n{DE}\n"))], Err("line 2"));
        check(&[("results.jsonl", &format!("{SETTINGS}\n{DE}{ES}\n"))], Err("line 2"));
    }
}
