"""Where names are defined and used: read once a blob, nearest first, and honest about the rest."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.specialist.context.index import Index, IndexLimits, build_index

FILES = {
    "app/page.py": b"def page(n):\n    return n\n",
    "app/view.py": b"from app.page import page\n\n\ndef view():\n    return page(1)\n",
    "lib/far.py": b"def far():\n    return page(2)\n",
    "README.md": b"# page\n",
}


class Base:
    """A base whose blob ids are its contents' own, and what was read of it."""

    def __init__(self, files: Mapping[str, bytes] = FILES) -> None:
        self.files = files
        self.read: list[str] = []

    async def texts(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        self.read += paths
        return {path: self.files[path] for path in paths}

    def index(self, folder: Path | None = None, **more: Any) -> Index:
        tree = {path: content.hex() for path, content in self.files.items()}
        return asyncio.run(build_index(tree, self.texts, folder=folder, repository="r", **more))


def test_definitions_and_uses_are_found_by_name() -> None:
    index = Base().index()
    assert [(path, d.start) for path, d in index.definitions["page"]] == [("app/page.py", 1)]
    assert index.uses["page"] == [("app/view.py", 5), ("lib/far.py", 2)]
    assert index.left_out == ""


def test_a_second_run_reads_new_blobs_alone(tmp_path: Path) -> None:
    first = Base().index(tmp_path / "symbols")
    again = Base()
    assert again.index(tmp_path / "symbols") == first
    assert again.read == []
    edited = Base({**FILES, "app/page.py": b"def pages(n):\n    return n\n"})
    assert "pages" in edited.index(tmp_path / "symbols").definitions
    assert edited.read == ["app/page.py"]


def test_what_the_base_no_longer_has_is_forgotten(tmp_path: Path) -> None:
    Base().index(tmp_path)
    (kept,) = tmp_path.glob("*.json")
    large = kept.stat().st_size
    Base({"app/page.py": FILES["app/page.py"]}).index(tmp_path)
    assert kept.stat().st_size < large


def _torn(file: Path) -> None:
    file.write_text(file.read_text()[:-20])


def _edited(file: Path) -> None:
    file.write_text(file.read_text().replace("page", "gape"))


def _opened(file: Path) -> None:
    file.parent.chmod(file.parent.stat().st_mode | stat.S_IWOTH)


@pytest.mark.parametrize("spoil", [_torn, _edited, _opened])
def test_a_record_that_cannot_be_trusted_counts_as_absent(tmp_path: Path, spoil: Any) -> None:
    folder = tmp_path / "symbols"
    expected = Base().index(folder)
    (kept,) = folder.glob("*.json")
    spoil(kept)
    again = Base()
    assert again.index(folder) == expected
    assert len(again.read) == 3


def test_a_folder_that_cannot_be_written_costs_speed_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Base().index(tmp_path / "file" / "symbols").definitions


def test_a_limit_keeps_what_is_near_the_change_and_says_what_it_cut() -> None:
    index = Base().index(near=["lib/new.py"], limits=IndexLimits(files=1))
    assert list(index.files) == ["lib/far.py"]
    assert index.left_out == "2 of 3 source files"
    assert Base().index(limits=IndexLimits(seconds=0)).left_out == "3 of 3 source files"


def test_the_change_lies_on_top() -> None:
    base = Base().index()
    head = Base({"app/page.py": b"def leaf(n):\n    return n\n"}).index().files
    index = base.with_head(head, gone=["app/page.py", "lib/far.py"])
    assert set(index.definitions) == {"leaf", "view"}
    assert index.uses["page"] == [("app/view.py", 5)]
