"""A comment's first line as a command: what is one, what is not, and that none configures us."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.command import (
    MAX_REASON,
    Command,
    Malformed,
    Word,
    clean_reason,
    must_stay,
    parse_command,
)
from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.markers import encode, parse
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.posting import Answer, Marker, MarkerKind
from synapse_bot.domain.severity import Severity

ID = "0a1b2c3d4e5f"
FOOTER = "\n\n--\nSent from my phone\n> /synapse help"


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/synapse review", Command(Word.REVIEW)),
        ("/synapse review full", Command(Word.REVIEW, full=True)),
        ("/synapse   review\tfull  ", Command(Word.REVIEW, full=True)),
        ("/synapse review please", Command(Word.REVIEW)),
        ("/synapse help", Command(Word.HELP)),
        (f"/synapse explain {ID}", Command(Word.EXPLAIN, ID)),
        (f"/synapse explain `{ID.upper()}` why?", Command(Word.EXPLAIN, ID)),
        (f"/synapse ignore {ID} we accept it", Command(Word.IGNORE, ID, "we accept it")),
        (f"/synapse false-positive {ID} a test", Command(Word.FALSE_POSITIVE, ID, "a test")),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", FOOTER, "\r\nOn Monday somebody wrote:"])
def test_a_command_is_read_whatever_follows_its_line(body: str, command: Command, end: str) -> None:
    assert parse_command(body + end) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Please /synapse review",
        "> /synapse review",
        "    /synapse review",
        "\n/synapse review",
        "/synapses review",
        "/synapse-bot review",
        "/SYNAPSE review",
        "`/synapse review`",
        "\u200b/synapse review",
        "<!-- synapse-bot:e30 -->\n/synapse review",
    ],
)
def test_what_does_not_begin_with_our_name_is_no_command(body: str) -> None:
    assert parse_command(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "/synapse",
        "/synapse approve",
        "/synapse Review",
        "/synapse explain",
        "/synapse explain 0a1b2",
        f"/synapse explain {'a' * 33}",
        "/synapse explain ../../etc/passwd",
        "/synapse explain $(id)",
        f"/synapse ignore {ID}",
        f"/synapse ignore {ID} \u200b\u202e",
        f"/synapse ignore\n{ID} reason",
        "/synapse ignore abc --config x",
        f"/synapse ignore {ID} --config x",
        f"/synapse ignore --config x {ID}",
        "/synapse review --config .synapse-bot.yml",
        "/synapse review full --base main",
        "/synapse review -c x",
        "/synapse help --token",
    ],
)
def test_too_little_and_every_option_is_answered_by_the_help(body: str) -> None:
    assert isinstance(parse_command(body), Malformed)


@given(st.text(max_size=400))
def test_no_text_is_an_error_and_no_command_holds_more_than_its_parts(text: str) -> None:
    for body in (text, f"/synapse {text}", f"/synapse ignore {ID} {text}"):
        command = parse_command(body)
        if isinstance(command, Command):
            assert len(command.reason) <= MAX_REASON
            assert set(command.id) <= set("0123456789abcdef")
            assert clean_reason(command.reason) == command.reason
            assert len(command.reason.splitlines()) <= 1


@given(st.text(max_size=400).map(clean_reason))
def test_every_reason_fits_into_a_marker_and_comes_back(reason: str) -> None:
    answer = Answer("review:3000000001", "false-positive", "some-body_x", reason)
    marker = Marker(MarkerKind.REPLY, "i" * 64, "f" * 32, answer=answer)
    assert parse(encode(marker)) == marker


def test_the_widest_reason_fits_into_a_marker() -> None:
    answer = Answer("n" * 80, "false-positive", "w" * 80, "\U0001f600" * MAX_REASON)
    marker = Marker(MarkerKind.REPLY, "i" * 64, "f" * 32, answer=answer)
    assert parse(encode(marker)) == marker


def test_a_body_of_ten_megabytes_is_read_by_its_beginning_alone() -> None:
    body = f"/synapse ignore {ID} " + "a " * 5_000_000
    command = parse_command(body)
    assert isinstance(command, Command)
    assert len(command.reason) == MAX_REASON
    assert command == parse_command(body[:2_000])


@pytest.mark.parametrize(
    ("family", "severity", "stays"),
    [
        ("hardcoded-secret", Severity.CRITICAL, True),
        ("hardcoded-secret", Severity.HIGH, False),
        ("sql-injection", Severity.CRITICAL, False),
    ],
)
def test_only_a_critical_secret_cannot_be_dismissed(
    family: str, severity: Severity, stays: bool
) -> None:
    finding = Finding("r", "m", Location("a.py", 1, 1), severity, 0.9, "secrets", family)
    assert must_stay(Claim(finding, (finding,))) is stays
    other = replace(finding, family="other")
    assert must_stay(Claim(other, (other, finding))) is stays
