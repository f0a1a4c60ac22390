#!/usr/bin/env python3
"""Tiny transformers with random weights, and what PyTorch makes of some texts with them: crates/encode/tests/data/transformers.

    python scripts/goldens/encoders.py [MINILM]

Needs torch, transformers and sentence-transformers (run with 2.15.0, 5.24.0 and 6.2.0). With the folder of all-MiniLM-L6-v2 also
what sentence-transformers makes of the texts with that: minilm.json.
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, PreTrainedTokenizerFast
from transformers import AlbertConfig, BertConfig, DistilBertConfig, MPNetConfig, RobertaConfig, XLMRobertaConfig

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "crates/encode/tests/data/transformers"
TEXTS = [
    "A small, well-made lamp; it has been on my desk for years.",
    "Die Lampe ist schön, aber viel zu teuer!",
    "¿Qué más se puede pedir?",
    "C'est la troisième fois que je l'achète.",
    "Хорошая книга, но перевод слабый.",
    "Ένα πολύ καλό βιβλίο.",
    "هذا كتاب جيد جدا",
    "ספר טוב מאוד",
    "यह किताब बहुत अच्छी है",
    "หนังสือเล่มนี้ดีมาก",
    "这本书很好看。",
    "とても良い本です。",
    "정말 좋은 책입니다.",
    "naïve café, 3.5 € 😀 […] e\u0301",
    "",
    "word " * 90,
]
SPECIAL = {"bert": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "roberta": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]}
SIZES = dict(num_hidden_layers=2, hidden_size=16, num_attention_heads=2, intermediate_size=40)


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=SPECIAL["bert"], show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    around("[CLS]", "[SEP]", tokenizer)
    return tokenizer


def byte_pairs():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL["roberta"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    around("<s>", "</s>", tokenizer)
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=SPECIAL["roberta"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    around("<s>", "</s>", tokenizer)
    return tokenizer


def around(first, last, tokenizer):
    special = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=special)


def pooled(rows, how):
    positions = torch.arange(1, len(rows) + 1, dtype=rows.dtype)
    return {
        "cls": lambda: rows[0],
        "mean": lambda: rows.mean(0),
        "max": lambda: rows.max(0).values,
        "mean_sqrt_len_tokens": lambda: rows.sum(0) / len(rows) ** 0.5,
        "weightedmean": lambda: (rows * positions[:, None]).sum(0) / positions.sum(),
        "lasttoken": lambda: rows[-1],
    }[how]()


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def modules(folder, pools, dense=None, unit=False):
    """The files of sentence-transformers around a network."""
    kinds = [("Transformer", "")] + [("Pooling", "1_Pooling")]
    keys = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    names = ["cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
    write_json(folder / "1_Pooling/config.json", {f"pooling_mode_{key}": name in pools for key, name in zip(keys, names)})
    if dense:
        kinds.append(("Dense", "2_Dense"))
        n_out, n_in = dense["linear.weight"].shape
        activation = "torch.nn.modules.activation.Tanh"
        write_json(folder / "2_Dense/config.json", dict(in_features=n_in, out_features=n_out, bias=True, activation_function=activation))
        save_file(dense, folder / "2_Dense/model.safetensors")
    if unit:
        kinds.append(("Normalize", "3_Normalize"))
    write_json(folder / "modules.json", [dict(type=f"sentence_transformers.models.{kind}", path=path) for kind, path in kinds])


def save_weights(folder, tensors, n_files):
    if n_files == 1:
        save_file(tensors, folder / "model.safetensors")
        return
    names, where = sorted(tensors), {}
    for shard in range(n_files):
        file = f"model-{shard + 1:05}-of-{n_files:05}.safetensors"
        part = {name: tensors[name] for name in names[shard::n_files]}
        save_file(part, folder / file)
        where |= dict.fromkeys(part, file)
    write_json(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": where})


def golden(name, config, tokenizer, pools, *, n_files=1, rename=lambda name: name, dtype=torch.float32, dense=None, unit=False, prompt=""):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(42)
    config.vocab_size = tokenizer.get_vocab_size()
    model = AutoModel.from_config(config).eval()
    for tensor in model.parameters():
        # Larger than models begin with, and not 0 or 1 anywhere, so that every tensor matters.
        tensor.data = (tensor.data + torch.randn(tensor.shape) * 0.3).to(dtype).float()
    tensors = {name: tensor.detach().to(dtype).contiguous() for name, tensor in model.named_parameters() if "pooler" not in name}
    save_weights(folder, {rename(name): tensor for name, tensor in tensors.items()}, n_files)
    (folder / "config.json").write_text(json.dumps(config.to_dict() | {"model_type": config.model_type}, indent=1) + "\n")
    if pools != ["mean"] or dense or unit:
        modules(folder, pools, dense, unit)
    if prompt:
        write_json(folder / "config_sentence_transformers.json", {"prompts": {"query": prompt}, "default_prompt_name": "query"})
    longest = config.max_position_embeddings - (2 if config.model_type in ("roberta", "xlm-roberta", "mpnet") else 0)
    fast = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    ids, rows = [], []
    for text in TEXTS:
        numbers = fast(prompt + text, truncation=True, max_length=longest)["input_ids"]
        with torch.no_grad():
            tokens = model(torch.tensor([numbers])).last_hidden_state[0]
            row = torch.cat([pooled(tokens, how) for how in pools])
            if dense:
                row = torch.tanh(dense["linear.weight"] @ row + dense["linear.bias"])
            row = torch.nn.functional.normalize(row, dim=0) if unit else row
        ids.append(numbers)
        rows.append(row.tolist())
    (folder / "expected.json").write_text(json.dumps(dict(texts=TEXTS, ids=ids, rows=rows), ensure_ascii=False) + "\n", "utf-8")


def main():
    torch.manual_seed(7)
    dense = {"linear.weight": torch.randn(12, 16) * 0.3, "linear.bias": torch.randn(12)}
    old = lambda name: "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    wordpiece = word_piece()
    golden("bert", BertConfig(max_position_embeddings=64, **SIZES), wordpiece, ["cls"], rename=old, dense=dense, unit=True, prompt="query: ")
    distil = DistilBertConfig(n_layers=2, dim=16, n_heads=4, hidden_dim=33, max_position_embeddings=64, activation="gelu")
    golden("distilbert", distil, wordpiece, ["mean"])
    special = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2)
    roberta = RobertaConfig(max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, hidden_act="gelu_new", **special, **SIZES)
    golden("roberta", roberta, byte_pairs(), ["mean_sqrt_len_tokens", "lasttoken"], n_files=2)
    xlm = XLMRobertaConfig(max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, hidden_act="relu", **special, **SIZES)
    golden("xlm-roberta", xlm, unigram(), ["max", "mean"], dtype=torch.bfloat16)
    mpnet = MPNetConfig(max_position_embeddings=202, **SIZES)
    golden("mpnet", mpnet, byte_pairs(), ["weightedmean"], dtype=torch.float16)
    albert = AlbertConfig(max_position_embeddings=64, embedding_size=8, hidden_act="gelu_new", **SIZES | dict(num_hidden_layers=3))
    golden("albert", albert, wordpiece, ["mean"])
    if len(sys.argv) > 1:
        from sentence_transformers import SentenceTransformer

        rows = SentenceTransformer(sys.argv[1], device="cpu").encode(TEXTS, batch_size=1)
        (OUT / "minilm.json").write_text(json.dumps(dict(texts=TEXTS, rows=[[round(float(x), 7) for x in row] for row in rows]), ensure_ascii=False) + "\n")


main()
