"""Recording runs: by several processes, on bad disks, over damaged files."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.store import migrations
from synapse_bot.store.migrations import migrate
from synapse_bot.store.open import open_stores
from synapse_bot.store.sqlite import SqliteStore
from synapse_bot.store.sqlite_file import FILE, SqliteDatabase

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "state"


def test_what_is_recorded_can_be_read_back(folder, make_run):
    run = make_run(findings=3, seconds=0.25)
    SqliteStore.open(folder).record(run, '{"a": 1}')
    again = SqliteStore.open(folder)
    assert again.runs() == (run,)
    assert again.audit("r1") == '{"a": 1}'
    assert again.notices == []


def test_the_newest_run_comes_first_and_the_limit_holds(folder, make_run):
    store = SqliteStore.open(folder)
    for day in (2, 9, 5):
        store.record(make_run(f"d{day}", started_at=f"2026-11-{day:02}T00:00:00Z"), "{}")
    store.record(make_run("later", started_at="2026-11-05T00:00:00Z"), "{}")
    assert [run.id for run in store.runs()] == ["d9", "later", "d5", "d2"]
    assert [run.id for run in store.runs(2)] == ["d9", "later"]


def test_recording_a_run_twice_is_recording_it_once(folder, make_run):
    store = SqliteStore.open(folder)
    store.record(make_run("a", started_at="2026-11-01T00:00:00Z"), "old")
    store.record(make_run("b", started_at="2026-11-01T00:00:00Z"), "{}")
    changed = make_run("a", started_at="2026-11-01T00:00:00Z", verdict="fail", findings=9)
    store.record(changed, "new")
    assert [run.id for run in store.runs()] == ["b", "a"]
    assert store.runs()[1] == changed
    assert store.audit("a") == "new"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("ab1", "one"), ("ab2", "two"), ("ab", None), ("x", None), ("", None), ("abc", "short"),
     ("a_1", None), ("%", None), ("ab12", None)],
)  # fmt: skip
def test_a_prefix_names_one_run_or_none(folder, make_run, prefix, expected):
    store = SqliteStore.open(folder)
    ids = {"ab1": "one", "ab2": "two", "abcd": "long", "abce": "long", "abc": "short"}
    for id_, audit in ids.items():
        store.record(make_run(id_), audit)
    assert store.audit(prefix) == expected


def test_hostile_text_is_only_text(folder, make_run):
    hostile = "x'); DROP TABLE runs; --\0\udce9\u202e"
    SqliteStore.open(folder).record(make_run(ref=hostile, change_key=hostile), hostile)
    (run,) = SqliteStore.open(folder).runs()
    assert run.ref == "x'); DROP TABLE runs; --\0\\udce9\u202e"


def test_the_folder_and_its_files_are_the_owners_alone(folder, make_run):
    folder.mkdir(parents=True, mode=0o755)
    old = os.umask(0)
    try:
        SqliteStore.open(folder).record(make_run(), "{}")
        with closing(sqlite3.connect(folder / FILE)) as open_one:
            open_one.execute("BEGIN IMMEDIATE")  # keeps the side files alive
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert f"{FILE}-wal" in modes


def test_a_new_folder_is_private_under_any_umask(folder):
    old = os.umask(0)
    try:
        SqliteStore.open(folder)
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


WRITER = """
import sys
from pathlib import Path
from synapse_bot.store.base import Run
from synapse_bot.store.sqlite import SqliteStore
for n in range(15):
    store = SqliteStore.open(Path(sys.argv[1]))
    store.record(Run(f"{sys.argv[2]}-{n}", "k", "r", "fast", "pass", 0, "t", 1.0, "d"), "{}")
