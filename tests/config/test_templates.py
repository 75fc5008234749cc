"""What `init` and `specialists new` write is right as it stands, and after uncommenting."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from synapse_bot.config.document import parse_document
from synapse_bot.config.keys import KEYS, Trust
from synapse_bot.config.layers import effective, load_settings
from synapse_bot.config.templates import (
    github_workflow,
    gitlab_job,
    settings_template,
    specialist_template,
)
from synapse_bot.domain.spec import SpecialistSpec
from synapse_bot.specialist.parse import parse_specialist


def uncommented(text: str) -> str:
    """As an editor would: the first # of every line that holds a key, or explains one."""
    return "\n".join(re.sub(r"^#(?! )|^#(?=  )", "", line) for line in text.split("\n"))


def test_the_settings_file_changes_nothing_as_it_stands() -> None:
    document = parse_document(settings_template().encode(), ".synapse-bot.yml")
    assert document.data == {}
    assert load_settings({}, {}, document).digest == load_settings({}, {}).digest


def test_every_key_that_a_repository_may_set_stands_in_it_and_is_valid() -> None:
    text = uncommented(settings_template())
    settings = load_settings({}, {}, parse_document(text.encode(), ".synapse-bot.yml"))
    set_here = {name for name, origin in settings.origins.items() if origin != "default"}
    wanted = {key.name for key in KEYS.values() if key.trust is Trust.REPO}
    assert {name.replace("python-bugs", "*") for name in set_here} == wanted
    assert settings.warnings == ()
    assert effective(settings)["gate.fail_on"] == "high"


def test_every_key_is_explained() -> None:
    for key in KEYS.values():
        assert key.about.endswith("."), key.name
        assert len(key.about) > 15, key.name


@pytest.fixture
def workflow() -> Any:
    return yaml.load(github_workflow(), yaml.BaseLoader)


def test_the_workflow_may_read_the_code_comment_and_set_the_check(workflow: Any) -> None:
    assert workflow["permissions"] == {}
    [job] = workflow["jobs"].values()
    rights = {"contents": "read", "pull-requests": "write", "checks": "write"}
    assert job["permissions"] == rights
    assert workflow["concurrency"]["cancel-in-progress"] == "true"
    assert "pull_request" in workflow["on"]
    assert "secrets." not in github_workflow()


def test_actions_are_pinned_by_commit_and_the_release_is_named(workflow: Any) -> None:
    [job] = workflow["jobs"].values()
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert len(used) == 3
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)
        assert re.search(rf"{action} # v\d+\.\d+\.\d+$", github_workflow(), re.MULTILINE)


def test_nothing_of_the_change_reaches_a_shell_as_text(workflow: Any) -> None:
    """A branch may be named `$(id)`: values go through the environment, quoted."""
    [job] = workflow["jobs"].values()
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")
    checkout = job["steps"][0]["with"]
    assert checkout == {"fetch-depth": "0", "persist-credentials": "false"}
    assert '--pr "$NUMBER"' in github_workflow()
    assert '--mr "$CI_MERGE_REQUEST_IID"' in gitlab_job()


def test_only_the_step_that_reviews_has_the_token(workflow: Any) -> None:
    """What installs the tools runs other people's code."""
    [job] = workflow["jobs"].values()
    holders = [step["name"] for step in job["steps"] if "token" in str(step.get("env", ""))]
    assert holders == ["Review and comment"]


def test_the_gitlab_job_has_the_history_and_keeps_the_findings() -> None:
    job = yaml.safe_load(gitlab_job())["synapse-bot"]
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert set(job["artifacts"]["reports"]) == {"codequality", "sast"}
    for report in job["artifacts"]["reports"].values():
        assert report.startswith(job["artifacts"]["paths"][0])


def test_the_jobs_are_written_for_the_command_line_that_is_here() -> None:
    """Every option and format of the two jobs is one of `review`."""
    from synapse_bot.entry.commands.review import command

    known = {name for option in command.params for name in option.opts}
    for text in (github_workflow(), gitlab_job()):
        used = re.findall(r" (--[a-z-]+)", text[text.index(" review --") :])
        assert {"--format", "--out"} <= set(used) <= known


def test_the_installer_of_the_gitlab_job_stands_outside_of_the_change() -> None:
    job = yaml.safe_load(gitlab_job())["synapse-bot"]
    before = " ; ".join(job["before_script"])
    assert before.index("cd /") < before.index("pip install") < before.index("$CI_PROJECT_DIR")


def test_a_new_specialist_is_valid_before_it_is_edited() -> None:
    text = specialist_template("my-linter")
    spec = parse_specialist(text.encode(), ".synapse-bot/specialists/my-linter.yaml")
    assert isinstance(spec, SpecialistSpec)
    assert spec.id == spec.actions[0].tool == "my-linter"
