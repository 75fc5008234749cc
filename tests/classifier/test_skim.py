"""A cheap model reads what the route table finds harmless; nothing that a change says widens it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synapse_bot.classifier.load import load_routes
from synapse_bot.classifier.skim import skimmable
from synapse_bot.classifier.table import Condition, RouteRule, Routes
from synapse_bot.config.data import data_dir
from synapse_bot.domain.change import Change
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.spec import Route

CHANGE = Change("main...feature")
HARMLESS = ("total = first + second",)


@pytest.fixture(scope="module")
def routes() -> Routes:
    return load_routes(data_dir("rules") / "routes.yaml")


def _file(path: str, lines: tuple[str, ...] = HARMLESS, sign: str = "+") -> FileDiff:
    body = "\n".join(sign + line for line in lines)
    old, new = (len(lines), 0) if sign == "-" else (0, len(lines))
    return FileDiff(path, path, FileStatus.MODIFIED, hunks=(Hunk(1, old, 1, new, "", body),))


def _skimmed(routes: Routes, *files: FileDiff, change: Change = CHANGE) -> frozenset[str]:
    return skimmable(change, Diff(files), dict.fromkeys((f.path for f in files), "python"), routes)


@pytest.mark.parametrize("path", ["docs/guide.md", "src/total.py", "tests/test_total.py"])
def test_a_small_file_without_a_signal_of_risk_is_skimmed(routes: Routes, path: str) -> None:
    assert _skimmed(routes, _file(path)) == {path}


@pytest.mark.parametrize(
    "file",
    [
        _file("src/auth/login.py"),
        _file("src/permissions.py"),
        _file("lib/crypto/mac.py"),
        _file(".github/workflows/ci.yml"),
        _file("src/billing/invoice.py"),
        _file("migrations/0002_users.py"),
        _file("pyproject.toml"),
        _file("src/run.py", ("subprocess.run(command, shell=True)",)),
        _file("src/view.py", ("@login_required",), "-"),
        _file("src/large.py", ("x = 1",) * 300),
        replace(_file("src/broken.py"), error="cut short"),
    ],
    ids=lambda file: file.path,
)
def test_a_file_of_risk_goes_to_the_strong_model(routes: Routes, file: FileDiff) -> None:
    assert _skimmed(routes, file) == frozenset()


def test_each_file_counts_for_itself_in_a_large_change(routes: Routes) -> None:
    files = [_file(f"src/part{n}.py") for n in range(80)] + [_file("src/auth/login.py")]
    assert _skimmed(routes, *files) == {f"src/part{n}.py" for n in range(80)}


def test_a_label_may_raise_the_scrutiny_of_every_file(routes: Routes) -> None:
    change = replace(CHANGE, labels=("security",))
    assert _skimmed(routes, _file("src/total.py"), change=change) == frozenset()


def test_no_claim_of_the_author_makes_a_file_harmless() -> None:
    fast = RouteRule("told", "The author says so.", Route.FAST, Condition(labels=("trivial",)))
    hotfix = RouteRule("hotfix", "So does the branch.", Route.FAST, Condition(intent=("hotfix",)))
    change = replace(CHANGE, labels=("trivial",), intent="hotfix")
    assert _skimmed(Routes((fast, hotfix)), _file("src/total.py"), change=change) == frozenset()


def test_of_a_diff_with_faults_nothing_is_skimmed(routes: Routes) -> None:
    diff = Diff((_file("src/total.py"),), errors=("a hunk is cut",))
    assert skimmable(CHANGE, diff, {"src/total.py": "python"}, routes) == frozenset()
