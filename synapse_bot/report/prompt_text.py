"""Prompts as text for a person, or as JSON for whoever wants them byte for byte. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from synapse_bot.domain.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.domain.prompt import Prompt

PromptFormat = Literal["text", "json"]

_BAR = "| "  # before every line that somebody else wrote: none of them is read as a command


def render_prompts(prompts: Sequence[Prompt], form: PromptFormat) -> str:
    """Every call, with a newline at the end."""
    match form:
        case "text":
            return "".join(f"{line}\n" for line in _calls(prompts)) or "no call would be made\n"
        case "json":
            rows = [
                {
                    "specialist": prompt.specialist,
                    "files": prompt.files,
                    "tokens": prompt.tokens,
                    "notes": prompt.notes,
                    "system": prompt.system,
                    "input": prompt.input,
                }
                for prompt in prompts
            ]
            return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _calls(prompts: Sequence[Prompt]) -> Iterator[str]:
    for number, prompt in enumerate(prompts, 1):
        noun = "file" if len(prompt.files) == 1 else "files"
        yield (
            f"{prompt.specialist}, call {number} of {len(prompts)}: {len(prompt.files)} {noun}, "
            f"at most {prompt.tokens:,} tokens"
        )
        yield from (f"note: {visible(note)}" for note in prompt.notes)
        yield "system"
        yield from _block(prompt.system, "  ")
        data, _, rest = prompt.input.partition("\n\n")
        yield "input"
        yield from _outline(json.loads(data), "  ")
        yield from _block(rest, "  ")
        yield ""


def _outline(value: object, indent: str) -> Iterator[str]:
    """JSON without its punctuation: a text of several lines as a block."""
    pairs: Sequence[tuple[str, object]] = ()
    if isinstance(value, dict):
        pairs = [(str(name), item) for name, item in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{number}.", item) for number, item in enumerate(value, 1)]
    for name, item in pairs:
        if isinstance(item, dict | list):
            yield f"{indent}{name}"
            yield from _outline(item, f"{indent}  ")
        elif "\n" in str(item):
            yield f"{indent}{name}"
            yield from _block(str(item), f"{indent}  ")
        else:
            yield f"{indent}{name} {item}"


def _block(text: str, indent: str) -> Iterator[str]:
    return (f"{indent}{_BAR}{line}".rstrip() for line in text.split("\n"))
