"""Which paths are tests and examples: what rules/filekinds.yaml says, as for a review."""

from __future__ import annotations

from functools import cache

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.domain.pathkinds import PathKinds


def in_tests(path: str) -> bool:
    """Whether no user of the program reaches ``path``: a test, documentation or an example."""
    return _kinds().is_aside(path)


@cache
def _kinds() -> PathKinds:
    return load_filekinds().paths
