#!/usr/bin/env bash
# Word similarity in one language and across two, analogies, and sentence retrieval: the tables of docs/quality.md,
# "Similarity, analogies, retrieval". Needs ../shared/data.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=../shared/data
cargo build --release --quiet
wordferry=${CARGO_TARGET_DIR:-target}/release/wordferry
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

vectors() { echo "$data/vectors/$1.50k.vec.zst"; }
evaluate() { "$wordferry" evaluate "$@" --quiet; }

# A row: the set's name, then flags of `evaluate similarity`.
similarity() {
    local name=$1 zero
    shift
    zero=$(evaluate similarity "$@" --oov zero | awk '/^Spearman/ { printf "%.1f", 100 * $2 }')
    evaluate similarity "$@" | awk -v name="$name" -v zero="$zero" '
        /^Spearman/ { spearman = sprintf("%.1f (%.1f–%.1f)", 100 * $2, 100 * $6, 100 * $8) }
        /^Pearson/ { pearson = sprintf("%.1f", 100 * $2) }
        /^coverage/ { print "| " name " | " $7 " of " $5 " | " spearman " | " pearson " | " zero " |" }'
}

# Pairs across languages: the first word of a row of Leviant's in English, the second in German, the mean of their scores.
across() {
    paste <(lines "$1-english") <(lines "$1-german") |
        awk -F '\t' 'NR > 1 { print $1 "\t" $5 "\t" ($3 + $6) / 2 }'
}
lines() { tr -s '\r' '\n' < "$data/wordsim/leviant/$1.txt"; }

for language in de es; do
    for method in procrustes self-learning; do
        "$wordferry" align --quiet --source "$(vectors en)" --target "$(vectors $language)" --method $method \
            --lexicon "$data/reference/en-$language.train.txt" --output "$work/$language.$method" > "$work/log"
    done
done

echo '| set | known pairs | Spearman | Pearson | Spearman, unknown as 0 |'
echo '|---|---|---|---|---|'
for language in en de es; do
    for file in "$data/wordsim/$language"-*.tsv; do
        similarity "$(basename "$file" .tsv)" "$file" --vectors "$(vectors $language)"
    done
done
for set in simlex wordsim353; do
    for language in english german; do
        code=${language/english/en}
        similarity "$set-$language (Leviant)" "$data/wordsim/leviant/$set-$language.txt" \
            --vectors "$(vectors "${code/german/de}")"
    done
done

printf '\n| set | map | known pairs | Spearman | Pearson | Spearman, unknown as 0 |\n|---|---|---|---|---|---|\n'
for set in simlex wordsim353; do
    across $set > "$work/$set.tsv"
    for method in procrustes self-learning; do
        similarity "$set, English–German | $method" "$work/$set.tsv" --map "$work/de.$method" \
            --source "$(vectors en)" --target "$(vectors de)"
    done
done

printf '\n| set | known questions | accuracy |\n|---|---|---|\n'
for name in en-semantic-google en-syntactic-google de-semantic-google de-syntactic-google; do
    evaluate analogy "$data/analogies/$name.tsv" --vectors "$(vectors "${name%%-*}")" | awk -v name="$name" '
        /^accuracy/ { accuracy = sprintf("%.1f (%.1f–%.1f)", $2, $7, $9) }
        /^coverage/ { print "| " name " | " substr($4, 2) " of " $6 " | " accuracy " |" }'
done

printf '\n| pair | map | criterion | to English | from English | margin |\n|---|---|---|---|---|---|\n'
for pair in de-deu es-spa; do
    texts=$data/parallel/tatoeba_laser/tatoeba.${pair#*-}-eng
    for method in procrustes self-learning; do
        for criterion in csls cosine; do
            evaluate retrieval --map "$work/${pair%-*}.$method" --criterion $criterion \
                --source "$(vectors "${pair%-*}")" --source-texts "$texts.${pair#*-}" \
                --target "$(vectors en)" --target-texts "$texts.eng" |
                awk -v row="| ${pair#*-}–eng | $method | $criterion" '
                    /^(forward|backward)/ { row = row sprintf(" | %.1f (%.1f–%.1f)", $2, $7, $9) }
                    /^margin/ { print row " | " $2 " |" }'
        done
    done
done
