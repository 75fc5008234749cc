"""Where each tool is on this machine: with this package, installed by us, or on PATH.

``find`` runs nothing: versions come from pins and package metadata where that is possible.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import check, parse_document, read_bytes
from synapse_bot.specialist import executables

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Literal["bundled", "installed", "path"]


@dataclass(frozen=True, slots=True)
class ToolPin:
    """One entry of rules/tools.yaml. ``lock`` holds its packages with hashes."""

    name: str
    package: str
    version: str
    binary: str
    registry: str = "pypi"
    version_args: tuple[str, ...] = ("--version",)
    licence: str = ""
    about: str = ""
    lock: Path | None = None
    bundled: bool = False  # a dependency of this package
    module: str = ""  # run as ``python -I -m module`` where it is bundled
    native: str = ""  # the real program below site-packages, behind a Python wrapper
    warm: tuple[str, ...] = ()  # arguments of one run after installation, which fills {cache}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that this machine has. ``binary`` is what an argument list starts with.

    ``roots`` are the folders that it needs to read to run; ``cache`` is its own folder for what
    it computes once, None where it has none. ``programs`` is the folder of what an installed tool
    starts itself by name (semgrep starts pysemgrep), put first on its PATH.
    """

    name: str
    binary: tuple[str, ...]
    version: str
    source: Source
    roots: tuple[Path, ...] = ()
    cache: Path | None = None
    programs: Path | None = None


@dataclass
class Toolbox:
    """``data`` is the folder rules/; ``cache`` the user's cache folder of this program."""

    pins: Mapping[str, ToolPin]
    cache: Path
    search_path: str
    _found: dict[str, Tool | None] = field(default_factory=dict)

    @classmethod
    def open(cls, data: Path, cache: Path, search_path: str) -> Toolbox:
        """Raises ConfigInvalid when tools.yaml is not valid."""
        pins = load_pins(data / "tools.yaml", cache / "compiled")
        return cls({pin.name: pin for pin in pins}, cache, executables.absolute_only(search_path))

    def known(self) -> tuple[ToolPin, ...]:
        """Every pinned tool, sorted by name."""
        return tuple(self.pins[name] for name in sorted(self.pins))

    def find(self, name: str) -> Tool | None:
        """The tool ``name`` of tools.yaml, or any program of that name on PATH."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def learn(self, name: str, version: str) -> None:
        """Remember the version of a found tool that metadata does not tell."""
        if tool := self._found.get(name):
            self._found[name] = replace(tool, version=version)

    def version_args(self, name: str) -> tuple[str, ...]:
        return self.pins[name].version_args if name in self.pins else ("--version",)

    def forget(self) -> None:
        """Look anew from now on, e.g. after an installation."""
        self._found.clear()

    def versions(self) -> Mapping[str, str]:
        """Version by name of the tools found so far; "" is unknown."""
        tools = sorted((t for t in self._found.values() if t), key=lambda tool: tool.name)
        return {tool.name: tool.version for tool in tools}

    def _look(self, name: str) -> Tool | None:
        pin = self.pins.get(name)
        if pin is None:
            return on_path(ToolPin(name, "", "", name), self.search_path) if _plain(name) else None
        return (
            (bundled(pin) if pin.bundled else None)
            or installed(pin, self.cache)
            or on_path(pin, self.search_path)
        )


def _plain(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", name))


def load_pins(path: Path, cache_dir: Path | None = None) -> tuple[ToolPin, ...]:
    """The pins of a tools.yaml. Raises ConfigInvalid with file:line."""
    raw = read_bytes(path)
    rows: list[dict[str, Any]] = compiled(
        cache_dir,
        "tools",
        raw,
        lambda: parse_tools(raw, f"rules/{path.name}"),
        list,
        list,
        code=(__file__,),
    )
    return tuple(_pin(row, path.parent) for row in rows)


def parse_tools(raw: bytes, source: str) -> list[dict[str, Any]]:
    """The rows of a tools.yaml. Raises ConfigInvalid with ``source``:line."""
    from synapse_bot.specialist.tables import ToolsTable

    table = check(parse_document(raw, source), ToolsTable).root
    return [{"name": name, **row.model_dump()} for name, row in table.items()]


def _pin(row: dict[str, Any], folder: Path) -> ToolPin:
    lists = {key: tuple(row[key]) for key in ("version_args", "warm")}
    lock = folder / row["lock"] if row["lock"] else None
    return ToolPin(**{**row, **lists, "lock": lock, "binary": row["binary"] or row["name"]})


def environment_of(pin: ToolPin, cache: Path) -> Path:
    """The folder of ``pin``'s own environment, whether or not it is there."""
    return cache / "tools" / f"{pin.name}-{pin.version}"


def installed(pin: ToolPin, cache: Path) -> Tool | None:
    """``pin`` in its own environment, when `tools install` has made that."""
    home = environment_of(pin, cache)
    binary = program_in(pin, home)
    if binary is None:
        return None
    roots = (home, *executables.interpreter_roots(home / "bin" / "python"))
    warm = home / "cache"
    return Tool(
        pin.name,
        binary,
        pin.version,
        "installed",
        roots,
        warm if warm.is_dir() else None,
        home / "bin",
    )


def program_in(pin: ToolPin, home: Path) -> tuple[str, ...] | None:
    """What starts ``pin`` in the environment ``home``; None when it is not in there."""
    if pin.native:
        for program in sorted(home.glob(f"lib/python*/site-packages/{pin.native}")):
            return (str(program),)
    script = home / "bin" / pin.binary
    if not script.is_file():
        return None
    python = home / "bin" / "python"
    return executables.start(script, python)


def bundled(pin: ToolPin) -> Tool | None:
    """``pin`` in the environment that runs this program."""
    version = executables.packaged_version(Path(sysconfig.get_path("purelib")), pin.package)
    roots = (Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("purelib")))
    if not version:
        return None
    if pin.module:
        # -I keeps the working directory and the user's own packages off the module path.
        return Tool(pin.name, (sys.executable, "-I", "-m", pin.module), version, "bundled", roots)
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        script = folder / pin.binary
        if script.is_file():
            binary = executables.start(script, Path(sys.executable))
            return Tool(pin.name, binary, version, "bundled", roots)
    return None


def on_path(pin: ToolPin, search_path: str) -> Tool | None:
    """The first real program ``pin.binary`` on ``search_path``, seen through version managers."""
    program = executables.which(pin.binary, search_path)
    if program is None:
        return None
    version = executables.version_beside(program, pin.package) if pin.package else ""
    return Tool(
        pin.name, (str(program),), version, "path", executables.program_roots(program, search_path)
    )
