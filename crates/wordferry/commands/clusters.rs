//! `wordferry clusters`: texts in, groups of texts that are alike out, each with its most telling words.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use wordferry::classify::{Clusters, WordCounts};
use wordferry::encode::Tokenisation;
use wordferry::vectors::write_atomically;

use super::SEED;
use super::predict::one_field;
use super::texts::{encode, open_or_learn, read_texts};
use crate::options::{ClustersArguments, Shared};
use crate::printer::Printer;

/// Characters of an example that are shown.
const SHOWN: usize = 100;

/// What is told of the texts.
#[derive(Serialize)]
struct Report {
    n_texts: usize,
    /// Share of the rows' variance between clusters.
    explained: f64,
    clusters: Vec<Cluster>,
}

#[derive(Serialize)]
struct Cluster {
    cluster: usize,
    n_texts: usize,
    words: Vec<Word>,
    examples: Vec<String>,
}

#[derive(Serialize)]
struct Word {
    word: String,
    z: f64,
}

pub(crate) fn run(
    arguments: &ClustersArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let texts = read_texts(&arguments.texts, &arguments.columns, printer)?;
    let encoder = open_or_learn(&arguments.encoder, &arguments.encoding, &texts, shared, printer)?;
    let features = encode(&*encoder, &texts, printer)?;
    printer.progress(&format!("dividing {} texts", texts.len()));
    let clusters = Clusters::find(features.view(), arguments.k, shared.seed.unwrap_or(SEED))?;
    if let Some(path) = &arguments.output {
        save(path, &texts, &clusters)?;
    }
    let report = report(arguments, &texts, &clusters);
    printer.report(shared, &report, || text(&report))?;
    Ok(ExitCode::SUCCESS)
}

fn report(arguments: &ClustersArguments, texts: &[String], clusters: &Clusters) -> Report {
    let sizes = clusters.sizes();
    let mut counts = WordCounts::new(sizes.len());
    for (text, &cluster) in texts.iter().zip(&clusters.of_row) {
        let mut words = Vec::new();
        Tokenisation::LOWER_CASE.for_each_token(text, |token| words.push(token.to_owned()));
        counts.add(cluster, words);
    }
    let cluster = |(cluster, &n_texts): (usize, &usize)| {
        let words = counts.telling(cluster, arguments.words).into_iter();
        let examples = clusters.nearest(cluster, arguments.examples).into_iter();
        Cluster {
            cluster: cluster + 1,
            n_texts,
            words: words.map(|(word, z)| Word { word: word.into(), z }).collect(),
            examples: examples.map(|row| texts[row].clone()).collect(),
        }
    };
    Report {
        n_texts: texts.len(),
        explained: clusters.explained,
        clusters: sizes.iter().enumerate().map(cluster).collect(),
    }
}

fn text(report: &Report) -> String {
    let (n, share) = (report.n_texts, 100.0 * report.explained);
    let mut text = format!(
        "{n} texts in {} clusters, which explain {share:.1} % of the rows' variance\n",
        report.clusters.len()
    );
    for Cluster { cluster, n_texts, words, examples } in &report.clusters {
        let words: Vec<&str> = words.iter().map(|word| word.word.as_str()).collect();
        let words =
            if words.is_empty() { "no word tells it from the others".into() } else { words.join(", ") };
        text.push_str(&format!("\n{cluster}: {n_texts} texts: {words}\n"));
        for example in examples {
            let line = one_field(example);
            let dots = if line.chars().count() > SHOWN { "…" } else { "" };
            text.push_str(&format!("    {}{dots}\n", line.chars().take(SHOWN).collect::<String>()));
        }
    }
    text
}

/// Writes the cluster of every text, in the texts' order.
fn save(path: &Path, texts: &[String], clusters: &Clusters) -> anyhow::Result<()> {
    Ok(write_atomically(path, |file| {
        let mut table = csv::Writer::from_writer(file);
        table.write_record(["cluster", "text"])?;
        for (text, cluster) in texts.iter().zip(&clusters.of_row) {
            table.write_record([&(cluster + 1).to_string(), text])?;
        }
        table.flush()
    })?)
}
