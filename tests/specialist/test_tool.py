"""The tool specialist: broken tools cost their own findings, in words that help."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.finding import Placement
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Skipped
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import ActionInput, ActionSpec, OutputFormat, OutputSpec, Route
from synapse_bot.specialist import argv, tool
from synapse_bot.specialist.runner import Runner

CODE = "import subprocess\nsubprocess.call('x', shell=True)\n"
JSON = OutputSpec(
    OutputFormat.JSON, fields={"path": "path", "line": "line", "rule": "rule", "message": "text"}
)
ECHO = """
import json, sys
print(json.dumps([{"path": p, "line": 2, "rule": "R", "text": "at " + p} for p in sys.argv[1:]]))
"""


def action(name: str, *arguments: str, **changes: Any) -> ActionSpec:
    return replace(ActionSpec(name, name, arguments or ("{files}",), JSON), **changes)


def test_two_real_tools_speak_as_one_specialist(lab: Any, parts: Any) -> None:
    outcome = lab.examine(lab.task({"a.py": CODE}), parts.ruff(), parts.bandit())
    assert isinstance(outcome, Opinion)
    assert {f.tool for f in outcome.findings} == {"ruff", "bandit"}
    assert {f.location.path for f in outcome.findings} == {"a.py"}
    assert all(f.by == "lab" and f.fingerprint for f in outcome.findings)
    assert outcome.examined == ("a.py",)
    assert [(run.tool, run.version != "") for run in outcome.runs] == [
        ("ruff", True),
        ("bandit", True),
    ]


BROKEN = {
    "hangs": ("import time\ntime.sleep(60)", FailureKind.TIMEOUT, "killed at its deadline"),
    "prints garbage": ("print('Traceback: oh no')", FailureKind.GARBAGE, "not JSON"),
    "prints nothing": ("", FailureKind.GARBAGE, "printed nothing"),
    "dies": ("import os\nos.kill(os.getpid(), 11)", FailureKind.CRASHED, "SIGSEGV"),
    "fails": (
        "import sys\nprint('no such rule', file=sys.stderr)\nsys.exit(2)",
        FailureKind.CRASHED,
        "status 2: no such rule",
    ),
    "floods": ("print('x' * 5_000_000)", FailureKind.FLOODED, "printed over 1 MB"),
    "nests": ("print('[' * 200_000)", FailureKind.GARBAGE, "nested too deeply"),
    "lies": ("print('{\"runs\": 3}')", FailureKind.GARBAGE, "not a list"),
    "prints null": ("print('null')", FailureKind.GARBAGE, "not a list"),
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
@pytest.mark.parametrize("sandbox", [Sandbox.OFF, Sandbox.AUTO], ids=str)
def test_a_broken_tool_costs_its_own_findings_only(
    lab: Any, parts: Any, case: str, sandbox: Sandbox
) -> None:
    body, kind, why = BROKEN[case]
    lab.sandbox = sandbox
    lab.script("broken", body)
    broken = action("broken", timeout_s=1.5, output_mb=1)
    outcome = lab.examine(lab.task({"a.py": CODE}), parts.ruff(), broken)
    assert isinstance(outcome, Failed)
    assert outcome.kind is kind
    assert why in outcome.why
    assert {f.tool for f in outcome.findings} == {"ruff"}
    assert outcome.examined == ()


def test_a_failures_words_hold_no_secret_no_control_character_and_no_path_of_ours(lab: Any) -> None:
    secret = "ghp_" + "1A2b3C4d5E6f7G8h9I0jK1l2M3n4O5p6Q7r8"
    lab.script(
        "loud",
        f"import sys\nwords = '\\x1b[31m' + sys.argv[1] + ' {secret}\\n::error::x'\n"
        "sys.stderr.write(words)\nsys.exit(3)",
    )
    outcome = lab.examine(lab.task({"src/a.py": CODE}), action("loud"))
    assert secret not in outcome.why
    assert str(lab.folder) not in outcome.why
    assert "src/a.py" in outcome.why
    assert outcome.why.isprintable()


def test_a_tool_that_writes_another_encoding_is_still_heard(lab: Any) -> None:
    body = (
        "import sys\n"
        'text = \'[{"path": "%s", "line": 1, "rule": "R", "text": "caf\\u00e9"}]\'\n'
        "sys.stdout.buffer.write((text % sys.argv[1]).encode('latin-1'))"
    )
    lab.script("latin", body)
    (finding,) = lab.examine(lab.task({"a.py": CODE}), action("latin")).findings
    assert finding.message == "caf\ufffd"
    lab.script("wide", body.replace("latin-1", "utf-16"))
    (finding,) = lab.examine(lab.task({"a.py": CODE}), action("wide")).findings
    assert finding.message == "café"


HOSTILE_NAMES = (
    "a\nb.py",
    "-rf.py",
    "../../etc/passwd.py",
    "--config=x",
    " .py",
    "é\u202e.py",
    "A.py",
    "a.py",
    "x/a.py",
    ".env",
    "c'\"$(id).py",
)


def test_hostile_names_reach_no_tool_and_come_back_whole(lab: Any) -> None:
    lab.script("echo", ECHO)
    outcome = lab.examine(lab.task(dict.fromkeys(HOSTILE_NAMES, CODE)), action("echo"))
    assert isinstance(outcome, Opinion)
    assert sorted(f.location.path for f in outcome.findings) == sorted(HOSTILE_NAMES)
    # A message that quotes the file names it as the change does.
    assert all(str(lab.folder) not in f.message for f in outcome.findings)


def test_results_about_other_files_are_counted_and_dropped(lab: Any) -> None:
    lab.script("liar", 'print(\'[{"path": "/etc/passwd", "line": 1, "rule": "R"}]\')')
    outcome = lab.examine(lab.task({"a.py": CODE}), action("liar"))
    assert outcome.findings == ()
    assert outcome.notes == ("liar: 1 results about no file of the change",)


def test_the_fallback_is_tried_once_and_noted(lab: Any) -> None:
    lab.script("moody", f"import sys\nif '--new' in sys.argv:\n    sys.exit(2)\n{ECHO}")
    moody = action("moody", "--new", "{files}", fallback=("{files}",))
    outcome = lab.examine(lab.task({"a.py": CODE}), moody)
    assert isinstance(outcome, Opinion)
    assert len(outcome.findings) == 1
    assert [run.exit_code for run in outcome.runs] == [2, 0]
    assert outcome.notes == ("moody ended with status 2; its fallback was used",)


def test_a_fallback_that_fails_too_is_a_failure(lab: Any) -> None:
    lab.script("dead", "import sys\nsys.exit(9)")
    outcome = lab.examine(lab.task({"a.py": CODE}), action("dead", fallback=("{files}",)))
    assert isinstance(outcome, Failed)
    assert "status 9" in outcome.why


def test_the_specialists_deadline_covers_all_its_batches(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argv, "MAX_BYTES", 1)
    lab.script("slow", "import time\ntime.sleep(30)")
    task = lab.task({f"{n}.py": CODE for n in range(4)}, deadline_s=1.0)
    outcome = lab.examine(task, action("slow"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT
    assert outcome.seconds < 10


def test_files_that_do_not_fit_one_argument_list_go_in_batches(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argv, "MAX_BYTES", 400)
    lab.script("echo", ECHO)
    outcome = lab.examine(lab.task({f"{n}.py": CODE for n in range(20)}), action("echo"))
    assert len(outcome.findings) == 20
    assert len(outcome.runs) > 1


def test_three_hundred_files_are_one_process(lab: Any, parts: Any) -> None:
    outcome = lab.examine(lab.task({f"{n}.py": CODE for n in range(300)}), parts.ruff())
    assert len(outcome.runs) == 1
    assert len({f.location.path for f in outcome.findings}) == 300


def test_a_missing_tool_skips_the_specialist_with_what_to_do(lab: Any, parts: Any) -> None:
    lab.search_path = "/usr/bin:/bin"
    zizmor = replace(parts.ruff(), tool="zizmor")
    outcome = lab.examine(lab.task({"a.py": CODE}), zizmor)
    assert isinstance(outcome, Skipped)
    assert outcome.matters
    assert outcome.paths == ("a.py",)
    assert (outcome.why, outcome.hint) == (
        "needs zizmor",
        "Run `synapse-bot tools install zizmor`.",
    )


def test_an_unpinned_missing_tool_is_asked_for_on_path(lab: Any) -> None:
    outcome = lab.examine(lab.task({"a.py": CODE}), action("no-such-linter"))
    assert outcome.hint == "Put no-such-linter on PATH."


def test_actions_of_another_route_do_not_run(lab: Any, parts: Any) -> None:
    deep = replace(parts.ruff(), routes=frozenset({Route.DEEP}))
    outcome = lab.examine(lab.task({"a.py": CODE}, route=Route.FAST), deep)
    assert isinstance(outcome, Skipped)
    assert not outcome.matters
    assert (
        tool.missing_tools(
            lab.spec(action("absent", routes=frozenset({Route.DEEP}))), Route.FAST, lab.toolbox()
        )
        == ()
    )


def test_an_action_sees_only_its_languages(lab: Any) -> None:
    lab.script("echo", ECHO)
    narrow = action("echo", languages=frozenset({"python"}))
    outcome = lab.examine(lab.task({"a.py": CODE, "b.js": "x\n"}), narrow)
    assert [f.location.path for f in outcome.findings] == ["a.py"]
    assert outcome.examined == ("a.py",)
    assert tool.reads(lab.spec(narrow), Route.FAST, "python")
    assert not tool.reads(lab.spec(narrow), Route.FAST, "javascript")


ARGUMENTS = """
import json, os, sys
out = {"argv": sys.argv[1:], "dir": sorted(
    os.path.join(os.path.basename(d), n) for a in sys.argv[1:] if a.endswith("-files")
    for d, _, names in os.walk(a) for n in names)}
