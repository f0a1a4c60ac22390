#!/usr/bin/env bash
# Sentiment carried from English to German and Spanish on real reviews, and the lexicon induction behind it.
# Needs ../shared/data (see its README). Prints the report of docs/quality.md and the four directions' P@1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=$(cd ../shared/data && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet
wordferry=target/release/wordferry

plan() {
    cat << TOML
[source]
language = "en"
vectors = "$data/vectors/en.50k.vec.zst"
train = "$data/sentiment/marc/en.train.csv"
test = "$data/sentiment/marc/en.test.csv"
label_column = "stars"
[labels]
negative = ["1", "2"]
positive = ["4", "5"]
[model]
pooling = "$1"
TOML
    for language in de es; do
        cat << TOML
[[target]]
language = "$language"
vectors = "$data/vectors/$language.50k.vec.zst"
lexicon = "$data/reference/en-$language.train.txt"
test = "$data/sentiment/marc/$language.test.csv"
TOML
    done
}

for pooling in centred-sif mean sif; do
    plan "$pooling" > "$work/marc.toml"
    "$wordferry" transfer "$work/marc.toml" --quiet | grep -v '^repeat with'
done

for language in es de; do
    "$wordferry" align --quiet --source "$data/vectors/en.50k.vec.zst" --target "$data/vectors/$language.50k.vec.zst" \
        --method procrustes --lexicon "$data/reference/en-$language.train.txt" --output "$work/$language.map"
    for direction in en-$language $language-en; do
        for criterion in csls cosine; do
            printf '\n%s, %s\n' "$direction" "$criterion"
            "$wordferry" evaluate lexicon --quiet --map "$work/$language.map" --criterion "$criterion" \
                --source "$data/vectors/${direction%-*}.50k.vec.zst" --target "$data/vectors/${direction#*-}.50k.vec.zst" \
                --lexicon "$data/reference/$direction.test.txt" | head -n 4
        done
    done
done
