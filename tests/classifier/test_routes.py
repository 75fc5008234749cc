"""The route table: ordered, explained, and never less careful for knowing less."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.classifier.facts import UNKNOWN_LANGUAGE, Facts, Risk, facts_of
from synapse_bot.classifier.load import decode, encode, load_routes, merge_routes
from synapse_bot.classifier.parse import parse_routes
from synapse_bot.classifier.routes import NO_RULE, classify, decide
from synapse_bot.classifier.selection import check_ids
from synapse_bot.classifier.table import Condition, RouteRule, Routes, Selection, Span
from synapse_bot.config.data import data_dir
from synapse_bot.config.layers import load_settings
from synapse_bot.domain.change import AuthorKind, Change
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.history import History
from synapse_bot.domain.spec import Route

SHIPPED = load_routes(data_dir("rules") / "routes.yaml")
CALM = Risk(0.0)
SMALL = Facts(
    files=2, lines=30, paths=("src/a.py", "src/b.py"), languages=frozenset({"python"}), risk=CALM
)


def small(**changes: Any) -> Facts:
    return dataclasses.replace(SMALL, **changes)


def routed(facts: Facts) -> tuple[Route, str]:
    found = classify(facts, SHIPPED)
    return found.route, found.rationale.rule


@pytest.mark.parametrize(
    ("facts", "route", "rule"),
    [
        (SMALL, Route.FAST, "small"),
        (small(labels=("security",)), Route.DEEP, "security-label"),
        (small(labels=("Security",)), Route.DEEP, "security-label"),
        (small(labels=("area: docs", "CVE-2026-1")), Route.DEEP, "security-label"),
        (small(labels=("insecurity",)), Route.FAST, "small"),
        (small(paths=("src/auth/login.py",)), Route.DEEP, "security-paths"),
        (small(paths=("web/LoginForm.tsx",)), Route.DEEP, "security-paths"),
        (small(paths=("deploy/tls.pem",)), Route.DEEP, "security-paths"),
        (small(paths=(".env.production",)), Route.DEEP, "security-paths"),
        (small(paths=("src/author.py",)), Route.FAST, "small"),
        (small(paths=("src/tokenizer.py",)), Route.FAST, "small"),
        (small(paths=(".github/workflows/ci.yml",)), Route.DEEP, "pipeline-paths"),
        (small(paths=(".synapse-bot.yml",)), Route.DEEP, "pipeline-paths"),
        (small(paths=("docker/Dockerfile",)), Route.DEEP, "pipeline-paths"),
        (small(files=51), Route.DEEP, "large"),
        (small(lines=1001), Route.DEEP, "large"),
        (small(risk=Risk(0.5)), Route.DEEP, "risky"),
        (small(labels=("performance",)), Route.DEEP, "deep-label"),
        (small(paths=("README.md", "docs/a.svg"), lines=900), Route.FAST, "docs-only"),
        (small(paths=("README.md", "src/a.py"), lines=900), Route.DEEP, NO_RULE),
        (small(intent="hotfix", lines=250), Route.FAST, "hotfix"),
        (small(intent="hotfix", lines=350), Route.DEEP, NO_RULE),
        (small(lines=201), Route.DEEP, NO_RULE),
        (small(files=11), Route.DEEP, NO_RULE),
        (small(risk=Risk(0.35)), Route.DEEP, NO_RULE),
        (Facts(), Route.DEEP, NO_RULE),
    ],
)
def test_the_shipped_table(facts: Facts, route: Route, rule: str) -> None:
    assert routed(facts) == (route, rule)


@pytest.mark.parametrize("label", ["security", "vulnerability"])
def test_security_comes_before_a_hotfix(label: str) -> None:
    assert routed(small(intent="hotfix", labels=(label,))) == (Route.DEEP, "security-label")
    assert routed(small(intent="hotfix", paths=("app/session.py",)))[0] is Route.DEEP


def test_the_rationale_says_which_rule_why_and_from_what() -> None:
    facts = small(risk=Risk(0.6, ("a change of the database: m.sql",)), labels=("x",))
    rationale = classify(facts, SHIPPED).rationale
    assert rationale.rule == "risky"
    assert rationale.why == "Its risk score is high."
    assert rationale.facts == (
        "files=2",
        "lines=30",
        "languages=python",
        "risk=0.60 (a change of the database: m.sql)",
        "labels=x",
        "intent=none",
        "author=unknown",
        "churn=unknown",
        "fixes=unknown",
        "owners=unknown",
    )


def test_what_is_unknown_is_named_in_the_facts() -> None:
    assert classify(Facts(), SHIPPED).rationale.facts[:4] == (
        "files=unknown",
        "lines=unknown",
        "languages=unknown",
        "risk=unknown",
    )


@pytest.mark.parametrize("name", ["files", "lines", "paths", "risk"])
def test_a_change_about_which_too_little_is_known_goes_deep(name: str) -> None:
    assert routed(SMALL)[0] is Route.FAST
    assert routed(small(**{name: None}))[0] is Route.DEEP


def test_a_deep_rule_that_cannot_be_decided_keeps_a_later_one_from_the_fast_route() -> None:
    routes = Routes(
        (
            RouteRule("big", "big", Route.DEEP, Condition(files=Span(50))),
            RouteRule("hot", "hot", Route.FAST, Condition(intent=("hotfix",), lines=Span(None, 9))),
        )
    )
    found = classify(Facts(intent="hotfix", lines=3), routes)
    assert found.route is Route.DEEP
    assert found.rationale.rule == "big"
    assert found.rationale.why == "big cannot be ruled out: files unknown"
    assert classify(Facts(intent="hotfix", lines=3, files=3), routes).route is Route.FAST


def test_a_file_of_unknown_language_is_not_one_of_the_languages() -> None:
    every = Condition(only_languages=("python",))
    some = Condition(languages=("python",))
    mixed = Facts(languages=frozenset({"go", UNKNOWN_LANGUAGE}))
    python = Facts(languages=frozenset({"python", UNKNOWN_LANGUAGE}))
    assert decide(every, python) is None
    assert decide(every, mixed) is False
    assert decide(every, Facts(languages=frozenset())) is False
    assert decide(some, mixed) is None
    assert decide(some, python) is True


def test_all_and_any_nest() -> None:
    condition = Condition(
        all=(Condition(files=Span(1)), Condition(lines=Span(None, 10))),
        any=(Condition(intent=("fix",)), Condition(author=(AuthorKind.BOT,))),
    )
    assert decide(condition, Facts(files=1, lines=5, intent="fix")) is True
    assert decide(condition, Facts(files=1, lines=5, author=AuthorKind.BOT)) is True
    assert decide(condition, Facts(files=1, lines=5)) is False
    assert decide(condition, Facts(files=1, lines=50, intent="fix")) is False
    assert decide(condition, Facts(files=1, intent="fix")) is None


# Few values and one key a condition: rules that fire, and rules that just do not, are common.
_PATHS = st.lists(st.sampled_from(["src/a.py", "docs/b.md"]), max_size=2).map(tuple)
_GLOBS = st.sampled_from([("*.py",), ("docs/",), ("*.md", "src/**")])
_LANGUAGES = st.sampled_from([("python",), ("go",), ("python", "go")])
_SPANS = st.sampled_from([Span(2), Span(None, 2), Span(1, 2)])
_LEAVES = st.one_of(
    st.builds(Condition, labels=st.just(("x",))),
    st.builds(Condition, paths=_GLOBS),
    st.builds(Condition, only_paths=_GLOBS),
    st.builds(Condition, languages=_LANGUAGES),
    st.builds(Condition, only_languages=_LANGUAGES),
    st.builds(Condition, intent=st.just(("fix",))),
    st.builds(Condition, author=st.just((AuthorKind.BOT,))),
    st.builds(Condition, files=_SPANS),
    st.builds(Condition, lines=_SPANS),
    st.builds(Condition, risk=_SPANS),
    st.builds(Condition, churn=_SPANS),
    st.builds(Condition, fixes=_SPANS),
    st.builds(Condition, owners=_SPANS),
)
_PAIRS = st.lists(_LEAVES, min_size=2, max_size=2).map(tuple)
_CONDITIONS = st.one_of(
    _LEAVES, st.builds(Condition, all=_PAIRS), st.builds(Condition, files=_SPANS, any=_PAIRS)
)
_RULES = st.builds(
    RouteRule,
    id=st.sampled_from("abc"),
    why=st.just("why"),
    route=st.sampled_from(Route),
    when=_CONDITIONS,
)
_GUARDED = _CONDITIONS.map(
    lambda condition: Routes(
        (
            RouteRule("guard", "why", Route.DEEP, condition),
            RouteRule("rest", "why", Route.FAST, Condition(author=tuple(AuthorKind))),
        )
    )
)
_TABLES = st.one_of(_GUARDED, st.builds(Routes, st.lists(_RULES, max_size=3).map(tuple)))
_FACTS = st.builds(
    Facts,
    files=st.integers(0, 3),
    lines=st.integers(0, 3),
    paths=_PATHS,
    languages=st.frozensets(st.sampled_from(["python", "go"]), max_size=2),
    risk=st.builds(Risk, st.integers(0, 3).map(float)),
    labels=st.sampled_from([(), ("x",)]),
    intent=st.sampled_from(["", "fix"]),
    author=st.sampled_from(AuthorKind),
    churn=st.integers(0, 3),
    fixes=st.integers(0, 3),
    owners=st.integers(0, 3),
)
_FORGOTTEN = st.sets(
    st.sampled_from(["files", "lines", "paths", "languages", "risk", "churn", "fixes", "owners"])
)


@settings(max_examples=300)
@given(_TABLES, _FACTS, _FORGOTTEN)
def test_knowing_less_never_makes_the_review_shorter(
    table: Routes, facts: Facts, forgotten: set[str]
) -> None:
    less = dataclasses.replace(facts, **dict.fromkeys(forgotten))
    if classify(less, table).route is Route.FAST:
        assert classify(facts, table).route is Route.FAST


@settings(max_examples=300)
@given(_TABLES, _FACTS)
def test_an_unknown_language_never_makes_the_review_shorter(table: Routes, facts: Facts) -> None:
    assert facts.languages is not None
    for language in facts.languages:
        names = facts.languages - {language} | {UNKNOWN_LANGUAGE}
        less = dataclasses.replace(facts, languages=names)
        if classify(less, table).route is Route.FAST:
            assert classify(facts, table).route is Route.FAST


@settings(max_examples=300)
@given(_TABLES, _FACTS)
def test_with_everything_known_the_first_rule_that_holds_decides(
    table: Routes, facts: Facts
) -> None:
    first = next((rule for rule in table.rules if decide(rule.when, facts)), None)
    found = classify(facts, table)
    assert found.route is (first.route if first else Route.DEEP)
    assert found.rationale.rule == (first.id if first else NO_RULE)


@settings(max_examples=40)
@given(_TABLES)
def test_the_cache_holds_every_table_exactly(table: Routes) -> None:
    assert decode(json.loads(json.dumps(encode(table)))) == table


def test_a_cached_table_equals_a_fresh_one(tmp_path: Path) -> None:
    shipped = data_dir("rules") / "routes.yaml"
    cold = load_routes(shipped, cache_dir=tmp_path / "c")
    warm = load_routes(shipped, cache_dir=tmp_path / "c")
    assert SHIPPED == cold == warm


OWN = b"""\
rules:
  - id: ledger
    why: Money.
    when: {paths: ["/ledger/**"]}
    route: deep
    specialists: {only: [secrets], add: [spelling]}
  - id: clients
    why: Generated.
    when: {only_paths: ["/clients/**"]}
    route: fast
  - id: small
    why: Smaller than theirs.
    when: {files: {max: 1}, risk: {max: 0.1}}
    route: fast
