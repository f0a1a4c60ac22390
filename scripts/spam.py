"""Spam from few labels, measured through the program as a user runs it: `wordferry train`, then `wordferry predict`.

The protocol is that of the peers' scripts (same rows, same split, same draws: k labels from one half of the SMS Spam Collection
without its duplicates, tested on the other half; ten seeds), so the figures stand beside theirs. Prints a table in Markdown: the
mean of macro-F1 and of spam's recall at no more than 0.5 % false alarms, each with the 95 % interval of the mean over the draws.

    python scripts/spam.py --data SHARED/data/spam --peers SHARED/peers [--encoder FOLDER] [--program target/release/wordferry]

Needs numpy and scikit-learn, and the folder with the data and the peers' scripts.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

SIZES = [8, 16, 32, 64, 256]
# Macro-F1 and recall of the best peer at each size; no peer is the best in both, so the two may be of different ones.
BEST_PEERS = {
    "balanced": {8: (74.6, 55.4), 16: (84.5, 62.7), 32: (84.4, 64.7), 64: (88.3, 78.4), 256: (93.7, 89.2)},
    "natural": {8: (69.1, 33.0), 16: (72.7, 38.2), 32: (72.9, 38.9), 64: (85.9, 65.1), 256: (92.2, 85.7)},
}


def write_csv(path, texts, labels):
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        rows.writerows(zip(texts, labels))


class Program:
    """Trains on some texts and gives every test text the log-odds of spam."""

    def __init__(self, program, folder, test, options):
        self.program, self.folder, self.options = program, pathlib.Path(folder), options
        self.test = self.folder / "test.csv"
        write_csv(self.test, test, ["?"] * len(test))

    def run(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def scores(self, texts, labels):
        train, model = self.folder / "train.csv", self.folder / "model.safetensors"
        write_csv(train, texts, ["spam" if label else "ham" for label in labels])
        # Of a few labels by natural draws nothing may tell that a model is better than chance; its test does.
        self.run("train", train, *self.options, "--force", "-o", model)
        rows = map(json.loads, self.run("predict", model, self.test, "--json").splitlines())
        spam = np.array([row["probability"] if row["label"] == "spam" else 1 - row["probability"] for row in rows])
        spam = np.clip(spam, 1e-7, 1 - 1e-7)
        return np.log(spam / (1 - spam))


def mean_and_interval(values):
    values = 100 * np.array(values)
    half = 2.262 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) == 10 else float("nan")
    return f"{values.mean():.1f} ± {half:.1f}"


def few_labels(peers, arguments, folder, data):
    texts, spam = peers.read_sms(str(data / "sms_spam_collection.tsv"))
    pool, test = peers.split(len(texts), spam)
    program = Program(arguments.program, folder, [texts[i] for i in test], arguments.options)
    print("| labels | draws | macro-F1 | recall at ≤ 0.5 % false alarms | best peer |")
    print("|---|---|---|---|---|")
    for how in ["balanced", "natural"]:
        for size in SIZES:
            runs = []
            for seed in range(arguments.seeds):
                drawn = peers.draw(spam[pool], size, how, seed)
                scores = program.scores([texts[pool[i]] for i in drawn], spam[pool][drawn])
                runs.append(peers.evaluate(spam[test], scores, (scores > 0).astype(int)))
            best = " / ".join(map(str, BEST_PEERS.get(how, {}).get(size, ["–"])))
            found = " | ".join(mean_and_interval([run[key] for run in runs]) for key in ["macro_f1", "recall@fpr0.5%"])
            print(f"| {size} | {how} | {found} | {best} |", flush=True)


def languages(peers, arguments, folder, data):
    """English labels, German and French messages: the same split as for few labels, every English label of one half."""
    path = str(data / "sms_multilingual_en_hi_de_fr.csv")
    print("\n| test | macro-F1 | recall at ≤ 0.5 % false alarms |\n|---|---|---|")
    english, spam = peers.read_sms(path, "text")
    train, test = peers.split(len(english), spam)
    for language, column in [("English", "text"), ("German", "text_de"), ("French", "text_fr")]:
        texts, _ = peers.read_sms(path, column)
        program = Program(arguments.program, folder, [texts[i] for i in test], arguments.options)
        scores = program.scores([english[i] for i in train], spam[train])
        found = peers.evaluate(spam[test], scores, (scores > 0).astype(int))
        print(f"| {language} | {100 * found['macro_f1']:.1f} | {100 * found['recall@fpr0.5%']:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--peers", required=True, type=pathlib.Path, help="the folder of the peers' scripts")
    parser.add_argument("--program", default="target/release/wordferry")
    parser.add_argument("--encoder", help="a transformer's folder, as a view beside the n-grams")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    arguments.options = ["--encoder", "lexical", "--encoder", arguments.encoder] if arguments.encoder else []
    sys.path.insert(0, str(arguments.peers))
    import spam_fewshot as peers
    with tempfile.TemporaryDirectory() as folder:
        few_labels(peers, arguments, folder, arguments.data)
        languages(peers, arguments, folder, arguments.data)


if __name__ == "__main__":
    main()
