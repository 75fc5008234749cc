"""What was not looked at stands in the review: on the terminal, in the comment, in the audit."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.specialist.change import bounds

BROKEN = "import os\n\n\ndef run(command:\n    return os.system(command)\n"


def test_a_file_that_tools_could_not_parse_is_partly_reviewed_wherever_it_is_told(
    repository: Any, command: Any
) -> None:
    repository.commit({"job.py": BROKEN, "fine.py": "def one():\n    return 1\n"})
    audit = command("review", "--base", "main", "--route", "deep", "--format", "json").json
    coverage = {file["path"]: file for file in audit["coverage"]}
    assert coverage["fine.py"]["state"] == "reviewed"
    assert coverage["job.py"]["state"] == "partial"
    assert coverage["job.py"]["reason"] == "not all of it could be parsed"
    assert "python-bugs: ruff could not parse it" in coverage["job.py"]["detail"]
    assert audit["verdict"] == "pass", "odd syntax alone does not stop a job"
    for style in ("terminal", "markdown", "sarif"):
        told = command("review", "--base", "main", "--route", "deep", "--format", style).out
        assert "could not parse" in told, style


def test_a_bound_that_a_check_reached_is_told_wherever_the_review_is(
    repository: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = "def f{n}(a):\n    return a\n\n\n"
    repository.git("checkout", "-q", "main")
    repository.commit({"lib.py": "".join(functions.format(n=n) for n in range(9))})
    repository.git("checkout", "-q", "-b", "wide")
    wider = functions.replace("(a)", "(a, b)")
    repository.commit({"lib.py": "".join(wider.format(n=n) for n in range(9))})
    monkeypatch.setattr(bounds, "MAX_NAMES", 5)
    said = "contracts: looked for users of 5 of 9 changed names"
    for style in ("terminal", "markdown", "sarif"):
        told = command("review", "--base", "main", "--route", "deep", "--format", style).out
        assert said in " ".join(told.split()), style
    audit = command("review", "--base", "main", "--route", "deep", "--format", "json").json
    (gap,) = (gap for outcome in audit["outcomes"] for gap in outcome.get("gaps", ()))
    assert gap == {"path": "", "why": said.removeprefix("contracts: "), "kind": "stopped"}
