"""Whose a repository is, and that the file cannot say it of two."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.quota import Limits
from synapse_bot.domain.tenant import Tenants
from synapse_bot.govern.tenants import load_tenants

FILE = """\
tenants:
  acme:
    github: {installations: [101, 102], owners: [Acme]}
    gitlab: {groups: [acme]}
    quota: {reviews_per_hour: 60, parallel: 4, usd_per_day: 20}
  lab:
    gitlab: {groups: [acme/research]}
"""


def _load(tmp_path: Path, text: str) -> Tenants:
    file = tmp_path / "tenants.yaml"
    file.write_text(text)
    return load_tenants(file)


@pytest.fixture
def tenants(tmp_path: Path) -> Tenants:
    return _load(tmp_path, FILE)


def test_without_a_file_one_tenant_is_everybody() -> None:
    assert load_tenants(None).of_github(7, "a/b") == "local"
    assert load_tenants(None).of_gitlab("a/b/c") == "local"


def test_an_installation_s_number_says_whose_it_is(tenants: Tenants) -> None:
    assert tenants.of_github(102, "renamed/shop") == "acme"


def test_a_name_is_no_proof_where_an_installation_is_given(tenants: Tenants) -> None:
    assert tenants.of_github(999, "acme/shop") == ""
    assert tenants.of_github(0, "ACME/shop") == "acme"
    assert tenants.of_github(0, "acme-evil/shop") == ""


def test_the_nearest_group_decides(tenants: Tenants) -> None:
    assert tenants.of_gitlab("Acme/shop") == "acme"
    assert tenants.of_gitlab("acme/research/deep/net") == "lab"
    assert tenants.of_gitlab("acme-evil/research/net") == ""
    assert tenants.of_gitlab("other/acme") == "", "a project's own name is no group"


def test_whoever_no_tenant_claims_is_nobody_s_unless_local_is_declared(tmp_path: Path) -> None:
    both = _load(tmp_path, FILE + "  local: {}\n")
    assert both.of_gitlab("other/thing") == "local"
    assert both.of_gitlab("acme/thing") == "acme"


def test_a_quota_is_what_the_file_says_and_else_no_bound(tenants: Tenants) -> None:
    assert tenants.by_id["acme"].quota == Limits(60, None, 20.0, 4)
    assert tenants.by_id["lab"].quota == Limits()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tenants: {}", "tenants"),
        ("tenants:\n  Acme: {}\n", "Acme"),
        ("tenants:\n  acme:\n    github: {installation: [1]}\n", "tenants.yaml:3"),
        ("tenants:\n  acme:\n    github: {installations: [0]}\n", "at least 1"),
        ("tenants:\n  acme:\n    quota: {usd_per_day: .nan}\n", "usd_per_day"),
        ("tenants:\n  a: {gitlab: {groups: [x]}}\n  b: {gitlab: {groups: [X]}}\n", "a's already"),
        ("tenants:\n  a: {github: {owners: [x]}}\n  b: {github: {owners: [X]}}\n", "a's already"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"tenants\.yaml:") as refused:
        _load(tmp_path, text)
    assert says in str(refused.value)
