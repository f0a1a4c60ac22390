#!/usr/bin/env bash
# Fuzzes every reader of word vectors for so many seconds each: scripts/fuzz.sh [SECONDS] [TARGET…]
# Needs cargo-fuzz. The corpus starts from the goldens and, where they are there, from ../shared/data/fixtures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../crates/vectors"
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
fixtures=../../../shared/data/fixtures
find tests/goldens "$( [ -d $fixtures ] && echo $fixtures || echo tests/goldens )" -type f -size -64k | sort -u | while read -r file; do
    length=$(stat -c %s "$file")
    name=$(echo "$file" | md5sum | cut -c1-12)
    cp "$file" "$seeds/$name"
    for cut in 4 8 16 60 100 $((length / 2)) $((length - 1)); do
        [ "$cut" -lt "$length" ] && head -c "$cut" "$file" > "$seeds/$name-$cut" || true
    done
done

export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    cargo fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "$seeds" -- \
        -max_total_time="$seconds" -rss_limit_mb=3000 -malloc_limit_mb=1000 -max_len=65536 -timeout=20 -print_final_stats=1
done
