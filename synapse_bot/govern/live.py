"""LiveTenants: the tenants of a file, followed through its edits."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from synapse_bot.config.document import read_bytes
from synapse_bot.config.live import Live, News, Turn
from synapse_bot.config.watch import Watcher
from synapse_bot.domain.redaction import redact
from synapse_bot.govern.tenants_schema import parse_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from synapse_bot.domain.quota import Limits
    from synapse_bot.domain.tenant import Tenant, Tenants

    Tell = Callable[[int, str], object]


class LiveTenants:
    """A TenantBook. An edit of the file that is wrong is told, and what held goes on.

    ``tell`` takes the level, as of logging, and one line of JSON.
    """

    def __init__(self, path: Path, tell: Tell) -> None:
        """Raises ConfigInvalid where the file is wrong now."""
        self._path = path
        self._tell = tell
        self._live: Live[bytes, Tenants] = Live(
            partial(read_bytes, path), lambda raw: parse_tenants(raw, str(path)), self._told
        )
        self._watcher = Watcher(path.absolute().parent, self._live.look)

    @property
    def by_id(self) -> Mapping[str, Tenant]:
        """See Tenants, as all below."""
        return self._live.value.by_id

    def quota(self, tenant: str) -> Limits:
        return self._live.value.quota(tenant)

    def of_github(self, installation: int, repository: str) -> str:
        return self._live.value.of_github(installation, repository)

    def of_gitlab(self, repository: str) -> str:
        return self._live.value.of_gitlab(repository)

    def edit_refused(self) -> bool:
        """Whether what lies in the file is wrong, and an older one holds."""
        return bool(self._live.faults)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Within it, edits of the file are followed."""
        with self._watcher.running():
            yield

    def _told(self, news: News[Tenants]) -> None:
        refused = news.turn is Turn.REFUSED
        said = {
            "event": f"configuration-{news.turn}",
            "file": str(self._path),
            **({"faults": [redact(fault) for fault in news.faults]} if refused else {}),
        }
        self._tell(logging.WARNING if refused else logging.INFO, json.dumps(said))
