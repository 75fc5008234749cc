"""Values that a template prints past its escaping, or where escaping does not protect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.template.dialects import BRACES, ERB, GO, JSP
from synapse_bot.specialist.template.hit import Hit
from synapse_bot.specialist.template.page import Place
from synapse_bot.specialist.template.values import LONGEST, Value, judge

if TYPE_CHECKING:
    from synapse_bot.specialist.template.page import Element, Page, Printed

XSS, UNSAFE = "xss", "unsafe-html"
SCRIPT, UNQUOTED, LINK = "value-in-script", "unquoted-attribute-value", "unchecked-link-target"

_SAFE_FILTER = re.compile(r"\|\s*(safe|safeseq|raw)\b")
_GO_FILTER = re.compile(r"(?i)\bsafe_?(html|js|htmlattr|url|css)\b|\b(un|no)escap")
_GO_FIELD = re.compile(r"(?<![\w)])\.(?=\w)|[|$]")
_RUBY_RAW = re.compile(r"\braw[\s(]\s*(.*)", re.DOTALL)
_RUBY_SAFE = re.compile(
    r"(\"(?:[^\"\\]|\\.){0,2000}\"|'(?:[^'\\]|\\.){0,2000}'|[\w@.&!?]{1,200})\.html_safe\b"
)
_LINKS = frozenset(("href", "src", "action", "formaction", "xlink:href", "data"))
_JS_SAFE = re.compile(
    r"(?i)\|\s*(to_?json|json|escapejs|js|int|float|length|dump|yesno|date|unlocalize)\b|\bjs\.|\bj\s|\bj\("
)
# How sure it is that a text of a user is what a raw mark prints.
_SURE = {Value.REQUEST: 0.85, Value.STORED: 0.6}
_UNSURE = re.compile(r"(?i)(_html|html|svg|widget|snippet|embed|content|message)\)?$")


def find_outputs(page: Page) -> Iterator[Hit]:
    """Nothing for a template without any element: it makes a mail's text, or a file."""
    if not page.elements:
        return
    for printed in page.printed:
        if printed.spot.place is Place.IGNORED:
            continue
        raw = raw_part(printed, page)
        if raw:
            yield from _of_raw(raw, printed)
        elif not page.dialect.escapes_by_place:
            yield from _of_escaped(printed, page)


def raw_part(printed: Printed, page: Page) -> str:
    """The part of an expression that is printed as it is; "" where all of it is escaped."""
    text, dialect = printed.expression[:LONGEST], page.dialect
    if dialect is JSP and ":" in printed.spot.tag:
        return ""  # the argument of a tag, which prints it or not
    if printed.raw:
        return text
    if dialect is BRACES and (match := _SAFE_FILTER.search(text)):
        return text[: match.start()]
    if dialect is GO and _GO_FILTER.search(text):
        return _GO_FIELD.sub(" ", _GO_FILTER.sub("", text))
    if dialect is ERB:
        parts = [m[1] for m in _RUBY_SAFE.finditer(text)]
        if match := _RUBY_RAW.search(text):
            parts.append(_argument(match[1]))
        return max(parts, key=judge, default="")
    return ""


def _argument(text: str) -> str:
    """``text`` up to the comma or the bracket that ends its first argument."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (char == "," and depth == 0):
            return text[:at]
    return text


def _of_raw(expression: str, printed: Printed) -> Iterator[Hit]:
    value = judge(expression)
    if printed.spot.place is Place.SCRIPT and re.search(r"JSON\.stringify\(", expression):
        message = "JSON is written into a script as it is: </script> in it ends the script."
        yield Hit(SCRIPT, printed.line, message, "medium", 0.6)
    elif value is Value.REQUEST:
        message = "A part of the request is printed as HTML; a link can run scripts in the page."
        yield Hit(XSS, printed.line, message, "high", _SURE[value])
    elif value is Value.STORED:
        sure = 0.4 if _UNSURE.search(expression.strip()) else _SURE[value]
        message = "This value is printed past the template's escaping; markup in it becomes HTML."
        yield Hit(UNSAFE, printed.line, message, "medium", sure)


def _of_escaped(printed: Printed, page: Page) -> Iterator[Hit]:
    value = judge(printed.expression)
    if value < Value.STORED or _JS_SAFE.search(printed.expression):
        return
    surer = 0.15 if value is Value.REQUEST else 0.0
    handler = printed.spot.attribute.startswith("on") and printed.spot.place is Place.ATTRIBUTE
    if (printed.spot.place is Place.SCRIPT and not printed.spot.quoted) or handler:
        message = "Escaping for HTML does not keep this value inside the script that it lands in."
        yield Hit(SCRIPT, printed.line, message, "medium", 0.6 + surer)
    elif printed.spot.place is Place.ATTRIBUTE and not printed.spot.quoted:
        message = "The attribute has no quotes: a space in the value begins a new attribute."
        yield Hit(UNQUOTED, printed.line, message, "medium", 0.6 + surer)
    elif value is Value.REQUEST and printed.spot.attribute in _LINKS and printed.spot.first:
        message = 'The whole target comes from the request: "javascript:" in it runs a script.'
        yield Hit(LINK, printed.line, message, "medium", 0.7)


# Attributes that hold an expression whose value becomes markup.
_ATTRIBUTES = {
    "v-html": "v-html",
    "th:utext": "th:utext",
    "data-th-utext": "th:utext",
    "ng-bind-html-unsafe": "ng-bind-html-unsafe",
    "x-html": "x-html",
    "set:html": "set:html",
}


# ``#{…}`` is a message of Thymeleaf, which the application wrote.
_WRAPPING = re.compile(r"^\s*#\{.*|^\s*[$*]?\{|\}\s*$", re.DOTALL)


def find_attributes(page: Page) -> Iterator[Hit]:
    """Values that an attribute puts into the page as HTML."""
    for element in page.elements:
        for name in _ATTRIBUTES.keys() & element.attributes.keys():
            yield from _of_attribute(element, name)
        if element.attributes.get("escapexml", "").lower() == "false":
            yield from _of_attribute(element, "value", "escapexml")


def _of_attribute(element: Element, name: str, shown_at: str = "") -> Iterator[Hit]:
    line = element.lines[shown_at or name]
    expression = element.attributes.get(name, "")
    message = "This value is put into the page as HTML; markup in it becomes part of the page."
    match judge(_WRAPPING.sub("", expression)):
        case Value.REQUEST:
            yield Hit(XSS, line, message, "high", 0.85)
        case Value.STORED:
            sure = 0.4 if _UNSURE.search(expression.rstrip("} ")) else 0.6
            yield Hit(UNSAFE, line, message, "medium", sure)
