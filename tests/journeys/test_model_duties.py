"""Which model is asked for what, how often, and when none is: through the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from synapse_bot.forge.fake_github import FakeUser
from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import FakeServer, Heard, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES

SHAPE = SHAPES[Wire.OPENAI]
STRONG, CHEAP, OTHER = "openai/gpt-6.2-sol", "openai/gpt-6-luna", "openai/gpt-6.1-terra"
KEY = "sk-planted-0123456789abcdefghijklmn"
PAGE = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
DANGER = (
    "import subprocess\n\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"
)
SETTINGS = ("VERIFY", "TRIAGE", "SAMPLES", "DRAFTS", "BOTS")


def _claim(path: str, quote: str, rule: str = "off-by-one") -> dict[str, Any]:
    return {
        "path": path,
        "quote": quote,
        "line": 0,
        "rule": rule,
        "severity": "high",
        "confidence": 0.8,
        "message": "The first page is skipped.",
        "fix": "",
        "replacement": "",
    }


def _confirms(hint: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: hint[name] for name in ("index", "severity", "path", "quote")}
    return {**told, "position": "confirm", "reason": "It is so."}


class Models:
    """Answers for every model at one address, and keeps who was asked what about which files."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.findings: list[dict[str, Any]] = [_claim("page.py", "offset = number * size")]
        self.second: dict[str, Any] = {"verdicts": [], "hints": []}
        server.script = self._answer

    def _answer(self, heard: Heard) -> Say:
        told = self._told(heard)
        if "You check the findings" in heard.json["messages"][0]["content"]:
            hints = self.second["hints"] or [_confirms(hint) for hint in told["hints"]]
            return SHAPE.answer(json.dumps({**self.second, "hints": hints}), SHAPE.whole)
        paths = {file["path"] for file in told["files"]}
        found = [claim for claim in self.findings if claim["path"] in paths]
        return SHAPE.answer(json.dumps({"findings": found}), SHAPE.whole)

    def _told(self, heard: Heard) -> Mapping[str, Any]:
        text = heard.json["messages"][-1]["content"].rsplit("\n\n", 1)[0]
        data: Mapping[str, Any] = next(iter(json.loads(text[text.index('{"change_') :]).values()))
        return data

    @property
    def asked(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(model, "read" or "verify", paths) of each call."""
        rows = []
        for heard in self.server.heard:
            look = "You check the findings" in heard.json["messages"][0]["content"]
            paths = tuple(sorted(file["path"] for file in self._told(heard)["files"]))
            rows.append((f"openai/{heard.json['model']}", "verify" if look else "read", paths))
        return rows

    @property
    def read(self) -> set[str]:
        """Every path that some model was asked to read."""
        return {path for _, duty, paths in self.asked if duty == "read" for path in paths}

    def forget(self) -> None:
        self.server.heard.clear()


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Models]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as server:
        monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", f"{server.url}/v1")
        yield Models(server)


@pytest.fixture
def review(command: Any, models: Models, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Reviews the branch with the strong model; settings are given by their last word."""

    def run(*options: str, only: tuple[str, ...] = ("correctness",), **settings: str) -> Any:
        for name in SETTINGS:
            monkeypatch.delenv(f"SYNAPSE_BOT__MODELS__{name}", raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(f"SYNAPSE_BOT__MODELS__{name.upper()}", value)
        picked = [f"--only={name}" for name in only]
        return command(
            "review", "--route", "deep", "--format", "json", "--model", STRONG, *picked, *options
        )

    return run


def _opinion(ran: Any, by: str = "correctness") -> Any:
    (outcome,) = (o for o in ran.json["outcomes"] if o["by"] == by)
    return outcome


# Another model verifies


def test_another_model_verifies_and_the_record_says_who_did_what(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"page.py": PAGE})
    ran = review(verify=OTHER)
    assert [(model, duty) for model, duty, _ in models.asked] == [
        (STRONG, "read"),
        (OTHER, "verify"),
    ]
    runs = {(run["tool"], run["action"]) for run in _opinion(ran)["runs"]}
    assert runs == {(STRONG, "ask"), (OTHER, "verify")}
    assert ran.json["claims"][0]["finding"]["tool"] == STRONG


def test_the_verifier_spends_from_the_same_budget(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"page.py": PAGE})
    ran = review("--max-usd", "0.06", verify="openai/gpt-6.2-astra")
    assert [duty for _, duty, _ in models.asked] == ["read"]
    (claim,) = ran.json["claims"]
    assert claim["finding"]["confidence"] == 0.5
    assert "nobody looked again" in "; ".join(_opinion(ran)["notes"])


