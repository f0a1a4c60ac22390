//! Tokens of texts taken part by part are those of the `tokenizers` crate, which takes them whole.

#![allow(clippy::print_stderr)] // A test that is skipped says so.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wordferry_encode::Tokenizer;

/// What texts are put together from: words of many scripts, spaces of all kinds, marks, and what joins its neighbours.
const UNITS: &[&str] = &[
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "\n",
    "\u{a0}",
    "\u{3000}",
    "\u{200b}",
    "\u{200d}",
    "\u{ad}",
    "\u{0}",
    "a",
    "Bc",
    "Straße",
    "it's",
    "don't",
    "x",
    "3",
    "14",
    "½",
    "①",
    "ﬁ",
    "İ",
    "ς",
    "é",
    "e\u{301}",
    "\u{301}",
    "\u{323}",
    "а",
    "Фильм",
    "καλή",
    "שלום",
    "سلام",
    "\u{600}",
    "\u{fdfa}",
    "ﷺ",
    "हिन्दी",
    "\u{94d}",
    "ि",
    "ไทย",
    "\u{e33}",
    "ລາວ",
    "中",
    "文字",
    "かな",
    "カﾞ",
    "\u{ff9e}",
    "한국",
    "\u{1161}",
    "\u{11000}",
    "\u{d4e}",
    "😀",
    "👍🏽",
    "🏽",
    "🇩",
    "👨‍👩‍👧",
    ".",
    ",",
    "!",
    "?",
    "'",
    "-",
    "(",
    "#",
    "¨",
    "\u{37a}",
    "‗",
    "\u{203e}",
    "´",
    "▁",
    "Ġ",
    "—",
    "…",
    "€",
    "~",
    "[MASK]",
    "[mask]",
    "<mask>",
    "Tok",
    "tok",
    "[UNK]",
    "[PAD]",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn text(&mut self) -> String {
        let n = self.below(24);
        (0..n).map(|_| UNITS[self.below(UNITS.len())]).collect()
    }
}

/// Every text, as both take it; the second time from memory.
fn check(json: &[u8], texts: &[String]) {
    let ours = Tokenizer::from_bytes("ours", json.to_vec()).unwrap();
    let mut whole = tokenizers::Tokenizer::from_bytes(json).unwrap();
    whole.with_padding(None).with_truncation(None).unwrap();
    for text in texts.iter().chain(texts) {
        let expected = whole.encode_fast(text.as_str(), false).unwrap();
        let pieces = (whole.get_normalizer(), whole.get_pre_tokenizer());
        assert_eq!(ours.ids(text).unwrap(), expected.get_ids(), "{text:?} {pieces:?}");
        let expected = whole.encode_fast(text.as_str(), true).unwrap();
        assert_eq!(ours.ids_with_special(text, usize::MAX).unwrap(), expected.get_ids(), "{text:?}");
    }
}

fn texts(n: usize) -> Vec<String> {
    let mut random = Random(1);
    (0..n).map(|_| random.text()).collect()
}

/// WordPiece of single characters: ids tell where a piece begins.
fn characters(normaliser: &Value, pre_tokenizer: &Value) -> Vec<u8> {
    let ranges = [0..=0x6ff, 0x900..=0x97f, 0xd00..=0xd7f, 0xe00..=0xeff, 0x1100..=0x11ff, 0x2000..=0x22ff];
    let more = [
        0x2580..=0x2590,
        0x3000..=0x30ff,
        0x4e00..=0x4e2f,
        0x6580..=0x65a0,
        0xac00..=0xac10,
        0xff60..=0xffa0,
    ];
    let emoji = [0x1f1e0..=0x1f1ff, 0x1f3fb..=0x1f3ff, 0x1f440..=0x1f470, 0x1f600..=0x1f601];
    let codes = ranges.into_iter().chain(more).chain(emoji).flatten();
    let characters = codes.filter_map(char::from_u32).flat_map(|one| [format!("{one}"), format!("##{one}")]);
    let special = ["[PAD]", "[UNK]", "[MASK]", "<mask>", "Tok"].map(String::from);
    let words: serde_json::Map<_, _> =
        special.into_iter().chain(characters).enumerate().map(|(id, word)| (word, id.into())).collect();
    let added = |id: u32, content: &str, lstrip: bool, normalized: bool| {
        json!({ "id": id, "content": content, "single_word": normalized, "lstrip": lstrip, "rstrip": false,
            "normalized": normalized, "special": !normalized })
    };
    let added = [
        added(0, "[PAD]", false, false),
        added(1, "[UNK]", false, false),
        added(2, "[MASK]", false, false),
        added(3, "<mask>", true, false),
        added(4, "Tok", false, true),
    ];
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normaliser,
        "pre_tokenizer": pre_tokenizer, "post_processor": null, "decoder": null,
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": words },
    });
    serde_json::to_vec(&file).unwrap()
}

