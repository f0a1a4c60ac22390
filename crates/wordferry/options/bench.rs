//! What a user may type after `wordferry bench`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};
use wordferry::benchmark::{Collection, Task};

use super::BenchReportArguments;
use super::predict::Shard;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    #[command(flatten)]
    pub(crate) run: Option<BenchRunArguments>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Show a run's results: a page that needs no network, CSV and JSON
    Report(BenchReportArguments),
}

#[derive(Args, Debug)]
pub(crate) struct BenchRunArguments {
    /// Folder of vectors and test sets (see the README for its layout) [default: that of `wordferry data`: wordferry/data in
    /// XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", conflicts_with = "mock")]
    pub(crate) from: Option<PathBuf>,
    /// Folder of results; the same command goes on there after an interruption
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Languages, by fastText's codes, or `all` that there are vectors of
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', default_value = "all")]
    pub(crate) languages: Vec<String>,
    /// What to measure: health, subwords, similarity, analogy, lexicon, retrieval, classification, speed, or `all`
    #[arg(long, value_name = "TASK,…", value_delimiter = ',', default_value = "all", value_parser = tasks)]
    pub(crate) tasks: Vec<Tasks>,
    /// The collection whose vectors to measure, where there are several of a language: wiki, crawl or aligned
    #[arg(long, value_name = "NAME", value_parser = super::data::collection())]
    pub(crate) collection: Option<Collection>,
    /// Languages that the others are measured against, in tasks that take two, or `all` [default: en, if there is]
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub(crate) hub: Vec<String>,
    /// Read only the first N vectors of each language
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub(crate) limit: usize,
    /// Memory to use, such as 4G or 500M; a language that needs more is measured alone
    #[arg(long, value_name = "BYTES", default_value = "4G")]
    pub(crate) memory: Bytes,
    /// Measure every Nth language only, from the Ith on: N runs with I from 1 to N share the work
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Say what would be measured, and what it would take; measure nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Try it on made-up data of the languages, in OUT/data; WORDSxDIMENSION says how large
    #[arg(long, value_name = "SIZE", conflicts_with = "dry_run", num_args = 0..=1, default_missing_value = "200x16", require_equals = true)]
    pub(crate) mock: Option<MockSize>,
    /// Exit with 4 if something could not be measured because what there is of it is at fault
    #[arg(long)]
    pub(crate) strict: bool,
}

/// A task, or all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tasks {
    All,
    One(Task),
}

fn tasks(argument: &str) -> Result<Tasks, String> {
    match argument {
        "all" => Ok(Tasks::All),
        name => Task::from_name(name)
            .map(Tasks::One)
            .ok_or_else(|| format!("expected all or one of {}", Task::ALL.map(Task::name).join(", "))),
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes(pub(crate) u64);

impl FromStr for Bytes {
    type Err = &'static str;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        let (number, unit) = match argument.strip_suffix(['k', 'K', 'M', 'G', 'T']) {
            Some(number) => (number, argument.chars().next_back()),
            None => (argument, None),
        };
        let factor: u64 = match unit {
            None => 1,
            Some('k' | 'K') => 1_000,
            Some('M') => 1_000_000,
            Some('G') => 1_000_000_000,
            Some(_) => 1_000_000_000_000,
        };
        let number: u64 =
            number.parse().map_err(|_| "expected a whole number of bytes, such as 500M or 4G")?;
        number.checked_mul(factor).map(Self).ok_or("expected fewer bytes")
    }
}

/// The size of made-up data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MockSize {
    pub(crate) n_words: usize,
    pub(crate) dimension: usize,
}

impl FromStr for MockSize {
    type Err = &'static str;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        let numbers = argument.split_once('x').and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
        match numbers {
            Some((n_words, dimension))
                if (200..=10_000).contains(&n_words) && (2..=1000).contains(&dimension) =>
            {
                Ok(Self { n_words, dimension })
            }
            _ => Err("expected WORDSxDIMENSION, from 200x2 to 10000x1000"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let bytes = |text: &str| text.parse::<Bytes>().ok().map(|bytes| bytes.0);
        assert_eq!(
            (bytes("4G"), bytes("500M"), bytes("7"), bytes("2k")),
            (Some(4_000_000_000), Some(500_000_000), Some(7), Some(2_000))
        );
        assert_eq!((bytes("G"), bytes("-1"), bytes("1.5G"), bytes("99999999999T")), (None, None, None, None));
        let size = |text: &str| text.parse::<MockSize>().ok().map(|size| (size.n_words, size.dimension));
        assert_eq!(
            (size("200x16"), size("5000x100"), size("1x1"), size("200")),
            (Some((200, 16)), Some((5000, 100)), None, None)
        );
    }
}
