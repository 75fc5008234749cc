"""A rule that offers a replacement: applied to its bad fixture, the finding is gone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from synapse_bot.config.data import data_dir

RULES = data_dir("rules") / "static" / "ast-grep"
FIXTURES = Path(__file__).parents[1] / "specialists" / "rules" / "ast-grep"
FIXING = [p for p in sorted(RULES.glob("*/*.yml")) if "fix" in yaml.safe_load(p.read_text())]


def findings(lab: Any, rule: Path, file: Path) -> list[dict[str, Any]]:
    binary = lab.toolbox().find("ast-grep").binary
    only = (f"--config={RULES / 'sgconfig.yml'}", f"--filter=^{rule.stem}$")
    command = (*binary, "scan", *only, "--json=stream", str(file))
    done = subprocess.run(command, capture_output=True, text=True, cwd=file.parent)
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def applied(file: Path, found: list[dict[str, Any]]) -> str:
    text = file.read_bytes()
    for item in sorted(found, key=lambda item: -int(item["replacementOffsets"]["start"])):
        start, end = item["replacementOffsets"]["start"], item["replacementOffsets"]["end"]
        text = text[:start] + item["replacement"].encode() + text[end:]
    return text.decode()


@pytest.fixture
def mended(lab: Any, tmp_path: Path, rule: Path) -> tuple[Path, str]:
    """A copy of the rule's bad fixture after its fix, and the text before."""
    lab.need("ast-grep")
    (bad,) = (FIXTURES / rule.stem).glob("bad.*")
    copy = tmp_path / bad.name
    before = bad.read_text()
    copy.write_text(before)
    found = findings(lab, rule, copy)
    assert found
    copy.write_text(applied(copy, found))
    return copy, before


@pytest.mark.parametrize("rule", FIXING, ids=lambda rule: rule.stem)
def test_a_fix_removes_its_finding(lab: Any, rule: Path, mended: tuple[Path, str]) -> None:
    copy, before = mended
    assert copy.read_text() != before
    assert findings(lab, rule, copy) == []


@pytest.mark.parametrize("rule", [p for p in FIXING if p.stem == "shell-dangerous-rm"])
def test_a_guarded_path_keeps_its_variable(mended: tuple[Path, str]) -> None:
    """A replacement that lost the name would itself delete from the root."""
    text = mended[0].read_text()
    assert "rm -rf ${BUILD_DIR:?}/\n" in text
    assert 'rm -rf "${CACHE:?}"/*\n' in text
