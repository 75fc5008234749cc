"""A request as JSON text, for a run that another process takes up: what was asked, never a secret.

Tokens and keys are the process's own and are looked up anew by whoever takes the run up.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.change import Known
from synapse_bot.domain.errors import SynapseError
from synapse_bot.domain.redaction import redact
from synapse_bot.runtime.request import Asked, Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORM = 1  # of the text


class RequestUnreadable(SynapseError):
    """A recorded request that this program cannot take up."""

    hint = "Review the change anew: synapse-bot review."


@dataclass(frozen=True, slots=True)
class Request:
    """What to review, and whether to post it. A patch is kept by its name and digest alone."""

    asked: Asked
    post: bool = False
    diff_sha256: str = ""


def request_json(asked: Asked, *, post: bool = False) -> str:
    """``asked`` as JSON text; ``request_of`` is its inverse but for the secrets."""
    remote = asked.remote
    return json.dumps(
        {
            "form": FORM,
            "base": asked.base,
            "head": asked.head,
            "staged": asked.staged,
            "diff": None if asked.diff is None else _digest(asked.diff),
            "diff_name": asked.diff_name,
            "diff_path": _path(asked),
            "labels": [redact(label) for label in asked.labels],
            "intent": redact(asked.intent),
            "start": str(asked.start.resolve()),
            "options": {key: _plain(value) for key, value in sorted(asked.options.items())},
            "config_file": str(asked.config_file.resolve()) if asked.config_file else None,
            "remote": None if remote is None else _remote(remote),
            "keep": asked.keep,
            "post": post,
        },
        sort_keys=True,
    )


def request_of(text: str, remote_of: Callable[[Remote], Remote] = lambda remote: remote) -> Request:
    """The request that ``text`` keeps. ``remote_of`` gives a pull or merge request its token back.

    A patch is read again from its file. Raises RequestUnreadable for another form, and for a patch
    that is gone or has changed.
    """
    try:
        data = json.loads(text)
        if data["form"] != FORM:
            raise RequestUnreadable(f"the request has the form {data['form']}, not {FORM}")
        remote = data["remote"] and remote_of(_remote_of(data["remote"]))
        asked = Asked(
            base=data["base"],
            head=data["head"],
            staged=data["staged"],
            diff_name=data["diff_name"],
            labels=tuple(data["labels"]),
            intent=data["intent"],
            start=Path(data["start"]),
            options={k: _tupled(value) for k, value in data["options"].items()},
            config_file=Path(data["config_file"]) if data["config_file"] else None,
            remote=remote or None,
            keep=data["keep"],
        )
        digest, path = data["diff"] or "", data.get("diff_path") or ""
        post = data["post"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestUnreadable(f"the request cannot be read: {error!r}") from error
    if digest:
        asked = replace(asked, diff=_patch(path, digest))
    return Request(asked, post, digest)


def _path(asked: Asked) -> str:
    """Where the patch can be read again, from whichever folder; "" for standard input."""
    if asked.diff is None or asked.diff_name in ("", "stdin"):
        return ""
    return str(Path(asked.diff_name).resolve())


def _patch(path: str, digest: str) -> bytes:
    if not path:
        raise RequestUnreadable("the patch came by standard input, and is not kept")
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise RequestUnreadable(f"the patch is gone: {path}: {error.strerror}") from error
    if _digest(raw) != digest:
        raise RequestUnreadable(f"the patch has changed since: {path}")
    return raw


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _remote(remote: Remote) -> Mapping[str, Any]:
    known = remote.known
    return {
        "forge": remote.forge,
        "number": remote.number,
        "repository": remote.repository,
        "api_url": remote.api_url,
        "server_url": remote.server_url,
        "job_token": remote.job_token,
        "known": {
            "base": known.base,
            "head": known.head,
            "repository": known.repository,
            "branch": known.branch,
            "title": redact(known.title),
            "labels": [redact(label) for label in known.labels],
            "from_fork": known.from_fork,
        },
    }


def _remote_of(data: Mapping[str, Any]) -> Remote:
    if data["forge"] not in ("github", "gitlab"):
        raise ValueError(f"no forge {data['forge']!r:.40}")
    known = {**data["known"], "labels": tuple(data["known"]["labels"])}
    return Remote(
        forge=data["forge"],
        number=data["number"],
        repository=data["repository"],
        api_url=data["api_url"],
        server_url=data["server_url"],
        job_token=data["job_token"],
        known=Known(**known),
    )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple | list) else value


def _tupled(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
