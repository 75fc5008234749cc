"""Which positions the fake GitLab accepts: its own reading of a diff, none of the client's.

https://docs.gitlab.com/api/discussions/#create-a-thread-in-the-merge-request-diff
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
LINE_CODE_FAULT = (
    '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'
)
SCHEMA_FAULT = {"position": ["must be a valid json schema"]}


@dataclass(frozen=True, slots=True)
class FilePositions:
    """The lines of one file of the diff: (old_line, new_line) -> line code."""

    paths: tuple[str, str]
    codes: Mapping[tuple[int | None, int | None], str]


@dataclass
class PositionIndex:
    """Every commentable line of one version of a merge request."""

    refs: Mapping[str, str]
    files: dict[str, FilePositions] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Mapping[str, Any]], refs: Mapping[str, str]) -> PositionIndex:
        index = cls(refs)
        for entry in entries:
            paths = (str(entry["old_path"]), str(entry["new_path"]))
            codes = _codes(paths[1], str(entry["diff"]))
            index.files[paths[1]] = FilePositions(paths, codes)
        return index

    def fault(self, position: Mapping[str, Any], *, files_too: bool) -> str:
        """Why GitLab would answer 400; "" where the position is good."""
        wanted = ("base_sha", "start_sha", "head_sha")
        if any(not position.get(name) for name in wanted):
            return '400 Bad request - Note {:position=>["is incomplete"]}'
        if any(position[name] != self.refs[name] for name in wanted):
            return LINE_CODE_FAULT
        file = self.files.get(str(position.get("new_path")))
        if file is None or position.get("old_path") != file.paths[0]:
            return LINE_CODE_FAULT
        if position.get("position_type") == "file":
            return "" if files_too else "position[position_type] does not have a valid value"
        place = (position.get("old_line"), position.get("new_line"))
        if position.get("position_type") != "text" or place not in file.codes:
            return LINE_CODE_FAULT
        return _range_fault(file, position.get("line_range"), place)


def _range_fault(file: FilePositions, span: Any, place: tuple[int | None, int | None]) -> str:
    if span is None:
        return ""
    known = set(file.codes.values())
    ends = [span.get("start") or {}, span.get("end") or {}]
    if any(
        end.get("line_code") not in known or end.get("type") not in ("new", "old") for end in ends
    ):
        return LINE_CODE_FAULT
    return "" if ends[1]["line_code"] == file.codes[place] else LINE_CODE_FAULT


def range_has_numbers(position: Mapping[str, Any]) -> bool:
    """Whether a draft note's schema refuses it (gitlab-org/gitlab#571619)."""
    ends = (position.get("line_range") or {}).values()
    return any("old_line" in end or "new_line" in end for end in ends)


def _codes(path: str, diff: str) -> dict[tuple[int | None, int | None], str]:
    name = hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
    codes: dict[tuple[int | None, int | None], str] = {}
    old = new = 0
    for line in diff.split("\n"):
        if header := _HUNK.match(line):
            old, new = int(header[1]), int(header[2])
            continue
        code = f"{name}_{old}_{new}"
        match line[:1]:
            case "+":
                codes[None, new] = code
                new += 1
            case "-":
                codes[old, None] = code
                old += 1
            case " ":
                codes[old, new] = code
                old, new = old + 1, new + 1
    return codes
