//! What a user may type after `predict`.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::{ColumnArguments, input};

#[derive(Args, Debug)]
pub(crate) struct PredictArguments {
    /// A model that `wordferry train`, `transfer` or `finetune` saved
    #[arg(value_name = "MODEL", value_parser = input())]
    pub(crate) model: PathBuf,
    /// Folder of the transformer that the model was trained on, or its name on the hub [default: where it was in training, or the folder
    /// of its name beside the model]
    #[arg(long, value_name = "DIR")]
    pub(crate) encoder: Option<PathBuf>,
    /// A further model of the same classes; may be repeated. The class that most models name is taken, of as many votes the one of the higher
    /// mean probability
    #[arg(long, value_name = "MODEL", value_parser = input(), conflicts_with = "bogofilter_exit")]
    pub(crate) with: Vec<PathBuf>,
    /// Texts: CSV, TSV, JSON lines, Parquet, or one a line; `-` is stdin
    #[arg(value_name = "FILE", value_parser = input())]
    pub(crate) texts: PathBuf,
    /// Take FILE as one message, print nothing, and exit as bogofilter does: 0 spam, 1 ham, 2 unsure, 3 it failed
    #[arg(long, conflicts_with_all = ["output", "shard"])]
    pub(crate) bogofilter_exit: bool,
    #[command(flatten)]
    pub(crate) columns: ColumnArguments,
    /// Classify every Nth text only, from the Ith on: N runs with I from 1 to N share the work
    #[arg(long, value_name = "I/N", default_value_t = Shard::default())]
    pub(crate) shard: Shard,
    /// File to write to, once it is whole; until then it is OUT.part [default: stdout]
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Go on where a run with the same arguments was cut off (what it was made of is in OUT.state)
    #[arg(long, requires = "output")]
    pub(crate) resume: bool,
}

/// A share of the rows of a file: every so many, from a certain one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 1.
    number: usize,
    of: usize,
}

impl Default for Shard {
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

impl Shard {
    /// Its number, from 1.
    pub(crate) fn number(self) -> usize {
        self.number
    }

    /// How many shards there are.
    pub(crate) fn of(self) -> usize {
        self.of
    }

    /// The rows of the share, and whatever goes wrong with a row of another one.
    pub(crate) fn rows<T, E>(
        self,
        rows: impl Iterator<Item = Result<T, E>>,
    ) -> impl Iterator<Item = Result<T, E>> {
        let is_own = move |i: usize| i % self.of == self.number - 1;
        rows.enumerate().filter(move |(i, row)| row.is_err() || is_own(*i)).map(|(_, row)| row)
    }
}

impl Display for Shard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(argument: &str) -> Result<Self, Self::Err> {
        let parts =
            argument.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("expected I/N with I from 1 to N, such as 2/8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_rows() {
        let all = || (0..10).map(Ok::<_, i32>);
        let rows =
            |shard: &str| shard.parse::<Shard>().unwrap().rows(all()).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!((rows("1/3"), rows("2/3"), rows("3/3")), (vec![0, 3, 6, 9], vec![1, 4, 7], vec![2, 5, 8]));
        assert_eq!(rows("1/1"), (0..10).collect::<Vec<_>>());
        let broken = || (0..10).map(|i| if i == 4 { Err(i) } else { Ok(i) });
        let of = |shard: &str| shard.parse::<Shard>().unwrap().rows(broken()).collect::<Result<Vec<_>, _>>();
        assert_eq!([of("1/3"), of("2/3")], [Err(4), Err(4)], "whoever's row it is");
        for wrong in ["0/3", "4/3", "3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
