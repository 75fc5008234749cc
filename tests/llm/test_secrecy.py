"""A key goes to one place, and into no text; what an SDK would add to a request stays at home."""

from __future__ import annotations

import logging
import pickle
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.llm.endpoint import Endpoint, Reach, Secret, Wire, origin_of
from synapse_bot.llm.errors import LiveCallForbidden, ModelBusy, ModelDenied, ModelError
from synapse_bot.llm.fake_server import Say, serving
from synapse_bot.llm.fake_shapes import EVENTS
from synapse_bot.llm.guard import forbid_live_calls

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.llm.remote import RemoteModel
    from tests.llm.conftest import Lab

KEY = "sk-planted-0123456789abcdefghijklmn"


def _everything(error: BaseException) -> str:
    """All text that can be had from an exception and from what it hangs on."""
    texts: list[str] = []
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        one = queue.pop()
        if id(one) in seen or len(seen) > 5000:
            continue
        seen.add(id(one))
        texts += [repr(one), str(one)]
        if isinstance(one, BaseException):
            queue += [one.__cause__, one.__context__, *one.args, *getattr(one, "__notes__", ())]
        for name in ("request", "response", "body", "headers"):
            try:
                queue.append(getattr(one, name))
            except (AttributeError, RuntimeError):
                continue
        queue += vars(one).values() if hasattr(one, "__dict__") else ()
        if isinstance(one, dict):
            queue += [*one.keys(), *one.values()]
    return "\n".join(texts)


def _echo(status: int, key: str) -> Say:
    said = f"Incorrect API key provided: {key}. Authorization: Bearer {key}"
    body = f'{{"error": {{"message": "{said}", "type": "{key}", "code": "{key}"}}}}'
    return Say(
        status, body.encode(), headers={"X-Echo": key, "Location": f"http://127.0.0.1:1/{key}"}
    )


