"""The floors hold, and so do the invariants that an import contract cannot express."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

    Run = Callable[..., CompletedProcess[str]]


def _modules(root: Path, *packages: str) -> list[Path]:
    files = [
        file for one in packages for file in sorted((root / "synapse_bot" / one).rglob("*.py"))
    ]
    assert files
    return files


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_import_contracts_hold(run: Run) -> None:
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout


def test_a_package_without_a_floor_breaks_the_contract(
    root: Path, tmp_path: Path, run: Run
) -> None:
    import shutil

    shutil.copytree(root / "synapse_bot", tmp_path / "synapse_bot")
    shutil.copy(root / ".importlinter", tmp_path)
    (tmp_path / "synapse_bot" / "utils").mkdir()
    (tmp_path / "synapse_bot" / "utils" / "__init__.py").touch()
    done = run("lint-imports", "--no-cache", cwd=tmp_path)
    assert done.returncode != 0
    assert "utils" in done.stdout


def test_the_domain_imports_the_standard_library_only(root: Path) -> None:
    for file in _modules(root, "domain"):
        for name in _imports(file):
            top = name.partition(".")[0]
            allowed = top in sys.stdlib_module_names or name.startswith("synapse_bot.domain")
            assert allowed, f"{file.name} imports {name}"


def test_nobody_below_the_door_reads_the_environment(root: Path) -> None:
    below = [file for file in _modules(root, ".") if "entry" not in file.parts]
    for file in below:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            read = isinstance(node, ast.Attribute) and node.attr in (
                "environ",
                "getenv",
                "environb",
            )
            assert not read, f"{file}:{getattr(node, 'lineno', 0)} reads the environment"


def test_nobody_outside_the_door_prints(root: Path) -> None:
    for file in _modules(root, "."):
        if "entry" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            printed = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "print"
            )
            assert not printed, f"{file}:{getattr(node, 'lineno', 0)} prints"


def test_no_member_of_a_family_imports_the_familys_front(root: Path) -> None:
    """Members take their family's base.py, so that a family's front may import its members."""
    for family in ("forge", "store", "engine", "specialist", "negotiation", "report"):
        home = root / "synapse_bot" / family
        for file in _modules(root, family):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == f"synapse_bot.{family}":
                    for alias in node.names:
                        module = (home / f"{alias.name}.py").is_file()
                        assert module or (home / alias.name).is_dir(), f"{file}: {alias.name}"


def test_there_is_no_place_for_odds_and_ends(root: Path) -> None:
    words = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "v2"}
    for file in _modules(root, "."):
        parts = {part.removesuffix(".py") for part in file.relative_to(root).parts}
        assert not parts & words, file


@pytest.mark.parametrize("module", ["openai", "anthropic", "github", "gitlab", "bandit"])
def test_help_imports_no_sdk(run: Run, module: str) -> None:
    code = (
        "import sys\nfrom synapse_bot.entry.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.exit({module!r} in sys.modules)"
    )
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
