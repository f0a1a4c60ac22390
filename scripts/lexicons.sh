#!/usr/bin/env bash
# Lexicon induction by every method and every kind of seeds, the tables of docs/quality.md. Needs ../shared/data.
#   scripts/lexicons.sh [ALIGN FLAG…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=../shared/data
cargo build --release --quiet
wordferry=target/release/wordferry
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

vectors() { echo "$data/vectors/$1.50k.vec.zst"; }

# P@1 by CSLS in per cent with its interval, from JSON.
precision() {
    tr -d ' \n' | sed -E 's/.*"p_at_1":([0-9.e-]+).*"p_at_1_ci":\[?\{?[^0-9]*([0-9.e-]+),[^0-9]*([0-9.e-]+).*/\1 \2 \3/' |
        awk '{ printf "%.1f (%.1f-%.1f)", 100 * $1, 100 * $2, 100 * $3 }'
}

echo '| method | seeds | en→es | es→en | en→de | de→en | verdicts |'
echo '|---|---|---|---|---|---|---|'
row() {
    local method=$1 seeds=$2 cells='' verdicts=''
    for language in es de; do
        local files=(--source "$(vectors en)" --target "$(vectors $language)")
        verdicts+=" $("$wordferry" align --quiet "${files[@]}" --method "$method" ${seeds//XX/$language} -o "$work/map" |
            sed -n '1s/.*: //p')"
        for direction in en-$language $language-en; do
            cells+=" $("$wordferry" evaluate lexicon --quiet --json --map "$work/map" \
                --source "$(vectors "${direction%-*}")" --target "$(vectors "${direction#*-}")" \
                --lexicon "$data/reference/$direction.test.txt" | precision) |"
        done
    done
    local named=${seeds//$data\/reference\//}
    echo "| $method | \`$named\` |$cells$verdicts |"
}

for method in procrustes multistep self-learning; do
    row $method "--lexicon $data/reference/en-XX.train.txt"
done
for n in 500 100 25; do
    row self-learning "--lexicon $data/reference/en-XX.seed$n.txt"
done
row self-learning "--lexicon $data/reference/en-XX.seed25.txt --identical"
row self-learning "--lexicon $data/reference/en-XX.seed25.txt --numerals"
row self-learning --identical
row self-learning --numerals
row procrustes --identical
