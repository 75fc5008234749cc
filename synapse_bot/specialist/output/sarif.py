"""SARIF 2.1.0 (OASIS), as linters write it: rules by id, index or extension, levels by default.

A result that carries a suppression is read like any other: whether a finding counts is not for
a comment in the change to say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.output.base import (
    MAX_WORD,
    OutputGarbage,
    RawFinding,
    as_cwe,
    as_number,
    as_text,
    bounded,
    decode,
    parse_json,
)
from synapse_bot.specialist.output.edits import sarif_edits
from synapse_bot.specialist.output.lookup import every, to_raw

if TYPE_CHECKING:
    from synapse_bot.domain.spec import OutputSpec

# SARIF's "precision" of a rule, as a confidence.
_PRECISION = {"very-high": "0.95", "high": "0.85", "medium": "0.6", "low": "0.3"}


def read_sarif(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    """Every result of every run. ``spec.fields`` override what the standard places say."""
    document = parse_json(decode(data))
    runs = document.get("runs") if isinstance(document, dict) else None
    if not isinstance(runs, list):
        raise OutputGarbage("no SARIF runs in the output")
    findings: list[RawFinding] = []
    for run in runs:
        if not isinstance(run, dict):
            raise OutputGarbage("a SARIF run is not an object")
        rules = _Rules(run)
        found = (_finding(result, rules, run, spec) for result in every(run, "results[]"))
        findings += filter(None, found)
    return bounded(findings)


class _Rules:
    """The rules that a run declares, found by a result's reference."""

    def __init__(self, run: dict[str, Any]) -> None:
        self._driver = every(run, "tool.driver.rules[]")
        self._extensions = [every(e, "rules[]") for e in every(run, "tool.extensions[]")]
        declared = [*self._driver, *(rule for rules in self._extensions for rule in rules)]
        self._by_id = {rule.get("id"): rule for rule in declared if isinstance(rule, dict)}

    def of(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """(rule id, its declaration or {})."""
        reference = result.get("rule")
        reference = reference if isinstance(reference, dict) else {}
        rule_id = as_text(result.get("ruleId") or reference.get("id"), MAX_WORD)
        if rule_id in self._by_id:
            return rule_id, self._by_id[rule_id]
        rule = self._by_index(result, reference)
        # "CA1000/1": a declared rule and a sub-rule.
        parent = self._by_id.get(rule_id.rpartition("/")[0])
        return rule_id or as_text(rule.get("id"), MAX_WORD), rule or parent or {}

    def _by_index(self, result: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
        index = result.get("ruleIndex", reference.get("index"))
        component = every(reference, "toolComponent.index")
        rules = self._driver
        if component and isinstance(component[0], int) and component[0] < len(self._extensions):
            rules = self._extensions[component[0]]
        if isinstance(index, int) and 0 <= index < len(rules) and isinstance(rules[index], dict):
            return dict(rules[index])
        return {}


def _finding(
    result: Any, rules: _Rules, run: dict[str, Any], spec: OutputSpec
) -> RawFinding | None:
    if not isinstance(result, dict):
        raise OutputGarbage("a SARIF result is not an object")
    if result.get("kind") in ("pass", "notApplicable", "informational"):
        return None
    rule_id, rule = rules.of(result)
    place = _first(result, "locations[0].physicalLocation")
    region = _first(place, "region")
    line = as_number(region.get("startLine"))
    raw = RawFinding(
        path=_path(place, run),
        line=line,
        end_line=as_number(region.get("endLine")) or line,
        column=as_number(region.get("startColumn")),
        end_column=as_number(region.get("endColumn")),
        rule=rule_id,
        message=_message(result, rule),
        severity=_severity(result, rule, spec),
        confidence=_PRECISION.get(_property(rule, "precision"), ""),
        url=as_text(rule.get("helpUri"), MAX_WORD),
        code=as_text(_first(region, "snippet").get("text")),
        cwe=as_cwe(
            [
                *every(result, "taxa[].id"),
                *(tag for tag in every(rule, "properties.tags[]") if "cwe" in str(tag).lower()),
                *every(rule, "properties.cwe"),
            ]
        ),
        edits=sarif_edits(result),
    )
    return _overridden(raw, result, spec) if spec.fields else raw


def _overridden(raw: RawFinding, result: dict[str, Any], spec: OutputSpec) -> RawFinding:
    """``raw`` with the values that the declaration takes from elsewhere in the result."""
    declared = to_raw(result, replace(spec, fields={"path": "=-", **spec.fields}))
    if declared is None:
        return raw
    changes = {name: getattr(declared, name) for name in spec.fields if getattr(declared, name)}
    return replace(raw, **changes)


def _first(value: Any, path: str) -> dict[str, Any]:
    found = every(value, path)
    return found[0] if found and isinstance(found[0], dict) else {}


def _path(place: dict[str, Any], run: dict[str, Any]) -> str:
    artifact = _first(place, "artifactLocation")
    if "uri" not in artifact:
        index = artifact.get("index")
        artifacts = every(run, "artifacts[]")
        if isinstance(index, int) and 0 <= index < len(artifacts):
            artifact = _first(artifacts[index], "location")
    uri = as_text(artifact.get("uri"))
    base = every(run, f"originalUriBaseIds.{artifact.get('uriBaseId')}.uri")
    return as_text(base[0]) + uri if base and uri else uri


def _message(result: dict[str, Any], rule: dict[str, Any]) -> str:
    message = _first(result, "message")
    if text := as_text(message.get("text")):
        return text
    declared = every(rule, f"messageStrings.{message.get('id')}.text")
    text = as_text(declared[0] if declared else None)
    arguments = message.get("arguments")
    for number, argument in enumerate(arguments[:10] if isinstance(arguments, list) else ()):
        text = text.replace(f"{{{number}}}", as_text(argument, MAX_WORD))
    return text or as_text(_first(rule, "shortDescription").get("text"))


def _severity(result: dict[str, Any], rule: dict[str, Any], spec: OutputSpec) -> str:
    """A word that the declaration maps, else GitHub's security-severity, else the level."""
    configured = every(rule, "defaultConfiguration.level")
    level = as_text(result.get("level") or (configured[0] if configured else "warning"), MAX_WORD)
    if level in spec.severities:
        return level
    score = _property(result, "security-severity") or _property(rule, "security-severity")
    return score or level


def _property(value: dict[str, Any], name: str) -> str:
    return as_text(_first(value, "properties").get(name), MAX_WORD)
