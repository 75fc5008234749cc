"""What helps with a changed file: callers, callees and tests, the most useful first."""

from __future__ import annotations

from difflib import unified_diff

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.domain.diff import FileDiff
from synapse_bot.domain.spec import Context
from synapse_bot.forge.unified import parse_diff
from synapse_bot.specialist.context.enclosing import near
from synapse_bot.specialist.context.index import Index
from synapse_bot.specialist.context.related import Place, related, touched
from synapse_bot.specialist.context.symbols import Symbols, read_symbols

KINDS = load_filekinds().paths

BEFORE = """\
def page(rows, number):
    return rows[number:]


def old(rows):
    return rows


class Shop:
    def __init__(self, rows):
        self.rows = rows
"""
AFTER = """\
from lib.price import total


def page(rows, number, size):
    return total(rows[number:])


class Shop:
    def __init__(self, rows):
        self.rows = list(rows)
"""
REPOSITORY = {
    "app/page.py": BEFORE,
    "app/view.py": "def view():\n    return page([], 1)\n\n\ndef gone():\n    return old([])\n",
    "lib/price.py": "def total(rows):\n    return sum(rows)\n",
    "far/away/shops.py": "def make():\n    return Shop([])\n",
    "tests/test_page.py": "def test_page():\n    assert page([], 1) == []\n",
    "tests/test_other.py": "def test_other():\n    assert True\n",
}


def _symbols(path: str, text: str) -> Symbols:
    found = read_symbols(path, text.encode())
    assert found is not None
    return found


def _file(path: str = "app/page.py", before: str = BEFORE, after: str = AFTER) -> FileDiff:
    lines = unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
    raw = f"diff --git a/{path} b/{path}\n{''.join(lines)}".encode()
    return parse_diff(raw).files[0]


def _related(**more: str) -> tuple[Place, ...]:
    files = {**REPOSITORY, **{f"{name}.py": text for name, text in more.items()}}
    base = Index({path: _symbols(path, text) for path, text in files.items()})
    head = _symbols("app/page.py", AFTER)
    index = base.with_head({"app/page.py": head})
    return related(_file(), head, base.files["app/page.py"], index, KINDS)


def test_a_change_is_told_by_the_names_that_it_edits_reshapes_and_removes() -> None:
    found = touched(_file(), _symbols("a.py", AFTER), _symbols("a.py", BEFORE))
    assert found.changed == {"page", "Shop"}, "a constructor is called by the name of its class"
    assert found.reshaped == {"page"}
    assert found.removed == {"old"}


def test_who_uses_what_is_gone_comes_first_then_who_uses_a_new_signature() -> None:
    places = [(p.path, p.start, p.end) for p in _related() if p.kind is Context.CALLERS]
    assert places == [("app/view.py", 5, 6), ("app/view.py", 1, 2), ("far/away/shops.py", 1, 2)]


def test_what_added_lines_call_is_given_with_the_reason() -> None:
    (callee,) = (p for p in _related() if p.kind is Context.CALLEES and p.path != "app/page.py")
    assert (callee.path, callee.start, callee.end) == ("lib/price.py", 1, 2)
    assert callee.why == "defines total, which the change uses"


def test_tests_that_name_what_changed_are_given_and_no_others() -> None:
    tests = {p.path for p in _related() if p.kind is Context.TESTS}
    assert tests == {"tests/test_page.py"}


def test_a_name_that_everyone_has_says_nothing_of_files_elsewhere() -> None:
    many = {f"p{n}": "def page():\n    return 1\n" for n in range(20)}
    caller = "def near():\n    return page()\n"
    places = [p for p in _related(**many, **{"app/near": caller}) if p.kind is Context.CALLERS]
    assert {p.path for p in places if "page" in p.why} == {"app/view.py", "app/near.py"}


def test_places_are_the_same_in_whatever_order_files_come() -> None:
    files = {path: _symbols(path, text) for path, text in REPOSITORY.items()}
    head = _symbols("app/page.py", AFTER)
    one, two = Index(files), Index(dict(reversed(files.items())))
    before = files["app/page.py"]
    first = related(_file(), head, before, one, KINDS)
    assert first == related(_file(), head, before, two, KINDS)


# Of a long file

LONG = (
    "import os\n" + "\n".join(f"x{n} = {n}" for n in range(200)) + "\n\n\ndef whole(\n    a,\n):\n"
)
LONG += "\n".join(f"    y{n} = a" for n in range(60)) + "\n    return a\n"


def test_the_whole_function_around_a_change_is_shown() -> None:
    symbols = _symbols("a.py", LONG)
    (definition,) = (d for d in symbols.definitions if d.name == "whole")
    shown = near([definition.end - 1], LONG.count("\n"), symbols)
    assert shown == {1, *range(definition.start, definition.end + 1)}, "and what is imported"


def test_without_symbols_some_lines_around_it_are_shown() -> None:
    assert near([100], 300, None) == {*range(1, 21), *range(80, 121)}


def test_of_a_very_long_function_the_signature_and_what_is_near_is_shown() -> None:
    text = "def long(\n    a,\n):\n" + "    a += 1\n" * 500
    shown = near([300], 503, _symbols("a.py", text))
    assert {1, 2, 3, 280, 320} <= shown
    assert len(shown) < 80
