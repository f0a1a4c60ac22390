//! A diagnosis in, its files out: `diagnosis.json`, and for each language with labels `LANGUAGE.curve.svg`.

use std::io;
use std::path::Path;

use wordferry_vectors::{remove_file_if_there, write_atomically};

use super::{Diagnosis, TargetDiagnosis};
use crate::output::save_json;
use crate::{Result, learning_curves};

/// Saves each file atomically. Charts that an earlier diagnosis left of languages without labels are removed.
pub(super) fn save(folder: &Path, diagnosis: &Diagnosis) -> Result<()> {
    for target in &diagnosis.targets {
        save_chart(folder, &diagnosis.source_language, target, diagnosis.seed)?;
    }
    save_json(&folder.join("diagnosis.json"), diagnosis)
}

fn save_chart(folder: &Path, source: &str, target: &TargetDiagnosis, seed: u64) -> Result<()> {
    let path = folder.join(format!("{}.curve.svg", target.language));
    let Some(curves) = &target.curves else {
        return Ok(remove_file_if_there(&path)?);
    };
    let title = format!("{source} → {}: {}", target.language, target.verdict);
    let lines = [("with transfer", &curves.transferred), ("target labels alone", &curves.own)];
    let chart = learning_curves(&title, "macro-F1", &lines, seed).to_svg();
    Ok(write_atomically(&path, |file| io::Write::write_all(file, chart.as_bytes()))?)
}
