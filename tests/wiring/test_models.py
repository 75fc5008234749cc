"""Each duty has the model that the host names for it, with its own key and address."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.config.settings import ModelSettings
from synapse_bot.domain.plan import Duty
from synapse_bot.llm.errors import ModelDenied
from synapse_bot.runtime.request import Host
from synapse_bot.wiring.models import open_models

OPENAI, ANTHROPIC = "openai/gpt-6.2-sol", "anthropic/claude-haiku-5-5"
KEYS = {"OPENAI_API_KEY": "sk-one", "ANTHROPIC_API_KEY": "sk-two"}


def _host(tmp_path: Path, **keys: str) -> Host:
    return Host(
        variables={},
        home=tmp_path,
        cache=tmp_path / "cache",
        state_home="",
        user_config=tmp_path / "config.yml",
        search_path="",
        model_keys=keys,
    )


def test_what_the_host_names_nobody_for_falls_to_the_default(tmp_path: Path) -> None:
    opened = open_models(ModelSettings(default=OPENAI, verify=ANTHROPIC), _host(tmp_path, **KEYS))
    held = {duty: opened.holder(duty).name for duty in Duty}
    assert held == {
        Duty.READ: OPENAI,
        Duty.SKIM: OPENAI,
        Duty.VERIFY: ANTHROPIC,
        Duty.JUDGE: OPENAI,
    }
    assert set(opened.by_duty) == {Duty.READ, Duty.VERIFY}


def test_the_fallback_stands_behind_every_duty_and_is_opened_once(tmp_path: Path) -> None:
    settings = ModelSettings(default=OPENAI, fallback=ANTHROPIC, triage=ANTHROPIC)
    opened = open_models(settings, _host(tmp_path, **KEYS))
    assert opened.holder(Duty.READ).names == (OPENAI, ANTHROPIC)
    assert opened.holder(Duty.SKIM).names == (ANTHROPIC,)
    assert set(opened.remotes) == {OPENAI, ANTHROPIC}


def test_a_key_that_one_of_them_lacks_is_named(tmp_path: Path) -> None:
    settings = ModelSettings(default=OPENAI, verify=ANTHROPIC)
    with pytest.raises(ModelDenied) as caught:
        open_models(settings, _host(tmp_path, OPENAI_API_KEY="sk-one"))
    assert caught.value.hint == "Set ANTHROPIC_API_KEY."


def test_an_address_is_for_the_provider_of_the_default_and_no_other(tmp_path: Path) -> None:
    """Another provider's key would go to a server that is not its own."""
    settings = ModelSettings(
        default=OPENAI,
        verify="openai/gpt-6-luna",
        triage=ANTHROPIC,
        base_url="http://127.0.0.1:9/v1",
    )
    opened = open_models(settings, _host(tmp_path, **KEYS))
    at = {name: remote._endpoint.base_url for name, remote in opened.remotes.items()}
    assert at[OPENAI] == at["openai/gpt-6-luna"] == "http://127.0.0.1:9/v1"
    assert at[ANTHROPIC] == "https://api.anthropic.com"
