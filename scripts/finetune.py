"""Few labels: a fine-tuned transformer against the same one frozen with a linear head.

    python scripts/finetune.py DATA ENCODER [PROGRAM]

DATA is the folder of shared data, ENCODER that of all-MiniLM-L6-v2. For SMS spam and English reviews (1-2 against 4-5 stars) 32
texts a class are drawn with a seed, and a fixed sample of 1,000 of the texts set aside is tested on. Both ways are the
program's own and see the same texts: `--epochs 0` is the frozen encoder with the logistic head that training begins with. The
rate is chosen by the accuracy of draws 100 and 101 on other texts than those tested on; draws 0 to 4 are reported.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

RATES = ["1e-4", "3e-4"]
CHOOSING, REPORTED = [100, 101], range(5)


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


def run(program, encoder, folder, train, test, seed, epochs, rate):
    write(folder / "train.csv", train)
    write(folder / "test.csv", test)
    common = [program, "--quiet", "--seed", str(seed)]
    options = ["--encoder", encoder, "--epochs", epochs, "--rate", rate, "-o", folder / "tuned"]
    subprocess.run([*common, "finetune", folder / "train.csv", *options], check=True, stdout=subprocess.DEVNULL)
    predict = [*common, "--json", "predict", folder / "tuned", folder / "test.csv", "--encoder", encoder]
    lines = subprocess.run(predict, check=True, capture_output=True, text=True).stdout.splitlines()
    return scores([json.loads(line)["label"] for line in lines], [label for _, label in test])


def main():
    data, encoder = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    program = sys.argv[3] if len(sys.argv) > 3 else "target/release/wordferry"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, (pool, rest) in {"SMS spam": sms(data), "reviews": marc(data)}.items():
            test = rest[:1000]
            train, choosing = pool[: len(pool) // 2], pool[len(pool) // 2 :][:400]

            def chosen(rate):
                return mean(run(program, encoder, folder, draw(train, s), choosing, s, "10", rate)[0] for s in CHOOSING)

            by_rate = {rate: chosen(rate) for rate in RATES}
            rate = max(by_rate, key=by_rate.get)
            print(f"{name}: chosen {rate} of {by_rate}", flush=True)
            for way, epochs in [("frozen", "0"), ("fine-tuned", "10")]:
                results = [run(program, encoder, folder, draw(pool, s), test, s, epochs, rate) for s in REPORTED]
                accuracies, f1s = zip(*results)
                each = ", ".join(f"{accuracy:.1f}" for accuracy in accuracies)
                print(f"{name} | {way} | {mean(accuracies):.1f} ({each}) | {mean(f1s):.1f}", flush=True)


if __name__ == "__main__":
    main()
