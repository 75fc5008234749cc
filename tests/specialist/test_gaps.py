"""A file that a tool did not look at whole is told, by the tool's own word. The tools are real."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.opinion import Failed, Gap, GapKind, Opinion
from synapse_bot.domain.spec import ActionSpec, GapsSpec, OutputFormat, OutputSpec
from synapse_bot.specialist.loader import load_specialists
from synapse_bot.specialist.output.base import OutputGarbage
from synapse_bot.specialist.output.gaps import read_gaps

if TYPE_CHECKING:
    from pathlib import Path

SPECS = {spec.id: spec for spec in load_specialists(data_dir("specialists")).specs}
GOOD = 'from flask import request\n\n\ndef run():\n    return eval(request.args["a"])\n'
BROKEN = GOOD + "\n\ndef f(x:\n    return x\n"


def actions(ident: str, *names: str) -> tuple[ActionSpec, ...]:
    """The shipped actions ``names`` of the specialist ``ident``; all of them without names."""
    return tuple(a for a in SPECS[ident].actions if not names or a.id in names)


def told(outcome: Any) -> set[tuple[str, GapKind]]:
    assert isinstance(outcome, Opinion)
    return {(gap.path, gap.kind) for gap in outcome.gaps}


@pytest.mark.parametrize(
    ("ident", "action", "broken"),
    [
        ("security", "semgrep", "a.py"),
        ("python-security", "bandit", "a.py"),
        ("python-security", "ruff", "a.py"),
        ("python-bugs", "ruff", "a.py"),
        ("python-web", "python-web", "a.py"),
        ("javascript-bugs", "oxlint", "a.js"),
        ("shell", "shellcheck", "a.sh"),
    ],
)
def test_a_file_that_a_tool_cannot_parse_is_told_and_no_other(
    lab: Any, ident: str, action: str, broken: str
) -> None:
    ending = broken.rpartition(".")[2]
    text = {"py": BROKEN, "js": "let x = @@@;\nf(\n", "sh": "if [ 1 ; then\n  echo\n"}[ending]
    good = {"py": GOOD, "js": "export const a = 1;\n", "sh": "#!/bin/sh\necho a\n"}[ending]
    (spec,) = actions(ident, action)
    if not spec.in_process:
        lab.need(spec.tool)
    outcome = lab.examine(lab.task({broken: text, f"good.{ending}": good}), spec)
    assert told(outcome) == {(broken, GapKind.UNPARSED)}
    assert outcome.examined == (broken, f"good.{ending}"), "the rest of it was looked at"
    assert "could not parse" in outcome.gaps[0].why


SLOW = """
rules:
  - id: slow
    languages: [python]
    severity: ERROR
    message: It tries every way to choose six of the arguments.
    pattern: f(..., $A, ..., $B, ..., $C, ..., $D, ..., $E, ..., $F, ..., $A)
  - id: quick
    languages: [python]
    severity: ERROR
    message: Found at once.
    pattern: eval(...)
