"""What a lock file says of each package: where it comes from, and what its content must be.

Lock files are written by programs, line by line: they are read as text, in one pass, and what is
not written as those programs write it is not understood. Nothing is resolved or fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

# What each tool asks unless it is told otherwise: two names of one registry are one place.
_REGISTRIES = frozenset(
    {
        *("registry.npmjs.org", "registry.yarnpkg.com", "pypi.org", "files.pythonhosted.org"),
        *("rubygems.org", "index.rubygems.org", "index.crates.io", "static.crates.io"),
        "repo.packagist.org",
    }
)
_CRATES = "https://github.com/rust-lang/crates.io-index"
MAX_TEXT = 20_000_000
_MAX_WORD = 300


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock. ``digests`` are "algorithm:value"; ``line`` counts from 1."""

    name: str
    version: str = ""
    source: str = ""  # an address; "" is the registry that the tool asks by default
    digests: frozenset[str] = frozenset()
    scripts: bool = False  # it runs a script of its own when it is installed
    licence: str = ""
    line: int = 0

    @property
    def host(self) -> str:
        """The host that the source names; "" for the default registry."""
        if self.source.startswith(_CRATES) or "://" not in self.source:
            return ""
        host = urlsplit(self.source).hostname or ""
        return "" if host in _REGISTRIES else host

    @property
    def folder(self) -> str:
        """The folder that it is taken from, outside the repository; "" for a package."""
        path = self.source.removeprefix("file:")
        return path if path != self.source and path.startswith(("../", "/")) else ""

    @property
    def plain(self) -> bool:
        """Whether it comes over http or git's own protocol, which anybody on the way can change."""
        return self.source.startswith(("http://", "git://", "git+http://", "ftp://"))

    @property
    def repository(self) -> bool:
        """Whether it is a working copy of a repository rather than a published package."""
        return bool(re.match(r"(?:git|hg|svn)[+:@]|[^?#]{1,200}\.git(?:[?#]|$)", self.source))


@dataclass
class _Block:
    """The lines of one package while it is read."""

    line: int
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)

    def made(self) -> Locked:
        values = self.values
        return Locked(
            self.name,
            values.get("version", ""),
            values.get("source", ""),
            frozenset(self.digests),
            values.get("scripts") == "true",
            values.get("licence", ""),
            self.line,
        )


Reader = Callable[[str], Iterator[Locked]]


def read_lock(path: str, text: str) -> Mapping[str, list[Locked]]:
    """The packages of the lock file at ``path`` by name; none for a kind that is not known."""
    reader = READERS.get(PurePosixPath(path).name)
    found: dict[str, list[Locked]] = {}
    if reader is None or len(text) > MAX_TEXT:
        return found
    try:
        for package in reader(text):
            if package.name:
                found.setdefault(package.name[:_MAX_WORD], []).append(package)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return {}  # not what its name says
    return found


def _npm(text: str) -> Iterator[Locked]:
    """package-lock.json, versions 1 to 3."""
    data = json.loads(text)
    where = _key_lines(text)
    packages = data.get("packages")
    if isinstance(packages, dict):
        for key, row in packages.items():
            if key and isinstance(row, dict) and not row.get("link"):
                name = str(row.get("name") or key.rpartition("node_modules/")[2])
                yield _npm_package(name, row, where.get(key, 0))
    else:
        for name, row in _old_npm(data.get("dependencies") or {}):
            yield _npm_package(name, row, where.get(name, 0))


