"""The price table: what is not in it costs an unknown amount, and that is never 0."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.config.document import check, parse_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.usage import Usage, total
from synapse_bot.llm.endpoint import Secret
from synapse_bot.llm.errors import ModelDenied
from synapse_bot.llm.open import endpoint_of
from synapse_bot.llm.price import decode_catalogue, encode_catalogue
from synapse_bot.llm.schema import ModelsFile, catalogue_of, models_schema

if TYPE_CHECKING:
    from synapse_bot.llm.price import Catalogue

SOL = "openai/gpt-6.2-sol"


def test_an_unknown_model_has_an_unknown_cost(catalogue: Catalogue) -> None:
    for name in ("openai/gpt-99", "nobody/gpt-6.2-sol", "gpt-6.2-sol", "azure/my-deployment"):
        assert catalogue.cost(name, Usage(10)) is None
        assert catalogue.estimate(name, 10, 10) is None
        assert catalogue.priced(name, Usage(10)).cost_usd is None


def test_a_model_on_ones_own_machine_costs_nothing(catalogue: Catalogue) -> None:
    assert catalogue.cost("ollama/qwen3-coder:30b", Usage(10_000, output_tokens=10)) == 0
    assert catalogue.estimate("llamacpp/any", 10, 10) == 0


def test_a_dated_snapshot_costs_what_its_model_costs(catalogue: Catalogue) -> None:
    usage = Usage(1000, output_tokens=100)
    assert catalogue.cost(f"{SOL}-2026-11-17", usage) == catalogue.cost(SOL, usage)
    haiku = "anthropic/claude-haiku-4-5"
    assert catalogue.cost(f"{haiku}-20251001", usage) == catalogue.cost(haiku, usage)
    assert catalogue.cost(f"{SOL}-mini", usage) is None


def test_each_kind_of_token_has_its_rate(catalogue: Catalogue) -> None:
    million = 1_000_000
    rates = {"input_tokens": 2, "output_tokens": 10}
    for kind, dollars in rates.items():
        assert catalogue.cost(SOL, Usage(**{kind: 100_000})) == pytest.approx(dollars / 10)
    assert catalogue.cost(SOL, Usage(100_000, cached_tokens=100_000)) == pytest.approx(0.01)
    assert catalogue.cost(SOL, Usage(100_000, written_tokens=100_000)) == pytest.approx(0.25)
    mixed = Usage(200, cached_tokens=100, written_tokens=50, output_tokens=10)
    expected = (50 * 2 + 100 * 0.1 + 50 * 2.5 + 10 * 10) / million
    assert catalogue.cost(SOL, mixed) == pytest.approx(expected)


def test_a_long_prompt_has_the_long_rates_for_all_of_it(catalogue: Catalogue) -> None:
    short = catalogue.cost(SOL, Usage(272_000, output_tokens=1000))
    long = catalogue.cost(SOL, Usage(272_001, output_tokens=1000))
    assert short == pytest.approx((272_000 * 2 + 1000 * 10) / 1e6)
    assert long == pytest.approx((272_001 * 4 + 1000 * 15) / 1e6)


def test_no_call_costs_more_than_its_estimate(catalogue: Catalogue) -> None:
    for name in catalogue.models:
        estimate = catalogue.estimate(name, 1000, 500)
        for cached, written in ((0, 0), (1000, 0), (0, 1000), (400, 600)):
            cost = catalogue.cost(name, Usage(1000, cached, written, 500))
            assert cost is not None
            assert estimate is not None
            assert cost <= estimate


def test_every_row_names_its_source_and_its_day(catalogue: Catalogue) -> None:
    assert len(catalogue.models) >= 10
    days = {facts.checked for facts in catalogue.models.values()}
    assert max(days) == catalogue.as_of
    assert all(date.fromisoformat(day) for day in days)
    for name, facts in catalogue.models.items():
        assert facts.source.startswith("https://"), name
        assert facts.max_output_tokens < facts.context_tokens, name
        assert 0 < facts.rates.cached <= facts.rates.input < facts.rates.output, name


def test_the_page_shows_the_shipped_table(catalogue: Catalogue) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "llm.md").read_text()
    shown = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    for name, facts in catalogue.models.items():
        rates = facts.rates
        columns = (rates.input, rates.cached, rates.written, rates.output)
        assert f"| {' | '.join(f'{rate:g}' for rate in columns)} |" in shown.pop(name), name
        if facts.long:
            assert f"{facts.long_over:,}: {facts.long.input:g} / {facts.long.output:g}" in page
    assert set(catalogue.providers) <= set(shown)
    assert not [name for name in shown if "/" in name]


def test_a_fault_of_the_table_names_its_line() -> None:
    text = b'as_of: "2026-01-01"\nproviders:\n  a: {wire: openai}\nmodels:\n  a/b: {input: -1}\n'
    with pytest.raises(ConfigInvalid, match=r"models.yaml:5: "):
        check(parse_document(text, "models.yaml"), ModelsFile)


@pytest.mark.parametrize(
    "change",
    [
        {"checked": "2026-02-30"},
        {"source": "somewhere"},
        {"input": "free"},
        {"surprise": 1},
    ],
)
def test_a_wrong_row_is_refused(change: dict[str, Any]) -> None:
    row = {
        "context": 10,
        "max_output": 5,
        "input": 1,
        "output": 2,
        "checked": "2026-01-01",
        "source": "https://example.org",
    }
    plain: dict[str, Any] = {"as_of": "2026-01-01", "providers": {"a": {"wire": "openai"}}}
    facts = catalogue_of(ModelsFile.model_validate({**plain, "models": {"a/b": row}}))
    assert facts.cost("a/b", Usage(1_000_000)) == 1
    with pytest.raises(ValueError):
        ModelsFile.model_validate({**plain, "models": {"a/b": {**row, **change}}})
    with pytest.raises(ValueError, match="not declared"):
        ModelsFile.model_validate({**plain, "models": {"z/b": row}})


def test_the_schema_for_editors_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(models_schema())


def test_usages_add_up_and_the_unknown_stays_unknown() -> None:
    one = Usage(10, 1, 2, 3, 0.5)
    assert total([]) == Usage()
    assert total([one, one]) == Usage(20, 2, 4, 6, 1.0)
    assert (one + Usage(1, cost_usd=None)).cost_usd is None
    assert one.tokens == 13


def test_a_provider_gives_address_and_wire_and_the_host_may_give_another(
    catalogue: Catalogue,
) -> None:
    key = Secret("sk-0123456789")
    shipped = endpoint_of(SOL, catalogue, key=key)
    assert (shipped.base_url, shipped.limit_field) == (
        "https://api.openai.com/v1",
        "max_completion_tokens",
    )
    own = endpoint_of(SOL, catalogue, key=key, base_url="https://models.example.org/v1")
    assert own.origin.host == "models.example.org"
    assert endpoint_of("ollama/library/x:7b", catalogue).model == "library/x:7b"


@pytest.mark.parametrize("name", ["gpt-6.2-sol", "nobody/model", "", "openai/"])
def test_a_name_without_a_provider_is_refused(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(ConfigInvalid):
        endpoint_of(name, catalogue, key=Secret("sk-0123456789"))


def test_a_missing_key_or_address_is_told_with_what_to_set(catalogue: Catalogue) -> None:
    with pytest.raises(ModelDenied) as caught:
        endpoint_of(SOL, catalogue)
    assert "OPENAI_API_KEY" in caught.value.hint
    with pytest.raises(ConfigInvalid, match="base URL"):
        endpoint_of("azure/mine", catalogue, key=Secret("k" * 20))


def test_the_catalogue_survives_its_cache(catalogue: Catalogue) -> None:
    plain = json.loads(json.dumps(encode_catalogue(catalogue)))
    assert decode_catalogue(plain) == catalogue
