"""What goes wrong on the wire, over both official SDKs: bounded, named, and never an answer."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from synapse_bot.domain.errors import ExitCode
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.errors import (
    AnswerCut,
    AnswerLate,
    AnswerTooLarge,
    ModelBusy,
    ModelDenied,
    ModelError,
    ModelFailed,
    PromptTooLong,
    QuotaSpent,
)
from synapse_bot.llm.fake_server import Say, serving
from synapse_bot.llm.fake_shapes import EVENTS, AnthropicShapes, OpenAIShapes
from synapse_bot.llm.remote import Patience

if TYPE_CHECKING:
    from tests.llm.conftest import Lab

BUSY = [408, 409, 429, 500, 502, 503, 504, 529]


@pytest.mark.parametrize("status", BUSY)
def test_what_may_pass_is_asked_again(either: Lab, status: int) -> None:
    either.says(either.shapes.error(status, "busy", "later"), either.answer())
    reply = either.ask()
    assert reply.attempts == 2
    assert reply.text == '{"ok": true}'


@pytest.mark.parametrize("status", BUSY)
def test_what_does_not_pass_is_busy_after_our_patience(lab: Lab, status: int) -> None:
    lab.says(lab.shapes.error(status, "busy", "later"))
    with pytest.raises(ModelBusy, match="later") as caught:
        lab.ask()
    assert len(lab.server.heard) == lab.patience.attempts
    assert caught.value.exit_code is ExitCode.INCOMPLETE


@pytest.mark.parametrize(
    "header", [("Retry-After", "0.3"), ("retry-after-ms", "300")], ids=["seconds", "milliseconds"]
)
def test_retry_after_is_waited_for(lab: Lab, header: tuple[str, str]) -> None:
    limited = replace(lab.shapes.error(429, "rate_limit_error", "slow"), headers=dict([header]))
    lab.says(limited, lab.answer())
    assert lab.ask().attempts == 2
    first, second = lab.server.heard
    assert second.at_s - first.at_s >= 0.3


def test_a_wait_beyond_our_patience_is_told_instead(lab: Lab) -> None:
    limited = replace(lab.shapes.error(429, "rate", "slow"), headers={"Retry-After": "10"})
    lab.says(limited)
    with pytest.raises(ModelBusy) as caught:
        lab.ask()
    assert caught.value.retry_after_s == 10
    assert caught.value.usage == Usage()
    assert len(lab.server.heard) == 1


def test_a_wait_beyond_the_time_of_the_question_is_told_instead(lab: Lab) -> None:
    lab.patience = Patience(attempts=3, first_s=0.001, longest_s=100)
    limited = replace(lab.shapes.error(429, "rate", "slow"), headers={"Retry-After": "50"})
    lab.says(limited)
    with pytest.raises(ModelBusy) as caught:
        lab.ask(timeout_s=20.0)
    assert caught.value.retry_after_s == 50
    assert len(lab.server.heard) == 1


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (429, "insufficient_quota", "insufficient_quota"),
        (429, "insufficient_quota", "credit_balance_exhausted"),
        (429, "requests", "project_spend_limit_exceeded"),
        (402, "billing_error", ""),
        (400, "invalid_request_error", ""),
    ],
)
def test_a_spent_quota_is_not_asked_again(lab: Lab, status: int, kind: str, code: str) -> None:
    message = "Your credit balance is too low"
    lab.says(lab.shapes.error(status, kind, message, code=code))
    with pytest.raises(QuotaSpent, match="credit balance") as caught:
        lab.ask()
    assert len(lab.server.heard) == 1
    assert caught.value.usage == Usage()


def test_a_quota_is_known_by_its_code_whatever_the_wording(openai: Lab) -> None:
    openai.says(OpenAIShapes().error(429, "insufficient_quota", "x", code="insufficient_quota"))
    with pytest.raises(QuotaSpent):
        openai.ask()


def test_a_spend_limit_of_anthropic_is_a_quota(anthropic: Lab) -> None:
    said = AnthropicShapes().error(429, "rate_limit_error", "limit")
    body = json.loads(said.body)
    body["error"]["details"] = {"error_code": "enforced_spend_limit_reached"}
    anthropic.says(replace(said, body=json.dumps(body).encode()))
    with pytest.raises(QuotaSpent):
        anthropic.ask()


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_denied_at_once(either: Lab, status: int) -> None:
    either.says(either.shapes.error(status, "authentication_error", "no"))
    with pytest.raises(ModelDenied):
        either.ask()
    assert len(either.server.heard) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_will_never_pass_is_not_asked_again(lab: Lab, status: int) -> None:
    lab.says(lab.shapes.error(status, "invalid_request_error", "no such model"))
    with pytest.raises(ModelFailed, match="no such model"):
        lab.ask()
    assert len(lab.server.heard) == 1


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "prompt is too long: 300000 tokens > 200000 maximum", ""),
        (400, "This model's maximum context length is 8192 tokens; lower max_tokens", ""),
        (413, "request exceeds the maximum size", "request_too_large"),
    ],
)
def test_a_prompt_that_is_too_long_says_so(lab: Lab, status: int, message: str, code: str) -> None:
    lab.says(lab.shapes.error(status, "invalid_request_error", message, code=code))
    with pytest.raises(PromptTooLong):
        lab.ask()
    assert len(lab.server.heard) == 1


def test_a_slow_answer_is_late_and_nobody_knows_its_cost(either: Lab) -> None:
    either.says(replace(either.answer(), before_s=30.0))
    with pytest.raises(AnswerLate) as caught:
        either.ask(timeout_s=0.5)
    assert caught.value.usage is None
    assert len(either.server.heard) == 1


def test_an_answer_that_drips_is_late(either: Lab) -> None:
    either.says(
        Say(
            kind=EVENTS if either.stream else "application/json", parts=(b" ",) * 999, between_s=0.1
        )
    )
    with pytest.raises(AnswerLate):
        either.ask(timeout_s=0.8)


def test_a_body_cut_short_is_asked_again(lab: Lab) -> None:
    whole = lab.answer()
    half = replace(whole, body=whole.body[:40], declared=len(whole.body))
    lab.says(half, whole)
    assert lab.ask().attempts == 2
    lab.says(half)
    with pytest.raises(ModelBusy):
        lab.ask()


def test_a_stream_that_just_ends_is_no_answer(lab: Lab) -> None:
    lab.stream = True
    lab.says(lab.shapes.stream('{"ok": true}', None), lab.answer())
    assert lab.ask().attempts == 2
    lab.says(lab.shapes.stream('{"ok": true}', None))
    with pytest.raises((AnswerCut, ModelFailed)):
        lab.ask()
    assert len(lab.server.heard) == 2 + lab.patience.attempts


def test_a_stream_whose_connection_breaks_is_asked_again(lab: Lab) -> None:
    lab.stream = True
    lab.says(replace(lab.shapes.stream('{"ok": true}', None), cut=True), lab.answer())
    assert lab.ask().attempts == 2


@pytest.mark.parametrize("parts", range(1, 5))
def test_a_stream_cut_anywhere_before_its_reason_is_no_answer(lab: Lab, parts: int) -> None:
    lab.stream = True
    whole = lab.answer()
    lab.says(replace(whole, parts=whole.parts[: min(parts, len(whole.parts) - 3)]))
    with pytest.raises(ModelError):
        lab.ask()


def test_a_body_without_a_reason_is_no_answer(lab: Lab) -> None:
    lab.says(lab.answer(finish=None))
    with pytest.raises(AnswerCut) as caught:
        lab.ask()
    assert caught.value.usage is not None
    # Each attempt was paid for.
    assert caught.value.usage.input_tokens == 150 * lab.patience.attempts


def test_what_was_paid_before_the_last_failure_is_told(lab: Lab) -> None:
    lab.says(lab.answer(finish=None), lab.shapes.error(429, "rate_limit_error", "slow"))
    with pytest.raises(ModelBusy) as caught:
        lab.ask()
    assert caught.value.usage is not None
    assert caught.value.usage.input_tokens == 150


def test_one_failure_of_unknown_cost_makes_the_sum_unknown(lab: Lab) -> None:
    lab.says(lab.shapes.error(500, "api_error", "oops"), lab.shapes.error(429, "rate", "slow"))
    with pytest.raises(ModelBusy) as caught:
        lab.ask()
    assert caught.value.usage is None


def test_an_answer_of_5_mb_is_not_read(either: Lab) -> None:
    filler = b" " * 5_000_000
    kind = EVENTS if either.stream else "application/json"
    either.says(Say(kind=kind, body=filler), either.answer())
    with pytest.raises(AnswerTooLarge, match="2000000 bytes"):
        either.ask()
    assert len(either.server.heard) == 1


def test_an_endless_answer_is_cut_off(either: Lab) -> None:
    kind = EVENTS if either.stream else "application/json"
    either.says(Say(kind=kind, endless=True))
    with pytest.raises(AnswerTooLarge):
        either.ask()
    # What the sockets hold on the way is read by nobody.
    assert either.server.written < 40_000_000


def test_an_endless_answer_in_small_valid_events_is_cut_off(lab: Lab) -> None:
    lab.stream = True
    lab.max_answer_bytes = 50_000
    events = lab.shapes.stream("x" * 100, None).parts
    lab.says(Say(kind=EVENTS, parts=events + events[-1:] * 2000))
    with pytest.raises(AnswerTooLarge):
        lab.ask()


def test_a_compressed_answer_is_refused_unread(lab: Lab) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    lab.says(Say(body=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ModelFailed, match="compressed"):
        lab.ask()
    assert lab.server.heard[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"\xff\xfe",
        b'{"choices": [], "type": "message", "content": 7}',
        b'{"choices": "many", "content": {"a": 1}, "type": 3}',
        b'{"choices": [null], "content": [null, 3], "type": "message", "usage": "none"}',
        b'{"choices": [{"message": {"content": 5}, "finish_reason": 7}], "type": "message"}',
        b"[" * 200_000,
        b"<html>captive portal</html>",
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_a_body_of_any_shape_is_a_failure_and_no_crash(lab: Lab, body: bytes, kind: str) -> None:
    lab.says(Say(body=body, kind=kind))
    with pytest.raises(ModelFailed):
        lab.ask()


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: 7\n\n", b"event: error\ndata: {}\n\n"])
def test_a_broken_event_is_a_failure_and_no_crash(lab: Lab, data: bytes) -> None:
    lab.stream = True
    lab.says(Say(kind=EVENTS, parts=(data,)))
    with pytest.raises(ModelError):
        lab.ask()


def test_an_error_within_a_stream_is_that_error(anthropic: Lab) -> None:
    anthropic.stream = True
    start, *_ = AnthropicShapes().stream("", None).parts
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    event = f"event: error\ndata: {json.dumps(error)}\n\n".encode()
    anthropic.says(Say(kind=EVENTS, parts=(start, event)), anthropic.answer())
    assert anthropic.ask().attempts == 2


def test_nobody_listening_is_busy(lab: Lab) -> None:
    with serving() as gone:
        url = lab.base_url(gone.url)
    with pytest.raises(ModelBusy, match="Connect"):
        lab.ask(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_its_target_hears_nothing(either: Lab, status: int) -> None:
    with serving() as elsewhere:
        elsewhere.script = [either.answer()]
        target = {"Location": elsewhere.url + either.shapes.path}
        either.says(Say(status, headers=target))
        with pytest.raises(ModelDenied, match="no key goes there"):
            either.ask()
        assert elsewhere.heard == []
    assert len(either.server.heard) == 1


def test_a_redirect_within_the_origin_is_refused_too(lab: Lab) -> None:
    lab.says(Say(307, headers={"Location": f"{lab.server.url}/other"}), lab.answer())
    with pytest.raises(ModelDenied):
        lab.ask()
    assert len(lab.server.heard) == 1


def test_a_cancelled_question_closes_its_connection(lab: Lab) -> None:
    lab.says(replace(lab.answer(), before_s=60.0))

    async def leave(model: object) -> str:
        task = asyncio.ensure_future(model.ask(lab.request))  # type: ignore[attr-defined]
        while not lab.server.heard:  # noqa: ASYNC110  the server has a loop of its own
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return "cancelled"

    assert lab.run(leave) == "cancelled"
