"""Pug, whose lines are elements: values that it prints past its escaping."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synapse_bot.specialist.template.hit import Hit
from synapse_bot.specialist.template.values import Value, judge

_RAW = re.compile(r"!\{([^}]{1,500})\}|^\s*(?:[\w.#-]+(?:\([^)]*\))?)?!=\s*(.{1,500})$")


def is_pug(path: str) -> bool:
    return path.endswith((".pug", ".jade"))


def find_in_pug(text: str) -> Iterator[Hit]:
    for number, line in enumerate(text.split("\n"), start=1):
        values = (judge(m[1] or m[2]) for m in _RAW.finditer(line[:5_000]))
        match max(values, default=Value.CONSTANT):
            case Value.REQUEST:
                message = "A part of the request is printed as HTML; a link can run scripts."
                yield Hit("xss", number, message, "high", 0.85)
            case Value.STORED:
                message = "This value is printed past the template's escaping."
                yield Hit("unsafe-html", number, message, "medium", 0.6)
