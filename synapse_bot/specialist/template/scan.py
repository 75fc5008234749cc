"""The check "templates": every template of the change is read once, and each rule looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from synapse_bot.specialist.output.base import RawFinding
from synapse_bot.specialist.template.dialects import dialect_of
from synapse_bot.specialist.template.forms import SESSION_WORDS, WORDS, Application, find_forms
from synapse_bot.specialist.template.hit import Hit
from synapse_bot.specialist.template.indented import find_in_pug, is_pug
from synapse_bot.specialist.template.outputs import find_attributes, find_outputs
from synapse_bot.specialist.template.page import read_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

_TEMPLATES = (".html", ".htm", ".erb", ".ejs", ".hbs", ".handlebars", ".jsp", ".jinja2", ".j2")
_PROGRAMS = (".js", ".ts", ".mjs", ".cjs", ".py", ".java", ".rb", ".go")
_MOST = 300  # of one file; it is a template of nothing else
_POSTS = re.compile(r"(?i)method\s*=\s*[\"']?post")


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """What is wrong in the templates among ``paths``; those known by hunks alone are left out."""
    del place
    texts = {path: task.texts[path] for path in paths if path not in task.partial}
    known = _application(task, texts)
    return tuple(
        _raw(path, hit)
        for path, text in sorted(texts.items())
        for hit in examine(path, text, known)
    )


def examine(path: str, text: str, known: Application) -> list[Hit]:
    """The hits in one template, by line; none in what is no template for HTML."""
    return sorted(islice(_hits(path, text, known), _MOST), key=lambda hit: (hit.line, hit.rule))


def _hits(path: str, text: str, known: Application) -> Iterator[Hit]:
    if is_pug(path):
        yield from find_in_pug(text)
    elif dialect := dialect_of(path, text):
        page = read_page(text, dialect)
        yield from find_outputs(page)
        yield from find_attributes(page)
        yield from find_forms(page, known)


def _application(task: Examination, texts: Mapping[str, str]) -> Application:
    """What the change and its base show of tokens and sessions; asked only where a form posts."""
    if not any(_POSTS.search(text) for text in texts.values()):
        return Application()
    return Application(_held(task, WORDS, _TEMPLATES), _held(task, SESSION_WORDS, _PROGRAMS))


def _held(task: Examination, words: Sequence[str], endings: tuple[str, ...]) -> bool:
    """Whether a file of one of these endings holds one of ``words``."""
    mine = (text for path, text in task.texts.items() if path.endswith(endings))
    if any(word in text for text in mine for word in words):
        return True
    return bool(task.past and task.past.holding(words, endings))


def _raw(path: str, hit: Hit) -> RawFinding:
    return RawFinding(
        path=path,
        line=hit.line,
        end_line=hit.line,
        rule=hit.rule,
        message=hit.message,
        severity=hit.severity,
        confidence=f"{hit.confidence:.2f}",
    )
