"""Is `wordferry diagnose` right? A fixed list of transfers, negative ones among them, each diagnosed, then measured on texts held back.

For every case the labelled texts of the target are drawn with a fixed seed, in the classes' shares. `wordferry diagnose` gives a verdict
on them alone. Then the held-back test texts say, by the paired bootstrap over texts (1,000 resamples, 95 %), what macro-F1 the
transferred model (the strategy that the program picks, with these labels) has above a model of the same labels alone (what
`wordferry train` makes: n-grams, marks, logistic regression).

The rule, fixed before any case was run:
- "transfer" and "with care" are right unless transfer hurt: the interval's upper end is not below 0.
- "do not" is right unless transfer helped: the interval's lower end is not above 0.
A stricter count is printed, too: "transfer" and "with care" where the gain is above 0, "do not" where it is not, whatever the interval.
The judge's limits were not chosen on these cases.

    python scripts/diagnose.py SHARED/data --out DIR [--cases ...] [--program ...] [--threads N]

Cases that are in DIR already are not run again. Sources are cut to 3,000 texts, vectors to 20,000 words and tests to 1,500 texts, so that
all takes minutes. Needs the data only.
"""
import argparse
import csv
import json
import pathlib
import random
import subprocess

from strategies import lexicon, marc, opener, umsab, vectors, xed

SEED = 42
N_SOURCE, N_WORDS, N_TEST = 3000, 20000, 1500
POLARITY = {"1": "negative", "2": "negative", "4": "positive", "5": "positive", "negative": "negative", "positive": "positive",
            "strong_negative": "negative", "strong_positive": "positive"}
SENTIMENT3 = {"negative": "negative", "neutral": "neutral", "positive": "positive"}
# Spam is told to be negative: classes of the same names that mean other things.
NONSENSE = {"ham": "positive", "spam": "negative"}
SPAM = {"ham": "ham", "spam": "spam"}


def rows(path, text, label, classes):
    """Texts with their classes."""
    with open(path, encoding="utf-8", newline="") as file:
        quoting = csv.QUOTE_NONE if path.suffix == ".tsv" else csv.QUOTE_MINIMAL
        reader = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",", quoting=quoting)
        return [(row[text], classes[row[label]]) for row in reader if row[label] in classes and row[text].strip()]


def collection(path, column, classes, target):
    """Source, target and test of a collection that has English and the target."""
    def load(data, language, part):
        return rows(path(data, language, part), "text", column, classes)
    return lambda data: (load(data, "en", "train"), load(data, target, "train"), load(data, target, "test"))


def sms(data, text, parity, classes=SPAM):
    """Every second message, so that no message is the translation of another."""
    return rows(data / "spam/sms_multilingual_en_hi_de_fr.csv", text, "labels", classes)[parity::2]


def to_sms(source, text, classes):
    """From elsewhere to messages, two thirds of which are there to draw labels from."""
    def load(data):
        messages = sms(data, text, 1, classes)
        random.Random(SEED).shuffle(messages)
        return source(data), messages[:1800], messages[1800:]
    return load


def enron(data):
    with open(data / "spam/enron/train.csv", encoding="utf-8", newline="") as file:
        return [(f'{row["subject"]} {row["body"]}', row["label"]) for row in csv.DictReader(file) if row["label"] in SPAM]


def english_reviews(data):
    return rows(marc(data, "en", "train"), "text", "stars", POLARITY)


# Name: (texts, target language, labels drawn, what is done to the lexicon)
CASES = {
    "MARC en→de": (collection(marc, "stars", POLARITY, "de"), "de", 64, None),
    "MARC en→es": (collection(marc, "stars", POLARITY, "es"), "es", 64, None),
    "UMSAB en→de": (collection(umsab, "label", SENTIMENT3, "de"), "de", 100, None),
    "UMSAB en→it, weak vectors": (collection(umsab, "label", SENTIMENT3, "it"), "it", 100, None),
    "UMSAB en→ar, weak vectors": (collection(umsab, "label", SENTIMENT3, "ar"), "ar", 100, None),
    "OpeNER en→es": (collection(opener, "label", POLARITY, "es"), "es", 64, None),
    "MultiBooked en→ca, weak vectors": (collection(opener, "label", POLARITY, "ca"), "ca", 64, None),
    "XED en→fi, weak vectors": (collection(xed, "label", POLARITY, "fi"), "fi", 100, None),
    "XED en→tr, weak vectors": (collection(xed, "label", POLARITY, "tr"), "tr", 100, None),
    "SMS spam en→de": (to_sms(lambda data: sms(data, "text", 0), "text_de", SPAM), "de", 64, None),
    "Enron → SMS spam de": (to_sms(enron, "text_de", SPAM), "de", 64, None),
    "reviews → SMS spam de": (to_sms(english_reviews, "text_de", NONSENSE), "de", 64, None),
    "MARC en→de, lexicon shuffled": (collection(marc, "stars", POLARITY, "de"), "de", 64, "shuffled"),
    "MARC en→de, plenty of labels": (collection(marc, "stars", POLARITY, "de"), "de", 4000, None),
    "UMSAB en→de, plenty of labels": (collection(umsab, "label", SENTIMENT3, "de"), "de", 1800, None),
    "MARC en→es, no label": (collection(marc, "stars", POLARITY, "es"), "es", 0, None),
}


