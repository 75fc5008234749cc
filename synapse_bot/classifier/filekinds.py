"""Which files nobody costly should read, and what the others are for: rules/filekinds.yaml."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.data import data_dir
from synapse_bot.config.document import read_bytes
from synapse_bot.domain.pathkinds import PathKinds

FILEKINDS_FILE = "filekinds.yaml"


@dataclass(frozen=True, slots=True)
class FileKinds:
    """Globs by kind, and the words that mark a generated file in its first lines.

    ``paths`` tells tests, documentation and examples from the code of the program.
    """

    generated: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()
    lock_files: tuple[str, ...] = ()
    paths: PathKinds = field(default_factory=PathKinds)


def load_filekinds(shipped: Path | None = None, cache_dir: Path | None = None) -> FileKinds:
    """The declarations in ``shipped`` (rules/filekinds.yaml). Raises ConfigInvalid."""
    file = shipped or data_dir("rules") / FILEKINDS_FILE
    raw = read_bytes(file)

    def build() -> FileKinds:
        from synapse_bot.classifier.kinds_schema import parse_filekinds

        parsed = parse_filekinds(raw, f"rules/{file.name}")
        generated = parsed.generated
        return FileKinds(
            generated=tuple(generated.paths),
            markers=tuple(generated.markers),
            vendored=tuple(parsed.vendored),
            lock_files=tuple(parsed.lock_files),
            paths=PathKinds(tuple(parsed.tests), tuple(parsed.docs)),
        )

    here = Path(__file__)
    code = (__file__, str(here.with_name("kinds_schema.py")))
    return compiled(cache_dir, "filekinds", raw, build, asdict, _decode, code)


def _decode(plain: Any) -> FileKinds:
    lists = {name: tuple(values) for name, values in plain.items() if name != "paths"}
    paths = {name: tuple(values) for name, values in plain["paths"].items()}
    return FileKinds(**lists, paths=PathKinds(**paths))
