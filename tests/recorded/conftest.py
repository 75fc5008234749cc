"""What GitHub itself has sent, from npm: example payloads of webhooks, and recorded traffic.

Installed once and kept in pytest's cache; without npm these tests are skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGES = {
    "@octokit/webhooks-examples": "7.6.1",  # 329 payloads of 58 events
    "@octokit/fixtures": "23.1.2",  # 22 scenarios
}


@pytest.fixture(scope="session")
def octokit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both packages, moved to its place whole: workers may make it at once."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is absent: what GitHub has sent comes from there")
    cache = getattr(request.config, "cache", None)  # absent with -p no:cacheprovider
    home = Path(cache.mkdir("octokit-npm")) if cache else tmp_path_factory.mktemp("octokit-npm")
    kept = home / "-".join(PACKAGES.values())
    if not kept.is_dir():
        made = _installed(npm, home)
        try:
            made.rename(kept)
        except OSError:  # another worker was faster
            shutil.rmtree(made)
    return kept / "node_modules" / "@octokit"


def _installed(npm: str, home: Path) -> Path:
    made = Path(tempfile.mkdtemp(dir=home))
    (made / "package.json").write_text('{"private": true}')
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *wanted]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        shutil.rmtree(made)
        pytest.skip(f"npm cannot install {wanted} here: {done.stderr.strip()[-200:]}")
    return made
