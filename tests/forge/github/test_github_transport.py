"""A company's own certificates and proxy: given once, used by every request to GitHub."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from synapse_bot.domain.errors import ForgeBusy
from synapse_bot.forge.github import GitHubCalls
from synapse_bot.forge.limiter import Limiter
from synapse_bot.forge.transport import transport_of


class _Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"id": 1}')

    def log_message(self, *arguments: object) -> None:
        pass


def _self_signed(folder: Path) -> Path:
    """One PEM file with a key and a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company's own authority")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = folder / "own.pem"
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return pem


@pytest.fixture
def asked() -> Iterator[tuple[HTTPServer, list[str]]]:
    paths: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"asked": paths}))
    yield server, paths
    server.shutdown()
    server.server_close()


def _calls(variables: dict[str, str], api_url: str) -> GitHubCalls:
    limiter = Limiter(sleep=lambda _: None)
    return GitHubCalls("t", api_url=api_url, transport=transport_of(variables), limiter=limiter)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE"])
def test_each_documented_variable_makes_an_own_authority_trusted(
    asked: tuple[HTTPServer, list[str]], tmp_path: Path, name: str
) -> None:
    server, paths = asked
    pem = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_port}"
    assert _calls({name: str(pem)}, url).get("/user")["id"] == 1
    with pytest.raises(ForgeBusy, match="SSLError"):
        _calls({}, url).get("/user")
    assert paths == ["/user"]


def test_the_proxy_is_the_one_that_was_given(
    asked: tuple[HTTPServer, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, paths = asked
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    proxy = f"http://127.0.0.1:{server.server_port}"
    calls = _calls({"http_proxy": proxy}, "http://github.invalid/api/v3")
    assert calls.get("/user")["id"] == 1
    assert paths == ["http://github.invalid:80/api/v3/user"]
