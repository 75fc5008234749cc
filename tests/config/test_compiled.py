"""The compiled cache: equal to building anew, and never trusted further than its owner."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.compiled import KEPT, compiled


class Counting:
    """A builder that counts how often it is asked."""

    def __init__(self, value: Any = None) -> None:
        self.value, self.calls = value or {"a": [1, "ü"]}, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.value


def get(folder: Path | None, build: Counting, raw: bytes = b"x", code: tuple[str, ...] = ()) -> Any:
    return compiled(folder, "thing", raw, build, lambda v: v, lambda v: v, code)


def test_what_was_built_once_is_read_the_next_time(tmp_path: Path) -> None:
    build = Counting()
    assert get(tmp_path / "c", build) == get(tmp_path / "c", build) == build.value
    assert build.calls == 1


def test_other_bytes_or_another_name_are_another_thing(tmp_path: Path) -> None:
    build = Counting()
    get(tmp_path / "c", build, b"x")
    get(tmp_path / "c", build, b"y")
    compiled(tmp_path / "c", "other", b"x", build, lambda v: v, lambda v: v)
    assert build.calls == 3


def test_edited_code_is_another_thing(tmp_path: Path) -> None:
    source = tmp_path / "code.py"
    source.write_text("one")
    build = Counting()
    get(tmp_path / "c", build, code=(str(source),))
    source.write_text("three")
    get(tmp_path / "c", build, code=(str(source),))
    assert build.calls == 2


def test_without_a_folder_nothing_is_kept() -> None:
    build = Counting()
    get(None, build)
    get(None, build)
    assert build.calls == 2


def test_the_folder_is_the_users_alone(tmp_path: Path) -> None:
    get(tmp_path / "deep" / "c", Counting())
    [file] = (tmp_path / "deep" / "c").iterdir()
    assert (tmp_path / "deep" / "c").stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-3],
        lambda text: text.replace("ü", "u").replace("\\u00fc", "u"),
        lambda text: "null",
        lambda text: "\udcff" + text,
    ],
)
def test_a_corrupt_file_counts_as_absent_and_is_written_again(tmp_path: Path, damage: Any) -> None:
    build = Counting()
    get(tmp_path / "c", build)
    [file] = (tmp_path / "c").iterdir()
    whole = file.read_text()
    file.write_bytes(damage(whole).encode("utf-8", "surrogateescape"))
    assert get(tmp_path / "c", build) == build.value
    assert build.calls == 2
    assert file.read_text() == whole


def test_a_value_that_does_not_decode_counts_as_absent(tmp_path: Path) -> None:
    build = Counting()
    get(tmp_path / "c", build)

    def decode(plain: Any) -> Any:
        raise KeyError("a field that this version lacks")

    assert compiled(tmp_path / "c", "thing", b"x", build, lambda v: v, decode) == build.value


def test_a_folder_that_others_may_write_to_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    build = Counting()
    get(folder, build)
    folder.chmod(0o777)
    get(folder, build)
    assert build.calls == 2


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    build = Counting()
    get(tmp_path / "c", build)
    [file] = (tmp_path / "c").iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    get(tmp_path / "c", build)
    assert build.calls == 2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    assert get(tmp_path / "c", Counting()) == Counting().value


def test_what_build_raises_passes_through_and_is_not_kept(tmp_path: Path) -> None:
    def build() -> Any:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        compiled(tmp_path / "c", "thing", b"x", build, lambda v: v, lambda v: v)
    assert not (tmp_path / "c").exists()


def test_old_files_go(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        get(tmp_path / "c", Counting(), str(number).encode())
    assert len(list((tmp_path / "c").iterdir())) == KEPT


def test_a_compiled_file_is_json_and_nothing_else(tmp_path: Path) -> None:
    get(tmp_path / "c", Counting())
    [file] = (tmp_path / "c").iterdir()
    digest, body = file.read_text().split("\n")
    assert len(digest) == 64
    assert json.loads(body) == Counting().value
    assert file.stat().st_uid == os.getuid()
