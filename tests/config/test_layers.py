"""Settings from their layers: precedence, origins, trust, digest (threats C1 and C2)."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.config.document import Document, parse_document
from synapse_bot.config.keys import ANY_ID, KEYS, Key, Trust
from synapse_bot.config.layers import effective, load_settings
from synapse_bot.config.settings import FilterMode, Sandbox
from synapse_bot.config.sources import Layer, parse_layer, settings_layer
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import Route

REPOSITORY = ".synapse-bot.yml"


def repo(text: str) -> Document:
    return parse_document(text.encode(), REPOSITORY)


def faults(*args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        load_settings(*args, **kwargs)
    return str(caught.value).split("\n")


def test_each_layer_wins_over_the_ones_below_it() -> None:
    user = parse_document(b"gate: {fail_on: low}\n", "config.yml")
    repository = repo("gate: {fail_on: medium}\n")
    given = parse_document(b"gate: {fail_on: info}\n", "mine.yml")
    variable = {"SYNAPSE_BOT__GATE__FAIL_ON": "high"}
    option = {"gate.fail_on": "critical"}
    expected = [
        (load_settings({}, {}), None, "default"),
        (load_settings({}, {}, None, user), Severity.LOW, "config.yml:1"),
        (load_settings({}, {}, repository, user), Severity.MEDIUM, f"{REPOSITORY}:1"),
        (load_settings({}, {}, repository, user, given=given), Severity.INFO, "mine.yml:1"),
        (
            load_settings({}, variable, repository, user, given=given),
            Severity.HIGH,
            "env SYNAPSE_BOT__GATE__FAIL_ON",
        ),
        (load_settings(option, variable, repository, user), Severity.CRITICAL, "--fail-on"),
    ]
    for settings, value, origin in expected:
        assert settings.gate.fail_on == value
        assert settings.origins["gate.fail_on"] == origin


def test_the_origin_names_the_line_and_the_base_revision() -> None:
    settings = load_settings({}, {}, repo("show:\n  max_findings: 3\n"), base="1a2b3c4d5e6f")
    assert settings.origins["show.max_findings"] == ".synapse-bot.yml:2 at 1a2b3c4"
    assert settings.show.max_findings == 3


def test_every_effective_value_has_an_origin() -> None:
    settings = load_settings({}, {}, repo("specialists: {python-bugs: {weight: 2}}\n"))
    assert set(effective(settings)) == set(settings.origins)


@pytest.mark.parametrize("empty", ["", None, (), []])
def test_what_is_not_given_never_overrides(empty: object) -> None:
    """CI passes empty inputs; they are not a choice."""
    settings = load_settings(
        {"gate.fail_on": empty, "review.only": empty},
        {"SYNAPSE_BOT__GATE__FAIL_ON": ""},
        repo("gate: {fail_on: high}\nreview: {only: [secrets]}\n"),
    )
    assert settings.gate.fail_on is Severity.HIGH
    assert settings.choice.only == ("secrets",)


def test_the_environment_spells_every_kind_of_value() -> None:
    settings = load_settings(
        {},
        {
            "SYNAPSE_BOT__SHOW__FILTER_MODE": "file",
            "SYNAPSE_BOT__SHOW__MIN_CONFIDENCE": "0.25",
            "SYNAPSE_BOT__LIMITS__DEADLINE": "90s",
            "SYNAPSE_BOT__REVIEW__ROUTE": "deep",
            "SYNAPSE_BOT__REVIEW__SKIP": "a, b",
            "SYNAPSE_BOT__EXCLUDE": "*.lock,vendor/",
            "SYNAPSE_BOT__SPECIALISTS__PYTHON_BUGS__ENABLED": "false",
            "SYNAPSE_BOT__SPECIALISTS__PYTHON_BUGS__SEVERITIES": "error=high,note=info",
            "SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS": "hadolint",
            "SYNAPSE_BOT__TOOLS__SANDBOX": "require",
            "OTHER": "x",
        },
    )
    assert settings.show.filter_mode is FilterMode.FILE
    assert settings.show.min_confidence == 0.25
    assert settings.limits.deadline_s == 90
    assert settings.choice.route is Route.DEEP
    assert settings.choice.skip == ("a", "b")
    assert settings.exclude == ("*.lock", "vendor/")
    assert settings.specialists["python-bugs"].enabled is False
    assert settings.specialists["python-bugs"].severities == {
        "error": Severity.HIGH,
        "note": Severity.INFO,
    }
    assert settings.choice.allow_commands == ("hadolint",)
    assert settings.tools.sandbox is Sandbox.REQUIRE


def test_faults_of_all_layers_come_at_once() -> None:
    found = faults(
        {"gate.fail_on": "hihg"},
        {"SYNAPSE_BOT__SHOW__MAX_FINDING": "3", "SYNAPSE_BOT__LIMITS__DEADLINE": "8"},
        repo("gate:\n  fail_no: low\n"),
        parse_document(b"exlude: []\n", "config.yml"),
    )
    assert found == [
        "config.yml:1: unknown key 'exlude' (did you mean \"exclude\"?)",
        ".synapse-bot.yml:2: unknown key 'gate.fail_no' (did you mean \"fail_on\"?)",
        'SYNAPSE_BOT__LIMITS__DEADLINE: needs a unit: "8s", "8m" or "8h"',
        "SYNAPSE_BOT__SHOW__MAX_FINDING: unknown setting"
        ' (did you mean "SYNAPSE_BOT__SHOW__MAX_FINDINGS"?)',
        "--fail-on: must be one of info, low, medium, high, critical, never, not 'hihg'"
        ' (did you mean "high"?)',
    ]


# One value for each kind of key, other than its default: what a layer might set.
EXAMPLES: dict[str, Any] = {
    "gate.fail_on": "high",
    "gate.on_incomplete": "neutral",
    "show.filter_mode": "none",
    "show.min_severity": "low",
    "show.min_confidence": 0.75,
    "show.max_findings": 20,
    "limits.deadline": "2m",
    "limits.late": "1m",
    "limits.max_files": 7,
    "limits.max_file_bytes": 2000,
    "limits.max_diff_bytes": 20000,
    "review.route": "deep",
    "review.incremental": False,
    "review.only": ["secrets"],
    "review.skip": ["secrets"],
    "review.required": ["secrets"],
    "exclude": ["docs/"],
    "specialists.*.enabled": False,
    "specialists.*.weight": 2.0,
    "specialists.*.deadline": "30s",
    "specialists.*.required": True,
    "specialists.*.exclude": ["tests/"],
    "specialists.*.severities": {"error": "low"},
    "specialists.allow_commands": ["make"],
    "tools.sandbox": "off",
    "specialists.allow_prompts": True,
    "models.default": "openai/some-model",
    "models.fallback": "anthropic/another",
    "models.base_url": "http://127.0.0.1:11434/v1",
    "models.max_usd": 0.25,
    "models.max_tokens": 5000,
    "models.catalogue": "prices.yaml",
    "models.verify": "anthropic/second",
    "models.judge": "openai/third",
    "models.triage": "openai/cheap",
    "models.samples": 3,
    "models.drafts": True,
    "models.bots": True,
    "models.describe": "off",
    "tools.semgrep_engine": "classic",
    "tools.cache_dir": "/tmp/elsewhere",
    "post.inline": False,
    "post.max_inline": 3,
    "post.summary": "repost",
    "post.resolve_outdated": "report",
    "post.labels": {"fail": "needs work", "deep": "deep review"},
    "post.instance": "nightly",
}


def nested(name: str, value: object) -> Document:
    """A settings file that holds one key, on its last line."""
    import json

    *sections, leaf = name.replace(ANY_ID, "secrets").split(".")
    lines = [f"{'  ' * depth}{word}:" for depth, word in enumerate(sections)]
    lines.append(f"{'  ' * len(sections)}{leaf}: {json.dumps(value)}")
    return repo("\n".join(lines) + "\n")


def test_there_is_an_example_for_every_key() -> None:
    assert set(EXAMPLES) == set(KEYS)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_a_repository_file_sets_what_its_trust_class_allows_and_nothing_else(key: Key) -> None:
    before = load_settings({}, {})
    document = nested(key.name, EXAMPLES[key.name])
    after = load_settings({}, {}, document)
    name = key.name.replace(ANY_ID, "secrets")
    if key.trust is Trust.REPO:
        assert effective(after)[name] == EXAMPLES[key.name]
        assert after.warnings == ()
        # How much work a review takes is no part of what it finds.
        assert (after.digest == before.digest) is (key.name == "review.incremental")
    else:
        assert effective(after) == effective(before)
        assert after.origins == before.origins
        assert after.digest == before.digest
        [warning] = after.warnings
        line = len(name.split("."))
        assert warning.startswith(f".synapse-bot.yml:{line}: {name} is ignored")


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_the_users_own_file_may_set_every_key(key: Key) -> None:
    after = load_settings({}, {}, None, nested(key.name, EXAMPLES[key.name]))
    assert effective(after)[key.name.replace(ANY_ID, "secrets")] == EXAMPLES[key.name]
    assert after.warnings == ()


def test_whatever_names_a_command_a_path_or_the_sandbox_is_the_hosts() -> None:
    risky = ("sandbox", "cache", "command", "engine", "url", "host", "token", "key", "path", "argv")
    for key in KEYS.values():
        leaf = key.name.rpartition(".")[2]
        if any(word in leaf for word in risky):
            assert key.trust is Trust.HOST, key.name


def test_the_digest_depends_on_the_values_and_on_nothing_else() -> None:
    one = load_settings({}, {}, repo("gate: {fail_on: high}\nexclude: [a]\n"))
    same = load_settings({"gate.fail_on": "high"}, {}, repo("exclude:\n  # why\n  - a\n"))
    other = load_settings({"gate.fail_on": "low"}, {}, repo("exclude: [a]\n"))
    assert one.digest == same.digest
    assert one.digest != other.digest


def test_a_section_with_all_its_keys_commented_out_is_no_fault() -> None:
    assert load_settings({}, {}, repo("gate:\n#  fail_on: high\n")).gate.fail_on is None


def test_a_layer_read_from_the_cache_equals_one_that_was_parsed(tmp_path: Any) -> None:
    raw = (
        b"gate: {fail_on: high}\nspecialists: {a: {severities: {x: low}}}\ntools: {sandbox: off}\n"
    )
    fresh = parse_layer(raw, REPOSITORY, Trust.REPO)
    cold = parse_layer(raw, REPOSITORY, Trust.REPO, tmp_path / "c")
    warm = parse_layer(raw, REPOSITORY, Trust.REPO, tmp_path / "c")
    assert fresh == cold == warm
    assert load_settings({}, {}, warm).warnings
    assert not parse_layer(raw, REPOSITORY, Trust.HOST, tmp_path / "c").warnings


def test_a_layer_is_taken_for_a_document() -> None:
    document = repo("gate: {fail_on: high}\n")
    assert load_settings({}, {}, settings_layer(document, Trust.REPO)) == load_settings(
        {}, {}, document
    )
    assert load_settings({}, {}, Layer()) == load_settings({}, {})