def draw(texts, n, seed):
    """n of the texts, classes in their shares, 8 of each at least."""
    chosen = random.Random(seed)
    by_class = {}
    for text, label in texts:
        by_class.setdefault(label, []).append((text, label))
    drawn = []
    for label in sorted(by_class):
        share = max(8, round(n * len(by_class[label]) / len(texts)))
        drawn += chosen.sample(by_class[label], min(share, len(by_class[label])))
    chosen.shuffle(drawn)
    return drawn


def write(path, texts):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        table.writerows(texts)


def shuffled(path, target):
    """The lexicon with its second words permuted."""
    pairs = [line.split() for line in open(path, encoding="utf-8") if len(line.split()) == 2]
    seconds = [second for _, second in pairs]
    random.Random(SEED).shuffle(seconds)
    target.write_text("".join(f"{first}\t{second}\n" for (first, _), second in zip(pairs, seconds)), encoding="utf-8")
    return target


def run(arguments, name, folder):
    load, language, n_labels, harm = CASES[name]
    source, target, test = load(arguments.data)
    write(folder / "source.csv", draw(source, min(N_SOURCE, len(source)), SEED))
    write(folder / "test.csv", draw(test, min(N_TEST, len(test)), SEED))
    english, other = vectors(arguments.data, language)
    pairs = lexicon(arguments.data, language)
    if harm:
        pairs = shuffled(pairs, folder / "lexicon.txt")
    lines = ["[source]", 'language = "en"', f'vectors = "{english}"', f"limit = {N_WORDS}", 'train = "source.csv"', "[[target]]",
             f'language = "{language}"', f'vectors = "{other}"', f"limit = {N_WORDS}", f'lexicon = "{pairs}"', 'test = "test.csv"']
    if n_labels:
        write(folder / "labelled.csv", draw(target, n_labels, SEED))
        lines.append('labelled = "labelled.csv"')
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [arguments.program, "diagnose", folder / "plan.toml", "--json", "--quiet"]
    command += ["--threads", str(arguments.threads)] if arguments.threads else []
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["targets"][0]


def is_right(verdict, gain, low, high):
    """By the rule, and by the stricter one."""
    return (low <= 0, gain <= 0) if verdict == "do-not" else (high >= 0, gain > 0)


def scored(pair):
    score, (low, high) = pair
    return f"{100 * score:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def gained(pair):
    gain, (low, high) = pair
    return f"{100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--program", default="target/release/wordferry")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    arguments.data = arguments.data.resolve()
    print("| case | labels | alignment | expected gain | verdict | with transfer | labels alone | gain | right |\n|---|---|---|---|---|---|---|---|---|")
    right, strictly, n = 0, 0, 0
    for name in arguments.cases:
        folder = (arguments.out / "".join(c if c.isalnum() else "-" for c in name)).resolve()
        found = folder / "diagnosis.json"
        if not found.exists():
            folder.mkdir(parents=True, exist_ok=True)
            found.write_text(json.dumps(run(arguments, name, folder)), encoding="utf-8")
        target = json.loads(found.read_text(encoding="utf-8"))
        outcome, curves = target["outcome"], target["curves"]
        row = [name, str(target["n_labelled"]), target["alignment"]["verdict"], gained(curves["gain"]) if curves else "–", target["verdict"],
               scored(outcome["transferred"])]
        if outcome["gain"]:
            gain, (low, high) = outcome["gain"]
            is_so, is_strictly_so = is_right(target["verdict"], gain, low, high)
            right, strictly, n = right + is_so, strictly + is_strictly_so, n + 1
            row += [scored(outcome["own"]), gained(outcome["gain"]), ("yes" if is_so else "**no**") + ("" if is_strictly_so else ", strictly no")]
        else:
            row += ["–", "–", "–"]
        print("| " + " | ".join(row) + " |", flush=True)
    print(f"\nright in {right} of {n}; strictly in {strictly}")


if __name__ == "__main__":
    main()
