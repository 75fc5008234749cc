"""A fork's review, posted by a job that may write from the file of one that may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.markers import parse


@pytest.fixture
def artefact(github: Any, tmp_path: Path) -> Path:
    """What the first stage leaves: it reads, and posts nothing."""
    out = tmp_path / "review"
    github.review("--no-post", "--out", str(out), "--format", "json")
    assert github.writes() == 0
    return out / "synapse-review.json"


@pytest.fixture
def post(github: Any, artefact: Path) -> Any:
    def run(head: str = "", file: Path = artefact, repository: str = "team/shop") -> Any:
        head = head or github.repository.git("rev-parse", "feature")
        where = ("--repository", repository, "--api-url", github.api_url)
        return github.command("post", str(file), "--head", head, *where)

    return run


def _edited(artefact: Path, **changes: Any) -> None:
    audit = json.loads(artefact.read_text())
    for name, value in changes.items():
        section, _, key = name.partition("__")
        if key:
            audit[section][key] = value
        else:
            audit[section] = value
    artefact.write_text(json.dumps(audit))


def test_the_artefact_becomes_one_summary_and_comments_and_no_check(github: Any, post: Any) -> None:
    ran = post()
    assert ran.code == 0, ran.err
    (summary,) = github.summaries
    assert "Command injection" in summary
    assert "sets no check" in summary
    assert [c["line"] for c in github.comments] == [9]
    assert not github.fake.check_runs
    assert not github.fake.statuses


def test_posting_it_again_writes_nothing(github: Any, post: Any) -> None:
    post()
    before = github.writes()
    assert post().code == 0
    assert github.writes() == before


def test_it_leaves_no_checkpoint_for_a_later_run(github: Any, post: Any) -> None:
    post()
    marker = parse(github.summaries[0])
    assert marker is not None
    assert marker.checkpoint is None


def test_it_never_touches_what_a_trusted_run_has_posted(
    github: Any, post: Any, artefact: Path
) -> None:
    github.review()
    trusted = github.summaries[0], github.comments[0]["body"]
    _edited(artefact, claims=[], verdict="pass")
    assert post().code == 0
    assert (github.summaries[0], github.comments[0]["body"]) == trusted
    assert not github.fake.resolved


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"change__ref": "#999"}, "999"),
        ({"change__ref": "main...feature"}, "no pull or merge request"),
        ({"change__head": "0" * 40}, "the artefact is of"),
        ({"change__repository": "team/other"}, "team/other"),
        ({"claims": 5}, "not an audit"),
        ({"schema": "synapse-bot/audit/99"}, "not an audit"),
    ],
)
def test_what_the_forge_does_not_confirm_is_not_posted(
    github: Any, post: Any, artefact: Path, change: dict[str, Any], says: str
) -> None:
    _edited(artefact, **change)
    ran = post()
    assert ran.code == 2
    assert says in ran.err
    assert github.writes() == 0


def test_a_head_that_moved_on_is_not_posted(github: Any, post: Any) -> None:
    ran = post(head="1" * 40)
    assert ran.code == 2
    assert github.writes() == 0


def test_hostile_words_of_an_artefact_are_shown_and_do_nothing(
    github: Any, post: Any, artefact: Path
) -> None:
    evil = (
        "@everyone <img src=x onerror=alert(1)> [click](https://evil.example) /approve\n::error::x"
    )
    audit = json.loads(artefact.read_text())
    claim = audit["claims"][0]
    for finding in (claim["finding"], *claim["findings"]):
        finding |= {
            "message": evil,
            "title": evil,
            "why": evil,
            "fix": evil,
            "url": "https://evil.example/",
            "by": evil,
            "suggestion": {"old": finding["code"], "new": "import evil"},
        }
    audit |= {"reasons": [evil], "notices": [evil], "version": evil}
    artefact.write_text(json.dumps(audit))
    ran = post()
    assert ran.code == 0, ran.err
    for body in (*github.summaries, *(c["body"] for c in github.comments)):
        outside = "".join(body.split("`")[::2])
        assert "@everyone" not in outside
        assert "<img" not in outside
        assert "](https://evil" not in outside
        assert "```suggestion" not in body
        assert "\n::error" not in body


def test_a_file_that_is_too_large_is_refused(github: Any, post: Any, artefact: Path) -> None:
    artefact.write_text(" " * 20_000_001)
    assert post().code == 2
