"""The configuration of a worker: what is refused, what is told, and what a later life is given."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from synapse_bot.config.fragments import Fragment, read_fragments, write_fragments
from synapse_bot.domain.errors import ConfigInvalid, RunOutdated, StoreUnusable
from synapse_bot.entry.host import read_host
from synapse_bot.store.open import open_stores
from synapse_bot.wiring.configuration import OPERATOR, HostConfiguration
from synapse_bot.wiring.copies import KEPT

SPECIALIST = """\
id: own
description: Ours.
kind: tool
actions:
  - id: run
    tool: own-tool
    argv: ['{files}']
    output: {format: jsonl, fields: {path: p, line: l, rule: r, message: m}}
"""
CATALOGUE = """\
providers:
  ours: {wire: openai, base_url: 'http://127.0.0.1:1/v1', needs_key: false}
"""


class Machine:
    """One machine of a fleet: its own files and its own state, the record shared."""

    def __init__(self, home: Path, stores, name: str = "one") -> None:
        self.folder, self.state, self.stores, self.name = home / "config", home, stores, name
        self.folder.mkdir(parents=True)
        self.variables: dict[str, str] = {}

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def open(self) -> HostConfiguration:
        host = replace(
            read_host(), user_config=self.folder / "config.yml", variables=self.variables
        )
        return HostConfiguration(host, self.state, self.stores, self.name)

    @property
    def copies(self) -> Path:
        return self.state / "configuration"


@pytest.fixture
def stores(tmp_path):
    found = open_stores(tmp_path / "record", tenant=None)
    yield found
    found.close()


@pytest.fixture
def machine(tmp_path, stores):
    return Machine(tmp_path / "one", stores)


def told(stores):
    return [entry for _, entry in stores.ledger.since(0)]


def test_a_review_reads_the_configuration_it_began_with_whatever_happens_to_the_files(machine):
    machine.write("config.yml", "gate: {fail_on: high}\n")
    machine.write("specialists/own.yaml", SPECIALIST)
    configuration = machine.open()
    first = configuration.digest
    machine.write("config.yml", "gate: {fail_on: low}\n")
    shutil.rmtree(machine.folder / "specialists")
    configuration._live.look()
    assert configuration.digest != first
    copy = configuration.host(first).user_config
    assert copy.read_text() == "gate: {fail_on: high}\n"
    assert (copy.parent / "specialists" / "own.yaml").read_text() == SPECIALIST
    now = configuration.host(configuration.digest).user_config
    assert now.read_text() == "gate: {fail_on: low}\n"
    assert not (now.parent / "specialists").exists()


WRONG = {
    "no YAML": ("config.yml", "gate:\n  fail_on: 'high\n", "config.yml:2: not valid YAML"),
    "an unknown key": ("config.yml", "gate:\n  fail_onn: high\n", "config.yml:2: unknown key"),
    "a wrong value": ("config.yml", "gate: {fail_on: awful}\n", "config.yml:1: gate.fail_on"),
    "an unknown specialist": ("config.yml", "review: {only: [securty]}\n", "config.yml:1: no spec"),
    "an unknown provider": ("config.yml", "models: {default: nobody/x}\n", "names no provider"),
    "a catalogue": ("models.yaml", "models:\n  nobody/x: {}\n", "models.yaml:2: "),
    "a specialist": ("specialists/own.yaml", SPECIALIST + "x: 1\n", "own.yaml:9: unknown key"),
    "an override of nobody": (
        "specialists/nobody.yaml", "id: nobody\nenabled: false\n", "specialists/nobody.yaml:"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_edit_is_refused_with_its_place_and_what_held_goes_on(
    machine, stores, caplog, name, text, says
):
    configuration = machine.open()
    before = configuration.digest
    machine.write(name, text)
    with caplog.at_level(logging.WARNING, "synapse_bot.configuration"):
        for _ in range(2):
            configuration._live.look()
    assert configuration.digest == before
    (record,) = caplog.records
    alarm = json.loads(record.getMessage())
    assert alarm["event"] == "configuration-refused"
    assert alarm["digest"] == before
    place = str(machine.folder / name)
    assert any(says in fault for fault in alarm["faults"]), alarm
    assert "no provider" in says or all(fault.startswith(place) for fault in alarm["faults"]), alarm
    entry = told(stores)[-1]
    assert (entry.type, entry.tenant, entry.config_digest) == (alarm["event"], OPERATOR, before)
    assert list(entry.data["faults"]) == alarm["faults"]
    assert str(machine.copies) not in record.getMessage()


@pytest.mark.parametrize(("name", "text", "says"), WRONG.values(), ids=WRONG)
def test_a_worker_does_not_begin_with_what_is_wrong(machine, name, text, says):
    machine.write(name, text)
    with pytest.raises(ConfigInvalid) as raised:
        machine.open()
    assert says in str(raised.value)


def test_faults_of_several_files_are_told_together(machine):
    machine.write("config.yml", "gate: {fail_on: awful}\n")
    machine.write("specialists/own.yaml", "id: own\n  x: 1\n")
    with pytest.raises(ConfigInvalid) as raised:
        machine.open()
    assert "own.yaml" in str(raised.value)
    machine.write("specialists/own.yaml", SPECIALIST + "x: 1\n")
    machine.write("models.yaml", "models: {nobody/x: {}}\n")
    with pytest.raises(ConfigInvalid) as raised:
        machine.open()
    files = [line.split(":")[0].rsplit("/", 1)[1] for line in str(raised.value).split("\n")]
    assert set(files) == {"config.yml", "own.yaml", "models.yaml"}


def test_own_specialists_providers_and_ids_are_known_to_the_settings_beside_them(machine):
    machine.write("config.yml", "review: {only: [own]}\nmodels: {default: ours/small}\n")
    machine.write("models.yaml", CATALOGUE)
    machine.write("specialists/own.yaml", SPECIALIST)
    assert machine.open().digest


def test_a_key_of_a_model_that_is_missing_is_no_fault_of_the_files(machine):
    machine.write("config.yml", "models: {default: anthropic/claude-x}\n")
    assert machine.open().digest


def test_the_folder_that_vanishes_is_refused_and_a_file_taken_away_is_an_edit(machine):
    machine.write("config.yml", "gate: {fail_on: high}\n")
    configuration = machine.open()
    before = configuration.digest
    machine.folder.rename(machine.folder.with_name("away"))
    configuration._live.look()
    assert configuration.digest == before
    assert "is gone" in configuration._live.faults[0]
    machine.folder.mkdir()
    configuration._live.look()
    assert configuration.digest != before


def test_every_turn_is_on_the_record_and_no_tenant_sees_it(machine, stores):
    configuration = machine.open()
    first = configuration.digest
    for text in ("gate: {fail_on: low}\n", "gate: [\n", "gate: {fail_on: low}\n"):
        machine.write("config.yml", text)
        configuration._live.look()
    entries = told(stores)
    assert [entry.type.removeprefix("configuration-") for entry in entries] == [
        "loaded", "changed", "refused", "mended",
    ]  # fmt: skip
    assert entries[1].data == {"worker": "one", "before": first}
    assert {entry.config_digest for entry in entries[1:]} == {configuration.digest}
    assert stores.of("local").ledger.since(0) == ()
    assert stores.of("local").journal.recall(f"configuration/{first}", "files") is None


def test_no_tenant_sees_the_operator_s_rows_on_postgresql_either(tmp_path, postgres_url):
    stores = open_stores(postgres_url, tenant=None)
    machine = Machine(tmp_path / "one", stores)
    machine.write("config.yml", "gate: {fail_on: high}\n")
    digest = machine.open().digest
    assert stores.of(OPERATOR).journal.recall(f"configuration/{digest}", "files") is not None
    assert stores.of("local").journal.recall(f"configuration/{digest}", "files") is None
    assert stores.of("local").ledger.since(0) == ()
    stores.close()


def test_another_machine_goes_on_with_the_configuration_a_review_began_with(
    machine, stores, tmp_path
):
    machine.write("config.yml", "gate: {fail_on: high}\n")
    machine.write("specialists/own.yaml", SPECIALIST)
    began = machine.open().digest
    other = Machine(tmp_path / "two", stores, "two")
    other.write("config.yml", "gate: {fail_on: low}\n")
    configuration = other.open()
    assert configuration.digest != began
    copy = configuration.host(began).user_config.parent
    assert read_fragments(copy) == read_fragments(machine.folder)
    assert copy.is_relative_to(other.copies)


def test_what_nobody_knows_any_more_is_said(machine):
    with pytest.raises(RunOutdated, match="is not known here any more"):
        machine.open().host("f" * 64)


@pytest.mark.parametrize("damage", ["emptied", "another", "gone"])
def test_a_damaged_copy_is_written_again(machine, damage):
    machine.write("config.yml", "gate: {fail_on: high}\n")
    configuration = machine.open()
    copy = machine.copies / configuration.digest
    match damage:
        case "emptied":
            (copy / "config.yml").write_bytes(b"")
        case "another":
            (copy / "models.yaml").write_text("{}")
        case _:
            shutil.rmtree(copy)
    host = configuration.host(configuration.digest)
    assert host.user_config.read_text() == "gate: {fail_on: high}\n"
    assert [path.name for path in copy.iterdir()] == ["config.yml"]


def test_copies_are_this_user_s_alone_and_the_last_used_stay(machine):
    yesterday = time.time() - 86_400
    for number in range(KEPT + 5):
        old = machine.copies / f"old-{number:02}"
        write_fragments((Fragment("config.yml", b""),), old)
        os.utime(old, (yesterday + number, yesterday + number))
    recent = machine.copies / "recent"
    write_fragments((), recent)
    digest = machine.open().digest
    left = sorted(path.name for path in machine.copies.iterdir())
    assert len(left) == KEPT
    assert {digest, "recent", f"old-{KEPT + 4}"} <= set(left)
    assert "old-00" not in left
    assert machine.copies.stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_written_down_for_the_others_does_not_hold_yet(machine, monkeypatch):
    configuration = machine.open()
    before, journal = configuration.digest, configuration._copies.journal

    def away(*_):
        raise StoreUnusable("the database is away")

    machine.write("config.yml", "gate: {fail_on: low}\n")
    with monkeypatch.context() as patched:
        patched.setattr(journal, "record", away)
        with pytest.raises(StoreUnusable):
            configuration._live.look()
        assert configuration.digest == before
    configuration._live.look()
    assert configuration.digest != before
