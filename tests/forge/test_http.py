"""Certificates, proxies, and one origin that credentials never leave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.errors import ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.forge.http import BoundSession, origin_of
from synapse_bot.forge.transport import Transport, transport_of


@pytest.fixture
def pair() -> Iterator[tuple[str, str, list[str]]]:
    """A server that redirects to another port, that other one, and what it was sent."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        target = ""

        def do_GET(self) -> None:
            heard.append(f"{self.server.server_port} {self.headers.get('PRIVATE-TOKEN')}")
            self.send_response(302 if self.target else 200)
            if self.target:
                self.send_header("Location", self.target)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    other = HTTPServer(("127.0.0.1", 0), Handler)
    place = f"http://127.0.0.1:{other.server_port}/"
    first = HTTPServer(("127.0.0.1", 0), type("To", (Handler,), {"target": place}))
    for server in (first, other):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{first.server_port}/", place, heard
    for server in (first, other):
        server.shutdown()
        server.server_close()


def test_a_redirect_to_another_port_is_refused_before_anything_is_sent(
    pair: tuple[str, str, list[str]],
) -> None:
    first, _, heard = pair
    session = BoundSession(Transport(), origin_of(first))
    with pytest.raises(ForgeDenied, match="no credentials go there"):
        session.get(first, headers={"PRIVATE-TOKEN": "secret"})
    assert len(heard) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com.attacker.tld/",
        "https://api.github.com@evil.tld/",
        "https://user:pw@api.github.com/",
        "https://api.github.com./",
        "https://api.github.com:444/",
        "http://api.github.com/",
        "https://api%2egithub.com/",
        "https://api.github\uff0ecom/",
        "https://\u0430pi.github.com/",
        "https://api.github.com\\@evil.tld/",
        "file:///etc/passwd",
        "https://[::1/",
        "",
    ],
)
def test_what_only_looks_like_the_forge_is_refused(url: str) -> None:
    wanted = origin_of("https://api.github.com")
    with pytest.raises((ForgeFailed, AssertionError)):
        assert origin_of(url) == wanted


@given(st.text(max_size=40))
def test_no_text_around_the_host_passes_for_it(text: str) -> None:
    wanted = origin_of("https://api.github.com")
    for url in (f"https://api.github.com{text}.evil.tld/", f"https://{text}evil.tld/"):
        try:
            found = origin_of(url)
        except SynapseError:
            continue
        path_begins = text[:1] in ("/", "?", "#") or text.startswith((":443/", ":443?", ":443#"))
        assert found != wanted or path_begins or "/" in text or "?" in text or "#" in text


def test_the_first_bundle_of_the_documented_order_wins() -> None:
    given_variables = {"CI_SERVER_TLS_CA_FILE": "/ci.pem", "REQUESTS_CA_BUNDLE": "/req.pem"}
    found = transport_of(given_variables)
    assert (found.ca_bundle, found.ca_source) == ("/req.pem", "REQUESTS_CA_BUNDLE")
    assert transport_of(given_variables | {"SSL_CERT_FILE": "/ssl.pem"}).ca_bundle == "/ssl.pem"
    assert transport_of({}).ca_bundle == ""


def test_a_session_takes_what_it_is_given_and_not_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://environment:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/environment.pem")
    variables = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "internal.example, .corp"}
    transport = transport_of(variables | {"SSL_CERT_FILE": "/given.pem"})
    session = BoundSession(transport, origin_of("https://api.github.com"))
    merged = session.merge_environment_settings("https://api.github.com", {}, None, None, None)
    assert merged["proxies"] == {"https": "http://proxy:3128"}
    assert merged["verify"] == "/given.pem"
    for host in ("internal.example", "gitlab.corp", "a.internal.example"):
        assert BoundSession(transport, origin_of(f"https://{host}")).proxies == {}
    assert BoundSession(transport, origin_of("https://notinternal.example")).proxies != {}
