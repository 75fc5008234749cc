"""The background of a change: from real git, once, in time, and no more than may be told."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.classifier.filekinds import FileKinds
from synapse_bot.config.settings import Describe
from synapse_bot.domain.change import Change
from synapse_bot.domain.errors import ForgeDenied, GitFailed
from synapse_bot.forge.local import LocalForge, Range
from synapse_bot.forge.posting import Access
from synapse_bot.runtime import context
from synapse_bot.runtime.context import NO_REPOSITORY, Backdrop, gather
from synapse_bot.runtime.survey import Source, Survey, past_of
from synapse_bot.specialist.context.background import Background

BASE = {
    "page.py": "def page(rows):\n    return rows\n",
    "view.py": "def view():\n    return page([])\n",
    "vendor/view.py": "def vendored():\n    return page([])\n",
    "AGENTS.md": "Be kind.\n",
}


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """Of a branch that gives `page` a parameter."""
    root = tmp_path / "project"
    for path, text in BASE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "start")
    _git(root, "checkout", "-q", "-b", "feature")
    (root / "page.py").write_text("def page(rows, size):\n    return rows[:size]\n")
    _git(root, "commit", "-qam", "feat: sizes\n\nSo that pages end.")
    forge = LocalForge.open(root, Range(), environ={"PATH": os.environ["PATH"]})

    async def read() -> Survey:
        change = await forge.change()
        diff = await forge.diff(change)
        texts = await forge.head_texts(change, [file.path for file in diff.files])
        source = Source(forge, change, FileKinds(vendored=("vendor/",)), Describe.AUTO)
        heads = {path: text.content for path, text in texts.items()}
        past = past_of(forge, change)
        return Survey(diff, heads, {}, frozenset(), {}, past=past, source=source)

    return asyncio.run(read())


def _told(survey: Survey, tmp_path: Path, **changes: Any) -> Background:
    assert survey.source is not None
    source = replace(survey.source, **changes)
    return asyncio.run(gather(replace(survey, source=source), tmp_path))


def test_it_knows_who_calls_what_changed_and_passes_over_what_is_not_the_teams_own(
    survey: Survey, tmp_path: Path
) -> None:
    found = _told(survey, tmp_path)
    assert [place.path for place in found.places["page.py"]] == ["view.py"]
    assert found.lines["view.py"][:2] == ("def view():", "    return page([])")
    assert [guide.path for guide in found.guides] == ["AGENTS.md"]
    assert (found.title, found.commits) == ("feat: sizes", ("feat: sizes\n\nSo that pages end.",))
    assert found.notes == ()


def test_a_second_run_takes_the_symbols_from_the_cache(survey: Survey, tmp_path: Path) -> None:
    cache = tmp_path / "symbols"
    first = _told(survey, tmp_path, cache=cache)
    assert len(list(cache.glob("*.json"))) == 1
    assert _told(survey, tmp_path, cache=cache) == first


@dataclass
class Posting:
    """The forge of a merge request: from a fork or not, or one that does not say."""

    local: LocalForge
    fork: bool | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.local, name)

    async def access(self, change: Change) -> Access:
        if self.fork is None:
            raise ForgeDenied("who asks?")
        return Access("1", from_fork=self.fork)

    existing = post = set_status = access


@pytest.mark.parametrize(
    ("fork", "describe", "expected"),
    [
        (False, Describe.AUTO, True),
        (True, Describe.AUTO, False),
        (None, Describe.AUTO, False),
        (True, Describe.ON, True),
        (False, Describe.OFF, False),
    ],
)
def test_what_a_forks_author_says_is_told_only_where_the_host_wants_it(
    survey: Survey, tmp_path: Path, fork: bool | None, describe: Describe, expected: bool
) -> None:
    assert survey.source is not None
    assert isinstance(survey.source.forge, LocalForge)
    forge = Posting(survey.source.forge, fork)
    found = _told(survey, tmp_path, forge=forge, describe=describe)
    assert (bool(found.title), bool(found.commits)) == (expected, expected)


def test_the_description_is_told_with_the_title_and_without_names(
    survey: Survey, tmp_path: Path
) -> None:
    assert survey.source is not None
    body = "Pages count from 1.\n\nSigned-off-by: Ann <ann@example.org>"
    change = replace(survey.source.change, title="fix: pages", body=body)
    found = _told(survey, tmp_path, change=change, describe=Describe.ON)
    assert found.title == "fix: pages\n\nPages count from 1."


def test_without_a_repository_there_is_the_change_alone_and_a_note(
    survey: Survey, tmp_path: Path
) -> None:
    found = asyncio.run(gather(replace(survey, past=None), tmp_path))
    assert found.places == {}
    assert set(found.symbols) == {"page.py"}
    assert found.notes == (NO_REPOSITORY,)


class Broken:
    """A base that git cannot read any more."""

    gaps: tuple[str, ...] = ()

    def tree(self) -> Any:
        raise GitFailed("the object database is gone")


def test_a_repository_that_cannot_be_read_costs_context_and_never_the_review(
    survey: Survey, tmp_path: Path
) -> None:
    broken: Any = Broken()
    found = asyncio.run(gather(replace(survey, past=broken), tmp_path))
    assert set(found.symbols) == {"page.py"}
    assert "the object database is gone" in found.notes[0]


def test_it_is_gathered_once_for_all_who_ask(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    async def counted(*given: Any) -> Background:
        calls.append(given)
        await asyncio.sleep(0)
        return Background(title="once")

    monkeypatch.setattr(context, "gather", counted)

    async def ask() -> list[Background]:
        backdrop = Backdrop(survey, tmp_path)
        found = await asyncio.gather(backdrop.background(), backdrop.background())
        await backdrop.aclose()
        return list(found)

    assert {found.title for found in asyncio.run(ask())} == {"once"}
    assert len(calls) == 1


def test_a_call_waits_for_it_no_longer_than_there_is_patience(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Callable[[], None]] = []

    async def endless(*given: Any) -> Background:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(lambda: None)
        raise AssertionError("an event that nobody sets")

    monkeypatch.setattr(context, "gather", endless)
    monkeypatch.setattr(context, "_PATIENCE_S", 0.01)

    async def ask() -> Background:
        backdrop = Backdrop(survey, tmp_path)
        found = await backdrop.background()
        await backdrop.aclose()
        return found

    assert asyncio.run(ask()).notes == (context.LATE,)
    assert len(ended) == 1, "what nobody waits for is ended"
