"""A template is read whatever its text is, and each value lands where a browser would see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.specialist.template.dialects import BRACES, ERB, JSP, Dialect, dialect_of
from synapse_bot.specialist.template.page import Place, read_page
from synapse_bot.specialist.template.values import Value, judge

PIECES = st.sampled_from(
    (
        *("{{", "}}", "{%", "%}", "<%=", "<%", "%>", "${", "}", "<a href=", "'", '"', ">", "<!--"),
        *("<script>", "</script>", "\n", " x ", "raw", "autoescape off", "`", "=", "</", "<b"),
    )
)


@given(st.lists(PIECES, max_size=60), st.sampled_from([BRACES, ERB, JSP]))
def test_any_text_is_read_and_each_value_stands_on_a_line_of_it(
    pieces: list[str], dialect: Dialect
) -> None:
    text = "".join(pieces)
    page = read_page(text, dialect)
    assert all(1 <= printed.line <= text.count("\n") + 1 for printed in page.printed)
    assert all(printed.expression in text for printed in page.printed)
    assert all(0 <= e.start < e.end <= len(text) for e in page.elements)


@pytest.mark.parametrize(
    ("text", "place", "quoted"),
    [
        ("<p>{{ x }}</p>", Place.TEXT, True),
        ('<p title="{{ x }}">', Place.ATTRIBUTE, True),
        ("<p title={{ x }}>", Place.ATTRIBUTE, False),
        ("<p {{ x }}>", Place.TAG, False),
        ("<script>f({{ x }})</script>", Place.SCRIPT, False),
        ("<script>f('{{ x }}')</script>", Place.SCRIPT, True),
        ("<script>// don't\nf({{ x }})</script>", Place.SCRIPT, False),
        ("<script>f(`{{ x }}`)</script>", Place.SCRIPT, False),
        ("<style>a { color: {{ x }} }</style>", Place.IGNORED, False),
        ('<script type="text/template">{{ x }}</script>', Place.IGNORED, False),
    ],
)
def test_a_value_is_told_by_the_place_where_it_lands(text: str, place: Place, quoted: bool) -> None:
    (printed,) = read_page(text, BRACES).printed
    assert (printed.spot.place, printed.spot.quoted) == (place, quoted)


def test_a_mark_that_never_ends_hides_nothing_before_it() -> None:
    page = read_page("<p>{{ a }}</p>\n<b>{{ c", BRACES)
    assert [printed.expression for printed in page.printed] == ["a"]


def test_a_tag_of_a_library_inside_an_attribute_does_not_end_it() -> None:
    page = read_page('<i class="a-<t:icon of="${x}"/>" id="b">${y}</i>', JSP)
    assert [(p.expression, p.spot.place) for p in page.printed] == [("y", Place.TEXT)]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.html", "{% load x %}", "braces"),
        ("a.html", "{{ .Name }}", "go"),
        ("a.html", '<p th:text="x">', "thymeleaf"),
        ("a.html", "{{#if x}}{{{y}}}{{/if}}", "handlebars"),
        ("a.html", "<p>{{ name }}</p>", "client"),
        ("shop/templates/a.html", "<p>{{ name }}</p>", "braces"),
        ("a.component.html", "{{ name }}", "client"),
        ("a.html.erb", "", "erb"),
        ("deploy.yml.j2", "{{ name }}", ""),
        ("mail.text.erb", "<%= name %>", ""),
        ("a.html", "<% if (x) { %>", ""),
    ],
)
def test_a_templates_language_is_known_by_its_name_or_its_marks(
    path: str, text: str, name: str
) -> None:
    dialect = dialect_of(path, text)
    assert (dialect.name if dialect else "") == name


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'<b>constant</b>'", Value.CONSTANT),
        ("user.name", Value.STORED),
        ("user.id", Value.SAFE),
        ("sanitize(user.bio)", Value.SAFE),
        ("params[:q]", Value.REQUEST),
        ("params[:page].to_i", Value.SAFE),
        ('"Page #{@page - 1}"', Value.SAFE),
        ('"Hello #{user.name}"', Value.STORED),
        ("'<i></i>' if user.new", Value.CONSTANT),
        ('request.getParameter("q")', Value.REQUEST),
    ],
)
def test_an_expression_is_as_bad_as_the_worst_name_in_it(expression: str, value: Value) -> None:
    assert judge(expression) is value
