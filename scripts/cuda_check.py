#!/usr/bin/env python3
"""What is to be run where there is a GPU: parity, throughput, and a fine-tuning that lowers the loss.

    python scripts/cuda_check.py PROGRAM MODEL TEXTS [--device cuda] [--precision bf16]

PROGRAM is a `wordferry` built with CUDA, MODEL the folder of all-MiniLM-L6-v2, TEXTS a file of texts, one a line. Needs torch and
sentence-transformers. Ends with 1 if something is not as it should be:

- the tiny networks' rows in f32 are PyTorch's to 1e-4, and MODEL's in the lower precision sentence-transformers' in f32 to 1e-3;
- texts a second beside sentence-transformers in the same precision: the same weights, texts sorted by length and put together
  until they have 8,192 tokens, three rounds each in turn, of which the median counts (it may be slower: that is shown, not refused);
- a fine-tuning of the last two layers on data/reviews has a lower loss in its last epoch than in its first.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKENS_PER_BATCH = 8192
ROUNDS = 3


def wordferry(options, *arguments):
    command = [options.program, *arguments, "--device", options.device, "--engine", "candle", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def ours(options, scratch, precision):
    out = scratch / "rows.npy"
    report = wordferry(options, "embed", options.model, options.texts, "-o", out, "--precision", precision)
    return report["texts_per_second"], out


def batches(model, texts):
    """Texts by the number of their tokens, the longest first, so many together."""
    longest = model.max_seq_length
    lengths = [min(len(ids), longest) for ids in model.tokenizer(texts)["input_ids"]]
    batch, n = [], 0
    for text in sorted(range(len(texts)), key=lambda text: -lengths[text]):
        if batch and n + lengths[text] > TOKENS_PER_BATCH:
            yield batch
            batch, n = [], 0
        batch.append(texts[text])
        n += lengths[text]
    yield batch


def theirs(model, texts):
    start = time.perf_counter()
    for batch in batches(model, texts):
        model.encode(batch, batch_size=len(batch), show_progress_bar=False)
    return len(texts) / (time.perf_counter() - start)


def parity(options, scratch, texts):
    import numpy
    from sentence_transformers import SentenceTransformer

    engines = [sys.executable, ROOT / "scripts/engines.py", options.program, "--engine", "candle", "--device", options.device]
    is_good = subprocess.run(engines).returncode == 0
    expected = SentenceTransformer(options.model, device="cpu").encode(texts[:1000], show_progress_bar=False)
    _, out = ours(options, scratch, options.precision)
    difference = float(numpy.abs(numpy.load(out)[:1000] - expected).max())
    print(f"greatest difference in {options.precision} from sentence-transformers in f32: {difference:.1e} (at most 1e-3)")
    return is_good and difference <= 1e-3


def throughput(options, scratch, texts):
    import torch
    from sentence_transformers import SentenceTransformer

    dtype = {"bf16": torch.bfloat16, "f32": torch.float32}[options.precision]
    model = SentenceTransformer(options.model, device=options.device, model_kwargs={"dtype": dtype})
    theirs(model, texts[:1000])
    rates = [(ours(options, scratch, options.precision)[0], theirs(model, texts)) for _ in range(ROUNDS)]
    mine, peers = (statistics.median(rates) for rates in zip(*rates))
    print(f"texts a second in {options.precision}: {mine:.0f}, sentence-transformers {peers:.0f}: {mine / peers:.2f} times as many")


def training(options, scratch):
    out = scratch / "tuned.safetensors"
    reviews = ROOT / "data/reviews/en.train.csv"
    report = wordferry(options, "finetune", reviews, "--encoder", options.model, "--unfreeze", "2", "--epochs", "3", "-o", out)
    losses = [epoch["train_loss"] for epoch in report["epochs"] if epoch["epoch"] > 0]
    print("loss of each epoch: " + ", ".join(f"{loss:.4f}" for loss in losses))
    return losses[-1] < losses[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "model", "texts"):
        parser.add_argument(name)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", default="bf16", choices=["bf16", "f32"])
    options = parser.parse_args()
    texts = Path(options.texts).read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as scratch:
        is_good = parity(options, Path(scratch), texts)
        throughput(options, Path(scratch), texts)
        is_good &= training(options, Path(scratch))
    sys.exit(not is_good)


main()
