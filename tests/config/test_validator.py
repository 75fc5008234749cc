"""Every kind of fault that a configuration can have: its line, and a hint that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.entry.validation import Validation, validate_files

SPECIALIST = """\
id: mine
description: Finds things.
languages: [python]
exclude: [docs/]
weight: 1.0
deadline: 60s
actions:
  - id: run
    tool: ruff
    argv:
      - check
      - "{files}"
    ok_exit_codes: [0, 1]
    timeout: 60s
    output:
      format: json
      items: results
      fields:
        path: filename
        line: location.row
        message: message
      severities: {error: high}
      default_confidence: 0.7
metadata:
  owner: me
"""
ROUTES = """\
rules:
  - id: guard
    why: It matters.
    when:
      paths: ["**/auth/**"]
    route: deep
  - id: small
    why: It is small.
    when:
      files: {max: 5}
      risk: {max: 0.3}
    route: fast
risk:
  - id: sql
    why: SQL
    weight: 0.3
    paths: ["*.sql"]
"""
SETTINGS = """\
gate:
  fail_on: high
show:
  min_confidence: 0.5
limits:
  deadline: 8m
exclude:
  - docs/
  - "*.lock"
specialists:
  secrets:
    weight: 2
"""
NEGOTIATION = """\
tie_break: strictest
specialists:
  secrets: 2
