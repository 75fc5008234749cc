"""Template languages: how each marks what it prints, and which one a file is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property


class Mark(Enum):
    """What a mark does with the text between it and its end."""

    ESCAPED = "escaped"  # prints it as HTML text
    RAW = "raw"  # prints it as it is
    CODE = "code"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Dialect:
    """``marks`` are (opener, closer, what it does), an opener before those that it begins with.

    ``escapes_by_place`` engines know whether a value stands in a script or an attribute.
    """

    name: str
    marks: tuple[tuple[str, str, Mark], ...] = ()
    escapes_by_place: bool = False

    @cached_property
    def openers(self) -> str:
        """A pattern that matches any opener; with no marks it matches nothing."""
        return "|".join(re.escape(opener) for opener, _, _ in self.marks) or "(?!)"

    @cached_property
    def by_opener(self) -> dict[str, tuple[str, Mark]]:
        return {opener: (closer, mark) for opener, closer, mark in self.marks}


_BRACES_ESCAPED = ("{{", "}}", Mark.ESCAPED)

# Jinja, Django, Nunjucks, Swig, Twig.
BRACES = Dialect("braces", (_BRACES_ESCAPED, ("{%", "%}", Mark.CODE), ("{#", "#}", Mark.NOTHING)))
GO = Dialect("go", (("{{/*", "*/}}", Mark.NOTHING), _BRACES_ESCAPED), escapes_by_place=True)
HANDLEBARS = Dialect(
    "handlebars",
    (
        ("{{{", "}}}", Mark.RAW),
        ("{{!--", "--}}", Mark.NOTHING),
        *((f"{{{{{sign}", "}}", Mark.CODE) for sign in "#/>^"),
        ("{{else", "}}", Mark.CODE),
        ("{{!", "}}", Mark.NOTHING),
        ("{{&", "}}", Mark.RAW),
        _BRACES_ESCAPED,
    ),
)
ERB = Dialect(
    "erb",
    (
        ("<%%", "%>", Mark.NOTHING),
        ("<%==", "%>", Mark.RAW),
        ("<%=", "%>", Mark.ESCAPED),
        ("<%#", "%>", Mark.NOTHING),
        ("<%", "%>", Mark.CODE),
    ),
)
EJS = Dialect(
    "ejs",
    (
        ("<%%", "%>", Mark.NOTHING),
        ("<%-", "%>", Mark.RAW),
        ("<%=", "%>", Mark.ESCAPED),
        ("<%#", "%>", Mark.NOTHING),
        ("<%", "%>", Mark.CODE),
    ),
)
JSP = Dialect(
    "jsp",
    (
        ("<%--", "--%>", Mark.NOTHING),
        ("<%=", "%>", Mark.RAW),
        ("<%", "%>", Mark.CODE),
        ("${", "}", Mark.RAW),
    ),
)
THYMELEAF = Dialect("thymeleaf", (("[(", ")]", Mark.RAW),), escapes_by_place=True)
SVELTE = Dialect("svelte", (("{@html", "}", Mark.RAW),), escapes_by_place=True)
# Angular, Vue, Alpine: the browser fills the page, by attributes.
CLIENT = Dialect("client", (("{{", "}}", Mark.NOTHING),), escapes_by_place=True)

_ENDINGS: dict[str, Dialect] = {
    **dict.fromkeys(("erb", "rhtml"), ERB),
    "ejs": EJS,
    **dict.fromkeys(("hbs", "handlebars", "mustache"), HANDLEBARS),
    **dict.fromkeys(("jsp", "jspf", "jspx"), JSP),
    **dict.fromkeys(("j2", "jinja", "jinja2", "njk", "twig"), BRACES),
    **dict.fromkeys(("gohtml", "tmpl"), GO),
    "svelte": SVELTE,
    **dict.fromkeys(("vue", "astro"), CLIENT),
}
_PAGES = frozenset(("html", "htm", "xhtml"))
_HEAD = 200_000  # characters of a page in which its dialect is looked for
# The first that is found names the dialect.
_SIGNS: tuple[tuple[re.Pattern[str], Dialect | None], ...] = (
    (re.compile(r"\sth:[a-z]|xmlns:th="), THYMELEAF),
    (re.compile(r"\{%-?\s*[a-z]"), BRACES),
    (re.compile(r"<%"), None),  # one of several languages, which escape by opposite signs
    (re.compile(r"\{\{-?\s*(\.|\$|range\b|if \.|with\b|define\b|template\b|block\b|end\b)"), GO),
    (re.compile(r"\{\{[{#>&^]"), HANDLEBARS),
    (re.compile(r"\s(\*ng[A-Z]|\[\w+\]=|\(\w+\)=|ng-[a-z]|v-[a-z]|x-data|@click)"), CLIENT),
)
_SERVED = re.compile(r"(^|/)(templates?|views|layouts|partials)/")


def dialect_of(path: str, text: str) -> Dialect | None:
    """The language of a template for HTML; None for other text, and where it cannot be told."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    if ending in _PAGES:
        return _of_page(path, text[:_HEAD])
    dialect = _ENDINGS.get(ending)
    inner = stem.rpartition(".")[2] if "." in stem else "html"
    return dialect if inner in _PAGES or dialect in (SVELTE, CLIENT) else None


def _of_page(path: str, head: str) -> Dialect | None:
    if path.endswith(".component.html"):
        return CLIENT
    for sign, dialect in _SIGNS:
        if sign.search(head):
            return dialect
    return BRACES if "{{" in head and _SERVED.search(path) else CLIENT