risk:
  - id: ledger
    why: the ledger
    weight: 0.9
    paths: ["/ledger/**"]
"""


def test_rules_of_a_repository_come_after_the_guards_and_before_the_rest() -> None:
    shipped = data_dir("rules") / "routes.yaml"
    table = load_routes(shipped, OWN, ".synapse-bot/routes.yaml")
    guards = [rule.id for rule in SHIPPED.rules if rule.guard]
    rest = [rule.id for rule in SHIPPED.rules if not rule.guard]
    assert [rule.id for rule in table.rules] == [*guards, "ledger", "clients", *rest]
    assert next(rule for rule in table.rules if rule.id == "small").why == "Smaller than theirs."
    assert {signal.id for signal in table.risk} == {s.id for s in SHIPPED.risk} | {"ledger"}
    found = classify(small(paths=("ledger/a.py",)), table)
    assert found.rationale.rule == "ledger"
    assert found.selection == Selection(only=("secrets",), add=("spelling",))
    hidden = small(paths=("clients/auth/login.py",))
    assert classify(hidden, table).rationale.rule == "security-paths"


def test_a_repository_may_redefine_a_guard_by_its_name() -> None:
    own = Routes((RouteRule("large", "never", Route.DEEP, Condition(files=Span(500))),))
    merged = merge_routes(SHIPPED, own)
    assert [rule.id for rule in merged.rules] == [rule.id for rule in SHIPPED.rules]
    assert classify(small(files=60, lines=900), merged).rationale.rule == NO_RULE


def test_every_shipped_rule_for_the_fast_route_comes_after_every_guard() -> None:
    routes = [(rule.guard, rule.route) for rule in SHIPPED.rules]
    last_guard = max(index for index, (guard, _) in enumerate(routes) if guard)
    first_fast = min(index for index, (_, route) in enumerate(routes) if route is Route.FAST)
    assert last_guard < first_fast


def test_no_text_of_a_table_is_ever_evaluated() -> None:
    code = b"""\
