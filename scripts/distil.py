"""Static models of a transformer beside model2vec's own, and beside the transformer.

    python scripts/distil.py DATA ENCODER [PROGRAM] [TASK|WAY...]

DATA is the folder of shared data, ENCODER that of all-MiniLM-L6-v2, a TASK `spam` or `reviews`, a WAY
one of those below (all, if none is named). Needs `pip install numpy model2vec`, and for model2vec's own
distillation `pip install "model2vec[distill]" scikit-learn`; without it, that row is missing. A row holds

- the seconds of all processors that distillation took, the median of three, in turns;
- the rank correlation of the cosines of 20,000 pairs of English sentences (NTREX) with the transformer's, and with model2vec's;
- how far the rows of the program are from those of the Python package that opens the same folder, at most;
- accuracy in per cent on half of the SMS, and on English reviews (1-2 against 4-5 stars), of `wordferry train` on the others.

Nothing was chosen on these texts.
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from finetune import marc, scores, sms, write  # noqa: E402

WAYS = {
    "sif": [],
    "zipf": ["--weights", "zipf"],
    "none": ["--weights", "none"],
    "sif, 384": ["--dimension", "384"],
}

# Of the distillations, whose times are compared.
TURNS = 3


def processor_seconds():
    return sum(os.times()[:4])


def run(program, *arguments):
    command = [program, "--quiet", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def embed(program, encoder, texts, folder):
    with open(folder / "texts.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text",), *((text,) for text in texts)])
    run(program, "embed", encoder, folder / "texts.csv", "-o", folder / "rows.npy")
    return np.load(folder / "rows.npy").astype(np.float64)


def cosines(rows, pairs):
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return (rows[pairs[:, 0]] * rows[pairs[:, 1]]).sum(axis=1)


def ranks(values):
    order = np.argsort(values)
    found = np.empty(len(values))
    found[order] = np.arange(len(values))
    return found


def spearman(a, b):
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


def accuracy(program, encoder, task, folder):
    train, test = task
    write(folder / "train.csv", train)
    write(folder / "test.csv", test)
    run(program, "train", folder / "train.csv", "--encoder", encoder, "--no-texts", "-o", folder / "model")
    lines = run(program, "predict", "--json", folder / "model", folder / "test.csv").splitlines()
    return scores([json.loads(line)["label"] for line in lines], [label for _, label in test])[0]


def by_model2vec(encoder, folder):
    try:
        from model2vec.distill import distill
    except ImportError:
        return None
    start = processor_seconds()
    distill(str(encoder), pca_dims=256, quantize_to="float32").save_pretrained(folder)
    return processor_seconds() - start


def main():
    from model2vec import StaticModel

    data, encoder = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    program = sys.argv[3] if len(sys.argv) > 3 else "target/release/wordferry"
    sentences = (data / "parallel/ntrex/newstest2019-ref.eng-US.txt").read_text(encoding="utf-8").splitlines()
    pairs = np.random.default_rng(1).integers(len(sentences), size=(20_000, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    readers = {"spam": sms, "reviews": marc}
    names = [name for name in sys.argv[4:] if name in readers] or list(readers)
    ways = [name for name in sys.argv[4:] if name in WAYS] or list(WAYS)
    tasks = [readers[name](data) for name in names]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        models = {"the transformer": (encoder, None)}
        seconds = {}
        for turn in range(TURNS):
            taken = by_model2vec(encoder, folder / f"model2vec {turn}")
            if taken is not None:
                seconds.setdefault("model2vec", []).append(taken)
            for way in ways:
                start = processor_seconds()
                run(program, "distil", encoder, "-o", folder / f"{way} {turn}", *WAYS[way])
                seconds.setdefault(way, []).append(processor_seconds() - start)
        for name, taken in seconds.items():
            models[name] = (folder / f"{name} 0", statistics.median(taken))
        found = {name: cosines(embed(program, path, sentences, folder), pairs) for name, (path, _) in models.items()}
        columns = ["", "processor s", "like the transformer", "like model2vec", "Python's rows", *names]
        print("|", " | ".join(columns), "|\n" + "|---" * len(columns) + "|")
        for name, (path, seconds) in models.items():
            difference = "–"
            if name != "the transformer":
                python = StaticModel.from_pretrained(path).encode(sentences)
                difference = f"{np.abs(python - embed(program, path, sentences, folder)).max():.1e}"
            like = [f"{spearman(found[name], found[other]):.3f}" if other in found else "–" for other in ("the transformer", "model2vec")]
            right = [f"{accuracy(program, path, task, folder):.1f}" for task in tasks]
            taken = "–" if seconds is None else f"{seconds:.0f}"
            print("|", " | ".join([name, taken, *like, difference, *right]), "|", flush=True)


if __name__ == "__main__":
    main()
