"""Rows of a few texts by every way of pooling, worked out with numpy alone from the papers' formulas.

    python scripts/goldens/word_encoders.py

Writes vectors, texts and expected rows to crates/encode/tests/goldens; tests/goldens.rs compares to 1e-5. The numbers that are
committed come from numpy 1.26. Words are ranked, so p is proportional to 1 / rank. Every row ends at unit length, as the encoder's do.
"""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/encode/tests/goldens"
N_WORDS, DIMENSION, N_TEXTS = 120, 12, 40
SIF_A, USIF_LENGTH, USIF_DIRECTIONS = 1e-3, 11, 5


def make():
    """Vectors as a file would have them, and texts of ranked words, repeated and unknown ones among them."""
    random = np.random.default_rng(7)
    words = [f"w{rank}" for rank in range(1, N_WORDS + 1)]
    values = random.normal(size=(N_WORDS, DIMENSION)) * 0.3 + random.normal(size=DIMENSION) * 0.2
    lines = [f"{N_WORDS} {DIMENSION}"]
    lines += [" ".join([word] + [f"{value:.5f}" for value in row]) for word, row in zip(words, values)]
    (FOLDER / "words.vec").write_text("\n".join(lines) + "\n")
    frequency = 1 / np.arange(1, N_WORDS + 1)
    texts = []
    for _ in range(N_TEXTS):
        drawn = random.choice(words, size=random.integers(1, 15), p=frequency / frequency.sum())
        texts.append(" ".join(["unknown"] * random.integers(0, 2) + list(drawn)))
    texts += ["unknown", "w1 w1 w1", "w7"]
    (FOLDER / "texts.txt").write_text("\n".join(texts) + "\n")


def read():
    vectors = {}
    for line in (FOLDER / "words.vec").read_text().splitlines()[1:]:
        word, *values = line.split()
        vectors[word] = np.array([float(value) for value in values])
    return vectors, (FOLDER / "texts.txt").read_text().splitlines()


def unit(rows):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


def pooled(texts, vectors, pool, width=DIMENSION):
    rows = []
    for text in texts:
        known = [word for word in text.split() if word in vectors]
        rows.append(pool(known, np.array([vectors[word] for word in known])) if known else np.zeros(width))
    return np.array(rows)


def without_directions(rows, k, shares):
    """Rows minus a share of each of their k first right singular vectors."""
    _, singular, directions = np.linalg.svd(rows, full_matrices=False)
    weights = shares(singular[:k])
    for weight, direction in zip(weights, directions[:k]):
        rows = rows - weight * np.outer(rows @ direction, direction)
    return rows


def sif(texts, vectors, p):
    weigh = lambda words: np.array([SIF_A / (SIF_A + p[word]) for word in words])
    rows = unit(pooled(texts, vectors, lambda words, rows: weigh(words) @ rows / len(words)))
    return unit(without_directions(rows, 1, np.ones_like))


def usif(texts, vectors, p):
    threshold = 1 - (1 - 1 / len(p)) ** USIF_LENGTH
    alpha = np.mean([probability > threshold for probability in p.values()])
    a = (1 - alpha) / (alpha * len(p) / 2)
    weigh = lambda words: np.array([a / (a / 2 + p[word]) for word in words])
    per_dimension = lambda rows: rows / np.linalg.norm(rows, axis=0)
    rows = pooled(texts, vectors, lambda words, rows: weigh(words) @ per_dimension(rows) / len(words))
    return unit(without_directions(rows, USIF_DIRECTIONS, lambda singular: singular**2 / np.sum(singular**2)))


def tf_idf(texts, vectors):
    """Document frequencies are those of the first half of the texts, so that some words are in none."""
    seen = [set(text.split()) for text in texts[: len(texts) // 2]]
    idf = lambda word: np.log((1 + len(seen)) / (1 + sum(word in text for text in seen))) + 1
    return unit(pooled(texts, vectors, lambda words, rows: np.array([idf(word) for word in words]) @ rows))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    make()
    vectors, texts = read()
    total = sum(1 / rank for rank in range(1, len(vectors) + 1))
    p = {word: 1 / rank / total for rank, word in enumerate(vectors, 1)}
    mean = lambda words, rows: rows.mean(axis=0)
    both = lambda words, rows: np.concatenate([rows.mean(axis=0), rows.max(axis=0)])
    rows = {
        "mean": unit(pooled(texts, vectors, mean)),
        "sif": sif(texts, vectors, p),
        "usif": usif(texts, vectors, p),
        "mean-max": unit(pooled(texts, vectors, both, 2 * DIMENSION)),
        "tf-idf": tf_idf(texts, vectors),
    }
    lines = [f'"{name}": {json.dumps(np.round(values, 7).tolist())}' for name, values in rows.items()]
    (FOLDER / "rows.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
