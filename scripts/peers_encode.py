#!/usr/bin/env python3
"""Speed and parity of a transformer beside onnxruntime and sentence-transformers: the tables of docs/benchmarks.md.

    scripts/peers_encode.py FOLDER WORK [--rounds 5] [--threads 2]

FOLDER holds all-MiniLM-L6-v2 or another BERT encoder; WORK is made. Needs ../shared/data, torch, transformers, sentence-transformers,
onnxruntime and onnx (run with 2.15.0, 5.24.0, 6.2.0, 1.32.0 and 1.23.2), and `cargo build --release --benches` before. Every program has
the same sentences and threads; they take turns, round by round, and their medians are compared.

1,000 English sentences of 5 to 60 words of novels are timed. 1,000 sentences of Tatoeba in ten scripts are compared for parity.
"""
import argparse
import json
import os
import re
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
WORDFERRY = ROOT / "target" / "release" / "wordferry"
# Latin, Cyrillic, Greek, Arabic, Hebrew, Devanagari, Thai, Han, kana, Hangul.
LANGUAGES = ["deu", "rus", "ell", "ara", "heb", "hin", "tha", "cmn", "jpn", "kor"]
PRECISIONS = ["f32", "bf16", "int8"]


def sentences():
    text = (DATA / "corpora/en.novels.sample.txt").read_text("utf-8").replace("\n", " ")
    found = [sentence.strip() for sentence in re.split(r"(?<=[.!?])\s+", text)]
    found = [sentence for sentence in found if 5 <= len(sentence.split()) <= 60]
    random.Random(42).shuffle(found)
    return found[:1000]


def in_ten_scripts():
    folder = DATA / "parallel/tatoeba_laser"
    lines = []
    for language in LANGUAGES:
        file = next(folder.rglob(f"*.{language}-eng.{language}"))
        lines += file.read_text("utf-8").splitlines()[:100]
    return lines


def mean_pooled(hidden, mask):
    import numpy

    mask = mask[:, :, None].astype(numpy.float32)
    rows = (hidden * mask).sum(1) / mask.sum(1)
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


class Onnx:
    """The network exported, texts in order of length, 32 at a time."""

    def __init__(self, folder, work, threads, quantised):
        import onnxruntime
        from transformers import AutoTokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        path = export(folder, work, quantised)
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def encode(self, texts):
        import numpy

        order = sorted(range(len(texts)), key=lambda text: -len(texts[text]))
        rows = [None] * len(texts)
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            given = self.tokenizer([texts[i] for i in batch], padding=True, truncation=True, max_length=256, return_tensors="np")
            given = {name: given[name].astype(numpy.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
            (hidden,) = self.session.run(None, given)
            for i, row in zip(batch, mean_pooled(hidden, given["attention_mask"])):
                rows[i] = row
        return numpy.stack(rows)


def export(folder, work, quantised):
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel, AutoTokenizer

    whole, small = work / "model.onnx", work / "model.int8.onnx"
    if not whole.exists():
        model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        given = AutoTokenizer.from_pretrained(folder)(["a b c", "d"], padding=True, return_tensors="pt")
        names = ["input_ids", "attention_mask", "token_type_ids"]

        class Hidden(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, input_ids, attention_mask, token_type_ids):
                return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state

        axes = {name: {0: "n", 1: "length"} for name in [*names, "hidden"]}
        torch.onnx.export(
            Hidden(), tuple(given[name] for name in names), str(whole), input_names=names, output_names=["hidden"], dynamic_axes=axes, dynamo=False
        )
    if quantised and not small.exists():
        quantize_dynamic(str(whole), str(small), weight_type=QuantType.QInt8)
    return small if quantised else whole


def wordferry(folder, texts, work, precision, threads):
    """The rows, and the seconds that encoding takes."""
    import numpy

    given, out = work / "texts.txt", work / f"{precision}.npy"
    given.write_text("".join(f"{text}\n" for text in texts), "utf-8")
    command = [WORDFERRY, "embed", folder, given, "-o", out, "--precision", precision, "--threads", threads, "--json", "--quiet"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return numpy.load(out), json.loads(done.stdout)["seconds"]


def timed(encode, texts):
    start = time.perf_counter()
    rows = encode(texts)
    return rows, time.perf_counter() - start


def cosines(a, b):
    import numpy

    return (a * b).sum(1) / numpy.linalg.norm(a, axis=1) / numpy.linalg.norm(b, axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)
    given.work.mkdir(parents=True, exist_ok=True)
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(given.threads)
    sentence_transformers = SentenceTransformer(str(given.folder), device="cpu")
    reference = lambda texts: sentence_transformers.encode(texts, batch_size=32)
    onnx = {name: Onnx(given.folder, given.work, given.threads, name == "int8").encode for name in ("f32", "int8")}
    programs = {
        **{f"wordferry, {name}": lambda texts, name=name: wordferry(given.folder, texts, given.work, name, given.threads) for name in PRECISIONS},
        **{f"onnxruntime, {name}": lambda texts, name=name: timed(onnx[name], texts) for name in onnx},
        "sentence-transformers, f32": lambda texts: timed(reference, texts),
    }
    texts = sentences()
    truth = reference(texts)
    seconds, rows = {name: [] for name in programs}, {}
    for number in range(given.rounds + 1):
        for name, run in programs.items():
            rows[name], took = run(texts)
            # The first round is a warm-up.
            if number:
                seconds[name].append(took)
            print(f"{number}/{given.rounds} {name}: {len(texts) / took:.0f} a second", file=sys.stderr)
    print("| program | sentences a second | beside onnxruntime, f32 | beside onnxruntime, int8 | cosine to f32, mean | least |")
    print("|---|---|---|---|---|---|")
    rate = {name: len(texts) / statistics.median(took) for name, took in seconds.items()}
    for name, found in rate.items():
        ratios = " | ".join(f"{found / rate[f'onnxruntime, {peer}']:.2f}" for peer in onnx)
        alike = cosines(rows[name], truth)
        print(f"| {name} | {found:.0f} | {ratios} | {alike.mean():.5f} | {alike.min():.5f} |")
    many = in_ten_scripts()
    difference = abs(wordferry(given.folder, many, given.work, "f32", given.threads)[0] - sentence_transformers.encode(many, batch_size=1)).max()
    print(f"\nGreatest difference from sentence-transformers on {len(many)} sentences in ten scripts: {difference:.1e}")


if __name__ == "__main__":
    main()
