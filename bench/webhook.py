"""Prints how long a webhook takes: a real `synapse-bot serve`, signed deliveries, one loopback.

Run as: python bench/webhook.py [--requests N] [--connections N] [--workers N] [--wrk]
With SYNAPSE_BOT__ENGINE__DATABASE the queue is the fleet's own (start a worker once before);
without it, one in memory. Budget: p99 under 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

SECRET = secrets.token_hex(32)
SERVE = (sys.executable, "-m", "synapse_bot", "serve", "--port", "0")
DATABASE = "SYNAPSE_BOT__ENGINE__DATABASE"
_FILLER = "x" * 20_000  # a payload of GitHub's has about 25 KB


@dataclass
class Taken:
    """Milliseconds of each answered request, and how often each status came."""

    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def quantile(self, part: float) -> float:
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def delivery(number: int) -> tuple[bytes, dict[str, str]]:
    """The body and headers of push ``number``; each is to a pull request of its own."""
    pull = {
        "number": number,
        "head": {"sha": f"{number:040x}", "ref": "feature", "repo": {"id": 1}},
        "base": {"sha": "a" * 40, "ref": "main", "repo": {"id": 1}},
        "body": _FILLER,
    }
    repository = {"id": 1, "full_name": "team/shop"}
    event = {"action": "opened", "number": number, "pull_request": pull, "repository": repository}
    body = json.dumps(event).encode()
    signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-Hub-Signature-256": f"sha256={signature}",
    }


def raw_request(number: int) -> bytes:
    body, headers = delivery(number)
    lines = (f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /webhooks/github HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{''.join(lines)}\r\n".encode() + body


async def load(url: str, requests: int, connections: int) -> Taken:
    """Send ``requests`` deliveries over so many connections, each as fast as it is answered."""
    place, taken, numbers = urlsplit(url), Taken(), iter(range(1, requests + 1))

    async def sender() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for number in numbers:
            request = raw_request(number)
            begun = time.perf_counter()
            writer.write(request)
            taken.statuses[await _answer(reader)] += 1
            taken.ms.append((time.perf_counter() - begun) * 1000)
        writer.close()

    await asyncio.gather(*(sender() for _ in range(connections)))
    return taken


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.lower().startswith("content-length")
    )
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def wrk(url: str, seconds: int, connections: int) -> str:
    """What wrk prints of one delivery that comes again and again: the same id each time."""
    body, headers = delivery(1)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        named = "".join(f'wrk.headers["{n}"] = "{v}"\n' for n, v in headers.items())
        script.write_text(f'wrk.method = "POST"\nwrk.body = [[{body.decode()}]]\n{named}')
        load = ("-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script))
        argv = ["wrk", *load, f"{url}/webhooks/github"]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def start(workers: int) -> tuple[subprocess.Popen[str], str]:
    """A server and its address. Its log is in no folder once it runs, and read by nobody."""
    queue = () if os.environ.get(DATABASE) else ("--dry-run",)
    environ = {**os.environ, "SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET": SECRET}
    with tempfile.NamedTemporaryFile("w") as log:
        argv = [*SERVE, "--workers", str(workers), *queue]
        server = subprocess.Popen(argv, stderr=log, env=environ, text=True)
        while server.poll() is None:
            first = Path(log.name).read_text().partition("\n")[0]
            if first.endswith("}"):
                return server, json.loads(first)["listening"]
            time.sleep(0.05)
        raise SystemExit(Path(log.name).read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--wrk", action="store_true", help="also 5 seconds of wrk")
    given = parser.parse_args()
    server, url = start(given.workers)
    try:
        asyncio.run(load(url, 50, 1))  # the first requests load modules
        begun = time.perf_counter()
        taken = asyncio.run(load(url, given.requests, given.connections))
        seconds = time.perf_counter() - begun
        if given.wrk and shutil.which("wrk"):
            print(wrk(url, 5, given.connections))
    finally:
        server.terminate()
        server.wait()
    kind = "PostgreSQL" if os.environ.get(DATABASE) else "memory"
    quantiles = ", ".join(
        f"p{part:g} {taken.quantile(part / 100):.1f}" for part in (50, 90, 99, 100)
    )
    print(
        f"queue in {kind}, {given.workers} process(es), {given.connections} connections: "
        f"{len(taken.ms) / seconds:.0f} deliveries/s, ms: {quantiles}; {dict(taken.statuses)}"
    )


if __name__ == "__main__":
    main()
