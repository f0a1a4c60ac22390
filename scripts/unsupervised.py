"""How well spam is found without a label: AUROC of `wordferry anomalies` on the SMS Spam Collection and on Enron e-mails.

    python scripts/unsupervised.py [ENCODER ...]

Needs ../shared/data (see its README) and the program built with --release; no Python package. Encoders are word vectors or folders; without
one, the English vectors of ../shared/data. Duplicates are removed. Half of the ham is what is normal; the other half and the spam are
scored, once beside it and once without it, where they have to be normal themselves. The last column is of the other half of the ham, at the usual
share of 5 %, a number a method. No label is used but to measure. Nothing was tuned on the Enron texts; on the SMS a linear one-class SVM was tried and left out.
"""

import csv
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data"
METHODS = ["nearest", "mahalanobis", "centre"]
RESAMPLES = 200
csv.field_size_limit(1 << 24)


def sms():
    lines = (DATA / "spam/sms_spam_collection.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t", 1)[::-1] for line in lines]


def enron():
    with open(DATA / "spam/enron/train.csv", encoding="utf-8", newline="") as file:
        return [(f"{row['subject']}\n{row['body']}", row["label"]) for row in csv.DictReader(file)]


def split(pairs):
    """Half of the ham, and the rest with its labels."""
    pairs = list(dict(pairs).items())
    ham = [text for text, label in pairs if label == "ham"]
    random.Random(42).shuffle(ham)
    normal, rest = ham[: len(ham) // 2], ham[len(ham) // 2 :]
    spam = [text for text, label in pairs if label == "spam"]
    return normal, [(text, 0) for text in rest] + [(text, 1) for text in spam]


def write(path, texts):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"]] + [[text] for text in texts])


def scores(folder, encoder, method, normal):
    command = [ROOT / "target/release/wordferry", "anomalies", folder / "texts.csv", "--encoder", encoder]
    command += ["--method", method, "--quiet"] + (["--normal", folder / "normal.csv"] if normal else [])
    lines = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout.split("\n")
    fields = [line.split("\t", 2) for line in lines[1:] if line]
    return [(float(score), anomalous == "yes") for score, anomalous, _ in fields]


def auroc(pairs):
    """The share of pairs of a spam and a ham in which the spam scores higher, by the sum of the spam's ranks."""
    ordered = sorted(pairs)
    rank_sum, start = 0.0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        rank_sum += sum(label for _, label in ordered[start:end]) * (start + end + 1) / 2
        start = end
    n_spam = sum(label for _, label in ordered)
    return (rank_sum - n_spam * (n_spam + 1) / 2) / (n_spam * (len(ordered) - n_spam))


def interval(pairs):
    generator = random.Random(42)
    drawn = sorted(auroc(generator.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES)]


def main():
    encoders = sys.argv[1:] or [DATA / "vectors/en.50k.vec.zst"]
    print("| texts | encoder | normal | scored | " + " | ".join(METHODS) + " | ham called anomalous, % |\n|---|---|---|---|---|" + "---|" * len(METHODS))
    for name, pairs in [("SMS", sms()), ("Enron", enron())]:
        normal, rest = split(pairs)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            write(folder / "normal.csv", normal)
            write(folder / "texts.csv", [text for text, _ in rest])
            for encoder, known in [(encoder, known) for encoder in encoders for known in [normal, []]]:
                cells, called = [], []
                for method in METHODS:
                    found = scores(folder, encoder, method, known)
                    of_ham = [anomalous for (_, anomalous), (_, label) in zip(found, rest) if not label]
                    called.append(f"{100 * sum(of_ham) / len(of_ham):.1f}")
                    pairs = [(score, label) for (score, _), (_, label) in zip(found, rest)]
                    low, high = interval(pairs)
                    cells.append(f"{100 * auroc(pairs):.1f} ({100 * low:.1f}–{100 * high:.1f})")
                name_of_encoder = pathlib.Path(encoder).name
                print(f"| {name} | {name_of_encoder} | {len(known)} | {len(rest)} | " + " | ".join(cells) + f" | {', '.join(called)} |", flush=True)


main()
