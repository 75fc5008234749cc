"""`doctor` on the forge and the network: names of variables and never a secret, offline."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synapse_bot.entry.door import enter
from synapse_bot.entry.forge_health import Home, home_of
from synapse_bot.entry.main import cli
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeGitHub, FakeToken
from synapse_bot.forge.fake_github_repository import FakeRevisions
from synapse_bot.forge.fake_gitlab import FakeGitLab
from synapse_bot.forge.fake_gitlab import FakeToken as GitLabToken
from synapse_bot.forge.fake_gitlab import FakeUser as GitLabUser
from synapse_bot.forge.faults import Loopback

Doctor = Callable[..., tuple[int, str]]
SECRET = "glpat-a-secret-of-mine"
_CLEARED = (
    *("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE"),
    *("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
    *("NO_PROXY", "no_proxy"),
)


@pytest.fixture
def doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Doctor:
    """`doctor` in a new repository with the given remote: (exit code, stdout)."""
    for name in _CLEARED:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)
    who = ("-c", "user.name=t", "-c", "user.email=t@t")
    for command in (("init", "-q", "-b", "main"), ("commit", "-q", "--allow-empty", "-m", "one")):
        subprocess.run(["git", *who, *command], check=True)

    def run(remote: str = "", *options: str) -> tuple[int, str]:
        if remote:
            subprocess.run(["git", "remote", "add", "origin", remote], check=True)
        code = enter(cli, ["doctor", *options])
        return code, capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://github.com/team/shop.git", Home("github.com", "github")),
        ("git@github.com:team/shop.git", Home("github.com", "github")),
        ("ssh://git@gitlab.com:22/team/shop", Home("gitlab.com", "gitlab")),
        ("https://me:word@gitlab.example.org:8443/a/b/c.git", Home("gitlab.example.org", "gitlab")),
        ("https://code.example.org/a/b", Home("code.example.org", "")),
        ("/srv/git/shop.git", Home("", "")),
        ("", Home("", "")),
    ],
)
def test_the_forge_is_told_by_the_host_of_the_remote(url: str, home: Home) -> None:
    assert home_of(url, {}) == home


def test_a_ci_knows_its_forge_better_than_the_name_of_a_host() -> None:
    ci = {"GITLAB_CI": "true", "CI_SERVER_URL": "https://code.example.org"}
    assert home_of("https://code.example.org/a/b", ci) == Home("code.example.org", "gitlab")


def test_without_a_token_it_says_which_to_set(doctor: Doctor) -> None:
    code, out = doctor("git@github.com:team/shop.git")
    assert code == 0
    assert "forge: GitHub at github.com" in out
    assert "token: none" in out
    assert "Set GITHUB_TOKEN" in out


def test_the_variable_of_a_token_is_named_and_its_value_is_not(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    monkeypatch.setenv("https_proxy", f"http://me:{SECRET}@proxy.example.org:3128")
    _, out = doctor(f"https://me:{SECRET}@gitlab.com/team/shop.git")
    assert "token: in GITLAB_TOKEN" in out
    assert "proxy: proxy.example.org:3128 (from https_proxy)" in out
    assert SECRET not in out


def test_a_job_token_alone_is_a_warning(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_JOB_TOKEN", SECRET)
    _, out = doctor("https://gitlab.com/team/shop.git")
    assert "warn  token: in CI_JOB_TOKEN alone" in out
    assert "Set GITLAB_TOKEN" in out


def test_certificates_are_named_with_their_variable(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    monkeypatch.setenv("CI_SERVER_TLS_CA_FILE", str(bundle))
    assert f"certificates: {bundle} (from CI_SERVER_TLS_CA_FILE)" in doctor()[1]
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    code, out = doctor()
    assert code == 2
    assert "SSL_CERT_FILE names no file" in out


@pytest.fixture
def github(doctor: Doctor, tmp_path: Path) -> Iterator[tuple[FakeGitHub, str]]:
    revisions = FakeRevisions(tmp_path, "main", "main")
    fake = FakeGitHub(revisions, {SECRET: FakeToken(ACTIONS_BOT)})
    with Loopback(fake.app) as server:
        yield fake, f"{server.url}{fake.root}"


REMOTE = "https://github.com/team/shop.git"


def test_online_the_forge_says_whose_the_token_is(
    doctor: Doctor, github: tuple[FakeGitHub, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, api = github
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    doctor(REMOTE, "--api-url", api)
    assert not fake.requests, "nothing is sent without --online"
    code, out = doctor("", "--online", "--api-url", api)
    assert code == 0
    assert f"{api} takes the token: " in out
    assert [method for method, _, _ in fake.requests] == ["GET"]
    assert SECRET not in out


def test_online_a_token_that_is_not_valid_is_a_failure(
    doctor: Doctor, github: tuple[FakeGitHub, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "another")
    code, out = doctor(REMOTE, "--online", "--api-url", github[1])
    assert code == 2
    assert "the token is not valid" in out


def test_online_no_answer_is_a_failure_with_advice(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    code, out = doctor(REMOTE, "--online", "--api-url", "http://127.0.0.1:9/api/v3")
    assert code == 2
    assert "no answer (ConnectionError)" in out


def test_online_gitlab_names_the_account(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = "a" * 40
    refs = {"base_sha": sha, "start_sha": sha, "head_sha": sha}
    bot = GitLabUser(77, "project_11_bot", bot=True)
    fake = FakeGitLab([], refs, {SECRET: GitLabToken(bot)})
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    with Loopback(fake.app) as server:
        url = f"{server.url}{fake.root}/api/v4"
        code, out = doctor("https://gitlab.com/a/b.git", "--online", "--api-url", url)
    assert code == 0
    assert "takes the token: project_11_bot" in out


def test_online_no_token_goes_to_an_address_that_is_a_guess(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token for gitlab.example.org is not gitlab.com's to see."""
    monkeypatch.setenv("GITLAB_TOKEN", SECRET)
    code, out = doctor("https://gitlab.example.org/a/b.git", "--online")
    assert code == 0
    assert "not asked: the address of the API of gitlab.example.org is not certain" in out
    assert "--api-url" in out


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "models: none set up"),
        ({"SYNAPSE_BOT__MODELS__DEFAULT": "openai/gpt-6.2-sol"}, "Set OPENAI_API_KEY."),
        (
            {"SYNAPSE_BOT__MODELS__DEFAULT": "openai/gpt-6.2-sol", "OPENAI_API_KEY": SECRET},
            "models: openai/gpt-6.2-sol; at most $1 and 1,000,000 tokens a review",
        ),
        (
            {
                "SYNAPSE_BOT__MODELS__DEFAULT": "openai/gpt-6.2-sol",
                "SYNAPSE_BOT__MODELS__VERIFY": "openai/gpt-6.1-sol",
                "OPENAI_API_KEY": SECRET,
            },
            "models: openai/gpt-6.1-sol takes the second look",
        ),
        ({"SYNAPSE_BOT__MODELS__DEFAULT": "nobody/x"}, "names no provider"),
    ],
)
def test_the_model_and_its_missing_key_are_said_and_the_key_is_not(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    _, said = doctor()
    assert says in said
    assert SECRET not in said
