"""Runs llama.cpp's own HTTP server, as the package `xllamacpp` carries it, built for many systems.

    python tests/doubles/llama_server.py MODEL PORT [--alias NAME] [--key KEY] [--context TOKENS]
                                         [--answer TOKENS] [--threads N] [--eyes FILE] [--thinks]

Like tiny_model.py it runs in the environment of the servers under test, not in Engram's.
"""

from __future__ import annotations

import argparse
import signal

import xllamacpp

# A chat template that has any model think, in the manner of Qwen3's: its prompt ends with an open
# "<think>", or with a closed one where the request wants no thinking.
THINKING = """
{%- for message in messages -%}
  {{- '<|im_start|>' + message.role + '\n' -}}
  {%- if message.reasoning_content -%}
    {{- '<think>\n' + message.reasoning_content + '\n</think>\n\n' -}}
  {%- endif -%}
  {{- message.content + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_start|>assistant\n<think>\n' -}}
  {%- if enable_thinking is defined and enable_thinking is false -%}
    {{- '\n</think>\n\n' -}}
  {%- endif -%}
{%- endif -%}
"""


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("port", type=int)
    parser.add_argument("--alias", default="glm-4.7-flash")
    parser.add_argument("--key")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--answer", type=int, default=-1, help="an answer's limit in tokens")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--eyes", default="", help="the file of an image encoder (mmproj)")
    parser.add_argument("--thinks", action="store_true", help="have it think before it answers")
    given = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = given.model
    params.model_alias = {given.alias}
    params.api_keys = [given.key] if given.key else []
    params.port = given.port
    params.n_ctx = given.context
    params.n_predict = given.answer
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = given.threads
    params.mmproj.path = given.eyes
    params.mmproj_use_gpu = False
    if given.thinks:
        params.chat_template = THINKING
    params.sampling.seed = 1  # the same words each time
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
