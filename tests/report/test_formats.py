"""What holds of every format: golden files, no secret, no command, nothing imported early."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.report.base import RenderOptions
from synapse_bot.report.formats import FORMATS
from synapse_bot.report.plan_text import render_plan

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.review import Review

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {
    "terminal": ".txt",
    "markdown": ".md",
    "json": ".json",
    "sarif": ".sarif",
    "codequality": ".codequality.json",
    "sast": ".sast.json",
    "rdjsonl": ".rdjsonl",
}
CASES = [
    (name, format_)
    for name in ("no-findings", "three", "debated", "incomplete", "hostile", "many")
    for format_ in FORMATS
    if name not in ("debated", "many") or format_ in ("terminal", "markdown")
]


def _link(location: Location) -> str:
    return f"https://github.com/acme/shop/blob/main/{location.path}#L{location.start_line}"


@pytest.mark.parametrize(("name", "format_"), CASES)
def test_the_rendering_is_the_golden_file(
    reviews: dict[str, Review], name: str, format_: str
) -> None:
    """`make golden` accepts what is rendered now."""
    options = RenderOptions(link=_link, width=80, color=False)
    text = FORMATS[format_].render(reviews[name], options)
    file = GOLDEN / f"{name}{SUFFIXES[format_]}"
    if os.environ.get("SYNAPSE_UPDATE_GOLDEN"):
        file.write_bytes(text.encode("utf-8"))
    assert text == file.read_bytes().decode("utf-8")


BODY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG"
CANARIES = (
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + BODY[:36],
    "glpat-" + BODY[:20],
    "xoxb-" + "123456789012-" + BODY[:24],
    "sk-proj-" + BODY,
    "sk-ant-api03-" + BODY,
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0." + BODY[:43],
    "npm_" + BODY[:36],
    "-----BEGIN " + "PRIVATE KEY-----\nMIIEcanary\n-----END " + "PRIVATE KEY-----",
    "password = 'canary-Pass-7'",
    "https://user:canary-Pass-7@host/",
)
HITS = (*(canary[8:] for canary in CANARIES[:8]), "MIIEcanary", "canary-Pass")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("turn", range(len(CANARIES)))
def test_no_planted_secret_is_in_any_rendering(make: Any, format_: str, turn: int) -> None:
    """Every free string of the review holds each canary once as ``turn`` goes round."""
    texts = tuple(f"before {canary} after" for canary in CANARIES[turn:] + CANARIES[:turn])
    review = make.poisoned(make.three(), texts)
    text = FORMATS[format_].render(review, RenderOptions(max_findings=1, width=4000))
    for hit in HITS:
        assert hit not in text


@pytest.mark.parametrize("fmt", ["text", "mermaid", "json"])
def test_no_planted_secret_is_in_a_plan(make: Any, fmt: Any) -> None:
    plan = make.poisoned(make.three(), CANARIES).plan
    assert not [hit for hit in HITS if hit in render_plan(plan, fmt)]


@pytest.mark.parametrize("format_", FORMATS)
def test_no_rendering_has_a_line_that_a_ci_runner_obeys(
    reviews: dict[str, Review], format_: str
) -> None:
    text = FORMATS[format_].render(reviews["hostile"], RenderOptions(color=False))
    for line in text.split("\n"):
        assert not line.strip().startswith("::"), line
        assert "##vso[" not in line
        assert "##[" not in line


@pytest.mark.parametrize("format_", FORMATS)
def test_every_rendering_ends_its_last_line(reviews: dict[str, Review], format_: str) -> None:
    text = FORMATS[format_].render(reviews["three"], RenderOptions())
    assert text.endswith("\n")
    assert text.encode("utf-8")


def test_file_names_are_what_the_documentation_says() -> None:
    assert {name: entry.file_name for name, entry in FORMATS.items()} == {
        "terminal": "synapse-review.txt",
        "markdown": "synapse-review.md",
        "json": "synapse-review.json",
        "sarif": "synapse-review.sarif",
        "codequality": "gl-code-quality-report.json",
        "sast": "gl-sast-report.json",
        "rdjsonl": "synapse-review.rdjsonl",
    }


def test_the_table_costs_no_import_of_its_members() -> None:
    script = (
        "import sys, synapse_bot.report.formats;"
        "print([m for m in sys.modules if m == 'rich' or m.startswith('synapse_bot.report.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['synapse_bot.report.base', 'synapse_bot.report.formats']"
