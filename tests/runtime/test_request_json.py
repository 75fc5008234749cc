"""A request outlives its process: as it was asked, and without what is secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.change import Known
from synapse_bot.runtime.request import Asked, Remote
from synapse_bot.runtime.request_json import RequestUnreadable, request_json, request_of

words = st.text(max_size=20)
remotes = st.builds(
    Remote,
    st.sampled_from(["github", "gitlab"]),
    st.integers(1, 10**6),
    words,
    words,
    words,
    token=st.just("ghp_planted0123456789"),
    job_token=st.booleans(),
    known=st.builds(Known, words, words, words, words, words, st.tuples(words), st.booleans()),
    transport=st.just({"https_proxy": "http://user:planted@proxy"}),
)
requests = st.builds(
    Asked,
    base=st.none() | words,
    head=st.none() | words,
    staged=st.booleans(),
    labels=st.tuples(words, words),
    intent=words,
    start=st.just(Path("/")),
    options=st.dictionaries(words, st.none() | st.booleans() | words | st.tuples(words)),
    remote=st.none() | remotes,
    keep=st.booleans(),
)


@given(requests, st.booleans())
def test_what_was_asked_comes_back_but_for_its_secrets(asked: Asked, post: bool) -> None:
    text = request_json(asked, post=post)
    assert "planted" not in text
    found = request_of(text)
    bare = asked.remote and replace(asked.remote, token="", transport={})
    assert found.asked == replace(asked, remote=bare)
    assert found.post is post


def test_a_patch_comes_back_while_it_is_the_same_file(tmp_path: Path) -> None:
    patch = tmp_path / "patch.diff"
    patch.write_bytes(b"diff --git a/x b/x\n")
    text = request_json(Asked(diff=patch.read_bytes(), diff_name=str(patch), start=tmp_path))
    assert request_of(text).asked.diff == patch.read_bytes()
    patch.write_bytes(b"another")
    with pytest.raises(RequestUnreadable, match="has changed"):
        request_of(text)
    patch.unlink()
    with pytest.raises(RequestUnreadable, match="is gone"):
        request_of(text)


def test_a_patch_from_standard_input_is_not_kept(tmp_path: Path) -> None:
    text = request_json(Asked(diff=b"x", diff_name="stdin", start=tmp_path))
    with pytest.raises(RequestUnreadable, match="standard input"):
        request_of(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 99}', '{"form": 1}', "null", "1"])
def test_another_form_is_refused_and_crashes_nobody(text: str) -> None:
    with pytest.raises(RequestUnreadable):
        request_of(text)


def test_a_patch_is_found_again_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.diff").write_bytes(b"x")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    text = request_json(Asked(diff=b"x", diff_name="a.diff"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = request_of(text).asked
    assert (found.diff, found.diff_name) == (b"x", "a.diff")
