#!/usr/bin/env python3
"""How far the rows of each engine are from those of PyTorch (tiny networks with random weights) and sentence-transformers (MiniLM).

    python scripts/engines.py PROGRAM [--minilm FOLDER] [--engine NAME]... [--device cpu] [--precision f32] [--most 1e-4]

PROGRAM is a built `wordferry`. A line a network, a column an engine: the greatest difference of a value, or why there is none. Needs
numpy. Ends with 1 if a difference is greater than --most. The expected rows are those of scripts/goldens/encoders.py.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

DATA = Path(__file__).resolve().parents[1] / "crates/encode/tests/data/transformers"
NETWORKS = ["bert", "distilbert", "roberta", "xlm-roberta", "albert", "mpnet"]


def embed(options, engine, folder, texts):
    """The rows of the texts, or the error's lines."""
    with tempfile.TemporaryDirectory() as scratch:
        source, rows = Path(scratch, "texts.jsonl"), Path(scratch, "rows.npy")
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        command = [options.program, "embed", folder, source, "-o", rows, "--engine", engine, "--quiet"]
        command += ["--device", options.device, "--precision", options.precision]
        done = subprocess.run(command, capture_output=True, text=True)
        return numpy.load(rows) if done.returncode == 0 else done.stderr.strip().replace("\n", "; ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--minilm")
    parser.add_argument("--engine", action="append")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--most", type=float, default=1e-4)
    options = parser.parse_args()
    engines = options.engine or ["own", "candle", "rust-bert"]
    networks = [(name, DATA / name, DATA / name / "expected.json") for name in NETWORKS]
    networks += [("all-MiniLM-L6-v2", options.minilm, DATA / "minilm.json")] if options.minilm else []
    print("| network | " + " | ".join(engines) + " |\n|---|" + "---|" * len(engines))
    notes, worst = [], 0.0
    for name, folder, golden in networks:
        expected = json.loads(golden.read_text("utf-8"))
        cells = []
        for engine in engines:
            found = embed(options, engine, folder, expected["texts"])
            if isinstance(found, str):
                notes.append(f"{name} by {engine}: {found}")
                cells.append("–")
                continue
            difference = float(numpy.abs(found - numpy.array(expected["rows"])).max())
            worst = max(worst, difference)
            cells.append(f"{difference:.1e}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print("\n".join(["", *notes]))
    sys.exit(worst > options.most)


main()
