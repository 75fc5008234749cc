"""Whether a change touches tests, and whether a repository has tests of a module, by name."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.pathkinds import PathKinds

LANGUAGES = frozenset(
    {
        *("c", "cpp", "csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby"),
        *("rust", "scala", "swift", "typescript"),
    }
)


def touches_tests(diff: Diff, kinds: PathKinds) -> bool:
    """Whether the change adds to, alters or removes a test."""
    return any(kinds.is_test(file.path) for file in diff.files)


def named_tests(tree: Collection[str], kinds: PathKinds) -> Mapping[str, str]:
    """By the name of a module, in lower case, the path of a test that is named after it."""
    found: dict[str, str] = {}
    for path in sorted(tree):
        if kinds.is_test(path):
            found.setdefault(_subject(path), path)
    return found


def module_name(path: str) -> str:
    """What a test of ``path`` would be named after; a package's own file is its folder."""
    stem = PurePosixPath(path).name.partition(".")[0]
    if stem in ("__init__", "index", "mod", "lib", "main"):
        stem = PurePosixPath(path).parent.name or stem
    return stem.lower().strip("_")


def _subject(path: str) -> str:
    stem = PurePosixPath(path).name.partition(".")[0]
    for ending in ("_test", "_tests", "_spec", "Test", "Tests", "Spec"):
        stem = stem.removesuffix(ending)
    return stem.removeprefix("test_").lower()
