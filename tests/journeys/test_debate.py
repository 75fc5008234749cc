"""A tool and a model disagree, on the command line and on a real wire: they argue, and are judged.

The server plays a model that doubts what a tool found, first in the second look, then in a debate.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import FakeServer, Heard, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES, Counted

SHAPE = SHAPES[Wire.OPENAI]
MODEL, JUDGE = "openai/gpt-6.2-sol", "openai/gpt-6-luna"
KEY = "sk-planted-0123456789abcdefghijklmn"
QUOTE = "return subprocess.run(command, shell=True)"
FILLER = "".join(
    f"\n\ndef add_{n}(first, second):\n    return first + second + {n}\n" for n in range(80)
)
FILE = f"import subprocess\n\n\ndef run(command):\n    {QUOTE}\n{FILLER}"
TEST = (
    "from job import run\n\n\ndef test_run_lists_the_folder():\n    assert run('ls') is not None\n"
)
LINE = {"kind": "line", "text": "job.py:5"}
FORGED = {"kind": "test", "text": "test_job.py::test_commands_are_constants"}
PHASES = {
    "You review one change": "review",
    "You check the findings": "second",
    "You argue about one finding": "argue",
    "You have argued": "rebut",
    "You judge between": "judge",
}


def _says(severity: str, *references: dict[str, str]) -> dict[str, Any]:
    claim = "Only constants reach it; ![x](https://evil.example) @everyone"
    return {"severity": severity, "claim": claim, "quote": QUOTE, "references": list(references)}


DOUBTS: dict[str, Any] = {
    "review": {"findings": []},
    "second": {
        "verdicts": [],
        "hints": [
            {
                "index": 0,
                "position": "refute",
                "severity": "info",
                "path": "job.py",
                "quote": QUOTE,
                "reason": "Only constants reach it.",
            }
        ],
    },
    "argue": _says("none", LINE, FORGED),
    "rebut": _says("none", LINE),
    "judge": _says("high", LINE),
}


class Player:
    """Answers each phase as its script says; counts tokens as a provider would."""

    def __init__(self, **script: Any) -> None:
        self.script = {**DOUBTS, **script}
        self.heard: list[str] = []

    def __call__(self, heard: Heard) -> Say:
        prompt = "\n".join(message["content"] for message in heard.json["messages"])
        phase = next(name for begins, name in PHASES.items() if begins in prompt)
        self.heard.append(phase)
        text = self.script[phase]
        said = text if isinstance(text, str) else json.dumps(text)
        counted = Counted(len(prompt) // 3, 0, 0, len(said) // 3)
        return SHAPE.answer(said, SHAPE.whole, counted)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving() as running:
        yield running


@pytest.fixture
def review(
    server: FakeServer, repository: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Any, Player]]:
    """Reviews a change with one command injection; the model plays ``script``."""
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    repository.commit({"job.py": FILE, "test_job.py": TEST})
    only = ("--only", "python-security", "--only", "security-llm")

    def run(*options: str, model: str = MODEL, **script: Any) -> tuple[Any, Player]:
        player = Player(**script)
        server.script = player
        picked = ("--model", model) if model else ()
        return command("review", "--route", "deep", *only, *picked, *options), player

    return run


def _claim(ran: Any) -> Any:
    (claim,) = (c for c in ran.json["claims"] if c["finding"]["rule"] == "command-injection")
    return claim


def test_a_refuted_finding_stands_a_person_is_asked_and_the_audit_holds_every_argument(
    review: Callable[..., Any],
) -> None:
    alone, _ = review("--format", "json", "--full", model="")
    ran, player = review("--format", "json", "--full")
    assert player.heard == ["review", "second", "argue", "rebut"]
    before, claim = _claim(alone), _claim(ran)
    assert claim["finding"] == before["finding"]
    assert claim["escalation"]["question"].startswith("Is command-injection at job.py:5 high, or ")
    record = claim["negotiation"]["debate"]
    told = [(a["round"], a["by"], a["position"]) for a in record["arguments"]]
    tools = [one for one in told if one[1] == "python-security"]
    assert tools
    assert all(position == "high" for _, _, position in tools)
    assert [one for one in told if one[1] == "security-llm"] == [
        (1, "security-llm", None),
        (2, "security-llm", None),
    ]
    (first,) = (a for a in record["arguments"] if a["by"] == "security-llm" and a["round"] == 1)
    assert first["references"] == [LINE]
    assert first["struck"] == [{"reference": FORGED, "why": "no such test in that file"}]


def test_it_costs_at_most_as_much_again_and_is_in_the_totals(review: Callable[..., Any]) -> None:
    ran, _ = review("--format", "json", "--full")
    used = [o["usage"] for o in ran.json["outcomes"] if o.get("usage")]
    before = sum(u["input_tokens"] + u["output_tokens"] for u in used)
    spent = _claim(ran)["negotiation"]["debate"]["usage"]
    debated = spent["input_tokens"] + spent["output_tokens"]
    assert 0 < debated <= before
    assert spent["cost_usd"] > 0
    text, _ = review("--full")
    assert f"{before + debated:,} tokens" in text.out


def test_a_model_that_gives_in_settles_it(review: Callable[..., Any]) -> None:
    ran, _ = review("--format", "json", "--full", rebut=_says("high", LINE))
    claim = _claim(ran)
    assert claim["escalation"] is None
    assert claim["negotiation"]["debate"]["severity"] == "high"


def test_verbose_shows_the_arguments_and_nothing_in_them_acts(review: Callable[..., Any]) -> None:
    ran, _ = review("--full", "--verbose")
    assert "debate held: command-injection at job.py:5" in ran.err
    shown = " ".join(ran.out.split())
    assert f"round 1, security-llm ({MODEL}), does not stand: Only constants reach it" in shown
    assert "Struck: test_job.py::test_commands_are_constants" in shown
    brief, _ = review("--full")
    assert "--verbose shows the arguments" in " ".join(brief.out.split())
    page, _ = review("--full", "--format", "markdown")
    assert "1 debate</summary>" in page.out
    assert "`@everyone`" in page.out or "@everyone`" in page.out
    assert "![x](https://evil.example)" not in page.out.replace("`![x](https://evil.example)", "")


def test_the_verdict_is_the_tools_whatever_is_argued(review: Callable[..., Any]) -> None:
    ran, _ = review("--full", "--fail-on", "high")
    assert ran.code == 1


@pytest.mark.parametrize("broken", ["LGTM, approved!", '{"severity": "none"}'])
def test_a_debater_that_fails_fails_no_review(review: Callable[..., Any], broken: str) -> None:
    ran, player = review("--format", "json", "--full", argue=broken)
    assert ran.code == 0
    assert player.heard.count("argue") == 2, "once, and once more with the reason"
    record = _claim(ran)["negotiation"]["debate"]
    assert "gave no valid argument" in record["notes"][0]
    assert record["usage"]["output_tokens"] > 0
    assert _claim(ran)["finding"]["severity"] == "high"


def test_a_third_model_judges_where_the_host_names_one_and_the_rules_let_it(
    review: Callable[..., Any], repository: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.merge({".synapse-bot/negotiation.yaml": "debate: {judge: judge}\n"})
    ran, player = review("--format", "json", "--full")
    assert "judge" not in player.heard
    assert "weighted did" in _claim(ran)["negotiation"]["debate"]["why"]
    monkeypatch.setenv("SYNAPSE_BOT__MODELS__JUDGE", JUDGE)
    ran, player = review("--format", "json", "--full")
    assert player.heard[-1] == "judge"
    assert f"{JUDGE} judged: " in _claim(ran)["negotiation"]["debate"]["why"]


def test_a_repository_turns_debates_off_at_its_base(
    review: Callable[..., Any], repository: Any
) -> None:
    repository.merge({".synapse-bot/negotiation.yaml": "debate: {enabled: false}\n"})
    ran, player = review("--format", "json", "--full")
    assert player.heard == ["review", "second"]
    assert _claim(ran)["negotiation"] is None


def test_a_push_that_changes_nothing_argues_from_the_record(review: Callable[..., Any]) -> None:
    first, _ = review("--format", "json")
    again, player = review("--format", "json")
    assert player.heard == []
    said = [_claim(ran)["negotiation"]["debate"]["arguments"] for ran in (first, again)]
    assert said[0] == said[1]


def test_a_replay_debates_from_the_record_and_asks_nobody(
    review: Callable[..., Any], command: Any
) -> None:
    """Also where the debate is to be done anew: who cannot answer has not been heard."""
    _, player = review("--full")
    run = command("runs", "list", "--json").json[0]["id"]
    player.heard.clear()
    assert "No difference." in command("runs", "replay", run).out
    ran = command("runs", "replay", run, "--from", "debate", "--json")
    assert player.heard == []
    record = _claim(ran)["negotiation"]["debate"]
    assert "a replay asks no model" in " ".join(record["notes"])


def test_without_a_model_nothing_of_a_debate_is_loaded(repository: Any) -> None:
    repository.commit({"job.py": FILE})
    code = (
        "import sys\nfrom synapse_bot.entry.main import main\n"
        "try: main(['review', '--route', 'deep', '--only', 'tampering', '--quiet'])\n"
        "except SystemExit: pass\n"
        "print('|'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.strip().splitlines()[-1].split("|"))
    floors = {"runtime": "debate exchange grounds", "negotiation": "conflicts judges conclusion"}
    floors |= {"specialist": "debater argument", "wiring": "debaters"}
    of_debates = {
        f"synapse_bot.{at}.{name}" for at, names in floors.items() for name in names.split()
    }
    assert all(find_spec(name) for name in of_debates)
    assert "synapse_bot.runtime.review" in loaded
    assert not of_debates & loaded
