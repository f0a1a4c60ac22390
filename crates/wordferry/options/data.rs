//! What a user may type after `data`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use wordferry::benchmark::{Collection, OFFICIAL};

/// Rows that can be asked for: many times as many as any file has.
const MOST_ROWS: u64 = 1_000_000_000;
/// Seconds that a server may be silent at most: a day.
const MOST_PATIENCE: u64 = 24 * 60 * 60;

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// The languages that fastText has vectors of, and what there is of each
    List(DataListArguments),
    /// Fetch vectors and lexicons, or only the first rows of them
    Fetch(Box<DataFetchArguments>),
    /// Let a file of your own take its place among the data
    Import(DataImportArguments),
    /// Compare the data with what it was when it was first used
    Verify(DataVerifyArguments),
}

#[derive(Args, Debug)]
pub(crate) struct DataListArguments {
    /// These languages only, by fastText's codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub(crate) language: Vec<String>,
    /// Languages of this collection only: wiki, crawl or aligned
    #[arg(long, value_name = "NAME", value_parser = collection())]
    pub(crate) collection: Option<Collection>,
    /// Languages written in this script only, by ISO 15924, as in Cyrl
    #[arg(long, value_name = "SCRIPT")]
    pub(crate) script: Option<String>,
    /// Languages of this family only, by Glottolog, as in Uralic
    #[arg(long, value_name = "FAMILY")]
    pub(crate) family: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct DataFetchArguments {
    /// Languages, by fastText's codes
    #[arg(value_name = "CODE", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) languages: Vec<String>,
    /// All languages of the collection
    #[arg(long)]
    pub(crate) all: bool,
    /// The collection to fetch from: wiki (294 languages), crawl (158) or aligned (44)
    #[arg(long, value_name = "NAME", default_value = "wiki", value_parser = collection())]
    pub(crate) collection: Collection,
    /// Fetch the first N vectors only, and no more bytes than they take [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_ROWS))]
    pub(crate) limit: Option<u64>,
    /// Fetch fastText's models, which have vectors of n-grams too; 3 to 10 GB a language
    #[arg(long, conflicts_with = "limit")]
    pub(crate) subwords: bool,
    /// MUSE's lexicons too, among these languages and with English, and the English vectors that they need
    #[arg(long)]
    pub(crate) lexicons: bool,
    /// Fetch nothing; print addresses and sizes
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Folder of the data [default: wordferry/data in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// Files to fetch at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) jobs: u8,
    /// How often to ask again, after longer and longer pauses, before a file is given up
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) retries: u32,
    /// Seconds that a server may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=MOST_PATIENCE))]
    pub(crate) patience: u64,
    /// Server that has the files under the same paths
    #[arg(long, value_name = "URL", default_value = OFFICIAL)]
    pub(crate) endpoint: String,
}

#[derive(Args, Debug)]
pub(crate) struct DataImportArguments {
    /// File to import
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Its language, by fastText's code; of a lexicon the first language
    #[arg(long, value_name = "CODE")]
    pub(crate) language: String,
    /// What it is to be used as
    #[arg(long = "as", value_name = "USE", value_enum)]
    pub(crate) role: Role,
    /// The second language of a lexicon
    #[arg(long, value_name = "CODE")]
    pub(crate) with: Option<String>,
    /// Folder of the data [default: wordferry/data in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// What a file is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Word vectors of your own
    Vectors,
    /// The wiki collection's vectors, from elsewhere
    Wiki,
    /// The crawl collection's vectors, from elsewhere
    Crawl,
    /// The aligned collection's vectors, from elsewhere
    Aligned,
    /// Pairs of words, to train and to test with
    Lexicon,
    /// Pairs of words to train with
    TrainLexicon,
    /// Pairs of words to test with
    TestLexicon,
    /// Pairs of words with people's scores
    Similarity,
    /// Questions of analogy
    Analogies,
    /// Running text
    Texts,
    /// Labelled texts to train on
    TrainReviews,
    /// Labelled texts to test on
    TestReviews,
}

#[derive(Args, Debug)]
pub(crate) struct DataVerifyArguments {
    /// Folder of the data [default: wordferry/data in XDG_CACHE_HOME or ~/.cache]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

pub(super) fn collection() -> impl TypedValueParser<Value = Collection> {
    let names = Collection::ALL.map(Collection::name);
    PossibleValuesParser::new(names).map(|name| {
        Collection::from_name(&name).unwrap_or_else(|| unreachable!("clap lets names of collections through"))
    })
}
