"""How fast files of word vectors are opened, beside finalfusion, gensim and fastText, in one run.

    python scripts/peers_vectors.py FOLDER [--rounds 5] [--gensim-rounds 1]

Writes 400,000 words x 300 in every format to FOLDER unless they are there (4 GB), then runs every task in a process of its
own, in turns, and prints medians and ratios as Markdown. Tasks of this project and of finalfusion are those of
`benches/vectors.rs`. Wordferry uses all cores, the peers one: none of them has an option to use more. Needs `pip install numpy gensim fasttext-wheel`; a peer that is missing is left out, and the table says so.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Words as benches/vectors.rs makes them, and every 400th of them.
COMMON = """
import resource, sys, time
def word(number):
    spread = number * 0x9e3779 % (1 << 32) % (1 << 24)
    parts = [(spread >> (6 * syllable)) & 63 for syllable in range(4)]
    return "".join("bcdfghjklmnprstv"[part % 16] + "aeio"[part // 16] for part in parts)
def done(start, n):
    seconds = time.perf_counter() - start
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"python\\t{sys.argv[1]}\\t{seconds:.5f} s\\t0 bytes\\t0 GB/s\\t{resident} bytes resident\\t{n}")
"""

PYTHON = {
    "gensim-text": """
from gensim.models import KeyedVectors
start = time.perf_counter()
vectors = KeyedVectors.load_word2vec_format(sys.argv[1])
done(start, len(vectors))
""",
    "gensim-word2vec": """
from gensim.models import KeyedVectors
start = time.perf_counter()
vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=True)
done(start, len(vectors))
""",
    "fasttext-lookup": """
import fasttext
queries = [word(i * 400_000 // 1000) for i in range(1000)]
start = time.perf_counter()
model = fasttext.load_model(sys.argv[1])
n = sum(model.get_word_id(query) >= 0 and len(model.get_word_vector(query)) > 0 for query in queries)
done(start, n)
""",
}

# A file, this project's task, the peer's file and task, and how many times faster it is meant to be.
GOALS = [
    ("vectors.vec", "load", "vectors.vec", "finalfusion-text", 6),
    ("vectors.vec", "load", "vectors.vec", "gensim-text", 150),
    ("vectors.bin", "load", "vectors.bin", "finalfusion-word2vec", 3),
    ("vectors.bin", "load", "vectors.bin", "gensim-word2vec", None),
    ("vectors.safetensors", "lookup", "vectors.fifu", "finalfusion-mmap", 20),
    ("vectors.safetensors", "open", "vectors.fifu", "finalfusion-mmap", None),
    ("small/vectors.safetensors", "open", "small/vectors.fifu", "finalfusion-mmap", None),
    ("small/vectors.safetensors", "lookup", "small/vectors.fifu", "finalfusion-mmap", None),
    ("fasttext.bin", "lookup", "fasttext.bin", "fasttext-lookup", 20),
]


def bench(binary, *arguments):
    return subprocess.run([binary, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def run(binary, folder, task, file):
    """Seconds and resident bytes of one run, or None if the peer is not installed."""
    if task in PYTHON:
        command = [sys.executable, "-c", COMMON + PYTHON[task], folder / file]
        result = subprocess.run(command, capture_output=True, text=True)
        if "ModuleNotFoundError" in result.stderr:
            return None
        result.check_returncode()
        line = result.stdout.splitlines()[-1]
    else:
        line = bench(binary, task, folder / file).splitlines()[-1]
    fields = line.split("\t")
    n = int(fields[6].split()[0])
    if "lookup" in task or "mmap" in task:
        assert n == 1000, f"{task} found {n} of 1,000 words"
    return float(fields[2].split()[0]), int(fields[5].split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gensim-rounds", type=int, default=1, help="of the text file, which takes over a minute")
    arguments = parser.parse_args()
    folder = arguments.folder
    build = subprocess.run(
        ["cargo", "bench", "--no-run", "--bench", "vectors", "--message-format", "json-render-diagnostics"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    executables = [line.split('"executable":"')[1].split('"')[0] for line in build.splitlines() if '"executable":"' in line]
    binary = next(path for path in executables if "vectors-" in path)
    for place, n_words in [(folder, 400_000), (folder / "small", 4_000)]:
        place.mkdir(parents=True, exist_ok=True)
        if not (place / "fasttext.bin").exists():
            bench(binary, "make", place, n_words, 300)

    tasks = dict.fromkeys((task, file) for ours, own, theirs, peer, _ in GOALS for task, file in [(own, ours), (peer, theirs)])
    tasks.update(dict.fromkeys(("read", file) for file, *_ in GOALS))
    figures = {task: [] for task in tasks}
    for round in range(arguments.rounds):
        for (task, file), runs in figures.items():
            if task != "gensim-text" or round < arguments.gensim_rounds:
                runs.append(run(binary, folder, task, file))
                print(f"{round + 1}/{arguments.rounds} {task} {file}: {runs[-1]}", file=sys.stderr, flush=True)

    def median(task, file, which=0):
        runs = [figure[which] for figure in figures[task, file] if figure]
        return statistics.median(runs) if runs else None

    print(f"| file | bytes | plain read | wordferry | of the plain read's rate | resident | peer | ratio (goal) |\n{'|---' * 8}|")
    for file, own, peer_file, peer, goal in GOALS:
        length = (folder / file).stat().st_size
        seconds, floor = median(own, file), median("read", file)
        other = median(peer, peer_file)
        shown = f"{peer}: {other:.3f} s" if other else f"{peer}: not installed"
        ratio = f"{other / seconds:.1f}" + (f" (≥ {goal})" if goal else "") if other else "–"
        print(
            f"| `{file}` {own} | {length / 1e6:.0f} MB | {floor:.3f} s, {length / floor / 1e9:.1f} GB/s "
            f"| {seconds:.4f} s, {length / seconds / 1e9:.2f} GB/s | {floor / seconds:.0%} "
            f"| {median(own, file, 1) / length:.1%} of the file | {shown} | {ratio} |"
        )


if __name__ == "__main__":
    main()
