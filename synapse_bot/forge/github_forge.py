"""A pull request as a Forge that can post. github.py has the client, and opens this."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING

from synapse_bot.domain.change import MAX_BODY, AuthorKind, Change
from synapse_bot.domain.diff import FileKind, FileStatus
from synapse_bot.domain.errors import ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.domain.posting import Posted
from synapse_bot.forge.base import HeadText
from synapse_bot.forge.github_calls import Missing
from synapse_bot.forge.github_comments import read_existing
from synapse_bot.forge.github_conversation import KINDS, Conversation
from synapse_bot.forge.github_diff import MAX_FILES, diff_of
from synapse_bot.forge.github_posting import Poster
from synapse_bot.forge.github_status import set_status
from synapse_bot.forge.intent import intent_of
from synapse_bot.forge.posting import Access
from synapse_bot.forge.revisions import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.domain.posting import Delta, Existing, SummaryDelta
    from synapse_bot.forge.github_calls import Calls, PullPlace, Row
    from synapse_bot.forge.local import LocalForge
    from synapse_bot.forge.posting import Remark, Status

    Checkout = Callable[[Range], LocalForge]

_REGULAR = ("100644", "100755")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_MAX_FILE_BYTES = 20_000_000


class GitHubForge:
    """Reads and posts. ``checkout`` opens the local repository at a range; None has no git."""

    def __init__(self, calls: Calls, place: PullPlace, checkout: Checkout | None = None) -> None:
        self._calls = calls
        self._place = place
        self._checkout = checkout
        self._local: LocalForge | None = None
        self._pull: Row | None = None
        self._me: tuple[str, str] | None = None
        self._diff: Diff | None = None
        self._trees: dict[str, dict[str, Row]] = {}

    # Reading

    async def change(self) -> Change:
        """The pull request. Raises Missing (a ForgeFailed) where there is none."""
        return await asyncio.to_thread(self._change)

    async def diff(self, change: Change) -> Diff:
        """From git where the checkout has both revisions, else page by page from the API."""
        if self._local is not None:
            return await self._local.diff(change)
        return await asyncio.to_thread(self._api_diff)

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head of each of ``paths``, or the reason why there is none."""
        if self._local is not None:
            return await self._local.head_texts(change, paths)
        wanted = tuple(paths)
        return await asyncio.to_thread(
            lambda: {path: self._head_text(change, path) for path in wanted}
        )

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content of the regular file ``path`` at the merge-base; None where there is none."""
        if self._local is not None:
            return await self._local.base_text(change, path)
        return await asyncio.to_thread(self._base_text, change.base, path)

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths of the regular files below the folder ``prefix`` at the merge-base, sorted."""
        if self._local is not None:
            return await self._local.base_paths(change, prefix)
        return await asyncio.to_thread(self._base_paths, change.base, prefix)

    @property
    def repository(self) -> LocalForge | None:
        """The checkout, where it has both revisions."""
        return self._local

    # Posting

    async def access(self, change: Change) -> Access:
        """Who we are. An archived repository is the one refusal that is known beforehand."""
        return await asyncio.to_thread(self._access)

    async def existing(self, change: Change) -> tuple[Existing, ...]:
        """Every comment with a marker, of any author and instance."""
        return await asyncio.to_thread(read_existing, self._calls, self._place)

    async def post(
        self, change: Change, delta: Delta, summary: SummaryDelta | None, *, key: str
    ) -> Posted:
        """Apply both, at most once each. Writes nothing when the head is no longer ``change``'s."""
        return await asyncio.to_thread(self._post, change, delta, summary)

    async def set_status(self, change: Change, status: Status) -> str:
        """The address of the check run or the commit status; "" where neither is allowed."""
        return await asyncio.to_thread(set_status, self._calls, self._place, change.head, status)

    async def add_labels(self, change: Change, labels: tuple[str, ...]) -> None:
        """Add those of ``labels`` that the change lacks."""
        missing = [label for label in labels if label not in change.labels]
        if missing:
            path, body = f"{self._place.issue}/labels", {"labels": missing}
            await asyncio.to_thread(self._calls.write, "POST", path, body)

    async def may_command(self, change: Change, author_id: str, login: str) -> bool:
        """Whether the account with this id may write: never by a name alone."""
        if not author_id or not _LOGIN.fullmatch(login):
            return False
        path = f"{self._place.repo}/collaborators/{login}/permission"
        try:
            found = await asyncio.to_thread(self._calls.get, path)
        except Missing:
            return False
        same = str((found.get("user") or {}).get("id") or "") == author_id
        return same and found.get("permission") in ("admin", "write")

    # Conversing

    async def remark(self, change: Change, comment_id: int, *, inline: bool) -> Remark:
        """One comment. Raises ForgeFailed for one of another pull request."""
        return await asyncio.to_thread(self._talk.remark, comment_id, inline=inline)

    async def remarks(self, change: Change, prefix: str) -> tuple[Remark, ...]:
        """Every comment that begins with ``prefix``, the oldest first."""
        return await asyncio.to_thread(self._talk.remarks, prefix)

    async def reply(self, change: Change, remark: Remark, body: str) -> str:
        """Answer where it was said, once."""
        return await asyncio.to_thread(lambda: self._talk.reply(remark, body, self._identity()[0]))

    async def react(self, change: Change, remark: Remark) -> None:
        """Eyes, as well as it goes."""
        await asyncio.to_thread(self._talk.react, remark)

    async def resolve(self, change: Change, thread_id: str) -> bool:
        """Resolve a thread; False where the token may not."""
        return await asyncio.to_thread(self._talk.resolve, thread_id)

    @property
    def _talk(self) -> Conversation:
        return Conversation(self._calls, self._place)

    # The pull request

    def _fresh_pull(self) -> Row:
        found = self._calls.get(self._place.pull)
        if not isinstance(found, dict) or not _sha(found, "head") or not _sha(found, "base"):
            raise ForgeFailed("GitHub's answer is not a pull request")
        return found

    def _change(self) -> Change:
        pull = self._pull = self._fresh_pull()
        base, head = _sha(pull, "base"), _sha(pull, "head")
        title, branch = str(pull.get("title") or ""), str(pull["head"].get("ref") or "")
        return Change(
            ref=f"#{self._place.number}",
            base=self._merge_base(base, head),
            head=head,
            repository=self._place.repository,
            branch=branch,
            title=title,
            labels=tuple(str(label["name"]) for label in pull.get("labels") or ()),
            intent=intent_of(title, branch),
            author_kind=KINDS.get(_user(pull).get("type", ""), AuthorKind.UNKNOWN),
            body=str(pull.get("body") or "")[:MAX_BODY],
            draft=pull.get("draft") is True,
        )

    def _merge_base(self, base: str, head: str) -> str:
        """By git where it knows both commits, else by GitHub: the base branch may have moved."""
        if self._checkout is not None:
            try:
                local = self._checkout(Range(base, head))
                found = local.revisions()
            except SynapseError:  # not fetched, shallow, or no repository: the API has it all
                pass
            else:
                self._local = local
                return found.base
        compared = self._calls.get(f"{self._place.repo}/compare/{base}...{head}", per_page=1)
        found_sha = _sha(compared, "merge_base_commit") if isinstance(compared, dict) else ""
        if not found_sha:
            raise ForgeFailed(f"GitHub names no merge-base of {base[:12]} and {head[:12]}")
        return found_sha

    def _api_diff(self) -> Diff:
        if self._diff is None:
            pull = self._pull or self._fresh_pull()
            rows = self._calls.pages(f"{self._place.pull}/files", most=MAX_FILES)
            self._diff = diff_of(rows[:MAX_FILES], int(pull.get("changed_files") or 0))
        return self._diff

    # Content by the API

    def _head_text(self, change: Change, path: str) -> HeadText:
        file = self._api_diff().by_path.get(path)
        if file is None:
            entry = self._entry(change.head, path)
            if entry is None:
                return HeadText(error="it does not exist at the head")
            if entry.get("mode") not in _REGULAR:
                return HeadText(error="not a regular file")
            return self._blob_text(str(entry["sha"]))
        refused = _unreadable(file)
        return HeadText(error=refused) if refused else self._blob_text(file.new_blob)

    def _base_text(self, base: str, path: str) -> bytes | None:
        entry = self._entry(base, path)
        if entry is None or entry.get("mode") not in _REGULAR:
            return None
        return self._blob(str(entry["sha"]))

    def _base_paths(self, base: str, prefix: str) -> tuple[str, ...]:
        folder = prefix.strip("/")
        entry = self._entry(base, folder) if folder else {"type": "tree", "sha": base}
        if entry is None or entry.get("type") != "tree":
            return ()
        found = self._tree(str(entry["sha"]), recursive=True)
        lead = f"{folder}/" if folder else ""
        return tuple(sorted(lead + p for p, row in found.items() if row.get("mode") in _REGULAR))

    def _entry(self, revision: str, path: str) -> Row | None:
        """Folder by folder: the recursive listing of a large repository comes cut."""
        entry: Row = {"type": "tree", "sha": revision}
        for name in path.split("/"):
            if entry.get("type") != "tree":
                return None
            found = self._tree(str(entry["sha"])).get(name)
            if found is None:
                return None
            entry = found
        return entry

    def _tree(self, sha: str, *, recursive: bool = False) -> dict[str, Row]:
        key = f"{sha}{'*' if recursive else ''}"
        if key not in self._trees:
            query = {"recursive": "1"} if recursive else {}
            answer = self._calls.get(f"{self._place.repo}/git/trees/{sha}", **query)
            if answer.get("truncated"):
                raise ForgeFailed(f"GitHub cuts the list of files of {sha[:12]}")
            self._trees[key] = {str(row["path"]): row for row in answer["tree"]}
        return self._trees[key]

    def _blob_text(self, sha: str) -> HeadText:
        try:
            return HeadText(self._blob(sha))
        except ForgeFailed as why:
            return HeadText(error=str(why))

    def _blob(self, sha: str) -> bytes:
        if not sha:
            raise ForgeFailed("GitHub names no content for it")
        blob = self._calls.get(f"{self._place.repo}/git/blobs/{sha}")
        if int(blob.get("size") or 0) > _MAX_FILE_BYTES:
            raise ForgeFailed(f"it is beyond the limit of {_MAX_FILE_BYTES} bytes")
        try:
            return b64decode(str(blob["content"]))
        except (Base64Error, KeyError, ValueError):
            raise ForgeFailed(f"GitHub's answer for {sha[:12]} is not its content") from None

    # Who we are

    def _access(self) -> Access:
        pull = self._pull or self._fresh_pull()
        author_id, login = self._identity()
        base, head = pull["base"].get("repo") or {}, pull["head"].get("repo") or {}
        archived = bool(base.get("archived"))
        return Access(
            author_id,
            login,
            from_fork=base.get("id") != head.get("id"),  # a deleted fork has no repository
            why_not="the repository is archived" if archived else "",
            hint="Nothing can be posted there." if archived else "",
        )

    def _identity(self) -> tuple[str, str]:
        """Numeric id and login. An installation's token has no /user, yet it is a viewer."""
        if self._me is None:
            try:
                user = self._calls.get("/user")
                self._me = str(user.get("id") or ""), str(user.get("login") or "")
            except (ForgeDenied, Missing):
                viewer = self._calls.graphql("query { viewer { login databaseId } }", {})["viewer"]
                self._me = str(viewer.get("databaseId") or ""), str(viewer.get("login") or "")
        return self._me

    def _post(self, change: Change, delta: Delta, summary: SummaryDelta | None) -> Posted:
        if delta.idle and (summary is None or not (summary.stale or summary.remove)):
            return Posted(summary_url=summary.edit.url if summary and summary.edit else "")
        head = _sha(self._fresh_pull(), "head")
        if head != change.head:
            moved = f"Nothing was posted: the head moved on to {head[:12]}, the next run's."
            return Posted(refused=(moved,))
        author_id, _ = self._identity()
        if not author_id:
            raise ForgeDenied("GitHub does not say whose token this is")
        return Poster(self._calls, self._place, head, author_id).post(delta, summary)


def _unreadable(file: FileDiff) -> str:
    if file.status is FileStatus.DELETED:
        return "it is deleted"
    if file.kind is not FileKind.REGULAR:
        return f"a {file.kind.value}, not followed"
    return ""


def _sha(pull: Row, side: str) -> str:
    found = str((pull.get(side) or {}).get("sha") or "")
    return found if re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", found) else ""


def _user(row: Row) -> dict[str, str]:
    return row.get("user") or {}
