//! Which words stand behind a negator.

use wordferry_vectors::{Vocabulary, WordId};

/// Words behind a negator, within its clause, that it is taken to reach.
pub(super) const REACH: usize = 9;

/// Negators of languages by their ISO 639-1 codes, of languages in which they mostly stand before what they negate.
const NEGATORS: [(&str, &str); 24] = [
    ("ar", "لا ولا ليس وليس ليست لم ولم لن ولن غير بدون مش مو"),
    ("bg", "не няма никога нищо без нито"),
    ("ca", "no mai res sense ni tampoc"),
    (
        "cs",
        "ne není nejsou nejsem nebyl nebyla nebylo nemá nemám nemáš nemůžu nechci nikdy nic bez ani žádný žádná žádné",
    ),
    ("da", "ikke aldrig intet ingen ingenting uden"),
    ("de", "nicht kein keine keinen keiner keinem keines nie niemals nichts ohne weder"),
    ("el", "δεν δε μη μην ποτέ τίποτα χωρίς ούτε όχι"),
    ("en", "not no never nothing without nor none neither cannot"),
    ("es", "no nunca nada sin ni ningún ninguna ninguno jamás tampoco"),
    ("et", "ei pole mitte ega"),
    ("fi", "ei en et emme ette eivät eikä eivätkä älä älkää ilman"),
    ("fr", "pas ne jamais rien sans aucun aucune ni"),
    (
        "hr",
        "ne nije nisam nisi nisu nismo niste nema nemam nemaš nemoj neću neće nikad nikada ništa bez ni niti",
    ),
    ("hu", "nem ne nincs soha semmi"),
    ("id", "tidak tak bukan belum jangan tanpa"),
    ("it", "non mai niente nulla senza né nessun nessuna nessuno"),
    ("nl", "niet geen nooit niets zonder noch"),
    ("nb nn no", "ikke aldri ingenting ingen uten"),
    ("pl", "nie nigdy nic bez ani żaden żadna żadne żadnego żadnej żadnych"),
    ("pt", "não nunca nada sem nem nenhum nenhuma jamais"),
    ("ro", "nu n-am n-are niciodată nimic niciun nicio fără nici"),
    ("ru", "не нет никогда ничего без ни"),
    ("sv", "inte ej aldrig inget ingenting inga ingen"),
    ("uk", "не немає ніколи нічого без ні"),
];

/// Which words of a vocabulary are negators, in whatever case they are written; `None` if those of the language are not known. Its code may go on
/// with a region, as in de-AT.
pub(super) fn negating_words(vocabulary: &Vocabulary, language: &str) -> Option<Vec<bool>> {
    let negators = negators(language)?;
    let negates = |(id, _): (WordId, &[u8])| {
        let word = vocabulary.word(id).to_lowercase();
        negators.contains(&&*word) || ends_in_negator(&word)
    };
    Some(vocabulary.iter().map(negates).collect())
}

fn negators(language: &str) -> Option<Vec<&'static str>> {
    let language = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let known = NEGATORS.iter().find(|(codes, _)| codes.split(' ').any(|code| code == language));
    known.map(|(_, words)| words.split(' ').collect())
}

/// Whether a token of any language is a negator by its ending alone, as in don't.
pub(super) fn ends_in_negator(token: &str) -> bool {
    token.ends_with("n't") || token.ends_with("N'T")
}

/// The clauses of a text: what lies between marks that end or divide a sentence.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '.', '!', '?', ',', ';', ':', '¿', '¡', '。', '！', '？', '，', '、', '；', '：', '؟', '،', '।',
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_into_clauses() {
        assert_eq!(clauses("not good, but cheap").collect::<Vec<_>>(), ["not good", " but cheap"]);
        assert!(ends_in_negator("isn't") && ends_in_negator("ISN'T") && !ends_in_negator("isnt"));
    }

    #[test]
    fn negators_are_known_by_the_language_and_in_any_case() {
        let words = Vocabulary::from_words(["Nicht", "no", "NOT", "Don't", "ikke"]);
        let found = |language: &str| negating_words(&words, language);
        assert_eq!(found("de"), Some(vec![true, false, false, true, false]));
        assert_eq!(found("EN_us"), Some(vec![false, true, true, true, false]));
        assert_eq!(found("nb"), Some(vec![false, false, false, true, true]));
        assert_eq!((found("xx"), found("")), (None, None));
    }
}
