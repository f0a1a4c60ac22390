#!/usr/bin/env bash
# Builds the program with rust-bert as a third engine (`--engine rust-bert`) into target/rust-bert, runs the tests of the encoders with
# it, and prints how far the rows of all engines are from those of PyTorch.
#
#   bash scripts/rust-bert.sh FOLDER [MINILM]     needs python3 with venv, a C++ compiler, and 2.5 GB in FOLDER
#
# rust-bert 0.23 wants libtorch 2.4. It lies in the PyPI package of torch, which is fetched without what it depends on: a folder of
# links to the libraries that the processor needs stands for libtorch's own. MINILM is the folder of all-MiniLM-L6-v2.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:?a folder to set libtorch up in}
minilm=${2:-}
mkdir -p "$folder/libtorch/lib"
folder=$(cd "$folder" && pwd)

[ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps torch==2.4.0 nvidia-cuda-cupti-cu12==12.1.105 nvidia-cuda-runtime-cu12==12.1.105 numpy
torch=$(echo "$folder"/venv/lib/python3*/site-packages/torch)
nvidia=$(echo "$folder"/venv/lib/python3*/site-packages/nvidia)
ln -sfn "$torch/include" "$folder/libtorch/include"
# libgomp has a hash in its name, which libtorch_cpu asks for; CUDA's two libraries are asked for on the processor, too.
ln -sf "$torch"/lib/{libtorch,libtorch_cpu,libtorch_global_deps,libc10}.so "$torch"/lib/libgomp-*.so.1 "$nvidia"/*/lib/lib{cupti,cudart}.so.12 \
    "$folder/libtorch/lib/"
echo 2.4.0 > "$folder/libtorch/build-version"

export LIBTORCH=$folder/libtorch LIBTORCH_CXX11_ABI=0 LD_LIBRARY_PATH=$folder/libtorch/lib
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/rust-bert}
cargo build --release --features rust-bert
cargo test --release -p wordferry-encode --features candle,rust-bert --test transformers
program=$CARGO_TARGET_DIR/release/wordferry
echo "built $program; to run it: LD_LIBRARY_PATH=$folder/libtorch/lib"
"$folder/venv/bin/python" scripts/engines.py "$program" ${minilm:+--minilm "$minilm"}
