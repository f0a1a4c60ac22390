"""How many short texts a second become vectors, beside fastText and model2vec, in one run.

    python scripts/peers_words.py FOLDER MODEL.bin TEXTS... [--rounds 5] [--n 100000] [--model2vec]

MODEL.bin is a fastText model, TEXTS are files of a text a line, the longest of its cells; those of 5 to 20 words are taken, in lower case,
each once, as many as there are up to n. Wordferry pools (mean) from a store that `wordferry vectors convert` makes of the model and maps, on all cores; fastText
(`get_sentence_vector`) composes from the model itself and has no option for more than one core, so Wordferry on one
thread is measured, too. With --model2vec the Rust crate model2vec-rs is built in FOLDER and reads the words' vectors
as a model2vec folder, on all cores. It knows no n-grams and passes unknown words over, and is to be compared with a store of words alone. Everything runs in turns; medians and ratios are printed as Markdown. Needs `pip install numpy
fasttext-wheel safetensors`.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import fasttext
import numpy as np
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent

MODEL2VEC_CARGO = """[package]
name = "peer"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
anyhow = "1"
model2vec-rs = { version = "=0.4.0", default-features = false, features = ["fancy-regex", "local-only"] }
"""

MODEL2VEC_MAIN = """use std::time::Instant;

use model2vec_rs::model::StaticModel;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let model = StaticModel::from_pretrained(&arguments[1], None, Some(true), None)?;
    let texts: Vec<String> = std::fs::read_to_string(&arguments[2])?.lines().map(String::from).collect();
    let start = Instant::now();
    let mut sum = 0.0;
    for batch in texts.chunks(4096) {
        sum += model.encode(batch)[0][0];
    }
    println!("{} {sum}", start.elapsed().as_secs_f64());
    Ok(())
}
"""


def cargo(*arguments, cwd=ROOT):
    """Builds, and tells where every program is, by its name."""
    command = ["cargo", *arguments, "--message-format", "json-render-diagnostics"]
    lines = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = [json.loads(line) for line in lines]
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}


def short_texts(paths, n):
    lines = (line for path in paths for line in path.read_text(errors="replace").splitlines())
    texts = (max(line.split("\t"), key=len).strip().lower() for line in lines)
    return list(dict.fromkeys(text for text in texts if 5 <= len(text.split()) <= 20))[:n]


def make_model2vec(folder, model):
    """The words' vectors as a model2vec folder. Its tokeniser is BERT's, for which the crate is fastest, and knows words only."""
    folder.mkdir(exist_ok=True)
    words = ["[UNK]", "[PAD]"] + model.get_words()
    rows = np.array([model.get_word_vector(word) for word in words], dtype=np.float32)
    rows[:2] = 0
    save_file({"embeddings": rows}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"normalize": True}))
    vocabulary = {word: number for number, word in enumerate(words)}
    special = [{"id": vocabulary[word], "content": word, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for word in ["[UNK]", "[PAD]"]]
    tokeniser = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": False,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokeniser))


def build_model2vec(folder):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MODEL2VEC_CARGO)
    (folder / "src/main.rs").write_text(MODEL2VEC_MAIN)
    return cargo("build", "--release", cwd=folder)["peer"]


def wordferry_seconds(bench, store, texts, threads):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    command = [bench, store, texts, "mean", "1"]
    line = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return float(line.split("\t")[2].split()[0])


def fasttext_seconds(model, texts):
    start = time.perf_counter()
    for text in texts:
        model.get_sentence_vector(text)
    return time.perf_counter() - start


def model2vec_seconds(program, folder, texts):
    line = subprocess.run([program, folder, texts], check=True, capture_output=True, text=True).stdout
    return float(line.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("texts", type=pathlib.Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--model2vec", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    store, file = folder / "words.safetensors", folder / "texts.txt"
    texts = short_texts(arguments.texts, arguments.n)
    file.write_text("\n".join(texts) + "\n")
    programs = cargo("bench", "--no-run", "--bench", "encoding")
    bench = programs["encoding"]
    subprocess.run([programs["wordferry"], "vectors", "convert", arguments.model, store, "--quiet"], check=True, capture_output=True)
    alone = folder / "alone.safetensors"
    for source, target in [(store, folder / "words.vec"), (folder / "words.vec", alone)]:
        subprocess.run([programs["wordferry"], "vectors", "convert", source, target], check=True, capture_output=True)
    model = fasttext.load_model(str(arguments.model))
    cores = len(os.sched_getaffinity(0))
    tasks = {
        f"wordferry, {cores} threads": lambda: wordferry_seconds(bench, store, file, cores),
        "wordferry, 1 thread": lambda: wordferry_seconds(bench, store, file, 1),
        f"wordferry, words alone, {cores} threads": lambda: wordferry_seconds(bench, alone, file, cores),
        "fastText": lambda: fasttext_seconds(model, texts),
    }
    if arguments.model2vec:
        make_model2vec(folder / "model2vec", model)
        peer = build_model2vec(folder / "peer")
        tasks["model2vec-rs"] = lambda: model2vec_seconds(peer, folder / "model2vec", file)
    seconds = {name: [] for name in tasks}
    for round in range(arguments.rounds):
        for name, task in tasks.items():
            seconds[name].append(task())
            print(f"{round + 1}/{arguments.rounds} {name}: {seconds[name][-1]:.4f} s", file=sys.stderr, flush=True)
    medians = {name: statistics.median(runs) for name, runs in seconds.items()}
    print(f"{len(texts)} texts, load {os.getloadavg()[0]:.1f}\n\n| | texts/s | times fastText | times model2vec |\n|---|---|---|---|")
    for name, median in medians.items():
        ratios = [f"{medians[peer] / median:.1f}" if peer in medians else "" for peer in ["fastText", "model2vec-rs"]]
        print(f"| {name} | {len(texts) / median:,.0f} | {ratios[0]} | {ratios[1]} |")


main()
