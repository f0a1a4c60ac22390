#!/usr/bin/env python3
"""A tokenizer as XLM-R's are made: pieces of a sentencepiece model, and its table of characters (nmt_nfkc, as XLM-R was trained
with) as a `Precompiled` normaliser: crates/encode/tests/data/precompiled/tokenizer.json.

    python scripts/goldens/precompiled.py

Needs sentencepiece and protobuf (run with 0.2.3 and 7.36.2).
"""
import base64
import io
import json
import re
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "crates/encode/tests/data/precompiled/tokenizer.json"


def main():
    # The words that the texts of crates/encode/tests/tokenizers.rs are put together from, and the texts of the other goldens.
    units = re.findall(r'^    "(.*)",$', (ROOT / "crates/encode/tests/tokenizers.rs").read_text("utf-8"), re.M)
    words = [unit for unit in units if "\\" not in unit and unit.strip()]
    texts = (ROOT / "crates/encode/tests/goldens/texts.txt").read_text("utf-8").splitlines()
    # Often enough to be pieces of their own, as words and as parts of words.
    texts += [text for word in words for text in (word, word * 2, f"{word} {word}")] * 5
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, vocab_size=420, model_type="unigram", character_coverage=1.0,
        normalization_rule_name="nmt_nfkc", num_threads=1, hard_vocab_limit=False, minloglevel=2,
    )
    trained = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    pieces = [[piece.piece, piece.score] for piece in trained.pieces[3:]]
    vocabulary = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], *pieces, ["<mask>", 0.0]]
    special = [(0, "<s>"), (1, "<pad>"), (2, "</s>"), (3, "<unk>"), (len(vocabulary) - 1, "<mask>")]
    added = [
        dict(id=id, content=text, single_word=False, lstrip=text == "<mask>", rstrip=False, normalized=False, special=True)
        for id, text in special
    ]
    metaspace = dict(type="Metaspace", replacement="▁", prepend_scheme="always", split=True)
    one = lambda id: dict(SpecialToken=dict(id=id, type_id=0))
    sequence = dict(Sequence=dict(id="A", type_id=0))
    ids = {text: dict(id=text, ids=[id], tokens=[text]) for id, text in special if text in ("<s>", "</s>")}
    table = base64.b64encode(trained.normalizer_spec.precompiled_charsmap).decode()
    tokenizer = dict(
        version="1.0", truncation=None, padding=None, added_tokens=added,
        normalizer=dict(type="Precompiled", precompiled_charsmap=table),
        pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), metaspace]),
        post_processor=dict(
            type="TemplateProcessing", single=[one("<s>"), sequence, one("</s>")], pair=[one("<s>"), sequence, one("</s>")],
            special_tokens=ids,
        ),
        decoder=metaspace, model=dict(type="Unigram", unk_id=3, vocab=vocabulary, byte_fallback=False),
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(tokenizer, ensure_ascii=False) + "\n", "utf-8")


main()
