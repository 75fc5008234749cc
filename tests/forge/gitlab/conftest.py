"""A real git repository behind a fake GitLab on loopback, and our forge in front of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from synapse_bot.domain.anchors import AnchorResolver
from synapse_bot.domain.change import Known
from synapse_bot.domain.diff import Diff, Side
from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import (
    Comment,
    Marker,
    MarkerKind,
    Posted,
)
from synapse_bot.forge.fake_gitlab import FakeGitLab, FakeToken, FakeUser
from synapse_bot.forge.faults import FaultPlan, FaultyApp, Loopback
from synapse_bot.forge.gitlab import open_gitlab
from synapse_bot.forge.gitlab_api import GitLabPlace, Patience, TokenKind
from synapse_bot.forge.gitlab_forge import GitLabForge
from synapse_bot.forge.limiter import Limiter
from synapse_bot.forge.local import LocalForge
from synapse_bot.forge.revisions import Range
from synapse_bot.runtime.reconcile import Owner, Scope, reconcile, reconcile_summary

BOT = FakeUser(77, "project_11_bot", bot=True)
PERSON = FakeUser(41, "reviewer")
INSTANCE = "default"


def entries_of(repo: Any, base: str, head: str) -> list[dict[str, Any]]:
    """What ``/diffs`` says, made by git itself."""
    raw = repo.git("diff", "--raw", "-z", "-M", "--no-abbrev", base, head).split(b"\0")[:-1]
    entries, at = [], 0
    while at < len(raw):
        old_mode, new_mode, _, _, letter = raw[at].decode().lstrip(":").split(" ")
        paths = raw[at + 1 : at + (3 if letter[0] in "RC" else 2)]
        at += 1 + len(paths)
        patch = repo.git("diff", "-M", "--text", base, head, "--", *(os.fsdecode(p) for p in paths))
        begin = patch.find(b"\n@@ -")
        entries.append(
            {
                "old_path": paths[0].decode(),
                "new_path": paths[-1].decode(),
                "a_mode": old_mode.replace("000000", "0"),
                "b_mode": new_mode.replace("000000", "0"),
                "diff": patch[begin + 1 :].decode() if begin >= 0 else "",
                "new_file": letter[0] == "A",
                "renamed_file": letter[0] == "R",
                "deleted_file": letter[0] == "D",
                "collapsed": False,
                "too_large": False,
                "generated_file": False,
            }
        )
    return entries


def comment(fingerprint: str, anchor: Any, text: str = "a finding") -> Comment:
    marker = encode(Marker(MarkerKind.FINDING, INSTANCE, fingerprint, by=("security",)))
    return Comment(fingerprint, f"{marker}\n**{fingerprint}**: {text}", anchor)


def summary_body(text: str) -> str:
    return f"{encode(Marker(MarkerKind.SUMMARY, INSTANCE))}\n{text}"


def every_line(diff: Diff) -> Iterator[tuple[str, Any]]:
    """A name and a resolver's anchor for every commentable line of both sides."""
    from synapse_bot.domain.finding import Location

    for file in diff.files:
        resolver = AnchorResolver(file)
        for side in (Side.OLD, Side.NEW):
            for point in resolver.points(side):
                line = point.on(side)
                assert line is not None
                yield (
                    f"{file.path}:{side}:{line}",
                    resolver.resolve(Location(file.path, line, line, side)),
                )


@dataclass
class World:
    repo: Any
    fake: FakeGitLab
    plan: FaultPlan
    url: str
    base: str
    head: str
    slept: list[float] = field(default_factory=list)

    def place(self, token: str = "good", **changes: Any) -> GitLabPlace:
        plain = GitLabPlace(
            f"{self.url}{self.fake.root}/api/v4",
            str(self.fake.project_id),
            self.fake.iid,
            token,
            TokenKind.ACCESS,
            Known(self.base, self.head, "group/shop", title="feat: a change"),
        )
        return replace(plain, **changes)

    def forge(
        self, *, local: bool = False, attempts: int = 2, place: GitLabPlace | None = None
    ) -> GitLabForge:
        return open_gitlab(
            place or self.place(),
            open_local=self.open_local if local else None,
            limiter=Limiter(interval_s=0, sleep=self.slept.append),
            patience=Patience((0.0,) * (attempts - 1)),
            sleep=self.slept.append,
        )

    def open_local(self, selected: Range) -> LocalForge:
        return LocalForge.open(self.repo.path, selected, environ={"PATH": os.environ["PATH"]})

    def diff(self) -> Diff:
        async def read() -> Diff:
            forge = self.open_local(Range(self.base, self.head))
            return await forge.diff(await forge.change())

        return asyncio.run(read())

    def cycle(
        self,
        wanted: list[Comment],
        summary: str = "all is well",
        *,
        forge: GitLabForge | None = None,
    ) -> Posted:
        """One whole run: read, compare, write."""
        return asyncio.run(self._cycle(wanted, summary, forge or self.forge()))

    async def _cycle(self, wanted: list[Comment], summary: str, forge: GitLabForge) -> Posted:
        change = await forge.change()
        access = await forge.access(change)
        owner = Owner(access.author_id, INSTANCE)
        existing = await forge.existing(change)
        paths = {e.anchor.path for e in existing if e.anchor} | {c.anchor.path for c in wanted}
        scope = Scope(frozenset(("security", path) for path in paths), frozenset(paths))
        delta = reconcile(existing, wanted, owner, scope=scope, max_inline=1000)
        said = reconcile_summary(existing, summary_body(summary), owner)
        return await forge.post(change, delta, said, key=change.key)

    def prints(self) -> list[str]:
        """Fingerprints of every finding that stands on the merge request."""
        from synapse_bot.domain.markers import parse

        markers = [parse(note["body"]) for note in self.fake.notes]
        return sorted(m.fingerprint for m in markers if m and m.kind is MarkerKind.FINDING)

    def summaries(self) -> list[str]:
        start = encode(Marker(MarkerKind.SUMMARY, INSTANCE))
        return [note["body"] for note in self.fake.notes if note["body"].startswith(start)]

    def writes(self) -> int:
        return len(self.plan.writes)


