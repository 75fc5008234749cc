"""Looking at a folder when something in it changes, and every few seconds all the same.

The system tells of changes through watchfiles, where that is installed. It does not tell of all:
not of what lies behind a link, nor on every network disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from synapse_bot.domain.errors import SynapseError

LOOK_S = 5.0
_DEBOUNCE_MS = 200  # of changes that come together, the look is at the last
_LOG = logging.getLogger("synapse_bot.configuration")


class Watcher:
    """A thread that calls ``look`` until ``stop``. ``deep``: folders below it count as well."""

    def __init__(
        self, folder: Path, look: Callable[[], None], *, deep: bool = False, look_s: float = LOOK_S
    ) -> None:
        self._folder = folder
        self._look = look
        self._deep = deep
        self._look_s = look_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="configuration", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once no look is under way any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Started, and stopped at the end."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def _run(self) -> None:
        for _ in self._moments():
            try:
                self._look()
            except (SynapseError, OSError) as error:  # the next look tries again
                _LOG.warning("the configuration could not be looked at: %s", error)

    def _moments(self) -> Iterator[None]:
        """Once for each time to look."""
        while not self._stop.is_set():
            try:
                yield from self._told()
            except (ImportError, OSError, RuntimeError):  # not installed, not there, none left
                self._stop.wait(self._look_s)
            if not self._stop.is_set():
                yield

    def _told(self) -> Iterator[None]:
        """As the system tells, until the folder is another one."""
        from watchfiles import watch

        watched = self._identity()
        for _ in watch(
            self._folder,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            stop_event=self._stop,
            rust_timeout=max(int(self._look_s * 1000), 1),
            yield_on_timeout=True,
            recursive=self._deep,
        ):
            if self._identity() != watched:
                return
            yield

    def _identity(self) -> tuple[int, int]:
        """Which folder it is, beyond its name. Raises OSError where there is none."""
        info = self._folder.stat()
        return info.st_dev, info.st_ino
