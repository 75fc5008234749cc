"""What the rest of an application says about one form."""

from __future__ import annotations

import pytest

from synapse_bot.domain.spec import Route
from synapse_bot.forge.memory import MemoryPast
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.example import change_between
from synapse_bot.specialist.template.scan import scan

FORM = '<form method="post" action="/pay"><input name="to"></form>\n'
TOKEN = '<form method="post"><input type="hidden" name="_csrf" value="{{csrf}}"></form>\n'


def told(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, str]]:
    task = Examination(
        diff=change_between({}, after),
        paths=tuple(after),
        route=Route.DEEP,
        deadline_s=30,
        placed={},
        texts=after,
        past=MemoryPast({path: text.encode() for path, text in before.items()}),
    )
    found = scan(task, task.paths, None)  # type: ignore[arg-type]
    return [(raw.rule, raw.path, raw.confidence) for raw in found]


@pytest.mark.parametrize(
    ("before", "confidence"),
    [
        ({"views/other.hbs": TOKEN}, "0.65"),
        ({"app.js": 'const session = require("express-session");'}, "0.50"),
    ],
)
def test_a_form_lacks_a_token_where_others_have_one_or_visitors_sign_in(
    before: dict[str, str], confidence: str
) -> None:
    assert told(before, {"views/pay.hbs": FORM}) == [
        ("form-without-csrf-token", "views/pay.hbs", confidence)
    ]


def test_a_form_of_an_application_without_sessions_needs_no_token() -> None:
    assert told({"app.js": "const app = express();"}, {"views/pay.hbs": FORM}) == []


def test_the_change_itself_shows_that_the_application_has_tokens() -> None:
    found = told({}, {"views/pay.hbs": FORM, "views/other.hbs": TOKEN})
    assert [path for _, path, _ in found] == ["views/pay.hbs"]
