"""Everybody who asks whether a path is a test is given the same answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.config.data import data_dir
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus
from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.opinion import Opinion
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import Context
from synapse_bot.negotiation.references import Grounds, references_to_tests
from synapse_bot.specialist.builders import BUILDERS
from synapse_bot.specialist.change.tested import named_tests, touches_tests
from synapse_bot.specialist.context.index import Index
from synapse_bot.specialist.context.related import related
from synapse_bot.specialist.context.symbols import read_symbols
from synapse_bot.specialist.example import change_between
from synapse_bot.specialist.loader import load_specialists
from synapse_bot.specialist.secret_patterns import load_patterns, secrets_in
from synapse_bot.specialist.tool import ToolSpecialist

if TYPE_CHECKING:
    from synapse_bot.domain.spec import SpecialistSpec

KINDS = load_filekinds().paths
RULES = data_dir("rules")
SPECS = {spec.id: spec for spec in load_specialists(data_dir("specialists")).specs}
TOKEN = 'headers = {"Authorization": "Bearer q7Zp' + 'K2mVx9RtB4nLc8WsYd3HfJ6g"}\n'

PATHS = (
    *("app/shop.py", "app/latest.py", "com/example/shop.py", "features/cart.py"),
    *("tests/test_shop.py", "app/shop_test.py", "app/conftest.py", "spec/shop.py", "testing/a.py"),
    *("docs/conf.py", "examples/shop.py", "docs_src/a/tutorial.py", "example/main.py"),
)


def _touches(path: str) -> bool:
    return touches_tests(Diff((FileDiff(path, path, FileStatus.MODIFIED),)), KINDS)


def _has_named_test(path: str) -> bool:
    return path in named_tests([path], KINDS).values()


def _may_be_named_by_a_debater(path: str) -> bool:
    return bool(references_to_tests(Grounds({path: ("def test_it():",)}, kinds=KINDS), 9))


def _is_shown_as_a_test(path: str) -> bool:
    was, now = "def price(a):\n    return a\n", "def price(a):\n    return a + 1\n"
    changed = change_between({"lib/price.py": was}, {"lib/price.py": now}).files[0]
    before, user = read_symbols("a.py", was.encode()), read_symbols("a.py", b"price(1)\n")
    head = read_symbols("a.py", now.encode())
    assert head is not None
    assert user is not None
    places = related(changed, head, before, Index({path: user}), KINDS)
    (kind,) = {place.kind for place in places if place.path == path}
    return kind is Context.TESTS


ASK_WHETHER_IT_IS_A_TEST = {
    "untested": _touches,
    "a module's tests": _has_named_test,
    "debates": _may_be_named_by_a_debater,
    "context of a model": _is_shown_as_a_test,
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ASK_WHETHER_IT_IS_A_TEST)
def test_whoever_asks_for_tests_gets_the_declared_answer(who: str, path: str) -> None:
    assert ASK_WHETHER_IT_IS_A_TEST[who](path) is KINDS.is_test(path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "spec", [s for s in SPECS.values() if "doubted_in" in s.builder_params], ids=lambda s: s.id
)
def test_a_specialist_doubts_what_is_found_in_tests_documentation_and_examples(
    spec: SpecialistSpec, path: str
) -> None:
    found = Finding("r", "m", Location(path, 1, 1), Severity.HIGH, 0.9, spec.id, "f")
    found = replace(found, tool_rule="private-key")  # among what `secrets` doubts, too
    (weighed,) = BUILDERS[spec.result_builder]([found], spec.builder_params, KINDS)
    assert weighed.confidence == (0.45 if KINDS.is_aside(path) else 0.9)


def test_the_token_of_a_provider_is_a_token_wherever_it_stands() -> None:
    spec, (path,) = SPECS["secrets"], [p for p in PATHS if KINDS.is_aside(p)][:1]
    found = Finding("r", "m", Location(path, 1, 1), Severity.HIGH, 0.9, spec.id, "f")
    found = replace(found, tool_rule="github-pat")
    assert BUILDERS[spec.result_builder]([found], spec.builder_params, KINDS) == (found,)


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_in_tests_documentation_and_examples_weighs_half(path: str) -> None:
    (found,) = secrets_in(path, TOKEN, load_patterns(RULES / "secrets.yaml"), KINDS)
    (sure,) = secrets_in("app/shop.py", TOKEN, load_patterns(RULES / "secrets.yaml"), KINDS)
    half = float(found.confidence) < 0.6 * float(sure.confidence)
    assert half is KINDS.is_aside(path)


@pytest.mark.parametrize("path", PATHS)
def test_an_application_has_no_tests_documentation_and_examples(lab: Any, path: str) -> None:
    text = (
        "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n"
        '@app.get("/x")\ndef x():\n    return {"x": eval(request.args["x"])}\n'
    )
    spec = SPECS["python-web"]
    specialist = ToolSpecialist(spec, lab.toolbox(), lab.taxonomy, RULES, lab.sandbox)
    outcome = asyncio.run(specialist.examine(lab.task({path: text})))
    assert isinstance(outcome, Opinion)
    assert bool(outcome.findings) is not KINDS.is_aside(path)