fn normalisers() -> Vec<Value> {
    let bert = |accents: Value, lowercase: bool| {
        json!({ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": accents, "lowercase": lowercase })
    };
    let one = |kind: &str| json!({ "type": kind });
    let strip = |left: bool| json!({ "type": "Strip", "strip_left": left, "strip_right": true });
    let replace =
        |pattern: Value, content: &str| json!({ "type": "Replace", "pattern": pattern, "content": content });
    let (two, any) = (replace(json!({ "Regex": " {2,}" }), " "), replace(json!({ "Regex": "\\s+" }), " "));
    let exclamation = replace(json!({ "String": "!" }), " ! ");
    let sequence = |parts: &[&Value]| json!({ "type": "Sequence", "normalizers": parts });
    vec![
        Value::Null,
        bert(Value::Null, true),
        bert(json!(false), false),
        one("NFC"),
        one("NFD"),
        one("NFKC"),
        one("Nmt"),
        strip(false),
        strip(true),
        exclamation.clone(),
        sequence(&[&one("NFKD"), &one("StripAccents"), &one("Lowercase")]),
        sequence(&[&one("NFKC"), &two, &strip(false)]),
        sequence(&[&one("NFKC"), &two]),
        sequence(&[&exclamation, &any, &strip(true)]),
        sequence(&[&exclamation, &any]),
        sequence(&[&any, &bert(Value::Null, true)]),
        json!({ "type": "Prepend", "prepend": "▁" }),
        replace(json!({ "String": " " }), "▁"),
    ]
}

fn pre_tokenizers() -> Vec<Value> {
    let one = |kind: &str| json!({ "type": kind });
    let metaspace = |scheme: &str, split: bool| json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split });
    let byte_level = |prefix: bool| json!({ "type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": true });
    let digits = json!({ "type": "Digits", "individual_digits": false });
    let punctuation = json!({ "type": "Punctuation", "behavior": "MergedWithNext" });
    let sequence = |parts: &[&Value]| json!({ "type": "Sequence", "pretokenizers": parts });
    vec![
        Value::Null,
        one("BertPreTokenizer"),
        one("Whitespace"),
        one("WhitespaceSplit"),
        one("UnicodeScripts"),
        metaspace("always", true),
        metaspace("first", true),
        metaspace("never", true),
        metaspace("always", false),
        byte_level(true),
        byte_level(false),
        digits.clone(),
        sequence(&[&one("WhitespaceSplit"), &metaspace("always", true)]),
        sequence(&[&one("WhitespaceSplit"), &metaspace("first", true)]),
        sequence(&[&one("Whitespace"), &digits, &one("UnicodeScripts")]),
        sequence(&[&digits, &punctuation, &metaspace("always", true)]),
        sequence(&[&punctuation, &metaspace("first", true)]),
        sequence(&[&punctuation, &byte_level(true)]),
    ]
}

#[test]
fn parts_give_the_tokens_of_the_whole() {
    let texts = texts(150);
    for normaliser in normalisers() {
        for pre_tokenizer in pre_tokenizers() {
            check(&characters(&normaliser, &pre_tokenizer), &texts);
        }
    }
}

#[test]
fn tokenizers_of_real_models_agree() {
    let texts = texts(2000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["word_piece", "unigram", "sentence_transformers/0_StaticEmbedding"] {
        check(&fs::read(root.join("tests/data/static").join(name).join("tokenizer.json")).unwrap(), &texts);
    }
    let shared = root.join("../../../shared/data");
    for name in
        ["tokenizers/bert_tiny_uncased", "tokenizers/distilmbert_cased", "models/tiny-multilingual-encoder"]
    {
        match fs::read(shared.join(name).join("tokenizer.json")) {
            Ok(json) => check(&json, &texts),
            Err(_) => eprintln!("skipped: {name} is not there"),
        }
    }
}

/// As XLM-R's are made: sentencepiece's table of characters in a `Precompiled` normaliser, and what stands around it in the files of
/// several years.
#[test]
fn a_table_of_characters_agrees() {
    let texts = texts(2000);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/precompiled/tokenizer.json");
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let table = &file["normalizer"];
    let strip = json!({ "type": "Strip", "strip_left": false, "strip_right": true });
    let collapse =
        |content: &str| json!({ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": content });
    let sequence = |parts: &[&Value]| json!({ "type": "Sequence", "normalizers": parts });
    let normalisers = [
        table.clone(),
        sequence(&[table, &collapse(" ")]),
        sequence(&[table, &strip, &collapse("▁")]),
        sequence(&[table, &collapse(" "), &strip]),
    ];
    let metaspace = |scheme: &str| json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": true });
    let before = [file["pre_tokenizer"].clone(), metaspace("always"), metaspace("first")];
    for normaliser in &normalisers {
        for pre_tokenizer in &before {
            let mut file = file.clone();
            file["normalizer"] = normaliser.clone();
            file["pre_tokenizer"] = pre_tokenizer.clone();
            check(&serde_json::to_vec(&file).unwrap(), &texts);
        }
    }
    match std::env::var_os("WORDFERRY_XLMR") {
        Some(path) => check(&fs::read(path).unwrap(), &texts),
        None => eprintln!("skipped: WORDFERRY_XLMR names no tokenizer.json of XLM-R"),
    }
}
