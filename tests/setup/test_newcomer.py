"""What a newcomer types: make, on machines that have it all and on machines that lack something."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = ("sh", "cat", "cksum", "dirname", "git", "rm", "env", "printf")


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    """As much of a clone as the set-up reads."""
    clone = tmp_path / "clone"
    (clone / "scripts").mkdir(parents=True)
    for name in ("scripts/bootstrap.sh", "pyproject.toml", "Makefile"):
        shutil.copy2(root / name, clone / name)
    for lock in root.glob("requirements*.lock"):
        shutil.copy2(lock, clone)
    return clone


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with nothing but what the set-up itself calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def _bootstrap(tree: Path, path: Path, level: str = "run") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap.sh", level],
        cwd=tree,
        env={"PATH": str(path), "HOME": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_python_the_message_shows_the_way_out(tree: Path, path: Path) -> None:
    done = _bootstrap(tree, path)
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install" in done.stderr


def test_an_old_python_is_named_in_the_message(tree: Path, path: Path) -> None:
    _program(path, "python3", 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    done = _bootstrap(tree, path)
    assert done.returncode == 2
    assert "Python 3.9.2" in done.stderr
    assert "PYTHON=" in done.stderr


def test_a_newer_python_beside_an_old_one_is_found(tree: Path, path: Path) -> None:
    _program(path, "python3", "exit 1")
    _program(path, "python3.12", f'exec "{sys.executable}" "$@"')
    _program(path, "uv", 'case "$1" in --version) ;; *) echo "uv $*" >&2; exit 7;; esac')
    done = _bootstrap(tree, path)
    assert done.returncode == 7
    assert "uv venv" in done.stderr


def test_without_git_the_message_names_it(tree: Path, path: Path) -> None:
    (path / "git").unlink()
    done = _bootstrap(tree, path)
    assert done.returncode == 2
    assert "git is needed" in done.stderr


def test_a_python_without_venv_and_pip_is_told_what_to_install(tree: Path, path: Path) -> None:
    # find_python resolves to sys.executable; the stand-in must answer for itself.
    _program(
        path,
        "python3",
        f'case "$*" in *ensurepip*|*"-m pip"*|*"-m venv"*) exit 1;;'
        f' *sys.executable*) echo {path}/python3;; *) exec "{sys.executable}" "$@";; esac',
    )
    done = _bootstrap(tree, path)
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stderr


def _fake_environment(tree: Path, path: Path) -> None:
    """An environment that is there already, and a uv that notes what it is asked."""
    (tree / ".venv" / "bin").mkdir(parents=True)
    _program(tree / ".venv" / "bin", "python", f'exec "{sys.executable}" "$@"')
    _program(path, "uv", f'echo "$*" >> "{tree}/calls"')
    (tree / "synapse_bot").mkdir()


def test_everything_is_installed_by_hash_with_bytecode(tree: Path, path: Path) -> None:
    _fake_environment(tree, path)
    assert _bootstrap(tree, path, "dev").returncode == 0
    calls = [line for line in (tree / "calls").read_text().splitlines() if "install" in line]
    assert len(calls) == 2
    assert "--require-hashes --compile-bytecode -r requirements-dev.lock" in calls[0]
    assert "--no-deps --no-build-isolation --editable ." in calls[1]


def test_a_second_call_does_nothing_and_a_changed_lock_does_it_again(
    tree: Path, path: Path
) -> None:
    _fake_environment(tree, path)
    _bootstrap(tree, path, "dev")
    before = (tree / "calls").read_text()
    again = _bootstrap(tree, path, "dev")
    lesser = _bootstrap(tree, path, "run")  # what the program needs is part of it
    assert (again.returncode, again.stderr, lesser.stderr) == (0, "", "")
    assert (tree / "calls").read_text().count("pip install") == before.count("pip install")
    with (tree / "requirements-dev.lock").open("a") as lock:
        lock.write("# changed\n")
    _bootstrap(tree, path, "dev")
    assert (tree / "calls").read_text().count("pip install") == 2 * before.count("pip install")


def _outside_make() -> dict[str, str]:
    """The environment as a terminal has it, also when `make test` runs these tests."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def test_make_alone_lists_every_target_in_a_line_each(root: Path) -> None:
    done = subprocess.run(
        ["make"], cwd=root, env=_outside_make(), capture_output=True, text=True, check=True
    )
    listed = re.findall(r"^  make ([\w-]+) +(\S.*)$", done.stdout, re.MULTILINE)
    wanted = {"help", "dev", "demo", "check", "test", "golden", "bench", "docs", "wheel", "clean"}
    assert wanted <= {name for name, _ in listed}
    assert len(done.stdout.splitlines()) == len(listed)


def test_make_compiles_bytecode_where_the_environment_forbids_it(
    tmp_path: Path, root: Path
) -> None:
    include = tmp_path / "Makefile"
    include.write_text(f"include {root}/Makefile\nshow:\n\t@env\n")
    done = subprocess.run(
        ["make", "-s", "-f", include, "show"],
        cwd=tmp_path,
        env=_outside_make() | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PYTHONDONTWRITEBYTECODE" not in done.stdout
    assert "SOURCE_DATE_EPOCH=" in done.stdout


def test_ci_runs_the_very_lines_that_a_developer_types(root: Path) -> None:
    lines = (root / ".ci" / "run").read_text().splitlines()
    assert lines[-2:] == ["make check", "make test"]


@pytest.mark.parametrize("name", ["bootstrap.sh", "demo.sh", "lock.sh", "test_wheel.sh"])
def test_scripts_are_plain_shell(root: Path, name: str) -> None:
    done = subprocess.run(["sh", "-n", root / "scripts" / name], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
