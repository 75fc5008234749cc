"""Specialists from YAML: shipped, of the repository, overridden; and who may run what."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import SpecialistChoice
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import (
    ActionInput,
    ActionSpec,
    GapsSpec,
    Measure,
    OutputFormat,
    OutputSpec,
    Reach,
    Route,
    SpecialistKind,
    SpecialistSpec,
)
from synapse_bot.specialist.encoding import Override, decode_entry, encode_entry
from synapse_bot.specialist.loader import (
    Declaration,
    Declared,
    load_specialists,
    shipped_declarations,
)
from synapse_bot.specialist.parse import parse_specialist

FULL = """\
id: full
description: Everything at once.
kind: tool
languages: [python, go]
paths: ["src/**"]
exclude: ["*.gen.py"]
requires: [git]
required: true
reads_generated: true
masks: true
enabled: false
deadline: 1m30s
weight: 2.5
actions:
  - id: one
    tool: ruff
    routes: [fast]
    languages: [python]
    argv: [check, "--config={rules}/x", "{files}"]
    fallback: [check, "{files}"]
    ok_exit_codes: [0, 1, 2]
    timeout: 20s
    memory_mb: 512
    worse: [{name: branches, at: 1, over: 15, by: 3}]
    output_mb: 4
    output:
      format: json
      items: runs[].results
      fields: {path: a, line: b.c, message: d, cwe: e, fix: "=do it", symbol: f, amounts: g}
      severities: {E: high}
      confidences: {sure: 0.9}
      default_severity: low
      default_confidence: 0.4
      columns_from: 0
      lines_from: 0
      gaps:
        items: errors
        path: file
        word: kind
        rule: of
        unparsed: [syntax]
        opened: read
        rules: [E0]
  - id: two
    tool: betterleaks
    in_process: betterleaks
    output: {format: sarif}
  - id: three
    tool: lizard
    input: diff
    argv: ["--out={out}"]
    output_file: true
    output:
      format: regex
      pattern: '(?P<path>.+):(?P<line>\\d+): (?P<message>.+)'
result_builder: {name: first_per_rule, min_confidence: 0.2}
state_schema: {type: object}
metadata: {owner: me, domain: security, licence: MIT, docs: docs/x.md}
"""


def declare(ident: str, tool: str = "ruff", **keys: Any) -> bytes:
    data = {
        "id": ident,
        "description": "Finds things.",
        "actions": [
            {"id": "run", "tool": tool, "argv": ["{files}"], "output": {"format": "sarif"}}
        ],
        **keys,
    }
    return json.dumps(data).encode()


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "specialists"
    folder.mkdir()
    for ident in ("alpha", "beta"):
        (folder / f"{ident}.yaml").write_bytes(declare(ident, weight=1.0))
    return folder


def own(ident: str, raw: bytes, trusted: bool = False) -> Declaration:
    return Declaration(f".synapse-bot/specialists/{ident}.yaml", raw, trusted)


def load(shipped: Path, *declarations: Declaration, **keys: Any) -> Declared:
    return load_specialists(shipped, declarations, known_tools=["ruff", "lizard"], **keys)


def test_a_declaration_says_everything_that_a_specialist_is() -> None:
    spec = parse_specialist(FULL.encode(), "specialists/full.yaml")
    assert isinstance(spec, SpecialistSpec)
    one, two, three = spec.actions
    assert dataclasses.replace(spec, actions=(), digest="") == SpecialistSpec(
        id="full",
        description="Everything at once.",
        kind=SpecialistKind.TOOL,
        actions=(),
        languages=frozenset({"python", "go"}),
        paths=("src/**",),
        exclude=("*.gen.py",),
        requires=("git",),
        required=True,
        reads_generated=True,
        masks=True,
        result_builder="first_per_rule",
        builder_params={"min_confidence": 0.2},
        state_schema={"type": "object"},
        deadline_s=90.0,
        weight=2.5,
        enabled=False,
        owner="me",
        domain="security",
        licence="MIT",
        docs="docs/x.md",
        origin="specialists/full.yaml",
    )
    assert one == ActionSpec(
        id="one",
        tool="ruff",
        argv=("check", "--config={rules}/x", "{files}"),
        output=OutputSpec(
            format=OutputFormat.JSON,
            items="runs[].results",
            fields={
                "path": "a",
                "line": "b.c",
                "message": "d",
                "cwe": "e",
                "fix": "=do it",
                "symbol": "f",
                "amounts": "g",
            },
            severities={"E": Severity.HIGH},
            confidences={"sure": 0.9},
            default_severity=Severity.LOW,
            default_confidence=0.4,
            columns_from=0,
            lines_from=0,
            gaps=GapsSpec("errors", "file", "kind", "of", ("syntax",), "read", ("E0",)),
        ),
        routes=frozenset({Route.FAST}),
        languages=frozenset({"python"}),
        ok_exit_codes=frozenset({0, 1, 2}),
        fallback=("check", "{files}"),
        reach=Reach.CHANGE,
        worse=(Measure("branches", 1, 15.0, 3.0),),
        timeout_s=20.0,
        memory_mb=512,
        output_mb=4,
    )
    assert two.in_process == "betterleaks"
    assert two.argv == ()
    assert three.input is ActionInput.DIFF
    assert three.output_file
    assert len(spec.digest) == 64


def test_every_field_of_the_values_can_be_declared() -> None:
    """A field that the YAML cannot set, or that the cache forgets, would show here."""
    spec = parse_specialist(FULL.encode(), "specialists/full.yaml")
    assert isinstance(spec, SpecialistSpec)
    output = spec.actions[0].output
    for value in (spec, spec.actions[0], output, output.gaps):
        assert value is not None
        for field in dataclasses.fields(value):
            default = field.default
            if field.name in ("kind", "input", "in_process", "output_file", "pattern", "model"):
                continue  # set in another action
            assert getattr(value, field.name) != default, field.name


def test_shipped_specialists_come_sorted_by_id(shipped: Path) -> None:
    assert load(shipped).ids == ("alpha", "beta")
    assert load(shipped).refused == ()


def test_the_repository_adds_a_specialist_by_yaml_alone(shipped: Path) -> None:
    declared = load(shipped, own("mine", declare("mine")))
    assert declared.ids == ("alpha", "beta", "mine")
    assert declared.specs[2].origin == ".synapse-bot/specialists/mine.yaml"


def test_a_whole_declaration_replaces_the_shipped_one(shipped: Path) -> None:
    declared = load(shipped, own("alpha", declare("alpha", tool="lizard")))
    assert declared.ids == ("alpha", "beta")
    assert declared.specs[0].actions[0].tool == "lizard"


def test_an_override_changes_what_it_names_and_nothing_else(shipped: Path) -> None:
    before = load(shipped).specs[0]
    text = """\