"""
FILES = {
    "specialist": (".synapse-bot/specialists/mine.yaml", SPECIALIST),
    "routes": (".synapse-bot/routes.yaml", ROUTES),
    "settings": (".synapse-bot.yml", SETTINGS),
    "negotiation": (".synapse-bot/negotiation.yaml", NEGOTIATION),
}


def check(root: Path, kind: str, text: str | bytes, name: str = "") -> Validation:
    path = root / (name or FILES[kind][0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return validate_files([path], root)


@pytest.mark.parametrize("kind", FILES)
def test_the_files_that_the_faults_are_put_into_are_fine(tmp_path: Path, kind: str) -> None:
    found = check(tmp_path, kind, FILES[kind][1])
    assert found.faults == ()
    assert found.notes == ()


# (kind, what is replaced, by what, the line of the fault, words of the message)
FAULTS: list[tuple[str, str, str, int, str]] = [
    # unknown and missing keys
    ("specialist", "languages:", "langages:", 3, 'did you mean "languages"?'),
    ("specialist", "    tool:", "    tol:", 9, 'did you mean "tool"?'),
    ("specialist", "      format:", "      fromat:", 16, 'did you mean "format"?'),
    ("specialist", "        line:", "        lines:", 20, "must be one of path, line"),
    ("specialist", "  owner:", "  ower:", 25, 'did you mean "owner"?'),
    ("specialist", "description: Finds things.\n", "", 1, "'description' is required"),
    ("specialist", "    tool: ruff\n", "", 8, "'actions[0].tool' is required"),
    ("specialist", "        line: location.row\n", "", 18, "needs line among the fields"),
    ("routes", "    route: deep\n", "", 2, "'rules[0].route' is required"),
    ("routes", "      paths:", "      path:", 5, 'did you mean "paths"?'),
    ("routes", "    weight:", "    wieght:", 16, 'did you mean "weight"?'),
    ("settings", "  fail_on:", "  fail-on:", 2, 'did you mean "fail_on"?'),
    ("settings", "gate:", "gat:", 1, 'did you mean "gate"?'),
    ("settings", "gate:\n  fail_on", "fail_on", 1, "did you mean 'gate.fail_on'?"),
    ("settings", "    weight:", "    wight:", 12, 'did you mean "weight"?'),
    # wrong types
    ("specialist", "Finds things.", "7", 2, "must be text (quote it), not 7"),
    ("specialist", "[python]", "python", 3, "must be a list: [a, b]"),
    ("specialist", "weight: 1.0", "weight: heavy", 5, "must be a number, not 'heavy'"),
    ("specialist", "[0, 1]", "[0, one]", 13, "must be a whole number, not 'one'"),
    ("specialist", "\nactions:\n  - id", "\nactions:\n    id", 7, "must be a list"),
    (
        "specialist",
        "{error: high}",
        "[high]",
        22,
        "must be a mapping of keys to values, not a list",
    ),
    ("routes", "{max: 5}", "5", 10, "must be a mapping of keys to values, not 5"),
    ("settings", "fail_on: high", "fail_on: [high]", 2, "must be one of info, low"),
    ("settings", "gate:\n  fail_on: high", "gate: high", 1, "must be a mapping"),
    ("settings", "0.5", "half", 4, "must be a number, not 'half'"),
    ("settings", "exclude:\n  - docs/", "exclude:\n  - 7", 8, "must hold text only, not 7"),
    # out of range
    ("specialist", "weight: 1.0", "weight: -1", 5, "must be more than 0, not -1"),
    ("specialist", "confidence: 0.7", "confidence: 7", 23, "must be at most 1, not 7"),
    ("specialist", "[0, 1]", "[0, 300]", 13, "must be at most 255, not 300"),
    ("specialist", "deadline: 60s", "deadline: 9h", 6, "must be from 1s to 3600s"),
    ("routes", "weight: 0.3", "weight: 3", 16, "must be at most 1, not 3"),
    ("routes", "{max: 5}", "{min: 9, max: 5}", 10, "min 9 is more than max 5"),
    ("settings", "0.5", "1.5", 4, "must be from 0 to 1, not 1.5"),
    ("settings", "8m", "0s", 6, "must be from 1s to 6h"),
    ("negotiation", "secrets: 2", "secrets: 99", 3, "at most 10"),
    # words that must be one of a few
    ("specialist", "{error: high}", "{error: hihg}", 22, 'did you mean "high"?'),
    ("specialist", "format: json", "format: jason", 16, 'did you mean "json"?'),
    ("specialist", "id: run", "id: run\n    routes: [fats]", 9, 'did you mean "fast"?'),
    ("specialist", "weight: 1.0", "kind: wasm", 5, "'wasm' is not built yet"),
    ("routes", "route: fast", "route: quick", 12, "must be one of fast, deep"),
    ("settings", "fail_on: high", "fail_on: sever", 2, "must be one of info, low"),
    ("negotiation", "strictest", "strict", 1, 'did you mean "strictest"?'),
    # globs, durations, expressions
    ("specialist", "[docs/]", '["src/**.py"]', 4, "'**' must stand alone between slashes"),
    ("specialist", "[docs/]", '["[ab"]', 4, "'[' is never closed"),
    ("specialist", "[docs/]", '["!a"]', 4, "write what is left out under `exclude`"),
    ("routes", '["**/auth/**"]', '["../x"]', 5, "paths start at the top"),
    ("settings", '  - "*.lock"', '  - "*.{lock"', 9, "'{' is never closed"),
    ("specialist", "deadline: 60s", "deadline: 60", 6, 'needs a unit: "60s"'),
    ("specialist", "timeout: 60s", "timeout: soon", 14, "'soon' is not a duration"),
    ("settings", "8m", "8 minutes", 6, "'8 minutes' is not a duration"),
    # argv
    ("specialist", "{files}", "{fils}", 12, 'unknown placeholder {fils} (did you mean "files"?)'),
    ("specialist", '"{files}"', '"--file={files}"', 12, "must be an argument of its own"),
    ("specialist", '"{files}"', "src", 10, "nothing names the files"),
    ("specialist", '"{files}"', '"{dir}"\n      - "{out}"', 10, "{out} needs output_file: true"),
    ("specialist", "tool: ruff", "tool: ruff\n    input: diff", 11, "standard input"),
    ("specialist", "tool: ruff", "tool: ruff\n    output_file: true", 11, "needs {out}"),
    ("specialist", "tool: ruff", "tool: /bin/sh -c", 9, "must be the bare name of a tool"),
    ("specialist", "tool: ruff", "tool: ruff\n    in_process: x", 11, "not with in_process"),
    # output mappings
    ("specialist", "format: json", "format: sarif", 17, "items: belongs to format: json or jsonl"),
    ("specialist", "items: results", 'pattern: "x"', 17, "belongs to format: regex, not json"),
    ("specialist", "format: json\n      items: results", "format: regex", 15, "needs a pattern"),
    # ids
    ("specialist", "id: mine", "id: My_Linter", 1, "is not an id"),
    ("specialist", "id: mine", "id: other", 1, "call the file other.yaml"),
    ("routes", "id: small", "id: guard", 7, "'guard' stands on line 2 already"),
    ("settings", "  secrets:", "  Secrets Too:", 11, "is not the id of a specialist"),
    # references
    ("specialist", "[python]", "[pyhton]", 3, "no language is called 'pyhton' (did you mean \"py"),
    ("settings", "  secrets:", "  secret:", 11, 'did you mean "secrets"?'),
    ("settings", "gate:", "review: {required: [secretz]}\ngate:", 1, 'did you mean "secrets"?'),
    (
        "routes",
        "    route: deep",
        "    specialists: {only: [securty]}\n    route: deep",
        6,
        "no specialist is called 'securty' (did you mean \"security\"?)",
    ),
    ("routes", "      paths: [", '      languages: ["pythn"]\n      paths: [', 5, "no language is"),
    ("negotiation", "secrets: 2", "secretz: 2", 3, 'did you mean "secrets"?'),
    # what a rule for the fast route may not rest on
    ("routes", "files: {max: 5}", 'paths: ["docs/**"]', 10, "takes only_paths"),
    ("routes", "files: {max: 5}", "languages: [python]", 10, "takes only_languages"),
    (
        "routes",
        "files: {max: 5}\n      risk: {max: 0.3}",
        "intent: [hotfix]",
        9,
        "labels, intent and author are only claims",
    ),
    ("routes", "files: {max: 5}", "author: [unknown]", 10, "cannot lead to the fast route"),
    # empty conditions and signals
    ("routes", '      paths: ["**/auth/**"]', "      {}", 4, "an empty condition"),
    ("routes", '    paths: ["*.sql"]\n', "", 14, "needs paths, kinds, statuses, added"),
    # YAML itself
    ("settings", "  fail_on: high", "\tfail_on: high", 2, "a tab in the indentation"),
    ("settings", "gate:\n  fail_on: high", "gate:\n  a: 1\n b: 2", 3, "indentation"),
    ("settings", "show:", "---\nshow:", 3, "a second document"),
    ("settings", "show:", "gate:", 3, "the key 'gate' stands twice, first on line 1"),
    ("settings", "fail_on: high", "fail_on: 'high", 2, "not valid YAML"),
    ("settings", "fail_on: high", "fail_on: *never", 2, "names no anchor"),
    ("settings", "fail_on: high", "fail_on: !!str high: x", 2, "not valid YAML"),
    ("settings", "fail_on: high", "fail_on: \x07", 2, "control character"),
]


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "words"), FAULTS, ids=[f"{f[0]}-{f[4][:40]}" for f in FAULTS]
)
def test_a_fault_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, kind: str, old: str, new: str, line: int, words: str
) -> None:
    name, text = FILES[kind]
    assert text.count(old) >= 1
    found = check(tmp_path, kind, text.replace(old, new, 1))
    told = [fault for fault in found.faults if words in fault]
    assert told, found.faults
    assert all(fault.startswith(f"{name}:{line}: ") for fault in told), told


PATTERNS = [
    ("(?P<path>[", "not a valid regular expression: unterminated character set at character 10"),
    ("(?P<path>\\w+):(?P<line>(\\d+)+)", "a repeat inside a repeat may take exponential time"),
    ("(?P<path>(a|b+)*):(?P<line>\\d+)", "a repeat inside a repeat may take exponential time"),
    ("(?P<path>.+)" + "x" * 1000, "longer than 1000 characters"),
    ("(?P<path>.+):(?P<message>.+)", "needs line among the named groups"),
    ("(?P<pth>.+):(?P<line>\\d+): (?P<message>.+)", "needs path among the named groups"),
]


def regex_specialist(pattern: str, fields: str = "{}") -> str:
    head = SPECIALIST[: SPECIALIST.index("      format:")]
    return f"{head}      format: regex\n      pattern: '{pattern}'\n      fields: {fields}\n"


@pytest.mark.parametrize(("pattern", "words"), PATTERNS)
def test_a_pattern_is_checked_before_a_hostile_line_meets_it(
    tmp_path: Path, pattern: str, words: str
) -> None:
    [fault] = check(tmp_path, "specialist", regex_specialist(pattern)).faults
    assert fault.startswith(".synapse-bot/specialists/mine.yaml:17: actions[0].output.pattern: ")
    assert words in fault


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(?P<path>[^:]+):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<message>.*) \[(?P<rule>\w+)\]$",
        r"(?P<path>\S+):(?P<line>\d+) (?P<rule>[A-Z]+\d+(?:,[A-Z]+\d+)*) (?P<message>.+)",
        r"(?P<path>(?:/[^/:]+)+):(?P<line>\d++) (?P<message>.+)",
    ],
)
def test_the_patterns_that_linters_need_are_fine(tmp_path: Path, pattern: str) -> None:
    assert check(tmp_path, "specialist", regex_specialist(pattern)).faults == ()


def test_a_field_names_a_group_of_its_pattern(tmp_path: Path) -> None:
    text = regex_specialist(r"(?P<path>.+):(?P<row>\d+) (?P<message>.+)", "{line: rwo}")
    faults = check(tmp_path, "specialist", text).faults
    assert faults == (
        ".synapse-bot/specialists/mine.yaml:18: actions[0].output.fields.line: the pattern has no"
        " group 'rwo' (did you mean \"row\"?)",
    )


def test_an_action_id_stands_once(tmp_path: Path) -> None:
    action = SPECIALIST[SPECIALIST.index("  - id: run") : SPECIALIST.index("metadata:")]
    text = SPECIALIST.replace("metadata:", f"{action}metadata:")
    [fault] = check(tmp_path, "specialist", text).faults
    assert fault.endswith(":24: actions[1].id: 'run' stands on line 8 already")


def test_all_faults_of_all_files_are_told_in_their_order(tmp_path: Path) -> None:
    settings = tmp_path / ".synapse-bot.yml"
    settings.write_text("gate: {fail_on: x}\nshow: {max_findings: -1}\nnope: 1\n")
    specialist = tmp_path / ".synapse-bot" / "specialists" / "a.yaml"
    specialist.parent.mkdir(parents=True)
    specialist.write_text("id: b\nkind: tol\nweight: x\n")
    found = validate_files([settings, specialist], tmp_path)
    places = [fault.split(" ", 1)[0] for fault in found.faults]
    name = ".synapse-bot/specialists/a.yaml"
    assert places[-3:] == [f".synapse-bot.yml:{line}:" for line in (1, 2, 3)]
    assert places[:-3] == [
        f"{name}:{line}:" for line in sorted(int(p.split(":")[1]) for p in places[:-3])
    ]
    assert len(places) >= 6


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("specialist", b"", "the file is empty: it needs id, description"),
        (
            "specialist",
            b"- id: x\n",
            "the document: must be a mapping of keys to values, not a list",
        ),
        ("specialist", b"just text\n", "must be a mapping of keys to values, not 'just text'"),
        ("routes", b"[]\n", "must be a mapping"),
        ("settings", b"- a\n", "the file: must be a mapping"),
        ("settings", b"gate: \xff\n", "not UTF-8: save the file as UTF-8"),
        ("settings", b"a: [" * 60, "nested deeper than 40"),
        ("settings", b"x" * 1_000_001, "larger than"),
    ],
)
def test_what_is_no_configuration_at_all(
    tmp_path: Path, kind: str, text: bytes, words: str
) -> None:
    [fault] = check(tmp_path, kind, text).faults
    assert fault.startswith(f"{FILES[kind][0]}:1: ")
    assert words in fault


def test_an_empty_settings_or_routes_file_is_fine(tmp_path: Path) -> None:
    assert check(tmp_path, "settings", "# nothing yet\n").faults == ()
    assert check(tmp_path, "routes", "").faults == ()


def test_a_file_that_nothing_reads_is_told(tmp_path: Path) -> None:
    found = check(tmp_path, "", "rules: []\n", ".synapse-bot/route.yaml")
    assert 'did you mean "routes.yaml"?' in found.faults[0]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        (".synapse-bot.yaml", "settings", "call it .synapse-bot.yml"),
        (".synapse-bot/routes.yml", "routes", 'did you mean "routes.yaml"?'),
        (".synapse-bot/specialist/mine.yaml", "specialist", "valid: routes.yaml, negotiation.yaml"),
    ],
)
def test_a_file_that_a_review_would_pass_over_is_told(
    tmp_path: Path, name: str, kind: str, words: str
) -> None:
    [fault] = check(tmp_path, kind, FILES[kind][1], name).faults
    assert fault.startswith(f"{name}:1: no review reads this file")
    assert words in fault


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_known_by_its_shape_where_its_name_says_nothing(
    tmp_path: Path, kind: str
) -> None:
    text = FILES[kind][1].replace("id: mine", "id: any")
    assert check(tmp_path, kind, text, "any.yaml").faults == ()


def test_a_repository_is_told_which_keys_are_not_its_own(tmp_path: Path) -> None:
    found = check(tmp_path, "settings", "tools:\n  sandbox: off\n")
    assert found.faults == ()
    [note] = found.notes
    assert note.startswith(".synapse-bot.yml:2: tools.sandbox is ignored")
    assert "SYNAPSE_BOT__TOOLS__SANDBOX" in note


def test_a_tool_that_the_table_does_not_name_is_a_note_and_not_a_fault(tmp_path: Path) -> None:
    found = check(tmp_path, "specialist", SPECIALIST.replace("tool: ruff", "tool: rufff"))
    assert found.faults == ()
    [note] = found.notes
    assert note.startswith(".synapse-bot/specialists/mine.yaml:9: actions[0].tool: 'rufff'")
    assert 'did you mean "ruff"?' in note


def test_an_override_needs_something_to_override(tmp_path: Path) -> None:
    name = ".synapse-bot/specialists/secrets.yaml"
    assert check(tmp_path, "", "id: secrets\nweight: 3\n", name).faults == ()
    [fault] = check(tmp_path, "", "id: secrets\nwieght: 3\n", name).faults
    assert 'did you mean "weight"?' in fault
    name = ".synapse-bot/specialists/secret.yaml"
    [fault] = check(tmp_path, "", "id: secret\nweight: 3\n", name).faults
    assert 'did you mean "secrets"?' in fault


def test_a_file_of_nothing_but_faults_is_told_in_bounded_time_and_length(tmp_path: Path) -> None:
    keys = "".join(f"k{number}: 1\n" for number in range(20_000))
    found = check(tmp_path, "specialist", keys)
    assert len(found.faults) < 300
    assert found.faults[-1].endswith("more faults")
    long = check(tmp_path, "settings", f"{'x' * 900_000}: 1\n")
    assert len(found.faults[1]) < 500
    assert len(long.faults[0]) < 500


def test_there_are_many_more_than_thirty_kinds_of_fault() -> None:
    assert len(FAULTS) + len(PATTERNS) > 60
