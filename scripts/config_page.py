"""Renews the table of keys in docs/config.md from the settings' own table; `--check` compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from synapse_bot.config.keys import KEYS, Key
from synapse_bot.config.schema import plain_default

PAGE = Path(__file__).resolve().parent.parent / "docs" / "config.md"
START, END = "<!-- keys: written by `make docs` -->", "<!-- end of keys -->"


def table() -> str:
    """One row a key, in the table's order."""
    rows = ["| key | default | option | who | what |", "|---|---|---|---|---|"]
    rows += [_row(key) for key in KEYS.values()]
    return "\n".join(rows)


def _row(key: Key) -> str:
    default = plain_default(key)
    shown = "" if default in (None, "", [], {}) else f"`{_yaml(default)}`"
    option = f"`{key.option}`" if key.option else ""
    about = key.about.replace("|", "\\|")
    return f"| `{key.name}` | {shown} | {option} | {key.trust.value} | {about} |"


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def renewed(text: str) -> str:
    """``text`` with the table between its two marks."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n\n{table()}\n\n{END}{tail}"


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    wanted = renewed(text)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        sys.stderr.write("docs/config.md does not list the keys as they are: run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
