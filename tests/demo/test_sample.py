"""The bundled sample is what its script builds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "demo"


def heads(bundle: Path) -> list[str]:
    command = ["git", "bundle", "list-heads", str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sorted(done.stdout.splitlines())


def test_the_bundle_is_what_the_script_builds(tmp_path: Path) -> None:
    built = tmp_path / "sample.bundle"
    subprocess.run([sys.executable, str(DEMO / "make_sample.py"), str(built)], check=True)
    # Commit ids cover every byte of every file; the packing may differ between versions of git.
    assert heads(built) == heads(DEMO / "sample.bundle")


def test_the_bundle_holds_main_and_the_branch_under_review() -> None:
    names = {line.split()[1] for line in heads(DEMO / "sample.bundle")}
    assert names == {"HEAD", "refs/heads/main", "refs/heads/feature/checkout"}


def test_the_tree_itself_holds_no_whole_secret() -> None:
    texts = [path.read_bytes() for path in (DEMO / "sample").rglob("*") if path.is_file()]
    assert not any(b"AKIA" in text for text in texts)
    assert any(b"~~" in text for text in texts)
