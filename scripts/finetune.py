"""Few labels: a fine-tuned transformer against the same one frozen with a linear classifier.

    python scripts/finetune.py DATA ENCODER [PROGRAM] [TASK...]

DATA is the folder of shared data, ENCODER that of all-MiniLM-L6-v2, a TASK `spam` or `reviews` (both, if none is named). For SMS spam and
English reviews (1-2 against 4-5 stars) 32 texts a class are drawn with each of the seeds 0 to 4, and a fixed sample of 1,000 of the
texts set aside is tested on. Both ways are the program's own, with its own settings, and see the same texts: `--epochs 0` is the frozen
encoder with logistic regression. The settings were chosen on draw 100 of a half of the training texts by 400 others of them.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

DRAWS = range(5)
WAYS = {"frozen": ["--epochs", "0"], "fine-tuned": []}


def sms(data):
    lines = (data / "spam/sms_spam_collection.tsv").read_text(encoding="utf-8").splitlines()
    rows = [tuple(reversed(line.split("\t", 1))) for line in lines if "\t" in line]
    random.Random(1).shuffle(rows)
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def marc(data):
    def read(part):
        with open(data / f"sentiment/marc/en.{part}.csv", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            text = "text" if "text" in reader.fieldnames else reader.fieldnames[0]
            star = next(name for name in reader.fieldnames if name in ("label", "stars"))
            pairs = [(row[text], row[star].strip()) for row in reader]
        return [(text, "negative" if star in "12" else "positive") for text, star in pairs if star in "1245"]

    train, test = read("train"), read("test")
    random.Random(1).shuffle(train)
    random.Random(1).shuffle(test)
    return train, test


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def draw(pool, seed):
    rng = random.Random(seed)
    return [row for label in sorted({label for _, label in pool}) for row in rng.sample([r for r in pool if r[1] == label], 32)]


def scores(found, expected):
    f1s = []
    for label in sorted(set(expected)):
        right = sum(f == e == label for f, e in zip(found, expected))
        f1s.append(2 * right / max(1, found.count(label) + expected.count(label)))
    return 100 * mean(f == e for f, e in zip(found, expected)), 100 * mean(f1s)


def run(program, encoder, folder, train, test, seed, options):
    write(folder / "train.csv", train)
    write(folder / "test.csv", test)
    common = [program, "--quiet", "--seed", str(seed), "--json"]
    # A draw that teaches nothing counts, too.
    tune = ["finetune", folder / "train.csv", "--encoder", encoder, *options, "--force", "-o", folder / "tuned"]
    report = subprocess.run([*common, *tune], check=True, capture_output=True, text=True).stdout
    predict = ["predict", folder / "tuned", folder / "test.csv", "--encoder", encoder]
    lines = subprocess.run([*common, *predict], check=True, capture_output=True, text=True).stdout.splitlines()
    found = scores([json.loads(line)["label"] for line in lines], [label for _, label in test])
    return *found, json.loads(report)["n_epochs"]


def main():
    data, encoder = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    program = sys.argv[3] if len(sys.argv) > 3 else "target/release/wordferry"
    tasks = {"spam": sms, "reviews": marc}
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[4:] or tasks:
            pool, rest = tasks[name](data)
            for way, options in WAYS.items():
                results = []
                for seed in DRAWS:
                    results.append(run(program, encoder, Path(folder), draw(pool, seed), rest[:1000], seed, options))
                    accuracy, f1, n_epochs = results[-1]
                    print(f"{name} | {way} | draw {seed} | {accuracy:.1f} | {f1:.1f} | {n_epochs} epochs", flush=True)
                accuracies, f1s, _ = zip(*results)
                print(f"{name} | {way} | mean | {mean(accuracies):.1f} | {mean(f1s):.1f}", flush=True)


if __name__ == "__main__":
    main()
