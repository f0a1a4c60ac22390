"""How fast two languages are brought into one space, beside VecMap, and neighbours are found, beside faiss, in one run.

    python scripts/peers_align.py VECMAP FOLDER [--tasks TASK …] [--rounds 3] [--threads ALL]

VECMAP is a checkout of https://github.com/artetxem/vecmap (GPL-3: it is run, nothing of it is here); FOLDER takes the vectors,
maps and mapped vectors (500 MB). Needs ../shared/data (see its README), zstd, cargo, and `pip install numpy scipy faiss-cpu` in
the Python that runs this; without faiss its task is left out, and the report says so.

Wordferry and the peer take turns, the other one first every other round, each command in a process of its own, with the same
files and the same number of threads. Prints medians of wall seconds, of CPU seconds (user and system of the whole process) and of
peak memory, ratios (peer / Wordferry: above 1, Wordferry is ahead), P@1 and the commands, as Markdown; a dash is for what failed.
A library that waits by spinning has that counted as CPU seconds, all the more on a busy machine. OpenMP, which faiss uses, is
told not to (OMP_WAIT_POLICY=PASSIVE: on a busy machine it halved faiss's CPU seconds); with `--threads 1` nothing waits.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"

# A task: the pair of languages, what tells Wordferry and VecMap the way, and whether the evaluation is timed, too.
ALIGN = {
    "supervised": ("en-de", ["--lexicon", "{train}", "--method", "multistep"], ["--supervised", "{train}"], True),
    **{
        f"identical-{pair}": (
            pair,
            ["--identical", "--cutoff", "4000"],
            ["--identical", "--vocabulary_cutoff", "4000", "--seed", "0", "--stochastic_initial", "1.0",
             "--stochastic_interval", "3"],
            False,
        )
        for pair in ["en-es", "en-de"]
    },
    "unsupervised": (
        "en-de",
        ["--unsupervised", "--cutoff", "4000"],
        ["--unsupervised", "--vocabulary_cutoff", "4000", "--seed", "0", "--stochastic_interval", "10"],
        False,
    ),
}
NEIGHBOURS = "neighbours"
SIZE = [200_000, 300, 1_500]

# What benches/neighbours.rs does: the first rows are the queries, the index is made off the clock, the median of 5.
FAISS = """
import resource, statistics, sys, time
import faiss, numpy
n, d, q = map(int, sys.argv[1:])
rows = numpy.random.default_rng(42).standard_normal((n, d), dtype=numpy.float32)
rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
index = faiss.IndexFlatIP(d)
index.add(rows)
seconds = []
for _ in range(5):
    start = time.perf_counter()
    index.search(rows[:q], 10)
    seconds.append(time.perf_counter() - start)
