"""Writes a language model of 100,000 random numbers, which llama.cpp loads in a moment.

    python tests/doubles/tiny_model.py tiny.gguf

It says nonsense, but does so through all of llama.cpp. Needs the packages `gguf` and `numpy`, which
Engram itself does not: it runs in the environment of the servers under test. Names of fields and
tensors are those of GGUF's specification (github.com/ggml-org/ggml/blob/master/docs/gguf.md).
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 4096
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}"
)
# All bytes, so that every text can be read, and a few words, so that what is said can be, too.
WORDS = ["▁bitcoin", "▁is", "▁trading", "▁sideways", "▁and", "▁nothing", "▁stands", "▁out"]


def main(path: str) -> None:
    """Write the model to `path`; the same one each time."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    words = _add_vocabulary(writer)
    _add_tensors(writer, words)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter) -> int:
    kinds = gguf.TokenType
    tokens = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    tokens += [(word, kinds.NORMAL) for word in WORDS]
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)
    return len(tokens)


def _add_tensors(writer: gguf.GGUFWriter, words: int) -> None:
    random = np.random.default_rng(1)

    def add(name: str, *shape: int) -> None:
        values = np.ones(shape) if "norm" in name else random.normal(0, 0.2, shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))

    # A byte gets 0 points, and of two opposite words one gets more: bytes, most of which are no
    # letters, are never said, and neither is the end: an answer goes on until the context is full.
    output = np.zeros((words, WIDTH))
    half = random.normal(0, 5, (len(WORDS) // 2, WIDTH))
    output[-len(WORDS) :] = np.concatenate([half, -half])
    add("token_embd", words, WIDTH)
    writer.add_tensor("output.weight", output.astype(np.float32))
    add("output_norm", WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"{block}.{part}", WIDTH, WIDTH)
        add(f"{block}.ffn_gate", INNER, WIDTH)
        add(f"{block}.ffn_up", INNER, WIDTH)
        add(f"{block}.ffn_down", WIDTH, INNER)
        add(f"{block}.attn_norm", WIDTH)
        add(f"{block}.ffn_norm", WIDTH)


if __name__ == "__main__":
    main(sys.argv[1])
