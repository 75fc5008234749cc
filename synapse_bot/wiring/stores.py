"""Where runs are recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.store.answers import SqliteAnswers
from synapse_bot.store.location import state_dir
from synapse_bot.store.sqlite import SqliteStore
from synapse_bot.wiring.forges import open_repository

if TYPE_CHECKING:
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.review import Review
    from synapse_bot.runtime.request import Asked, Host
    from synapse_bot.store.base import AnswerStore


def earlier_review(asked: Asked, host: Host, change: Change, settings: Settings) -> Review | None:
    """The last recorded review on the same base; one that cannot be read is none."""
    if not settings.choice.incremental or not change.base:
        return None
    try:
        store = SqliteStore.open_to_read(state_folder(host, asked.start))
        audit = store.latest(change.base_key, settings.digest) if store else None
    except StoreUnusable:
        return None
    if audit is None:
        return None
    from synapse_bot.report.audit import parse_audit

    try:
        return parse_audit(audit)
    except ValueError:
        return None


def kept_answers(asked: Asked, host: Host) -> AnswerStore | None:
    """The answers of models that earlier reviews were given; None where nothing can be kept."""
    try:
        return SqliteAnswers(state_folder(host, asked.start), read_only=not asked.keep)
    except StoreUnusable:
        return None


def state_folder(host: Host, start: Path) -> Path:
    """Where the runs of the repository around ``start`` are recorded."""
    repository = open_repository(start, host)
    git_path = repository.git_path("synapse-bot") if repository else None
    return state_dir(git_path, host.state_home, str(host.home))


def open_store(host: Host, start: Path) -> SqliteStore:
    """The store of the repository around ``start``. Raises StoreUnusable."""
    return SqliteStore.open(state_folder(host, start))
