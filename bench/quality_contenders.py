"""Who is compared: our whole static review, and single tools, each on the same change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quality_cases import Reported, Voice, Weakness
from quality_changes import Change

from synapse_bot.config.settings import Show
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.review import Review, Verdict
from synapse_bot.report.audit import parse_audit
from synapse_bot.runtime.select import above_thresholds
from synapse_bot.specialist.taxonomy import Taxonomy
from synapse_bot.specialist.toolbox import Tool, Toolbox

OURS = "synapse-bot"
_DIGITS = re.compile(r"\d+")
# Without a threshold: what the default ones keep back is marked afterwards.
_REVIEW = (
    "review --full --dry-run --quiet --route deep --format json --on-incomplete neutral"
    " --min-confidence 0 --min-severity info"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a contender said of a change. ``notes`` are what it could not do."""

    findings: tuple[Reported, ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contender:
    """``suffixes`` end the names of the files that it can read; () is any."""

    name: str
    examine: Callable[[Change], Said]
    suffixes: tuple[str, ...] = ()

    def knows(self, paths: Iterable[str]) -> bool:
        """Whether it is of use for one of ``paths``."""
        return not self.suffixes or any(path.endswith(self.suffixes) for path in paths)


def contenders(toolbox: Toolbox, taxonomy: Taxonomy, rules: Path) -> tuple[Contender, ...]:
    """Everyone in the table. Raises LookupError where a tool is not installed."""
    bandit, ruff, semgrep = (_found(toolbox, name) for name in ("bandit", "ruff", "semgrep"))
    return (
        Contender(OURS, ours),
        Contender("bandit alone", _Bandit(bandit, taxonomy), (".py",)),
        Contender("ruff S alone", _Ruff(ruff, taxonomy), (".py",)),
        Contender("semgrep, our rules", _Semgrep(semgrep, taxonomy, rules)),
    )


def _found(toolbox: Toolbox, name: str) -> Tool:
    tool = toolbox.find(name)
    if tool is None:
        raise LookupError(f"{name} is not installed: synapse-bot tools install {name}")
    return tool


def ours(change: Change) -> Said:
    """Our review by the command line, no model, no settings of the user's, nothing recorded."""
    argv = [sys.executable, "-m", "synapse_bot", *_REVIEW.split(), *change.selector]
    done, seconds = _run(argv, change.root)
    if done.returncode:
        return Said((), seconds, (f"exit {done.returncode}: {_end_of(done.stderr)}",))
    review = parse_audit(done.stdout.decode())
    notes = [f"{failed.by}: {failed.why}" for failed in review.failed]
    if review.verdict is Verdict.INCOMPLETE:
        notes += review.reasons
    return Said(reported(review), seconds, tuple(notes))


def reported(review: Review) -> tuple[Reported, ...]:
    """The claims of a review made without thresholds, each once whoever said it."""
    above, _ = above_thresholds(review.claims, Show())
    seen = {id(claim) for claim in above}
    return tuple(_reported(claim, shown=id(claim) in seen) for claim in review.claims)


def _reported(claim: Claim, *, shown: bool) -> Reported:
    finding, place = claim.finding, claim.finding.location
    cwe = frozenset(cwe for said in claim.findings for cwe in said.cwe)
    return Reported(
        place.path,
        place.start_line,
        place.end_line,
        finding.rule,
        Weakness(cwe, frozenset({finding.family})),
        finding.confidence,
        finding.severity.name.lower(),
        finding.fingerprint,
        finding.message,
        shown,
        tuple(Voice(said.tool, said.tool_rule, said.confidence) for said in claim.findings),
    )


@dataclass(frozen=True)
class _Alone:
    """A tool with its own defaults on the changed files; findings on added lines count."""

    tool: Tool
    taxonomy: Taxonomy

    def __call__(self, change: Change) -> Said:
        paths = [path for path in change.added if self.reads(path)]
        if not paths:
            return Said((), 0.0)
        done, seconds = _run([*self.argv(), *paths], change.root, self.tool.programs)
        try:
            found = [_below(change.root, r) for r in self.parse(json.loads(done.stdout))]
        except ValueError:
            return Said((), seconds, (_end_of(done.stderr) or "no answer",))
        notes = (f"exit {done.returncode}: {_end_of(done.stderr)}",) if done.returncode > 1 else ()
        return Said(tuple(r for r in found if _touches(r, change)), seconds, notes)

    def reads(self, path: str) -> bool:
        return path.endswith(".py")

    def argv(self) -> list[str]:
        raise NotImplementedError

    def parse(self, document: Any) -> Iterable[Reported]:
        raise NotImplementedError

    def named(self, tool: str, rule: str, path: str, lines: tuple[int, int], cwe: Any) -> Reported:
        """A finding with the CWE of the tool's own and that of our table: the fairer of both."""
        ours = self.taxonomy.lookup(tool, rule).rule
        numbers = {int(n) for n in _DIGITS.findall(str(cwe))} | set(ours.cwe)
        weakness = Weakness(frozenset(numbers), frozenset({ours.family}))
        return Reported(path, *lines, ours.id, weakness)


class _Bandit(_Alone):
    def argv(self) -> list[str]:
        return [*self.tool.binary, "--format=json", "--quiet", "--exit-zero"]

    def parse(self, document: Any) -> Iterable[Reported]:
        for item in document["results"]:
            span = item["line_range"]
            cwe = item.get("issue_cwe", {}).get("id", "")
            lines = (item["line_number"], max(item["line_number"], *span))
            yield self.named("bandit", item["test_id"], item["filename"], lines, cwe)


class _Ruff(_Alone):
    def argv(self) -> list[str]:
        options = ["check", "--isolated", "--no-cache", "--quiet", "--exit-zero"]
        return [*self.tool.binary, *options, "--select=S", "--output-format=json"]

    def parse(self, document: Any) -> Iterable[Reported]:
        for item in document:
            lines = (item["location"]["row"], item["end_location"]["row"])
            yield self.named("ruff", str(item["code"]), item["filename"], lines, "")


@dataclass(frozen=True)
class _Semgrep(_Alone):
    rules: Path

    def reads(self, path: str) -> bool:
        return True

    def argv(self) -> list[str]:
        options = "--metrics=off --disable-version-check --no-git-ignore --no-rewrite-rule-ids"
        more = "--skip-unknown-extensions --quiet --json"
        config = f"--config={self.rules / 'static' / 'semgrep'}"
        return [
            *self.tool.binary,
            "scan",
            "--experimental",
            config,
            *options.split(),
            *more.split(),
        ]

    def parse(self, document: Any) -> Iterable[Reported]:
        for item in document["results"]:
            lines = (item["start"]["line"], item["end"]["line"])
            cwe = item["extra"]["metadata"].get("cwe", "")
            yield self.named("semgrep", item["check_id"], item["path"], lines, cwe)


def _below(root: Path, finding: Reported) -> Reported:
    """ruff writes whole paths, bandit ./ before them."""
    path = finding.path.removeprefix(f"{root.resolve()}/").removeprefix("./")
    return replace(finding, path=path)


def _touches(finding: Reported, change: Change) -> bool:
    added = change.added.get(finding.path, frozenset())
    return any(line in added for line in range(finding.start, finding.end + 1))


def _run(
    argv: Sequence[str], cwd: Path, programs: Path | None = None
) -> tuple[subprocess.CompletedProcess[bytes], float]:
    """Run without our settings and keys of the environment; the second is wall seconds."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SYNAPSE") and not name.endswith(("_API_KEY", "_TOKEN"))
    }
    kept["XDG_CONFIG_HOME"] = str(cwd / ".git")
    if programs is not None:
        kept["PATH"] = f"{programs}{os.pathsep}{kept.get('PATH', os.defpath)}"
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, env=kept, capture_output=True, check=False)
    return done, time.perf_counter() - started


def _end_of(stderr: bytes) -> str:
    return " ".join(stderr.decode(errors="replace").split())[-300:]
