"""`models`: prices with their date, and which key is there, never the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.entry.door import enter
from synapse_bot.entry.main import cli

KEY = "sk-planted-0123456789abcdefghijklmn"


def test_the_list_says_prices_their_date_and_which_variables_hold_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert enter(cli, ["models", "list"]) == 0
    said = capsys.readouterr().out
    assert "list prices as of 20" in said
    assert "OPENAI_API_KEY (set)" in said
    assert "ANTHROPIC_API_KEY (not set)" in said
    assert KEY not in said


OWN = """
providers:
  house: {wire: openai, base_url: "https://models.example.org/v1", key_variable: HOUSE_API_KEY}
models:
  house/large: {context: 128000, max_output: 8000, input: 1.5, output: 6}
  openai/gpt-6.2-sol: {context: 1050000, max_output: 128000, input: 0.77, output: 3}
"""


def test_a_host_lays_prices_and_providers_of_its_own_over_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(OWN)
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__CATALOGUE", str(file))
    assert enter(cli, ["models", "list"]) == 0
    said = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in said.splitlines() if line}
    assert rows["house/large"][2:5] == ["1.5", "1.5", "6"]
    assert rows["openai/gpt-6.2-sol"][2] == "0.77"
    assert "anthropic/claude-opus-5-5" in rows
    assert "HOUSE_API_KEY (not set)" in said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("models:\n  nobody/x: {context: 1, max_output: 1, input: 1, output: 1}\n", "nobody"),
        ("models:\n  openai/x: {context: 1, max_output: 1, input: -1, output: 1}\n", "input"),
        ("providers:\n  house: {wire: openai, key_variable: AWS_SECRET}\n", "key_variable"),
    ],
)
def test_a_fault_in_them_is_named_with_its_line(
    text: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__CATALOGUE", str(file))
    assert enter(cli, ["models", "list"]) == 2
    said = capsys.readouterr().err
    assert f"{file}:" in said
    assert fault in said


def test_a_tiny_model_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert enter(cli, ["models", "serve", "tiny"]) == 2
    assert "synapse-bot models install tiny" in capsys.readouterr().err
