"""Both official SDKs against a server on loopback that speaks their wires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from synapse_bot.config.document import check, read_document
from synapse_bot.llm.base import Message, ModelRequest, Reply, Role
from synapse_bot.llm.endpoint import Endpoint, Reach, Secret, Wire
from synapse_bot.llm.fake_server import FakeServer, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES, Shapes
from synapse_bot.llm.guard import forbid_live_calls
from synapse_bot.llm.limits import Limiter
from synapse_bot.llm.open import endpoint_of, open_model
from synapse_bot.llm.price import Catalogue
from synapse_bot.llm.remote import Patience, RemoteModel
from synapse_bot.llm.schema import ModelsFile, catalogue_of

T = TypeVar("T")
ROOT = Path(__file__).parent.parent.parent
KEY = "sk-planted-0123456789abcdefghijklmn"
QUICK = Patience(attempts=3, first_s=0.001, longest_s=2.0)
MODELS = {Wire.OPENAI: "openai/gpt-6.2-sol", Wire.ANTHROPIC: "anthropic/claude-sonnet-5-5"}
SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


@pytest.fixture(autouse=True)
def _no_live_calls() -> Iterator[None]:
    forbid_live_calls()
    yield
    forbid_live_calls(False)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped table."""
    return catalogue_of(check(read_document(ROOT / "rules" / "models.yaml"), ModelsFile))


@pytest.fixture
def request_() -> ModelRequest:
    return ModelRequest(
        system="You review.",
        messages=(Message(Role.USER, "Is it right?"),),
        schema=SCHEMA,
        schema_name="answer",
        max_output_tokens=50,
        timeout_s=20.0,
    )


@dataclass
class Lab:
    """One wire: its server, and a model of ours in front of it."""

    wire: Wire
    server: FakeServer
    catalogue: Catalogue
    request: ModelRequest
    stream: bool = False
    limiter: Limiter = field(default_factory=Limiter)
    patience: Patience = QUICK
    key: str = KEY
    reach: Reach = field(default_factory=Reach)
    max_answer_bytes: int = 2_000_000

    @property
    def shapes(self) -> Shapes:
        return SHAPES[self.wire]

    @property
    def name(self) -> str:
        return MODELS[self.wire]

    def base_url(self, origin: str) -> str:
        return origin + ("/v1" if self.wire is Wire.OPENAI else "")

    def answer(self, text: str = '{"ok": true}', finish: str | None = "") -> Say:
        """In the lab's manner, at once or streamed; finish "" is that of a whole answer."""
        reason = self.shapes.whole if finish == "" else finish
        say = self.shapes.stream if self.stream else self.shapes.answer
        return say(text, reason)

    def says(self, *script: Say) -> None:
        self.server.script = list(script)

    def endpoint(self, base_url: str = "") -> Endpoint:
        found = endpoint_of(
            self.name,
            self.catalogue,
            key=Secret(self.key),
            base_url=base_url or self.base_url(self.server.url),
            reach=self.reach,
            stream=self.stream,
        )
        return replace(found, max_answer_bytes=self.max_answer_bytes)

    def model(self, base_url: str = "") -> RemoteModel:
        return open_model(self.endpoint(base_url), self.catalogue, self.limiter, self.patience)

    def ask(self, base_url: str = "", **changes: Any) -> Reply:
        return self.run(lambda model: model.ask(replace(self.request, **changes)), base_url)

    def run(self, use: Callable[[RemoteModel], Coroutine[Any, Any, T]], base_url: str = "") -> T:
        async def main() -> T:
            model = self.model(base_url)
            try:
                return await use(model)
            finally:
                await model.aclose()

        return asyncio.run(main())


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving() as found:
        yield found


@pytest.fixture(params=list(Wire), ids=lambda wire: wire.value)
def lab(
    request: pytest.FixtureRequest,
    server: FakeServer,
    catalogue: Catalogue,
    request_: ModelRequest,
) -> Lab:
    """Each wire, answers at once."""
    return Lab(request.param, server, catalogue, request_)


@pytest.fixture(params=[False, True], ids=["at once", "streamed"])
def either(request: pytest.FixtureRequest, lab: Lab) -> Lab:
    """Each wire, at once and streamed."""
    lab.stream = request.param
    return lab


@pytest.fixture
def openai(server: FakeServer, catalogue: Catalogue, request_: ModelRequest) -> Lab:
    return Lab(Wire.OPENAI, server, catalogue, request_)


@pytest.fixture
def anthropic(server: FakeServer, catalogue: Catalogue, request_: ModelRequest) -> Lab:
    return Lab(Wire.ANTHROPIC, server, catalogue, request_)
