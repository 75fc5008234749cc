"""Discretion: a secret that one specialist knows is shown by none."""

from __future__ import annotations

from typing import Any

from synapse_bot.domain.opinion import Opinion, Skipped
from synapse_bot.domain.remark import Position, Remark
from synapse_bot.domain.severity import Severity
from synapse_bot.runtime.discretion import keep_secrets

RAW = 'connect("db", "correct horse battery")'
MASKED = 'connect("db", "corr****")'


def test_a_line_is_shown_as_the_one_who_knows_its_secret_shows_it(make: Any) -> None:
    secret = make.finding(by="secrets", cwe=(798,), code=MASKED)
    style = make.finding(by="style", code=RAW, message='"correct horse battery" is too long')
    outcomes = keep_secrets([Opinion("secrets", (secret,)), Opinion("style", (style,))])
    said = repr(outcomes)
    assert "battery" not in said
    assert outcomes[1].findings[0].code == MASKED  # type: ignore[union-attr]


def test_a_line_inside_a_longer_finding_is_masked_too(make: Any) -> None:
    secret = make.finding(line=2, by="secrets", cwe=(259,), code=MASKED)
    block = make.finding(line=1, by="bugs", code=f"def f():\n{RAW}\n    return 1")
    outcomes = keep_secrets([Opinion("bugs", (block,)), Opinion("secrets", (secret,))])
    assert outcomes[0].findings[0].code == f"def f():\n{MASKED}\n    return 1"  # type: ignore[union-attr]


def test_other_lines_and_other_files_are_left_alone(make: Any) -> None:
    secret = make.finding("a.py", 5, by="secrets", cwe=(798,), code=MASKED)
    other = Opinion("bugs", (make.finding("b.py", 5, code=RAW), make.finding("a.py", 6, code=RAW)))
    assert keep_secrets([other, Opinion("secrets", (secret,))])[0] == other


def test_nothing_known_changes_nothing(make: Any) -> None:
    outcomes = (Opinion("bugs", (make.finding(code=RAW),)), Skipped("x", "no tool"))
    assert keep_secrets(outcomes) == outcomes


def test_a_remark_that_quotes_the_line_is_masked_too(make: Any) -> None:
    secret = make.finding(by="secrets", cwe=(798,), code=MASKED)
    remark = Remark(
        *("model", "openai/m", "secrets", "f1", Position.CONFIRM, Severity.HIGH),
        reason='"correct horse battery" is a password',
        evidence=secret.location,
        quote=RAW,
    )
    outcomes = keep_secrets([Opinion("model", remarks=(remark,)), Opinion("secrets", (secret,))])
    assert "battery" not in repr(outcomes)
