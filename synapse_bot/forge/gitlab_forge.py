"""A merge request on GitLab: reading it, and writing to it through a Poster.

What GitLab's objects look like is in gitlab_diff.py, gitlab_notes.py and gitlab_positions.py; how
a Delta is written is in gitlab_posting.py. Content comes from a local repository where it has
both revisions, else from the API.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_bot.domain.change import MAX_BODY, Change
from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.domain.review import Verdict
from synapse_bot.forge.base import HeadText
from synapse_bot.forge.gitlab_api import HINT, GitLabPlace, TokenKind
from synapse_bot.forge.gitlab_calls import GitLabMissing, GitLabRejected
from synapse_bot.forge.gitlab_conversation import Conversation, account_kind
from synapse_bot.forge.gitlab_diff import diff_of
from synapse_bot.forge.gitlab_notes import author_id
from synapse_bot.forge.gitlab_positions import DiffRefs
from synapse_bot.forge.gitlab_posting import Poster
from synapse_bot.forge.intent import intent_of
from synapse_bot.forge.posting import Access
from synapse_bot.forge.revisions import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.posting import Delta, Existing, Posted, SummaryDelta
    from synapse_bot.forge.gitlab_calls import Calls, Row
    from synapse_bot.forge.local import LocalForge
    from synapse_bot.forge.posting import Remark, Status

DEVELOPER = 30
DESCRIPTION = 255  # characters of a status's description
_STATES = {Verdict.PASS: "success", Verdict.FAIL: "failed", Verdict.INCOMPLETE: "skipped"}
_OLD_NEUTRAL = "canceled"  # for versions that do not take "skipped" from outside


class GitLabForge:
    """Reads and writes one merge request.

    ``open_local`` opens the repository at hand for a range of commits; None where there is none.
    """

    def __init__(
        self,
        place: GitLabPlace,
        calls: Calls,
        *,
        open_local: Callable[[Range], LocalForge] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._api = calls
        self._open_local = open_local
        self._sleep = sleep
        self._row: Row | None = None
        self._local: LocalForge | None = None
        self._diff: Diff | None = None
        self._access: Access | None = None

    async def change(self) -> Change:
        """The merge request. Raises ForgeDenied, ForgeBusy, ForgeFailed."""
        return await asyncio.to_thread(self._change)

    async def diff(self, change: Change) -> Diff:
        """The diff of the newest version; files that GitLab leaves out carry an error."""
        if self._local is not None:
            return await self._local.diff(change)
        return await asyncio.to_thread(self._read_diff)

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head: from the repository at hand, else one request a file."""
        if self._local is not None:
            return await self._local.head_texts(change, paths)
        return await asyncio.to_thread(lambda: {path: self._head(change, path) for path in paths})

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content at the merge-base; None where there is none."""
        if self._local is not None:
            return await self._local.base_text(change, path)
        return await asyncio.to_thread(self._raw, change.base, path)

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths of the files below ``prefix`` at the merge-base, sorted."""
        if self._local is not None:
            return await self._local.base_paths(change, prefix)
        return await asyncio.to_thread(self._base_paths, change, prefix)

    @property
    def repository(self) -> LocalForge | None:
        """The checkout, where it has both revisions."""
        return self._local

    async def access(self, change: Change) -> Access:
        """Who the token is. Known without a request for a job's token, which may not write."""
        return await asyncio.to_thread(self._read_access)

    async def existing(self, change: Change) -> tuple[Existing, ...]:
        """Every comment with a marker, of any author and instance."""
        return await asyncio.to_thread(lambda: self._poster().existing())

    async def post(
        self, change: Change, delta: Delta, summary: SummaryDelta | None, *, key: str
    ) -> Posted:
        """Apply ``delta`` and ``summary``; see gitlab_posting.py. ``key`` is that of the run."""
        return await asyncio.to_thread(lambda: self._poster().post(delta, summary))

    async def set_status(self, change: Change, status: Status) -> str:
        """An external status of the head; its address. Incomplete is neither good nor bad."""
        return await asyncio.to_thread(self._set_status, change, status)

    async def add_labels(self, change: Change, labels: tuple[str, ...]) -> None:
        """Add those of ``labels`` that the merge request lacks; a comma cannot be in one."""
        await asyncio.to_thread(self._add_labels, labels)

    async def may_command(self, change: Change, author_id: str, login: str) -> bool:
        """Whether the member with this id is a Developer or higher. ``login`` is not asked."""
        return await asyncio.to_thread(self._may_command, author_id)

    async def remark(self, change: Change, comment_id: int, *, inline: bool) -> Remark:
        """One note; ids of notes are of one kind, so ``inline`` is no matter."""
        return await asyncio.to_thread(lambda: self._conversation().remark(comment_id))

    async def remarks(self, change: Change, prefix: str) -> tuple[Remark, ...]:
        """Every note that begins with ``prefix``, the oldest first."""
        return await asyncio.to_thread(lambda: self._conversation().remarks(prefix))

    async def reply(self, change: Change, remark: Remark, body: str) -> str:
        """Answer where it was said, once."""
        return await asyncio.to_thread(
            lambda: self._conversation().reply(remark, body, self._read_access().author_id)
        )

    async def react(self, change: Change, remark: Remark) -> None:
        """Eyes, as well as it goes."""
        await asyncio.to_thread(lambda: self._conversation().react(remark))

    async def resolve(self, change: Change, thread_id: str) -> bool:
        """Resolve a discussion; False where the token may not."""
        return await asyncio.to_thread(lambda: self._conversation().resolve(thread_id))

    def _change(self) -> Change:
        if self._place.token_kind is not TokenKind.ACCESS:
            found = self._known()
        else:
            found = self._changed(self._merge_request())
        self._local = self._local_at(found)
        return found

    def _known(self) -> Change:
        """What the job's variables say: its token may not even read the merge request."""
        known = self._place.known
        if not (known.base and known.head):
            raise ForgeDenied(self._place.why_not, HINT)
        return Change(
            ref=f"!{self._place.iid}",
            base=known.base,
            head=known.head,
            repository=known.repository or self._place.project,
            branch=known.branch,
            title=known.title,
            labels=known.labels,
            intent=intent_of(known.title, known.branch),
        )

    def _changed(self, row: Row) -> Change:
        refs = self._refs()
        title, branch = str(row.get("title") or ""), str(row.get("source_branch") or "")
        full = str((row.get("references") or {}).get("full") or "")
        return Change(
            ref=f"!{self._place.iid}",
            base=refs.base,
            head=refs.head,
            repository=full.rpartition("!")[0] or self._place.project,
            branch=branch,
            title=title,
            labels=tuple(str(label) for label in row.get("labels") or ()),
            intent=intent_of(title, branch),
            author_kind=account_kind(self._api, author_id(row)),
            body=str(row.get("description") or "")[:MAX_BODY],
            draft=row.get("draft") is True,
        )

    def _merge_request(self) -> Row:
        """The merge request. GitLab computes ``diff_refs`` a moment after a push."""
        if self._row is None:
            for wait in (1.0, 2.0, 4.0, None):
                row = self._api.get(self._place.path)
                if isinstance(row, dict) and row.get("diff_refs"):
                    self._row = row
                    break
                if wait is None:
                    raise ForgeBusy(f"GitLab has not prepared !{self._place.iid} yet")
                self._sleep(wait)
        assert self._row is not None
        return self._row

    def _refs(self) -> DiffRefs:
        refs = self._merge_request()["diff_refs"]
        names = ("base_sha", "start_sha", "head_sha")
        if not isinstance(refs, dict) or not all(refs.get(name) for name in names):
            raise ForgeFailed(f"GitLab names no revisions of !{self._place.iid}")
        return DiffRefs(*(str(refs[name]) for name in names))

    def _local_at(self, change: Change) -> LocalForge | None:
        """The repository at hand, where it has exactly the revisions that GitLab compares."""
        if self._open_local is None:
            return None
        try:
            found = self._open_local(Range(change.base, change.head))
            revisions = found.revisions()
        except SynapseError:  # no repository here, or a shallow one: the API has it too
            return None
        same = (revisions.base, revisions.head) == (change.base, change.head)
        return found if same else None

    def _read_diff(self) -> Diff:
        if self._place.token_kind is not TokenKind.ACCESS:
            raise ForgeDenied(
                f"{self._place.why_not}, and the clone does not hold both revisions",
                "Set GIT_DEPTH: 0 in the job, or GITLAB_TOKEN.",
            )
        if self._diff is None:
            count = str(self._merge_request().get("changes_count") or "")
            self._diff = diff_of(self._api.pages(f"{self._place.path}/diffs"), count)
        return self._diff

    def _head(self, change: Change, path: str) -> HeadText:
        file = self._read_diff().by_path.get(path)
        if file is not None and not file.readable:
            return HeadText(error=file.error or f"a {file.status} {file.kind}, not read")
        content = self._raw(change.head, path)
        return HeadText(error="GitLab has no such file") if content is None else HeadText(content)

    def _raw(self, revision: str, path: str) -> bytes | None:
        where = f"{self._place.project_path}/repository/files/{quote(path, safe='')}/raw"
        try:
            return self._api.raw(where, ref=revision)
        except GitLabMissing:
            return None

    def _base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        where = f"{self._place.project_path}/repository/tree"
        query = {"ref": change.base, "path": prefix.strip("/"), "recursive": "true"}
        query["pagination"] = "keyset"
        try:
            rows = self._api.pages(where, **query)
        except GitLabMissing:
            return ()
        regular = (row for row in rows if str(row.get("mode", "")).startswith("100"))
        return tuple(sorted(str(row.get("path")) for row in regular))

    def _read_access(self) -> Access:
        if self._access is None:
            self._access = self._find_access()
        return self._access

    def _find_access(self) -> Access:
        known = self._place.known
        if self._place.why_not:
            return Access("", "", known.from_fork, self._place.why_not, HINT)
        user, row = self._api.get("/user"), self._merge_request()
        fork = row.get("source_project_id") != row.get("target_project_id")
        why_not = self._lacking_scope()
        hint = HINT if why_not else ""
        return Access(str(user["id"]), str(user.get("username")), fork, why_not, hint)

    def _lacking_scope(self) -> str:
        try:
            token = self._api.get("/personal_access_tokens/self")
        except (ForgeDenied, ForgeFailed):  # versions before 15.5, or an OAuth token
            return ""
        scopes = token.get("scopes") if isinstance(token, dict) else None
        if not isinstance(scopes, list) or "api" in scopes:
            return ""
        return f"the token's scope is {', '.join(map(str, scopes)) or 'empty'}, not api"

    def _poster(self) -> Poster:
        access = self._read_access()
        if access.why_not:
            raise ForgeDenied(access.why_not, access.hint)
        web_url = str(self._merge_request().get("web_url") or "")
        path = self._place.path
        return Poster(self._api, path, self._refs(), access.author_id, web_url)

    def _conversation(self) -> Conversation:
        web_url = str(self._merge_request().get("web_url") or "")
        return Conversation(self._api, self._place.path, web_url)

    def _set_status(self, change: Change, status: Status) -> str:
        if self._place.why_not:
            return ""
        state = _STATES[status.verdict]
        states = (state, _OLD_NEUTRAL) if state == "skipped" else (state,)
        try:
            for candidate in states:
                if self._is_set(change, status, candidate):
                    return status.url
            for candidate in states:
                try:
                    self._write_status(change, status, candidate)
                except GitLabRejected as rejected:
                    if "transition" in str(rejected):
                        return status.url  # an older version, and the state is that one already
                    if candidate == states[-1]:
                        raise
                else:
                    return status.url
        except (ForgeDenied, GitLabMissing):
            return ""
        return ""

    def _is_set(self, change: Change, status: Status, state: str) -> bool:
        where = f"{self._place.project_path}/repository/commits/{change.head}/statuses"
        rows = self._api.pages(where, name=status.name)
        said = (state, _one_line(status.title))
        return any((row.get("status"), row.get("description")) == said for row in rows[-1:])

    def _write_status(self, change: Change, status: Status, state: str) -> None:
        body: dict[str, object] = {
            "state": state,
            "name": status.name,
            "description": _one_line(status.title),
        }
        if status.url:
            body["target_url"] = status.url
        where = f"{self._place.project_path}/statuses/{change.head}"
        self._api.post(where, body, lambda: {} if self._is_set(change, status, state) else None)

    def _add_labels(self, labels: tuple[str, ...]) -> None:
        if self._place.why_not:
            raise ForgeDenied(self._place.why_not, HINT)
        held = self._merge_request().get("labels") or ()
        lacking = [label for label in labels if label not in held and "," not in label]
        if lacking:
            self._row = self._api.put(self._place.path, {"add_labels": ",".join(lacking)})

    def _may_command(self, author_id: str) -> bool:
        if not (author_id.isascii() and author_id.isdigit()):
            return False
        where = f"{self._place.project_path}/members/all/{author_id}"
        try:
            member = self._api.get(where)
        except GitLabMissing:
            return False
        if not isinstance(member, dict) or str(member.get("id")) != author_id:
            return False
        level = member.get("access_level")
        return type(level) is int and level >= DEVELOPER


def _one_line(title: str) -> str:
    text = " ".join(title.split())
    return text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 1]}…"
