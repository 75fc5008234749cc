"""What a change made worse: told where the change is, and nothing else of what is bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.domain.diff import Diff
from synapse_bot.domain.spec import Measure
from synapse_bot.specialist.example import change_between
from synapse_bot.specialist.ground import PathMap
from synapse_bot.specialist.output.base import RawFinding
from synapse_bot.specialist.worse import BEFORE, only_worse

LINES = Measure("lines", 0, over=10, by=3)
BRANCHES = Measure("branches", 1, over=5)
OLD, NEW = "".join(f"{n}\n" for n in range(30)), "".join(f"{n}\n" for n in range(30) if n != 20)
DIFF = change_between({"a.py": OLD}, {"a.py": NEW.replace("5\n", "five\n", 1)})


def told(
    before: dict[str, tuple[float, ...]] | None,
    now: dict[str, tuple[float, ...]],
    diff: Diff = DIFF,
) -> list[tuple[str, int, str]]:
    """Each function by its name; all of them span lines 3 to 12."""
    placed = {"a.py": Path("/x/1/a.py")}
    if before is not None:
        placed[f"{BEFORE}a.py"] = Path("/x/2/a.py")
    raws = [RawFinding("/x/2/a.py", 1, 9, symbol=s, amounts=a) for s, a in (before or {}).items()]
    raws += [RawFinding("/x/1/a.py", 3, 12, symbol=s, amounts=a) for s, a in now.items()]
    found = only_worse(raws, PathMap(placed), (LINES, BRANCHES), diff, placed)
    return [(raw.symbol, raw.line, raw.message) for raw in found]


def test_a_function_that_grew_beyond_the_limit_is_told_at_the_first_added_line_in_it() -> None:
    [(name, line, message)] = told({"f": (9, 1)}, {"f": (11, 1)})
    assert (name, line) == ("f", 6)
    assert message == "f now has 11 lines, 9 before this change (more than 10 is too many)."


@pytest.mark.parametrize("now", [(20.0, 9.0), (19.0, 9.0), (22.0, 8.0)])
def test_a_function_that_was_as_bad_before_says_nothing(now: tuple[float, ...]) -> None:
    assert told({"f": (20, 9)}, {"f": now}) == []


def test_beyond_the_limit_only_real_growth_counts() -> None:
    assert told({"f": (20, 1)}, {"f": (23, 1)}) != []
    assert told({"f": (20, 1)}, {"f": (22, 1)}) == []


def test_a_new_function_is_told_for_what_it_is() -> None:
    [(_, _, message)] = told({}, {"f": (40, 9)})
    assert message.startswith("f has 40 lines (more than 10 is too many) and has 9 branches")


def test_a_function_that_was_renamed_or_moved_is_not_new() -> None:
    assert told({"f": (40, 9)}, {"g": (40, 9)}) == []
    assert told({"f": (40, 9)}, {"g": (41, 9)}) != []


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (((4, 1), (20, 1)), []),  # in another order
        (((4, 1), (4, 1), (20, 1)), []),  # a small one joins them
        (((4, 1), (20, 1), (19, 1)), ["now has 19 lines, 4"]),
        (((4, 1), (25, 1)), ["now has 25 lines, 20"]),
    ],
)
def test_functions_of_one_name_are_compared_by_rank(
    now: tuple[tuple[float, ...], ...], found: list[str]
) -> None:
    placed = {"a.py": Path("/x/1/a.py"), f"{BEFORE}a.py": Path("/x/2/a.py")}
    raws = [RawFinding("/x/2/a.py", 1, 9, symbol="f", amounts=a) for a in ((20, 1), (4, 1))]
    raws += [RawFinding("/x/1/a.py", 3, 9, symbol="f", amounts=a) for a in now]
    told = only_worse(raws, PathMap(placed), (LINES,), DIFF, placed)
    assert [words in raw.message for words, raw in zip(found, told, strict=True)] == [True] * len(
        found
    )


def test_of_a_file_whose_past_is_unknown_only_what_begins_on_an_added_line_is_told() -> None:
    assert told(None, {"f": (40, 9)}) == []
    added = change_between({}, {"a.py": NEW})
    assert told(None, {"f": (40, 9)}, added) != []
