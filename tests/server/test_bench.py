"""The measuring script measures: every delivery is sent, and answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_script_prints_quantiles_of_enqueued_deliveries() -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SYNAPSE_BOT")}
    argv = [sys.executable, ROOT / "bench" / "webhook.py", "--requests", "20", "--connections", "2"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environ, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "p99" in done.stdout
    assert "{202: 20}" in done.stdout
