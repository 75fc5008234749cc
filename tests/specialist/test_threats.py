"""What a change can do to the linters that review it: the rows of the threat table.

Every row puts hostile files into the change and runs a real tool over all of it. Nothing of the
change is executed (a canary file stays absent), and the tool says as much as without them.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.opinion import Opinion
from synapse_bot.domain.spec import ActionSpec, OutputFormat, OutputSpec
from synapse_bot.specialist.output.table import READERS

DANGER = """import os
import subprocess
import yaml
from flask import request

def run(cursor, name, blob):
    subprocess.call(name, shell=True)
    cursor.execute("SELECT * FROM t WHERE a = '%s'" % name)
    yaml.load(blob)
    return eval(request.args["code"])
"""
SILENCED = DANGER.replace("shell=True)", "shell=True)  # nosemgrep # nosec # noqa")
TARGET = "pkg/app.py"

MYPY = OutputSpec(OutputFormat.REGEX, pattern=r"(?P<path>.+?):(?P<line>\d+): \w+: (?P<message>.*)")
FLAKE8 = OutputSpec(
    OutputFormat.REGEX, pattern=r"(?P<path>.+?):(?P<line>\d+):\d+: (?P<rule>\w+) (?P<message>.*)"
)
# A tool as pylint is: it runs what the configuration in its working directory says.
EAGER = """
import os, re, sys
for name in (".pylintrc", "pylintrc"):
    if os.path.exists(name):
        exec(re.search("init-hook=(.*)", open(name).read())[1])
for path in sys.argv[1:]:
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if "eval(" in line:
            print(f"{path}:{number}: W0123: eval-used")
