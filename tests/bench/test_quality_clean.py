"""Releases are what was pinned, or refused; an archive writes nothing outside."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
import yaml
from quality_changes import two_commits
from quality_clean import Release, ReleaseMissing, fetched, parse_steps, thousands, unpacked

ROOT = Path(__file__).resolve().parents[2]


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("top/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return buffer.getvalue()


def test_ten_projects_are_pinned_by_version_and_hash() -> None:
    steps = parse_steps(yaml.safe_load((ROOT / "bench" / "quality.yaml").read_text())["clean"])
    releases = [release for step in steps for release in (step.old, step.new)]
    assert len(steps) == 10
    assert len({release.sha256 for release in releases}) == 20
    assert all(len(release.sha256) == 64 for release in releases)


def test_a_file_in_the_cache_is_taken_when_its_hash_is_the_pinned_one(tmp_path: Path) -> None:
    (tmp_path / "one-1.tgz").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert fetched(Release("npm", "one", "1", "one-1.tgz", digest), tmp_path) == b"content"


def test_another_file_is_refused_and_removed(tmp_path: Path) -> None:
    (tmp_path / "one-1.tgz").write_bytes(b"something else")
    with pytest.raises(ReleaseMissing, match="not the file that is pinned"):
        fetched(Release("npm", "one", "1", "one-1.tgz", "0" * 64), tmp_path)
    assert not (tmp_path / "one-1.tgz").exists()


def test_an_archive_yields_regular_files_below_its_top_folder_alone() -> None:
    files = {"top/a.py": b"1", "top/b/c.js": b"2", "top/../../up.py": b"3", "top/.git/config": b"4"}
    assert unpacked(archive(files)) == {"a.py": b"1", "b/c.js": b"2"}


def test_only_lines_of_code_are_counted(tmp_path: Path) -> None:
    files = {"a.py": b"1\n" * 500, "README.md": b"1\n" * 500}
    assert thousands(two_commits(tmp_path / "repository", {}, files), (".py",)) == 0.5
