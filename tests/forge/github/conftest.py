"""A real git repository behind a fake GitHub on loopback, and our forge in front of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from synapse_bot.domain.anchors import AnchorResolver
from synapse_bot.domain.diff import Diff, Side
from synapse_bot.domain.finding import Location
from synapse_bot.domain.markers import encode, parse
from synapse_bot.domain.posting import Anchor, Comment, Delta, Marker, MarkerKind, Posted
from synapse_bot.domain.review import Verdict
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeGitHub, FakeToken
from synapse_bot.forge.fake_github_repository import FakeRevisions
from synapse_bot.forge.faults import FaultPlan, FaultyApp, Loopback
from synapse_bot.forge.github import open_github
from synapse_bot.forge.github_calls import PullPlace
from synapse_bot.forge.github_forge import GitHubForge
from synapse_bot.forge.limiter import Limiter
from synapse_bot.forge.local import LocalForge
from synapse_bot.forge.posting import Annotation, AnnotationLevel, Status
from synapse_bot.forge.revisions import Range
from synapse_bot.forge.transport import Transport
from synapse_bot.runtime.reconcile import Owner, Scope, reconcile, reconcile_summary

INSTANCE = "main/review"
BASE_FILES: dict[str | bytes, bytes | None] = {
    "shop/cart.py": b"".join(b"line %d\n" % n for n in range(1, 61)),
    "shop/old_name.py": b"".join(b"renamed %d\n" % n for n in range(1, 31)),
    "shop/gone.py": b"one\ntwo\nthree\n",
    "caf\u00e9/na\u00efve \u201cquoted\u201d.py".encode(): b"a\nb\nc\nd\n",
    "tail.py": b"no newline at the end",
    "deep/.synapse-bot/rules.yaml": b"a: 1\n",
}


def changed_files() -> dict[str | bytes, bytes | None]:
    lines = [b"line %d\n" % n for n in range(1, 61)]
    lines[2:4] = [b"changed 3\n", b"added a\n", b"added b\n", b"added c\n"]
    del lines[40]
    renamed = [b"renamed %d\n" % n for n in range(1, 31)]
    renamed[10] = b"edited 11\n"
    return {
        "shop/cart.py": b"".join(lines),
        "shop/old_name.py": None,
        "shop/new_name.py": b"".join(renamed),
        "shop/gone.py": None,
        "caf\u00e9/na\u00efve \u201cquoted\u201d.py".encode(): b"a\nB\nc\nd\n",
        "tail.py": b"no newline at all",
        "fresh.py": b"".join(b"fresh %d\n" % n for n in range(1, 201)),
        "empty.py": b"",
        "picture.bin": bytes(range(256)) * 8,
    }


def comment(fingerprint: str, anchor: Anchor, text: str = "a finding") -> Comment:
    marker = Marker(MarkerKind.FINDING, INSTANCE, fingerprint, by=("security",))
    return Comment(fingerprint, f"{encode(marker)}\n**{fingerprint}**: {text}", anchor)


def summary_body(text: str) -> str:
    return f"{encode(Marker(MarkerKind.SUMMARY, INSTANCE))}\n{text}"


def every_line(diff: Diff) -> Iterator[tuple[str, Anchor]]:
    """A name and the resolver's anchor for every commentable line of both sides."""
    for file in diff.files:
        resolver = AnchorResolver(file)
        for side in (Side.OLD, Side.NEW):
            for point in resolver.points(side):
                line = point.on(side)
                assert line is not None
                place = Location(file.path, line, line, side)
                yield f"{file.path}:{side}:{line}", resolver.resolve(place)


