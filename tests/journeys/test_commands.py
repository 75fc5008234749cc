"""Commands in comments by the real command line: who is heard, what is done, answered once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from synapse_bot.domain.markers import encode, parse, without_marker
from synapse_bot.domain.posting import Answer, Marker, MarkerKind
from synapse_bot.forge import gitlab as gitlab_client
from synapse_bot.forge import limiter
from synapse_bot.forge.fake_github import ACTIONS_BOT
from synapse_bot.forge.fake_github import FakeUser as GitHubUser
from synapse_bot.forge.fake_gitlab import FakeUser as GitLabUser
from synapse_bot.forge.faults import Fault, FaultKind, FaultPlan, FaultyApp, Loopback
from synapse_bot.runtime.respond import MOST_COMMANDS
from synapse_bot.store.open import open_stores

MEMBER, STRANGER, ROBOT, TWIN = 41, 66, 99, 67


@dataclass
class Talk:
    """One request on either forge, as the tests below speak of it."""

    world: Any
    plan: FaultPlan
    where: tuple[str, ...]
    users: dict[int, Any]
    bot: Any
    only: tuple[str, ...] = ("--only", "python-security", "--route", "fast")

    def respond(self, *more: str) -> Any:
        return self.world.command("respond", *self.where, *self.only, *more)

    def say(self, who: int, body: str, *, in_thread: bool = False) -> int:
        raise NotImplementedError

    def edit(self, number: int, body: str) -> None:
        next(row for row in self.rows() if row["id"] == number)["body"] = body

    def rows(self) -> list[Any]:
        raise NotImplementedError

    def resolved(self) -> bool:
        raise NotImplementedError

    def reactions(self) -> int:
        raise NotImplementedError

    @property
    def replies(self) -> list[str]:
        marked = [(parse(row["body"]), row["body"]) for row in self.rows()]
        return [body for marker, body in marked if marker and marker.kind is MarkerKind.REPLY]

    @property
    def summaries(self) -> list[str]:
        marked = [(parse(row["body"]), row["body"]) for row in self.rows()]
        return [body for marker, body in marked if marker and marker.kind is MarkerKind.SUMMARY]

    @property
    def id(self) -> str:
        """The id of the one finding, as its comment shows it."""
        shown = [re.search(r"\*\*Id:\*\* `([0-9a-f]{12})`", row["body"]) for row in self.rows()]
        return next(match[1] for match in shown if match)


class OnGitHub(Talk):
    def say(self, who: int, body: str, *, in_thread: bool = False) -> int:
        root = self.world.comments[0]["id"] if in_thread else None
        return int(self.world.fake.say(self.users[who], body, reply_to=root))

    def rows(self) -> list[Any]:
        return [*self.world.fake.issue_comments, *self.world.fake.review_comments]

    def resolved(self) -> bool:
        return list(self.world.fake.resolved) == [self.world.comments[0]["id"]]

    def reactions(self) -> int:
        return len(self.world.fake.reactions)


class OnGitLab(Talk):
    def say(self, who: int, body: str, *, in_thread: bool = False) -> int:
        if not in_thread:
            return int(self.world.fake.say(self.users[who], body))
        thread = next(d for d in self.world.fake.discussions if d["notes"][0].get("position"))
        return int(self.world.fake.reply(thread["id"], self.users[who], body)["id"])

    def rows(self) -> list[Any]:
        return list(self.world.fake.notes)

    def resolved(self) -> bool:
        return all(note["resolved"] for note in self.world.findings)

    def reactions(self) -> int:
        return len(self.world.fake.awards)


@pytest.fixture(params=["github", "gitlab"])
def talk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """A reviewed request with one finding, on each forge; waiting takes no time."""
    world = request.getfixturevalue(request.param)
    paces = {**(limiter.Limiter.__init__.__kwdefaults__ or {}), "sleep": lambda seconds: None}
    monkeypatch.setattr(limiter.Limiter.__init__, "__kwdefaults__", paces)
    defaults = {**gitlab_client.open_gitlab.__kwdefaults__, "sleep": lambda seconds: None}
    monkeypatch.setattr(gitlab_client.open_gitlab, "__kwdefaults__", defaults)
    made = _on_github if request.param == "github" else _on_gitlab
    plan = FaultPlan()
    with Loopback(FaultyApp(world.fake.app, plan)) as server:
        found = made(world, plan, server.url)
        assert world.review().code == 0
        plan.begin()
        yield found


def _on_github(world: Any, plan: FaultPlan, url: str) -> Talk:
    users = {
        MEMBER: GitHubUser(MEMBER, "ada", permission="write"),
        STRANGER: GitHubUser(STRANGER, "mallory"),
        ROBOT: GitHubUser(ROBOT, "helper[bot]", "Bot", "write"),
        TWIN: GitHubUser(TWIN, "ada"),  # writes as "ada", whose record is another account's
    }
    world.fake.users += [users[MEMBER], users[STRANGER], users[ROBOT]]
    where = ("--pr", "7", "--repository", "team/shop", "--api-url", f"{url}{world.fake.root}")
    return OnGitHub(world, plan, where, users, ACTIONS_BOT)


def _on_gitlab(world: Any, plan: FaultPlan, url: str) -> Talk:
    users = {
        MEMBER: GitLabUser(MEMBER, "ada"),
        STRANGER: GitLabUser(STRANGER, "mallory", level=10),
        ROBOT: GitLabUser(ROBOT, "project_11_bot_2", bot=True),
        TWIN: GitLabUser(TWIN, "ada_", level=0),
    }
    world.fake.users += users.values()
    api = f"{url}{world.fake.root}/api/v4"
    where = ("--mr", "7", "--repository", str(world.fake.project_id), "--api-url", api)
    return OnGitLab(world, plan, where, users, world.fake.tokens["good"].user)


def _state(talk: Talk) -> list[tuple[int, str]]:
    return [(row["id"], row["body"]) for row in talk.rows()]


# Who is heard


@pytest.mark.parametrize("who", [STRANGER, ROBOT, TWIN])
def test_nobody_but_a_person_who_may_write_is_answered(talk: Talk, who: int) -> None:
    talk.say(who, "/synapse review")
    talk.say(who, f"/synapse ignore {talk.id} it is fine", in_thread=True)
    before = _state(talk)
    ran = talk.respond()
    assert ran.code == 0, ran.err
    assert _state(talk) == before
    assert not talk.reactions()
    assert not talk.resolved()
    assert ran.err.count("refused: ") + ran.err.count("passed over: ") == 2


def test_our_own_comments_are_no_commands(talk: Talk) -> None:
    talk.users[0] = talk.bot
    talk.say(0, "/synapse help")
    ran = talk.respond()
    assert "is our own" in ran.err
    assert not talk.replies


def test_a_refused_name_cannot_drive_the_log(talk: Talk) -> None:
    kind = type(talk.users[STRANGER])
    talk.users[STRANGER] = kind(STRANGER, "::error::x\n::set-output\x1b[2J")
    talk.say(STRANGER, "/synapse help")
    lines = talk.respond().err.splitlines()
    assert not [line for line in lines if line.startswith("::") or "\x1b" in line]


def test_a_member_gets_the_help_once_whatever_follows_the_line(talk: Talk) -> None:
    number = talk.say(MEMBER, "/synapse help\r\n\r\n--\r\nSent from my phone")
    assert "answered: " in talk.respond().err
    (reply,) = talk.replies
    assert "`/synapse explain ID`" in reply
    marker = parse(reply)
    assert marker
    assert marker.answer
    assert marker.answer.to.endswith(f":{number}")
    before = _state(talk)
    assert "answered before" in talk.respond().err
    talk.edit(number, "/synapse explain 000000")  # an edit is no new command
    assert "answered before" in talk.respond().err
    assert len(_state(talk)) == len(before)
    assert talk.replies == [reply]


@pytest.mark.parametrize(
    "body",
    [
        "/synapse ignore abc --config x",
        "/synapse review --base main",
        "/synapse frobnicate <script>alert(1)</script> @everyone",
    ],
)
def test_a_malformed_command_of_a_member_is_answered_by_the_help(talk: Talk, body: str) -> None:
    talk.say(MEMBER, body)
    talk.respond()
    (reply,) = talk.replies
    assert "These are the commands" in reply
    assert not re.search(r"script>|@everyone|--config|--base", reply)


def test_a_comment_of_ten_megabytes_is_read_by_its_first_line(talk: Talk) -> None:
    talk.say(MEMBER, "/synapse help\n" + "x" * 10_000_000)
    assert talk.respond().code == 0
    assert len(talk.replies) == 1


def test_a_run_answers_the_oldest_commands_first_and_a_bounded_number(talk: Talk) -> None:
    for number in range(MOST_COMMANDS + 3):
        talk.say(MEMBER, f"/synapse explain {number}")
    talk.respond()
    assert len(talk.replies) == MOST_COMMANDS
    talk.respond()
    assert len(talk.replies) == MOST_COMMANDS + 3


# One comment by its id


def test_one_comment_is_answered_by_its_id_and_the_others_are_left(talk: Talk) -> None:
    talk.say(MEMBER, "/synapse help")
    number = talk.say(MEMBER, "/synapse explain 000000000000")
    ran = talk.respond("--comment", str(number))
    assert ran.code == 0, ran.err
    (reply,) = talk.replies
    assert "No finding" in reply


def test_a_comment_on_a_line_is_answered_in_its_thread(talk: Talk) -> None:
    number = talk.say(MEMBER, "/synapse help", in_thread=True)
    ran = talk.respond("--comment", str(number), "--review-comment")
    assert ran.code == 0, ran.err
    last = talk.rows()[-1]
    assert parse(last["body"])
    if isinstance(talk, OnGitHub):
        assert last["in_reply_to_id"] == talk.world.comments[0]["id"]
    else:
        thread = next(d for d in talk.world.fake.discussions if d["notes"][0].get("position"))
        assert thread["notes"][-1]["body"] == talk.replies[0]


def test_a_plain_comment_becomes_no_thread_that_could_block_a_merge(talk: Talk) -> None:
    number = talk.say(MEMBER, "/synapse help")
    talk.respond()
    (reply,) = talk.replies
    assert f"{number})" in reply, "it links to what it answers"
    if isinstance(talk, OnGitLab):
        assert all(d["individual_note"] for d in talk.world.fake.discussions[1:])


def test_a_comment_of_another_request_commands_nothing_here(talk: Talk) -> None:
    number = talk.say(MEMBER, "/synapse help")
    if isinstance(talk, OnGitHub):
        row = next(row for row in talk.rows() if row["id"] == number)
        row["issue_url"] = row["issue_url"].replace("/issues/7", "/issues/77")
    else:
        talk.world.fake.discussions = [
            d for d in talk.world.fake.discussions if d["notes"][0]["id"] != number
        ]
    ran = talk.respond("--comment", str(number))
    assert ran.code == 2
    assert not talk.replies


def test_a_comment_that_is_no_command_is_passed_over(talk: Talk) -> None:
    number = talk.say(MEMBER, "I like /synapse review")
    ran = talk.respond("--comment", str(number))
    assert ran.code == 0
    assert "is no command" in ran.err
    assert "no command to answer" in talk.respond().err


def test_without_a_clone_everything_is_read_from_the_forge(
    github: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    github.review()
    github.fake.users.append(GitHubUser(MEMBER, "ada", permission="write"))
    github.fake.say(GitHubUser(MEMBER, "ada", permission="write"), "/synapse review")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    where = ("--repository", "team/shop", "--api-url", github.api_url)
    ran = github.command("respond", "--pr", "7", *where, "--only", "python-security")
    assert ran.code == 0, ran.err
    assert "**pass**; 1 high." in github.summaries[-1]


# What is done


@pytest.mark.parametrize("words", ["review", "review full"])
def test_a_review_is_made_posted_and_told_once(talk: Talk, words: str) -> None:
    more = "\n\ndef calculate(text):\n    return eval(text)\n"
    text = (talk.world.repository.root / "app.py").read_text()
    talk.world.repository.commit({"app.py": text + more}, "feat: more")
    _pushed(talk)
    talk.say(MEMBER, f"/synapse {words}")
    ran = talk.respond()
    assert ran.code == 0, ran.err
    (reply,), (summary,) = talk.replies, talk.summaries
    assert talk.world.repository.git("rev-parse", "HEAD")[:12] in reply
    assert "**pass**" in reply
    assert "eval" in summary
    assert talk.reactions() == 1
    before = _state(talk)
    talk.respond()
    assert _state(talk) == before


def test_several_commands_of_one_run_are_answered_each(talk: Talk) -> None:
    for words in ("review", "review full", f"explain {talk.id}", "help"):
        talk.say(MEMBER, f"/synapse {words}")
    ran = talk.respond()
    assert ran.code == 0, ran.err
    first, second, third, fourth = talk.replies
    assert "Summary](http" in first
    assert "Reviewed " in second
    assert "Who said what" in third
    assert "These are the commands" in fourth


def _pushed(talk: Talk) -> None:
    """The fake forge learns of the new head; nothing is reviewed."""
    talk.world.review("--no-post", "--dry-run")


def test_a_finding_is_explained_with_evidence_voices_and_place(talk: Talk) -> None:
    talk.say(MEMBER, f"/synapse explain {talk.id[:6]}")
    talk.respond()
    (reply,) = talk.replies
    for part in ("shell=True", "Who said what", "How it is rated", "its comment", "CWE-78"):
        assert part in reply, part
    assert not talk.resolved()


@pytest.mark.parametrize("word", ["ignore", "false-positive"])
def test_a_dismissal_settles_the_thread_and_the_summary_and_not_the_verdict(
    talk: Talk, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.say(MEMBER, f"/synapse {word} {talk.id} a tool for admins", in_thread=True)
    ran = talk.respond()
    assert ran.code == 0, ran.err
    (reply,), (summary,) = talk.replies, talk.summaries
    assert "The verdict still counts it" in reply
    assert "`.synapse-bot.yml`" in reply
    assert "1 finding dismissed by people" in summary
    assert f"`{word}` by `ada`: a tool for admins" in summary
    assert summary.count("Command injection") == 1, "only among the dismissed"
    assert talk.resolved()
    ran = talk.world.review("--fail-on", "low")
    assert ran.code == 1, "no comment changes a verdict"
    assert talk.resolved(), "it is not reopened"
    assert len(talk.summaries) == 1
    assert "1 finding dismissed by people" in talk.summaries[0]


@pytest.mark.parametrize("word", ["ignore", "false-positive"])
def test_what_a_person_says_of_a_finding_is_in_the_ledger_once_and_without_words(
    talk: Talk, word: str
) -> None:
    number = talk.say(MEMBER, f"/synapse {word} {talk.id} planted words", in_thread=True)
    talk.say(MEMBER, f"/synapse explain {talk.id}")
    talk.respond()
    _forgotten(talk)
    talk.respond()
    folder = talk.world.repository.root / ".git" / "synapse-bot"
    entries = [e for _, e in open_stores(folder).ledger.since(0) if e.type == "feedback"]
    (entry,) = entries
    said = ("who", "what", "rule", "by", "obeyed")
    assert [entry.data[key] for key in said] == [
        "person", word, "command-injection", "python-security", True
    ]  # fmt: skip
    assert str(entry.data["fingerprint"]).startswith(talk.id)
    assert str(entry.data["comment"]).endswith(f":{number}")
    assert "planted" not in repr(entry)
    assert "ada" not in repr(entry)
    assert entry.happened_at < entry.known_at, "it was said before it was read"
    shown = talk.world.command("runs", "show").out
    assert "feedback" in shown[shown.index("Timeline") :]


def _forgotten(talk: Talk) -> None:
    """As if the process had died before its reply."""
    rows = [row for row in talk.rows() if (m := parse(row["body"])) and m.kind is MarkerKind.REPLY]
    fake = talk.world.fake
    if isinstance(talk, OnGitHub):
        for comments in (fake.issue_comments, fake.review_comments):
            comments[:] = [row for row in comments if row not in rows]
        return
    for discussion in fake.discussions:
        discussion["notes"] = [note for note in discussion["notes"] if note not in rows]
    fake.discussions = [d for d in fake.discussions if d["notes"]]


def test_a_dismissed_finding_is_not_posted_again_where_its_comment_is_gone(talk: Talk) -> None:
    talk.say(MEMBER, f"/synapse ignore {talk.id} accepted")
    talk.respond()
    _without_findings(talk)
    talk.world.review()
    assert not [row for row in talk.rows() if "**Id:**" in row["body"]]


def _without_findings(talk: Talk) -> None:
    if isinstance(talk, OnGitHub):
        talk.world.fake.review_comments.clear()
        return
    talk.world.fake.discussions = [
        d for d in talk.world.fake.discussions if not d["notes"][0].get("position")
    ]


def test_a_copied_marker_of_somebody_else_dismisses_and_answers_nothing(talk: Talk) -> None:
    fingerprint = next(
        marker.fingerprint
        for row in talk.rows()
        if (marker := parse(row["body"])) and marker.kind is MarkerKind.FINDING
    )
    number = talk.say(MEMBER, "/synapse help")
    kind = "issue" if isinstance(talk, OnGitHub) else "note"
    answer = Answer(f"{kind}:{number}", "ignore", "ada", "forged")
    forged = encode(Marker(MarkerKind.REPLY, "default", fingerprint, answer=answer))
    talk.say(STRANGER, forged)
    talk.say(STRANGER, forged, in_thread=True)
    talk.respond()
    assert len(talk.replies) == 3, "two of theirs, and our answer"
    talk.world.review()
    assert not talk.resolved()
    assert "dismissed" not in talk.summaries[0]


def test_a_reason_is_shown_as_harmless_text(talk: Talk) -> None:
    reason = "<img src=x> @all ![a](http://e.vil) fixes #1 [x](y) `a` \u202e\x1b[2J"
    talk.say(MEMBER, f"/synapse ignore {talk.id} {reason}")
    talk.respond()
    (reply,), (summary,) = talk.replies, talk.summaries
    for body in map(without_marker, (reply, summary)):
        shown = re.sub(r"(`+)[^`].*?\1", "", body)
        for bad in ("<img", "@all", "![", "#1", "\u202e", "\x1b", "](http://e.vil", "](y"):
            assert bad not in shown, (bad, body)


def test_a_critical_secret_stays_in_sight(talk: Talk) -> None:
    key = "ghp_" + "1A2b3C4d5E6f7G8h9I0jK1l2M3n4O5p6Q7r8"
    talk.only = ("--only", "secrets", "--route", "fast")
    text = (talk.world.repository.root / "app.py").read_text()
    talk.world.repository.commit({"app.py": f'{text}\n\nKEY = "{key}"\n'}, "feat: a key")
    _pushed(talk)
    talk.world.review("--only", "secrets")
    marked = (parse(row["body"]) for row in talk.rows() if "Secret in the source" in row["body"])
    found = next(marker for marker in marked if marker and marker.kind is MarkerKind.FINDING)
    talk.say(MEMBER, f"/synapse ignore {found.fingerprint[:12]} test data")
    talk.respond()
    (reply,) = talk.replies
    assert "critical secret" in reply
    assert key not in reply
    assert not talk.resolved()
    assert "dismissed by people" not in talk.summaries[0]


# Whatever dies


def test_death_at_every_request_then_a_rerun_answers_once(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dismissal, which has the most to write: reaction, thread, reply and summary."""
    start = _photograph(talk)
    command = f"/synapse ignore {talk.id} accepted"
    talk.say(MEMBER, command)
    talk.plan.begin()
    assert talk.respond().code == 0
    requests = len(talk.plan.seen)
    for number in range(requests):
        for applied in (False, True):
            start()
            talk.say(MEMBER, command)
            at = {number: Fault(FaultKind.LOST)} if applied else {}
            talk.plan.begin(at, dead_from=number + applied)
            talk.respond()
            talk.plan.begin()
            assert talk.respond().code == 0
            assert len(talk.replies) == 1, (number, applied)
            assert talk.resolved()
            assert talk.reactions() == 1
            talk.world.review()
            assert len(talk.summaries) == 1
            assert "1 finding dismissed by people" in talk.summaries[0]
    with capsys.disabled():
        print(f" [{2 * requests} crash points, 0 second answers]", end="")


def _photograph(talk: Talk) -> Callable[[], None]:
    """What puts the forge back to how it is now."""
    from copy import deepcopy

    fake = talk.world.fake
    names = ("issue_comments", "review_comments", "resolved", "reactions", "check_runs")
    names = names if isinstance(talk, OnGitHub) else ("discussions", "awards", "statuses")
    kept = {name: deepcopy(getattr(fake, name)) for name in names}

    def restore() -> None:
        for name, value in kept.items():
            held, fresh = getattr(fake, name), deepcopy(value)
            held.clear()
            held.update(fresh) if isinstance(held, dict) else held.extend(fresh)

    return restore


def test_without_a_request_or_with_two_it_says_what_it_takes(command: Any) -> None:
    assert command("respond").code == 2
    assert command("respond", "--pr", "1", "--mr", "1").code == 2
    assert "--comment" in command("respond", "--pr", "1", "--review-comment").err
