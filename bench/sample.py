"""The synthetic repositories that the speed table is measured on, made anew from a seed."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

MODULES = 320
LINES = 285
_DATES = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
_PLANTED = """

def planted_{n}(request, cursor, value):
    total = 0
    for index in range(10):
        total += index * {n}
    for index in range(20):
        total -= index
    label = "planted {n}"
    names = [label, str(total)]
    names.append(label.upper())
    names.append(label.lower())
    joined = ", ".join(names)
    if joined:
        total += len(joined)
    if total > 10:
        total -= 10
    result = subprocess.run(value, shell=True)
    if result.returncode:
        total += 1
    answer = eval(value)
    if answer:
        total += 2
    cursor.close()
    return total
"""


def make_repository(folder: Path, changed: int) -> Path:
    """A repository of 320 modules whose branch `feature` adds 27 lines to ``changed`` of them."""
    repository = folder / f"repository-{changed}"
    package = repository / "pkg"
    package.mkdir(parents=True)
    _git(repository, "init", "-q", "-b", "main")
    for n in range(MODULES):
        (package / f"module_{n:03}.py").write_text(_module(n))
    _commit(repository, "base")
    _git(repository, "checkout", "-q", "-b", "feature")
    for n in range(changed):
        with (package / f"module_{n:03}.py").open("a") as file:
            file.write(_PLANTED.format(n=n))
    _commit(repository, "feat: planted")
    return repository


def _module(n: int) -> str:
    numbers = random.Random(n)  # noqa: S311 - a reproducible sample, not a secret
    lines = ['"""A module."""', "", "import subprocess", "", ""]
    while len(lines) < LINES:
        k = len(lines)
        lines += [
            f"def function_{k}(first, second):",
            f'    """Adds {numbers.randrange(1000)}."""',
            f"    total = first + second + {numbers.randrange(1000)}",
            f"    if total > {numbers.randrange(1000)}:",
            "        return total - first",
            "    return total",
            "",
            "",
        ]
    return "\n".join(lines[:LINES]).rstrip() + "\n"


def make_large_diff(files: int) -> bytes:
    """About 860 bytes a file; 12,600 files are the 10.8 MB of the published comparison."""
    body = "".join(f"+    value_{k} = compute({k}, 'abc')\n" for k in range(20))
    context = "".join(f" line {k}\n" for k in range(3))
    parts = []
    for n in range(files):
        path = f"pkg/module_{n:05}.py"
        parts.append(
            f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n"
            f"--- a/{path}\n+++ b/{path}\n@@ -1,3 +1,23 @@\n{context}{body}"
        )
    return "".join(parts).encode()


def _commit(repository: Path, message: str) -> None:
    _git(repository, "add", "-A")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    _git(repository, *who, "commit", "-q", "-m", message)


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", *arguments],
        cwd=repository,
        check=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(repository), **_DATES},
    )
