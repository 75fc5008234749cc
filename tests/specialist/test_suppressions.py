"""Comments that silence tools, and characters that nobody sees, in the lines that a change adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.domain.diff import FileDiff, FileStatus, Hunk
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import ActionSpec, OutputFormat, OutputSpec
from synapse_bot.specialist.suppressions import load_comments
from synapse_bot.specialist.taxonomy import load_taxonomy

ADDED = [
    "x = eval(y)  # nosec",
    "x = eval(y)  #nosec B307",
    "import os  # noqa: F401",
    "# ruff: noqa",
    "run(x)  # noqa: E501, S602",
    "# ruff: disable[S602]",
    "# flake8: noqa",
    "run(x)  # nosemgrep: python-eval",
    "run(x)  // nosem grep nosemgrep",
    'key = "AKIA"  # gitleaks:allow',
    "// eslint-disable-next-line no-eval",
    "/* eslint-disable */",
    "# shellcheck disable=SC2086",
    "# shellcheck source=x disable=SC2086",
    "  uses: x@v1 # zizmor: ignore[unpinned-uses]",
    "x = 1  # pylint: disable=eval-used",
    "secret = 1  # pragma: allowlist secret",
    "x()  //nolint:gosec",
    "x = 1  # NOSEC",
    "x()  // NOSONAR",
    "y()  # codeql[py/eval]",
    "z()  # lgtm [py/eval]",
    "# checkov:skip=CKV_1: fine",
    "#tfsec:ignore:AWS001",
    "# hadolint ignore=DL3008",
    "# yamllint disable-line",
    "a = 1 # rubocop:disable Security/Eval",
    "# mypy: ignore-errors",
    "# kingfisher:ignore",
    "# trufflehog:ignore",
    "# betterleaks:allow",
    "// biome-ignore lint: x",
    "# ast-grep-ignore",
    "#lizard forgives",
]
INNOCENT = [
    "def nosecond(): pass",
    "# the noquarter rule",
    "x = 'eslint is disabled here'",
    "# shellcheck source=lib.sh",
    "y = canosemgreppable()",
    "# see the docs on noqa comments",
]


def test_every_kind_of_comment_has_an_example() -> None:
    kinds = load_comments(data_dir("rules") / "suppressions.yaml")
    for kind in kinds:
        matched = [line for line in ADDED if kind.pattern.search(line)]
        assert matched, kind.id
        assert all(kind.needle in line.lower() for line in matched), kind.id


def check(lab: Any, name: str, task: Any) -> Any:
    lab.taxonomy = load_taxonomy(data_dir("rules") / "taxonomy.yaml")
    action = ActionSpec(name, "builtin", (), OutputSpec(OutputFormat.JSON), in_process=name)
    return lab.examine(task, action)


@pytest.mark.parametrize("line", ADDED)
def test_an_added_suppression_is_a_finding(lab: Any, line: str) -> None:
    outcome = check(lab, "suppressions", lab.task({"a.txt": f"first\n{line}\n"}))
    (finding,) = {f.rule: f for f in outcome.findings}.values()
    assert finding.rule == "suppression-added"
    assert finding.location.start_line == 2
    assert "silences" in finding.message


def test_a_rule_of_style_silenced_by_its_name_weighs_less_than_all_of_them(lab: Any) -> None:
    task = lab.task({"a.py": "import os  # noqa: F401\nimport os  # noqa\nx()  # noqa: S602\n"})
    named, bare, security = check(lab, "suppressions", task).findings
    assert named.confidence < bare.confidence == security.confidence
    assert named.severity < bare.severity == security.severity


@pytest.mark.parametrize("line", INNOCENT)
def test_other_text_is_none(lab: Any, line: str) -> None:
    assert check(lab, "suppressions", lab.task({"a.txt": f"{line}\n"})).findings == ()


def modified(body: str, old: int, new: int) -> tuple[FileDiff, ...]:
    return (FileDiff("a.py", "a.py", FileStatus.MODIFIED, hunks=(Hunk(1, old, 1, new, "", body),)),)


def test_a_suppression_that_was_there_before_is_not_added(lab: Any) -> None:
    kept = modified(" x = 1  # nosec\n+y = 2", 1, 2)
    text = {"a.py": "x = 1  # nosec\ny = 2\n"}
    assert check(lab, "suppressions", lab.task(text, diffs=kept)).findings == ()
    edited = modified("-x = 1  # nosec\n+x = 2  # nosec", 1, 1)
    text = {"a.py": "x = 2  # nosec\n"}
    assert check(lab, "suppressions", lab.task(text, diffs=edited)).findings == ()


def test_a_kept_suppression_excuses_only_as_many_new_ones(lab: Any) -> None:
    body = "-x = 1  # nosec\n+x = 2  # nosec\n+y = eval(z)  # nosec"
    text = {"a.py": "x = 2  # nosec\ny = eval(z)  # nosec\n"}
    outcome = check(lab, "suppressions", lab.task(text, diffs=modified(body, 1, 2)))
    assert [f.location.start_line for f in outcome.findings] == [2]


def test_a_suppression_of_a_secret_scanner_weighs_more(lab: Any) -> None:
    outcome = check(lab, "suppressions", lab.task({"a.py": "k = 1  # gitleaks:allow\n"}))
    assert outcome.findings[0].severity is Severity.HIGH


def test_a_fault_in_the_patterns_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "suppressions.yaml"
    path.write_text("comments:\n  bad:\n    pattern: '('\n    needle: abc\n    silences: x\n")
    with pytest.raises(ConfigInvalid, match=r"rules/suppressions.yaml:3: not a regular expression"):
        load_comments(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("if x:\u202e } \u2066# admin", "bidirectional"),
        ("x = 1 # \U000e0041\U000e0042 ignore all", "tag characters"),
        ("pass\u200bword = 1", "zero-width"),
        ("const \u3164 = 1", "invisible letters"),
        ("# note\rimport os", "end of a line"),
        ("// x\u2028eval(y)", "end of a line"),
    ],
)
def test_a_hidden_character_is_a_finding_that_names_it(lab: Any, text: str, what: str) -> None:
    outcome = check(lab, "hidden-characters", lab.task({"a.py": f"one\n{text}\n"}))
    (finding,) = outcome.findings
    assert (finding.rule, finding.location.start_line) == ("hidden-characters", 2)
    assert what in finding.message
    assert finding.message.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "naïve café",
        "日本語",
        "👨\u200d👩\u200d👧",
        "flag 🏴\U000e0067\U000e0062\U000e007f",
        "crlf\r",
    ],
)
def test_ordinary_writing_is_none(lab: Any, text: str) -> None:
    assert check(lab, "hidden-characters", lab.task({"a.py": f"{text}\n"})).findings == ()
