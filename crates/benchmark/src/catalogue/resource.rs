//! What can be fetched of a language: where it lies, how large it is, and on what terms.

use super::{Collection, Language};
use crate::endings::{ENDINGS, MODELS, split_ending};
use crate::{Error, Result};

/// Where fastText's and MUSE's files lie.
pub const OFFICIAL: &str = "https://dl.fbaipublicfiles.com";

/// The licence of all vectors.
const VECTORS: &str = "CC BY-SA 3.0";
/// The licence of all lexicons.
const LEXICONS: &str = "CC BY-NC 4.0";

/// Words of a Wikipedia's vectors are estimated as this times the square root of its bytes (Heaps' law with the exponent ½): within a
/// factor of 2.4 for the eleven vocabularies whose sizes are published, and within 1.3 for six of them.
const WORDS_PER_ROOT_BYTE: f64 = 18.4;
/// The most words of a language that vectors of Common Crawl have; small languages have fewer.
const MOST_CRAWL_WORDS: u64 = 2_000_000;
/// Bytes of a row of 300 values as text: those of `wiki.en.vec` by its 2,519,370 words.
const WIKI_ROW: u64 = 2_620;
/// Bytes of such a row in a compressed file: those of `cc.en.300.vec.gz` by its 2,000,000 words.
const CRAWL_ROW: u64 = 663;
/// Bytes of a row of 300 values as numbers.
const BINARY_ROW: u64 = 1_200;
/// Rows that n-grams have in fastText's models.
const BUCKETS: u64 = 2_000_000;
/// Bytes of a lexicon's pair, and pairs of a lexicon to train and to test with.
const LEXICON: u64 = 16 * 5_000;

/// A file that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its name within a folder of data.
    pub file: String,
    /// Where it lies on [`OFFICIAL`], without a slash before it. If that is a `.zip`, the file is what it holds.
    pub path: String,
    /// The licence that it is under.
    pub licence: &'static str,
    /// How many bytes it takes to fetch it; `None` where not even an estimate is possible.
    pub size: Option<Size>,
}

/// The size of a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As it was published.
    Known(u64),
    /// By the rules above.
    Estimated(u64),
}

impl Size {
    /// The bytes, known or not.
    pub fn bytes(self) -> u64 {
        match self {
            Size::Known(bytes) | Size::Estimated(bytes) => bytes,
        }
    }
}

impl Resource {
    /// The official address.
    pub fn address(&self) -> String {
        format!("{OFFICIAL}/{}", self.path)
    }

    /// Whether a file of this name in a folder of data is this one, in whatever format: `vectors/wiki.de.bin` will do for
    /// `vectors/wiki.de.vec`, and not the other way round, as text has no n-grams.
    pub fn is_satisfied_by(&self, file: &str) -> bool {
        let Some((stem, ending)) = split_ending(&self.file) else { return file == self.file };
        let will_do = if MODELS.contains(&ending) { &MODELS[..] } else { &ENDINGS[..] };
        split_ending(file).is_some_and(|(other, ending)| other == stem && will_do.contains(&ending))
    }

    /// The name that this file has in a folder of data if it comes from a file of another name and format; `None` if that is no
    /// format of vectors.
    pub fn file_like(&self, other: &str) -> Option<String> {
        let (stem, _) = split_ending(&self.file)?;
        let (other_stem, _) = split_ending(other)?;
        Some(format!("{stem}{}", &other[other_stem.len()..]))
    }
}

impl Language {
    /// The words that a collection has vectors of, as far as that can be estimated.
    pub fn words(&self, collection: Collection) -> Option<u64> {
        match collection {
            Collection::Wiki | Collection::Aligned => {
                self.wikipedia_bytes.map(|bytes| (WORDS_PER_ROOT_BYTE * (bytes as f64).sqrt()) as u64)
            }
            Collection::Crawl => Some(MOST_CRAWL_WORDS),
        }
    }

