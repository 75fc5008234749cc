"""Readers of tools' output: what they understand, and that nothing hostile gets past them."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import OutputFormat, OutputSpec
from synapse_bot.specialist.output.base import (
    MAX_RESULTS,
    MAX_TEXT,
    OutputGarbage,
    RawFinding,
    TooManyResults,
    as_cwe,
    as_number,
)
from synapse_bot.specialist.output.lookup import every
from synapse_bot.specialist.output.table import READERS

SARIF = OutputSpec(OutputFormat.SARIF)


def read(format_: OutputFormat, data: Any, **spec: Any) -> tuple[RawFinding, ...]:
    raw = (
        data
        if isinstance(data, bytes)
        else data.encode()
        if isinstance(data, str)
        else json.dumps(data).encode()
    )
    return READERS[format_](raw, OutputSpec(format_, **spec))


def sarif(results: list[Any], rules: list[Any] | None = None, **run: Any) -> dict[str, Any]:
    driver = {"name": "x", "rules": rules or []}
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results, **run}]}


def result(**changes: Any) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": "src/a.py"},
        "region": {"startLine": 3, "endLine": 4, "startColumn": 5, "endColumn": 9},
    }
    base = {"ruleId": "R1", "message": {"text": "bad"}, "locations": [{"physicalLocation": place}]}
    return {**base, **changes}


def test_sarif_says_where_what_and_by_which_rule() -> None:
    rule = {
        "id": "R1",
        "helpUri": "https://example.org/R1",
        "properties": {
            "tags": ["security", "external/cwe/cwe-089"],
            "precision": "high",
            "security-severity": "8.1",
        },
    }
    (raw,) = read(OutputFormat.SARIF, sarif([result()], [rule]))
    assert raw == RawFinding(
        "src/a.py", 3, 4, 5, 9, "R1", "bad", "8.1", "0.85", "https://example.org/R1", cwe=(89,)
    )


def test_sarif_rules_are_found_by_index_by_extension_and_by_parent() -> None:
    rules = [{"id": "R0"}, {"id": "R1", "defaultConfiguration": {"level": "note"}}]
    by_index = result(ruleIndex=1)
    del by_index["ruleId"]
    (raw,) = read(OutputFormat.SARIF, sarif([by_index], rules))
    assert (raw.rule, raw.severity) == ("R1", "note")

    document = sarif([result(ruleId="", rule={"index": 0, "toolComponent": {"index": 0}})])
    document["runs"][0]["tool"]["extensions"] = [{"rules": [{"id": "E0"}]}]
    assert read(OutputFormat.SARIF, document)[0].rule == "E0"

    (raw,) = read(OutputFormat.SARIF, sarif([result(ruleId="R1/sub")], rules))
    assert (raw.rule, raw.severity) == ("R1/sub", "note")


def test_sarif_levels_default_to_warning_and_a_declaration_may_map_them() -> None:
    assert read(OutputFormat.SARIF, sarif([result()]))[0].severity == "warning"
    rule = {"id": "R1", "properties": {"security-severity": "9.9"}}
    document = sarif([result(level="error")], [rule])
    assert read(OutputFormat.SARIF, document)[0].severity == "9.9"
    mapped = read(OutputFormat.SARIF, document, severities={"error": Severity.LOW})
    assert mapped[0].severity == "error"


def test_sarif_messages_may_come_from_the_rule() -> None:
    rule = {"id": "R1", "messageStrings": {"m": {"text": "use {0} here"}}}
    (raw,) = read(
        OutputFormat.SARIF, sarif([result(message={"id": "m", "arguments": ["x"]})], [rule])
    )
    assert raw.message == "use x here"


def test_sarif_uris_may_be_relative_to_a_base_or_an_artifact() -> None:
    place = {"artifactLocation": {"uri": "a.py", "uriBaseId": "SRC"}}
    document = sarif(
        [result(locations=[{"physicalLocation": place}])],
        originalUriBaseIds={"SRC": {"uri": "file:///w/"}},
    )
    assert read(OutputFormat.SARIF, document)[0].path == "file:///w/a.py"
    by_index = result(locations=[{"physicalLocation": {"artifactLocation": {"index": 0}}}])
    document = sarif([by_index], artifacts=[{"location": {"uri": "b.py"}}])
    assert read(OutputFormat.SARIF, document)[0].path == "b.py"


def test_sarif_results_that_the_change_suppressed_are_read_all_the_same() -> None:
    suppressed = result(suppressions=[{"kind": "inSource"}])
    assert len(read(OutputFormat.SARIF, sarif([suppressed]))) == 1


def test_sarif_fields_may_be_taken_from_elsewhere() -> None:
    odd = result(properties={"symbol": "no-eval"})
    (raw,) = read(OutputFormat.SARIF, sarif([odd]), fields={"rule": "properties.symbol"})
    assert (raw.rule, raw.path, raw.line) == ("no-eval", "src/a.py", 3)


FIELDS = {"path": "file", "line": "at.row", "rule": "code", "message": "text"}
ITEM = {"file": "a.py", "at": {"row": 7}, "code": "C1", "text": "bad"}


@pytest.mark.parametrize(
    ("items", "document"),
    [
        ("", [ITEM, ITEM]),
        ("results", {"results": [ITEM, ITEM]}),
        ("runs[].results", {"runs": [{"results": [ITEM]}, {"results": [ITEM]}]}),
        ("files[0].messages", {"files": [{"messages": [ITEM, ITEM]}]}),
    ],
)
def test_json_results_lie_at_a_dotted_path(items: str, document: Any) -> None:
    raws = read(OutputFormat.JSON, document, items=items, fields=FIELDS)
    assert raws == (RawFinding("a.py", 7, 7, rule="C1", message="bad"),) * 2


def test_an_empty_list_of_runs_is_no_finding_and_a_missing_one_is_garbage() -> None:
    spec = {"items": "runs[].results", "fields": FIELDS}
    assert read(OutputFormat.JSON, {"runs": []}, **spec) == ()
    assert read(OutputFormat.JSON, {"runs": [{"results": []}]}, **spec) == ()
    with pytest.raises(OutputGarbage):
        read(OutputFormat.JSON, {"error": "no"}, **spec)


def test_fields_may_be_texts_with_paths_and_constants() -> None:
    item = {"path": "a.md", "line_num": 2, "typo": "teh", "corrections": ["the", "ten"]}
    fields = {
        "path": "path",
        "line": "line_num",
        "rule": "=typo",
        "message": "'{typo}' should be '{corrections}'",
    }
    (raw,) = read(OutputFormat.JSONL, json.dumps(item), fields=fields)
    assert (raw.rule, raw.message) == ("typo", "'teh' should be 'the, ten'")


def test_lines_and_columns_counted_from_zero_are_moved() -> None:
    fields = {"path": "p", "line": "l", "end_line": "e", "column": "c"}
    item = {"p": "a", "l": 0, "e": 2, "c": 4}
    (raw,) = read(OutputFormat.JSON, [item], fields=fields, lines_from=0, columns_from=0)
    assert (raw.line, raw.end_line, raw.column, raw.end_column) == (1, 3, 5, 0)


def test_json_lines_skip_blanks_and_lines_without_the_item() -> None:
    text = "\n" + json.dumps({"finding": ITEM}) + "\n\n" + json.dumps({"scan": {"done": True}})
    assert len(read(OutputFormat.JSONL, text, items="finding", fields=FIELDS)) == 1
    assert read(OutputFormat.JSONL, "", fields=FIELDS) == ()
    with pytest.raises(OutputGarbage):
        read(OutputFormat.JSONL, "panic!\n", fields=FIELDS)


def test_rdjson_is_read_without_a_mapping() -> None:
    diagnostic = {
        "message": "bad",
        "location": {"path": "a.go", "range": {"start": {"line": 3, "column": 2}}},
        "severity": "WARNING",
        "code": {"value": "SA1", "url": "https://example.org"},
    }
    expected = RawFinding("a.go", 3, 3, 2, 0, "SA1", "bad", "WARNING", url="https://example.org")
    assert read(OutputFormat.RDJSON, {"diagnostics": [diagnostic]}) == (expected,)
    assert read(OutputFormat.RDJSONL, json.dumps(diagnostic)) == (expected,)


PATTERN = (
    r"(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+): "
    r"\[(?P<severity>\w+)\] (?P<message>.*) \((?P<rule>[\w-]+)\)"
)


def test_text_lines_are_read_by_named_groups() -> None:
    text = "a.yml:3:1: [error] too long (line-length)\r\nsummary: 1 problem\n"
    (raw,) = read(OutputFormat.REGEX, text, pattern=PATTERN)
    assert raw == RawFinding("a.yml", 3, 3, 1, 0, "line-length", "too long", "error")


def test_a_long_line_is_cut_and_a_slow_pattern_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    text = ("a" * 5_000_000) + "\n" + "b.py:1: x\n"
    pattern = r"(?P<path>\w+\.py):(?P<line>\d+): (?P<message>.*)"
    assert len(read(OutputFormat.REGEX, text, pattern=pattern)) == 1
    assert time.monotonic() - started < 10
    monkeypatch.setattr("synapse_bot.specialist.output.regex.MAX_SECONDS", -1.0)
    with pytest.raises(OutputGarbage, match="took longer"):
        read(OutputFormat.REGEX, text, pattern=pattern)


def test_a_pattern_that_does_not_compile_is_garbage() -> None:
    with pytest.raises(OutputGarbage):
        read(OutputFormat.REGEX, "x", pattern="(")


def test_too_many_results_are_refused() -> None:
    with pytest.raises(TooManyResults):
        read(OutputFormat.JSON, [ITEM] * (MAX_RESULTS + 1), fields=FIELDS)


def test_values_are_bounded() -> None:
    huge = {"file": "a", "at": {"row": 10**30}, "code": "c" * 10_000, "text": "t" * 1_000_000}
    (raw,) = read(OutputFormat.JSON, [huge], fields=FIELDS)
    assert (raw.line, len(raw.message)) == (0, MAX_TEXT)
    assert len(raw.rule) <= 300


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("3", 3), ("3-7", 3), (3.0, 3), (True, 0), (-1, 0), (1e300, 0), ("x", 0), ([], 0),
     (None, 0), (float("nan"), 0), (float("inf"), 0), ("9" * 5000, 0)],
)  # fmt: skip
def test_a_line_number_is_a_small_whole_number_or_nothing(value: Any, number: int) -> None:
    assert as_number(value) == number


def test_cwe_numbers_are_found_in_every_spelling() -> None:
    assert as_cwe(["CWE-89: SQL", "external/cwe/cwe-079", 22, "none"]) == (22, 79, 89)
    assert as_cwe("CWE-78") == (78,)
    assert as_cwe(None) == ()


def test_a_path_through_a_list_takes_one_or_all() -> None:
    value = {"a": [{"b": 1}, {"b": 2}]}
    assert every(value, "a[].b") == [1, 2]
    assert every(value, "a[1].b") == [2]
    assert every(value, "a[9].b") == []
    assert every(value, "a.b") == []


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["runs", "results", "tool", "driver", "rules", "id", "ruleId", "ruleIndex", "rule",
             "locations", "physicalLocation", "artifactLocation", "uri", "uriBaseId", "index",
             "region", "startLine", "message", "text", "level", "properties", "tags", "file", "at",
             "extensions", "originalUriBaseIds", "arguments", "diagnostics", "location"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(document=JSONISH, format_=st.sampled_from(OutputFormat))
def test_any_json_is_read_or_is_garbage(document: Any, format_: OutputFormat) -> None:
    spec = OutputSpec(format_, pattern=PATTERN, fields=FIELDS if "json" in format_ else {})
    data = json.dumps({"runs": [document]} if format_ is OutputFormat.SARIF else document)
    try:
        raws = READERS[format_](data.encode(), spec)
    except OutputGarbage:
        return
    assert all(raw.path and raw.line >= 0 for raw in raws)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), format_=st.sampled_from(OutputFormat))
def test_any_bytes_are_read_or_are_garbage(data: bytes, format_: OutputFormat) -> None:
    spec = replace(SARIF, format=format_, pattern=PATTERN, fields=FIELDS)
    with contextlib.suppress(OutputGarbage):
        READERS[format_](data, spec)


@pytest.mark.parametrize("format_", OutputFormat)
@pytest.mark.parametrize("unit", ["[", '{"a":', '{"runs":['])
def test_a_million_levels_are_garbage_not_a_crash(format_: OutputFormat, unit: str) -> None:
    spec = OutputSpec(format_, pattern=PATTERN, fields=FIELDS)
    data = unit.encode() * 300_000
    if format_ is OutputFormat.REGEX:
        assert READERS[format_](data, spec) == ()
        return
    with pytest.raises(OutputGarbage):
        READERS[format_](data, spec)