rules:
  - id: a
    why: "{facts.__class__} ${HOME} `id`"
    when: {intent: ["__import__('os').system('id')"], files: {max: 3}}
    route: fast
"""
    [rule] = parse_routes(code, "r.yaml").rules
    assert rule.why == "{facts.__class__} ${HOME} `id`"
    assert decide(rule.when, Facts(files=1, intent="fix")) is False


def file(path: str, body: str = "+x", **keys: Any) -> FileDiff:
    hunk = Hunk(1, 0, 1, 1, "", body)
    return FileDiff(path, None, FileStatus.MODIFIED, hunks=(hunk,), **keys)


def test_the_facts_of_a_diff() -> None:
    renamed = dataclasses.replace(
        file("src/b.py", "+x\n-y\n z"), old_path="auth/b.py", status=FileStatus.RENAMED
    )
    diff = Diff((file("src/a.py"), renamed))
    change = Change("r", labels=("l",), intent="fix", author_kind=AuthorKind.BOT)
    facts = facts_of(change, diff, {"src/a.py": "python"}, CALM)
    assert facts == Facts(
        files=2,
        lines=3,
        paths=("src/a.py", "src/b.py", "auth/b.py"),
        languages=frozenset({"python", UNKNOWN_LANGUAGE}),
        risk=CALM,
        labels=("l",),
        intent="fix",
        author=AuthorKind.BOT,
    )
    assert classify(facts, SHIPPED).rationale.rule == "security-paths", "where it came from counts"


def test_a_file_that_could_not_be_parsed_leaves_the_size_unknown() -> None:
    diff = Diff((file("a.py"), dataclasses.replace(file("b.py"), error="broken")))
    facts = facts_of(Change("r"), diff, {}, CALM)
    assert facts.lines is None
    assert facts.files == 2
    assert classify(facts, SHIPPED).route is Route.DEEP
    nothing = facts_of(Change("r"), Diff((), errors=("broken",)), {}, CALM)
    assert (nothing.files, nothing.paths, nothing.languages) == (None, None, None)


def test_an_id_that_no_specialist_has_is_an_error_and_not_a_gap() -> None:
    chosen = load_settings({"review.only": ["secretz"], "review.skip": ["secrets"]}, {})
    rule = RouteRule("r", "w", Route.DEEP, Condition(files=Span(1)), selection=Selection(("typo",)))
    with pytest.raises(ConfigInvalid) as caught:
        check_ids(["secrets", "typos"], Routes((rule,)), chosen)
    assert str(caught.value).split("\n") == [
        "--only: no specialist is called 'secretz' (did you mean \"secrets\"?)",
        "routes.yaml: r: no specialist is called 'typo' (did you mean \"typos\"?)",
    ]
    check_ids(["secrets", "secretz", "typo"], Routes((rule,)), chosen)


def test_the_history_is_a_fact_that_a_rule_may_ask_for() -> None:
    history = History(300, {"a.py": 12, "b.py": 3}, {"a.py": 4}, owners={"a.py": ("@x", "@y")})
    facts = facts_of(Change("x"), Diff((file("a.py"), file("b.py"))), {}, None, history)
    assert (facts.churn, facts.fixes, facts.owners) == (12, 4, 2)
    routes = parse_routes(
        b"rules:\n- {id: often, why: w, route: deep, when: {churn: {min: 10}, fixes: {min: 3}}}\n"
        b"risk:\n- {id: r, why: w, weight: 0.5, fixes: {min: 1}, paths: ['*.py']}\n",
        "routes.yaml",
    )
    assert decide(routes.rules[0].when, facts) is True
    assert decide(routes.rules[0].when, Facts()) is None
    assert decode(json.loads(json.dumps(encode(routes)))) == routes
