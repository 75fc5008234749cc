"""A real model on a real wire. It answers badly, and the review stays grounded, capped and honest.

`make test-llm` installs the model first; without it these are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.entry.commands.models import serving_tiny, tiny_pin
from synapse_bot.entry.host import read_host
from synapse_bot.specialist.toolbox import installed

HOST = read_host()
pytestmark = pytest.mark.skipif(
    installed(tiny_pin(), HOST.cache) is None,
    reason="the tiny model is not installed: make test-llm",
)
OWN = """\
id: tiny
description: Asks the tiny model.
kind: llm
prompt: Report wrong boundaries.
rules: [off-by-one]
routes: [fast, deep]
deadline: 4m
limits: {input_tokens: 3000, output_tokens: 100}
"""
PAGE = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
DANGER = (
    "import subprocess\n\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving_tiny(HOST) as running:
        yield running


@pytest.fixture
def review(
    address: str, repository: Any, command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Any:
    own = tmp_path / "home" / ".config" / "synapse-bot" / "specialists"
    own.mkdir(parents=True)
    (own / "tiny.yaml").write_text(OWN)
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", f"{address}/v1")
    repository.commit({"page.py": PAGE, "run.py": DANGER})
    only = ("--only", "tiny", "--only", "python-security")

    def run(*options: str) -> Any:
        model = ("--model", "llamacpp/tiny")
        return command("review", "--route", "fast", "--format", "json", *model, *only, *options)

    return run


def test_whatever_it_answers_every_claim_stands_in_the_file_or_the_review_is_incomplete(
    review: Any, repository: Any
) -> None:
    ran = review()
    (outcome,) = (o for o in ran.json["outcomes"] if o["by"] == "tiny")
    assert outcome["kind"] in ("opinion", "failed")
    assert outcome["usage"]["input_tokens"] > 200, "a real model counted real tokens"
    assert outcome["usage"]["cost_usd"] == 0
    for finding in outcome["findings"]:
        text = (repository.root / finding["location"]["path"]).read_text()
        assert finding["code"] in text
    assert (ran.code, ran.json["verdict"]) == (
        (0, "pass") if outcome["kind"] == "opinion" else (3, "incomplete")
    )
    rules = {claim["finding"]["rule"] for claim in ran.json["claims"]}
    assert "command-injection" in rules, "what the tools found is there beside it"


def test_it_is_held_to_the_budget(review: Any) -> None:
    ran = review("--config", _limited())
    (outcome,) = (o for o in ran.json["outcomes"] if o["by"] == "tiny")
    assert outcome["failed_kind"] == "budget"
    assert ran.code == 3


def _limited() -> str:
    path = Path("limited.yml")
    path.write_text("models: {max_tokens: 200}\n")
    return str(path)