    /// Vectors as text, and the bytes that it takes to fetch the first `limit` of them.
    ///
    /// # Errors
    /// [`Error::NotInCollection`].
    pub fn vectors(&self, collection: Collection, limit: Option<u64>) -> Result<Resource> {
        self.check(collection)?;
        let code = self.code;
        let (folder, name, row) = match collection {
            Collection::Wiki => ("vectors-wiki", format!("wiki.{code}.vec"), WIKI_ROW),
            Collection::Crawl => ("vectors-crawl", format!("cc.{code}.300.vec.gz"), CRAWL_ROW),
            Collection::Aligned => ("vectors-aligned", format!("wiki.{code}.align.vec"), WIKI_ROW),
        };
        let words = self.words(collection).or(limit).map(|words| words.min(limit.unwrap_or(u64::MAX)));
        let known = published(&name).filter(|_| limit.is_none()).map(Size::Known);
        let size = known.or(words.map(|words| Size::Estimated(words * row)));
        Ok(vectors(folder, &name, size))
    }

    /// fastText's model, which holds vectors of n-grams too.
    ///
    /// # Errors
    /// [`Error::NotInCollection`]; the aligned vectors have no models, and are in no collection here.
    pub fn model(&self, collection: Collection) -> Result<Resource> {
        self.check(collection)?;
        let code = self.code;
        let words = self.words(collection);
        let binary = |words: u64| (words + BUCKETS) * BINARY_ROW;
        match collection {
            Collection::Wiki => {
                // Both forms in one archive, of which numbers become hardly smaller and text a third.
                let size = words.map(|words| Size::Estimated(binary(words) + words * WIKI_ROW / 3));
                let archive = vectors("vectors-wiki", &format!("wiki.{code}.zip"), size);
                Ok(Resource { file: format!("vectors/wiki.{code}.bin"), ..archive })
            }
            Collection::Crawl => {
                let size = words.map(|words| Size::Estimated(binary(words)));
                Ok(vectors("vectors-crawl", &format!("cc.{code}.300.bin.gz"), size))
            }
            Collection::Aligned => Err(self.absent(collection)),
        }
    }

    /// MUSE's lexicons to train and to test with, from this language to another.
    pub fn lexicons_to(&self, other: &Language) -> Vec<Resource> {
        if !self.lexicons.contains(&other.code) {
            return Vec::new();
        }
        let lexicon = |part: &str| {
            let name = format!("{}-{}.{part}.txt", self.code, other.code);
            Resource {
                path: format!("arrival/dictionaries/{name}"),
                file: format!("lexicons/{name}"),
                licence: LEXICONS,
                size: Some(Size::Estimated(LEXICON)),
            }
        };
        vec![lexicon("0-5000"), lexicon("5000-6500")]
    }

    fn check(&self, collection: Collection) -> Result<()> {
        match self.collections.contains(&collection) {
            true => Ok(()),
            false => Err(self.absent(collection)),
        }
    }

    fn absent(&self, collection: Collection) -> Error {
        let there: Vec<&str> = self.collections.iter().map(|collection| collection.name()).collect();
        let hint = format!("{} is in {}", self.code, there.join(" and "));
        Error::NotInCollection { collection: collection.name(), code: self.code, name: self.name, hint }
    }
}

fn vectors(folder: &str, name: &str, size: Option<Size>) -> Resource {
    let path = format!("fasttext/{folder}/{name}");
    Resource { file: format!("vectors/{name}"), path, licence: VECTORS, size }
}

