"""One language at full size, and what all 294 take by it.

    python3 scripts/bench_full.py PROGRAM FOLDER

Makes vectors of two languages of 200,000 x 300 in FOLDER (1.1 GB; seed 1; one is the other, turned and blurred), a lexicon of 5,000 pairs to train and
1,500 to test with each way, 1,000 parallel sentences and a running text, measures one against the other with `wordferry bench`, task by task,
and prints seconds and the most memory. Then it adds up what the first 200,000 vectors of all 294 languages of fastText's Wikipedia collection take, by
the sizes that `wordferry data list` tells. Needs numpy.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy

N, DIMENSION = 200_000, 300
TASKS = ["health", "similarity", "lexicon", "retrieval", "speed"]


def write_vectors(path, prefix, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{N} {DIMENSION}\n")
        for number, row in enumerate(rows):
            file.write(f"{prefix}{letters(number)} {' '.join(f'{value:.5f}' for value in row)}\n")


def letters(number):
    """A number in letters, as tokens are."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def make(data):
    rng = numpy.random.default_rng(1)
    rows = rng.standard_normal((N, DIMENSION), dtype=numpy.float32) * 0.3
    turn = numpy.linalg.qr(rng.standard_normal((DIMENSION, DIMENSION)))[0].astype(numpy.float32)
    write_vectors(data / "vectors/en.vec", "e", rows)
    write_vectors(data / "vectors/de.vec", "d", rows @ turn + 0.5 * rng.standard_normal(rows.shape, dtype=numpy.float32))
    pair = lambda number: f"e{letters(number)} d{letters(number)}"
    write(data / "lexicons/en-de.train.txt", map(pair, range(5000)))
    write(data / "lexicons/en-de.test.txt", map(pair, range(5000, 6500)))
    sentences = rng.integers(0, 20_000, (1000, 10))
    for code in "ed":
        lines = [" ".join(code + letters(word) for word in words) for words in sentences]
        write(data / f"parallel/en-de.made.{'en' if code == 'e' else 'de'}", lines)
    write(data / "texts/de.txt", lines)
    scores = [f"d{letters(a)} d{letters(b)} {rng.random():.3f}" for a, b in rng.integers(0, 20_000, (300, 2))]
    write(data / "similarity/de.made.txt", scores)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    if not (folder / "data/similarity").exists():
        make(folder / "data")
    size = (folder / "data/vectors/de.vec").stat().st_size
    print(f"vectors of one language: {size / 1e6:.0f} MB")
    for tasks in [[task] for task in TASKS] + [TASKS]:
        name = "-".join(tasks) if len(tasks) == 1 else "all"
        out = folder / f"out-{name}"
        for path in out.glob("*.jsonl"):
            path.unlink()
        begin = time.monotonic()
        command = [program, "bench", "--from", folder / "data", "--out", out, "--languages", "de", "--tasks", ",".join(tasks), "--memory", "20G", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        print(f"{name}: {seconds:.1f} s; most memory so far {peak:.1f} GB", flush=True)
    listed = json.loads(subprocess.run([program, "data", "list", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    words = []
    for language in listed["languages"]:
        vectors = [item for item in language["resources"] if item["file"] == f"vectors/wiki.{language['code']}.vec"]
        words.append(min(N, (vectors[0]["bytes"] or 0) // 2620) if vectors else 0)
    whole = sum(words) / N
    print(f"{len(words)} languages, {sum(words) / 1e6:.1f} million vectors: as many as {whole:.0f} languages of full size")
    print(f"disk {sum(words) * 2620 / 1e9:.0f} GB; time about {whole * seconds / 3600:.1f} h by the run of these tasks")


main()
