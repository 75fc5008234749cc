"""What an endpoint understands, learnt from what it refuses and remembered."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from synapse_bot.llm.faults import Field

if TYPE_CHECKING:
    from synapse_bot.llm.base import ModelRequest
    from synapse_bot.llm.endpoint import Endpoint

_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")


class Form(Enum):
    """How an answer is held to the schema, the strictest first."""

    SCHEMA = auto()  # the provider decodes along the schema
    TOOL = auto()  # the answer is the argument of a tool that nobody runs
    OBJECT = auto()  # the provider promises JSON, the prompt shows the schema
    PLAIN = auto()  # the prompt shows the schema


@dataclass(frozen=True, slots=True)
class Dialect:
    """``forms`` are those not refused yet; the first is used."""

    forms: tuple[Form, ...]
    limit_field: str
    limit_tried: bool = False
    temperature: bool = True
    private: bool = False
    stream_usage: bool = True

    @property
    def form(self) -> Form:
        return self.forms[0]

    def without(self, field: Field) -> Dialect | None:
        """The next thing to try; None where the field has no other way."""
        match field:
            case Field.FORM:
                return replace(self, forms=self.forms[1:]) if len(self.forms) > 1 else None
            case Field.TEMPERATURE:
                return replace(self, temperature=False) if self.temperature else None
            case Field.PRIVATE:
                return replace(self, private=False) if self.private else None
            case Field.STREAM_USAGE:
                return replace(self, stream_usage=False) if self.stream_usage else None
            case Field.LIMIT:
                other = _LIMIT_FIELDS[self.limit_field == _LIMIT_FIELDS[0]]
                changed = replace(self, limit_field=other, limit_tried=True)
                return None if self.limit_tried else changed


def first_dialect(endpoint: Endpoint, forms: tuple[Form, ...]) -> Dialect:
    """What is tried before anything is known."""
    return Dialect(forms, endpoint.limit_field, private=endpoint.private)


def system_text(request: ModelRequest, form: Form) -> str:
    """The system prompt; where the wire does not carry the schema, its end shows it."""
    if form in (Form.SCHEMA, Form.TOOL):
        return request.system
    schema = json.dumps(request.schema, separators=(",", ":"), sort_keys=True)
    return (
        f"{request.system}\n\nAnswer with one JSON object that fits this JSON Schema, and with"
        f" nothing before or after it:\n{schema}"
    )
