"""What is installed is named to the byte (C19), and no name is missing."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = (
    "requirements.lock",
    "requirements-build.lock",
    "requirements-dev.lock",
    "requirements-fleet.lock",
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def _pins(path: Path) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in _PIN.findall(path.read_text()):
        pins.setdefault(_canonical(name), set()).add(version)
    return pins


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(requirements: list[str]) -> set[str]:
    return {_canonical(re.split(r"[\s<>=!~;\[]", one, maxsplit=1)[0]) for one in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(root: Path, name: str) -> None:
    lines = [line for line in (root / name).read_text().splitlines() if not _comment(line)]
    assert lines
    for number, line in enumerate(lines):
        if not line.startswith(" "):
            assert "==" in line, f"{name}: {line} is no exact pin"
            assert lines[number + 1].strip().startswith("--hash=sha256:"), f"{name}: {line}"


def _comment(line: str) -> bool:
    return not line.strip() or line.strip().startswith("#")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_local_place(root: Path, name: str) -> None:
    text = (root / name).read_text()
    for word in ("://", "--index-url", "--find-links", "file:", " @ "):
        assert word not in text


def test_the_locks_hold_every_dependency_that_is_declared(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    runtime = _names(project["project"]["dependencies"])
    groups = project["dependency-groups"]
    assert runtime <= set(_pins(root / "requirements.lock")), "run `make lock`"
    wanted = runtime | _names(groups["dev"]) | _names(groups["docs"])
    assert wanted <= set(_pins(root / "requirements-dev.lock")), "run `make lock`"


@pytest.mark.parametrize("name", LOCKS[:2])
def test_the_small_locks_are_part_of_the_large_one(root: Path, name: str) -> None:
    large = _pins(root / "requirements-dev.lock")
    for package, versions in _pins(root / name).items():
        assert versions <= large[package], package


def test_no_gateway_and_no_semgrep_get_into_our_environment(root: Path) -> None:
    assert not {"litellm", "semgrep"} & set(_pins(root / "requirements-dev.lock"))


def test_no_installed_package_runs_code_at_every_start() -> None:
    """A `*.pth` that imports is run by each interpreter: the way of a known credential thief."""
    import sysconfig
    from pathlib import Path

    site = Path(sysconfig.get_path("purelib"))
    known = {"_virtualenv.pth", "distutils-precedence.pth"}
    for file in site.glob("*.pth"):
        lines = file.read_text().splitlines()
        runs = [line for line in lines if line.startswith(("import ", "import\t"))]
        assert not runs or file.name in known, f"{file.name}: {runs}"


def test_the_engine_comes_without_the_extras_that_are_banned(root: Path) -> None:
    """dbos[otel] takes semgrep down to an old version; dbos[enterprise] is proprietary."""
    assert "dbos[" not in (root / "pyproject.toml").read_text().replace("dbos[otel] (", "").replace(
        "dbos[enterprise] (", ""
    )
    for name in LOCKS:
        pins = _pins(root / name)
        assert not any("conductor" in pin or pin == "opentelemetry-exporter" for pin in pins)
