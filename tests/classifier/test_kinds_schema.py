"""The shipped tables are valid, and their published schemas are those of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from synapse_bot.classifier.kinds_schema import filekinds_schema, languages_schema

TOP = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "schema"), [("languages", languages_schema()), ("filekinds", filekinds_schema())]
)
def test_the_published_schema_is_the_code_s_and_takes_the_shipped_table(
    name: str, schema: dict[str, Any]
) -> None:
    published = TOP / "docs" / "schema" / f"{name}.schema.json"
    assert json.loads(published.read_text()) == schema
    data = yaml.safe_load((TOP / "rules" / f"{name}.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(data)


def test_no_glob_stands_for_two_languages() -> None:
    data = yaml.safe_load((TOP / "rules" / "languages.yaml").read_text())
    globs = [glob for found in data["languages"].values() for glob in found]
    assert len(globs) == len(set(globs))
    assert set(data["interpreters"].values()) <= set(data["languages"])
