"""A value from a file, through edits of every kind: by a real file and a real watcher."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from synapse_bot.config.live import Live, Turn
from synapse_bot.config.watch import Watcher
from synapse_bot.domain.errors import ConfigInvalid


def number(path: Path) -> Live:
    """The number in the file at ``path``; ``live.news`` is what was told."""

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise ConfigInvalid(f"{path}:1: {error.strerror}") from error

    def make(raw: bytes) -> int:
        try:
            return int(raw)
        except ValueError:
            raise ConfigInvalid(f"{path}:1: no number\n{path}:2: nor here") from None

    news = []
    live = Live(read, make, news.append, settle_s=0.01)
    live.news = news
    return live


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "number"
    path.write_text("1")
    return path


def test_what_is_new_and_right_takes_the_place_of_the_old(file):
    live = number(file)
    file.write_text("2")
    assert live.value == 1, "nobody looked yet"
    live.look()
    assert live.value == 2
    (told,) = live.news
    assert (told.turn, told.before, told.now, told.faults) == (Turn.CHANGED, 1, 2, ())


def test_what_is_wrong_is_told_once_with_all_its_faults_and_the_old_stays(file):
    live = number(file)
    file.write_text("two")
    for _ in range(3):
        live.look()
    assert live.value == 1
    (told,) = live.news
    assert (told.turn, told.now) == (Turn.REFUSED, 1)
    assert told.faults == live.faults == (f"{file}:1: no number", f"{file}:2: nor here")


@pytest.mark.parametrize(("text", "turn"), [("1", Turn.MENDED), ("2", Turn.CHANGED)])
def test_a_mended_file_ends_the_alarm(file, text, turn):
    live = number(file)
    for content in ("two", text):
        file.write_text(content)
        live.look()
    assert live.faults == ()
    assert live.value == int(text)
    assert [told.turn for told in live.news] == [Turn.REFUSED, turn]


def test_an_edit_without_a_meaning_is_no_news(file):
    live = number(file)
    file.write_text(" 1 ")
    live.look()
    assert (live.value, live.news) == (1, [])


def test_a_file_that_is_away_is_a_fault_and_comes_back(file):
    live = number(file)
    file.unlink()
    live.look()
    assert live.value == 1
    assert "No such file" in live.faults[0]
    file.write_text("1")
    live.look()
    assert live.faults == ()


def test_a_file_that_is_still_being_written_is_not_taken(file):
    content = iter("1" + "3" * 5 + "4" * 100)
    live = Live(lambda: next(content), int, lambda news: None, settle_s=0.0)
    live.look()
    assert live.value == 3
    restless = iter(range(1000))
    live = Live(lambda: next(restless), int, lambda news: None, settle_s=0.0)
    live.look()
    assert live.value == 0, "it never came to rest"


def test_the_first_must_be_right(file):
    file.write_text("one")
    with pytest.raises(ConfigInvalid):
        number(file)


def test_what_could_not_be_kept_is_tried_again(file):
    live, calls = number(file), []
    made = live._make

    def fails_once(raw):
        calls.append(raw)
        if len(calls) == 1:
            raise OSError("the disk is full")
        return made(raw)

    live._make = fails_once
    file.write_text("2")
    with pytest.raises(OSError):
        live.look()
    assert live.value == 1
    live.look()
    assert live.value == 2


def in_place(file: Path, text: str) -> None:
    file.write_text(text)


def by_rename(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text)
    beside.replace(file)


def as_kubernetes(file: Path, text: str) -> None:
    """A mounted ConfigMap: file -> ..data/file, ..data -> a folder, and ..data is replaced."""
    folder = file.parent
    version = folder / f"..version-{time.monotonic_ns()}"
    version.mkdir()
    (version / file.name).write_text(text)
    (folder / "..data_tmp").symlink_to(version.name)
    os.replace(folder / "..data_tmp", folder / "..data")
    if not file.is_symlink():
        file.unlink(missing_ok=True)
        file.symlink_to(f"..data/{file.name}")


def by_another_folder(file: Path, text: str) -> None:
    """The folder itself is put in the place of the old one."""
    folder, fresh = file.parent, file.parent.with_name("fresh")
    fresh.mkdir()
    (fresh / file.name).write_text(text)
    folder.rename(folder.with_name(f"old-{time.monotonic_ns()}"))
    fresh.rename(folder)


WAYS = (in_place, by_rename, as_kubernetes, by_another_folder)


@pytest.mark.parametrize("with_watchfiles", [True, False], ids=["told", "looking"])
@pytest.mark.parametrize("edit", WAYS)
def test_an_edit_is_seen_however_it_is_made(tmp_path, monkeypatch, edit, with_watchfiles):
    if not with_watchfiles:
        monkeypatch.setitem(sys.modules, "watchfiles", None)
    file = tmp_path / "folder" / "number"
    file.parent.mkdir()
    file.write_text("1")
    live = number(file)
    watcher = Watcher(file.parent, live.look, look_s=0.1)
    watcher.start()
    try:
        for value in (2, 3):
            edit(file, str(value))
            until(lambda value=value: live.value == value)
    finally:
        watcher.stop()


def test_the_system_tells_at_once_and_not_at_the_next_look(file):
    """With an hour between two looks only the system's word can bring the change."""
    live = number(file)
    watcher = Watcher(file.parent, live.look, look_s=3600.0)
    watcher.start()
    try:
        for value in range(2, 400):  # until it watches
            by_rename(file, str(value))
            time.sleep(0.05)
            if live.value > 1:
                break
        assert live.value > 1
    finally:
        watcher.stop()


def test_a_folder_that_is_made_later_is_seen(tmp_path):
    folder, seen = tmp_path / "later", threading.Event()
    watcher = Watcher(folder, lambda: seen.set() if folder.is_dir() else None, look_s=0.05)
    watcher.start()
    folder.mkdir()
    assert seen.wait(60)
    watcher.stop()


def test_a_look_that_fails_does_not_end_the_watch(file):
    looks = []

    def look():
        looks.append(1)
        raise OSError("the disk is full")

    watcher = Watcher(file.parent, look, look_s=0.05)
    watcher.start()
    until(lambda: len(looks) > 1)
    watcher.stop()
    count = len(looks)
    time.sleep(0.2)
    assert len(looks) == count, "it is over when stop returns"


def until(happened):
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")
