"""Characters that a reader cannot see, or that reorder what is read, made visible."""

from __future__ import annotations

import re

# Cc except \t and \n; soft hyphen; Arabic letter mark; Mongolian selectors; zero-width, bidi,
# invisible operators, line and paragraph separators; fillers; variation selectors; BOM;
# interlinear annotation; surrogates and noncharacters; other Cf; tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """``text`` with every control and invisible character as ``<U+XXXX>``; \\n and \\t stay."""
    return _HIDDEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)
