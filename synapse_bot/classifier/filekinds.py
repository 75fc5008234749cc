"""Which files nobody costly should read, as declared in rules/filekinds.yaml."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.data import data_dir
from synapse_bot.config.document import read_bytes

FILEKINDS_FILE = "filekinds.yaml"


@dataclass(frozen=True, slots=True)
class FileKinds:
    """Globs by kind, and the words that mark a generated file in its first lines."""

    generated: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()
    lock_files: tuple[str, ...] = ()


def load_filekinds(shipped: Path | None = None, cache_dir: Path | None = None) -> FileKinds:
    """The declarations in ``shipped`` (rules/filekinds.yaml). Raises ConfigInvalid."""
    file = shipped or data_dir("rules") / FILEKINDS_FILE
    raw = read_bytes(file)

    def build() -> FileKinds:
        from synapse_bot.classifier.kinds_schema import parse_filekinds

        parsed = parse_filekinds(raw, f"rules/{file.name}")
        generated = parsed.generated
        lists = (generated.paths, generated.markers, parsed.vendored, parsed.lock_files)
        return FileKinds(*map(tuple, lists))

    here = Path(__file__)
    code = (__file__, str(here.with_name("kinds_schema.py")))
    return compiled(cache_dir, "filekinds", raw, build, _encode, _decode, code)


def _encode(kinds: FileKinds) -> Any:
    return {field.name: list(getattr(kinds, field.name)) for field in fields(kinds)}


def _decode(plain: Any) -> FileKinds:
    return FileKinds(**{name: tuple(values) for name, values in plain.items()})
