"""The repository itself is what these tests look at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```ya?ml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A YAML block of a page: where it stands and what it says."""

    name: str
    text: str


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def pages(tracked: list[Path]) -> list[Path]:
    return [path for path in tracked if path.suffix == ".md"]


@pytest.fixture(scope="session")
def blocks(pages: list[Path]) -> list[Block]:
    """Every YAML block of every page."""
    return [
        Block(f"{page.relative_to(ROOT)}#{number}", text)
        for page in pages
        if "tests" not in page.relative_to(ROOT).parts
        for number, text in enumerate(_FENCE.findall(page.read_text(encoding="utf-8")), start=1)
    ]


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program of the environment that runs the tests, or any other by its path."""

    def _run(*argv: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        beside = Path(sys.executable).parent / str(argv[0])
        program = str(beside) if beside.exists() else str(argv[0])
        return subprocess.run(
            [program, *map(str, argv[1:])],
            cwd=cwd,
            env=os.environ | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return _run
