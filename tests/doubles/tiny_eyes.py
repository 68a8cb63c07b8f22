"""Writes an image encoder of random numbers for the model of tiny_model.py, which so gets eyes.

    python tests/doubles/tiny_eyes.py tiny-eyes.gguf

What the model then says about a picture is nonsense, but llama.cpp decodes the picture, refuses
what it cannot read, and counts 16 tokens for it: one for each field of a grid of 4 by 4. Runs where
tiny_model.py runs. Names of fields and tensors are those of llama.cpp's image encoders of the kind
"mlp", LLaVA's (github.com/ggml-org/llama.cpp/blob/master/tools/mtmd/clip-impl.h).
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

WIDTH, HEADS, LAYERS, INNER, FIELD, SIDE = 32, 2, 1, 64, 14, 56
MODEL_WIDTH = 64  # of tiny_model.py


def main(path: str) -> None:
    """Write the encoder to `path`; the same one each time."""
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_name("tiny eyes")
    writer.add_string("clip.projector_type", "mlp")
    for key, flag in (("has_vision_encoder", True), ("use_gelu", True)):
        writer.add_bool(f"clip.{key}", flag)
    numbers = {
        "image_size": SIDE,
        "patch_size": FIELD,
        "embedding_length": WIDTH,
        "feed_forward_length": INNER,
        "block_count": LAYERS,
        "attention.head_count": HEADS,
        "projection_dim": MODEL_WIDTH,
    }
    for key, number in numbers.items():
        writer.add_uint32(f"clip.vision.{key}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    _add_tensors(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tensors(writer: gguf.GGUFWriter) -> None:
    random = np.random.default_rng(2)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, 0.1, shape).astype(np.float32))

    def add_layer(name: str, outward: int, inward: int) -> None:
        add(f"{name}.weight", outward, inward)
        add(f"{name}.bias", outward)

    def add_norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))
        add(f"{name}.bias", WIDTH)

    add("v.class_embd", WIDTH)
    add("v.patch_embd.weight", WIDTH, 3, FIELD, FIELD)
    add("v.position_embd.weight", (SIDE // FIELD) ** 2 + 1, WIDTH)
    add_norm("v.pre_ln")
    for layer in range(LAYERS):
        block = f"v.blk.{layer}"
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            add_layer(f"{block}.{part}", WIDTH, WIDTH)
        add_layer(f"{block}.ffn_up", INNER, WIDTH)
        add_layer(f"{block}.ffn_down", WIDTH, INNER)
        add_norm(f"{block}.ln1")
        add_norm(f"{block}.ln2")
    add_layer("mm.0", MODEL_WIDTH, WIDTH)
    add_layer("mm.2", MODEL_WIDTH, MODEL_WIDTH)


if __name__ == "__main__":
    main(sys.argv[1])