@dataclass
class World:
    repo: Any
    fake: FakeGitHub
    plan: FaultPlan
    url: str
    slept: list[float] = field(default_factory=list)
    timeout_s: float = 5.0

    def forge(self, token: str = "good", *, local: bool = False, **limits: Any) -> GitHubForge:
        return open_github(
            PullPlace(self.fake.repository, self.fake.number),
            token,
            transport=Transport(timeout_s=self.timeout_s),
            api_url=f"{self.url}{self.fake.root}",
            checkout=self.checkout if local else None,
            limiter=Limiter(
                **{"interval_s": 0, "sleep": self.slept.append, "patience_s": 1e6, **limits}
            ),
        )

    def checkout(self, selected: Range) -> LocalForge:
        return LocalForge.open(self.repo.path, selected, environ={"PATH": os.environ["PATH"]})

    def revisions(self, base: str = "main", head: str = "feature", **more: Any) -> FakeRevisions:
        return FakeRevisions(self.repo.path, base, head, **more)

    def diff(self) -> Diff:
        return Diff(self.fake.revisions.files)

    def anchors(self) -> dict[str, Anchor]:
        return dict(every_line(self.diff()))

    def delta(self, wanted: list[Comment], forge: GitHubForge | None = None) -> Delta:
        return asyncio.run(self._compared(wanted, forge or self.forge()))[1]

    def cycle(
        self, wanted: list[Comment], summary: str = "all is well", forge: GitHubForge | None = None
    ) -> Posted:
        """One whole run: read, reconcile with the product's own rules, write."""
        return asyncio.run(self._cycle(wanted, summary, forge or self.forge()))

    async def _cycle(self, wanted: list[Comment], summary: str, forge: GitHubForge) -> Posted:
        change, delta, owner = await self._compared(wanted, forge)
        said = reconcile_summary(await forge.existing(change), summary_body(summary), owner)
        return await forge.post(change, delta, said, key=change.key)

    async def _compared(
        self, wanted: list[Comment], forge: GitHubForge
    ) -> tuple[Any, Delta, Owner]:
        change = await forge.change()
        owner = Owner((await forge.access(change)).author_id, INSTANCE)
        diff = self.diff()
        paths = [file.path for file in diff.files]
        scope = Scope(
            examined=frozenset(("security", path) for path in paths), present=frozenset(paths)
        )
        existing = await forge.existing(change)
        return change, reconcile(existing, wanted, owner, scope=scope, max_inline=1000), owner

    def status(self, count: int, verdict: Verdict = Verdict.FAIL, title: str = "2 high") -> str:
        """Sets the status of the head with ``count`` annotations; its address."""
        rows = tuple(
            Annotation("fresh.py", n + 1, n + 1, AnnotationLevel.WARNING, f"remark {n}")
            for n in range(count)
        )

        async def setting() -> str:
            forge = self.forge()
            return await forge.set_status(await forge.change(), Status(verdict, title, "", rows))

        return asyncio.run(setting())

    def prints(self) -> list[str]:
        """Fingerprints of every finding that stands on the pull request."""
        markers = [parse(row["body"]) for row in self.fake.review_comments]
        return sorted(m.fingerprint for m in markers if m)

    def summaries(self) -> list[str]:
        start = encode(Marker(MarkerKind.SUMMARY, INSTANCE))
        bodies = [row["body"] for row in self.fake.issue_comments]
        return [body.split("\n", 1)[1] for body in bodies if body.startswith(start)]

    def posts(self) -> list[tuple[str, str, Any]]:
        """Requests that write, by the server's log."""
        return [
            (method, path, body)
            for method, path, body in self.fake.requests
            if method != "GET" and not (path.endswith("/graphql") and "mutation" not in str(body))
        ]


@pytest.fixture
def grow(new_repo: Any, tmp_path: Any) -> Callable[..., Any]:
    """A repository with the branches main and feature."""

    def grown(
        before: Mapping[str | bytes, bytes | None], after: Mapping[str | bytes, bytes | None]
    ) -> Any:
        repo = new_repo(tmp_path / "repository").init()
        repo.commit(before, "base")
        repo.git("checkout", "-q", "-b", "feature")
        repo.commit(after, "change")
        return repo

    return grown


@pytest.fixture
def serve() -> Iterator[Callable[..., World]]:
    """The fake GitHub of a repository, on loopback."""
    running: list[Loopback] = []

    def served(repo: Any, **more: Any) -> World:
        revisions = FakeRevisions(repo.path, "main", "feature", more.pop("no_patch", frozenset()))
        fake = FakeGitHub(revisions, {"good": FakeToken(ACTIONS_BOT)}, **more)
        plan = FaultPlan()
        server = Loopback(FaultyApp(fake.app, plan))
        running.append(server.__enter__())
        return World(repo, fake, plan, server.url)

    yield served
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def world(grow: Callable[..., Any], serve: Callable[..., World]) -> World:
    return serve(grow(BASE_FILES, changed_files()))


@pytest.fixture
def kit() -> Any:
    """The builders above, for tests that cannot import a conftest."""

    class Kit:
        pass

    made: Any = Kit()
    made.comment, made.summary_body, made.every_line = comment, summary_body, every_line
    made.INSTANCE = INSTANCE
    return made
