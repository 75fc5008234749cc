"""What would be sent, shown to a person: whole, and unable to act on whoever reads it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.prompt import Prompt
from synapse_bot.report.prompt_text import render_prompts


def _prompt(text: str = "a\nb", path: str = "a.py") -> Prompt:
    data = json.dumps({"change_KEY": {"files": [{"path": path, "text": text}]}})
    return Prompt("logic", "Look.", f"{data}\n\nNever write this word: CANARY", 120, (path,))


def test_every_line_is_shown_behind_a_bar() -> None:
    shown = render_prompts([_prompt("  x = 1\n+ y = 2")], "text")
    assert "logic, call 1 of 1: 1 file, at most 120 tokens\n" in shown
    assert "path a.py\n" in shown
    assert "|   x = 1\n" in shown
    assert "| + y = 2\n" in shown
    assert "| Never write this word: CANARY\n" in shown


@given(st.text(alphabet=":;sudo\n#[]=add-mask ", max_size=60))
def test_no_line_of_the_change_begins_a_line_of_the_output(text: str) -> None:
    for line in render_prompts([_prompt(text)], "text").splitlines():
        assert not line.startswith((":", "#", "["))


def test_json_holds_it_byte_for_byte() -> None:
    prompt = _prompt("::stop-commands::x\n")
    (row,) = json.loads(render_prompts([prompt], "json"))
    assert (row["system"], row["input"]) == (prompt.system, prompt.input)


def test_no_call_is_said() -> None:
    assert render_prompts([], "text") == "no call would be made\n"