PATHS: dict[str, Say] = {
    **{str(status): _echo(status, KEY) for status in (301, 307, 400, 401, 402, 403, 404, 422)},
    **{str(status): _echo(status, KEY) for status in (408, 413, 429, 500, 529)},
    "no json": Say(body=f"{{{KEY}".encode()),
    "other json": Say(body=f'["{KEY}"]'.encode()),
    "text": Say(body=KEY.encode(), kind="text/plain"),
    "cut": Say(body=KEY.encode(), declared=9999),
    "late": Say(before_s=30, body=KEY.encode()),
    "large": Say(body=KEY.encode() * 100_000),
    "gzip": Say(body=KEY.encode(), headers={"Content-Encoding": "gzip"}),
    "events": Say(kind=EVENTS, parts=(f"data: {{{KEY}\n\n".encode(),)),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_key_is_in_no_text_of_any_failure(
    either: Lab, path: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    either.says(PATHS[path])
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelError) as caught:
        either.ask(timeout_s=1.0 if path == "late" else 20.0)
    assert either.server.heard[0].headers["authorization"] == f"Bearer {KEY}"
    out, err = capfd.readouterr()
    texts = (str(caught.value), repr(caught.value), caught.value.hint, out, err, caplog.text)
    assert KEY not in "".join(texts)


def test_a_prompt_is_in_no_log(
    either: Lab, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_LOG", "debug")
    monkeypatch.setenv("ANTHROPIC_LOG", "debug")
    either.says(either.answer('{"ok": "answered"}'))
    with caplog.at_level(logging.DEBUG):
        either.ask(system="prompted")
    assert "prompted" not in caplog.text
    assert "answered" not in caplog.text


def test_nothing_that_holds_the_key_hangs_on_an_error(either: Lab) -> None:
    """An SDK's error carries its request and response; a crash report may print them."""
    either.says(either.shapes.error(401, "authentication_error", "no"))
    with pytest.raises(ModelDenied) as caught:
        either.ask()
    assert KEY not in _everything(caught.value)


def test_the_sdk_holds_a_placeholder_for_the_key(lab: Lab) -> None:
    lab.says(lab.answer())

    async def look(model: RemoteModel) -> str:
        await model.ask(lab.request)
        client = model._talk._clients.client()  # type: ignore[attr-defined]
        return f"{client.api_key} {client.auth_headers}"

    shown = lab.run(look)
    assert KEY not in shown
    assert "held-by-the-transport" in shown


def test_a_key_is_in_no_representation(lab: Lab) -> None:
    endpoint = lab.endpoint()
    for one in (endpoint, endpoint.key, lab.model()):
        assert KEY not in repr(one)
        assert KEY not in str(one)
    with pytest.raises(TypeError):
        pickle.dumps(endpoint.key)


def test_nothing_of_the_environment_leaves(either: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OPENAI_API_KEY": "env-key",
        "OPENAI_ORG_ID": "env-org",
        "OPENAI_PROJECT_ID": "env-project",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/",
        "OPENAI_CUSTOM_HEADERS": "X-Env: env-header\nAuthorization: Bearer env-key",
        "ANTHROPIC_API_KEY": "env-key",
        "ANTHROPIC_AUTH_TOKEN": "env-token",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1/",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Env: env-header\nX-Api-Key: env-key",
        "HTTP_PROXY": "http://127.0.0.1:1/",
        "http_proxy": "http://127.0.0.1:1/",
        "ALL_PROXY": "http://127.0.0.1:1/",
    }.items():
        monkeypatch.setenv(name, value)
    either.says(either.answer())
    either.ask()
    [heard] = either.server.heard
    assert "env-" not in str(heard.headers) + heard.target + heard.body.decode()
    assert set(heard.headers) <= {
        "accept", "accept-encoding", "anthropic-version", "authorization", "connection",
        "content-length", "content-type", "host", "user-agent",
    }  # fmt: skip
    assert heard.headers["user-agent"] == "synapse-bot"


def test_without_a_key_none_is_sent(openai: Lab) -> None:
    openai.says(openai.answer())
    model = openai.model()
    del model
    keyless = replace(openai.endpoint(), key=Secret(""))
    openai.endpoint = lambda base_url="": keyless  # type: ignore[method-assign]
    openai.ask()
    assert "authorization" not in openai.server.heard[0].headers


def test_what_a_server_says_is_one_plain_line(lab: Lab) -> None:
    said = "no\x1b[2J\r\n::error::\u202e gone " + "x" * 1000
    lab.says(lab.shapes.error(404, "not_found_error", said))
    with pytest.raises(ModelError) as caught:
        lab.ask()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_key_does_not_travel_unencrypted() -> None:
    with pytest.raises(ConfigInvalid, match="unencrypted") as caught:
        Endpoint("openai", "m", Wire.OPENAI, "http://models.example.org/v1", Secret(KEY))
    assert KEY not in str(caught.value)
    Endpoint("openai", "m", Wire.OPENAI, "http://127.0.0.1:1/v1", Secret(KEY))
    Endpoint("openai", "m", Wire.OPENAI, "http://models.example.org/v1")


@pytest.mark.parametrize("key", ["sk-1\r\nX-Evil: 1", "sk-\u2028x", "sk-\x00x"])
def test_a_key_that_is_no_key_is_refused_unshown(key: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        Endpoint("openai", "m", Wire.OPENAI, "https://a.example/v1", Secret(key))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pw0123456789@api.example.org/v1",
        "https://api.example.org@evil.tld/v1",
        "https://api.example.org./v1",
        "https://api%2eexample.org/v1",
        "https://\u0430pi.example.org/v1",
        "https://api.example.org\\@evil.tld/v1",
        "https://api.example.org/v1?next=https://evil.tld",
        "ftp://api.example.org/v1",
        "api.example.org",
        "https://api.example.org:99999/v1",
    ],
)
def test_an_address_is_plain_or_refused(url: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        origin_of(url)
    assert "pw0123456789" not in str(caught.value)


def test_live_calls_are_forbidden_beyond_loopback(lab: Lab) -> None:
    with pytest.raises(LiveCallForbidden):
        lab.ask("https://192.0.2.1/v1")
    lab.says(lab.answer())
    assert lab.ask().text  # loopback is allowed


def test_an_endpoint_may_forbid_live_calls_by_itself(lab: Lab) -> None:
    forbid_live_calls(False)
    closed = replace(lab.endpoint("https://192.0.2.1/v1"), live=False)
    lab.endpoint = lambda base_url="": closed  # type: ignore[method-assign]
    with pytest.raises(LiveCallForbidden):
        lab.ask()


def test_the_proxy_is_the_one_that_was_given(openai: Lab) -> None:
    """The fake server stands in for the proxy: it is asked for the whole address."""
    openai.says(openai.answer())
    openai.reach = Reach(proxies={"http": openai.server.url})
    openai.ask("http://localhost:9/v1")
    assert openai.server.heard[0].target == "http://localhost:9/v1/chat/completions"


def test_no_proxy_goes_around_it(openai: Lab) -> None:
    openai.says(openai.answer())
    openai.reach = Reach(proxies={"http": "http://127.0.0.1:9"}, no_proxy=("127.0.0.1",))
    assert openai.ask().text


def test_a_proxys_password_is_in_no_text(openai: Lab) -> None:
    openai.reach = Reach(proxies={"http": "http://user:hunter2-secret@127.0.0.1:9"})
    with pytest.raises(ModelBusy) as caught:
        openai.ask()
    assert "hunter2-secret" not in str(caught.value)
    assert "hunter2-secret" not in repr(openai.endpoint())


def test_a_server_with_an_own_certificate_is_reached_with_its_bundle_only(
    lab: Lab, tmp_path: Path
) -> None:
    pem = tmp_path / "server.pem"
    pem.write_bytes(_certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with serving(context) as secure:
        secure.script = [lab.answer()]
        url = lab.base_url(secure.url)
        with pytest.raises(ModelBusy, match=r"(?i)certificate"):
            lab.ask(url)
        assert secure.heard == []
        lab.reach = Reach(ca_bundle=str(pem))
        assert lab.ask(url).text


def test_an_unreadable_bundle_is_named(lab: Lab, tmp_path: Path) -> None:
    lab.reach = Reach(ca_bundle=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigInvalid, match=r"none\.pem"):
        lab.ask(lab.base_url("https://127.0.0.1:9"))


def _certificate() -> bytes:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(place, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


def test_a_sdk_that_asks_elsewhere_is_stopped(openai: Lab) -> None:
    """The transport itself is bound to the origin, whatever is asked of it."""
    import asyncio

    from synapse_bot.llm.transport import open_client

    async def elsewhere() -> None:
        async with open_client(openai.endpoint()) as client:
            await client.get("http://127.0.0.1:9/v1/models", timeout=5.0)

    with pytest.raises(ModelDenied, match="no key goes there"):
        asyncio.run(elsewhere())
    assert openai.server.heard == []
