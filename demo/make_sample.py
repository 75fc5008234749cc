"""Builds the sample repository of `make demo`: main, and feature/checkout with planted defects.

    python demo/make_sample.py [BUNDLE]     default: demo/sample.bundle

Authors and dates are fixed, so the commits have the same ids wherever and whenever this runs.
A file named ``*.split`` holds a made-up secret cut in two by ``~~``: the two halves meet only in
the bundle, where no scanner of this repository trips over them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAIN, BRANCH = "main", "feature/checkout"
_SPLIT, _ENDING = "~~", ".split"
_AUTHOR = ("Sam Sample", "sam@example.com")

# Commit message -> the files of sample/change that it brings; the last takes what is left.
_STEPS = (
    ("Add the checkout", ("shop/checkout.py", "shop/app.py", "tests/test_cart.py")),
    ("Take payments in the front", ("web/checkout.ts", "web/greeting.ts")),
    ("Keep invoices, comment on previews", ()),
)


def build(bundle: Path, folder: Path) -> None:
    """Make the repository in the empty ``folder`` and bundle it."""
    git = _Git(folder)
    git("init", "--quiet", "--initial-branch", MAIN, "--object-format=sha1")
    _copy(_files(HERE / "sample/base"), folder)
    git.commit("A small shop")
    git("checkout", "--quiet", "-b", BRANCH)
    left = _files(HERE / "sample/change")
    for message, names in _STEPS:
        taken = {name: left.pop(name) for name in names or tuple(left)}
        _copy(taken, folder)
        git.commit(message)
    # The bundle's HEAD is what a plain clone checks out.
    git("bundle", "create", "--quiet", str(bundle.resolve()), "HEAD", MAIN, BRANCH)


class _Git:
    """git in ``folder``, with fixed people and times and none of this machine's settings."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._minutes = folder, 0

    def __call__(self, *arguments: str) -> None:
        when = f"2026-01-05T09:{self._minutes:02d}:00+00:00"
        name, mail = _AUTHOR
        people = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", when))
        }
        settings = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
        }
        command = ("git", "-c", "pack.threads=1", "-c", "core.autocrlf=false", *arguments)
        subprocess.run(command, cwd=self._folder, env={**settings, **people}, check=True)

    def commit(self, message: str) -> None:
        self("add", "--all", "--force")
        self("commit", "--quiet", "--no-gpg-sign", "-m", message)
        self._minutes += 10


def _files(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if name.endswith(_ENDING):
            name = name.removesuffix(_ENDING)
            content = content.replace(_SPLIT.encode(), b"")
        found[name] = content
    return found


def _copy(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "sample.bundle", Path(scratch))
