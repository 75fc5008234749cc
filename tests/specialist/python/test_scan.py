"""What the analysis follows, what it survives, and what it says of what it could not read."""

from __future__ import annotations

import sys
import time

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.specialist.python.base import Hit
from synapse_bot.specialist.python.fstrings import rewritten
from synapse_bot.specialist.python.redos import is_exponential
from synapse_bot.specialist.python.scan import examine
from synapse_bot.specialist.python.table import load_table

TABLE = load_table(data_dir("rules") / "static/flow/python")
VIEW = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n"


def said(**texts: str) -> list[tuple[str, int, str]]:
    """(file, line, rule) of what would be shown; the keywords are file names without .py."""
    hits = examine({f"shop/{name}.py": text for name, text in texts.items()}, TABLE)
    return [(hit.path, hit.line, hit.rule) for hit in hits if hit.confidence >= 0.5]


def test_a_text_is_followed_into_another_file() -> None:
    store = "def find(db, name):\n    return db.execute(\"SELECT 1 WHERE a = '%s'\" % name)\n"
    view = VIEW + (
        "from .store import find\n\n\n"
        '@app.get("/find")\ndef search():\n'
        '    return {"found": find(app.db, request.args["name"])}\n'
    )
    hits = examine({"shop/store.py": store, "shop/views.py": view}, TABLE)
    assert [(h.path, h.line, h.rule, h.severity) for h in hits] == [
        ("shop/store.py", 2, "sql-injection", "critical")
    ]
    assert hits[0].confidence > 0.8


def test_a_helper_that_runs_what_it_is_given_is_not_the_place_of_the_defect() -> None:
    text = VIEW + (
        "def run(query):\n    return app.db.execute(query).fetchall()\n\n\n"
        '@app.get("/a")\ndef good():\n    return {"rows": run("SELECT 1")}\n\n\n'
        '@app.get("/b")\ndef bad():\n'
        '    return {"rows": run("SELECT 1 WHERE a = \'" + request.args["a"] + "\'")}\n'
    )
    assert said(views=text) == [("shop/views.py", 17, "sql-injection")]


@pytest.mark.parametrize(
    "check",
    [
        "    if name not in ALLOWED:\n        return {}, 400\n",
        "    if not name.isalnum():\n        abort(400)\n",
        "    if not is_safe(name):\n        raise ValueError(name)\n",
        "    name = int(name)\n",
        '    name = NAMES.get(name, "other")\n',
        '    if name != "users":\n        name = "orders"\n',
    ],
)
def test_a_checked_text_does_no_harm(check: str) -> None:
    handler = '@app.get("/rows")\ndef rows():\n    name = request.args["name"]\n'
    harm = '    return {"rows": app.db.execute("SELECT * FROM " + name)}\n'
    assert said(views=VIEW + handler + harm) == [("shop/views.py", 9, "sql-injection")]
    assert said(views=VIEW + handler + check + harm) == []


def test_a_check_of_the_host_clears_the_address_it_was_taken_from() -> None:
    text = VIEW + (
        "import requests\nfrom urllib.parse import urlparse\n\n\n"
        '@app.get("/get")\ndef get():\n    url = request.args["url"]\n'
        "    host = urlparse(url).hostname\n    if host not in HOSTS:\n        return {}, 400\n"
        '    return {"status": requests.get(url, timeout=5).status_code}\n'
    )
    assert said(views=text) == []


def test_what_cannot_be_parsed_is_said_and_spoils_nothing_else() -> None:
    good = VIEW + '@app.get("/x")\ndef x():\n    return {"x": eval(request.args["x"])}\n'
    hits = examine({"a.py": "def broken(:\n", "b.py": good, "c.py": "\0"}, TABLE)
    assert [(hit.path, hit.rule) for hit in hits] == [
        ("a.py", "not-analysed"),
        ("b.py", "code-injection"),
        ("c.py", "not-analysed"),
    ]


