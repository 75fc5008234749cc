"""The schemas of languages.yaml and filekinds.yaml, checked at the edge. Loads pydantic."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from synapse_bot.config.document import check, parse_document
from synapse_bot.domain.globs import glob_fault


def _glob(value: str) -> str:
    if fault := glob_fault(value):
        raise ValueError(f"bad glob {value[:60]!r}: {fault}")
    return value


Glob = Annotated[str, AfterValidator(_glob)]
Globs = Annotated[list[Glob], Field(max_length=500)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+#-]{0,30}$")]
Text = Annotated[str, Field(min_length=3, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LanguagesFile(_Strict):
    """Which language a file is in, by its name or by the program of its "#!" line."""

    languages: dict[Word, Globs] = Field(max_length=300)
    interpreters: dict[str, Word] = Field(default={}, max_length=300)


class GeneratedFile(_Strict):
    paths: Globs = []
    markers: list[Text] = Field(default=[], max_length=100)


class FileKindsFile(_Strict):
    """Files that no costly specialist reads, and what the others are for."""

    generated: GeneratedFile = GeneratedFile()
    vendored: Globs = []
    lock_files: Globs = []
    tests: Globs = Field(default=[], description="Code that only the project's own tests run.")
    docs: Globs = Field(default=[], description="Documentation and examples: shown, not shipped.")


def parse_languages(raw: bytes, source: str) -> LanguagesFile:
    """languages.yaml. Raises ConfigInvalid with one line for every fault."""
    return check(parse_document(raw, source), LanguagesFile)


def parse_filekinds(raw: bytes, source: str) -> FileKindsFile:
    """filekinds.yaml. Raises ConfigInvalid with one line for every fault."""
    return check(parse_document(raw, source), FileKindsFile)


def languages_schema() -> dict[str, Any]:
    """The JSON Schema of languages.yaml as plain data."""
    return {"$schema": _DIALECT, **LanguagesFile.model_json_schema()}


def filekinds_schema() -> dict[str, Any]:
    """The JSON Schema of filekinds.yaml as plain data."""
    return {"$schema": _DIALECT, **FileKindsFile.model_json_schema()}


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
