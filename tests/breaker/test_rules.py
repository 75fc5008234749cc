"""rules/breakers.yaml and its schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.breaker.rules import KINDS, decode_rules, encode_rules
from synapse_bot.breaker.schema import BreakersFile, breakers_schema, rules_of
from synapse_bot.config.document import check, parse_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.wiring.breakers import load_rules

ROOT = Path(__file__).parent.parent.parent
SHIPPED = (ROOT / "rules" / "breakers.yaml").read_text()


def test_every_kind_of_key_has_its_settings() -> None:
    assert set(BreakersFile.model_fields) == set(KINDS)
    rules = load_rules()
    assert all(rules.of(f"{kind}:x:y") for kind in KINDS)


def test_a_provider_that_only_fails_is_called_at_most_five_times() -> None:
    for key in ("provider:x", "model:x/y"):
        settings = load_rules().of(key)
        assert settings.minimum <= 5
        assert settings.calls * settings.rate <= 5
        assert settings.careful


def test_what_was_compiled_is_the_same(tmp_path: Path) -> None:
    first, again = load_rules(tmp_path), load_rules(tmp_path)
    assert first == again == decode_rules(encode_rules(first))
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minimum: 5", "minimum: 11", "never open"),
        ("first_pause_s: 30", "first_pause_s: 601", "longest_pause_s"),
        ("rate: 0.5", "rate: 0", "rate"),
        ("rate: 0.5", "rates: 0.5", "rates"),
        ("jitter: 0.1", "jitter: 1", "jitter"),
    ],
)
def test_a_fault_is_said_with_its_line(old: str, new: str, said: str) -> None:
    raw = SHIPPED.replace(old, new, 1).encode()
    with pytest.raises(ConfigInvalid, match=rf"breakers\.yaml:\d+:[^\n]*{said}"):
        rules_of(check(parse_document(raw, "breakers.yaml"), BreakersFile))


def test_the_schema_describes_every_field_of_the_settings() -> None:
    properties = breakers_schema()["$defs"]["SettingsRow"]["properties"]
    assert set(properties) == set(encode_rules(load_rules())["tool"])
