"""Labels that `wordferry label` asks for against labels that are drawn: macro-F1 on SMS, in a simulated session.

    python3 scripts/label.py [--seeds 10]

The SMS Spam Collection without copies; for every seed one half is what labels are asked of (an oracle answers), the other
half is tested on. `drawn` takes texts as they come, drawn anew until both classes are there; `balanced` takes as many of each class, which
takes labels to know. All models are trained by `wordferry train` with the pool as unlabelled texts. Prints the rows of docs/quality.md.
"""
import argparse
import csv
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/wordferry"
SMS = ROOT.parent / "shared/data/spam/sms_spam_collection.tsv"
SIZES = [20, 40]


def read_sms():
    seen, rows = set(), []
    for line in SMS.read_text(encoding="utf-8").splitlines():
        label, text = line.split("\t", 1)
        if text not in seen:
            seen.add(text)
            rows.append((text, label))
    return rows


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["text", "label"])
        table.writerows(rows)
    return path


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def asked(folder, pool, truth, n):
    """The labels of a session in which every question is answered, in their order; and seconds a question."""
    labels = folder / "asked.csv"
    labels.unlink(missing_ok=True)
    arguments = ["label", "--new", pool, "--classes", "ham,spam", "--labels-file", labels, "--json", "--quiet"]
    session = subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    given, start = [], time.time()
    while len(given) < n:
        text = json.loads(session.stdout.readline())["text"]
        given.append((text, truth[text]))
        session.stdin.write(truth[text] + "\n")
        session.stdin.flush()
    session.stdin.write("q\n")
    session.stdin.close()
    session.stdout.read()
    assert session.wait() == 0
    return given, (time.time() - start) / n


def drawn(pool, n, balanced, rng):
    if balanced:
        of_class = {label: [row for row in pool if row[1] == label] for label in ("ham", "spam")}
        return [row for rows in of_class.values() for row in rng.sample(rows, n // 2)]
    while True:
        rows = rng.sample(pool, n)
        if len({label for _, label in rows}) == 2:
            return rows


def macro_f1(folder, rows, pool, test):
    model = folder / "model.safetensors"
    run("train", write(folder / "train.csv", rows), "--unlabelled", pool, "-o", model)
    table = write(folder / "test.csv", test)
    found = [json.loads(line)["label"] for line in run("predict", model, table, "--json").splitlines()]
    scores = []
    for label in ("ham", "spam"):
        both = sum(a == label == b for a, (_, b) in zip(found, test))
        either = sum(a == label for a in found) + sum(b == label for _, b in test)
        scores.append(2 * both / either)
    return sum(scores) / 2


def said(values, rng):
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(2000))
    mean = sum(values) / len(values)
    return f"{100 * mean:.1f} ({100 * means[50]:.1f}–{100 * means[-51]:.1f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    rows = read_sms()
    results, seconds, spam = {}, [], {}
    for seed in range(arguments.seeds):
        rng = random.Random(seed)
        shuffled = rng.sample(rows, len(rows))
        pool, test = shuffled[: len(rows) // 2], shuffled[len(rows) // 2 :]
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            file = write(folder / "pool.csv", [(text, "") for text, _ in pool])
            given, each = asked(folder, file, dict(pool), max(SIZES))
            seconds.append(each)
            for n in SIZES:
                sets = {
                    "asked": given[:n],
                    "drawn": drawn(pool, n, False, rng),
                    "balanced": drawn(pool, n, True, rng),
                }
                for name, labels in sets.items():
                    score = macro_f1(folder, labels, file, test) if len({b for _, b in labels}) == 2 else 0.464
                    results.setdefault((n, name), []).append(score)
                    spam.setdefault((n, name), []).append(sum(label == "spam" for _, label in labels))
        print(seed, {key: round(100 * values[-1], 1) for key, values in results.items()}, flush=True)
    rng = random.Random(0)
    print("\n| labels | asked for | drawn as they come | as many of each class |\n|---|---|---|---|")
    for n in SIZES:
        print(f"| {n} | " + " | ".join(said(results[n, name], rng) for name in ("asked", "drawn", "balanced")) + " |")
    for key, values in spam.items():
        print(key, "spam among the labels:", sum(values) / len(values))
    print(f"{sum(seconds) / len(seconds):.2f} s a question")


if __name__ == "__main__":
    main()