"""


def writer(folder, name):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name], cwd=ROOT, stderr=subprocess.PIPE
    )


def test_processes_that_record_at_once_lose_nothing(folder):
    children = [writer(folder, name) for name in "abcd"]  # the first of them also migrates
    errors = [child.communicate(timeout=60)[1] for child in children]
    assert errors == [b""] * 4
    assert len({run.id for run in SqliteStore.open(folder).runs(1000)}) == 60


def test_a_writer_waits_for_another(folder, make_run):
    store = SqliteStore.open(folder)
    blocker = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: blocker.execute("COMMIT"))
    timer.start()
    store.record(make_run(), "{}")
    timer.join()
    blocker.close()
    assert len(store.runs()) == 1


def test_a_reader_does_not_wait_for_a_writer(folder, make_run):
    store = SqliteStore.open(folder)
    store.record(make_run(), "{}")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        assert len(SqliteStore.open_to_read(folder).runs()) == 1


def test_while_it_is_held_the_file_is_not_tidied_up_after_each_write(folder, make_run):
    stores = open_stores(folder)
    tidied = folder / f"{FILE}-wal"
    stores.runs.record(make_run("a"), "{}")
    assert not tidied.exists()
    with stores.held():
        stores.runs.record(make_run("b"), "{}")
        assert tidied.stat().st_size > 0
        assert len(open_stores(folder).runs.runs()) == 2
    assert not tidied.exists()
    assert len(stores.runs.runs()) == 2


def test_what_cannot_be_held_is_none_the_worse(folder, make_run):
    stores = open_stores(folder)
    (folder / FILE).write_bytes(b"garbage" * 1000)
    with stores.held():
        stores.runs.record(make_run(), "{}")
    assert len(stores.runs.runs()) == 1


def test_nothing_recorded_is_no_store_to_read_and_makes_none(folder):
    assert SqliteStore.open_to_read(folder) is None
    assert not folder.exists()


def damage(path, how):
    size = path.stat().st_size
    if how == "not a database":
        path.write_bytes(b"garbage" * 1000)
    elif how == "first page":
        with path.open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 2000)
    else:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))


@pytest.mark.parametrize("how", ["not a database", "first page", "all but the first page"])
def test_a_damaged_file_is_kept_and_a_new_one_begins(folder, make_run, how):
    store = SqliteStore.open(folder)
    for n in range(50):
        store.record(make_run(f"old{n}"), "x" * 500)
    damage(store.path, how)
    broken = store.path.read_bytes()
    store.record(make_run("new"), "{}")
    assert [run.id for run in store.runs()] == ["new"]
    assert (folder / f"{FILE}.damaged-1").read_bytes() == broken
    (notice,) = store.notices
    assert "was damaged" in notice
    assert f"{FILE}.damaged-1" in notice


def test_a_second_damage_keeps_both_files(folder, make_run):
    for _ in range(2):
        store = SqliteStore.open(folder)
        store.path.write_bytes(b"garbage" * 1000)
        store.record(make_run(), "{}")
    assert (folder / f"{FILE}.damaged-1").exists()
    assert (folder / f"{FILE}.damaged-2").exists()


def test_a_file_that_another_process_replaced_is_not_moved(folder, make_run):
    store = SqliteStore.open(folder)
    store.record(make_run(), "{}")
    late = SqliteDatabase(folder)
    late.set_aside()  # as if this process had seen the damage before the other one moved it
    assert len(store.runs()) == 1
    assert late.notices == []


def test_reading_a_damaged_file_changes_nothing(folder):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreUnusable, match="not a database") as caught:
        SqliteStore.open_to_read(folder).runs()
    assert "next review" in caught.value.hint
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_a_file_of_a_newer_version_is_left_alone(folder, make_run):
    store = SqliteStore.open(folder)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = store.path.read_bytes()
    with pytest.raises(StoreUnusable, match="number 99") as caught:
        store.record(make_run(), "{}")
    assert "Upgrade" in caught.value.hint
    assert store.path.read_bytes() == before


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable, match="Not a directory") as caught:
        SqliteStore.open(tmp_path / "file" / "state")
    assert caught.value.hint


def test_a_symlink_in_place_of_the_file_is_not_followed(folder, tmp_path):
    folder.mkdir(parents=True)
    (folder / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreUnusable):
        SqliteStore.open(folder)
    assert not (tmp_path / "elsewhere").exists()


def in_child(work):
    """What ``work`` returns or raises, as text, run in a forked process."""
    reader, sender = os.pipe()
    if os.fork() == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error} | {getattr(error, 'hint', '')}"
        os.write(sender, said.encode())
        os._exit(0)
    os.close(sender)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.wait()
    return said


def test_a_full_disk_is_a_store_unusable(folder, make_run):
    store = SqliteStore.open(folder)
    store.record(make_run("kept"), "{}")

    def record():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        store.record(make_run("big"), "x" * 1_000_000)

    assert in_child(record).startswith("StoreUnusable: the record of runs cannot be used")
    assert [run.id for run in store.runs()] == ["kept"]


def as_nobody(work):
    def run():
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        return work()

    return in_child(run)


@pytest.fixture
def open_folder():
    """A temporary folder that other users may enter, which tmp_path is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_read_only_folder_can_be_read_and_not_written(make_run, open_folder):
    folder = open_folder / "state"
    store = SqliteStore.open(folder)
    store.record(make_run(), "{}")
    store.path.chmod(0o444)
    folder.chmod(0o555)
    said = as_nobody(lambda: [run.id for run in SqliteStore.open_to_read(folder).runs()])
    assert said == "['r1']"
    said = as_nobody(lambda: SqliteStore.open(folder).record(make_run("r2"), "{}"))
    assert said.startswith("StoreUnusable: ")
    assert "XDG_STATE_HOME" in said
    folder.chmod(0o755)


def test_migrations_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted(migrations.FOLDER.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_later_migration_keeps_the_rows(folder, make_run, tmp_path):
    store = SqliteStore.open(folder)
    store.record(make_run(), "{}")
    steps = tmp_path / "steps"
    steps.mkdir()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        (steps / f"{version:04}_now.sql").write_text("SELECT this must not run;")
        (steps / f"{version + 1:04}_note.sql").write_text(
            "ALTER TABLE runs ADD note TEXT;\nUPDATE runs SET note = 'a;b';"
        )
        migrate(connection, steps)
        migrate(connection, steps)
        assert connection.execute("SELECT id, note FROM runs").fetchall() == [("r1", "a;b")]


def test_a_migration_that_fails_leaves_no_half(tmp_path):
    (tmp_path / "0001_a.sql").write_text("CREATE TABLE a (x);")
    (tmp_path / "0002_b.sql").write_text("CREATE TABLE b (x);\nCREATE TABLE a (x);")
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            migrate(connection, tmp_path)
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert names == [("a",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_module_is_imported_without_sqlite():
    code = "import sys, synapse_bot.store.sqlite; print('sqlite3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n"
