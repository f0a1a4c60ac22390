# The jobs of this repository, by name. `just` lists them.

_default:
    @just --list

# The main job on the data in data/
demo:
    cargo run --release -- transfer data/demo.toml

# All tests
test:
    cargo test --release

# Format
fmt:
    cargo fmt --all

# Lints, warnings denied
lint:
    cargo clippy --release --all-targets -- -D warnings

# The documentation, warnings denied
doc:
    RUSTDOCFLAGS='-D warnings' cargo doc --release --no-deps

# Everything a change has to pass
ci:
    bash .ci/run

# The example programs
examples:
    cargo run --release --example zero_shot
    cargo run --release --example align
    cargo run --release --example custom_encoder

# Licences, duplicate versions and sources of the dependencies (needs `cargo install cargo-deny`)
deny:
    cargo deny check bans licenses sources
    cargo deny --features cuda,metal,rust-bert check bans licenses sources

# Loading beside finalfusion, gensim and fastText (needs `pip install numpy gensim fasttext-wheel` and 5 GB in the folder)
peers-vectors folder:
    python scripts/peers_vectors.py {{folder}}

# Short texts a second, beside fastText and model2vec (needs `pip install numpy fasttext-wheel safetensors`)
peers-words folder model texts:
    python scripts/peers_words.py {{folder}} {{model}} {{texts}} --model2vec

# The leaderboard's page, used in a real browser (needs `apt-get install chromium chromium-driver`)
leaderboard:
    cargo test --release --test leaderboard
    python3 scripts/leaderboard.py

# Fuzz every reader of vectors for so many seconds each (needs `cargo install cargo-fuzz`)
fuzz seconds="60":
    bash scripts/fuzz.sh {{seconds}}
