"""Reading GitLab's events: whole ones as its documentation shows them, and broken ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.server.gitlab import read_gitlab
from synapse_bot.server.happening import Happening, Starts

from .conftest import HEAD, merge_request, note


def _read(data: Any) -> Happening:
    happening = read_gitlab(json.dumps(data).encode())
    assert isinstance(happening, Happening)
    return happening


def test_a_fork_is_told_by_the_numbers_of_its_projects() -> None:
    assert not _read(merge_request()).fork
    forked = _read(merge_request(object_attributes={"source_project_id": 77}))
    assert forked.fork
    assert forked.project == "42", "the target's"


def test_a_fork_that_is_gone_is_one() -> None:
    assert _read(merge_request(object_attributes={"source_project_id": None})).fork


def test_a_push_goes_before_the_labels_that_its_event_repeats() -> None:
    labels = {"previous": [], "current": [{"title": "old"}]}
    attributes = {"oldrev": HEAD}
    pushed = merge_request("update", object_attributes=attributes, changes={"labels": labels})
    assert _read(pushed).action == "synchronize"


def test_a_note_without_an_action_is_new_as_older_gitlabs_send_it() -> None:
    data = note("/synapse help")
    del data["object_attributes"]["action"]
    assert _read(data).starts is Starts.RESPOND


def test_a_label_is_text_and_no_more() -> None:
    labels = {"previous": [], "current": [{"title": "a\nb"}, {"title": 7}, None]}
    assert _read(merge_request("update", changes={"labels": labels})).new_labels == ("a\nb", "")


@pytest.mark.parametrize("kind", ["push", "pipeline", "build", "Merge Request", "\u202e", ""])
def test_other_events_start_nothing(kind: str) -> None:
    happening = _read({"object_kind": kind})
    assert happening.starts is Starts.NOTHING
    assert happening.event.isidentifier()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_FIELDS = ("object_attributes", "project", "labels", "changes", "merge_request")


@given(
    st.fixed_dictionaries(
        {"object_kind": st.sampled_from(["merge_request", "note"])},
        optional=dict.fromkeys(_FIELDS, _json),
    )
)
def test_no_shape_of_a_payload_is_an_error(data: dict[str, Any]) -> None:
    happening = _read(data)
    assert happening.number >= 0
    assert len(happening.head) in (0, 40, 64)


@given(st.sampled_from(["action", "iid", "target_project_id", "last_commit", "oldrev"]), _json)
def test_no_value_of_a_field_is_an_error(name: str, value: Any) -> None:
    for data in (merge_request(object_attributes={name: value}), note("/synapse", **{name: value})):
        assert isinstance(_read(data), Happening)
