"""What only the base and its history tell, from the command line on a real repository."""

from __future__ import annotations

from typing import Any

import pytest

LIBRARY = "def send(host, port=80):\n    return host, port\n"
WIDER = "def send(host, port, tls):\n    return host, port, tls\n"
CALLER = "from net import send\n\nsend('a')\n"
CONTRACTS = ("review", "--only", "contracts", "--route", "deep", "--format", "json")


def rules(ran: Any) -> list[tuple[str, str]]:
    found = (claim["finding"] for claim in ran.json["claims"])
    return [(finding["rule"], finding["location"]["path"]) for finding in found]


@pytest.fixture
def widened(repository: Any) -> Any:
    """The branch alters a signature, and the base holds a caller."""
    repository.merge({"net.py": LIBRARY, "use.py": CALLER})
    repository.commit({"net.py": WIDER})
    return repository


def test_a_caller_that_the_change_does_not_touch_is_named(widened: Any, command: Any) -> None:
    ran = command(*CONTRACTS)
    assert rules(ran) == [("signature-callers", "net.py")]
    assert "use.py:3" in ran.json["claims"][0]["finding"]["message"]


def test_the_push_that_mends_the_caller_takes_the_finding_away(widened: Any, command: Any) -> None:
    assert rules(command(*CONTRACTS)) != []
    widened.commit({"use.py": CALLER.replace("'a'", "'a', 1, True")})
    assert rules(command(*CONTRACTS)) == []


def test_the_push_that_breaks_a_caller_is_seen_though_the_function_is_not_touched_again(
    repository: Any, command: Any
) -> None:
    repository.merge({"net.py": LIBRARY, "use.py": CALLER})
    repository.commit({"net.py": WIDER, "use.py": CALLER.replace("'a'", "'a', 1, True")})
    assert rules(command(*CONTRACTS)) == []
    repository.commit({"use.py": CALLER + "\n"})
    assert rules(command(*CONTRACTS)) == [("signature-callers", "net.py")]


def test_a_history_that_could_not_be_read_in_time_is_said(
    widened: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "no history: git log took longer than 0 s"
    assert said not in command(*CONTRACTS).json["notices"]
    monkeypatch.setattr("synapse_bot.forge.archive._HISTORY_S", 0.0)
    ran = command(*CONTRACTS, "--full")
    assert said in ran.json["notices"]
    assert rules(ran) == [("signature-callers", "net.py")]


def test_a_patch_without_a_repository_says_what_it_cannot_know(
    widened: Any, command: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = tmp_path / "a.patch"
    patch.write_text(widened.git("diff", "main...feature") + "\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    ran = command("plan", "--diff", str(patch), "--route", "deep")
    assert ran.code == 0
    assert "contracts: no git repository is at hand" in ran.out
    assert "churn=unknown, fixes=unknown, owners=unknown" in ran.out


def test_a_small_change_of_what_is_mended_again_and_again_is_read_deeply(
    repository: Any, command: Any
) -> None:
    repository.git("checkout", "-q", "main")
    for number in range(5):
        repository.commit({"price.py": f"total = {number}\n"}, f"fix: wrong total ({number})")
    repository.commit({".github/CODEOWNERS": "* @shop\n"}, "chore: owners")
    repository.git("checkout", "-q", "-B", "feature")
    repository.commit({"price.py": "total = 9\n"})
    ran = command("plan")
    assert "Route: deep" in ran.out
    assert "price.py (5 fixes in the last" in ran.out
    assert "price.py (1 changed lines were written by a fix)" in ran.out
    assert "fixes=5, owners=1" in ran.out


def test_a_small_change_of_a_calm_file_stays_on_the_fast_route(
    repository: Any, command: Any
) -> None:
    repository.commit({"calm.py": "total = 9\n"})
    assert "Route: fast" in command("plan").out


def bad(name: str, branches: int) -> str:
    body = "".join(f"    if kind == {n}:\n        return {n}\n" for n in range(branches))
    return f"def {name}(kind):\n{body}    return None\n"


def test_only_the_function_that_got_worse_is_told(repository: Any, command: Any) -> None:
    both = bad("first", 20) + "\n\n" + bad("second", 12)
    repository.merge({"app.py": both})
    repository.commit({"app.py": both.replace("return 3\n", "return 33\n", 1) + bad_tail()})
    ran = command("review", "--only", "complexity", "--route", "deep", "--format", "json")
    if ran.json["verdict"] == "incomplete":
        pytest.skip("lizard is not installed: synapse-bot tools install lizard")
    messages = [claim["finding"]["message"] for claim in ran.json["claims"]]
    assert [message.partition(" ")[0] for message in messages] == ["third"]


def bad_tail() -> str:
    return "\n\n" + bad("third", 40)
