"""The tenants of a running `synapse-bot serve`: a real process, whose file is edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.config.test_live import as_kubernetes, by_rename, in_place, until

from .conftest import pull_request
from .test_serve import start

__all__ = ["start"]

OF_ACME = "tenants: {acme: {github: {owners: [team]}}}\n"
OF_LAB = "tenants: {lab: {github: {owners: [team]}}}\n"
OF_NOBODY = "tenants:\n  acme:\n    github: {owners: [elsewhere]}\n"
WRONG = "tenants:\n  acme:\n    github: {ownerss: [team]}\n"


def _tenant(process: Any, number: int) -> str:
    """Whose a new delivery is taken to be, "" for nobody's."""
    count = len([line for line in process.lines if '"outcome"' in line])
    process.post({**pull_request(), "n": number})
    return str(process.wait_for("outcome", count + 1)[count].get("tenant", ""))


def _ready(process: Any) -> dict[str, Any]:
    answer = requests.get(f"{process.url}/readyz", timeout=60)
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize("edit", [in_place, by_rename, as_kubernetes])
def test_an_edit_of_the_tenants_holds_without_a_restart(start: Any, tmp_path: Path, edit) -> None:
    file = tmp_path / "tenants" / "tenants.yaml"
    file.parent.mkdir()
    edit(file, OF_ACME)
    process = start("--dry-run", "--tenants", str(file))
    assert _tenant(process, 0) == "acme"
    edit(file, OF_LAB)
    (told,) = process.wait_for("event")
    assert told == {"event": "configuration-changed", "file": str(file)}
    assert _tenant(process, 1) == "lab"
    edit(file, OF_NOBODY)
    process.wait_for("event", 2)
    assert _tenant(process, 2) == ""
    assert process.end() == 0
    assert all(line.startswith("{") for line in process.lines), process.lines


def test_a_wrong_edit_is_told_with_its_place_and_what_held_goes_on(
    start: Any, tmp_path: Path
) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(OF_ACME)
    process = start("--dry-run", "--tenants", str(file))
    assert _ready(process) == {"status": "ok", "configuration": "ok"}
    for wrong in (WRONG, OF_ACME[:-4]):
        by_rename(file, wrong)
        until(lambda: _ready(process) == {"status": "ok", "configuration": "edit refused"})
        assert "synapse_configuration_refused 1.0" in _metrics(process)
        assert _tenant(process, len(wrong)) == "acme"
        by_rename(file, OF_ACME)
        until(lambda: _ready(process) == {"status": "ok", "configuration": "ok"})
    assert "synapse_configuration_refused 0.0" in _metrics(process)
    turns = process.wait_for("event", 4)
    assert [turn["event"].removeprefix("configuration-") for turn in turns] == [
        "refused", "mended", "refused", "mended",
    ]  # fmt: skip
    (fault,) = turns[0]["faults"]
    assert fault.startswith(f"{file}:3: unknown key")
    file.unlink()
    process.wait_for("event", 5)
    assert _tenant(process, 0) == "acme", "a file that is away changes nothing"


def _metrics(process: Any) -> str:
    return requests.get(f"{process.url}/metrics", timeout=60).text
