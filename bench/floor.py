"""The floor that a fast review is compared with: git diff, split, ruff, JSON; nothing else.

It imports the parts of the standard library that any such program needs (asyncio for running
tools side by side, urllib for a forge, tomllib for configuration) and no package.

Prints the number of findings. Run as: python bench/floor.py REPOSITORY RUFF
"""

from __future__ import annotations

import argparse
import asyncio  # noqa: F401
import dataclasses  # noqa: F401
import json
import subprocess
import sys
import tomllib  # noqa: F401
import urllib.request  # noqa: F401
from concurrent import futures  # noqa: F401
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repository", type=Path)
    parser.add_argument("ruff")
    options = parser.parse_args()
    diff = subprocess.run(
        ["git", "diff", "--text", "main...feature"],
        cwd=options.repository,
        check=True,
        capture_output=True,
    ).stdout
    paths = [line[6:].decode() for line in diff.split(b"\n") if line.startswith(b"+++ b/")]
    ruff = subprocess.run(
        [
            options.ruff,
            "check",
            "--isolated",
            "--no-cache",
            "--select",
            "S",
            "--output-format",
            "json",
            *paths,
        ],
        cwd=options.repository,
        check=False,
        capture_output=True,
    )
    print(len(json.loads(ruff.stdout)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
