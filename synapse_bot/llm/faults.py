"""What a provider's refusal means for us, by its status and its code rather than its wording."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.errors import (
    ModelBusy,
    ModelDenied,
    ModelError,
    ModelFailed,
    PromptTooLong,
    QuotaSpent,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.llm.endpoint import Endpoint


class Field(Enum):
    """A part of a request that not every endpoint takes, with the words that name it."""

    FORM = ("response_format", "json_schema", "output_config", "tool_choice", "tools", "structured")
    STREAM_USAGE = ("stream_options",)
    TEMPERATURE = ("temperature",)
    PRIVATE = ("'store'", "store:", '"store"', "`store`")
    LIMIT = ("max_tokens", "max_completion_tokens")


class FieldRefused(ModelFailed):
    """The endpoint does not take ``field``; asked without it, it may answer."""

    def __init__(self, message: str, field: Field) -> None:
        super().__init__(message, usage=Usage())
        self.field = field


@dataclass(frozen=True, slots=True)
class HttpFault:
    """An answer that is none: its status, and what its body says of itself. "" is not said."""

    status: int
    code: str = ""
    kind: str = ""
    message: str = ""
    param: str = ""
    retry_after_s: float = 0.0


# 429 or 402 with one of these is about money: waiting does not help.
_QUOTA = frozenset(
    {
        "billing_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "credit_balance_exhausted",
        "enforced_spend_limit_reached",
        "insufficient_quota",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    }
)
_FILTERED = frozenset({"content_filter", "content_policy_violation"})
_TOO_LONG = frozenset({"context_length_exceeded", "request_too_large", "string_above_max_length"})
_TOO_LONG_WORDS = ("prompt is too long", "maximum context length", "exceeds the available context")
_WAIT = frozenset({408, 409, 425, 429})
_TAKEN_WRONG = frozenset({400, 404, 415, 422, 501})


def error_of(endpoint: Endpoint, fault: HttpFault) -> ModelError:
    """The error that ``fault`` is. Its text holds no secret of ``endpoint``."""
    words = {fault.code, fault.kind}
    text = fault.message.lower()
    said = (
        f"{endpoint.name}: {_status(fault.status)}: {endpoint.hide(fault.message) or 'no reason'}"
    )
    nothing = Usage()
    if fault.status == HTTPStatus.PAYMENT_REQUIRED or words & _QUOTA or "credit balance" in text:
        return QuotaSpent(said, usage=nothing)
    if words & _FILTERED:
        return Refused(said, usage=nothing)
    if fault.status == 413 or words & _TOO_LONG or any(word in text for word in _TOO_LONG_WORDS):
        return PromptTooLong(said, usage=nothing)
    if fault.status in (401, 403, 407):
        return ModelDenied(said, usage=nothing)
    if 300 <= fault.status < 400:
        return ModelDenied(
            f"{endpoint.name}: {endpoint.origin} sends us elsewhere; no key goes there",
            "Give the base URL of the API itself.",
            usage=nothing,
        )
    if fault.status in _WAIT or (fault.status >= 500 and fault.status != 501):
        refused = fault.status in (409, 425, 429)  # never started, so nothing to pay
        usage = nothing if refused else None
        down = fault.status >= 500 or fault.status == HTTPStatus.REQUEST_TIMEOUT
        return ModelBusy(said, usage=usage, retry_after_s=fault.retry_after_s, down=down)
    if fault.status in _TAKEN_WRONG and (field := _refused_field(fault)):
        return FieldRefused(said, field)
    return ModelFailed(said, usage=nothing)


def _refused_field(fault: HttpFault) -> Field | None:
    text = f"{fault.param} {fault.message}".lower()
    named = f"'{fault.param}'"  # a param of its own is as good as a quoted word
    return next(
        (field for field in Field if any(word in text or word == named for word in field.value)),
        None,
    )


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return "529 Overloaded" if status == 529 else str(status)


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds that the headers (names in lower case) ask us to wait; 0 where they ask nothing."""
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    if (seconds := _number(value)) is not None:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
