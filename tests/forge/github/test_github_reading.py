"""The change and its diff: from git where it can be, else from the API page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ForgeFailed
from synapse_bot.forge.fake_github import FakeUser
from synapse_bot.forge.github_calls import PullPlace
from synapse_bot.forge.github_diff import file_of


def test_the_change_names_the_merge_base_though_the_base_moved(world: Any) -> None:
    world.repo.git("checkout", "-q", "main")
    world.repo.commit({"elsewhere.py": b"moved\n"}, "the base moves")
    world.fake.push(world.revisions())
    world.fake.labels = ["security"]
    for local in (True, False):
        change = asyncio.run(world.forge(local=local).change())
        assert change.base == world.fake.revisions.merge_base != world.fake.revisions.base
        assert change.head == world.fake.revisions.head
        assert (change.ref, change.repository) == ("#7", "team/shop")
        assert (change.labels, change.intent) == (("security",), "feature")
        assert change.author_kind is AuthorKind.PERSON


def test_a_bot_is_known_by_its_type_not_by_its_name(world: Any) -> None:
    world.fake.author = FakeUser(9, "not-really[bot]", "User")
    assert asyncio.run(world.forge().change()).author_kind is AuthorKind.PERSON
    world.fake.author = FakeUser(9, "renovate", "Bot")
    assert asyncio.run(world.forge().change()).author_kind is AuthorKind.BOT


def test_git_and_the_api_give_the_same_lines_and_texts(
    world: Any, read: Callable[..., Any]
) -> None:
    by_git, by_api = read(world.forge(local=True)), read(world.forge())
    assert by_git.diff.by_path.keys() == by_api.diff.by_path.keys()
    for path, file in by_git.diff.by_path.items():
        other = by_api.diff.by_path[path]
        assert (file.status, file.old_path) == (other.status, other.old_path), path
        assert file.binary == other.binary, path
        assert [h.body for h in file.hunks] == [h.body for h in other.hunks], path
        assert not other.error, path
    paths = [*by_git.diff.by_path, "deep/.synapse-bot/rules.yaml"]
    by_git_texts, by_api_texts = by_git.texts(*paths), by_api.texts(*paths)
    for path in paths:
        assert by_git_texts[path].content == by_api_texts[path].content, path


def test_nothing_is_asked_of_the_api_for_a_diff_that_git_has(
    world: Any, read: Callable[..., Any]
) -> None:
    read(world.forge(local=True))
    assert [path for _, path, _ in world.fake.requests] == ["/repos/team/shop/pulls/7"]


def test_configuration_is_read_at_the_base(world: Any) -> None:
    async def ask() -> None:
        forge = world.forge()
        change = await forge.change()
        assert await forge.base_paths(change, "deep/.synapse-bot") == (
            "deep/.synapse-bot/rules.yaml",
        )
        assert await forge.base_paths(change, "nowhere") == ()
        assert await forge.base_text(change, "deep/.synapse-bot/rules.yaml") == b"a: 1\n"
        assert await forge.base_text(change, "fresh.py") is None

    asyncio.run(ask())


def test_400_files_are_read_page_by_page_and_a_missing_patch_is_an_error(
    grow: Callable[..., Any], serve: Callable[..., Any], read: Callable[..., Any]
) -> None:
    body = b"".join(b"line %d\n" % n for n in range(63))
    files = {f"src/m{n:03}.py": body for n in range(400)}
    world = serve(grow({"README": b"x\n"}, files), no_patch=frozenset({"src/m250.py"}))
    diff = read(world.forge()).diff
    assert len(diff.files) == 400
    assert [file.path for file in diff.files if file.error] == ["src/m250.py"]
    assert "63 changed lines" in diff.by_path["src/m250.py"].error
    assert diff.errors == ()
    pages = [path for _, path, _ in world.fake.requests if "/files" in path]
    assert len(pages) == 4
    assert sum(len(file.added_lines) for file in diff.files) == 399 * 63


def test_files_beyond_the_list_are_an_error_of_the_diff(world: Any) -> None:
    forge = world.forge()

    async def ask() -> Any:
        change = await forge.change()
        forge._pull["changed_files"] = 3500
        return await forge.diff(change)

    assert "of 3500 files" in asyncio.run(ask()).errors[0]


def test_a_cut_patch_is_an_error_of_the_file() -> None:
    row = {"filename": "a.py", "status": "modified", "sha": "1" * 40, "changes": 9}
    assert file_of(row | {"patch": "@@ -1,3 +1,3 @@\n-a\n+b\n c"}).error
    assert file_of(row | {"patch": "@@ -1,1 +1,1 @@\n-a\n+b\n+eval(x)"}).error
    assert not file_of(row | {"patch": "@@ -1,2 +1,2 @@\n-a\n+b\n c"}).error


def test_github_enterprise_is_reached_below_its_path(
    grow: Callable[..., Any], serve: Callable[..., Any], kit: Any
) -> None:
    world = serve(grow({"a.py": b"a\n"}, {"a.py": b"b\n"}), root="/api/v3")
    world.cycle([kit.comment("a", next(iter(world.anchors().values())))])
    assert world.prints() == ["a"]
    paths = {path.partition("?")[0] for _, path, _ in world.fake.requests}
    assert "/api/graphql" in paths
    assert all(path.startswith("/api/") for path in paths)


@pytest.mark.parametrize("name", ["a", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", ""])
def test_a_repository_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ForgeFailed):
        PullPlace(name, 1)
