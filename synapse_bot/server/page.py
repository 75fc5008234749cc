"""The page at /: what this is, for whoever finds the address. It tells nothing of the set-up."""

from __future__ import annotations

from html import escape

from synapse_bot.server.openapi import description

_STYLE = "body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}"


def render_page() -> str:
    """HTML; the list of routes is the description's."""
    described = description()
    info = described["info"]
    rows = "".join(
        f"<li><code>{verb.upper()} {escape(path)}</code> {escape(operation['summary'])}</li>"
        for path, operations in described["paths"].items()
        for verb, operation in operations.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p><ul>{rows}</ul>"
        "</html>\n"
    )