print(json.dumps([{"path": "x", "text": json.dumps(out)}]))
sys.stderr.write(json.dumps(out)); sys.exit(5)
"""


def told(lab: Any, task: Any, declared: ActionSpec) -> dict[str, Any]:
    """What the tool was given, by way of a failure that quotes it."""
    lab.script("arguments", ARGUMENTS.replace("sys.exit(5)", "open('/dev/null')"))
    seen: list[bytes] = []
    original = tool.Action._ground

    def spy(self: Any, raws: Any, names: Any, name: str) -> Any:
        seen.append(raws[0].message)
        return original(self, raws, names, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tool.Action, "_ground", spy)
        lab.examine(task, declared)
    return dict(json.loads(seen[0]))


def test_placeholders_become_paths_and_braces_stay_text(lab: Any) -> None:
    given = told(
        lab,
        lab.task({"src/a.py": CODE}),
        action("arguments", "--format", "{{json .}}", "--rules={rules}", "{dir}", "{files}"),
    )
    assert given["argv"][:2] == ["--format", "{{json .}}"]
    assert Path(given["argv"][2].removeprefix("--rules=")).name == "rules"
    assert given["dir"] == ["00001/a.py"]
    assert os.path.isabs(given["argv"][4])


def test_a_language_placeholder_is_repeated_with_its_option(lab: Any) -> None:
    task = lab.task({"a.py": CODE, "b.js": "x\n", "c.yml": "x: 1\n"})
    given = told(
        lab,
        task,
        action("arguments", "--config", "{rules}/static/semgrep/{language}", "-q", "{files}"),
    )
    configs = [
        value
        for flag, value in zip(given["argv"], given["argv"][1:], strict=False)
        if flag == "--config"
    ]
    assert {Path(value).name for value in configs} == {"python", "javascript"}
    assert "-q" in given["argv"]


def test_the_folder_holds_only_the_files_of_the_action(lab: Any) -> None:
    task = lab.task({"a.py": CODE, "b.js": "x\n"})
    given = told(lab, task, action("arguments", "{dir}", languages=frozenset({"javascript"})))
    assert given["dir"] == ["00002/b.js"]


def test_a_tool_may_write_its_results_to_a_file(lab: Any) -> None:
    lab.script(
        "writer",
        "import json, sys\n"
        "json.dump([{'path': sys.argv[2], 'line': 1, 'rule': 'R'}], open(sys.argv[1], 'w'))",
    )
    writer = action("writer", "{out}", "{files}", output_file=True)
    assert len(lab.examine(lab.task({"a.py": CODE}), writer).findings) == 1
    lab.script("linker", "import os, sys\nos.symlink('/etc/passwd', sys.argv[1])")
    linker = action("linker", "{out}", "{files}", output_file=True)
    assert lab.examine(lab.task({"a.py": CODE}), linker).kind is FailureKind.GARBAGE


def test_a_tool_may_read_the_diff(lab: Any) -> None:
    lab.script(
        "differ",
        "import json, sys\n"
        "names = [l[6:].strip() for l in sys.stdin if l.startswith('+++ b/')]\n"
        "print(json.dumps([{'path': n, 'line': 1, 'rule': 'R'} for n in names]))",
    )
    differ = action("differ", "-", input=ActionInput.DIFF)
    outcome = lab.examine(lab.task({"src/a.py": CODE, "b.py": CODE}), differ)
    assert [f.location.path for f in outcome.findings] == ["b.py", "src/a.py"]


def test_a_check_in_this_process_that_raises_costs_its_own_findings(
    lab: Any, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> Any:
        raise ZeroDivisionError("no")

    runners = {"explode": Runner(explode)}
    monkeypatch.setattr("synapse_bot.specialist.action.RUNNERS", runners)
    monkeypatch.setattr("synapse_bot.specialist.tool.RUNNERS", runners)
    outcome = lab.examine(lab.task({"a.py": CODE}), parts.ruff(), action("x", in_process="explode"))
    assert isinstance(outcome, Failed)
    assert "ZeroDivisionError" in outcome.why
    assert outcome.findings


def test_an_unknown_check_skips_the_specialist(lab: Any) -> None:
    outcome = lab.examine(lab.task({"a.py": CODE}), action("x", in_process="unheard-of"))
    assert isinstance(outcome, Skipped)
    assert "unheard-of" in outcome.why


def test_require_without_namespaces_is_unsafe_and_runs_nothing(lab: Any) -> None:
    lab.script("echo", ECHO)
    lab.sandbox = Sandbox.REQUIRE
    lab.search_path = str(lab.folder / "bin")
    outcome = lab.examine(lab.task({"a.py": CODE}), action("echo"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.UNSAFE
    assert outcome.runs == ()


def test_the_same_input_gives_the_same_opinion(lab: Any, parts: Any) -> None:
    files = {f"{n}.py": CODE for n in range(5)}
    outcomes = [
        lab.examine(lab.task(files), *order)
        for order in ((parts.ruff(), parts.bandit()), (parts.bandit(), parts.ruff()))
        for _ in range(3)
    ]
    assert len({outcome.findings for outcome in outcomes}) == 1


def test_nothing_is_left_in_the_scratch_folder(lab: Any, parts: Any) -> None:
    task = lab.task({"a.py": CODE})
    lab.examine(task, parts.ruff())
    assert list(task.scratch.iterdir()) == []


def test_what_is_found_in_a_test_weighs_half_and_may_fall_away(lab: Any, parts: Any) -> None:
    text = "import subprocess\nsubprocess.run(x, shell=True)\n"
    task = lab.task({"app.py": text, "tests/test_app.py": text})
    plain = lab.examine(task, parts.bandit())
    sure = {f.location.path: f.confidence for f in plain.findings if "shell" in f.message}
    assert sure["app.py"] == sure["tests/test_app.py"]
    params = {"doubted_in": ["tests/"]}
    doubted = lab.examine(task, parts.bandit(), builder_params=params).findings
    halved = {f.location.path: f.confidence for f in doubted if "shell" in f.message}
    assert halved == {"app.py": sure["app.py"], "tests/test_app.py": sure["app.py"] / 2}
    params = {"doubted_in": ["tests/"], "doubted": ["B1*"]}
    others = lab.examine(task, parts.bandit(), builder_params=params).findings
    assert {f.location.path: f.confidence for f in others if "shell" in f.message} == sure
    params = {"doubted_in": ["tests/"], "min_confidence": sure["app.py"]}
    left = lab.examine(task, parts.bandit(), builder_params=params).findings
    assert {f.location.path for f in left} == {"app.py"}


def test_result_builders_keep_what_their_parameters_ask_for(lab: Any, parts: Any) -> None:
    task = lab.task({"a.py": CODE})
    sure = lab.examine(task, parts.ruff(), parts.bandit(), builder_params={"min_confidence": 0.8})
    assert {f.tool for f in sure.findings} == {"bandit"}
    one = lab.examine(task, parts.ruff(), parts.bandit(), result_builder="worst_per_line")
    lines = [f.location.start_line for f in one.findings]
    assert len(lines) == len(set(lines))
    first = lab.examine(
        lab.task({"a.py": CODE * 9}),
        parts.bandit(),
        result_builder="first_per_rule",
        builder_params={"limit": 2},
    )
    assert len([f for f in first.findings if f.tool_rule == "B602"]) == 2


def test_a_finding_on_an_unchanged_line_is_told_apart(lab: Any, parts: Any) -> None:
    outcome = lab.examine(lab.task({"a.py": CODE}, diffs=()), parts.ruff())
    assert {f.placement for f in outcome.findings} == {Placement.OUTSIDE}
    assert max(f.severity for f in outcome.findings) >= Severity.MEDIUM


def test_one_engine_of_two_may_be_chosen(lab: Any) -> None:
    both = lab.spec(action("semgrep", "--new", fallback=("--old",)))
    ways = {
        engine: (chosen.argv, chosen.fallback)
        for engine in ("auto", "experimental", "classic")
        for chosen in tool.with_engine(both, "semgrep", engine).actions
    }
    assert ways == {
        "auto": (("--new",), ("--old",)),
        "experimental": (("--new",), ()),
        "classic": (("--old",), ()),
    }
    assert tool.with_engine(both, "another", "classic") == both


def test_a_tool_on_path_is_asked_for_its_version_once(lab: Any) -> None:
    asked = lab.folder / "asked"
    body = (
        "import sys\n"
        "if sys.argv[1:] == ['--version']:\n"
        f"    open({str(asked)!r}, 'a').write('x')\n"
        "    print('echo version 4.5.6-rc1 (2026)')\n"
        "    sys.exit()\n"
    )
    lab.sandbox = Sandbox.OFF
    lab.script("echo", body + ECHO)
    for _ in range(3):
        outcome = lab.examine(lab.task({"a.py": CODE}), action("echo"))
        assert [run.version for run in outcome.runs] == ["4.5.6-rc1"]
    assert asked.read_text() == "x"
    lab.script("echo", body.replace("4.5.6-rc1", "5.0") + ECHO)
    assert lab.examine(lab.task({"a.py": CODE}), action("echo")).runs[0].version == "5.0"


def test_a_tool_that_never_tells_its_version_delays_nobody(lab: Any) -> None:
    lab.script("echo", "import sys, time\nif '--version' in sys.argv:\n    time.sleep(60)\n" + ECHO)
    outcome = lab.examine(lab.task({"a.py": CODE}), action("echo"))
    assert isinstance(outcome, Opinion)
    assert outcome.runs[0].version == ""
    assert outcome.seconds < 10


def test_secrets_are_found_in_this_process_and_shown_masked(lab: Any) -> None:
    lab.cache = None
    token = "ghp_" + "1A2b3C4d5E6f7G8h9I0jK1l2M3n4O5p6Q7r8"
    leaks = action("betterleaks", argv=(), in_process="betterleaks")
    if tool.missing_tools(lab.spec(leaks), Route.FAST, lab.toolbox()):
        lab.need("betterleaks")
    text = f"a = 1 \udc80 \0\nkey = '{token}'  # gitleaks:allow betterleaks:allow\n"
    outcome = lab.examine(lab.task({"a.py": text}), leaks, masks=True)
    assert isinstance(outcome, Opinion), outcome
    assert {f.location.start_line for f in outcome.findings} == {2}
    assert len(outcome.findings) >= 1
    assert token[4:] not in repr(outcome)