def test_a_verifier_without_a_known_provider_is_a_usage_error(
    repository: Any, review: Callable[..., Any]
) -> None:
    repository.commit({"page.py": PAGE})
    assert review(verify="nobody/model").code == 2


# What tools found


def test_a_model_may_doubt_what_a_tool_found_and_the_finding_stands(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"run.py": DANGER})
    both = ("python-security", "security-llm")
    alone = review(only=("python-security",)).json["claims"]
    models.findings = []
    models.second["hints"] = [
        {
            "index": 0,
            "position": "refute",
            "severity": "info",
            "path": "run.py",
            "quote": "def run(command):",
            "reason": "Nobody calls it.",
        }
    ]
    ran = review(only=both)
    (remark,) = _opinion(ran, "security-llm")["remarks"]
    assert (remark["of"], remark["position"]) == ("python-security", "refute")
    assert remark["evidence"]["start_line"] == 4

    def rated(claims: Any) -> list[tuple[str, str]]:
        return sorted((c["finding"]["fingerprint"], c["finding"]["severity"]) for c in claims)

    assert rated(ran.json["claims"]) == rated(alone) != []
    assert remark["fingerprint"] in {c["finding"]["fingerprint"] for c in ran.json["claims"]}


# Samples


def test_independent_reviews_are_counted_by_the_plan_and_merged_by_the_review(
    repository: Any, review: Callable[..., Any], models: Models, command: Any
) -> None:
    repository.commit({"page.py": PAGE})
    ran = review(samples="3")
    duties = Counter(duty for _, duty, _ in models.asked)
    assert duties == {"read": 3, "verify": 1}
    (claim,) = ran.json["claims"]
    assert claim["finding"]["confidence"] == 0.7
    plan = command("plan", "--route", "deep", "--model", STRONG, "--only", "correctness").out
    assert f"{STRONG}: at most 4 calls" in plan


# Triage


def test_files_of_little_risk_go_to_the_cheap_model_and_security_never_does(
    repository: Any, review: Callable[..., Any], models: Models, command: Any
) -> None:
    files = {"page.py": PAGE, "auth/login.py": PAGE, "run.py": DANGER}
    repository.commit(files)
    ran = review(triage=CHEAP)
    read = {(model, paths) for model, duty, paths in models.asked if duty == "read"}
    assert read == {(CHEAP, ("page.py",)), (STRONG, ("auth/login.py", "run.py"))}
    (assignment,) = ran.json["plan"]["assignments"]
    assert assignment["skimmed"] == ["page.py"]
    models.forget()
    plan = command("plan", "--route", "deep", "--model", STRONG, "--only", "correctness").out
    assert "3 files (1 of little risk)" in plan
    assert STRONG in plan
    assert CHEAP in plan
    assert models.asked == []


def test_without_a_cheap_model_one_model_reads_all(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"page.py": PAGE, "auth/login.py": PAGE})
    review()
    assert {model for model, _, _ in models.asked} == {STRONG}


# The record of answers


def _many(number: int = 30) -> dict[str, str]:
    """Files of which a call holds a few."""
    rows = "".join(f"ROW_{n} = compute(source[{n}], default={n})\n" for n in range(220))
    return {f"part{n % 3}/file{n:02}.py": f"ORDER = {n}\n{rows}" for n in range(number)}


def test_a_push_that_changes_one_file_of_thirty_asks_about_its_neighbours_only(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    models.findings = []
    repository.commit(_many())
    review("--max-usd", "50")
    assert models.read == set(_many())
    calls = len(models.asked)
    models.forget()
    repository.commit({"part1/file13.py": _many()["part1/file13.py"] + "LAST = 1\n"})
    ran = review("--max-usd", "50")
    assert "part1/file13.py" in models.read
    assert len(models.asked) == 1 < calls
    opinion = _opinion(ran)
    assert len(opinion["examined"]) == 30
    assert f"{calls - 1} answers of {STRONG} from the record of 20" in "; ".join(opinion["notes"])


def test_a_push_that_changes_no_file_of_a_model_asks_nothing_and_costs_nothing(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"page.py": PAGE, "notes.txt": "one\n"})
    first = review()
    models.forget()
    repository.commit({"uv.lock": "version = 1\n"})
    second = review()
    assert models.asked == []
    assert second.json["claims"] == first.json["claims"]


