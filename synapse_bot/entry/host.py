"""This machine as the door finds it. The only place that reads the environment for settings."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from synapse_bot.runtime.request import Host


def read_host() -> Host:
    """Reads the environment once; tokens and keys in it are left where they are."""
    environ = os.environ
    home = Path(environ.get("HOME") or Path.home())
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "synapse-bot"
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "synapse-bot"
    return Host(
        variables={k: v for k, v in environ.items() if _SETTING.match(k)},
        home=home,
        cache=cache,
        state_home=environ.get("XDG_STATE_HOME", ""),
        user_config=config / "config.yml",
        search_path=environ.get("PATH", os.defpath),
        config_home=environ.get("XDG_CONFIG_HOME", ""),
        index_file=str(Path(index).absolute()) if (index := environ.get("GIT_INDEX_FILE")) else "",
        model_keys={k: v for k, v in environ.items() if k.endswith(_KEYS)},
        transport={k: v for k, v in environ.items() if TRANSPORT.fullmatch(k)},
    )


# SYNAPSE_BOT__ENGINE__* is where a fleet works, with a password perhaps: no setting of a review, in
# no digest and no audit.
_SETTING = re.compile(r"SYNAPSE_BOT__(?!ENGINE__)")
_KEYS = ("_API_KEY", "_MODEL_KEY")
TRANSPORT = re.compile(
    r"(?i)SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CI_SERVER_TLS_CA_FILE|(?:all|https?|no)_proxy"
)


def scratch_home() -> str | None:
    """The folder for scratch folders; None is the system's. Memory is several times as fast.

    TMPDIR wins. A container's small /dev/shm is passed over.
    """
    if os.environ.get("TMPDIR"):
        return None
    try:
        roomy = shutil.disk_usage(_IN_MEMORY).free >= _ROOMY_BYTES
    except OSError:
        return None
    return _IN_MEMORY if roomy and os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


_IN_MEMORY = "/dev/shm"  # noqa: S108 - a private folder is made in it, with mode 0700
_ROOMY_BYTES = 2 << 30