id: alpha
enabled: false
required: true
weight: 3
deadline: 5s
languages: [go]
paths: ["x/**"]
exclude: ["y/**"]
severities: {warning: low}
"""
    after = load(shipped, own("alpha", text.encode())).specs[0]
    assert after.actions[0].output.severities == {"warning": Severity.LOW}
    assert dataclasses.replace(after, actions=before.actions) == dataclasses.replace(
        before,
        enabled=False,
        required=True,
        weight=3.0,
        deadline_s=5.0,
        languages=frozenset({"go"}),
        paths=("x/**",),
        exclude=("y/**",),
    )


@pytest.mark.parametrize("key", ["tool: sh", "argv: [x]", "requires: [sh]", "in_process: x"])
def test_an_override_cannot_name_a_command(shipped: Path, key: str) -> None:
    with pytest.raises(ConfigInvalid, match="unknown key"):
        load(shipped, own("alpha", f"id: alpha\n{key}\n".encode()))


def test_an_override_of_nothing_is_a_fault_with_the_nearest_id(shipped: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r'alpa\.yaml:1: .*did you mean "alpha"'):
        load(shipped, own("alpa", b"id: alpa\nweight: 2\n"))


def test_a_repository_may_run_the_known_tools_and_no_command_of_its_own(shipped: Path) -> None:
    declared = load(shipped, own("mine", declare("mine", tool="bash")))
    assert declared.ids == ("alpha", "beta")
    [refused] = declared.refused
    assert refused.by == "mine"
    assert refused.matters
    assert "bash" in refused.why
    assert "SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS=bash" in refused.hint


@pytest.mark.parametrize("allowed", [["bash"], ["*"]])
def test_the_host_may_allow_more(shipped: Path, allowed: list[str]) -> None:
    mine = own("mine", declare("mine", tool="bash"))
    assert "mine" in load(shipped, mine, allow_commands=allowed).ids


def test_one_command_that_is_not_allowed_refuses_the_specialist(shipped: Path) -> None:
    actions = json.loads(declare("mine"))["actions"]
    actions.append({**actions[0], "id": "second", "tool": "make"})
    mine = own("mine", declare("mine", actions=actions))
    assert load(shipped, mine).refused[0].by == "mine"
    assert load(shipped, mine, allow_commands=["bash"]).refused[0].by == "mine"


def test_the_users_own_declaration_may_run_anything(shipped: Path) -> None:
    mine = own("mine", declare("mine", tool="hadolint"), trusted=True)
    assert "mine" in load(shipped, mine).ids


def test_a_refused_replacement_does_not_leave_the_shipped_one_in_its_place(shipped: Path) -> None:
    """The repository said that alpha is something else; what it was is not what was asked for."""
    declared = load(
        shipped,
        own("alpha", declare("alpha", tool="make")),
    )
    assert declared.ids == ("beta",)
    assert declared.refused[0].by == "alpha"


def test_the_settings_choose_within_a_declaration(shipped: Path) -> None:
    choice = SpecialistChoice(
        enabled=False,
        weight=9.0,
        deadline_s=7.0,
        required=True,
        exclude=("z/**",),
        severities={"note": Severity.INFO},
    )
    spec = load(shipped, choices={"alpha": choice}).specs[0]
    assert (spec.enabled, spec.weight, spec.deadline_s, spec.required) == (False, 9.0, 7.0, True)
    assert spec.exclude == ("z/**",)
    assert spec.actions[0].output.severities == {"note": Severity.INFO}
    untouched = load(shipped, choices={"alpha": SpecialistChoice()})
    assert untouched == load(shipped)


def test_faults_of_all_files_come_at_once(shipped: Path) -> None:
    (shipped / "alpha.yaml").write_text("id: alpha\ndescription: x\nactions: 1\n")
    with pytest.raises(ConfigInvalid) as caught:
        load(shipped, own("mine", b"id: mine\nwieght: 2\n"), own("other", b"\t"))
    told = str(caught.value)
    assert "specialists/alpha.yaml:3: actions: must be a list" in told
    assert ".synapse-bot/specialists/mine.yaml:2: unknown key 'wieght'" in told
    assert ".synapse-bot/specialists/other.yaml:1:" in told


def test_an_id_is_declared_once_among_equals(shipped: Path) -> None:
    one = own("mine", declare("mine"))
    again = Declaration(".synapse-bot/specialists/sub/mine.yaml", declare("mine"))
    with pytest.raises(ConfigInvalid, match=r"is declared in .*mine\.yaml already"):
        load(shipped, one, again)


def test_the_shipped_files_load_and_each_is_named_like_its_id() -> None:
    folder = data_dir("specialists")
    declared = load_specialists(folder)
    assert declared.ids == tuple(sorted(path.stem for path in folder.glob("*.yaml")))
    assert declared.ids


def test_a_cached_load_equals_a_fresh_one(tmp_path: Path) -> None:
    folder = data_dir("specialists")
    mine = [Declaration(".synapse-bot/specialists/full.yaml", FULL.encode(), True)]
    fresh = load_specialists(folder, mine)
    cold = load_specialists(folder, mine, cache_dir=tmp_path / "c")
    warm = load_specialists(folder, mine, cache_dir=tmp_path / "c")
    assert fresh == cold == warm
    assert len(list((tmp_path / "c").iterdir())) == 2


def test_an_edited_declaration_is_read_anew(shipped: Path, tmp_path: Path) -> None:
    load(shipped, cache_dir=tmp_path / "c")
    (shipped / "alpha.yaml").write_bytes(declare("alpha", weight=7.0))
    assert load(shipped, cache_dir=tmp_path / "c").specs[0].weight == 7.0


def test_a_warm_load_needs_neither_yaml_nor_pydantic(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from synapse_bot.specialist.loader import load_specialists\n"
        "from synapse_bot.config.data import data_dir\n"
        f"load_specialists(data_dir('specialists'), cache_dir=Path({str(tmp_path)!r}) / 'c')\n"
        "print(sorted({'yaml', 'pydantic'} & set(sys.modules)))\n"
    )

    def run() -> str:
        command = [sys.executable, "-c", script]
        root = Path(__file__).resolve().parents[2]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=root
        ).stdout.strip()

    assert run() == "['pydantic', 'yaml']"
    assert run() == "[]"


_TEXT = st.text(max_size=8)
_WORDS = st.frozensets(_TEXT, max_size=3)
_SEVERITIES = st.dictionaries(_TEXT, st.sampled_from(Severity), max_size=3)
_FRACTION = st.floats(0, 1)
_OUTPUTS = st.builds(
    OutputSpec,
    format=st.sampled_from(OutputFormat),
    items=_TEXT,
    pattern=_TEXT,
    fields=st.dictionaries(_TEXT, _TEXT, max_size=3),
    severities=_SEVERITIES,
    confidences=st.dictionaries(_TEXT, _FRACTION, max_size=3),
    default_severity=st.sampled_from(Severity),
    default_confidence=_FRACTION,
    columns_from=st.sampled_from([0, 1]),
    lines_from=st.sampled_from([0, 1]),
)
_ACTIONS = st.builds(
    ActionSpec,
    id=_TEXT,
    tool=_TEXT,
    argv=st.lists(_TEXT, max_size=3).map(tuple),
    output=_OUTPUTS,
    input=st.sampled_from(ActionInput),
    routes=st.frozensets(st.sampled_from(Route)),
    languages=_WORDS,
    ok_exit_codes=st.frozensets(st.integers(0, 255), max_size=3),
    fallback=st.lists(_TEXT, max_size=2).map(tuple),
    in_process=_TEXT,
    output_file=st.booleans(),
    timeout_s=st.floats(1, 100),
    memory_mb=st.integers(1, 9),
    output_mb=st.integers(1, 9),
)
_SPECS = st.builds(
    SpecialistSpec,
    id=_TEXT,
    description=_TEXT,
    kind=st.just(SpecialistKind.TOOL),
    actions=st.lists(_ACTIONS, max_size=2).map(tuple),
    languages=_WORDS,
    paths=st.lists(_TEXT, max_size=2).map(tuple),
    exclude=st.lists(_TEXT, max_size=2).map(tuple),
    requires=st.lists(_TEXT, max_size=2).map(tuple),
    required=st.booleans(),
    reads_generated=st.booleans(),
    masks=st.booleans(),
    result_builder=_TEXT,
    builder_params=st.dictionaries(_TEXT, st.integers(0, 9) | _TEXT, max_size=2),
    state_schema=st.dictionaries(_TEXT, st.lists(st.integers(), max_size=2), max_size=2),
    deadline_s=st.floats(1, 100),
    weight=st.floats(0.1, 10),
    enabled=st.booleans(),
    owner=_TEXT,
    domain=_TEXT,
    licence=_TEXT,
    docs=_TEXT,
    origin=_TEXT,
    digest=_TEXT,
)
_OVERRIDES = st.builds(
    Override,
    id=_TEXT,
    changes=st.fixed_dictionaries(
        {},
        optional={
            "enabled": st.booleans(),
            "weight": st.floats(0.1, 10),
            "languages": _WORDS,
            "paths": st.lists(_TEXT, max_size=2).map(tuple),
        },
    ),
    severities=_SEVERITIES,
)


@given(st.one_of(_SPECS, _OVERRIDES))
def test_the_cache_holds_every_declaration_exactly(entry: SpecialistSpec | Override) -> None:
    assert decode_entry(json.loads(json.dumps(encode_entry(entry)))) == entry


def test_the_same_declaration_gives_the_same_bytes() -> None:
    spec = parse_specialist(FULL.encode(), "specialists/full.yaml")
    again = parse_specialist(FULL.encode(), "specialists/full.yaml")
    assert json.dumps(encode_entry(spec)) == json.dumps(encode_entry(again))


def test_the_sources_of_shipped_files_name_no_machine() -> None:
    for declaration in shipped_declarations(data_dir("specialists")):
        assert declaration.source.startswith("specialists/")
        assert declaration.trusted


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"argv": ["{dir}"], "worse": [{"name": "a", "at": 0, "over": 1}]}, "needs {files}"),
        ({"argv": ["{files}"], "worse": [{"name": "a", "at": 0, "over": 1}]}, "needs symbol and"),
    ],
)
def test_what_compares_with_before_must_name_functions_and_their_measures(
    action: dict[str, Any], why: str
) -> None:
    output = {"format": "json", "fields": {"path": "p", "line": "l", "message": "m"}}
    data = {"id": "x", "description": "d", "actions": [{"id": "a", "tool": "ruff", **action}]}
    data["actions"][0]["output"] = output  # type: ignore[index]
    with pytest.raises(ConfigInvalid, match=re.escape(why)):
        parse_specialist(json.dumps(data).encode(), "specialists/x.yaml")


def test_an_action_that_compares_with_before_depends_on_the_whole_change() -> None:
    """A function may have moved from another file."""
    spec = parse_specialist(FULL.encode(), "specialists/full.yaml")
    assert isinstance(spec, SpecialistSpec)
    assert spec.actions[0].reach is Reach.CHANGE
    assert spec.actions[0].worse == (Measure("branches", 1, 15.0, 3.0),)