def test_full_asks_anew_and_a_dry_run_keeps_nothing(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    repository.commit({"page.py": PAGE})
    for options, calls in ((("--dry-run",), 2), ((), 2), (("--full",), 2), ((), 0)):
        models.forget()
        review(*options)
        assert len(models.asked) == calls, options


def test_answers_in_the_record_are_used_though_no_earlier_review_is(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    """Other settings make another review, and the question to the model is the same."""
    repository.commit({"page.py": PAGE})
    review()
    models.forget()
    ran = review("--min-confidence", "0.1")
    assert models.asked == []
    assert ran.json["claims"]
    assert _opinion(ran)["usage"]["input_tokens"] == 0


def test_what_tools_found_before_is_the_same_hint_after_a_push(
    repository: Any, review: Callable[..., Any], models: Models
) -> None:
    """Tools do not run again on a file that nothing touched, and the second look still knows."""
    rows = "".join(f"ROW_{n} = compute(source[{n}], default={n})\n" for n in range(600))
    files = {f"{name}/run.py": DANGER + rows for name in ("left", "right")}
    models.findings = []
    both = ("python-security", "security-llm")
    repository.commit(files)
    first = review("--max-usd", "50", only=both)
    assert sorted(duty for _, duty, _ in models.asked) == ["read", "read", "verify", "verify"]
    models.forget()
    repository.commit({"right/run.py": files["right/run.py"] + "LAST = 1\n"})
    second = review("--max-usd", "50", only=both)
    assert [(duty, paths) for _, duty, paths in models.asked] == [
        ("read", ("right/run.py",)),
        ("verify", ("right/run.py",)),
    ]
    assert _confirmed(second) == _confirmed(first) == {"left/run.py", "right/run.py"}


def _confirmed(ran: Any) -> set[str]:
    """The files of which a model has confirmed what a tool found."""
    return {remark["evidence"]["path"] for remark in _opinion(ran, "security-llm")["remarks"]}


# When no model is asked


@pytest.fixture
def model(models: Models, monkeypatch: pytest.MonkeyPatch) -> Models:
    for name in SETTINGS:
        monkeypatch.delenv(f"SYNAPSE_BOT__MODELS__{name}", raising=False)
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__DEFAULT", STRONG)
    return models


def _requested(forge: Any, *options: str) -> str:
    """Why `correctness` was not asked about the request; "" where it was."""
    ran = forge.review(
        *("--only", "correctness", "--route", "deep", "--no-post", "--format", "json"), *options
    )
    assert ran.code == 0, ran.err
    assert ran.json["verdict"] == "pass"
    return str(_opinion(ran).get("why", ""))


def test_a_draft_costs_nothing_until_it_is_ready(
    github: Any, model: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.fake.draft = True
    assert _requested(github) == "no model is asked about a draft"
    assert model.asked == []
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__DRAFTS", "true")
    assert _requested(github) == ""
    monkeypatch.delenv("SYNAPSE_BOT__MODELS__DRAFTS")
    github.fake.draft = False
    model.forget()
    assert _requested(github, "--full") == ""
    assert model.asked


def test_a_merge_request_that_is_a_draft_costs_nothing(gitlab: Any, model: Models) -> None:
    gitlab.fake.draft = True
    assert _requested(gitlab) == "no model is asked about a draft"
    assert model.asked == []
    gitlab.fake.draft = False
    assert _requested(gitlab) == ""


def test_a_bots_change_costs_nothing_and_a_name_makes_no_bot(github: Any, model: Models) -> None:
    github.fake.author = FakeUser(6, "renovate", "Bot")
    assert _requested(github) == "no model is asked about a bot's change"
    assert model.asked == []
    github.fake.author = FakeUser(6, "dependabot[bot]", "User")
    assert _requested(github) == ""
    assert model.asked
