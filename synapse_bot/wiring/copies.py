"""Copies of the host's configuration, which never change: here as folders, and in the record for
the other machines of a fleet."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.fragments import (
    Fragments,
    digest_of,
    fragments_json,
    fragments_of,
    read_fragments,
    write_fragments,
)
from synapse_bot.domain.errors import ConfigInvalid, RunOutdated, StoreUnusable
from synapse_bot.domain.workflow import Recorded
from synapse_bot.store.location import private_folder

if TYPE_CHECKING:
    from synapse_bot.domain.journal import Journal

KEPT = 20  # on this machine; an older one is written again when it is asked for
_UNUSED_S = 3_600.0  # a review that has begun with a copy has read it by then
_STEP = "files"


@dataclass(frozen=True)
class Copies:
    """Configurations, each whole under its digest: a folder below ``folder`` on this machine, and
    text in ``journal`` for the others. ``source`` is where they are edited."""

    folder: Path
    source: Path
    journal: Journal

    def write(self, fragments: Fragments) -> str:
        """Their digest, with the copy on this machine. Raises ConfigInvalid and StoreUnusable."""
        digest = digest_of(fragments, self.source)
        self._written(fragments, digest)
        return digest

    def publish(self, fragments: Fragments, digest: str) -> None:
        """For other machines, before any review begins with them. Raises StoreUnusable."""
        recorded = Recorded(digest, fragments_json(fragments), 0.0)
        self.journal.record(_run(digest), _STEP, recorded)

    def folder_of(self, digest: str) -> Path:
        """The copy's folder, written from the record where it is not here.

        Raises RunOutdated where nobody has it any more, and StoreUnusable.
        """
        path = self.folder / digest
        if not self._whole(digest):
            shutil.rmtree(path, ignore_errors=True)
            recorded = self.journal.recall(_run(digest), _STEP)
            if recorded is None or not isinstance(recorded.data, dict):
                raise RunOutdated(f"the configuration {digest[:12]} is not known here any more")
            try:
                fragments = fragments_of(recorded.data)
            except ValueError as error:
                raise RunOutdated(f"the configuration {digest[:12]}: {error}") from error
            self._written(fragments, digest)
        with suppress(OSError):
            path.touch()  # used now: the oldest are the first to go
        return path

    def _whole(self, digest: str) -> bool:
        """A machine that lost its power may have kept the name and lost the rest."""
        path = self.folder / digest
        try:
            return path.is_dir() and digest_of(read_fragments(path), path) == digest
        except ConfigInvalid:
            return False

    def _written(self, fragments: Fragments, digest: str) -> None:
        private_folder(self.folder)
        try:
            write_fragments(fragments, self.folder / digest)
        except OSError as error:
            raise StoreUnusable(f"{self.folder}: {error.strerror}") from error
        self._prune(digest)

    def _prune(self, but: str) -> None:
        """Leave the KEPT that were used last, and what was used within the hour."""
        with suppress(OSError):  # another worker takes the same ones away
            copies = [path for path in self.folder.iterdir() if not path.name.startswith(".")]
            used = {path: path.stat().st_mtime for path in copies if path.name != but}
            for path in sorted(used, key=lambda path: used[path], reverse=True)[KEPT - 1 :]:
                if used[path] < time.time() - _UNUSED_S:
                    shutil.rmtree(path, ignore_errors=True)


def _run(digest: str) -> str:
    return f"configuration/{digest}"
