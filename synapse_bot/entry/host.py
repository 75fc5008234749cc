"""This machine as the door finds it. The only place that reads the environment for settings."""

from __future__ import annotations

import os
from pathlib import Path

from synapse_bot.runtime.request import Host


def read_host() -> Host:
    """Reads the environment once; tokens and keys in it are left where they are."""
    environ = os.environ
    home = Path(environ.get("HOME") or Path.home())
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "synapse-bot"
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "synapse-bot"
    return Host(
        variables={k: v for k, v in environ.items() if k.startswith("SYNAPSE_BOT__")},
        home=home,
        cache=cache,
        state_home=environ.get("XDG_STATE_HOME", ""),
        user_config=config / "config.yml",
        search_path=environ.get("PATH", os.defpath),
        config_home=environ.get("XDG_CONFIG_HOME", ""),
    )
