"""The host's configuration in a worker: checked whole before any review sees it, and kept for those
that began with it.

Each review reads a copy that lies under its digest and never changes; the digest is a step of the
review, so that its later lives read the same, on another machine too.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.fragments import SETTINGS, Fragments, read_fragments
from synapse_bot.config.live import Live, News, Turn
from synapse_bot.config.watch import Watcher
from synapse_bot.domain.errors import ConfigInvalid, StoreUnusable
from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.redaction import redact
from synapse_bot.wiring.copies import Copies
from synapse_bot.wiring.hostcheck import check_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synapse_bot.domain.workflow import Json
    from synapse_bot.runtime.request import Host
    from synapse_bot.store.open import StoreSet

# Whose the fleet's own rows are: a name that no tenant can have, and none can see.
OPERATOR = "-"
NO_RUN = "-"
_MOST_FAULTS, _LONGEST = 50, 500  # of one edit, and characters of each
_LOG = logging.getLogger("synapse_bot.configuration")


class HostConfiguration:
    """What reviews of this worker are configured with, from one moment to the next."""

    def __init__(self, host: Host, state: Path, stores: StoreSet, owner: str) -> None:
        """``state`` outlives the process. Raises ConfigInvalid where what lies there is wrong."""
        self._host = host
        self._source = host.user_config.parent
        self._own = stores.of(OPERATOR)
        self._owner = owner
        self._files: Fragments = ()  # what holds
        self._copies = Copies(state / "configuration", self._source, self._own.journal)
        self._live: Live[Fragments, str] = Live(self._read, self._make, self._tell)
        self._watcher = Watcher(self._source, self._live.look, deep=True)
        self._note("configuration-loaded", self.digest, {})

    @property
    def digest(self) -> str:
        """Of what a review that begins now is configured with."""
        return self._live.value

    def host(self, digest: str) -> Host:
        """This machine under the configuration ``digest``. Blocks on a disk, or on the database.

        Raises RunOutdated where nobody has it any more, and StoreUnusable.
        """
        folder = self._copies.folder_of(digest)
        return replace(self._host, user_config=folder / SETTINGS)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Within it, edits of the files are followed."""
        with self._watcher.running():
            yield

    def _read(self) -> Fragments:
        found = read_fragments(self._source)
        if self._files and not self._source.is_dir():
            raise ConfigInvalid(f"{self._source}:1: the folder of the configuration is gone")
        return found

    def _make(self, fragments: Fragments) -> str:
        digest = self._copies.write(fragments)
        check_copy(fragments, self._copies.folder / digest, self._source, self._host)
        self._copies.publish(fragments, digest)
        self._files = fragments
        return digest

    def _tell(self, news: News[str]) -> None:
        """To the log and to the ledger."""
        match news.turn:
            case Turn.CHANGED:
                said: dict[str, Json] = {"before": news.before}
                _LOG.info("%s", _line(news.turn, news.now, said))
            case Turn.MENDED:
                said = {}
                _LOG.info("%s", _line(news.turn, news.now, said))
            case Turn.REFUSED:
                faults = [redact(fault)[:_LONGEST] for fault in news.faults[:_MOST_FAULTS]]
                said = {"faults": faults}
                _LOG.warning("%s", _line(news.turn, news.now, said))
        self._note(f"configuration-{news.turn}", news.now, said)

    def _note(self, kind: str, digest: str, said: Mapping[str, Json]) -> None:
        now = time.time()
        data = {"worker": self._owner, **said}
        with suppress(StoreUnusable):
            self._own.ledger.append(Entry(OPERATOR, NO_RUN, kind, now, now, digest, data))


def _line(turn: Turn, digest: str, said: Mapping[str, Json]) -> str:
    return json.dumps({"event": f"configuration-{turn}", "digest": digest, **said})
