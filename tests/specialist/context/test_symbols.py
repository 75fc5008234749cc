"""What is read in a file of each language, in a process that may die of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from synapse_bot.config.settings import Sandbox
from synapse_bot.specialist import namespaces
from synapse_bot.specialist.context import parsing, reader
from synapse_bot.specialist.context.parsing import Parsed, parse_files
from synapse_bot.specialist.context.symbols import MAX_BYTES, Symbols, read_symbols

SOURCES = {
    "a.py": (
        "import os\nfrom x import (\n    y,\n)\nLIMIT = 3\n\n\n"
        "@wraps(f)\ndef one(\n    a,\n) -> int:\n    return two(a) + self.three(a)\n\n\n"
        "class A(Base):\n    def m(self):\n        return A()\n",
        {"LIMIT 5-5", "one 8-12", "A 15-17", "m 16-17"},
        {"A", "Base", "three", "two", "wraps"},
        ((1, 1), (2, 4)),
    ),
    "a.js": (
        "const x = require('x')\nimport y from 'y'\nexport const f = (a,\n  b) => {\n  g(a)\n}\n"
        "app.use = function use(fn) {\n  return new Router(fn)\n}\nclass A extends B {\n"
        "  m() { return 1 }\n}\n",
        {"f 3-6", "use 7-9", "A 10-12", "m 11-11"},
        {"B", "Router", "g", "require"},
        ((1, 1), (2, 2)),
    ),
    "a.ts": (
        "import {a} from 'b'\nexport interface I { x: number }\n"
        "export class A extends B implements I {\n  m(x: I): T { return f(x) }\n}\n"
        "type T = number\nexport async function z() {\n  return new A().m()\n}\n",
        {"I 2-2", "A 3-5", "m 4-4", "T 6-6", "z 7-9"},
        {"A", "B", "I", "T", "f", "m"},
        ((1, 1),),
    ),
    "a.tsx": (
        "export const Page = (p: P) => <List rows={rows(p)}/>\n",
        {"Page 1-1"},
        {"List", "P", "rows"},
        (),
    ),
    "a.go": (
        'package a\nimport (\n "fmt"\n)\ntype T struct {\n A int\n}\nfunc (t *T) M(a int) error {\n'
        ' return fmt.Errorf("x", help(a))\n}\nfunc help(a int) int { return T{A: a}.A }\n',
        {"T 5-7", "M 8-10", "help 11-11"},
        {"Errorf", "T", "help"},
        ((2, 4),),
    ),
    "A.java": (
        "import a.B;\nclass A extends B {\n  A() { super(); }\n  int m(int x) {\n"
        "    return new C().n(x);\n  }\n}\n",
        {"A 2-7", "A 3-3", "m 4-6"},
        {"B", "C", "n"},
        ((1, 1),),
    ),
    "a.rb": (
        "require 'x'\nmodule M\n class A < B\n  def m(x)\n   helper(x)\n   C.new\n  end\n end\n"
        "end\n",
        {"M 2-9", "A 3-8", "m 4-7"},
        {"B", "C", "helper", "new", "require"},
        ((1, 1),),
    ),
}


def _symbols(path: str, text: str) -> Symbols:
    found = read_symbols(path, text.encode())
    assert found is not None
    return found


def _parse(scratch: Path, seconds: float = 60.0, /, **files: bytes) -> Parsed:
    named = {name.replace("_", "."): content for name, content in files.items()}
    return asyncio.run(parse_files(named, scratch, seconds))


@pytest.mark.parametrize("path", list(SOURCES))
def test_definitions_uses_and_imports_are_read(path: str) -> None:
    text, definitions, uses, imports = SOURCES[path]
    found = _symbols(path, text)
    assert {f"{d.name} {d.start}-{d.end}" for d in found.definitions} == definitions
    assert found.used == uses
    assert found.imports == imports


@pytest.mark.parametrize("path", list(SOURCES))
def test_plain_values_give_the_same_symbols(path: str) -> None:
    found = _symbols(path, SOURCES[path][0])
    assert Symbols.from_plain(json.loads(json.dumps(found.to_plain()))) == found


def test_a_signature_ends_before_its_body() -> None:
    found = {d.name: d for d in _symbols("a.py", SOURCES["a.py"][0]).definitions}
    assert (found["one"].start, found["one"].signature) == (8, 11)
    assert (found["A"].start, found["A"].signature) == (15, 15)


def test_a_line_is_in_its_innermost_function() -> None:
    found = _symbols("a.py", SOURCES["a.py"][0])
    assert [d.name for d in found.around(17)] == ["A", "m"]
    assert {d.name: n for d, n in found.at((5, 12, 17, 16)).items()} == {
        "LIMIT": 1,
        "one": 1,
        "m": 2,
    }


@pytest.mark.parametrize("text", ["def f(:\n  x = (", "class", "\x00\xff", "", "((((", "<<A\n"])
@pytest.mark.parametrize("path", list(SOURCES))
def test_broken_text_is_read_as_far_as_it_goes(path: str, text: str) -> None:
    assert read_symbols(path, text.encode("latin-1")) is not None


def test_no_grammar_and_far_too_large_are_no_symbols() -> None:
    assert read_symbols("a.txt", b"def f(): pass") is None
    assert read_symbols("a.py", b"x = 1\n" * MAX_BYTES) is None


def test_the_reader_gets_every_file_as_it_is(tmp_path: Path) -> None:
    files = [("a\n\udce9.py", b"\x00\n\xff"), ("", b"")]
    (tmp_path / "in").write_bytes(reader.packed(files))
    with (tmp_path / "in").open("rb") as stream:
        assert list(reader.unpacked(stream)) == files


# "(" without an end takes this parser more than a minute
def test_a_file_that_takes_the_parser_for_ever_costs_only_itself(tmp_path: Path) -> None:
    done = _parse(tmp_path, a_py=b"def f(): pass", b_py=b"(" * 300_000, c_py=b"def g(): pass")
    assert {path: s.defined for path, s in done.symbols.items() if s} == {
        "a.py": {"f"},
        "c.py": {"g"},
    }
    assert done.unread == ("b.py",)


def test_files_without_a_turn_are_named(tmp_path: Path) -> None:
    assert _parse(tmp_path, 0.0, a_py=b"x = 1").unread == ("a.py",)


def test_the_reader_reaches_no_network_where_namespaces_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its command is replaced by one that looks for interfaces; the way to it is the real one."""
    if not namespaces.available("/usr/bin:/bin"):
        pytest.skip("this machine offers no namespaces")
    script = (
        "import json, socket; names = [name for _, name in socket.if_nameindex()]; "
        "print(json.dumps([[[1, 1, name, 'function', 1] for name in names], {}, []]))"
    )
    monkeypatch.setattr(parsing, "_ARGV", (sys.executable, "-I", "-c", script))
    found = _parse(tmp_path, a_py=b"").symbols["a.py"]
    assert found is not None
    assert found.defined == {"lo"}


def test_where_namespaces_are_demanded_and_missing_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing.namespaces, "available", lambda search_path: "")
    found = asyncio.run(parse_files({"a.py": b"x = 1"}, tmp_path, 60.0, Sandbox.REQUIRE))
    assert found.unread == ("a.py",)


def test_nothing_of_the_reader_is_left(tmp_path: Path) -> None:
    _parse(tmp_path, a_py=b"x = 1")
    assert list(tmp_path.iterdir()) == []


def test_a_review_without_a_model_loads_no_parser() -> None:
    code = "import sys, synapse_bot.runtime.review; print('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stdout == b"False\n"
