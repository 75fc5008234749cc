"""``python -m synapse_bot``: the command line where no console script is installed."""

from __future__ import annotations

from synapse_bot.entry.main import main

if __name__ == "__main__":
    main()