BASE_FILES: dict[str, bytes] = {
    "shop/cart.py": b"".join(b"line %d\n" % n for n in range(1, 41)),
    "shop/old_name.py": b"".join(b"renamed %d\n" % n for n in range(1, 31)),
    "shop/gone.py": b"one\ntwo\nthree\n",
    "caf\u00e9/na\u00efve \u201cquoted\u201d.py": b"a\nb\nc\nd\n",
    "tail.py": b"no newline at the end",
}


def changed_files() -> dict[str, bytes | None]:
    cart = BASE_FILES["shop/cart.py"].splitlines(keepends=True)
    cart[2:4] = [b"changed 3\n", b"added a\n", b"added b\n", b"added c\n"]
    del cart[32]
    moved = BASE_FILES["shop/old_name.py"].splitlines(keepends=True)
    moved[10] = b"edited\n"
    return {
        "shop/cart.py": b"".join(cart),
        "shop/old_name.py": None,
        "shop/new_name.py": b"".join(moved),
        "shop/gone.py": None,
        "shop/fresh.py": b"import os\nos.system(x)\n",
        "empty.py": b"",
        "caf\u00e9/na\u00efve \u201cquoted\u201d.py": b"a\nB\nc\nd\ne\n",
        "tail.py": b"now with one\n",
    }


@dataclass(frozen=True)
class Ground:
    """A repository with two commits, and what GitLab says of them."""

    repo: Any
    base: str
    head: str
    entries: list[dict[str, Any]]


def ground(repo: Any, files: dict[str, bytes | None]) -> Ground:
    base = repo.init().commit(BASE_FILES)
    head = repo.commit(files)
    return Ground(repo, base, head, entries_of(repo, base, head))


@pytest.fixture(scope="session")
def common_ground(new_repo: Any, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """For all tests that leave the repository as it is."""
    return ground(new_repo(tmp_path_factory.mktemp("gitlab") / "repository"), changed_files())


@pytest.fixture
def worlds(common_ground: Ground, new_repo: Any, tmp_path: Any) -> Iterator[Callable[..., World]]:
    """Makes worlds; each has a server of its own, and with ``files`` a repository too."""
    servers: list[Loopback] = []

    def make(root: str = "", files: dict[str, bytes | None] | None = None, **more: Any) -> World:
        own = tmp_path / f"repository{len(servers)}"
        found = common_ground if files is None else ground(new_repo(own), files)
        repo, base, head = found.repo, found.base, found.head
        refs = {"base_sha": base, "start_sha": base, "head_sha": head}
        tokens = {
            "good": FakeToken(BOT),
            "reader": FakeToken(BOT, ("read_api",)),
            "reporter": FakeToken(replace(BOT, level=20)),
            "person": FakeToken(PERSON),
            "job": FakeToken(BOT, kind="job"),
        }
        fake = FakeGitLab(list(found.entries), refs, tokens, root=root, **more)
        plan = FaultPlan()
        server = Loopback(FaultyApp(fake.app, plan))
        servers.append(server.__enter__())
        return World(repo, fake, plan, server.url, base, head)

    yield make
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    return worlds()


@pytest.fixture
def comments() -> Callable[[World], list[Comment]]:
    """One finding for every commentable line of the change."""

    def make(world: World) -> list[Comment]:
        lines = dict(every_line(world.diff()))
        return [comment(f"f{n}", anchor) for n, anchor in enumerate(lines.values())]

    return make


@pytest.fixture
def kit() -> Any:
    """The functions above, for tests that build their own."""

    class Kit:
        changed_files = staticmethod(changed_files)
        comment = staticmethod(comment)
        summary_body = staticmethod(summary_body)
        every_line = staticmethod(every_line)
        entries_of = staticmethod(entries_of)
        person = PERSON
        bot = BOT

    return Kit
