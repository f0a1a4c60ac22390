//! Which words stand behind a negator.

/// Words behind a negator, within its clause, that it is taken to reach.
pub(super) const REACH: usize = 9;

/// Negators of languages by their ISO 639-1 code, of languages in which they stand before what they negate.
const NEGATORS: [(&str, &str); 24] = [
    ("ar", "لا ليس ليست لم لن غير بدون"),
    ("bg", "не няма никога нищо без нито"),
    ("ca", "no mai res sense ni cap tampoc"),
    ("cs", "ne není nejsou nikdy nic bez ani"),
    ("da", "ikke aldrig intet ingen uden"),
    ("de", "nicht kein keine keinen keiner keinem keines nie niemals nichts ohne weder"),
    ("el", "δεν μη μην ποτέ τίποτα χωρίς ούτε"),
    ("en", "not no never nothing without nor none neither cannot"),
    ("es", "no nunca nada sin ni ningún ninguna ninguno jamás tampoco"),
    ("et", "ei pole mitte ilma ega"),
    ("fi", "ei en et emme ette eivät eikä ilman"),
    ("fr", "pas ne jamais rien sans aucun aucune ni"),
    ("hr", "ne nije nisam nisu nismo nema nikad nikada ništa bez ni niti"),
    ("hu", "nem ne sem nincs soha semmi"),
    ("id", "tidak tak bukan belum jangan tanpa"),
    ("it", "non mai niente nulla senza né nessun nessuna nessuno"),
    ("nl", "niet geen nooit niets zonder noch"),
    ("no", "ikke aldri ingenting ingen uten"),
    ("pl", "nie nigdy nic bez ani żaden żadna żadne"),
    ("pt", "não nunca nada sem nem nenhum nenhuma jamais"),
    ("ro", "nu niciodată nimic fără nici"),
    ("ru", "не нет никогда ничего без ни"),
    ("sv", "inte ej aldrig inget inga ingen"),
    ("uk", "не немає ніколи нічого без ні"),
];

/// The negators of a language, by its code, which may go on with a region, as in de-AT; none, if they are not known here.
pub(super) fn negators(language: &str) -> Vec<&'static str> {
    let language = language.split(['-', '_']).next().unwrap_or_default();
    let known = NEGATORS.iter().find(|(code, _)| language.eq_ignore_ascii_case(code));
    known.map(|(_, words)| words.split(' ').collect()).unwrap_or_default()
}

/// Whether a token of any language is a negator by its ending alone, as in don't.
pub(super) fn ends_in_negator(token: &str) -> bool {
    token.ends_with("n't")
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
        assert_eq!(negators("en")[0], "not");
        assert_eq!(negators("EN_us"), negators("en"));
        assert!(negators("xx").is_empty());
        assert!(ends_in_negator("isn't") && !ends_in_negator("isnt"));
    }
}
