"""The published schemas: current, valid, and with a trust class on every setting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from synapse_bot.config.data import data_dir
from synapse_bot.config.keys import KEYS, Trust
from synapse_bot.config.schema import settings_schema
from synapse_bot.config.settings import (
    Choice,
    Gate,
    Limits,
    ModelSettings,
    Posting,
    Show,
    ToolSettings,
)
from synapse_bot.entry.commands.config import SCHEMAS, render_schema

DOCS = Path(__file__).resolve().parents[2] / "docs" / "schema"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_current(name: str) -> None:
    """Write it again with: synapse-bot config schema --out docs/schema"""
    assert (DOCS / f"{name}.schema.json").read_text(encoding="utf-8") == render_schema(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(render_schema(name)))


def leaves(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every key of the settings schema that holds a value rather than more keys."""
    inner = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
    if not inner:
        yield ".".join(path), schema
    for word, child in inner.items():
        yield from leaves(child, (*path, "*" if word.startswith("^") else word))


def test_every_setting_carries_a_trust_class_and_an_explanation() -> None:
    found = dict(leaves(settings_schema()))
    assert set(found) == set(KEYS)
    for name, leaf in found.items():
        assert leaf.get("x-trust") in {trust.value for trust in Trust}, name
        assert leaf.get("description"), name


def test_every_field_of_the_settings_has_a_key() -> None:
    """A field that no key sets could not be chosen, nor its trust be judged."""
    parts = (Gate, Show, Limits, Choice, ToolSettings, ModelSettings, Posting)
    count = sum(len(part.__dataclass_fields__) for part in parts) + 1  # exclude
    assert count == len([name for name in KEYS if "*" not in name])


def files(pattern: str, where: Path) -> list[Path]:
    return sorted(where.glob(pattern))


@pytest.mark.parametrize("path", files("*.yaml", data_dir("specialists")), ids=lambda p: p.stem)
def test_a_shipped_specialist_meets_the_published_schema(path: Path) -> None:
    schema = json.loads(render_schema("specialist"))
    jsonschema.validate(yaml.safe_load(path.read_bytes()), schema)


def test_the_shipped_routes_meet_the_published_schema() -> None:
    routes = yaml.safe_load((data_dir("rules") / "routes.yaml").read_bytes())
    jsonschema.validate(routes, json.loads(render_schema("routes")))


@pytest.mark.parametrize(
    "data",
    [
        {"gate": {"fail_no": "high"}},
        {"gate": {"fail_on": "hihg"}},
        {"show": {"min_confidence": 2}},
        {"limits": {"deadline": 8}},
        {"specialists": {"Not An Id": {"weight": 1}}},
    ],
)
def test_an_editor_sees_what_validate_would_say(data: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, settings_schema())
