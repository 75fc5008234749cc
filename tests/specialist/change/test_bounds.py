"""A search for users that stops at a bound says so, and says how far it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.domain.opinion import Gap, GapKind
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.change import bounds, contracts, script_contracts

Task = Callable[..., Examination]
LANGUAGES: dict[str, Any] = {
    "py": (contracts, "def f{n}({a}):\n    return 1\n", "from lib import f{n}\n\nf{n}(1)\n"),
    "ts": (
        script_contracts,
        "export function f{n}({a}) {{\n  return 1\n}}\n",
        "import {{ f{n} }} from './lib'\n\nf{n}(1)\n",
    ),
}


@pytest.fixture
def task(scan: Any) -> Task:
    made: Task = scan.__globals__["examination"]
    return made


def change(ending: str, names: int, users: int, task: Task) -> Examination:
    """``names`` functions take one parameter more; ``users`` files call the first of them."""
    _, function, user = LANGUAGES[ending]
    lib = f"lib.{ending}"
    before = {lib: "".join(function.format(n=n, a="a") for n in range(names))}
    before |= {f"use{n}.{ending}": user.format(n=0) for n in range(users)}
    after = {lib: "".join(function.format(n=n, a="a, b") for n in range(names))}
    return task(before, after)


def look(ending: str, made: Examination) -> Any:
    return LANGUAGES[ending][0].scan(made, made.paths, None)


@pytest.mark.parametrize("ending", LANGUAGES)
def test_within_the_bounds_nothing_is_said(ending: str, task: Task) -> None:
    looked = look(ending, change(ending, names=2, users=2, task=task))
    assert looked.findings
    assert looked.gaps == ()


@pytest.mark.parametrize("ending", LANGUAGES)
def test_names_beyond_the_bound_are_counted(ending: str, task: Task) -> None:
    looked = look(ending, change(ending, names=73, users=1, task=task))
    searched = 73 + (ending == "ts")  # scripts are searched for the name of the module too
    assert looked.gaps == (Gap("", f"looked for users of 50 of {searched} changed names"),)


@pytest.mark.parametrize("ending", LANGUAGES)
def test_files_beyond_the_bound_are_counted(
    ending: str, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 3)
    looked = look(ending, change(ending, names=1, users=5, task=task))
    assert looked.findings, "what was found within it stands"
    assert [gap.why for gap in looked.gaps] == [
        "looked for users in 3 of 5 files that hold a changed name"
    ]


@pytest.mark.parametrize("ending", LANGUAGES)
def test_time_that_ran_out_is_said(
    ending: str, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "SECONDS", 0.0)
    looked = look(ending, change(ending, names=1, users=1, task=task))
    assert [gap.why for gap in looked.gaps] == [
        "stopped after 0 s: not all users of changed names are known"
    ]


def test_a_file_that_cannot_be_compared_is_named(task: Task) -> None:
    made = task({"a.py": "def f(:\n", "b.py": "x = 1\n"}, {"a.py": "f = 1\n", "b.py": "def g(:\n"})
    looked = contracts.scan(made, made.paths, None)  # type: ignore[arg-type]
    assert [(gap.path, gap.kind) for gap in looked.gaps] == [
        ("a.py", GapKind.UNPARSED),
        ("b.py", GapKind.UNPARSED),
    ]


def test_an_added_file_has_nothing_to_be_compared_with(task: Task) -> None:
    made = replace(task({}, {"a.py": "def f(:\n"}))
    assert contracts.scan(made, made.paths, None).gaps == ()  # type: ignore[arg-type]