/// The bytes of a file whose size has been published.
fn published(name: &str) -> Option<u64> {
    match name {
        "cc.de.300.vec.gz" => Some(1_278_030_050),
        "cc.en.300.vec.gz" => Some(1_325_960_915),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn resources_lie_where_fasttext_and_muse_keep_them() {
        let catalogue = Catalogue::default();
        let german = catalogue.language("de").unwrap();
        let check = |resource: Resource, file: &str, address: &str| {
            assert_eq!(resource.file, file);
            assert_eq!(resource.address(), format!("https://dl.fbaipublicfiles.com/{address}"));
            assert!(resource.size.unwrap().bytes() > 1000);
        };
        let vectors = |collection| german.vectors(collection, None).unwrap();
        check(vectors(Collection::Wiki), "vectors/wiki.de.vec", "fasttext/vectors-wiki/wiki.de.vec");
        check(
            vectors(Collection::Crawl),
            "vectors/cc.de.300.vec.gz",
            "fasttext/vectors-crawl/cc.de.300.vec.gz",
        );
        let aligned = "fasttext/vectors-aligned/wiki.de.align.vec";
        check(vectors(Collection::Aligned), "vectors/wiki.de.align.vec", aligned);
        let model = |collection| german.model(collection).unwrap();
        check(model(Collection::Wiki), "vectors/wiki.de.bin", "fasttext/vectors-wiki/wiki.de.zip");
        check(
            model(Collection::Crawl),
            "vectors/cc.de.300.bin.gz",
            "fasttext/vectors-crawl/cc.de.300.bin.gz",
        );
        let lexicons = german.lexicons_to(catalogue.language("en").unwrap());
        let [train, test] = <[Resource; 2]>::try_from(lexicons).unwrap();
        check(train, "lexicons/de-en.0-5000.txt", "arrival/dictionaries/de-en.0-5000.txt");
        check(test, "lexicons/de-en.5000-6500.txt", "arrival/dictionaries/de-en.5000-6500.txt");
        assert!(german.lexicons_to(catalogue.language("fi").unwrap()).is_empty());
    }

    #[test]
    fn other_formats_will_do_where_they_hold_as_much() {
        let catalogue = Catalogue::default();
        let german = catalogue.language("de").unwrap();
        let text = german.vectors(Collection::Wiki, None).unwrap();
        let model = german.model(Collection::Wiki).unwrap();
        let check = |resource: &Resource, file: &str, expected| {
            assert_eq!(resource.is_satisfied_by(&format!("vectors/{file}")), expected, "{file}");
        };
        for file in ["wiki.de.vec", "wiki.de.vec.gz", "wiki.de.bin", "wiki.de.fifu"] {
            check(&text, file, true);
        }
        for file in ["wiki.de.align.vec", "wiki.de.vec.part", "de.vec", "cc.de.300.vec", "wiki.de"] {
            check(&text, file, false);
        }
        check(&model, "wiki.de.bin", true);
        check(&model, "wiki.de.vec", false);
        assert_eq!(text.file_like("mine.vec.gz").as_deref(), Some("vectors/wiki.de.vec.gz"));
        assert_eq!(text.file_like("mine.doc"), None);
        let lexicon = &german.lexicons_to(catalogue.language("en").unwrap())[0];
        assert!(lexicon.is_satisfied_by("lexicons/de-en.0-5000.txt"));
    }

    #[test]
    fn what_a_collection_lacks_is_refused() {
        let catalogue = Catalogue::default();
        let afar = catalogue.language("aa").unwrap();
        let error = afar.vectors(Collection::Crawl, None).unwrap_err();
        assert_eq!(error.to_string(), "expected a language of the collection crawl, found aa (Afar)");
        assert_eq!(error.hint(), Some("aa is in wiki"));
        assert!(catalogue.language("de").unwrap().model(Collection::Aligned).is_err());
    }

    #[test]
    fn sizes_are_known_or_estimated_and_a_limit_bounds_them() {
        let catalogue = Catalogue::default();
        let size = |code, collection, limit| {
            catalogue.language(code).unwrap().vectors(collection, limit).unwrap().size
        };
        assert_eq!(size("en", Collection::Crawl, None), Some(Size::Known(1_325_960_915)));
        assert_eq!(size("en", Collection::Wiki, Some(200_000)), Some(Size::Estimated(524_000_000)));
        // 6.6 GB.
        let english = size("en", Collection::Wiki, None).unwrap().bytes() as f64;
        assert!((english / 6.6e9 - 1.0).abs() < 0.1, "{english}");
        assert_eq!(size("mo", Collection::Wiki, None), None);
        assert_eq!(size("mo", Collection::Wiki, Some(10)), Some(Size::Estimated(26_200)));
        assert!(size("aa", Collection::Wiki, Some(200_000)).unwrap().bytes() < 20_000_000);
    }
}
