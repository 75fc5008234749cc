"""Where state lives."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.store.location import state_dir


@pytest.mark.parametrize(
    ("git_path", "xdg", "home", "expected"),
    [
        (Path("/r/.git/synapse-bot"), "/x", "/h", "/r/.git/synapse-bot"),
        (None, "/x", "/h", "/x/synapse-bot"),
        (None, "", "/h", "/h/.local/state/synapse-bot"),
        (None, "relative", "/h", "/h/.local/state/synapse-bot"),
        (None, "/x", "", "/x/synapse-bot"),
    ],
)
def test_state_lives_in_the_repository_else_with_the_user(git_path, xdg, home, expected):
    assert state_dir(git_path, xdg, home) == Path(expected)


def test_without_any_home_the_state_has_no_place():
    with pytest.raises(StoreUnusable, match="no folder") as caught:
        state_dir(None, "relative", "")
    assert "XDG_STATE_HOME" in caught.value.hint
