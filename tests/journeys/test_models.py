"""A review that asks a model: the official SDK on a real wire, both providers, budget and gate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from synapse_bot.entry.host import read_host
from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import FakeServer, Heard, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES
from synapse_bot.llm.remote import RemoteModel
from synapse_bot.runtime.request import Asked
from synapse_bot.runtime.review import review as story
from synapse_bot.wiring.parts import open_parts

PAGE = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
CLAIM = {
    "path": "page.py",
    "quote": "offset = number * size",
    "line": 2,
    "rule": "off-by-one",
    "severity": "high",
    "confidence": 0.9,
    "message": "Pages count from 1, so the first page is skipped.",
    "fix": "Start at (number - 1) * size.",
    "replacement": "",
}
NAMES = {Wire.OPENAI: "openai/gpt-6.2-sol", Wire.ANTHROPIC: "anthropic/claude-sonnet-5-5"}
BASE = {Wire.OPENAI: "/v1", Wire.ANTHROPIC: ""}
KEYS = {Wire.OPENAI: "OPENAI_API_KEY", Wire.ANTHROPIC: "ANTHROPIC_API_KEY"}
KEY = "sk-planted-0123456789abcdefghijklmn"
DEEP = ("review", "--route", "deep", "--format", "json")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving() as running:
        yield running


@pytest.fixture
def ask(
    server: FakeServer, repository: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Reviews the branch with a model that answers ``findings``, and lets every one stand."""
    repository.commit({"page.py": PAGE})

    def run(
        *options: str,
        findings: list[dict[str, Any]] | None = None,
        wire: Wire = Wire.OPENAI,
        say: Callable[[Heard], Say] | None = None,
        only: str = "correctness",
    ) -> Any:
        told = json.dumps({"findings": [CLAIM] if findings is None else findings})
        agreed = json.dumps({"verdicts": []})

        def answer(heard: Heard) -> Say:
            second = b"You check the findings" in heard.body
            shapes = SHAPES[wire]
            return shapes.answer(agreed if second else told, shapes.whole)

        server.script = say or answer
        monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", server.url + BASE[wire])
        monkeypatch.setenv(KEYS[wire], KEY)
        picked = ("--only", only) if only else ()
        return command(*DEEP, "--model", NAMES[wire], *picked, *options)

    return run


@pytest.mark.parametrize("wire", list(Wire))
def test_a_model_finds_what_tools_do_not_and_the_review_says_what_it_cost(
    ask: Callable[..., Any], wire: Wire
) -> None:
    ran = ask(wire=wire)
    assert ran.code == 0, ran.err
    (claim,) = ran.json["claims"]
    assert claim["finding"]["location"]["start_line"] == 2
    assert claim["finding"]["by"] == "correctness"
    (opinion,) = (o for o in ran.json["outcomes"] if o["by"] == "correctness")
    assert opinion["usage"]["cost_usd"] > 0
    assert opinion["examined"] == ["page.py"]


def test_its_finding_counts_for_the_gate(ask: Callable[..., Any]) -> None:
    assert ask("--fail-on", "high").code == 1


def test_the_summary_tells_tokens_and_dollars(ask: Callable[..., Any]) -> None:
    ran = ask("--format", "markdown", "--format", "terminal", "--out", "out")
    assert ran.code == 0
    assert " tokens, $0.0" in ran.out