"""
PYLINT = OutputSpec(
    OutputFormat.REGEX,
    pattern=r"(?P<path>.+?):(?P<line>\d+):(?:\d+:)? (?P<rule>\w+): (?P<message>.*)",
)


@dataclass(frozen=True)
class Row:
    id: str
    action: ActionSpec
    hostile: dict[str, str]
    needs: str = ""
    script: str = ""


def exec_line(canary: Path) -> str:
    return f"open({str(canary)!r}, 'w').write('executed')"


def rows(parts: Any, canary: Path) -> list[Row]:
    plant = exec_line(canary)
    semgrep = ActionSpec(
        "semgrep",
        "semgrep",
        (
            *("scan", "--experimental", "--config", "{rules}/static/semgrep/{language}"),
            *("--metrics=off", "--disable-version-check", "--disable-nosem", "-q", "--json"),
            "{files}",
        ),
        parts.SEMGREP,
    )
    lax = {"ok_exit_codes": frozenset({0, 1, 2, 4, 8, 16, 20, 28})}
    return [
        Row(
            "pylintrc init-hook",
            ActionSpec("pylint", "pylint-like", ("{files}",), PYLINT),
            {".pylintrc": f"[MAIN]\ninit-hook={plant}\n", "pylintrc": f"init-hook={plant}\n"},
            script=EAGER,
        ),
        Row(
            "pylintrc init-hook, pylint itself",
            ActionSpec("pylint", "pylint", ("-sn", "--disable=C", "{files}"), PYLINT, **lax),
            {
                ".pylintrc": f"[MAIN]\ninit-hook={plant}\n",
                "pylintrc": f"[MAIN]\ninit-hook={plant}\n",
            },
            needs="pylint",
        ),
        Row(
            "mypy plugins",
            ActionSpec(
                "mypy",
                "mypy",
                ("--no-incremental", "--no-error-summary", "--scripts-are-modules", "{files}"),
                MYPY,
                languages=frozenset({"python"}),
            ),
            {
                "mypy.ini": "[mypy]\nplugins = plug.py\nignore_errors = True\n",
                "pkg/mypy.ini": "[mypy]\nplugins = plug.py\n",
                "plug.py": f"{plant}\ndef plugin(version):\n    raise SystemExit\n",
            },
            needs="mypy",
        ),
        Row(
            "flake8 local plugins",
            ActionSpec("flake8", "flake8", ("{files}",), FLAKE8),
            {
                ".flake8": "[flake8]\nextend-ignore=E,F,W\n[flake8:local-plugins]\n"
                "extension =\n  X = plug:Plug\npaths = .\n",
                "plug.py": f"{plant}\nclass Plug:\n    pass\n",
            },
            needs="flake8",
        ),
        Row("a yaml.py beside bandit", parts.bandit(), {"yaml.py": f"{plant}\n"}),
        Row("a ruff.py beside ruff", parts.ruff(), {"ruff.py": f"{plant}\n"}),
        Row(
            "ruff.toml",
            parts.ruff(),
            {
                "ruff.toml": '[lint.per-file-ignores]\n"*" = ["S"]\n',
                "pkg/.ruff.toml": 'exclude = ["*"]\n',
                "pyproject.toml": '[tool.ruff.lint.per-file-ignores]\n"*" = ["ALL"]\n',
            },
        ),
        Row("semgrepignore", semgrep, {".semgrepignore": "pkg/\n*.py\n"}, needs="semgrep"),
        Row(
            ".bandit",
            parts.bandit(),
            {
                "pkg/.bandit": "[bandit]\nskips: B301,B307,B404,B506,B602,B608\n",
                ".bandit": "[bandit]\nexclude: /\n",
                "pyproject.toml": '[tool.bandit]\nexclude_dirs = ["/"]\n',
            },
        ),
        Row("gitattributes", parts.ruff(), {".gitattributes": "*.py -diff linguist-generated\n"}),
        Row(
            "dangerfile.js",
            parts.ruff(),
            {
                "dangerfile.js": f"require('fs').writeFileSync({str(canary)!r}, 'executed')\n",
                "conftest.py": f"{plant}\n",
                "sitecustomize.py": f"{plant}\n",
                "setup.py": f"{plant}\n",
            },
        ),
    ]


IDS = [
    row.id
    for row in rows(
        type("P", (), {n: lambda *a, **k: None for n in ("ruff", "bandit")} | {"SEMGREP": None}),
        Path(),
    )
]


@pytest.mark.parametrize("number", range(len(IDS)), ids=IDS)
@pytest.mark.parametrize("sandbox", [Sandbox.OFF, Sandbox.AUTO], ids=str)
def test_a_change_neither_runs_code_nor_silences_a_tool(
    lab: Any, parts: Any, number: int, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = lab.folder / "canary"
    row = rows(parts, canary)[number]
    if row.script:
        lab.script(row.action.tool, row.script)
    if row.needs:
        lab.need(row.needs)
    lab.sandbox = sandbox
    # The working directory of the review itself is the hostile tree, as in a CI checkout.
    tree = lab.folder / "tree"
    for path, text in {TARGET: DANGER, **row.hostile}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    monkeypatch.chdir(tree)

    def found(files: dict[str, str]) -> list[tuple[int, str, str]]:
        outcome = lab.examine(lab.task(files), row.action)
        assert isinstance(outcome, Opinion), outcome
        return [
            (f.location.start_line, f.tool_rule, f.message)
            for f in outcome.findings
            if f.location.path == TARGET
        ]

    alone = found({TARGET: DANGER})
    beside = found({TARGET: DANGER, **row.hostile})
    assert alone
    assert beside == alone
    assert not canary.exists()


@pytest.mark.parametrize("tool", ["ruff", "bandit", "semgrep"])
def test_a_suppression_comment_silences_nothing(lab: Any, parts: Any, tool: str) -> None:
    if tool == "semgrep":
        lab.need("semgrep")
        action = next(row.action for row in rows(parts, Path()) if row.action.tool == "semgrep")
    else:
        action = getattr(parts, tool)()
    plain, silenced = (lab.examine(lab.task({TARGET: text}), action) for text in (DANGER, SILENCED))
    assert plain.findings
    assert [f.tool_rule for f in silenced.findings] == [f.tool_rule for f in plain.findings]


def test_an_added_suppression_comment_is_a_finding(lab: Any) -> None:
    action = ActionSpec(
        "s", "builtin", (), OutputSpec(OutputFormat.JSON), in_process="suppressions"
    )
    outcome = lab.examine(lab.task({TARGET: SILENCED}), action)
    assert {f.location.start_line for f in outcome.findings} == {7}
    assert len(outcome.findings) == 3


def test_the_rows_would_fail_without_our_isolation(lab: Any, parts: Any) -> None:
    """The hostile files are live: a tool in the change's own tree obeys them."""
    canary = lab.folder / "canary"
    alive = rows(parts, canary)
    eager = next(row for row in alive if row.script)
    tree = lab.folder / "tree"
    tree.mkdir()
    for path, text in {"app.py": DANGER, **eager.hostile}.items():
        (tree / path).write_text(text)
    script = lab.folder / "bin" / lab.script("pylint-like", EAGER)
    subprocess.run([script, "app.py"], cwd=tree, capture_output=True, check=True)
    assert canary.exists()

    ruff = next(row for row in alive if row.id == "ruff.toml")
    (tree / "ruff.toml").write_text(ruff.hostile["ruff.toml"])
    binary = lab.toolbox().find("ruff").binary
    silent = subprocess.run(
        [*binary, "check", "--no-cache", "--select", "S", "app.py"], cwd=tree, capture_output=True
    )
    assert b"All checks passed" in silent.stdout


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_tool_opens_nothing_of_the_reviewed_tree_and_writes_only_in_its_cell(
    lab: Any, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = lab.folder / "tree"
    tree.mkdir()
    (tree / "app.py").write_text(DANGER)
    (tree / "ruff.toml").write_text("")
    monkeypatch.chdir(tree)
    log = lab.folder / "strace"
    traced = ("/usr/bin/strace", "-f", "-qq", "-e", "trace=openat,open,creat,mkdir", "-o", str(log))
    probe = subprocess.run([*traced, "/bin/true"], capture_output=True)
    if probe.returncode:
        pytest.skip("strace may not trace here")
    monkeypatch.setattr("synapse_bot.specialist.namespaces.prefix", lambda *a: traced)
    outcome = lab.examine(lab.task({TARGET: DANGER}), parts.ruff())
    assert outcome.findings
    calls = [line for line in log.read_text().splitlines() if "(" in line]
    assert any("app.py" in call for call in calls)
    assert [call for call in calls if str(tree) in call] == []
    written = [call for call in calls if "O_CREAT" in call or "mkdir(" in call]
    cell = str(lab.folder / "task1" / "scratch")
    assert [call for call in written if cell not in call and "/dev/" not in call] == []


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(OutputFormat)
