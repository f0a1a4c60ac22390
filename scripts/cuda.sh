#!/usr/bin/env bash
# Builds the program with CUDA on a machine that has neither a CUDA toolkit nor a GPU, into target/cuda.
# Not run yet: neither this script as a whole nor what it builds, for want of a GPU.
#
#   bash scripts/cuda.sh FOLDER [COMPUTE_CAPABILITY]     default 90; needs python3 with venv, gcc, and 6 GB in FOLDER
#
# NVIDIA's packages come from PyPI, all of release 13.0: PTX of a newer release than the driver's is refused by it. candle-core is
# patched to look CUDA's libraries up when it needs them, so that the program starts without any; the libraries that it then needs
# are the driver's and those in FOLDER/lib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:?a folder to set CUDA up in}
capability=${2:-90}
mkdir -p "$folder/lib"
folder=$(cd "$folder" && pwd)

[ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet \
    nvidia-cuda-nvcc==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-cuda-runtime==13.0.96 \
    nvidia-cuda-cccl==13.0.85 'nvidia-curand==10.4.0.*' 'nvidia-cublas==13.0.*' 'nvidia-cuda-nvrtc==13.0.*'
nvcc=$(find "$folder/venv" -path '*/bin/nvcc' | head -n 1)
home=$(dirname "$(dirname "$nvcc")")

# The libraries that are looked up at run time, under their plain names.
for library in cublas cublasLt curand nvrtc; do
    found=$(find "$folder/venv" -name "lib$library.so.*" | sort | head -n 1)
    ln -sf "$found" "$folder/lib/lib$library.so"
    ln -sf "$found" "$folder/lib/$(basename "$found")"
done
# The runtime becomes part of the program: there is no other library of this name that a linker would prefer.
ln -sf "$(find "$folder/venv" -name libcudart_static.a | head -n 1)" "$folder/lib/libcudart.a"

# candle-core with cudarc's libraries looked up at run time.
cargo fetch --quiet
source=$(cargo metadata --format-version 1 --features cuda | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == "candle-core"))')
rm -rf "$folder/candle-core"
cp -r "$source" "$folder/candle-core"
sed -i 's/"dynamic-linking"/"dynamic-loading"/' "$folder/candle-core/Cargo.toml"

CUDA_HOME=$home NVCC=$nvcc CUDA_COMPUTE_CAP=$capability RUSTFLAGS="-L native=$folder/lib" \
    cargo build --release --features cuda --target-dir target/cuda \
    --config "patch.crates-io.candle-core.path='$folder/candle-core'"
echo "built target/cuda/release/wordferry; to run it: LD_LIBRARY_PATH=$folder/lib"
