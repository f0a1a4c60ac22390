#!/usr/bin/env bash
# Builds the program with CUDA on a machine that has neither a CUDA toolkit nor a GPU, into target/cuda, and runs it there; where there
# is a GPU, checks what it computes. Built and started without a GPU; `check` has not met one yet.
#
#   bash scripts/cuda.sh FOLDER [COMPUTE_CAPABILITY]     default 90; needs python3 with venv, gcc, and 3 GB in FOLDER
#   bash scripts/cuda.sh FOLDER check MODEL TEXTS        MODEL: a folder of all-MiniLM-L6-v2; TEXTS: one a line; 6 GB more in FOLDER
#
# NVIDIA's packages come from PyPI, all of release 13.0: PTX of a newer release than the driver's is refused by it. Two crates are
# patched in copies, for this build alone: candle-core, to look CUDA's libraries up when it needs them, so that the program starts
# without any; and candle-kernels, to leave out the products of GGUF's quantised numbers, which the program never calls and which take
# three quarters of the time. The libraries that are then looked up are the driver's and those in FOLDER/lib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:?a folder to set CUDA up in}
mkdir -p "$folder/lib"
folder=$(cd "$folder" && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/cuda}
program=$CARGO_TARGET_DIR/release/wordferry

# What is to be run where there is a GPU.
check() {
    # In an environment of their own, as torch has other releases of NVIDIA's packages.
    [ -x "$folder/peers/bin/python" ] || python3 -m venv "$folder/peers"
    "$folder/peers/bin/pip" install --quiet numpy torch sentence-transformers
    "$folder/peers/bin/python" scripts/cuda_check.py "$folder/wordferry" "$1" "$2"
}

set_up() {
    [ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet \
        nvidia-cuda-nvcc==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-cuda-runtime==13.0.96 \
        nvidia-cuda-cccl==13.0.85 'nvidia-curand==10.4.0.*' 'nvidia-cublas==13.0.*' 'nvidia-cuda-nvrtc==13.0.*'
    home=$(echo "$folder"/venv/lib/python3*/site-packages/nvidia/cu13)
    for library in cublas cublasLt curand; do
        ln -sf "$home/lib/lib$library.so".* "$folder/lib/"
    done
    # The runtime becomes part of the program: there is no other library of this name that a linker would prefer.
    ln -sf "$home/lib/libcudart_static.a" "$folder/lib/libcudart.a"
}

# Copies the source of a crate, to be changed.
copy() {
    rm -rf "${folder:?}/$1"
    cp -r "$(cargo metadata --format-version 1 --locked --features cuda | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == sys.argv[1]))' "$1")" "$folder/$1"
}

build() {
    copy candle-core
    sed -i 's/"dynamic-linking"/"dynamic-loading"/' "$folder/candle-core/Cargo.toml"
    grep -q '"dynamic-loading"' "$folder/candle-core/Cargo.toml"
    copy candle-kernels
    sed -i '/"src\/mm[qv]*_gguf/d' "$folder/candle-kernels/build.rs"
    # Cargo writes the patches into the lock file, where they are not to stay.
    cp Cargo.lock "$folder/Cargo.lock"
    trap 'cp "$folder/Cargo.lock" Cargo.lock' EXIT
    CUDA_HOME=$home NVCC=$home/bin/nvcc PATH=$home/bin:$PATH CUDA_COMPUTE_CAP=$1 LIBRARY_PATH=$folder/lib \
        cargo build --release --features cuda \
        --config "patch.crates-io.candle-core.path='$folder/candle-core'" \
        --config "patch.crates-io.candle-kernels.path='$folder/candle-kernels'"
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$folder/lib" "$program" > "$folder/wordferry"
    chmod +x "$folder/wordferry"
    echo "built $program; $folder/wordferry runs it with CUDA's libraries"
}

# What the program says of the devices here; without a GPU it has to start all the same.
try() {
    printf 'A good book\n' > "$folder/text.txt"
    for device in cuda auto; do
        echo "--device $device:"
        "$folder/wordferry" embed crates/encode/tests/data/transformers/bert "$folder/text.txt" -o "$folder/rows.npy" --device $device || true
    done
}

if [ "${2:-}" = check ]; then
    check "${3:?a folder of all-MiniLM-L6-v2}" "${4:?a file of texts}"
else
    set_up
    build "${2:-90}"
    try
fi
