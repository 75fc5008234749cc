"""The hidden marker: the first line of a comment of ours, ``<!-- synapse-bot:PAYLOAD -->``.

PAYLOAD is base64url (no padding) of a JSON object with the schema version. It stands first, so
that no truncation removes it and no text of the change that a body quotes can be taken for it.
A marker is a hint where to edit, never a proof: whoever reads one checks the comment's author,
and no gate reads one at all.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from synapse_bot.domain.command import MAX_REASON, clean_reason
from synapse_bot.domain.posting import Answer, Checkpoint, Marker, MarkerKind

VERSION = 1
_LINE = re.compile(r"\s{0,16}<!-- synapse-bot:([A-Za-z0-9_-]{1,4096}) -->")
_INSTANCE = re.compile(r"[A-Za-z0-9._/-]{1,64}")
_WORD = re.compile(r"[A-Za-z0-9._/:-]{0,80}")
_MOST_WORDS = 32


def encode(marker: Marker) -> str:
    """The marker's line, without a line end. Raises ValueError for what could not be read back."""
    payload: dict[str, Any] = {"v": VERSION, "k": marker.kind.value, "i": marker.instance}
    if marker.fingerprint:
        payload["f"] = marker.fingerprint
    if marker.by:
        payload["b"] = list(marker.by)
    if marker.checkpoint:
        c = marker.checkpoint
        payload["c"] = [c.head, c.base, c.config]
    if marker.answer:
        a = marker.answer
        payload["a"] = [a.to, a.word, a.who, a.reason]
    if marker.waived:
        payload["w"] = marker.waived
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True)
    line = f"<!-- synapse-bot:{urlsafe_b64encode(text.encode()).decode().rstrip('=')} -->"
    if parse(line) != marker:
        raise ValueError(f"a marker cannot hold {marker!r}")
    return line


def parse(body: str) -> Marker | None:
    """The marker that ``body`` begins with. None without one, or for another version's."""
    match = _LINE.match(body)
    return _marker(_payload(match[1])) if match else None


def without_marker(body: str) -> str:
    """``body`` as a reader sees it."""
    return _LINE.sub("", body, count=1).lstrip("\n") if _LINE.match(body) else body


def _payload(text: str) -> dict[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _marker(payload: dict[str, Any]) -> Marker | None:
    kind, instance = payload.get("k"), payload.get("i")
    words, checkpoint = payload.get("b", []), payload.get("c")
    if type(payload.get("v")) is not int or payload["v"] != VERSION:
        return None
    if not isinstance(kind, str) or kind not in tuple(MarkerKind):
        return None
    if not isinstance(instance, str) or not _INSTANCE.fullmatch(instance):
        return None
    if not _are_words([payload.get("f", ""), payload.get("w", "")], 2) or not _are_words(
        words, _MOST_WORDS
    ):
        return None
    if checkpoint is not None and not (_are_words(checkpoint, 3) and len(checkpoint) == 3):
        return None
    answer = payload.get("a")
    if answer is not None and not _is_answer(answer):
        return None
    return Marker(
        MarkerKind(kind),
        instance,
        fingerprint=payload.get("f", ""),
        by=tuple(words),
        checkpoint=Checkpoint(*checkpoint) if checkpoint is not None else None,
        answer=Answer(*answer) if answer is not None else None,
        waived=payload.get("w", ""),
    )


def _is_answer(value: Any) -> bool:
    """Three words and a reason, which alone is free text: as clean_reason leaves it."""
    if not isinstance(value, list) or len(value) != 4 or not _are_words(value[:3], 3):
        return False
    reason = value[3]
    return isinstance(reason, str) and len(reason) <= MAX_REASON and clean_reason(reason) == reason


def _are_words(value: Any, most: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= most
        and all(isinstance(word, str) and _WORD.fullmatch(word) for word in value)
    )
