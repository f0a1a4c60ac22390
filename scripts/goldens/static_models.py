"""Makes the static models in crates/encode/tests/data/static, of a few hundred tokens and random vectors, and what
the Python package makes of texts with them (expected.json, which names the versions it was made with).

    pip install model2vec==0.10.0 && python scripts/goldens/static_models.py
"""

import json
import pathlib
import platform

import model2vec
import numpy as np
import safetensors
import tokenizers
from model2vec import StaticModel
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).parents[2] / "crates/encode/tests/data/static"
TEXTS = [
    "",
    "   ",
    "A good film, and well acted: I'd see it again!",
    "Der Film war schön, aber zu lang. STRASSE straße",
    "¿Qué película? ¡La mejor del año!  Dos  espacios\ty\nlíneas",
    "Хороший фильм, очень понравился.",
    "Καλή ταινία, μου άρεσε πολύ.",
    "فيلم جيد جدا، أعجبني كثيرا",
    "סרט טוב מאוד, נהניתי",
    "अच्छी फिल्म, मुझे बहुत पसंद आई।",
    "ภาพยนตร์ดีมาก ฉันชอบ",
    "这部电影很好, 我喜欢。",
    "とても良い映画でした。カタカナ ﾊﾝｶｸ",
    "좋은 영화였어요, 정말 재미있었습니다.",
    "😀 👍🏽 👨‍👩‍👧 🇩🇪 ok",
    "cafe\u0301 e\u0301 \u0301x a\u0300\u0301 Å ﬁ ① ½",
    "the [MASK] of [UNK] and [PAD][SEP] [mask] x[MASK]y <s> </s> <mask> a<mask>b",
    "zero\u200bwidth nb\u00a0space \ufeffbom ideographic\u3000space soft\u00adhyphen \u0000nul",
    "don't re-use 3.14 or 1,000,000 e-mails; a@b.example/c?d=e#f",
    "word " * 700,
    "unknown qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq end",
]
TRAINING = [text for text in TEXTS if len(text) < 500] * 3
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
DIMENSIONS = 8


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=320, special_tokens=SPECIAL, show_progress=False)
    # Without the other texts some characters are unknown.
    tokenizer.train_from_iterator(TRAINING[2:7], trainer)
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=16)
    return tokenizer


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    spaces = normalizers.Replace(tokenizers.Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), spaces, normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=260, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TRAINING[2:10], trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def byte_pairs() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def vectors(generator: np.random.Generator, n: int) -> np.ndarray:
    return generator.normal(size=(n, DIMENSIONS)).astype(np.float32)


def save_all(generator: np.random.Generator) -> None:
    tokenizer = word_piece()
    matrix = vectors(generator, tokenizer.get_vocab_size())
    StaticModel(matrix, tokenizer, normalize=True).save_pretrained(FOLDER / "word_piece")

    tokenizer = unigram()
    n = tokenizer.get_vocab_size()
    mapping, weights = generator.integers(0, 40, n), generator.uniform(0.1, 2.0, n).astype(np.float32)
    model = StaticModel(vectors(generator, 40), tokenizer, weights=weights, token_mapping=mapping, max_length=9)
    model.save_pretrained(FOLDER / "unigram")

    tokenizer = byte_pairs()
    nested = FOLDER / "sentence_transformers" / "0_StaticEmbedding"
    nested.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(nested / "tokenizer.json"), pretty=False)
    save_file({"embedding.weight": vectors(generator, tokenizer.get_vocab_size())}, nested / "model.safetensors")
    (nested.parent / "config_sentence_transformers.json").write_text(json.dumps({"model_type": "SentenceTransformer"}))


def main() -> None:
    save_all(np.random.default_rng(1))
    for card in FOLDER.glob("*/README.md"):
        card.unlink()
    modules = [model2vec, tokenizers, safetensors, np]
    versions = {module.__name__: str(module.__version__) for module in modules}
    rows = {}
    for name in ["word_piece", "unigram", "sentence_transformers"]:
        model = StaticModel.from_pretrained(FOLDER / name)
        rows[name] = [[round(float(value), 7) for value in row] for row in model.encode(TEXTS)]
    expected = {"made_with": {"python": platform.python_version(), **versions}, "texts": TEXTS, "rows": rows}
    (FOLDER / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
