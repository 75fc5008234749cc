"""The bill of materials of a release: CycloneDX JSON from the lock file, on standard output.

Made from what is installed by `requirements.lock`, hash by hash, so that it can be compared with
an environment (tests/setup/test_sbom.py does).
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(slots=True)
class Pin:
    """One line of a lock file: a package, its version, when it applies, its files' hashes."""

    name: str
    version: str
    marker: str = ""
    hashes: list[str] = field(default_factory=list)


def parse_lock(text: str) -> list[Pin]:
    """The pins of a lock file, in its order. A line that is not understood is an error."""
    pins: list[Pin] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if pinned := _PIN.match(line):
            marker = (pinned["marker"] or "").strip()
            pins.append(Pin(pinned["name"], pinned["version"], marker))
        elif (found := _HASH.match(stripped)) and pins:
            pins[-1].hashes.append(found[1])
        else:
            raise ValueError(f"line {number} is no pin and no hash: {line!r}")
    return pins


def bill(pins: list[Pin], version: str) -> dict[str, Any]:
    """CycloneDX 1.6: the program and every package that it is released with."""
    root = f"pkg:pypi/synapse-bot@{version}"
    components = [_component(pin) for pin in pins]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "synapse-bot",
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [c["bom-ref"] for c in components]}],
    }


def _component(pin: Pin) -> dict[str, Any]:
    name = re.sub(r"[-_.]+", "-", pin.name).lower()
    reference = f"pkg:pypi/{name}@{pin.version}"
    properties = [{"name": "synapse-bot:hash", "value": f"sha256:{one}"} for one in pin.hashes]
    if pin.marker:
        properties.append({"name": "synapse-bot:when", "value": pin.marker})
    return {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": pin.version,
        "purl": reference,
        "properties": properties,
    }


def main() -> None:
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "synapse_bot/__init__.py").read_text())
    if version is None:
        raise SystemExit("synapse_bot/__init__.py has no __version__")
    pins = parse_lock((ROOT / "requirements.lock").read_text())
    json.dump(bill(pins, version[1]), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
