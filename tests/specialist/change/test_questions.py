"""What is asked of an author whose change touches no test, of migrations and of benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.specialist.change.boundaries import compare
from synapse_bot.specialist.change.tested import module_name, named_tests

Scan = Callable[..., Any]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("if a < b:", "if a <= b:", "boundary-moved"),
        ("while (i >= n) {", "while (i > n) {", "boundary-moved"),
        ("for i in range(n):", "for i in range(n + 1):", "boundary-moved"),
        ("for i in range(n - 1):", "for i in range(n):", "boundary-moved"),
        ("x = items[1:]", "x = items[2:]", "boundary-moved"),
        ("if a == b:", "if a != b:", "condition-inverted"),
        ("if (a && b) {", "if (a || b) {", "condition-inverted"),
        ("if not ready:", "if ready:", "condition-inverted"),
        ("return a < b", "return a >= b", "condition-inverted"),
    ],
)
def test_a_step_of_one_and_a_turned_condition_are_seen(old: str, new: str, rule: str) -> None:
    for one, other in ((old, new), (new, old)):
        shift = compare(one, other)
        assert shift is not None
        assert shift.rule == rule


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if a < b:", "if a < c:"),
        ("if a < b:", "if a <= c:"),  # more than the boundary is different
        ("if a<b:", "if a < b:"),
        ('say("a < b")', 'say("a <= b")'),
        ("# a < b", "# a <= b"),
        ("x = 1", "x = 2"),
        ("def f() -> int: return 1", "def f() -> int: return 2"),
        ("if sys.version_info < (3, 9):", "if sys.version_info < (3, 10):"),
        ("timeout = 30", "timeout = 31"),
        ("a = b or c", "a = b and c"),
        ("List<A>", "List<B>"),
    ],
)
def test_any_other_difference_is_none_of_its_business(old: str, new: str) -> None:
    assert compare(old, new) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_equal_lines_move_nothing_and_no_line_breaks_it(old: str, new: str) -> None:
    assert compare(old, old) is None
    shift = compare(old, new)
    assert (shift is None) == (compare(new, old) is None)


def test_a_boundary_is_asked_about_only_where_no_test_is_touched(scan: Scan) -> None:
    before = {"a.py": "if a < b:\n    x()\n", "test_a.py": "x = 1\n"}
    moved = {"a.py": "if a <= b:\n    x()\n"}
    assert [f[:3] for f in scan("boundaries", before, moved)] == [("boundary-moved", "a.py", 1)]
    assert scan("boundaries", before, {**moved, "test_a.py": "x = 2\n"}) == []


CODE = "def total(items):\n    return sum(items)\n"
MORE = CODE + "".join(f"\n\ndef part_{n}(x):\n    y = x + {n}\n    return y\n" for n in range(10))


def test_code_is_asked_about_where_the_repository_has_tests_of_it(scan: Scan) -> None:
    before = {"shop/price.py": CODE, "tests/test_price.py": "x = 1\n"}
    [(rule, path, _, message)] = scan("untested", before, {"shop/price.py": MORE})
    assert (rule, path) == ("untested-behaviour", "shop/price.py")
    assert "tests/test_price.py" in message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"shop/price.py": CODE}, {"shop/price.py": MORE}),  # no tests of it
        (
            {"shop/price.py": CODE, "tests/test_price.py": "x = 1\n"},
            {"shop/price.py": MORE, "tests/test_price.py": "x = 2\n"},
        ),
        (  # a docstring and annotations change nothing that runs
            {"shop/price.py": MORE, "tests/test_price.py": ""},
            {"shop/price.py": '"""' + "Words.\n" * 30 + '"""\n' + MORE.replace("(x)", "(x: int)")},
        ),
        (
            {"shop/price.py": CODE, "tests/test_price.py": ""},
            {"shop/price.py": CODE.replace("sum", "max")},  # too small to ask
        ),
    ],
)
def test_no_question_is_asked_without_a_reason(
    before: dict[str, str], after: dict[str, str], scan: Scan
) -> None:
    assert scan("untested", before, after) == []


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("src/app/price.py", "tests/test_price.py"),
        ("lib/response.js", "test/response.js"),
        ("web/cart.ts", "web/cart.spec.ts"),
        ("web/cart.ts", "web/__tests__/cart.test.tsx"),
        ("pool/pool.go", "pool/pool_test.go"),
        ("src/main/java/Order.java", "src/test/java/OrderTest.java"),
        ("app/models/user.rb", "spec/models/user_spec.rb"),
        ("shop/__init__.py", "tests/test_shop.py"),
    ],
)
def test_a_test_is_named_after_its_module(path: str, test: str) -> None:
    assert named_tests([path, test], load_filekinds().paths)[module_name(path)] == test


def record(machine: str = "ci", **times: float) -> str:
    rows = [
        {
            "fullname": f"test_speed.py::{name}",
            "stats": {"median": t, "q1": t * 0.97, "q3": t * 1.03},
        }
        for name, t in times.items()
    ]
    return json.dumps({"machine_info": {"node": machine}, "benchmarks": rows}, indent=1)


OLD, NEW = ".benchmarks/ci/0001_a.json", ".benchmarks/ci/0002_b.json"


def test_a_new_record_is_compared_with_the_newest_beside_it(scan: Scan) -> None:
    before = {OLD: record(parse=1e-3, quick=1e-3)}
    found = scan("benchmarks", before, {NEW: record(parse=2e-3, quick=1.02e-3, fresh=9.0)})
    assert [f[0] for f in found] == ["benchmark-slower"]
    assert "test_speed.py::parse takes 2.00 times as long" in found[0][3]


def test_a_record_that_changes_is_compared_with_itself(scan: Scan) -> None:
    assert scan("benchmarks", {OLD: record(a=1.0)}, {OLD: record(a=1.3)})
    assert scan("benchmarks", {OLD: record(a=1.3)}, {OLD: record(a=1.0)}) == []


def test_another_machine_is_no_measure(scan: Scan) -> None:
    assert scan("benchmarks", {OLD: record(a=1.0)}, {NEW: record("laptop", a=9.0)}) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"benchmarks": [{}]}', "[" * 100_000])
def test_what_no_benchmark_wrote_is_passed_over(text: str, scan: Scan) -> None:
    assert scan("benchmarks", {OLD: record(a=1.0)}, {NEW: text or " "}) == []


def test_a_migration_harms_nobody_by_what_it_makes_itself(scan: Scan) -> None:
    text = (
        "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n"
        "    op.create_table('a', sa.Column('id', sa.Integer))\n"
        "    op.create_index('i', 'a', ['id'])\n    op.drop_column('b', 'c')\n"
    )
    found = scan("migrations", {}, {"alembic/versions/1.py": text})
    assert [f[:3] for f in found] == [("migration-drops-data", "alembic/versions/1.py", 8)]
