"""Makes the small fastText models of the tests, and the vectors that fastText itself gives for them.

    pip install fasttext-wheel==0.9.2 "numpy<2"
    python make_fasttext.py

Words and texts are drawn from character ranges with a fixed seed: no corpus, no licence. For each model NAME.bin or
NAME.ftz there are, little-endian, NAME.f32: the vector of every word of words.txt in order, as `get_word_vector` gives it; and
NAME.sentences.f32: that of every line of sentences.txt, as `get_sentence_vector` gives it. Lines end in LF only. The files in this
folder were made with Python 3.11, fasttext-wheel 0.9.2, numpy 1.26.4, one thread.
"""
import random
import struct
from pathlib import Path

import fasttext

HERE = Path(__file__).parent
SCRIPTS = {
    "latin": [*range(0x61, 0x7B), 0xE4, 0xE9, 0xF1, 0xF8, 0x151, 0x1EA5],
    "cyrillic": [*range(0x430, 0x450)],
    "greek": [*range(0x3B1, 0x3CA)],
    "arabic": [*range(0x627, 0x63B), *range(0x641, 0x64B), 0x64E],
    "hebrew": [*range(0x5D0, 0x5EB)],
    "devanagari": [*range(0x915, 0x93A), *range(0x93E, 0x94D)],
    "han": [*range(0x4E00, 0x4E60)],
    "kana": [*range(0x3042, 0x3094)],
    "hangul": [*range(0xAC00, 0xAC60)],
    "emoji": [*range(0x1F600, 0x1F640), 0x200D, 0xFE0F],
    "ascii": [*range(0x21, 0x7F)],
}


ODD = [
    "", " ", "a b", "\u00a0", "a\u00a0b", "\u200e\u0627\u200f", "e\u0301", "\u0451\u0308", "👨\u200d👩\u200d👧\u200d👦", "🇩🇪", "\U0010ffff",
    "</s", "/s>", "<s>", "<</s>>", "\u3000", "ﷺ", "𠮷野家", "0", "-1", "ſ", "İstanbul", "x" * 1100, "\x01", "\x7f", "\x85",
]
# Separators of words, and what is none though it looks like one.
GAPS = [" ", " ", " ", "  ", "\t", "\v", "\f", "\r", " \r ", "\u00a0", "\0"]


def word(rng, longest):
    letters = SCRIPTS[rng.choice(list(SCRIPTS))]
    return "".join(chr(rng.choice(letters)) for _ in range(rng.randint(1, longest)))


def sentence(rng, known, words):
    if rng.random() < 0.02:
        return rng.choice(["", " ", "\t ", "\u00a0"])
    chosen = [rng.choice(known if rng.random() < 0.6 else words) for _ in range(rng.randint(1, 7))]
    if rng.random() < 0.1:
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(["</s>", "__label__1", "__label__new", "__label__"]))
    return "".join(w + rng.choice(GAPS) for w in chosen) if rng.random() < 0.2 else " ".join(chosen)


def quantised(path, **how):
    """The supervised model at `path`, quantised as it is: without training it again."""
    model = fasttext.load_model(str(path))
    model.quantize(retrain=False, **how)
    return model


def write_vectors(model, name, words, sentences):
    vectors = [value for w in words for value in model.get_word_vector(w)]
    (HERE / f"{name}.f32").write_bytes(struct.pack(f"<{len(vectors)}f", *vectors))
    vectors = [value for line in sentences for value in model.get_sentence_vector(line)]
    (HERE / f"{name}.sentences.f32").write_bytes(struct.pack(f"<{len(vectors)}f", *vectors))


def main():
    rng = random.Random(42)
    known = [word(rng, 8) for _ in range(60)]
    lines = [" ".join(rng.choice(known) for _ in range(9)) for _ in range(400)]
    text, labelled = HERE / "text.tmp", HERE / "labelled.tmp"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    labelled.write_text("".join(f"__label__{i % 3} {line}\n" for i, line in enumerate(lines)), encoding="utf-8")
    words = ["</s>", "<", ">", "<>", "a", "ä", *known, *(word(rng, 14) for _ in range(3000)), *ODD]
    words = [w for w in dict.fromkeys(words) if not w.startswith("__label__")]
    sentences = [sentence(rng, known, [w for w in words if w]) for _ in range(1000)]
    with open(HERE / "sentences.txt", "w", encoding="utf-8", newline="") as file:
        file.writelines(line + "\n" for line in sentences)
    with open(HERE / "words.txt", "w", encoding="utf-8", newline="") as file:
        file.writelines(w + "\n" for w in words)
    common = dict(thread=1, epoch=2, verbose=0, minCount=1)
    models = {
        "skipgram": fasttext.train_unsupervised(str(text), "skipgram", dim=4, bucket=150, minn=2, maxn=5, **common),
        "cbow": fasttext.train_unsupervised(str(text), "cbow", dim=3, bucket=20, minn=1, maxn=3, **common),
        "words_only": fasttext.train_unsupervised(str(text), "skipgram", dim=3, bucket=20, minn=0, maxn=0, **common),
        "supervised": fasttext.train_supervised(str(labelled), dim=3, bucket=50, minn=2, maxn=3, wordNgrams=2, **common),
        "supervised_plain": fasttext.train_supervised(str(labelled), dim=3, **common),
        "word_n_grams": fasttext.train_supervised(str(labelled), dim=3, bucket=40, wordNgrams=3, **common),
    }
    for name, model in models.items():
        model.save_model(str(HERE / f"{name}.bin"))
        write_vectors(model, name, words, sentences)
    # Quantisation asks for at least 256 rows.
    many = dict(dim=5, bucket=400, minn=2, maxn=4, wordNgrams=2, lr=2.0)
    fasttext.train_supervised(str(labelled), **many, **common).save_model(str(HERE / "many.tmp"))
    models = {
        "quantised": quantised(HERE / "many.tmp"),
        "quantised_norms": quantised(HERE / "many.tmp", qnorm=True, dsub=3),
        "pruned": quantised(HERE / "many.tmp", cutoff=300),
        "pruned_norms": quantised(HERE / "many.tmp", cutoff=256, qnorm=True, dsub=4),
    }
    for name, model in models.items():
        model.save_model(str(HERE / f"{name}.ftz"))
        write_vectors(model, name, words, sentences)
    (HERE / "many.tmp").unlink()
    text.unlink()
    labelled.unlink()


if __name__ == "__main__":
    main()
