"""A specialist says in its file what it wants to be told beside the change."""

from __future__ import annotations

import json

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.spec import Context, SpecialistSpec
from synapse_bot.specialist.encoding import decode_entry, encode_entry
from synapse_bot.specialist.parse import parse_specialist

FILE = "id: mine\ndescription: Mine.\nkind: llm\nprompt: Look.\n"


def _context(line: str = "") -> frozenset[Context]:
    spec = parse_specialist(f"{FILE}{line}".encode(), "specialists/mine.yaml")
    assert isinstance(spec, SpecialistSpec)
    assert spec.model is not None
    assert decode_entry(json.loads(json.dumps(encode_entry(spec)))) == spec, "the cache keeps it"
    return spec.model.context


def test_everything_is_wanted_unless_it_says_otherwise() -> None:
    assert _context() == frozenset(Context)
    assert _context("context: []") == frozenset()
    assert _context("context: [tests, callers]") == {Context.TESTS, Context.CALLERS}


def test_a_word_that_nobody_knows_is_named_with_its_line() -> None:
    with pytest.raises(ConfigInvalid, match=r"mine\.yaml:5.*context"):
        _context("context: [callees, calers]")
