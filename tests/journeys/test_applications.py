"""Whole applications as a change: every planted defect is told, and of clean ones nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

APPLICATIONS = Path(__file__).parents[1] / "fixtures" / "applications"
DEEP = ("review", "--base", "main", "--route", "deep", "--full", "--format", "json")


def _files(name: str) -> dict[str, str]:
    folder = APPLICATIONS / name
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in {".py", ".html"})
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def _found(ran: Any) -> set[str]:
    claims = [claim["finding"] for claim in ran.json["claims"]]
    return {f"{f['location']['path']}:{f['location']['start_line']} {f['rule']}" for f in claims}


@pytest.mark.parametrize("name", ["clean_flask", "clean_mixed"])
def test_of_an_application_that_does_it_right_nothing_is_told(
    name: str, repository: Any, command: Any
) -> None:
    repository.commit(_files(name))
    ran = command(*DEEP)
    assert _found(ran) == set()
    assert ran.json["verdict"] == "pass"


def test_every_defect_that_was_planted_is_told(repository: Any, command: Any) -> None:
    repository.commit(_files("seeded"))
    expected = set((APPLICATIONS / "seeded" / "expected.txt").read_text().splitlines())
    found = _found(command(*DEEP))
    assert expected - found == set()
    assert len(found - expected) <= len(expected) / 10, "little else is told"
