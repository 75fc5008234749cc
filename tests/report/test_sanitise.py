from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synapse_bot.report import sanitise

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MARKUP = st.sampled_from(list("ab1 `<>[]()*_\\&#!@/:;.-+=|~$\n\t'\"\u202e\U000e0041"))
TEXT = st.text(alphabet=_MARKUP, max_size=40) | st.text(max_size=40)


def _inline_types(markdown: str) -> set[str]:
    blocks = COMMONMARK.parse(markdown)
    assert {block.type for block in blocks} <= {"paragraph_open", "inline", "paragraph_close"}
    return {child.type for block in blocks for child in block.children or ()}


@settings(max_examples=400)
@given(TEXT)
def test_prose_is_nothing_but_words_and_code(text: str) -> None:
    cleaned = sanitise.prose(text)
    assert _inline_types(cleaned) <= {"text", "code_inline"}
    assert _inline_types(f"- before {cleaned}"[2:]) <= {"text", "code_inline"}
    assert "\n" not in cleaned


@settings(max_examples=400)
@given(TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = sanitise.prose(text)
    assert sanitise.prose(once) == once
    assert sanitise.visible(sanitise.visible(text)) == sanitise.visible(text)
    plain = sanitise.plain(text)
    assert sanitise.plain(plain) == plain
    output = sanitise.without_commands(text)
    assert sanitise.without_commands(output) == output


@settings(max_examples=400)
@given(TEXT)
def test_inline_code_shows_exactly_its_text(text: str) -> None:
    shown = sanitise.code(text)
    if not shown:
        assert not sanitise.one_line(text)
        return
    children = COMMONMARK.parse(shown)[1].children
    assert children is not None
    assert [(child.type, child.content) for child in children] == [
        ("code_inline", sanitise.one_line(text))
    ]


@given(st.lists(st.text(alphabet=_MARKUP, max_size=20).filter(lambda t: "\n" not in t)))
def test_no_line_gets_out_of_its_fence(lines: list[str]) -> None:
    tokens = COMMONMARK.parse(f"{sanitise.fence(lines)}\n\nafter")
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]
    content = "".join(f"{sanitise.visible(line)}\n" for line in lines)
    assert tokens[0].content == content.replace("\t", "\t")


def test_every_invisible_character_of_unicode_is_made_visible() -> None:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        selector = 0xFE00 <= number <= 0xFE0F or 0xE0100 <= number <= 0xE01EF
        if (unicodedata.category(char) in hidden or selector) and char not in "\n\t":
            assert sanitise.visible(char) == f"<U+{number:04X}>", hex(number)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use of assert (foo_bar), see @someone", "Use of assert (`foo_bar`), see `@someone`"),
        ("fixes #12 and closes 13", "fixes `#12` and closes `13`"),
        ("/merge now", "`/merge` now"),
        ("![x](https://e.example)", "`![x](https://e.example)`"),
        ("`kept` and ``a`b``", "`kept` and ``a`b``"),
        ("one ` alone", "one ' alone"),
        ("&#64;someone", "`&#64;someone`"),
        ("# heading", "`#` heading"),
        ("a\u202eb", "`a<U+202E>b`"),
        ("C# and 100% of R - a -> b: fine (really)!", "C# and 100% of R - a -> b: fine (really)!"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_acts_on_a_forge_becomes_code(text: str, shown: str) -> None:
    assert sanitise.prose(text) == shown


@pytest.mark.parametrize(
    "line",
    [
        "::set-output name=a::b",
        "  ::add-mask::x",
        "\x1b[31m::error::x",
        "\t::debug::",
        "a ##[group]x",
        "##vso[task.x]y",
        "\x1b[1m \x1b[0m::stop-commands::t",
    ],
)
def test_no_line_is_a_command_to_a_ci_runner(line: str) -> None:
    shown = sanitise.without_commands(f"first\n{line}\nlast").split("\n")[1]
    bare = shown.replace("\x1b[31m", "").replace("\x1b[1m", "").replace("\x1b[0m", "").strip()
    assert not bare.startswith("::")
    assert "##[" not in bare
    assert "##vso[" not in bare


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.astral.sh.evil.example/x",
        "https://docs.astral.sh@evil.example/",
        "http://docs.astral.sh/x",
        "https://docs.astral.sh:8443/x",
        "javascript:alert(1)",
        "https://evil.example/docs.astral.sh",
        "//docs.astral.sh/x",
        "",
    ],
)
def test_only_the_exact_documentation_hosts_are_linked(url: str) -> None:
    assert sanitise.rule_doc(url) is None


def test_a_link_target_cannot_end_early() -> None:
    url = sanitise.rule_doc("https://docs.astral.sh/ruff/) [x](https://evil.example")
    assert url == "https://docs.astral.sh/ruff/%29%20%5Bx%5D%28https://evil.example"
