"""The Model family: one question with a schema, one answer. Members: openai, anthropic, scripted,
cassette.

A model has no tools: it reads what it is given and answers. An answer is untrusted text until the
caller has checked it against the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from synapse_bot.domain.usage import Usage


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"  # an earlier answer, handed back with what was wrong with it


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question.

    ``system`` is the same, byte for byte, in every call of one prompt version: providers keep it
    in their cache. ``schema`` is the JSON Schema of the answer, an object closed with
    ``additionalProperties: false`` whose properties are all required, as strict providers demand.
    ``temperature`` None is the provider's default. ``timeout_s`` is for the whole answer, attempts
    and waits included.
    """

    system: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    schema_name: str  # letters, digits, - and _, at most 64
    max_output_tokens: int
    temperature: float | None = None
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer. ``text`` ought to be JSON that fits the schema; nobody has checked it.

    ``finish`` is the provider's own word for why it stopped, ``served_by`` its name for what
    answered (often a dated snapshot), ``attempts`` how often it was asked. ``stands_in`` says why
    those that were to answer did not, "" where this is the first.
    """

    text: str
    usage: Usage
    model: str
    finish: str
    seconds: float
    served_by: str = ""
    attempts: int = 1
    stands_in: str = ""


class Model(Protocol):
    @property
    def name(self) -> str:
        """``provider/model``, always with its provider: "openai/gpt-6.2-sol"."""
        ...

    async def ask(self, request: ModelRequest) -> Reply:
        """The answer. Raises ModelBusy, ModelDenied, ModelFailed, AnswerTruncated or Refused."""
        ...

    def count(self, request: ModelRequest) -> int:
        """Tokens of the prompt, estimated on the high side; asks nobody."""
        ...
