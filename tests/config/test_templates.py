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


def test_the_workflow_may_do_nothing_but_read(workflow: Any) -> None:
    assert workflow["permissions"] == {}
    [job] = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read"}
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
    assert '"$BASE"' in github_workflow()
    assert '"$CI_MERGE_REQUEST_DIFF_BASE_SHA"' in gitlab_job()


def test_the_gitlab_job_has_the_history_and_keeps_the_findings() -> None:
    job = yaml.safe_load(gitlab_job())["synapse-bot"]
    assert job["variables"]["GIT_DEPTH"] == "0"
    report = job["artifacts"]["reports"]["codequality"]
    assert report.startswith(job["artifacts"]["paths"][0])


def test_a_new_specialist_is_valid_before_it_is_edited() -> None:
    text = specialist_template("my-linter")
    spec = parse_specialist(text.encode(), ".synapse-bot/specialists/my-linter.yaml")
    assert isinstance(spec, SpecialistSpec)
    assert spec.id == spec.actions[0].tool == "my-linter"