HOSTILE = {
    "deep parentheses": "x = " + "(" * 5_000 + ")" * 5_000,
    "deep brackets": "x = " + "[" * 90 + "]" * 90,
    "a long sum": "x = " + " + ".join(["'a'"] * 4_000),
    "a long chain": "x = a" + ".b()" * 2_000,
    "deep conditions": "\n".join(" " * i + "if x:" for i in range(90)) + "\n" + " " * 90 + "pass",
    "functions in functions": "\n".join(" " * i + "def f():" for i in range(90))
    + "\n"
    + " " * 90
    + "x",
    "loops in loops": "def f(a):\n"
    + "\n".join(" " * i + "for a in a:" for i in range(1, 90))
    + "\n"
    + " " * 90
    + "a = a + a",
    "many names": "def f(a):\n" + "".join(f"    a{n} = a{n - 1} + a\n" for n in range(1, 3_000)),
    "many handlers": VIEW
    + "".join(f'@app.get("/delete/{n}")\ndef r{n}(): pass\n' for n in range(2_000)),
    "many branches": "def f(a):\n" + "    if a: a = a + 'x'\n" * 2_000,
    "doubling": "def f(a):\n" + "    a = a + a\n" * 2_000 + "    return a\n",
    "a knot of calls": "".join(f"def f{n}(a):\n    return f{(n + 1) % 60}(a)\n" for n in range(60)),
    "an open f-string": 'x = f"{' + "f'{" * 200,
    "odd names": "class a(a.a[a]().a): a = lambda *a, **b: (yield)\n@a.route\ndef route(): pass\n",
    "empty handlers": VIEW + "@app.route()\ndef a(): ...\n@app.route('')\ndef b(*, c): ...\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_and_raises_nothing(name: str) -> None:
    limit = sys.getrecursionlimit()
    hits = examine({"shop/views.py": HOSTILE[name], "shop/more.py": VIEW}, TABLE)
    assert all(isinstance(hit, Hit) for hit in hits)
    assert sys.getrecursionlimit() == limit


def test_time_grows_with_the_text_and_not_faster() -> None:
    """Four times the text in at most nine times the time: a square would be sixteen."""

    def seconds(count: int) -> float:
        body = "".join(
            f'@app.get("/r{n}")\ndef r{n}():\n    a = request.args["a"]\n'
            '    b = f"SELECT * FROM t WHERE a = {a}"\n'
            '    return {"r": app.db.execute(b)}\n\n\n'
            for n in range(count)
        )
        best = []
        for _ in range(3):
            started = time.process_time()
            examine({"shop/views.py": VIEW + body}, TABLE)
            best.append(time.process_time() - started)
        return min(best)

    seconds(20)
    assert seconds(800) < 9 * seconds(200)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ('f"{a["b"]}"', 'f"""{a["b"]}"""'),
        ("f'{a + '\\n'}'", "f'''{a + '/'}'''"),
        ("'f\"{'", "'f\"{'"),
        ('# f"{\na', '# f"{\na'),
        ('f"{{}} {a}"', 'f"""{{}} {a}"""'),
        ("b'{' + c", "b'{' + c"),
    ],
)
def test_newer_f_strings_are_rewritten_for_older_parsers(newer: str, older: str) -> None:
    assert rewritten(newer) == older
    compile(f"a = c = {{}}\n_ = lambda: (\n{rewritten(newer)}\n)", "x", "exec")


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        (r"^(a+)+$", True),
        (r"(\w*)*x", True),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", False),  # each turn ends with a character of its own
        (r"(\d+,)+", False),
        (r"^[a-z]+$", False),
        (r"(a+)+", False),  # nothing after it can refuse
        ("(" * 200, False),
    ],
)
def test_a_pattern_is_slow_where_a_repeat_is_nested_without_a_border(
    pattern: str, slow: bool
) -> None:
    assert is_exponential(pattern) is slow
