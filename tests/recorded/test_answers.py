"""Our client of GitHub's API, answered with what GitHub has answered (npm @octokit/fixtures)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from synapse_bot.forge.github import GitHubCalls
from synapse_bot.forge.http import Rejected
from synapse_bot.forge.limiter import Limiter
from synapse_bot.forge.transport import Transport

Scenario = list[dict[str, Any]]
# Headers of the connection that was recorded, not of the answer.
_OF_THE_CONNECTION = {"connection", "content-length", "transfer-encoding", "content-encoding"}


class _Replay(BaseHTTPRequestHandler):
    """Answers with the record of the same verb and page, whatever the path is called."""

    scenario: Scenario
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer()

    def _answer(self) -> None:
        self.asked.append((self.command, self.path))
        row = next(r for r in self.scenario if _same(r, self.command, self.path))
        body = json.dumps(row["response"]).encode()
        self.send_response(row["status"])
        for name, value in row["headers"].items():
            if name not in _OF_THE_CONNECTION:
                self.send_header(name, str(value))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def _same(row: dict[str, Any], verb: str, path: str) -> bool:
    return row["method"] == verb.lower() and _page(row["path"]) == _page(path)


def _page(path: str) -> str:
    return parse_qs(urlsplit(path).query).get("page", ["1"])[0]


@pytest.fixture
def replayed(octokit: Path) -> Iterator[Callable[[str], tuple[GitHubCalls, Scenario, Any]]]:
    """(our client, the records, what it has asked) of the scenario with the given name."""
    servers = []

    def start(name: str) -> tuple[GitHubCalls, Scenario, Any]:
        home = octokit / "fixtures" / "scenarios" / "api.github.com" / name
        scenario = json.loads((home / "normalized-fixture.json").read_text())
        handler = type("Handler", (_Replay,), {"scenario": scenario, "asked": []})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        limiter = Limiter(interval_s=0.0)
        calls = GitHubCalls("token", api_url=url, transport=Transport(), limiter=limiter)
        return calls, scenario, handler.asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_every_page_is_read_and_no_address_of_a_link_header_is_followed(replayed: Any) -> None:
    calls, scenario, asked = replayed("paginate-issues")
    rows = calls.pages("/repos/team/shop/issues")
    recorded = [issue for row in scenario for issue in row["response"]]
    assert [row["number"] for row in rows] == [issue["number"] for issue in recorded]
    assert len(asked) == len(scenario) == 5
    assert {urlsplit(path).path for _, path in asked} == {"/repos/team/shop/issues"}
    assert "api.github.com/repositories/" in scenario[0]["headers"]["link"]


def test_a_cap_on_rows_ends_the_pages_early(replayed: Any) -> None:
    calls, _, asked = replayed("paginate-issues")
    assert len(calls.pages("/repos/team/shop/issues", most=4)) == 6
    assert len(asked) == 2


def test_a_refusal_is_told_in_github_s_words_and_not_repeated(replayed: Any) -> None:
    calls, _, asked = replayed("errors")
    with pytest.raises(Rejected, match=r"422 Validation Failed.*invalid"):
        calls.write("POST", "/repos/team/shop/labels", {"name": "foo", "color": "invalid"})
    assert len(asked) == 1


def test_a_status_is_read_back_as_github_answers_it(replayed: Any) -> None:
    calls, scenario, _ = replayed("create-status")
    made = calls.write("POST", "/repos/team/shop/statuses/abc", {"state": "failure"})
    assert (made["state"], made["context"]) == ("failure", "example/1")
    assert calls.pages("/repos/team/shop/commits/abc/statuses") == scenario[2]["response"]