def test_the_key_is_in_a_header_and_nowhere_else(
    ask: Callable[..., Any], server: FakeServer
) -> None:
    ran = ask("--verbose")
    assert server.heard[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in ran.out + ran.err
    assert all(KEY.encode() not in heard.body for heard in server.heard)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_provider_that_fails_makes_the_review_incomplete(
    ask: Callable[..., Any], status: int
) -> None:
    ran = ask(say=lambda heard: Say(status, b'{"error": {"message": "no", "type": "x"}}'))
    assert ran.code == 3
    assert ran.json["verdict"] == "incomplete"


def test_an_answer_in_no_schema_is_incomplete_and_paid_for(ask: Callable[..., Any]) -> None:
    shapes = SHAPES[Wire.OPENAI]
    ran = ask(say=lambda heard: shapes.answer("LGTM, approved!", shapes.whole))
    assert ran.code == 3
    (failed,) = (o for o in ran.json["outcomes"] if o["by"] == "correctness")
    assert failed["failed_kind"] == "garbage"
    assert failed["usage"]["output_tokens"] > 0


def test_without_money_no_call_is_made(ask: Callable[..., Any], server: FakeServer) -> None:
    ran = ask("--max-usd", "0.000001")
    assert ran.code == 3
    assert server.heard == []
    assert "budget" in json.dumps(ran.json["reasons"])


@pytest.mark.parametrize(
    ("limit", "shown"),
    [("tokens: 1000", "its own limit: 1,000 tokens"), ("usd: 0.00001", "its own limit: $0.00001")],
)
def test_a_specialist_with_little_of_its_own_stops_and_the_others_read_on(
    ask: Callable[..., Any],
    command: Any,
    repository: Any,
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    shown: str,
) -> None:
    own = (
        "id: house\ndescription: House rules.\nkind: llm\nprompt: Look for house rules.\n"
        f"limits: {{{limit}}}\n"
    )
    repository.merge({".synapse-bot/specialists/house.yaml": own})
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_PROMPTS", "true")
    ran = ask("--only", "house")
    by = {outcome["by"]: outcome for outcome in ran.json["outcomes"]}
    assert (by["house"]["failed_kind"], by["correctness"]["kind"]) == ("budget", "opinion")
    assert not any(b"house rules" in heard.body for heard in server.heard)
    assert ran.json["verdict"] == "incomplete"
    plan = command("plan", "--route", "deep", "--only", "house", "--model", NAMES[Wire.OPENAI]).out
    assert shown in plan


def test_the_plan_says_what_it_would_cost_at_most_and_asks_nobody(
    ask: Callable[..., Any], server: FakeServer, command: Any
) -> None:
    ran = ask()
    asked, spent = len(server.heard), ran.json["outcomes"]
    plan = command("plan", "--route", "deep", "--model", NAMES[Wire.OPENAI], "--format", "json")
    assert len(server.heard) == asked
    (correctness,) = (a for a in plan.json["assignments"] if a["spec"]["id"] == "correctness")
    (forecast,) = correctness["askings"]
    (used,) = (o["usage"] for o in spent if o["by"] == "correctness")
    assert forecast["calls"] == asked
    assert forecast["usage"]["cost_usd"] > used["cost_usd"] > 0
    text = command("plan", "--route", "deep", "--model", NAMES[Wire.OPENAI]).out
    assert "openai/gpt-6.2-sol: at most 2 calls, " in text


def test_without_a_model_nobody_is_missed(repository: Any, command: Any) -> None:
    repository.commit({"page.py": PAGE})
    ran = command(*DEEP)
    assert ran.code == 0
    assert ran.json["verdict"] == "pass"


def test_a_missing_key_says_which_variable_to_set(
    repository: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    repository.commit({"page.py": PAGE})
    ran = command(*DEEP, "--model", "openai/gpt-6.2-sol")
    (skipped,) = (o for o in ran.json["outcomes"] if o["by"] == "correctness")
    assert (skipped["kind"], skipped["hint"]) == ("skipped", "Set OPENAI_API_KEY.")
    assert ran.code == 0, "as in a fork's job: the tools have reviewed it"
    required = command(*DEEP, "--model", "openai/gpt-6.2-sol", "--only", "correctness")
    assert required.code == 3, "nothing was examined"


@pytest.mark.parametrize("name", ["gpt-6.2-sol", "nobody/model", "openai/"])
def test_a_model_without_a_known_provider_is_a_usage_error(
    repository: Any, command: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    repository.commit({"page.py": PAGE})
    assert command(*DEEP, "--model", name).code == 2


def test_a_repository_cannot_name_the_model_its_address_or_its_budget(
    repository: Any, command: Any, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = (
        f"models:\n  default: openai/gpt-6.2-sol\n  base_url: {server.url}/v1\n  max_usd: 1000\n"
        "specialists:\n  allow_prompts: true\n"
    )
    repository.merge({".synapse-bot.yml": settings})
    repository.commit({"page.py": PAGE})
    ran = command(*DEEP)
    assert server.heard == []
    assert "models.default" in json.dumps(ran.json["notices"])


def test_a_prompt_of_the_repository_is_asked_only_where_the_host_allows_it(
    ask: Callable[..., Any], repository: Any, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "id: house\ndescription: House rules.\nkind: llm\nprompt: Look for house rules.\n"
    repository.merge({".synapse-bot/specialists/house.yaml": own})
    ran = ask(only="house")
    assert server.heard == []
    assert "ALLOW_PROMPTS" in json.dumps(ran.json["outcomes"])
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_PROMPTS", "true")
    ask(only="house")
    assert b"house rules" in server.heard[0].body


def test_a_push_that_changes_nothing_for_the_model_makes_no_call(
    ask: Callable[..., Any], server: FakeServer, repository: Any
) -> None:
    first = ask()
    calls = len(server.heard)
    repository.git("commit", "-q", "--amend", "-m", "feat: other words")
    second = ask()
    assert len(server.heard) == calls
    assert second.json["claims"] == first.json["claims"]
    repository.commit({"page.py": PAGE + "\n\nMOST = 10\n"})
    ask()
    assert len(server.heard) > calls


def test_whoever_reviews_the_connections_of_the_model_are_closed(
    repository: Any, server: FakeServer, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story closes them itself: `review` and an answer to `/synapse review` both pass it."""
    closed: list[str] = []
    close = RemoteModel.aclose

    async def counted(self: RemoteModel) -> None:
        closed.append(self.name)
        await close(self)

    monkeypatch.setattr(RemoteModel, "aclose", counted)
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.script = [SHAPES[Wire.OPENAI].answer('{"findings": []}', "stop")]
    repository.commit({"page.py": PAGE})
    asked = Asked(
        start=repository.root,
        options={
            "models.default": NAMES[Wire.OPENAI],
            "review.only": ("correctness",),
            "review.route": "deep",
        },
    )

    async def run() -> None:
        parts = await open_parts(asked, read_host(), repository.root.parent, lambda event: None)
        await story(parts)

    asyncio.run(run())
    assert server.heard
    assert closed == [NAMES[Wire.OPENAI]]
