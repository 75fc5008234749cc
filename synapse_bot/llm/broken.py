"""What an SDK raises, as our errors.

An SDK's own classes are not all: a connection that breaks in a stream and a body that is no JSON
come through raw, and a body of an unexpected shape breaks the SDK itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from synapse_bot.llm import reading
from synapse_bot.llm.errors import ModelBusy, ModelError, ModelFailed
from synapse_bot.llm.faults import HttpFault, error_of, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from synapse_bot.llm.endpoint import Endpoint


T = TypeVar("T")

_IN_STREAM = 500  # an error within a stream that began with a 200
_STATUSES = {
    "authentication_error": 401,
    "billing_error": 402,
    "invalid_request_error": 400,
    "overloaded_error": 529,
    "permission_error": 403,
    "rate_limit_error": 429,
    "timeout_error": 504,
}


class Sdk:
    """The exceptions of one SDK: of a status, of anything else, and all that may come raw."""

    def __init__(self, status: type[Exception], other: type[Exception]) -> None:
        import httpx2

        self.status = status
        self.other = other
        self.raw = (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL)
        self.shape = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
        self.faults = (status, other, *self.raw, *self.shape, ModelError)


async def unbroken(endpoint: Endpoint, sdk: Sdk, call: Awaitable[T]) -> T:
    """What ``call`` gives. Raises ModelError, with nothing of the SDK's hanging on it."""
    try:
        return await call
    except sdk.faults as error:
        fault = broken(endpoint, error, sdk)
    raise fault  # out here: the SDK's error, with its request and response, is no context of it


def broken(endpoint: Endpoint, error: BaseException, sdk: Sdk) -> ModelError:
    """The error that ``error`` is; a ModelError that an SDK has wrapped comes out again."""
    if mine := _ours(error):
        return mine
    if isinstance(error, sdk.status):
        answer: Any = error
        return error_of(endpoint, _fault(answer, answer.response.headers, answer.status_code))
    if isinstance(error, sdk.other) and reading.mapping(getattr(error, "body", None)):
        return error_of(endpoint, _fault(error, {}, 0))
    if (cause := _caused_by(error, sdk.raw)) or isinstance(error, sdk.other):
        said = cause or error
        why = endpoint.hide(str(said)) or "no reason"
        return ModelBusy(f"{endpoint.name}: {type(said).__name__}: {why}")
    why = f"{type(error).__name__}: {endpoint.hide(str(error))[:100]}"
    return ModelFailed(f"{endpoint.name}: an answer that nobody can read ({why})")


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found and len(found) < 20:
        found.append(following)
        following = following.__cause__ or following.__context__
    return found


def _ours(error: BaseException) -> ModelError | None:
    return next((one for one in _chain(error) if isinstance(one, ModelError)), None)


def _caused_by(error: BaseException, kinds: tuple[type[Exception], ...]) -> BaseException | None:
    return next((one for one in _chain(error) if isinstance(one, kinds)), None)


def _fault(error: Any, headers: Mapping[str, str], status: int) -> HttpFault:
    """Both SDKs keep the body of an error; one of them unwraps it."""
    body = reading.mapping(error.body)
    inner = reading.mapping(body.get("error")) or body
    details = reading.mapping(inner.get("details"))
    kind = reading.text(inner.get("type"))
    return HttpFault(
        status=status if status >= 300 else _STATUSES.get(kind, _IN_STREAM),
        code=reading.text(inner.get("code")) or reading.text(details.get("error_code")),
        kind=kind,
        message=reading.text(inner.get("message")) or reading.text(body.get("message")),
        param=reading.text(inner.get("param")),
        retry_after_s=retry_after_s({name.lower(): value for name, value in headers.items()}),
    )
