"""One tree of a text, for every check that reads it."""

from __future__ import annotations

import ast
import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synapse_bot.specialist.change.interface import parse
from synapse_bot.specialist.change.untested import _behaviour
from synapse_bot.specialist.change.uses import Source
from synapse_bot.specialist.python import trees
from synapse_bot.specialist.python.source import parse_module
from synapse_bot.specialist.python.trees import Unreadable, children, tree_of, walk

NESTED_QUOTES = 'name = f"{row["name"]!r:>{width}}"\n'  # only 3.12 and later read this
SOURCES = sorted(Path(trees.__file__).parent.glob("*.py"))


def test_checks_that_read_one_text_share_one_tree() -> None:
    text = "def of_several_checks(): ...\n"
    module = parse_module("a.py", text)

    assert module.tree is parse(text) is Source("b.py", text).tree


def test_threads_that_ask_at_once_get_one_tree() -> None:
    text = "".join(f"def of_threads_{n}(a, b=[{n}]): return a\n" for n in range(300))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(tree_of, [text] * 32))

    assert all(tree is found[0] for tree in found)


def test_a_tree_that_nobody_holds_is_not_kept() -> None:
    text = "held_by_nobody = 1\n"
    tree_of(text)
    gc.collect()

    assert text not in trees._KNOWN


def test_every_check_reads_the_f_strings_of_3_12() -> None:
    assert parse(NESTED_QUOTES) is parse_module("a.py", NESTED_QUOTES).tree


@pytest.mark.parametrize("text", ["def (:\n", "a = '\0'\n", "x" * (trees.MAX_TEXT + 1)])
def test_what_is_no_python_is_none_to_one_and_an_error_to_another(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_module("a.py", text)
    assert parse(text) is None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_walk_meets_the_nodes_of_ast_in_its_order(path: Path) -> None:
    tree = tree_of(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))

    assert all(ours is theirs for ours, theirs in zip(walk(tree), nodes, strict=True))
    assert all(list(children(node)) == list(ast.iter_child_nodes(node)) for node in nodes)


def test_comparing_behaviour_leaves_the_shared_tree_as_it_was() -> None:
    text = 'def f(a: int) -> str:\n    """What it does."""\n    return a\n'
    tree = tree_of(text)
    before = ast.dump(tree)

    assert _behaviour(tree) == _behaviour(tree_of("def f(a): return a\n"))
    assert ast.dump(tree) == before
