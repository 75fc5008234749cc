"""As much of a GitHub runner as our action and workflows need, and a fake GitHub behind it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ONLY = {"SYNAPSE_BOT__REVIEW__ONLY": "python-security", "SYNAPSE_BOT__REVIEW__ROUTE": "fast"}
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_OPERATORS = {"&&": " and ", "||": " or ", "!": " not ", "!=": "!=", "==": "=="}
_TOKEN = re.compile(
    r"'[^']*'|&&|\|\||!=|==|!|[()]|,|\s+|(?:startsWith|cancelled)(?=\()|[a-z]+(?:\.[\w-]+)+"
)
_FUNCTIONS = {
    "startsWith": lambda text, start: str(text or "").lower().startswith(start.lower()),
    "cancelled": lambda: False,
}
Contexts = Mapping[str, Any]


def value_of(expression: str, contexts: Contexts) -> Any:
    """References, `&&`, `||`, `!`, `==`, `!=` and two functions; anything else fails the test."""
    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == expression, f"{expression!r} is not evaluated here"

    def look_up(reference: str) -> Any:
        found: Any = contexts
        for name in reference.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def python(token: str) -> str:
        reference = "." in token and not token.startswith("'")
        return f"look_up({token!r})" if reference else _OPERATORS.get(token, token)

    text = " ".join("".join(map(python, tokens)).split())
    return eval(text, {"look_up": look_up, **_FUNCTIONS})


def evaluate(text: str, contexts: Contexts) -> str:
    """``text`` with its expressions replaced."""

    def replaced(expression: re.Match[str]) -> str:
        value = value_of(expression[1].strip(), contexts)
        return "" if value is None else str(value)

    return _EXPRESSION.sub(replaced, text)


def holds(condition: str, contexts: Contexts) -> bool:
    """An `if:`, with or without `${{ }}`."""
    whole = _EXPRESSION.fullmatch(condition.strip())
    return bool(value_of(whole[1].strip() if whole else condition.strip(), contexts))


def read_outputs(file: Path) -> dict[str, str]:
    """GITHUB_OUTPUT as the runner reads it: `name=value`, or lines up to a delimiter."""
    found: dict[str, str] = {}
    lines = iter(file.read_text().split("\n")[:-1] if file.exists() else ())
    for line in lines:
        name, mark, rest = re.split(r"(<<|=)", line, maxsplit=1)
        assert name not in found, f"{name} is set twice"
        found[name] = rest if mark == "=" else "\n".join(iter(lambda: next(lines), rest))
    return found


@dataclass(frozen=True)
class Done:
    """What came of the steps. ``outputs`` are those that action.yml hands on."""

    code: int = 0
    out: str = ""
    summary: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """``variables`` are the machine's own. Artefacts stay from one job to the next."""

    workspace: Path
    temp: Path
    github: Any
    variables: dict[str, str]
    artefacts: dict[str, Path] = field(default_factory=dict)
    runs: int = 0

    def action(self, name: str, event: dict[str, Any], **given: str) -> Done:
        """Our action on ``event``; ``given`` are its inputs, with "_" for "-"."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        named = {key.replace("_", "-"): value for key, value in given.items()}
        assert set(named) <= set(action["inputs"])
        inputs = {key: named.get(key, row["default"]) for key, row in action["inputs"].items()}
        contexts = self._contexts(name, event) | {"inputs": inputs}
        done = self._steps(action["runs"]["steps"], contexts, self.workspace)
        handed = {key: evaluate(row["value"], contexts) for key, row in action["outputs"].items()}
        return Done(done.code, done.out, done.summary, handed)

    def workflow(self, text: str, name: str, event: dict[str, Any]) -> Done | None:
        """The one job of a workflow on ``event``; None where its `if:` does not hold.

        A job that clones nothing works in an empty folder. What it would install is there.
        """
        (job,) = yaml.safe_load(text)["jobs"].values()
        contexts = self._contexts(name, event)
        if not holds(job.get("if", "'true'"), contexts):
            return None
        clones = any("actions/checkout@" in step.get("uses", "") for step in job["steps"])
        empty = self.temp / f"empty-{self.runs}"
        empty.mkdir()
        return self._steps(job["steps"], contexts, self.workspace if clones else empty)

    def _contexts(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        github = {"event": event, "token": "good", "event_name": name, "repository": "team/shop"}
        return {"github": github, "runner": {"temp": str(self.temp)}, "steps": {}}

    def _steps(self, steps: list[Any], contexts: dict[str, Any], where: Path) -> Done:
        self.runs += 1
        done = Done()
        for number, step in enumerate(steps):
            folder = self.temp / f"run-{self.runs}-{number}"
            folder.mkdir()
            always = "if" in step and holds(step["if"], contexts)
            if (done.code and not always) or (not always and "if" in step):
                continue
            if "uses" in step:
                self._use(step, contexts)
            elif not step["run"].startswith("pip install "):
                done = self._run(step, contexts, folder, where, done)
        return done

    def _use(self, step: Any, contexts: Contexts) -> None:
        kind = step["uses"].partition("@")[0]
        given = {key: evaluate(str(value), contexts) for key, value in step["with"].items()}
        match kind:
            case "actions/checkout":
                pass  # the workspace is the clone
            case "actions/upload-artifact":
                kept = self.temp / f"artefact-{given['name']}"
                shutil.copytree(given["path"], kept, dirs_exist_ok=True)
                self.artefacts[given["name"]] = kept
            case "actions/download-artifact":
                assert given["github-token"]
                shutil.copytree(self.artefacts[given["name"]], given["path"], dirs_exist_ok=True)
            case _:
                raise AssertionError(f"{kind} is not known here")

    def _run(
        self, step: Any, contexts: dict[str, Any], folder: Path, where: Path, before: Done
    ) -> Done:
        script, event = folder / "run.sh", folder / "event.json"
        script.write_text(step["run"])
        event.write_text(json.dumps(contexts["github"]["event"]))
        env = {key: evaluate(value, contexts) for key, value in step.get("env", {}).items()}
        given = self._given(contexts["github"]["event_name"], folder)
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=where,
            env=self.variables | given | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        outputs = read_outputs(folder / "output")
        contexts["steps"][step.get("id", "")] = {"outputs": outputs}
        summary = folder / "summary"
        shown = summary.read_text() if summary.exists() else ""
        return Done(before.code or ran.returncode, before.out + ran.stdout, before.summary + shown)

    def _given(self, name: str, folder: Path) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "team/shop",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_SHA": self.github.repository.git("rev-parse", "HEAD"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "RUNNER_TEMP": str(self.temp),
        }


@pytest.fixture
def runner(github: Any, tmp_path: Path) -> Runner:
    """A runner where the action's environment and `synapse-bot` are there: the tests' own."""
    temp = tmp_path / "temp"
    python = temp / "synapse-bot" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    kept = ("HOME", "XDG_CACHE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "LANG")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Runner(github.repository.root, temp, github, variables | ONLY | {"PATH": path})


@pytest.fixture
def pull_event(github: Any) -> Callable[..., dict[str, Any]]:
    """The event of the pull request as it is now; ``source`` 1 is its own repository."""

    def make(source: int = 1) -> dict[str, Any]:
        from synapse_bot.forge.fake_github_repository import FakeRevisions

        github.fake.push(FakeRevisions(github.repository.root, "main", "feature"))
        github.fake.head_repository_id = source
        head, base = (github.repository.git("rev-parse", name) for name in ("feature", "main"))
        pull = {
            "number": 7,
            "title": "feat: a change",
            "draft": False,
            "labels": [],
            "head": {"sha": head, "ref": "feature", "repo": {"id": source}},
            "base": {"sha": base, "ref": "main", "repo": {"id": 1}},
        }
        about = {"action": "synchronize", "before": base, "sender": {"type": "User"}}
        return {**about, "pull_request": pull}

    return make


@pytest.fixture
def comment_event(github: Any) -> Callable[..., dict[str, Any]]:
    """The event of a comment that somebody has just made in the conversation."""

    def make(text: str, by: Any) -> dict[str, Any]:
        comment = {"id": github.fake.say(by, text), "user": by.row(), "body": text}
        issue = {"number": 7, "pull_request": {"url": "https://api.github.com/pulls/7"}}
        return {"action": "created", "issue": issue, "comment": comment, "sender": by.row()}

    return make
