#!/usr/bin/env bash
# English reviews teach a classifier on a transformer's vectors; German and Spanish reviews are read by it through bridges from word vectors.
# Needs ../shared/data (see its README) and the folder of a sentence transformer of English (all-MiniLM-L6-v2). Prints the accuracies of
# docs/quality.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
encoder=${1:?the folder of a sentence transformer}
data=$(cd ../shared/data && pwd)
marc=$data/sentiment/marc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet --bins --example bridge

for pair in de=deu es=spa; do
    language=${pair%=*}
    awk -F'\t' '{ print $2 "\t" $1 }' "$data/parallel/tatoeba_train/eng-${pair#*=}.tsv" > "$work/$language.tsv"
    target/release/wordferry bridge --quiet "$data/vectors/$language.50k.vec.zst" --to "$encoder" \
        --parallel "$work/$language.tsv" --precision bf16 --output "$work/$language.bridge"
done

target/release/examples/bridge "$encoder" "$marc/en.train.csv" "$marc/en.test.csv" \
    "$work/de.bridge=$marc/de.train.csv=$marc/de.test.csv" "$work/es.bridge=$marc/es.train.csv=$marc/es.test.csv"
