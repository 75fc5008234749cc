"""uvicorn around the application: one process or several on one socket, and a graceful end."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn
from uvicorn.supervisors import Multiprocess

from synapse_bot.domain.errors import ExitCode, SynapseError

if TYPE_CHECKING:
    from types import FrameType

    from starlette.applications import Starlette

_BACKLOG = 2_048
_CONCURRENCY = 500  # requests of one process at a time; more are answered 503
_HEADER_BYTES = 65_536


class AddressUnusable(SynapseError):
    hint = "Choose another with --host and --port."


@dataclass(frozen=True, slots=True)
class Listening:
    """``trusted_proxies`` are addresses or networks whose X-Forwarded-For is believed.

    ``grace_s`` is how long requests under way may still take when the process is told to end.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    processes: int = 1
    trusted_proxies: tuple[str, ...] = ()
    grace_s: int = 20


def serve(
    make_app: Callable[[], Starlette], listening: Listening, announce: Callable[[str], object]
) -> None:
    """Serve until SIGTERM or SIGINT. ``make_app`` is called in each process: it can be pickled.

    ``announce`` is told the address once it is taken. Raises AddressUnusable.
    """
    taken = _bind(listening)
    host, port = taken.getsockname()[:2]
    announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    config = uvicorn.Config(make_app, factory=True, **_options(listening))
    if listening.processes > 1:
        Multiprocess(config, sockets=[taken]).run()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # uvicorn raises it again once all requests are answered
    server = uvicorn.Server(config)
    server.run(sockets=[taken])
    if not server.started:
        sys.exit(ExitCode.BUG)


def _options(listening: Listening) -> dict[str, Any]:
    return {
        "workers": listening.processes,
        "access_log": False,  # ours is access.py
        "log_config": None,
        "lifespan": "off",
        "ws": "none",
        "server_header": False,
        "proxy_headers": bool(listening.trusted_proxies),
        "forwarded_allow_ips": list(listening.trusted_proxies),
        "limit_concurrency": _CONCURRENCY,
        "timeout_graceful_shutdown": listening.grace_s,
        "h11_max_incomplete_event_size": _HEADER_BYTES,
    }


def _bind(listening: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    # With its protocol named, asyncio sends small packets at once (TCP_NODELAY).
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((listening.host, listening.port))
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        place = f"{listening.host}:{listening.port}"
        raise AddressUnusable(f"{place}: {error.strerror or error}") from error
    taken.set_inheritable(True)
    return taken


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)
