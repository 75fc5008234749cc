"""Text of a change must not give orders to a GitHub runner (threats.md C11)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.entry.annotations import (
    SUMMARY_BYTES,
    commands_stopped,
    fit,
    harmless_line,
    log_line,
    log_lines,
    output_text,
    write_outputs,
    write_summary,
)
from synapse_bot.forge.posting import Annotation, AnnotationLevel

_LEVELS = list(AnnotationLevel)
_HOSTILE = [
    "a\n::set-output name=x::y",
    "a\r::add-mask::b",
    "x::stop-commands::y",
    "p,line=1::error::gone",
    "100%0A::error::x",
    "\u2028::error::x",
    "\x1b[2J::error::x",
    "a\u202eb",
]


def _parse(line: str) -> tuple[str, dict[str, str], str]:
    """As the runner reads a command."""
    assert line.startswith("::")
    head, _, data = line[2:].partition("::")
    name, _, told = head.partition(" ")
    pairs = (pair.partition("=") for pair in told.split(","))
    return name, {key: unquote(value) for key, _, value in pairs}, unquote(data)


@pytest.mark.parametrize("text", _HOSTILE)
def test_hostile_text_stays_in_its_property_and_on_its_line(text: str) -> None:
    line = log_line(Annotation(text, 3, 4, AnnotationLevel.FAILURE, text, title=text))
    assert line.splitlines() == [line]
    name, properties, data = _parse(line)
    assert name == "error"
    assert set(properties) == {"file", "line", "endLine", "title"}
    assert (properties["line"], properties["endLine"]) == ("3", "4")
    assert properties["file"] == properties["title"] == data


@given(st.text(), st.text())
def test_any_text_is_one_command_with_four_properties(path: str, message: str) -> None:
    line = log_line(Annotation(path, 1, 1, AnnotationLevel.NOTICE, message, title="t"))
    assert line.splitlines() == [line]
    assert set(_parse(line)[1]) == {"file", "line", "endLine", "title"}


def test_ten_of_each_level_and_the_rest_is_counted() -> None:
    many = [Annotation("a", n, n, _LEVELS[n % 3], "m") for n in range(1, 61)]
    said = log_lines(many)
    assert said.left_out == 30
    names = [line[2:].split(" ")[0] for line in said.lines]
    assert sorted({name: names.count(name) for name in names}.items()) == [
        ("error", 10),
        ("notice", 10),
        ("warning", 10),
    ]


@given(st.text())
def test_no_line_of_ours_is_a_command(text: str) -> None:
    line = harmless_line(text)
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert len(line.splitlines()) <= 1
    assert harmless_line(line) == line


@pytest.mark.parametrize("text", ["::error::x", "  \t::error::x", "a ##[error]x", "::::", "##[[["])
def test_known_commands_are_defused_and_still_readable(text: str) -> None:
    line = harmless_line(text)
    assert line.replace("\u200b", "") == text
    assert line != text


def test_commands_are_stopped_with_a_token_that_nobody_guesses() -> None:
    said: list[str] = []
    for _ in range(2):
        with commands_stopped(said.append):
            said.append("::error::from a tool\n")
    tokens = [line.split("::")[2].strip() for line in said if "stop-commands" in line]
    assert len(set(tokens)) == 2
    assert all(len(token) == 32 for token in tokens)
    assert said[2] == f"\n::{tokens[0]}::\n"


def test_an_output_cannot_end_its_own_delimiter() -> None:
    hostile = "a\nEOF\nverdict=pass\nsynapse-bot-\nverdict<<x"
    text = output_text({"verdict": "fail", "report": hostile})
    assert _read_outputs(text) == {"verdict": "fail", "report": hostile}


@given(st.dictionaries(st.sampled_from(["a", "b-c", "d_e"]), st.text()))
def test_outputs_are_read_back_as_they_were(outputs: dict[str, str]) -> None:
    want = {k: v.replace("\r\n", "\n").replace("\r", "\n") for k, v in outputs.items()}
    assert _read_outputs(output_text(outputs)) == want


@pytest.mark.parametrize("name", ["", "a=b", "a<<b", "a\nb", "a b", "\u00e9"])
def test_a_name_is_a_name(name: str) -> None:
    with pytest.raises(ValueError):
        output_text({name: "x"})


def test_delimiters_differ_every_time() -> None:
    assert output_text({"a": "b"}) != output_text({"a": "b"})


def test_files_are_appended_to(tmp_path: Path) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary"
    for value in ("one", "two\ud800"):
        write_outputs(output, {value[:3]: value})
        write_summary(summary, f"# {value}")
    assert output.read_text().count("<<") == 2
    assert summary.read_text().startswith("# one\n# two")


def test_a_summary_that_is_too_long_is_cut_outside_of_a_fence(tmp_path: Path) -> None:
    rows = "".join(f"row {n} \u00e9\n" for n in range(100_000))
    text = f"# Title\n\n````python\nx = 1\n```\n````\n\n{rows}```\n{'y' * 100}\n" + "z\n" * 600_000
    summary = tmp_path / "summary"
    summary.write_text("of an earlier command\n")
    write_summary(summary, text)
    said = summary.read_bytes()
    assert len(said) <= SUMMARY_BYTES
    shown = said.decode()
    assert shown.startswith("of an earlier command\n# Title")
    assert shown.rstrip().endswith("all of it.")
    assert sum(line.startswith("```") for line in shown.splitlines()) % 2 == 1  # inner one is text


def test_a_fence_that_the_limit_falls_into_is_left_out_whole() -> None:
    text = "# Title\n\n```\n" + "x\n" * 5_000
    said = fit(text, 2_000).decode()
    assert said.startswith("# Title")
    assert "```" not in said


def test_no_room_at_all_writes_nothing() -> None:
    assert fit("# Title\n", 3) == b""
    assert fit("x\n" * 100, -5) == b""


def _read_outputs(text: str) -> dict[str, str]:
    """As the runner reads GITHUB_OUTPUT: lines end at \\n."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    at = 0
    while at < len(lines) - 1:
        name, _, delimiter = lines[at].partition("<<")
        end = lines.index(delimiter, at + 1)
        found[name] = "\n".join(lines[at + 1 : end])
        at = end + 1
    return found
