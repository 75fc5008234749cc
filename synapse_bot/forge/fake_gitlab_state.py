"""What the fake GitLab remembers: one project, one merge request, its discussions and drafts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from synapse_bot.forge.fake_gitlab_call import FakeToken, FakeUser, Refusal
from synapse_bot.forge.fake_gitlab_positions import PositionIndex


@dataclass
class FakeFeatures:
    """What a version of GitLab has, or has not."""

    drafts: bool = True
    file_positions: bool = True
    skipped_status: bool = True
    same_status_again: bool = False  # older versions answer 400 to the same state


@dataclass
class FakeProject:
    """One project with one merge request. ``root`` is the sub-path of a self-managed instance."""

    entries: list[dict[str, Any]]
    refs: dict[str, str]
    tokens: dict[str, FakeToken]
    root: str = ""
    project_id: int = 11
    project_path: str = "group/shop"
    source_project_id: int = 11
    iid: int = 7
    author: FakeUser = field(default_factory=lambda: FakeUser(40, "dev"))
    users: list[FakeUser] = field(default_factory=list)  # beside the author and the tokens'
    title: str = "feat: a change"
    description: str | None = None
    draft: bool = False
    labels: list[str] = field(default_factory=list)
    changes_count: str | None = None
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)  # (revision, path)
    features: FakeFeatures = field(default_factory=FakeFeatures)
    vanish: set[str] = field(default_factory=set)  # texts of drafts that publishing loses
    discussions: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    awards: list[tuple[int, str, int]] = field(default_factory=list)  # note, name, by whom
    notifications: int = 0
    refused_positions: int = 0
    _ids: int = 1000

    @property
    def web_url(self) -> str:
        return f"https://gitlab.test{self.root}/{self.project_path}/-/merge_requests/{self.iid}"

    @property
    def notes(self) -> list[dict[str, Any]]:
        """Every note of every discussion, in order."""
        return [note for discussion in self.discussions for note in discussion["notes"]]

    def push(self, entries: list[dict[str, Any]], refs: dict[str, str]) -> None:
        """A new version. Positions whose line is still there are carried along."""
        self.entries, self.refs = entries, refs
        index = self._index()
        for note in self.notes:
            moved = {**(note.get("position") or {}), **refs}
            if note.get("position") and not index.fault(moved, files_too=True):
                note["position"] = moved

    @property
    def people(self) -> list[FakeUser]:
        """Everybody whom the instance knows."""
        return [self.author, *(token.user for token in self.tokens.values()), *self.users]

    def say(self, user: FakeUser, body: str) -> int:
        """A person writes a plain comment; the id of the note."""
        found = self.open_discussion(user, body, None, thread=False)
        return int(found["notes"][0]["id"])

    def reply(self, discussion_id: str, user: FakeUser, body: str) -> dict[str, Any]:
        """Somebody answers, which makes a thread of a plain comment."""
        found = self.find_discussion(discussion_id)
        note = self._note(user, body, None, resolvable=True)
        found["notes"].append(note)
        if found["individual_note"]:
            found["individual_note"] = False
            found["notes"][0] |= {"type": "DiscussionNote", "resolvable": True}
        return note

    def _index(self) -> PositionIndex:
        return PositionIndex.of(self.entries, self.refs)

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def _note(
        self, user: FakeUser, body: str, position: Any, *, resolvable: bool
    ) -> dict[str, Any]:
        number = self.next_id()
        return {
            "id": number,
            "type": "DiffNote" if position else "DiscussionNote" if resolvable else None,
            "body": body,
            "author": {"id": user.id, "username": user.username},
            "created_at": f"2026-11-24T08:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "system": False,
            "resolvable": resolvable,
            "resolved": False,
            "resolved_by": None,
            **({"position": position} if position else {}),
        }

    def find_discussion(self, discussion_id: str) -> dict[str, Any]:
        for discussion in self.discussions:
            if discussion["id"] == discussion_id:
                return discussion
        raise Refusal(404, {"message": "404 Discussion Not Found"})

    def open_discussion(
        self, user: FakeUser, body: str, position: Any, *, thread: bool
    ) -> dict[str, Any]:
        note = self._note(user, body, position, resolvable=thread)
        found = {"id": f"{note['id']:040x}", "individual_note": not thread, "notes": [note]}
        self.discussions.append(found)
        return found

    def check_position(self, position: Any) -> None:
        if position is None:
            return
        if fault := self._index().fault(position, files_too=self.features.file_positions):
            self.refused_positions += 1
            raise Refusal(400, {"message": fault})
