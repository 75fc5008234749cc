"""The head's texts on disk: one folder a file, and no path of the change used as a path."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.specialist.materialise import link, materialise, safe_name

NAMES = [
    ("src/app.py", "app.py"),
    ("Dockerfile", "Dockerfile"),
    ("-rf.py", "file.py"),
    (".eslintrc.json", "file.json"),
    (".env", "file.env"),
    ("a\nb.py", "file.py"),
    ("../../etc/passwd", "passwd"),
    ("..", "file"),
    ("x/.", "x"),
    ("", "file"),
    ("é.py", "file.py"),
    ("a b.sh", "file.sh"),
    ("a" * 200 + ".go", "file.go"),
    ("x.tar.gz\n", "file"),
]


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_plain_name_stays_and_any_other_is_neutral(path: str, name: str) -> None:
    assert safe_name(path) == name


def test_every_file_has_a_private_folder_to_itself(tmp_path: Path) -> None:
    placed = materialise({path: path.encode() for path, _ in NAMES}, tmp_path / "files")
    folders = [place.parent for place in placed.values()]
    assert len(set(folders)) == len(NAMES)
    for path, place in placed.items():
        assert place.read_bytes() == path.encode()
        assert os.listdir(place.parent) == [place.name]
        assert place.stat().st_mode & 0o777 == 0o600
        assert place.parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


def test_a_planted_symlink_is_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "00001").symlink_to(victim)
    with pytest.raises(FileExistsError):
        materialise({"a.py": b"x"}, tmp_path / "files")
    assert list(victim.iterdir()) == []


def test_a_comment_that_silences_a_tool_is_broken_in_the_copy(tmp_path: Path) -> None:
    text = b"x = 1\n# shellcheck disable=SC2086\n"
    copy = materialise({"a.sh": text}, tmp_path / "files")["a.sh"].read_bytes()
    assert b"SC2086" not in copy
    assert len(copy) == len(text)


def test_links_keep_the_numbered_folders(tmp_path: Path) -> None:
    placed = materialise({"a.py": b"a", "b.py": b"b", "c.py": b"c"}, tmp_path / "files")
    linked = link(placed, ["c.py", "a.py"], tmp_path / "linked")
    found = sorted(
        p.relative_to(tmp_path / "linked").as_posix() for p in (tmp_path / "linked").rglob("*.py")
    )
    assert found == ["00001/a.py", "00003/c.py"]
    assert linked["c.py"].read_bytes() == b"c"
    assert not linked["c.py"].is_symlink()


@settings(max_examples=60, deadline=None)
@given(paths=st.sets(st.text(min_size=1, max_size=30).filter(lambda p: "\0" not in p), max_size=8))
def test_no_name_of_the_change_can_leave_its_folder(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    texts = {path: path.encode("utf-8", "replace") for path in paths}
    placed = materialise(texts, folder)
    for path, place in placed.items():
        assert place.parent.parent == folder
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", place.name)
        assert place.read_bytes() == texts[path]
    assert not [p for p in folder.rglob("*") if p.is_symlink()]
