"""What contenders said, kept in the user's cache folder, so that a run that stopped can go on.

A thing said is good for the same files, the same contender and the same sources of ours; the
seconds are those of when it was said. Nothing is taken from here without --reuse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quality_cases import Reported, Voice, Weakness
from quality_changes import Change, git
from quality_contenders import Contender, Said


def sources_digest(root: Path) -> str:
    """A digest of all that a review of ours depends on in the checkout at ``root``, and of how it
    is asked for."""
    digest = hashlib.sha256()
    folders = ("synapse_bot", "rules", "specialists")
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*"))]
    paths += [root / "bench" / name for name in ("quality_cases.py", "quality_contenders.py")]
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(root)}\0{len(path.read_bytes())}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Keep:
    """``sources`` is the digest of ours; ``reuse`` whether to take what is there."""

    folder: Path
    sources: str
    reuse: bool

    def examine(self, contender: Contender, change: Change) -> Said:
        """What ``contender`` says of ``change``, or said before."""
        path = self.folder / f"{self._key(contender, change)}.json"
        if self.reuse and path.is_file():
            return parse_said(json.loads(path.read_text()))
        said = contender.examine(change)
        if said.notes:  # a busy machine, most often: the next run asks again
            return said
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(said), default=sorted))
        return said

    def _key(self, contender: Contender, change: Change) -> str:
        change_id = change_digest(change)
        return _digest((contender.name, self.sources, change_id))


def change_digest(change: Change) -> str:
    """A digest of the files on both sides, or of the diff where only that is known."""
    if "--diff" in change.selector:
        return hashlib.sha256(Path(change.selector[-1]).read_bytes()).hexdigest()
    return git(change.root, "rev-parse", "main^{tree}", "feature^{tree}").decode()


def parse_said(data: dict[str, Any]) -> Said:
    """The Said that ``asdict`` and JSON made ``data`` of."""
    findings = (
        Reported(
            **{
                **row,
                "weakness": Weakness(*(frozenset(row["weakness"][k]) for k in ("cwe", "families"))),
                "voices": tuple(Voice(**voice) for voice in row["voices"]),
            }
        )
        for row in data["findings"]
    )
    return Said(tuple(findings), data["seconds"], tuple(data["notes"]))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
