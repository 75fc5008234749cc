"""An SDK whose types are deferred is the same SDK, with less of it loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synapse_bot.llm.deferred import Source, handed_on

SDKS = ("openai", "anthropic")


def _says(code: str, *paths: Path) -> list[str]:
    lines = ["import sys", *(f"sys.path.insert(0, {str(path)!r})" for path in paths), code]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


_EXPORTS = """
for name in sorted(set({package}.__all__ if hasattr({package}, "__all__") else vars({package}))):
    value = getattr({package}, name)
    if not name.startswith("_") and name != "annotations":  # what `from __future__` leaves behind
        print(name, getattr(value, "__module__", ""), getattr(value, "__qualname__", value))
"""


@pytest.mark.parametrize("sdk", SDKS)
def test_every_name_is_what_it_is_without_deferring(sdk: str) -> None:
    package = f"{sdk}.types"
    show = _EXPORTS.format(package=package)
    plain = _says(f"import {package}{show}")
    deferred = _says(
        f"from synapse_bot.llm.deferred import load_sdk\nload_sdk({sdk!r})\nimport {package}{show}"
    )
    exported = [line for line in plain if "<module" not in line]
    assert len(exported) > 100
    assert [line for line in deferred if "<module" not in line] == exported


def test_what_nobody_asks_for_is_not_loaded() -> None:
    count = "print(sum(name.startswith('openai.types.') for name in sys.modules))"
    plain = _says(f"import openai\n{count}")
    deferred = _says(f"from synapse_bot.llm.deferred import load_sdk\nload_sdk('openai')\n{count}")
    assert int(deferred[0]) < int(plain[0]) / 3


def test_afterwards_imports_are_as_ever() -> None:
    said = _says(
        "import gc\nfrom synapse_bot.llm.deferred import load_sdk\nbefore = list(sys.meta_path)\n"
        "load_sdk('openai')\nprint(sys.meta_path == before, gc.isenabled())\n"
        "import openai\nprint(openai.types.chat.ChatCompletion.__name__)\n"
        "try: openai.types.Nothing\nexcept AttributeError as error: print(error)\n"
        "try: load_sdk('openai', 'openai.nothing')\nexcept ImportError: print(gc.isenabled())\n"
        "print(sys.meta_path == before)"
    )
    assert said == [
        "True True",
        "ChatCompletion",
        "module 'openai.types' has no attribute 'Nothing'",
        "True",
        "True",
    ]


def _package(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "kit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_name_is_imported_when_it_is_asked_for(tmp_path: Path) -> None:
    _package(
        tmp_path,
        {
            "__init__.py": "from . import types\n",
            "types/__init__.py": "from .a import A as A\nfrom .b import B, C as D\n",
            "types/a.py": "print('a runs')\nclass A: pass\n",
            "types/b.py": "print('b runs')\nclass B: pass\nclass C: pass\n",
        },
    )
    said = _says(
        "from synapse_bot.llm.deferred import load_sdk\nload_sdk('kit')\nprint('loaded')\n"
        "from kit.types import D\nprint(D.__name__, 'kit.types.a' in sys.modules)\n"
        "from kit.types import *\nprint(A.__name__, B.__name__)",
        tmp_path,
    )
    assert said == ["loaded", "b runs", "C False", "a runs", "A B"]


def test_a_package_that_does_more_than_hand_on_names_is_run(tmp_path: Path) -> None:
    _package(
        tmp_path,
        {
            "__init__.py": "from . import types\n",
            "types/__init__.py": "from .a import A\nprint('types run')\n",
            "types/a.py": "class A: pass\n",
        },
    )
    said = _says("from synapse_bot.llm.deferred import load_sdk\nload_sdk('kit')", tmp_path)
    assert said == ["types run"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('"""Doc."""\nfrom __future__ import annotations\n', {}),
        ("from .a import A", {"A": Source("kit.a", "A"), "a": Source("kit.a")}),
        ("from .a import A as B", {"B": Source("kit.a", "A"), "a": Source("kit.a")}),
        ("from . import a", {"a": Source("kit.a")}),
        ("from .a.b import A", {"A": Source("kit.a.b", "A"), "a": Source("kit.a")}),
        ("from .a import *", None),
        ("from other import A", None),
        ("import os", None),
        ("x = 1", None),
        ("from .a import a", None),  # the class or the module: it depends on who imports what when
        ("from .a import A\nfrom .b import a", None),
    ],
)
def test_a_package_hands_on_what_its_source_says(
    source: str, names: dict[str, Source] | None
) -> None:
    assert handed_on(source, "kit") == names