"""


@pytest.mark.parametrize("engine", ["fast", "classic"])
def test_a_rule_of_semgrep_that_runs_out_of_time_is_told_by_its_name(
    lab: Any, tmp_path: Path, engine: str
) -> None:
    lab.need("semgrep")
    lab.sandbox = Sandbox.OFF  # or the rules would have to lie in rules/
    rules = tmp_path / "rules.yaml"
    rules.write_text(SLOW)
    (spec,) = actions("security", "semgrep")
    swapped = {
        "--timeout=30": "--timeout=1",
        "--config={rules}/static/semgrep/{language}": f"--config={rules}",
    }
    argv = [swapped.get(a, a) for a in (spec.argv if engine == "fast" else spec.fallback)]
    many = ", ".join(f"a{n}" for n in range(400))
    task = lab.task({"slow.py": f"eval(a)\nf({many})\n", "quick.py": "eval(b)\n"})
    outcome = lab.examine(task, replace(spec, argv=tuple(argv), fallback=()))
    assert told(outcome) == {("slow.py", GapKind.STOPPED)}
    assert outcome.gaps[0].why == "semgrep ended early: Timeout (slow)"
    found = {(f.location.path, f.tool_rule) for f in outcome.findings}
    assert found == {("slow.py", "quick"), ("quick.py", "quick")}, "what it did find stands"


def test_a_file_that_semgrep_does_not_open_is_told(lab: Any) -> None:
    """It knows a language by the ending of a name, and skips the rest without a word."""
    lab.need("semgrep")
    task = lab.task({"bin/tool": f"#!/usr/bin/env python3\n{GOOD}", "a.py": GOOD})
    task = replace(task, languages=dict.fromkeys(task.paths, "python"))
    outcome = lab.examine(task, *actions("security", "semgrep"))
    assert told(outcome) == {("bin/tool", GapKind.PASSED_OVER)}
    assert {f.location.path for f in outcome.findings} == {"a.py"}


def test_of_a_file_of_which_only_hunks_are_known_what_cannot_be_parsed_is_our_own_doing(
    lab: Any,
) -> None:
    task = replace(lab.task({"a.py": BROKEN}), partial=frozenset({"a.py"}))
    assert told(lab.examine(task, *actions("python-security", "ruff"))) == set()


def test_a_specialist_that_failed_still_tells_what_its_other_tools_left_out(lab: Any) -> None:
    lab.script("broken", "import sys; sys.exit(9)")
    dead = ActionSpec("dead", "broken", ("{files}",), OutputSpec(OutputFormat.SARIF))
    outcome = lab.examine(lab.task({"a.py": BROKEN}), dead, *actions("python-security", "ruff"))
    assert isinstance(outcome, Failed)
    assert [(gap.path, gap.kind) for gap in outcome.gaps] == [("a.py", GapKind.UNPARSED)]


def test_every_shipped_tool_that_says_what_it_could_not_read_is_heard() -> None:
    """A new action of one of these tools has to declare it too."""
    for spec in SPECS.values():
        for action in spec.actions:
            if action.tool in ("semgrep", "bandit", "ruff", "oxlint", "shellcheck"):
                assert action.output.gaps is not None, f"{spec.id}: {action.id}"


SPEC = OutputSpec(
    OutputFormat.JSON,
    gaps=GapsSpec("errors", "path", "type", "rule", ("Syntax error",), "paths.scanned"),
)


def gaps_in(document: Any) -> tuple[Gap, ...]:
    return read_gaps(json.dumps(document).encode(), SPEC, ()).gaps


@pytest.mark.parametrize(
    ("error", "gap"),
    [
        (
            {"path": "a", "type": "Syntax error"},
            Gap("a", "could not parse all of it", GapKind.UNPARSED),
        ),
        ({"path": "a", "type": "Too many matches"}, Gap("a", "ended early: Too many matches")),
        ({"path": "a", "type": "A new word"}, Gap("a", "ended early: A new word")),
        ({"path": "a"}, Gap("a", "ended early: an error")),
        ({"type": "Fatal error"}, Gap("", "ended early: Fatal error")),
        ({}, Gap("", "ended early: an error")),
    ],
)  # fmt: skip
def test_a_word_that_is_not_declared_harmless_means_that_the_tool_stopped(
    error: Any, gap: Gap
) -> None:
    assert gaps_in({"errors": [error]}) == (gap,)


def test_many_errors_of_one_word_are_one_gap_that_names_some_rules() -> None:
    errors = [{"path": "a", "type": "Timeout", "rule": f"r{n}"} for n in range(5)]
    assert gaps_in({"errors": errors}) == (
        Gap("a", "ended early: Timeout (r0, r1, r2 and 2 more)"),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errors", "paths", "scanned", "type", "path"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_a_tool_prints_is_read_or_refused(document: Any) -> None:
    try:
        found = read_gaps(json.dumps(document).encode(), SPEC, ())
    except OutputGarbage:
        return
    assert all(len(gap.why) < 500 for gap in found.gaps)
