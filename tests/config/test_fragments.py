"""The files of the host's configuration: what they mean, and their copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.fragments import (
    Fragment,
    digest_of,
    fragments_json,
    fragments_of,
    read_fragments,
    write_fragments,
)
from synapse_bot.domain.errors import ConfigInvalid

HERE = Path("/etc/synapse-bot")
SCALARS = st.one_of(st.booleans(), st.integers(-999, 999), st.text("abc :#'\"", max_size=6))
DATA = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text("gh"), SCALARS)),
    max_size=5,
)


def spelled(data: Any, shuffled: st.DataObject) -> str:
    """``data`` as YAML of any order of its keys, comments and blank lines between them."""
    lines = []
    for key in shuffled.draw(st.permutations(sorted(data))):
        value = data[key]
        if isinstance(value, dict):
            inner = shuffled.draw(st.permutations(sorted(value)))
            value = {word: value[word] for word in inner}
        lines += shuffled.draw(st.lists(st.sampled_from(["# why", "", "   # more"]), max_size=2))
        lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


@given(first=DATA, second=DATA, shuffled=st.data())
def test_the_digest_is_of_what_the_files_mean(first, second, shuffled):
    def digest() -> str:
        files = [
            Fragment("config.yml", spelled(first, shuffled).encode()),
            Fragment("models.yaml", spelled(second, shuffled).encode()),
        ]
        return digest_of(tuple(shuffled.draw(st.permutations(files))), HERE)

    assert digest() == digest()


@given(first=DATA, second=DATA)
def test_other_meanings_have_other_digests(first, second):
    def digest(data: Any, name: str = "config.yml") -> str:
        return digest_of((Fragment(name, json.dumps(data).encode()),), HERE)

    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (digest(first) == digest(second)) == same
    assert digest(first) != digest(first, "models.yaml"), "which file says it counts"
    assert digest(first) != digest_of((), HERE)


def test_only_what_a_review_reads_counts_and_never_an_editor_s_own_files(tmp_path):
    (tmp_path / "specialists" / "old").mkdir(parents=True)
    for name in (
        "config.yml", ".config.yml.swp", "config.yml~", "notes.yaml", "tenants.yaml",
        "specialists/one.yaml", "specialists/two.yml", "specialists/.one.yaml",
        "specialists/one.yaml~", "specialists/README.md", "specialists/old/three.yaml",
    ):  # fmt: skip
        (tmp_path / name).write_text("{}")
    (tmp_path / "specialists" / ".#one.yaml").symlink_to("ann@machine.1234:5")  # Emacs' lock
    (tmp_path / "specialists" / "gone.yaml").symlink_to("nowhere")
    names = [fragment.name for fragment in read_fragments(tmp_path)]
    assert names == ["config.yml", "specialists/one.yaml", "specialists/two.yml"]
    assert read_fragments(tmp_path / "nowhere") == ()


def test_faults_of_all_files_are_told_with_their_lines():
    files = (
        Fragment("config.yml", b"gate:\n  fail_on: 'high\n"),
        Fragment("specialists/a.yaml", b"id: a\nid: b\n"),
        Fragment("specialists/b.yaml", b"id: \xff\n"),
    )
    with pytest.raises(ConfigInvalid) as raised:
        digest_of(files, HERE)
    first, second, third = str(raised.value).split("\n")
    assert first.startswith("/etc/synapse-bot/config.yml:2: ")
    assert second.startswith("/etc/synapse-bot/specialists/a.yaml:2: ")
    assert third.startswith("/etc/synapse-bot/specialists/b.yaml:1: not UTF-8")


def test_a_copy_is_the_files_for_their_owner_alone_and_never_written_again(tmp_path):
    files = (Fragment("config.yml", b"a: 1\n"), Fragment("specialists/one.yaml", b"id: one\n"))
    copy = tmp_path / "copies" / "digest"
    write_fragments(files, copy)
    assert read_fragments(copy) == files
    assert copy.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in copy.rglob("*"))
    write_fragments((Fragment("config.yml", b"a: 2\n"),), copy)
    assert read_fragments(copy) == files
    assert [path.name for path in copy.parent.iterdir()] == ["digest"], "nothing half-made stays"


def test_a_configuration_without_files_has_a_copy_too(tmp_path):
    for _ in range(2):
        write_fragments((), tmp_path / "copies" / "digest")
    assert read_fragments(tmp_path / "copies" / "digest") == ()


def test_a_copy_that_cannot_be_finished_is_not_there(tmp_path):
    bad = (Fragment("config.yml", b""), Fragment("missing/deep/one.yaml", b""))
    with pytest.raises(OSError):
        write_fragments(bad, tmp_path / "copies" / "digest")
    assert list((tmp_path / "copies").iterdir()) == []


def test_text_in_the_record_gives_the_same_files():
    files = (Fragment("config.yml", "a: ü\n".encode()), Fragment("specialists/a.yaml", b"id: a"))
    assert fragments_of(json.loads(json.dumps(fragments_json(files)))) == files


@pytest.mark.parametrize(
    "name",
    ["../config.yml", "/etc/passwd", "specialists/../../x.yaml", "specialists/.yaml", "x.yaml",
     "specialists/sub/x.yaml", "specialists/x.sh", ""],
)  # fmt: skip
def test_the_record_names_no_other_file(name):
    with pytest.raises(ValueError):
        fragments_of({name: "text"})