print(f"nearest     {statistics.median(seconds):.3f} s")
"""


def run(command, folder):
    """Output, wall seconds, CPU seconds and peak bytes of a command; None if it failed, which it says itself."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"failed with {process.returncode}: {shlex.join(map(str, command))[:300]}", file=sys.stderr)
        return None
    return output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def built(name, *arguments):
    """The executable whose name starts so, of those that cargo made."""
    lines = subprocess.run(
        ["cargo", *arguments, "--message-format", "json-render-diagnostics"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.splitlines()
    paths = [pathlib.Path(json.loads(line).get("executable") or "") for line in lines]
    return next(path for path in paths if path.name.startswith(name))


def align_commands(task, wordferry, vecmap):
    """The timed steps of either side, and the steps that only say how good the outcome is."""
    pair, ours, theirs, end_to_end = ALIGN[task]
    lexicons = {part: str(DATA / "reference" / f"{pair}.{part}.txt") for part in ["train", "test"]}
    files = [f"{language}.vec" for language in pair.split("-")]
    sides = ["--source", files[0], "--target", files[1]]
    mapped = {who: [f"{task}.{who}.{file}" for file in files] for who in ["wordferry", "vecmap"]}

    def filled(arguments):
        return [argument.format(**lexicons) for argument in arguments]

    def judged(outputs):
        script = vecmap / "eval_translation.py"
        return [sys.executable, script, *outputs, "-d", lexicons["test"], "--retrieval", "csls"]

    steps = {
        "wordferry": {
            "map": [wordferry, "align", "--quiet", *sides, *filled(ours), "-o", f"{task}.map"],
            "evaluate": [wordferry, "evaluate", "lexicon", "--json", "--map", f"{task}.map", *sides,
                         "--lexicon", lexicons["test"]],
        },
        "vecmap": {
            "map": [sys.executable, vecmap / "map_embeddings.py", *filled(theirs), *files, *mapped["vecmap"]],
            "evaluate": judged(mapped["vecmap"]),
        },
    }
    timed = {who: {name: own[name] for name in (["map", "evaluate"] if end_to_end else ["map"])} for who, own in steps.items()}
    rest = {f"{who} evaluate": own["evaluate"] for who, own in steps.items() if not end_to_end}
    for file, out in zip(files, mapped["wordferry"]):
        rest[f"apply {file}"] = [wordferry, "map", "apply", "--quiet", f"{task}.map", file, out]
    rest["wordferry by vecmap"] = judged(mapped["wordferry"])
    return timed, rest


def precision(output):
    """P@1 in percent, from what either evaluation prints."""
    if output is None:
        return "–"
    if found := re.search(r"Accuracy:\s*([\d.]+)", output):
        return f"{float(found[1]):.1f}"
    return f"{100 * json.loads(output)['p_at_1']:.1f}"


def measure(task, timed, rounds, folder):
    """All runs of every step of either side, in turns."""
    runs = {(who, step): [] for who, steps in timed.items() for step in steps}
    for round in range(rounds):
        for who, steps in list(timed.items())[:: 1 if round % 2 == 0 else -1]:
            for step, command in steps.items():
                runs[who, step].append(run(command, folder))
                shown = runs[who, step][-1]
                shown = shown and "{:.2f} s, {:.2f} CPU s, {:.0f} MB".format(*shown[1:3], shown[3] / 1e6)
                print(f"{round + 1}/{rounds} {task} {who} {step}: {shown or 'failed'}", file=sys.stderr, flush=True)
    return runs


def medians(runs):
    """Wall seconds, CPU seconds and peak bytes, None if a run failed."""
    return None if None in runs else [statistics.median(figures) for figures in list(zip(*runs))[1:]]


def row(task, step, ours, peer, other):
    def shown(figures):
        if figures is None:
            return "– | – | –"
        wall, cpu, peak = figures
        return f"{wall:.2f} s | {cpu:.2f} s | {peak / 1e6:.0f} MB"

    ratios = [f"{theirs / own:.2f}" for own, theirs in zip(ours, other)] if ours and other else ["–"] * 3
    print(f"| {task} | {step} | {shown(ours)} | {peer} | {shown(other)} | {' | '.join(ratios)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vecmap", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tasks", nargs="+", choices=[*ALIGN, NEIGHBOURS], default=[*ALIGN, NEIGHBOURS])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every process")
    parser.add_argument("--wordferry", type=pathlib.Path, help="a program that is there already, instead of building it")
    arguments = parser.parse_args()
    folder, vecmap = arguments.folder.resolve(), arguments.vecmap.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for variable in ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
        os.environ[variable] = str(arguments.threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    align = [task for task in arguments.tasks if task in ALIGN]
    wordferry = None
    if align:
        wordferry = arguments.wordferry.resolve() if arguments.wordferry else built("wordferry", "build", "--release")
        for language in sorted({language for task in align for language in ALIGN[task][0].split("-")}):
            if not (folder / f"{language}.vec").exists():
                packed = DATA / "vectors" / f"{language}.50k.vec.zst"
                subprocess.run(["zstd", "-qd", packed, "-o", folder / f"{language}.vec"], check=True)

    versions = []
    for package in ["numpy", "scipy", "faiss-cpu"]:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    print(f"Rounds: {arguments.rounds}. Threads: {arguments.threads}. Python {sys.version.split()[0]}, {', '.join(versions)}.\n")
    head = "| task | step | wordferry, wall | CPU | peak | peer | wall | CPU | peak | wall ratio | CPU ratio | peak ratio |"
    print(f"{head}\n{'|---' * 12}|", flush=True)
    qualities, commands, notes = [], [], []
    for task in align:
        timed, rest = align_commands(task, wordferry, vecmap)
        runs = measure(task, timed, arguments.rounds, folder)
        for step in timed["wordferry"]:
            row(task, step, medians(runs["wordferry", step]), "VecMap", medians(runs["vecmap", step]))
        if len(timed["wordferry"]) > 1:
            # A round's steps one after the other: seconds add up, memory is that of the larger.
            whole = {}
            for who in timed:
                pairs = list(zip(*(runs[who, step] for step in timed[who])))
                whole[who] = [
                    None if None in steps else ("", sum(s[1] for s in steps), sum(s[2] for s in steps), max(s[3] for s in steps))
                    for steps in pairs
                ]
            row(task, "both", medians(whole["wordferry"]), "VecMap", medians(whole["vecmap"]))
        outputs = {f"{who} {step}": own[-1] and own[-1][0] for (who, step), own in runs.items()}
        for name, command in rest.items():
            needed = name.split()[0] if name.split()[0] in timed else "wordferry"
            last = runs[needed, "map"][-1] and run(command, folder)
            outputs[name] = last and last[0]
        judges = ["wordferry evaluate", "wordferry by vecmap", "vecmap evaluate"]
        qualities.append([task, *(precision(outputs[judge]) for judge in judges)])
        commands += [command for steps in timed.values() for command in steps.values()] + list(rest.values())

    if NEIGHBOURS in arguments.tasks:
        bench = [built("neighbours-", "bench", "--no-run", "--bench", NEIGHBOURS), *SIZE]
        timed = {"wordferry": {"search": bench}, "faiss": {"search": [sys.executable, "-c", FAISS, *SIZE]}}
        if not importlib.util.find_spec("faiss"):
            del timed["faiss"]
            notes.append("faiss is not installed: its search was left out.")
        runs = measure(NEIGHBOURS, timed, arguments.rounds, folder)

        def searched(who):
            """The search's own seconds, which the process prints; CPU seconds and memory of the whole process."""
            own = runs.get((who, "search"), [None])
            return None if None in own else [
                statistics.median(float(re.search(r"^nearest\s+([\d.]+) s", output, re.MULTILINE)[1]) for output, *_ in own),
                *medians(own)[1:],
            ]

        row(NEIGHBOURS, "search", searched("wordferry"), "faiss", searched("faiss"))
        commands.append(["cargo", "bench", "--bench", NEIGHBOURS, "--", *SIZE])
        notes.append(
            f"{NEIGHBOURS}: {SIZE[2]:,} queries × {SIZE[0]:,} rows × {SIZE[1]}, top 10; wall is the search alone, "
            "the median of 5 in a process; CPU and peak are those of the whole process, which makes the rows, too, and the "
            "bench's measures more than the search. faiss is `IndexFlatIP` with rows of unit length; the bench's are of any "
            "length and scaled as they are scored."
        )
    print()
    for note in notes:
        print(note, end="\n\n")
    if qualities:
        print("| P@1 of the test lexicon, % | wordferry, by its own evaluation | wordferry, by VecMap's | VecMap, by its own |")
        print("|---" * 4 + "|")
        for quality in qualities:
            print(f"| {' | '.join(quality)} |")
        print()
    names = [(sys.executable, "python"), (str(vecmap), "vecmap"), (str(DATA), "data"), (str(wordferry), "wordferry")]
    print("```sh")
    for command in commands:
        words = []
        for word in map(str, command):
            for place, name in names:
                word = name + word[len(place):] if word.startswith(place) else word
            words.append(word)
        print(shlex.join(words))
    print("```")


if __name__ == "__main__":
    main()
