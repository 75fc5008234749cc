"""The action's outputs as `name=value` lines, from the folder that a review wrote.

Values are ours (an enum, numbers, paths below the folder), never text of the change, so that no
line can set an output that it should not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

VERDICTS = ("pass", "fail", "incomplete")
ROUTES = ("fast", "deep")
FILES = {
    "report-json": "synapse-review.json",
    "report-markdown": "synapse-review.md",
    "sarif-file": "synapse-review.sarif",
}


def outputs(folder: Path, exit_code: int) -> dict[str, str]:
    """Every output; a review that wrote nothing is ``incomplete`` with no findings known."""
    values = {
        "exit-code": str(exit_code),
        "verdict": "incomplete",
        "findings-count": "",
        "findings-high": "",
        "mode": "",
    }
    audit = folder / FILES["report-json"]
    if audit.is_file():
        review = json.loads(audit.read_text(encoding="utf-8"))
        verdict = review.get("verdict")
        values["verdict"] = verdict if verdict in VERDICTS else "incomplete"
        claims = review.get("claims", ())
        values["findings-count"] = str(len(claims))
        values["findings-high"] = str(sum(_is_high(claim) for claim in claims))
        route = review.get("plan", {}).get("route")
        values["mode"] = route if route in ROUTES else ""
    elif exit_code == 0:
        values |= {
            "verdict": "pass",
            "findings-count": "0",
            "findings-high": "0",
        }  # nothing there to review
    for name, file in FILES.items():
        values[name] = str(folder / file) if (folder / file).is_file() else ""
    return values


def _is_high(claim: dict[str, Any]) -> bool:
    return claim.get("finding", {}).get("severity") in ("high", "critical")


def main() -> None:
    for name, value in outputs(Path(sys.argv[1]), int(sys.argv[2])).items():
        sys.stdout.write(f"{name}={value}\n")


if __name__ == "__main__":
    main()
