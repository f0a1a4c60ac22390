//! What a language is called in, what fastText has of it out.
//!
//! The table is `data/languages.tsv`, which is part of the program; nothing is asked of the network.

mod resource;

pub use resource::{OFFICIAL, Resource, Size};

use std::fmt;

use crate::{Error, Result};

const TABLE: &str = include_str!("../../../data/languages.tsv");
/// Languages that are named to whoever asks for one that is not there.
const NEAREST: usize = 3;

/// Vectors of many languages that were made in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Skip-gram on Wikipedia, 294 languages (Bojanowski et al. 2017).
    Wiki,
    /// CBOW on Common Crawl and Wikipedia, English and 157 others (Grave et al. 2018).
    Crawl,
    /// Those of Wikipedia in one space, 44 languages (Joulin et al. 2018).
    Aligned,
}

impl Collection {
    /// All of them.
    pub const ALL: [Collection; 3] = [Collection::Wiki, Collection::Crawl, Collection::Aligned];

    /// The name, as it is typed and written.
    pub fn name(self) -> &'static str {
        match self {
            Collection::Wiki => "wiki",
            Collection::Crawl => "crawl",
            Collection::Aligned => "aligned",
        }
    }

    /// The collection of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.name() == name)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A language that fastText has vectors of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// Wikipedia's code, which fastText's files have in their names.
    pub code: &'static str,
    /// The ISO 639-3 code. Five pairs of Wikipedias share one.
    pub iso639_3: &'static str,
    /// The English name.
    pub name: &'static str,
    /// What its speakers call it.
    pub own_name: &'static str,
    /// The script that its Wikipedia is mostly written in, by ISO 15924.
    pub script: &'static str,
    /// The family, by Glottolog.
    pub family: &'static str,
    /// The collections that have vectors of it.
    pub collections: Vec<Collection>,
    /// Languages that MUSE has lexicons with, in both directions.
    pub lexicons: Vec<&'static str>,
    /// Bytes of its Wikipedia of 1 March 2019, as compressed XML; `None` for one that was closed.
    pub wikipedia_bytes: Option<u64>,
}

/// The languages that fastText has vectors of.
#[derive(Clone, Debug)]
pub struct Catalogue {
    languages: Vec<Language>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { languages: TABLE.lines().skip(1).map(language).collect() }
    }
}

impl Catalogue {
    /// All languages, by code.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The language with this code.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`], which names those that come nearest.
    pub fn language(&self, code: &str) -> Result<&Language> {
        let found = self.languages.iter().find(|language| language.code == code);
        found.ok_or_else(|| Error::UnknownLanguage { code: code.to_owned(), hint: self.hint(code) })
    }

    /// The nearest languages by code, ISO 639-3 code or name.
    fn hint(&self, asked: &str) -> String {
        let asked = asked.to_lowercase();
        let distance = |language: &&Language| {
            let Language { code, iso639_3, name, own_name, .. } = language;
            let names = [code, iso639_3, name, own_name].map(|name| name.to_lowercase());
            let similarity = |name: &String| strsim::normalized_damerau_levenshtein(name, &asked);
            let best = names.iter().map(similarity).fold(0.0, f64::max);
            ((1.0 - best) * 1e6) as u64
        };
        let mut nearest: Vec<&Language> = self.languages.iter().collect();
        nearest.sort_by_key(distance);
        let nearest: Vec<String> = nearest[..NEAREST]
            .iter()
            .map(|language| format!("{} ({})", language.code, language.name))
            .collect();
        format!("the nearest are {}; `wordferry data list` shows all", nearest.join(", "))
    }
}

/// A row of the table.
fn language(row: &'static str) -> Language {
    let columns: Vec<&'static str> = row.split('\t').collect();
    let [code, iso639_3, name, own_name, script, family, collections, lexicons, wikipedia_bytes] =
        columns[..]
    else {
        unreachable!("every row of data/languages.tsv has nine columns")
    };
    let list = |cell: &'static str| cell.split(',').filter(|name| !name.is_empty());
    Language {
        code,
        iso639_3,
        name,
        own_name,
        script,
        family,
        collections: list(collections).filter_map(Collection::from_name).collect(),
        lexicons: list(lexicons).collect(),
        wikipedia_bytes: wikipedia_bytes.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_there_once_and_whole() {
        let catalogue = Catalogue::default();
        let languages = catalogue.languages();
        assert!(languages.is_sorted_by(|a, b| a.code < b.code), "codes are unique and sorted");
        for Language { code, iso639_3, name, own_name, script, family, collections, .. } in languages {
            let is_code =
                |code: &str, n| code.len() == n && code.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(is_code(iso639_3, 3), "{code}: {iso639_3}");
            assert!(is_code(&script[1..], 3) && script.starts_with(|first: char| first.is_ascii_uppercase()));
            assert!([name, own_name, family].iter().all(|cell| !cell.is_empty()), "{code}");
            assert!(collections.contains(&Collection::Wiki), "{code}");
        }
        let without_a_size: Vec<_> = languages.iter().filter(|row| row.wikipedia_bytes.is_none()).collect();
        assert_eq!(without_a_size.iter().map(|row| row.code).collect::<Vec<_>>(), ["mo"]);
    }

    #[test]
    fn collections_have_the_languages_that_they_are_known_for() {
        let catalogue = Catalogue::default();
        let count = |collection| {
            catalogue.languages().iter().filter(|language| language.collections.contains(&collection)).count()
        };
        assert_eq!(count(Collection::Wiki), 294);
        // 157, and English, which has a page of its own.
        assert_eq!(count(Collection::Crawl), 158);
        assert_eq!(count(Collection::Aligned), 44);
    }

    #[test]
    fn lexicons_lead_both_ways() {
        let catalogue = Catalogue::default();
        for language in catalogue.languages() {
            for other in &language.lexicons {
                let other = catalogue.language(other).unwrap();
                assert!(other.lexicons.contains(&language.code), "{} {}", language.code, other.code);
            }
        }
        assert_eq!(catalogue.language("de").unwrap().lexicons, ["en", "es", "fr", "it", "pt"]);
    }

    #[test]
    fn codes_of_wikipedias_that_are_others_languages() {
        let catalogue = Catalogue::default();
        for (code, iso) in
            [("als", "gsw"), ("bat_smg", "sgs"), ("nrm", "nrf"), ("no", "nob"), ("zh_yue", "yue")]
        {
            assert_eq!(catalogue.language(code).unwrap().iso639_3, iso);
        }
    }

    #[test]
    fn an_unknown_code_is_told_the_nearest() {
        let catalogue = Catalogue::default();
        for (asked, nearest) in
            [("german", "de"), ("deu", "de"), ("zh-yue", "zh_yue"), ("Suomi", "fi"), ("", "")]
        {
            let error = catalogue.language(asked).unwrap_err();
            assert!(error.to_string().contains(&format!("{asked:?}")));
            assert!(
                error.hint().unwrap().starts_with(&format!("the nearest are {nearest}")),
                "{asked}: {error:?}"
            );
        }
    }
}
