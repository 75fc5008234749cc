"""`models`: prices with their date, and which key is there, never the key."""

from __future__ import annotations

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


def test_a_tiny_model_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert enter(cli, ["models", "serve", "tiny"]) == 2
    assert "synapse-bot models install tiny" in capsys.readouterr().err
