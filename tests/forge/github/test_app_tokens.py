"""Tokens of an App against a server that checks the proof with the App's public key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.forge.faults import Fault, FaultKind, FaultPlan, FaultyApp, Loopback
from synapse_bot.forge.github_app import FRESH_S, App, AppTokens

HOUR_S = 3600.0


@dataclass
class GitHub:
    """Gives tokens to whoever proves to be the App 17; they tell what they are for."""

    public_key: Any
    now: float
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def give(self, request: Request) -> Response:
        scheme, _, proof = request.headers["authorization"].partition(" ")
        claims = jwt.decode(proof, self.public_key, algorithms=["RS256"])
        body = await request.json()
        self.asked.append({"scheme": scheme, **claims, **body})
        if request.path_params["number"] == 404:
            return JSONResponse({"message": "Not Found"}, 404)
        expires = datetime.fromtimestamp(self.now + HOUR_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = f"ghs_{len(self.asked)}_{request.path_params['number']}_{body['repositories'][0]}"
        return JSONResponse({"token": token, "expires_at": expires}, 201)


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@dataclass
class Setting:
    github: GitHub
    tokens: AppTokens
    plan: FaultPlan


@pytest.fixture
def setting(pem: str) -> Iterator[Setting]:
    private = serialization.load_pem_private_key(pem.encode(), None)
    github = GitHub(private.public_key(), 1_900_000_000.0)
    path = "/app/installations/{number:int}/access_tokens"
    app = Starlette(routes=[Route(path, github.give, methods=["POST"])])
    plan = FaultPlan()
    with Loopback(FaultyApp(app, plan)) as server:
        tokens = AppTokens(App("17", pem), api_url=server.url, clock=lambda: github.now)
        yield Setting(github, tokens, plan)


def test_the_proof_is_the_app_s_and_short(setting: Setting) -> None:
    setting.tokens.token(101, "team/shop")
    asked = setting.github.asked[0]
    assert (asked["scheme"], asked["iss"]) == ("Bearer", "17")
    assert asked["exp"] - asked["iat"] <= 600


def test_a_token_is_asked_for_with_one_repository_alone(setting: Setting) -> None:
    assert setting.tokens.token(101, "team/shop") == "ghs_1_101_shop"
    assert setting.github.asked[0]["repositories"] == ["shop"]


def test_a_token_is_kept_until_shortly_before_it_expires(setting: Setting) -> None:
    first = setting.tokens.token(101, "team/shop")
    setting.github.now += HOUR_S - FRESH_S - 1
    assert setting.tokens.token(101, "Team/Shop") == first
    setting.github.now += 2
    assert setting.tokens.token(101, "team/shop") != first
    assert len(setting.github.asked) == 2


def test_each_repository_and_each_installation_has_its_own(setting: Setting) -> None:
    tokens = setting.tokens
    all_of_them = [tokens.token(i, r) for i in (1, 2) for r in ("a/x", "a/y") for _ in range(3)]
    assert len(set(all_of_them)) == len(setting.github.asked) == 4


def test_of_calls_at_one_time_one_asks(setting: Setting) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: setting.tokens.token(101, "team/shop"), range(8)))
    assert len(got) == len(setting.github.asked) == 1


def test_no_secret_is_in_what_is_printed(setting: Setting, pem: str) -> None:
    token = setting.tokens.token(101, "team/shop")
    shown = repr([vars(setting.tokens), App("17", pem)])
    assert token not in shown
    assert pem.splitlines()[1] not in shown


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault(FaultKind.ANSWER, 401, body={"message": "Bad credentials"}), ForgeDenied),
        (Fault(FaultKind.ANSWER, 429), ForgeBusy),
        (Fault(FaultKind.ANSWER, 502, body="<html>"), ForgeBusy),
        (Fault(FaultKind.RESET), ForgeBusy),
        (Fault(FaultKind.ANSWER, 201, body="<html>"), ForgeFailed),
        (Fault(FaultKind.ANSWER, 201, body={"token": "", "expires_at": "soon"}), ForgeFailed),
        (
            Fault(FaultKind.ANSWER, 307, headers=(("location", "http://127.0.0.1:9/"),)),
            ForgeDenied,
        ),
    ],
)
def test_a_refusal_is_named_and_not_remembered(
    setting: Setting, fault: Fault, raised: type[SynapseError]
) -> None:
    setting.plan.begin({0: fault})
    with pytest.raises(raised):
        setting.tokens.token(101, "team/shop")
    assert setting.tokens.token(101, "team/shop").startswith("ghs_")


def test_where_the_app_is_not_installed_it_is_said(setting: Setting) -> None:
    with pytest.raises(ForgeDenied, match="team/shop") as refused:
        setting.tokens.token(404, "team/shop")
    assert "404" in refused.value.hint


@pytest.mark.parametrize("key", ["", "not a key", "-----BEGIN RSA PRIVATE KEY-----\nabcd\n"])
def test_a_key_that_is_none_is_refused_at_once_and_not_repeated(key: str) -> None:
    with pytest.raises(ForgeDenied) as refused:
        AppTokens(App("17", key))
    assert not key or key not in json.dumps([str(refused.value), refused.value.hint])
