"""Forms that change data and carry no token of the session that sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.specialist.template.dialects import CLIENT, ERB, SVELTE, THYMELEAF
from synapse_bot.specialist.template.hit import Hit

if TYPE_CHECKING:
    from synapse_bot.specialist.template.page import Element, Page

FORM, OFF = "form-without-csrf-token", "csrf-off"
# What the templates of an application hold when its forms carry tokens.
WORDS = ("csrf", "authenticity_token", "hidden_tag", "xsrf")
SESSION_WORDS = (
    *("express-session", "cookie-session", "passport", "req.session", "login_required"),
    *("SessionMiddleware", "flask_login", "EnableWebSecurity", "HttpSession", "current_user"),
)
_TOKEN = re.compile(r"(?i)csrf|xsrf|authenticity_token|hidden_tag|token_tag|antiforgery|_token\b")
_DJANGO = re.compile(r"^\s*-?\s*(load|csrf_token|url\s+['\"]|static\s+['\"]|trans\s|blocktrans)")
_HANDLED = re.compile(r"^(on|v-on:|@|\(|data-remote|hx-|x-on:|ng-submit|data-turbo|use:)")
_OPEN = re.compile(r"(?i)log-?in|sign-?in|sign-?up|register|forgot|search|logon|session")
_ELSEWHERE = re.compile(r"^\s*(https?:)?//")
_RAILS_OFF = re.compile(r"authenticity_token:\s*false|:authenticity_token\s*=>\s*false")


@dataclass(frozen=True, slots=True)
class Application:
    """Whether any template of it carries tokens, and any code of it keeps a session."""

    guarded: bool = False
    signs_in: bool = False


def find_forms(page: Page, known: Application) -> Iterator[Hit]:
    """Where the application shows no token and no session, there is nobody to act for."""
    if page.dialect is ERB:
        for inner, line in _ruby(page):
            if _RAILS_OFF.search(inner):
                message = "The form's token against forged requests is turned off."
                yield Hit(OFF, line, message, "medium", 0.7)
    confidence = _confidence(page, known)
    if confidence == 0:
        return
    for form, inner in _posting(page):
        if _is_open(form, page) or _TOKEN.search(inner):
            continue
        message = "The form changes data and carries no token: another site can send it as well."
        yield Hit(FORM, form.line, message, "medium", confidence)


def _ruby(page: Page) -> Iterator[tuple[str, int]]:
    yield from page.code
    for printed in page.printed:
        yield printed.expression, printed.line


def _confidence(page: Page, known: Application) -> float:
    """Without a token anywhere in sight, cookies may be bound to the site instead."""
    rails = page.dialect is ERB
    if known.guarded or rails or any(_DJANGO.match(inner) for inner, _ in page.code):
        return 0.65
    return 0.5 if known.signs_in and page.dialect not in (CLIENT, SVELTE) else 0.0


def _posting(page: Page) -> Iterator[tuple[Element, str]]:
    """Every form that posts, with its text up to the end of it."""
    form: Element | None = None
    for element in page.elements:
        if element.name == "form":
            form = element if element.attributes.get("method", "").lower() == "post" else None
        elif element.name == "/form" and form:
            yield form, page.text[form.start : element.start]
            form = None


def _is_open(form: Element, page: Page) -> bool:
    """Forms of another site, of a script, of visitors without a session; and what a framework
    adds the token to by itself."""
    target = form.attributes.get("action", form.attributes.get("th:action", ""))
    if page.dialect is THYMELEAF and "th:action" in form.attributes:
        return True
    handled = any(_HANDLED.match(name) for name in form.attributes)
    return handled or bool(_OPEN.search(target)) or bool(_ELSEWHERE.match(target))
