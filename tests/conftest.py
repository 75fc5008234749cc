"""Fixtures that every test may use."""

from __future__ import annotations

import os

from synapse_bot.llm.guard import forbid_live_calls

# Children of tests see what a user's terminal would give them, not a CI's colours or config.
for name in ("GIT_DIR", "GIT_WORK_TREE", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(name, None)
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["GIT_CONFIG_SYSTEM"] = os.devnull

# No test ever calls a provider; servers on loopback may be asked.
forbid_live_calls()
