"""Callers that a changed signature leaves behind; and those that it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.specialist.change.interface import parse, read_interface

Scan = Callable[..., Any]
LIB = "def send(host, port=80):\n    return host, port\n"


def after(new: str, caller: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"pkg/__init__.py": "", "pkg/net.py": LIB, "use.py": caller}, {"pkg/net.py": new}


@pytest.mark.parametrize(
    ("new", "call", "why"),
    [
        ("def send(host, port, tls):", "send('a', 1)", "does not pass 'tls'"),
        ("def send(host):", "send('a', 1)", "passes 2 arguments by place, and it takes 1"),
        ("def send(host, *, port=80):", "send('a', 1)", "passes 2 arguments by place"),
        ("def send(host, number=80):", "send('a', port=1)", "passes 'port', which it does not"),
        ("def send(port, host=80):", "send('a', 1)", "argument 1 was 'host' and is now 'port'"),
        ("async def send(host, port=80):", "send('a').close()", "does not await it"),
    ],
)
def test_a_call_that_fitted_and_does_not_any_more_is_told_at_the_signature(
    new: str, call: str, why: str, scan: Scan
) -> None:
    before, changed = after(
        f"{new}\n    return host, port\n", f"from pkg.net import send\n{call}\n"
    )
    [(rule, path, line, message)] = scan("contracts", before, changed)
    assert (rule, path, line) == ("signature-callers", "pkg/net.py", 1)
    assert "use.py:2" in message
    assert why in message


@pytest.mark.parametrize(
    ("new", "call"),
    [
        ("def send(host, port=80, tls=True):", "send('a', 1)"),
        ("def send(host, port=80, *more, **rest):", "send('a', 1)"),
        ("def send(host, port=80, *, tls):", "send(*args, **keys)"),
        ("def send(address, port=80):", "send('a', 1)"),  # renamed, and nobody names it
        ("def send(host, port, tls):", "send()"),  # did not fit before either
        ("async def send(host, port=80):", "run(send('a'))"),
    ],
)
def test_a_call_that_still_fits_says_nothing(new: str, call: str, scan: Scan) -> None:
    before, changed = after(
        f"{new}\n    return host, port\n", f"from pkg.net import send\n{call}\n"
    )
    assert scan("contracts", before, changed) == []


@pytest.mark.parametrize(
    "imports",
    [
        "from pkg.net import send",
        "from pkg import net\nsend = None",  # another name: not a caller of ours
        "from other import send",
        "def send(host, port): ...",
        "from pkg.net import send\nsend = wrap(send)",
    ],
)
def test_only_what_an_import_brings_is_a_caller(imports: str, scan: Scan) -> None:
    new = "def send(host, port, tls):\n    return host, port, tls\n"
    before, changed = after(new, f"{imports}\nsend('a', 1)\n")
    assert bool(scan("contracts", before, changed)) == (imports == "from pkg.net import send")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("use.py", "import pkg.net\npkg.net.send('a', 1)\n"),
        ("use.py", "import pkg.net as n\nn.send('a', 1)\n"),
        ("use.py", "from pkg import net\nnet.send('a', 1)\n"),
        ("use.py", "from pkg.net import send as s\ns('a', 1)\n"),
        ("pkg/near.py", "from .net import send\nsend('a', 1)\n"),
        ("pkg/sub/far.py", "from ..net import send\nsend('a', 1)\n"),
        ("pkg/near.py", "from . import net\nnet.send('a', 1)\n"),
        ("use.py", "from pkg import send\nsend('a', 1)\n"),  # handed on by the package
    ],
)
def test_a_caller_is_found_by_whatever_form_of_import(path: str, text: str, scan: Scan) -> None:
    before = {"pkg/__init__.py": "from .net import send\n", "pkg/net.py": LIB, path: text}
    new = {"pkg/net.py": "def send(host, port, tls):\n    return host, port, tls\n"}
    [(_, _, _, message)] = scan("contracts", before, new)
    assert f"{path}:2" in message


def test_a_package_below_src_is_imported_by_its_own_name(scan: Scan) -> None:
    before = {
        "src/pkg/__init__.py": "",
        "src/pkg/net.py": LIB,
        "tests/test_net.py": "from pkg.net import send\nsend('a', 1)\n",
    }
    new = {"src/pkg/net.py": "def send(host, port, tls):\n    return 1\n"}
    assert "tests/test_net.py:2" in scan("contracts", before, new)[0][3]


def test_a_caller_that_the_change_brings_along_says_nothing(scan: Scan) -> None:
    before, _ = after("", "from pkg.net import send\nsend('a', 1)\n")
    new = {
        "pkg/net.py": "def send(host, port, tls):\n    return 1\n",
        "use.py": "from pkg.net import send\nsend('a', 1, True)\n",
    }
    assert scan("contracts", before, new) == []


def test_a_swap_that_the_caller_follows_says_nothing(scan: Scan) -> None:
    before, _ = after("", "from pkg.net import send\nsend('a', 1)\n")
    new = {
        "pkg/net.py": "def send(port, host=80):\n    return 1\n",
        "use.py": "from pkg.net import send\nsend(1, 'a')\n",
    }
    assert scan("contracts", before, new) == []


def test_a_removed_name_is_told_where_the_change_is_seen(scan: Scan) -> None:
    before, changed = after("def post(host):\n    return host\n", "from pkg.net import send\n")
    [(rule, path, line, message)] = scan("contracts", before, changed)
    assert (rule, path) == ("name-removed-in-use", "pkg/net.py")
    assert line in (1, 2)
    assert "use.py:1" in message


@pytest.mark.parametrize(
    "rest",
    [
        "from .other import send\n",
        "send = None\n",
        "try:\n    from fast import send\nexcept ImportError:\n    send = None\n",
        "from .other import *\n",
        "def __getattr__(name):\n    return name\n",
    ],
)
def test_a_name_that_is_still_there_another_way_is_not_gone(rest: str, scan: Scan) -> None:
    before, changed = after(rest, "from pkg.net import send\n")
    assert scan("contracts", before, changed) == []


def test_an_import_that_may_fail_expects_to(scan: Scan) -> None:
    caller = "try:\n    from pkg.net import send\nexcept ImportError:\n    send = None\n"
    before, changed = after("x = 1\n", caller)
    assert scan("contracts", before, changed) == []


def test_a_package_whose_name_is_a_module_still_has_it(scan: Scan) -> None:
    before = {
        "pkg/__init__.py": "from . import net\n",
        "pkg/net.py": LIB,
        "use.py": "from pkg import net\n",
    }
    assert scan("contracts", before, {"pkg/__init__.py": "x = 1\n"}) == []


def test_a_class_is_called_as_its_init(scan: Scan) -> None:
    old = "class Pool:\n    def __init__(self, size):\n        self.size = size\n"
    before = {"pool.py": old, "use.py": "from pool import Pool\nPool(3)\n"}
    new = {"pool.py": old.replace("size):", "size, name):")}
    assert "use.py:2" in scan("contracts", before, new)[0][3]


METHOD = "class Pool:\n    def take_one(self, wait):\n        return wait\n"


@pytest.mark.parametrize(
    ("elsewhere", "told"),
    [("", True), ("class Other:\n    def take_one(self, a, b): ...\n", False)],
)
def test_a_method_counts_only_where_no_other_bears_its_name(
    elsewhere: str, told: bool, scan: Scan
) -> None:
    before = {
        "pool.py": METHOD,
        "use.py": "def f(pool):\n    pool.take_one(1)\n",
        "o.py": elsewhere,
    }
    new = {"pool.py": METHOD.replace("wait)", "*, wait)")}
    assert bool(scan("contracts", before, new)) is told


def test_a_function_that_a_stranger_decorates_is_left_alone(scan: Scan) -> None:
    old = "@app.task\ndef send(host):\n    return host\n"
    before = {"net.py": old, "use.py": "from net import send\nsend('a')\n"}
    assert scan("contracts", before, {"net.py": old.replace("host)", "host, port)")}) == []


def test_without_git_nothing_is_said_and_nothing_breaks(scan: Scan) -> None:
    from dataclasses import replace

    from synapse_bot.specialist.change import contracts
    from synapse_bot.specialist.runner import Looked

    before, changed = after("x = 1\n", "from pkg.net import send\n")
    task = scan.__globals__["examination"](before, changed)
    looked = contracts.scan(replace(task, past=None), task.paths, None)  # type: ignore[arg-type]
    assert looked == Looked(())


@given(st.text(alphabet="def ():\n @x=*,.[]'\\0\u2028if else class", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_interface(text)
    assert (found is None) == (parse(text) is None)
    if found is not None:
        assert set(found.callables) <= set(found.callables)
        assert all(line >= 1 for line in found.names.values())


@pytest.mark.parametrize(
    "text", ["if x:\n" * 1, "f" + "()" * 900 + "\n", "(" * 5000, "x." * 3000 + "x"]
)
def test_deep_texts_are_read_or_refused(text: str) -> None:
    found = read_interface(text)
    assert found is None or isinstance(dict(found.callables), dict)
    nested = "".join(f"{' ' * depth}if x:\n" for depth in range(80)) + f"{' ' * 80}y = 1\n"
    interface = read_interface(nested)
    assert interface is not None
    assert "y" in interface.names