def _old_npm(rows: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    stack = [rows]
    while stack:
        for name, row in stack.pop().items():
            if isinstance(row, dict):
                yield name, row
                if isinstance(row.get("dependencies"), dict):
                    stack.append(row["dependencies"])


def _npm_package(name: str, row: dict[str, Any], line: int) -> Locked:
    version = str(row.get("version", ""))
    source = str(row.get("resolved") or (version if ":" in version else ""))
    digests = frozenset(_subresource(str(row.get("integrity") or "")))
    licence = row.get("license")
    return Locked(
        name,
        version,
        source,
        digests,
        row.get("hasInstallScript") is True,
        licence if isinstance(licence, str) else "",
        line,
    )


def _subresource(integrity: str) -> Iterator[str]:
    for word in integrity.split():
        algorithm, _, value = word.partition("-")
        yield f"{algorithm}:{value}"


_KEY = re.compile(r'^\s{0,200}"((?:[^"\\]|\\.){1,300})": \{', re.MULTILINE)


def _key_lines(text: str) -> dict[str, int]:
    """The line of every key whose value is an object; the first where there are several."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _KEY.match(line):
            found.setdefault(match[1], number)
    return found


def _composer(text: str) -> Iterator[Locked]:
    data = json.loads(text)
    where = {
        match[1]: number
        for number, line in enumerate(text.split("\n"), start=1)
        if (match := re.match(r'\s{0,20}"name": "([^"]{1,300})"', line))
    }
    for row in (*(data.get("packages") or ()), *(data.get("packages-dev") or ())):
        dist, licence = row.get("dist") or {}, row.get("license") or []
        name, digest = str(row.get("name", "")), dist.get("shasum")
        yield Locked(
            name,
            str(row.get("version", "")).removeprefix("v"),
            str(dist.get("url") or ""),
            frozenset({f"sha1:{digest}"} if digest else ()),
            licence=", ".join(map(str, licence)),
            line=where.get(name, 0),
        )


_YARN_HEAD = re.compile(r'"?((?:@[^@"/\s]{1,200}/)?[^@"\s,]{1,200})@')
_YARN_PAIR = re.compile(
    r'  (version|resolved|integrity|resolution|checksum):? "?([^"\s]{1,2000})"?'
)


def _yarn(text: str) -> Iterator[Locked]:
    """yarn.lock of both generations."""
    block: _Block | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if line[:1] not in ("", " ", "#"):
            if block:
                yield block.made()
            head = _YARN_HEAD.match(line)
            block = _Block(number, head[1]) if head else None
        elif block and (pair := _YARN_PAIR.match(line)):
            _yarn_value(block, pair[1], pair[2])
    if block:
        yield block.made()


def _yarn_value(block: _Block, key: str, value: str) -> None:
    match key:
        case "resolved":
            source, _, digest = value.partition("#")
            block.values["source"] = source
            if digest and not source.endswith(".git"):  # there it names a commit
                block.digests.add(f"sha1:{digest}")
        case "integrity":
            block.digests.update(_subresource(value))
        case "checksum":
            block.digests.add(f"yarn:{value.rpartition('/')[2]}")
        case "resolution":
            reference = value.rpartition("@")[2]
            if not reference.startswith(("npm:", "workspace:", "patch:")):
                block.values["source"] = reference
        case _:
            block.values["version"] = value


_PNPM_HEAD = re.compile(
    r"  '?/?((?:@[^@/\s]{1,200}/)?[^@/\s:]{1,200})[@/]([^\s'(:]{1,300}+)\S{0,500}+$"
)
_PNPM_RESOLUTION = re.compile(r"    resolution: \{(.{1,2000})\}")


def _pnpm(text: str) -> Iterator[Locked]:
    """pnpm-lock.yaml, the part that names where each package comes from."""
    block: _Block | None = None
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if line and not line.startswith(" "):
            inside = line.startswith("packages:")
        if not inside:
            continue
        if head := _PNPM_HEAD.match(line):
            if block:
                yield block.made()
            block = _Block(number, head[1], {"version": head[2]})
        elif block and (found := _PNPM_RESOLUTION.match(line)):
            pairs = dict(part.split(": ", 1) for part in found[1].split(", ") if ": " in part)
            block.digests.update(_subresource(pairs.get("integrity", "")))
            block.values["source"] = pairs.get("tarball", "") or pairs.get("repo", "")
        elif block and line.strip() == "requiresBuild: true":
            block.values["scripts"] = "true"
    if block:
        yield block.made()


_TOML_PAIR = re.compile(r"(name|version|source|checksum) = (.{1,2000})")
_TOML_DIGEST = re.compile(r'hash = "(\w{1,20}:[0-9a-fA-F]{16,256})"')
_TOML_SOURCE = re.compile(r'"((?:[a-z]+\+)?[a-z]{3,6}://[^"]{1,1000})"')


_OUTSIDE = re.compile(r'(?:directory|path|editable) = "((?:\.\./|/)[^"]{0,300})"')


def _toml(text: str) -> Iterator[Locked]:
    """Cargo.lock, poetry.lock, uv.lock and pdm.lock: [[package]] and its lines."""
    block: _Block | None = None
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("["):
            table = line.strip("[] ")
            if line.startswith("[[package]]"):
                if block:
                    yield block.made()
                block = _Block(number)
            continue
        if block is None or not (table == "package" or table.startswith("package.")):
            continue
        block.digests.update(_TOML_DIGEST.findall(line))
        if table == "package.source" and line.startswith("url = "):
            block.values["source"] = block.values.get("by", "") + line[6:].strip('" ')
        elif table == "package.source" and line.startswith('type = "git"'):
            block.values["by"] = "git+"
        elif table == "package" and (pair := _TOML_PAIR.match(line)):
            _toml_value(block, pair[1], pair[2].strip())
    if block:
        yield block.made()


def _toml_value(block: _Block, key: str, value: str) -> None:
    match key:
        case "name":
            block.name = value.strip('"')
        case "checksum":
            value = value.strip('"')
            block.digests.add(f"sha256:{value}")
        case "source":
            found = _TOML_SOURCE.search(value)
            if outside := _OUTSIDE.search(value):
                block.values["source"] = f"file:{outside[1]}"
            elif found:
                by = "git+" if value.startswith("{ git =") else ""
                plain = found[1].removeprefix("registry+").removeprefix("sparse+")
                block.values["source"] = by + plain
        case _:
            block.values["version"] = value.strip('"')


def _go(text: str) -> Iterator[Locked]:
    """go.sum: each module's version with the digest of its content; the go.mod's is left out."""
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if len(words) == 3 and not words[1].endswith("/go.mod"):
            yield Locked(words[0], words[1], digests=frozenset({words[2]}), line=number)


_GEM = re.compile(r"    ([\w.-]{1,200}) \(([^)]{1,100})\)$")


def _gem(text: str) -> Iterator[Locked]:
    """Gemfile.lock: sections name where the gems below them come from."""
    remote, section = "", ""
    for number, line in enumerate(text.split("\n"), start=1):
        if line and not line.startswith(" "):
            section, remote = line, ""
        elif line.startswith("  remote: "):
            remote = line.removeprefix("  remote: ").strip()
        elif section in ("GEM", "GIT", "PATH") and (gem := _GEM.match(line)):
            source = f"git+{remote}" if section == "GIT" else remote
            yield Locked(gem[1], gem[2], source if section != "PATH" else "", line=number)


_PIN = re.compile(
    r"([A-Za-z0-9][\w.-]{0,200})(?:\[[^\]]{0,200}\])?\s*(?:==\s*([^\s;\\]{1,100})|@\s*(\S{1,1000}))"
)
_PIN_DIGEST = re.compile(r"--hash=(\w{1,20}:[0-9a-fA-F]{16,256})")


def _pins(text: str) -> Iterator[Locked]:
    """requirements.txt: pins, and the digests that follow them."""
    block: _Block | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if pin := _PIN.match(line):
            if block:
                yield block.made()
            name = re.sub(r"[-_.]+", "-", pin[1]).lower()
            block = _Block(number, name, {"version": pin[2] or "", "source": pin[3] or ""})
        if block:
            block.digests.update(_PIN_DIGEST.findall(line))
    if block:
        yield block.made()


READERS: Mapping[str, Reader] = {
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
    "Cargo.lock": _toml,
    "poetry.lock": _toml,
    "uv.lock": _toml,
    "pdm.lock": _toml,
    "go.sum": _go,
    "Gemfile.lock": _gem,
    "composer.lock": _composer,
    "requirements.txt": _pins,
}
