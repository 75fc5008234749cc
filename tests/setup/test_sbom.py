"""The bill of materials says what is installed (C20)."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess
    from typing import Any


@pytest.fixture(scope="module")
def bill(root: Path) -> dict[str, Any]:
    import subprocess

    done = subprocess.run(
        [sys.executable, root / "scripts" / "sbom.py"], capture_output=True, check=True
    )
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def _closure(name: str) -> dict[str, str]:
    """Every installed distribution that ``name`` needs on this machine, with its version."""
    found: dict[str, str] = {}
    todo = [Requirement(name)]
    first = True
    while todo:
        wanted = todo.pop()
        distribution = importlib.metadata.distribution(wanted.name)
        key = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if key in found:
            continue
        if not first:
            found[key] = distribution.version
        first = False
        extras = {"", *wanted.extras}
        for line in distribution.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(requirement)
    return found


def test_the_bill_lists_what_is_installed_in_its_version(bill: dict[str, Any]) -> None:
    listed = {part["name"]: part["version"] for part in bill["components"]}
    try:
        installed = _closure("synapse-bot")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("synapse-bot is not installed here, it runs from the tree")
    assert len(installed) > 10
    assert {name: listed.get(name) for name in installed} == installed


def test_every_part_is_known_by_its_hashes(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(references) == len(set(references))
    for part in bill["components"]:
        hashes = [one for one in part["properties"] if one["name"] == "synapse-bot:hash"]
        assert hashes, part["name"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one["value"]) for one in hashes)


def test_a_line_that_is_not_understood_is_not_passed_over(
    root: Path, tmp_path: Path, run: Callable[..., CompletedProcess[str]]
) -> None:
    for folder in ("scripts", "synapse_bot"):
        (tmp_path / folder).mkdir()
    for file in ("scripts/sbom.py", "synapse_bot/__init__.py"):
        (tmp_path / file).write_text((root / file).read_text())
    (tmp_path / "requirements.lock").write_text("evil @ file:///tmp/evil.whl\n")
    done = run(sys.executable, tmp_path / "scripts" / "sbom.py")
    assert done.returncode != 0
    assert "line 1" in done.stderr
