"""What held-out texts promise of a model, and what fresh texts make of it.

    python scripts/trust.py [calibration] [sizes] [budgets] [sets]

Needs ../shared/data (see its README) and the program built with --release; no Python package. Prints these tables, or those that are named:

- the calibration error of models trained on English reviews (MARC, 1-2 against 4-5 stars), on the reviews set aside in English, German and
  Spanish, where they are carried without a label; and of word vectors on films (SST-2, IMDb), of whose texts the vectors saw nothing;
- the calibration error of n-grams with so many labels, means of five draws, tested on the other half of the SMS and on the reviews set aside;
- the false positives of SMS spam filters with a budget of 0.5 % and one of 0.2 %: ten seeds, half of the messages (without repetitions) to train on, the
  other half fresh;
- the share of fresh texts whose set of classes holds their own, for what was asked.

docs/quality.md says what was changed after a look at them.
"""

import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from statistics import mean, stdev

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data"
PROGRAM = ROOT / "target/release/wordferry"
SEEDS = range(10)
BUDGETS = (0.005, 0.002)
BY = {"lexical-carry": "English texts, there and back", "student": "its teacher"}
REVIEWS = ["--label-column", "stars", "--labels", "negative=1,2", "--labels", "positive=4,5"]


def run(*command):
    found = subprocess.run([PROGRAM, *map(str, command), "--json", "--quiet"], capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def evaluate(model, texts, *more):
    return run("evaluate", "classification", model, "--texts", texts, *more)


def interval(share):
    return f"{100 * share[0]:.1f}–{100 * share[1]:.1f}"


def reviews(language, part):
    return DATA / f"sentiment/marc/{language}.{part}.csv"


def calibration(folder):
    print("| by | tested on | accuracy | ECE, % | log-loss | calibrated by |")
    print("|---|---|---|---|---|---|")
    vectors = DATA / "vectors/en.50k.vec.zst"
    for name, encoders in {
        "n-grams": ["lexical"],
        "word vectors": [vectors],
        "both": ["lexical", vectors],
    }.items():
        model = folder / "reviews.model"
        options = [option for encoder in encoders for option in ("--encoder", encoder)]
        trained = run("train", reviews("en", "train"), *REVIEWS, *options, "-o", model)
        found = evaluate(model, reviews("en", "test"), *REVIEWS)
        row(name, "English", found, trained["calibration"]["method"])
    for name, (train, test, options) in unseen(folder).items():
        trained = run("train", train, *options, "--encoder", vectors, "-o", folder / "unseen.model")
        row("word vectors", name, evaluate(folder / "unseen.model", test, *options), trained["calibration"]["method"])
    for strategy in ("zero-shot", "centred", "coral", "importance", "lexical-carry", "student"):
        for target, name in {"de": "German", "es": "Spanish"}.items():
            out = folder / target
            more = [] if strategy in ("zero-shot", "lexical-carry") else ["--unlabelled", reviews(target, "train")]
            trained = run(
                "transfer", "--from", "en", "--to", target, "--from-vectors", vectors, "--to-vectors", DATA / f"vectors/{target}.50k.vec.zst",
                "--lexicon", DATA / f"reference/en-{target}.train.txt", "--train", reviews("en", "train"), *REVIEWS, "--out", out,
                "--strategy", strategy, *more,
            )  # fmt: skip
            found = evaluate(out / f"{target}.model.safetensors", reviews(target, "test"), *REVIEWS)
            row(f"{strategy}, no label of the language", name, found, BY.get(strategy, "English texts in the target's words"))


def unseen(folder):
    """Labelled texts of which the vectors saw nothing; SST-2's files have no header."""
    for part in ("train", "test"):
        lines = (DATA / f"sentiment/en_sst2/{part}.tsv").read_text(encoding="utf-8")
        (folder / f"sst2.{part}.tsv").write_text("text\tlabel\n" + lines, encoding="utf-8")
    imdb = [DATA / f"sentiment/en_imdb/{part}.csv" for part in ("train", "test")]
    return {
        "SST-2": (folder / "sst2.train.tsv", folder / "sst2.test.tsv", []),
        "IMDb": (*imdb, ["--text-column", "review"]),
    }


def sizes(folder):
    print("\n| texts | labels | accuracy | ECE, % | log-loss |\n|---|---|---|---|---|")
    half, sms = halves(folder, 0)
    pools = {"SMS": (half, [], sms, (100, 400)), "English reviews": (reviews("en", "train"), REVIEWS, reviews("en", "test"), (100, 400, 2000))}
    for name, (pool, options, test, numbers) in pools.items():
        with open(pool, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        named = {label for option in options for label in option.partition("=")[2].split(",")}
        rows = [row for row in rows if not options or row["stars"] in named]
        for n in numbers:
            found = []
            for seed in range(5):
                drawn = random.Random(seed).sample(rows, n)
                with open(folder / "few.csv", "w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, drawn[0])
                    writer.writeheader()
                    writer.writerows(drawn)
                run("train", folder / "few.csv", *options, "--no-texts", "-o", folder / "few.model")
                found.append(evaluate(folder / "few.model", test, *options))
            means = [mean(one[key] for one in found) for key in ("accuracy", "ece", "log_loss")]
            print(f"| {name} | {n} | {100 * means[0]:.1f} | {100 * means[1]:.1f} | {means[2]:.4f} |", flush=True)


def row(name, tested, found, method):
    accuracy = f"{100 * found['accuracy']:.1f} ({interval(found['accuracy_ci'])})"
    print(f"| {name} | {tested} | {accuracy} | {100 * found['ece']:.1f} | {found['log_loss']:.3f} | {method} |", flush=True)


def messages():
    lines = (DATA / "spam/sms_spam_collection.tsv").read_text(encoding="utf-8").splitlines()
    return list(dict(line.split("\t", 1)[::-1] for line in lines).items())


def halves(folder, seed):
    rows = messages()
    random.Random(seed).shuffle(rows)
    for name, part in {"train": rows[: len(rows) // 2], "fresh": rows[len(rows) // 2 :]}.items():
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    return folder / "train.csv", folder / "fresh.csv"


def budgets(folder, budget):
    print(f"\nat most {100 * budget} % false positives\n")
    print("| seed | ham, to train on | fresh ham | expected, % | taken for spam, % | 95 % interval | within | spam found, % | put off, % |")
    print("|---|---|---|---|---|---|---|---|---|")
    model, shares, found_shares, n_within = folder / "sms.model", [], [], 0
    for seed in SEEDS:
        train, fresh = halves(folder, seed)
        promised = run("train", train, "--max-fpr", budget, "--seed", seed, "-o", model)["budget"]
        found = evaluate(model, fresh)
        decisions = found["decisions"]
        low, high = decisions["fpr_ci"]
        shares.append(decisions["fpr"])
        found_shares.append(decisions["recall"])
        n_within += low <= budget
        n_ham = found["by_class"]["ham"]["n"]
        print(
            f"| {seed} | {promised['n_negative']} | {n_ham} | {interval(promised['fpr_ci'])} | {100 * decisions['fpr']:.2f} | "
            f"{100 * low:.2f}–{100 * high:.2f} | {'yes' if low <= budget else 'no'} | {100 * decisions['recall']:.1f} | "
            f"{100 - 100 * decisions['decided']:.1f} |",
            flush=True,
        )
    print(
        f"| mean | | | | {100 * mean(shares):.2f} ± {100 * stdev(shares):.2f} | | {n_within} of {len(SEEDS)} | "
        f"{100 * mean(found_shares):.1f} ± {100 * stdev(found_shares):.1f} | |"
    )


def coverage(folder):
    print("\n| texts | asked, % | fresh texts | covered, % | decided, % | of these right, % |")
    print("|---|---|---|---|---|---|")
    model = folder / "conformal.model"
    for confidence in (0.8, 0.9, 0.95):
        train = ["train", reviews("en", "train"), *REVIEWS, "--confidence", confidence, "-o", model]
        run(*train)
        covered("English reviews", confidence, [evaluate(model, reviews("en", "test"), *REVIEWS)["decisions"]])
    for confidence in (0.9, 0.95, 0.99):
        found = []
        for seed in SEEDS:
            train, fresh = halves(folder, seed)
            run("train", train, "--confidence", confidence, "--seed", seed, "-o", model)
            found.append(evaluate(model, fresh)["decisions"])
        covered(f"SMS, {len(SEEDS)} seeds", confidence, found)


def covered(name, confidence, found):
    def of(key):
        return 100 * mean(decisions[key] for decisions in found)

    print(
        f"| {name} | {100 * confidence:.0f} | {found[0]['n']} | {of('coverage'):.2f} | {of('decided'):.1f} | {of('accuracy_decided'):.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        parts = {
            "calibration": lambda: calibration(work),
            "sizes": lambda: sizes(work),
            "budgets": lambda: [budgets(work, share) for share in BUDGETS],
            "sets": lambda: coverage(work),
        }
        for part in sys.argv[1:] or parts:
            parts[part]()
