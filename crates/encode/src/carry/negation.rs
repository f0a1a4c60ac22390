//! Which words stand behind a negator.

/// Words behind a negator, within its clause, that it is taken to reach.
pub(super) const REACH: usize = 9;

/// Negators of languages by their ISO 639-1 code.
const NEGATORS: [(&str, &[&str]); 8] = [
    (
        "de",
        &[
            "nicht", "kein", "keine", "keinen", "keiner", "keinem", "keines", "nie", "niemals", "nichts",
            "ohne", "weder",
        ],
    ),
    ("en", &["not", "no", "never", "nothing", "without", "nor", "none", "neither", "cannot"]),
    ("es", &["no", "nunca", "nada", "sin", "ni", "ningún", "ninguna", "ninguno", "jamás", "tampoco"]),
    ("fr", &["pas", "ne", "jamais", "rien", "sans", "aucun", "aucune", "ni"]),
    ("it", &["non", "mai", "niente", "nulla", "senza", "né", "nessun", "nessuna", "nessuno"]),
    ("nl", &["niet", "geen", "nooit", "niets", "zonder", "noch"]),
    ("pt", &["não", "nunca", "nada", "sem", "nem", "nenhum", "nenhuma", "jamais"]),
    ("ru", &["не", "нет", "никогда", "ничего", "без", "ни"]),
];

/// The negators of a language; none, if they are not known here.
pub(super) fn negators(language: &str) -> &'static [&'static str] {
    NEGATORS.iter().find(|(code, _)| *code == language).map_or(&[], |(_, words)| words)
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
        assert!(negators("xx").is_empty());
        assert!(ends_in_negator("isn't") && !ends_in_negator("isnt"));
    }
}
