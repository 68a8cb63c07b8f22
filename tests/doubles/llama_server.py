"""Runs llama.cpp's own HTTP server, as the package `xllamacpp` carries it, built for many systems.

    python tests/doubles/llama_server.py MODEL PORT [--alias NAME] [--key KEY] [--context TOKENS]
                                         [--answer TOKENS]

Like tiny_model.py it runs in the environment of the servers under test, not in Engram's.
"""

from __future__ import annotations

import argparse
import signal

import xllamacpp


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("port", type=int)
    parser.add_argument("--alias", default="glm-4.7-flash")
    parser.add_argument("--key")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--answer", type=int, default=-1, help="an answer's limit in tokens")
    given = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = given.model
    params.model_alias = {given.alias}
    params.api_keys = [given.key] if given.key else []
    params.port = given.port
    params.n_ctx = given.context
    params.n_predict = given.answer
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
