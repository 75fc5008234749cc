"""What a run without a model does not pay for."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from synapse_bot.llm.faults import retry_after_s

HEAVY = ("openai", "anthropic", "httpx2", "tenacity", "pydantic")


def _loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_family_loads_no_sdk() -> None:
    loaded = _loaded(
        "import synapse_bot.llm.open, synapse_bot.llm.openai, synapse_bot.llm.anthropic\n"
        "import synapse_bot.llm.scripted, synapse_bot.llm.cassette, synapse_bot.llm.budget"
    )
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize(("wire", "other"), [("OpenAI", "anthropic"), ("Anthropic", "openai")])
def test_a_provider_loads_its_own_sdk_only(wire: str, other: str) -> None:
    loaded = _loaded(
        f"from synapse_bot.llm.{wire.lower()} import {wire}Talk\n"
        "from synapse_bot.llm.endpoint import Endpoint, Wire\n"
        f"{wire}Talk(Endpoint('p', 'm', Wire.OPENAI, 'http://127.0.0.1:1')).load()"
    )
    assert wire.lower() in loaded
    assert other not in loaded


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "inf"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "Tue, 24 Nov 2026 10:00:30 GMT"}, 30),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:00 GMT"}, 0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
    ],
)
def test_every_spelling_of_retry_after_is_read(headers: dict[str, str], seconds: float) -> None:
    now = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)
    assert retry_after_s(headers, now) == seconds
