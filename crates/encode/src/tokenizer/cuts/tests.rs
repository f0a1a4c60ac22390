use super::*;

fn check(normaliser: &str, pre_tokenizer: &str, added: &str, expected: Parts) {
    let json = format!(
        r#"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{added}],
            "normalizer": {normaliser}, "pre_tokenizer": {pre_tokenizer}, "post_processor": null,
            "decoder": null, "model": {{"type": "WordLevel", "vocab": {{"u": 0}}, "unk_token": "u"}}}}"#
    );
    let tokenizer = tokenizers::Tokenizer::from_bytes(json).unwrap();
    assert_eq!(Parts::of(&tokenizer), expected, "{normaliser} {pre_tokenizer} {added}");
}

fn added(content: &str, rstrip: bool) -> String {
    format!(
        r#"{{"id": 0, "content": "{content}", "single_word": false, "lstrip": false, "rstrip": {rstrip},
            "normalized": true, "special": false}}"#
    )
}

#[test]
fn tokenizers_that_work_word_by_word_are_told_from_others() {
    let (bert, words) = (r#"{"type": "BertPreTokenizer"}"#, r#"{"type": "Metaspace", "replacement": "▁"}"#);
    let collapse = r#"{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}"#;
    let whole = r#"{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}"#;
    check("null", bert, "", Parts::PunctuationApart);
    check("null", bert, &added("a.", false), Parts::Any);
    check("null", r#"{"type": "WhitespaceSplit"}"#, "", Parts::Any);
    check(r#"{"type": "Lowercase"}"#, bert, &added("[X]", false), Parts::PunctuationApart);
    check(collapse, words, "", Parts::WithoutSpaceAtEnd);
    check(whole, words, "", Parts::None);
    check("null", "null", "", Parts::None);
    check("null", bert, &added("two words", false), Parts::None);
    check("null", bert, &added("[X]", true), Parts::None);
    check("null", r#"{"type": "Digits", "individual_digits": true}"#, "", Parts::None);
}

#[test]
fn a_tokenizer_like_those_of_xlm_r_takes_parts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/precompiled/tokenizer.json");
    assert_eq!(Parts::of(&tokenizers::Tokenizer::from_file(path).unwrap()), Parts::Any);
}

#[test]
fn texts_are_cut_before_single_spaces() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(parts(text, Parts::Any).collect::<Vec<_>>(), expected);
        for how in [Parts::Any, Parts::PunctuationApart] {
            assert_eq!(parts(text, how).collect::<String>(), text);
        }
    };
    check("", &[]);
    check(" ", &[" "]);
    check("a b", &["a", " b"]);
    check(" a  b c ", &[" a  b", " c "]);
    check("ä ö", &["ä", " ö"]);
    check("a \u{301}b c", &["a \u{301}b", " c"]);
    check("a 😀 b\t c", &["a 😀 b\t c"]);
    check("中 文", &["中", " 文"]);
    check("a, b", &["a,", " b"]);
    let words = |text| parts(text, Parts::PunctuationApart).collect::<Vec<_>>();
    assert_eq!(words("a, b... ü. (c)"), ["a", ",", " b", "...", " ü.", " (c)"]);
}
