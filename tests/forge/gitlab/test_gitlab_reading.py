"""Reading a merge request: from the repository at hand, else from the API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.diff import FileKind, FileStatus
from synapse_bot.domain.errors import ForgeDenied, ForgeFailed
from synapse_bot.domain.review import Verdict
from synapse_bot.forge.fake_gitlab import FakeUser
from synapse_bot.forge.gitlab_api import GitLabPlace
from synapse_bot.forge.gitlab_diff import diff_of, file_of
from synapse_bot.forge.posting import (
    AuthorisingForge,
    LabelingForge,
    PostingForge,
    Status,
)


def _read(world: Any, **how: Any) -> Any:
    async def read() -> Any:
        forge = world.forge(**how)
        change = await forge.change()
        return forge, change, await forge.diff(change)

    return asyncio.run(read())


def _entry(**more: Any) -> dict[str, Any]:
    plain = {"old_path": "a.py", "new_path": "a.py", "a_mode": "100644", "b_mode": "100644"}
    return plain | {"diff": "@@ -1 +1 @@\n-a\n+b\n", "too_large": False, "collapsed": False} | more


def test_the_forge_has_every_optional_ability(world: Any) -> None:
    forge = world.forge()
    assert isinstance(forge, PostingForge)
    assert isinstance(forge, LabelingForge)
    assert isinstance(forge, AuthorisingForge)


def test_the_change_is_what_gitlab_says(world: Any) -> None:
    world.fake.title, world.fake.labels, world.fake.draft = "Draft: fix: it", ["security"], True
    _, change, _ = _read(world)
    assert (change.ref, change.base, change.head) == ("!7", world.base, world.head)
    assert (change.repository, change.branch) == ("group/shop", "feature")
    assert (change.title, change.labels) == ("Draft: fix: it", ("security",))
    assert change.author_kind is AuthorKind.PERSON
    assert change.draft


def test_a_bot_is_known_by_its_record_not_by_its_name(world: Any) -> None:
    world.fake.author = FakeUser(90, "dependency_bot[bot]")
    assert _read(world)[1].author_kind is AuthorKind.PERSON
    world.fake.author = FakeUser(90, "harmless", bot=True)
    assert _read(world)[1].author_kind is AuthorKind.BOT


def test_both_ways_to_the_diff_show_the_same_lines(world: Any) -> None:
    local, remote = _read(world, local=True)[2], _read(world)[2]
    assert set(local.by_path) == set(remote.by_path)
    for path, file in local.by_path.items():
        other = remote.by_path[path]
        assert [list(h.lines()) for h in other.hunks] == [list(h.lines()) for h in file.hunks]
        assert (other.status, other.old_path, other.error) == (file.status, file.old_path, "")


def test_the_local_repository_spares_the_requests(world: Any) -> None:
    world.plan.begin()
    _read(world, local=True)
    assert not any("/diffs" in seen.path for seen in world.plan.seen)


def test_a_repository_without_the_revisions_is_passed_over(worlds: Any, kit: Any) -> None:
    world = worlds(files=kit.changed_files())
    world.repo.git("checkout", "-q", "--orphan", "other")
    world.repo.git("branch", "-D", "main")
    world.repo.git("reflog", "expire", "--expire=all", "--all")
    world.repo.git("gc", "-q", "--prune=now")
    world.plan.begin()
    diff = _read(world, local=True)[2]
    assert len(diff.files) == len(world.fake.entries)
    assert any("/diffs" in seen.path for seen in world.plan.seen)


def test_four_hundred_files_come_page_by_page(world: Any) -> None:
    world.fake.entries = [_entry(old_path=f"f{n}.py", new_path=f"f{n}.py") for n in range(400)]
    world.plan.begin()
    diff = _read(world)[2]
    assert (len(diff.files), diff.errors) == (400, ())
    assert sum("/diffs" in seen.path for seen in world.plan.seen) == 4


@pytest.mark.parametrize("count", ["1000+", "12"])
def test_files_beyond_gitlabs_limit_are_an_error_of_the_diff(count: str) -> None:
    assert "GIT_DEPTH" in diff_of([_entry()], count).errors[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"diff": "", "too_large": True}, "too large"),
        ({"diff": "", "collapsed": True}, "collapsed"),
        ({"diff": ""}, "no diff"),
        ({"diff": "", "new_file": True, "too_large": None, "collapsed": None}, ""),
        ({"diff": "@@ -1 +1 @@\n-a\n"}, "shorter"),
        ({"diff": "@@ -1 +1 @@\n-a\n+b\nnonsense\n"}, "could not be parsed"),
        ({"diff": "", "renamed_file": True, "new_path": "b.py"}, ""),
        ({"diff": "", "b_mode": "100755"}, ""),
    ],
)
def test_what_gitlab_leaves_out_is_said(more: dict[str, Any], said: str) -> None:
    error = file_of(_entry(**more)).error
    assert said in error
    assert bool(error) is bool(said)


def test_an_older_version_without_flags_is_not_believed() -> None:
    entry = _entry(diff="", new_file=True)
    del entry["too_large"], entry["collapsed"]
    assert file_of(entry).error


def test_kinds_and_statuses_of_entries() -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5"
    hunk = "@@ -0,0 +1,3 @@\n" + "".join(f"+{line}\n" for line in pointer.split("\n"))
    assert file_of(_entry(diff=hunk, new_file=True)).kind is FileKind.LFS_POINTER
    assert file_of(_entry(b_mode="120000")).kind is FileKind.SYMLINK
    assert file_of(_entry(b_mode="160000")).kind is FileKind.SUBMODULE
    assert file_of(_entry(diff="Binary files a/a.py and b/a.py differ\n")).binary
    gone = file_of(_entry(deleted_file=True, b_mode="0"))
    assert (gone.status, gone.path, gone.new_mode) == (FileStatus.DELETED, "a.py", "")


def test_content_without_a_repository_comes_from_the_api(world: Any) -> None:
    name = "caf\u00e9/na\u00efve \u201cquoted\u201d.py"
    world.fake.blobs = {
        (world.head, name): b"head\n",
        (world.base, "shop/cart.py"): b"base\n",
        **{(world.base, f".synapse-bot/s/{n:03}.yaml"): b"" for n in range(230)},
    }

    async def read() -> Any:
        forge = world.forge()
        change = await forge.change()
        texts = await forge.head_texts(change, [name, "shop/gone.py", "nowhere.py"])
        paths = await forge.base_paths(change, ".synapse-bot")
        nothing = await forge.base_paths(change, "nowhere")
        cart = await forge.base_text(change, "shop/cart.py")
        return texts, paths, nothing, cart, await forge.base_text(change, "nowhere.py")

    texts, paths, nothing, cart, missing = asyncio.run(read())
    assert texts[name].content == b"head\n"
    assert texts["shop/gone.py"].error
    assert texts["nowhere.py"].error
    assert (len(paths), nothing, cart, missing) == (230, (), b"base\n", None)


@pytest.mark.parametrize("root", ["", "/gitlab", "/a/deep/path"])
@pytest.mark.parametrize("project", ["11", "group/shop"])
def test_a_self_managed_instance_below_a_path(
    worlds: Any, kit: Any, root: str, project: str
) -> None:
    world = worlds(root=root)
    place = world.place(project=project)
    anchors = dict(kit.every_line(world.diff()))
    wanted = [kit.comment("f1", anchors["shop/cart.py:new:5"])]
    posted = world.cycle(wanted, forge=world.forge(place=place))
    assert posted.created == 2
    assert all(seen.path.startswith(f"{root}/api/v4/") for seen in world.plan.seen)


@pytest.mark.parametrize(
    "url",
    [
        "gitlab.test/api/v4",
        "ftp://gitlab.test/api/v4",
        "https://user:pw@gitlab.test/api/v4",
        "https://",
        "",
    ],
)
def test_what_is_no_address_is_refused_before_any_request(url: str) -> None:
    with pytest.raises(ForgeFailed):
        _ = GitLabPlace(url, "1", 1).root_url


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.PASS, "success"), (Verdict.FAIL, "failed"), (Verdict.INCOMPLETE, "skipped")],
)
def test_the_status_says_the_verdict_once(world: Any, verdict: Verdict, state: str) -> None:
    async def twice() -> None:
        for _ in range(2):
            forge = world.forge()
            change = await forge.change()
            status = Status(verdict, "why\nit is so " + "x" * 300, url="https://ci.test/1")
            assert await forge.set_status(change, status) == "https://ci.test/1"

    asyncio.run(twice())
    (found,) = world.fake.statuses
    assert (found["status"], found["sha"]) == (state, world.head)
    assert len(found["description"]) == 255
    assert sum("/statuses/" in seen.path for seen in world.plan.writes) == 1


def test_incomplete_is_never_a_success_in_an_older_version(world: Any) -> None:
    world.fake.features.skipped_status = False

    async def twice() -> None:
        for title in ("not reviewed: deadline", "not reviewed: deadline"):
            forge = world.forge()
            await forge.set_status(await forge.change(), Status(Verdict.INCOMPLETE, title))

    asyncio.run(twice())
    assert [found["status"] for found in world.fake.statuses] == ["canceled"]


def test_a_new_reason_for_the_same_state_does_not_fail_the_run(world: Any) -> None:
    async def twice() -> None:
        for title in ("3 findings", "4 findings"):
            forge = world.forge()
            await forge.set_status(await forge.change(), Status(Verdict.FAIL, title))

    asyncio.run(twice())
    assert [found["status"] for found in world.fake.statuses] == ["failed"]


def test_a_token_that_may_not_set_a_status_sets_none(world: Any) -> None:
    async def run() -> str:
        forge = world.forge(place=world.place("reporter"))
        return await forge.set_status(await forge.change(), Status(Verdict.PASS, "ok", url="u"))

    assert asyncio.run(run()) == ""
    assert world.fake.statuses == []


def test_only_labels_that_are_lacking_are_added(world: Any) -> None:
    world.fake.labels = ["kept"]

    async def run() -> None:
        forge = world.forge()
        change = await forge.change()
        await forge.add_labels(change, ("kept", "review::fail", "a,b"))
        world.plan.begin()
        await forge.add_labels(change, ("kept", "review::fail"))

    asyncio.run(run())
    assert world.fake.labels == ["kept", "review::fail"]
    assert world.writes() == 0


def test_who_may_command_is_proved_by_number(world: Any, kit: Any) -> None:
    world.fake.author = FakeUser(50, "guest", level=10)

    async def ask(*people: tuple[str, str]) -> list[bool]:
        forge = world.forge()
        change = await forge.change()
        return [await forge.may_command(change, *person) for person in people]

    asked = [(str(kit.person.id), "x"), ("50", "reviewer"), ("999", "reviewer"), ("41/../50", "")]
    assert asyncio.run(ask(*asked)) == [True, False, False, False]


def test_a_fork_is_known_from_the_projects(world: Any) -> None:
    world.fake.source_project_id = 12

    async def run() -> Any:
        forge = world.forge()
        return await forge.access(await forge.change())

    access = asyncio.run(run())
    assert (access.from_fork, access.author_id) == (True, "77")


def test_a_redirect_to_another_host_gets_no_token(world: Any) -> None:
    from synapse_bot.forge.faults import Fault, FaultKind

    away = (("Location", "http://127.0.0.1:9/api/v4/projects/11"),)
    world.plan.begin({0: Fault(FaultKind.ANSWER, 302, away)})
    with pytest.raises((ForgeDenied, ForgeFailed)):
        asyncio.run(world.forge().change())


def test_revisions_that_are_not_computed_yet_are_waited_for(world: Any) -> None:
    refs = world.fake.refs
    world.fake.refs = {**refs}
    from synapse_bot.forge.faults import Fault, FaultKind

    world.plan.begin({0: Fault(FaultKind.ANSWER, 200, body={"diff_refs": None})})
    assert _read(world)[1].head == world.head
    assert 1.0 in world.slept


def test_the_token_is_in_no_repr() -> None:
    place = replace(GitLabPlace("https://gitlab.test/api/v4", "1", 1), token="glpat-x")
    assert "glpat" not in repr(place)
