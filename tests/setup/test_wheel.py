"""The wheel is whole, says nothing of the machine, and is the same wherever it is built (C20)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.tmpdir import TempPathFactory

EPOCH = "1767225600"


def _copy(root: Path, tracked: list[Path], target: Path) -> Path:
    for file in tracked:
        place = target / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
    return target


def _build(tree: Path, out: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, tree],
        check=True,
        capture_output=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
    )
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def wheels(root: Path, tracked: list[Path], tmp_path_factory: TempPathFactory) -> tuple[Path, Path]:
    """Two builds from two copies of the tree, whose files differ in age and in mode."""
    first = _copy(root, tracked, tmp_path_factory.mktemp("first"))
    second = _copy(root, tracked, tmp_path_factory.mktemp("second-with-a-longer-name"))
    for file in second.rglob("*.py"):
        os.utime(file, (1, 1))
        file.chmod(0o600)
    return (
        _build(first, tmp_path_factory.mktemp("out1")),
        _build(second, tmp_path_factory.mktemp("out2")),
    )


def test_two_builds_are_the_same_bytes(wheels: tuple[Path, Path]) -> None:
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
    assert len(digests) == 1


def test_the_wheel_holds_the_data_that_users_build_on(
    root: Path, tracked: list[Path], wheels: tuple[Path, Path]
) -> None:
    names = set(zipfile.ZipFile(wheels[0]).namelist())
    for folder in ("specialists", "rules"):
        files = [path.relative_to(root) for path in tracked if path.is_relative_to(root / folder)]
        assert files, f"{folder}/ is empty"
        for file in files:
            assert f"synapse_bot/data/{file.as_posix()}" in names
    for name in ("entry/main.py", "py.typed", "__main__.py"):
        assert f"synapse_bot/{name}" in names


def test_the_wheel_holds_nothing_that_runs_unasked_and_nothing_native(
    wheels: tuple[Path, Path],
) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        names = wheel.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/WHEEL"))
        assert "Root-Is-Purelib: true" in wheel.read(metadata).decode()
    for name in names:
        assert not name.endswith((".pth", ".so", ".pyd", ".dylib", ".pyc", ".exe")), name
        assert name.startswith(("synapse_bot/", "synapse_bot-")), name


def test_the_wheel_carries_its_licence(wheels: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(wheels[0]) as wheel:
        licence = next(name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
        assert b"Apache License" in wheel.read(licence)
        metadata = next(name for name in wheel.namelist() if name.endswith("METADATA"))
        assert "License-Expression: Apache-2.0" in wheel.read(metadata).decode()


def test_the_command_runs_from_the_wheel_alone(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    """From an unpacked wheel, in a folder of its own, with no source tree in sight."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(site)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import synapse_bot\n"
        "from synapse_bot.config.data import data_dir\n"
        "import json\n"
        "print(json.dumps([synapse_bot.__file__, str(data_dir('specialists')),"
        " sorted(p.name for p in data_dir('rules').iterdir())]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, site],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    module, specialists, rules = json.loads(done.stdout)
    assert module.startswith(str(site))
    assert specialists.startswith(str(site))
    assert "negotiation.yaml" in rules
