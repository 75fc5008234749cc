"""A value that is read from files and outlives bad edits of them.

What is new takes the place of the old in one step, once its files are quiet and right; what is
wrong is told, and the old one stays. Readers take no lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from synapse_bot.domain.errors import ConfigInvalid

R = TypeVar("R")  # what lies in the files; compared
T = TypeVar("T")  # what it means; compared

SETTLE_S = 0.25  # without a change for so long, an edit counts as done
_READS = 20  # files that never come to rest are looked at again later


class Turn(StrEnum):
    CHANGED = "changed"
    REFUSED = "refused"
    MENDED = "mended"  # after a refusal, what holds anyway lies there again


@dataclass(frozen=True, slots=True)
class News(Generic[T]):
    """``now`` is what holds from here on; ``faults`` say why something else does not."""

    turn: Turn
    before: T
    now: T
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unread:
    """Nothing could be read."""

    faults: tuple[str, ...]


class Live(Generic[R, T]):
    """``read`` gives what lies in the files, ``make`` what it means; both raise ConfigInvalid.

    What else ``make`` raises passes through ``look``, and the next look tries again.
    """

    def __init__(
        self,
        read: Callable[[], R],
        make: Callable[[R], T],
        tell: Callable[[News[T]], None],
        settle_s: float = SETTLE_S,
    ) -> None:
        """Raises ConfigInvalid where what lies there now cannot be used."""
        self._read = read
        self._make = make
        self._tell = tell
        self._settle_s = settle_s
        self._lock = threading.Lock()  # of those that look
        self._faults: tuple[str, ...] = ()
        self._seen: R | _Unread = read()
        self._value = make(self._seen)

    @property
    def value(self) -> T:
        return self._value

    @property
    def faults(self) -> tuple[str, ...]:
        """Of what lies in the files now; () where that is what holds."""
        return self._faults

    def look(self) -> None:
        """Take what lies in the files now, if it is new, quiet and right."""
        with self._lock:
            seen = self._quiet()
            if seen is not None and seen != self._seen:
                self._take(seen)

    def _take(self, seen: R | _Unread) -> None:
        before = self._value
        try:
            if isinstance(seen, _Unread):
                raise ConfigInvalid("\n".join(seen.faults))
            now = self._make(seen)
        except ConfigInvalid as error:
            self._seen, self._faults = seen, tuple(str(error).split("\n"))
            self._tell(News(Turn.REFUSED, before, before, self._faults))
            return
        mended = bool(self._faults)
        self._seen, self._value, self._faults = seen, now, ()
        if now != before:
            self._tell(News(Turn.CHANGED, before, now))
        elif mended:
            self._tell(News(Turn.MENDED, before, now))

    def _quiet(self) -> R | _Unread | None:
        """What lies there and stays so for a moment; None where it does not come to rest."""
        found = self._look()
        for _ in range(_READS):
            if found == self._seen:
                return found
            time.sleep(self._settle_s)
            again = self._look()
            if again == found:
                return found
            found = again
        return None

    def _look(self) -> R | _Unread:
        try:
            return self._read()
        except ConfigInvalid as error:
            return _Unread(tuple(str(error).split("\n")))
