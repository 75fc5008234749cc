"""Where tools are found, and what is never taken for one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from synapse_bot.config.data import data_dir
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.specialist import executables
from synapse_bot.specialist.toolbox import Toolbox, ToolPin, environment_of, load_pins


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def box(
    cache: Path, search_path: str = "/nowhere", pins: dict[str, ToolPin] | None = None
) -> Toolbox:
    return Toolbox(pins or {}, cache, search_path)


PIN = ToolPin("demo", "demo-tool", "1.2.3", "demo")


def test_ruff_and_bandit_come_with_the_package(tmp_path: Path) -> None:
    tools = Toolbox.open(data_dir("rules"), tmp_path, "/nowhere")
    ruff, bandit = tools.find("ruff"), tools.find("bandit")
    assert ruff is not None
    assert bandit is not None
    assert (ruff.source, bandit.source) == ("bundled", "bundled")
    assert bandit.binary == (sys.executable, "-I", "-m", "bandit")
    assert os.path.isabs(ruff.binary[0])
    assert list(tools.versions()) == ["bandit", "ruff"]
    assert all(tools.versions().values())


def test_every_pin_that_is_not_bundled_has_a_lock_with_hashes() -> None:
    for pin in load_pins(data_dir("rules") / "tools.yaml"):
        if pin.bundled:
            continue
        assert pin.lock is not None, pin.name
        text = pin.lock.read_text()
        assert f"{pin.package}=={pin.version}" in text, pin.name
        assert text.count("--hash=sha256:") >= text.count("=="), pin.name
        assert pin.licence, pin.name
        assert "://" not in text, pin.name


def test_an_installed_tool_goes_before_one_on_path(tmp_path: Path) -> None:
    on_path = program(tmp_path / "bin" / "demo")
    tools = box(tmp_path, str(on_path.parent), {"demo": PIN})
    found = tools.find("demo")
    assert found is not None
    assert (found.source, found.binary) == ("path", (str(on_path),))
    mine = program(environment_of(PIN, tmp_path) / "bin" / "demo")
    assert tools.find("demo") is found  # one look a run
    tools.forget()
    found = tools.find("demo")
    assert found is not None
    assert (found.source, found.binary, found.version) == ("installed", (str(mine),), "1.2.3")


def test_another_version_in_the_cache_is_not_the_pinned_one(tmp_path: Path) -> None:
    program(tmp_path / "tools" / "demo-1.0.0" / "bin" / "demo")
    assert box(tmp_path, pins={"demo": PIN}).find("demo") is None


def test_a_python_script_of_a_moved_environment_is_started_by_its_python(tmp_path: Path) -> None:
    home = environment_of(PIN, tmp_path)
    script = program(home / "bin" / "demo", "#!/old/place/bin/python\n")
    found = box(tmp_path, pins={"demo": PIN}).find("demo")
    assert found is not None
    assert found.binary == (str(home / "bin" / "python"), "-I", str(script))


def test_relative_entries_of_the_search_path_name_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "node_modules" / ".bin" / "evil")
    program(tmp_path / "evil")
    monkeypatch.chdir(tmp_path)
    tools = Toolbox.open(data_dir("rules"), tmp_path, "node_modules/.bin:.::")
    assert tools.find("evil") is None
    assert tools.search_path == ""


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "-x", "a\nb", ".."])
def test_a_name_is_not_a_path(tmp_path: Path, name: str) -> None:
    program(tmp_path / "evil")
    assert box(tmp_path, str(tmp_path / "bin")).find(name) is None


def test_a_shim_stands_for_what_it_would_start(tmp_path: Path) -> None:
    root = tmp_path / "pyenv"
    shim = program(root / "shims" / "demo", "#!/bin/sh\nexec pyenv exec demo\n")
    assert executables.which("demo", str(shim.parent)) is None
    old = program(root / "versions" / "3.9.1" / "bin" / "demo")
    new = program(root / "versions" / "3.11.7" / "bin" / "demo")
    assert executables.which("demo", str(shim.parent)) == new
    (root / "version").write_text("3.9.1\n")
    assert executables.which("demo", str(shim.parent)) == old


def test_the_version_on_path_is_read_from_metadata_beside_the_program(tmp_path: Path) -> None:
    real = program(tmp_path / "venv" / "bin" / "demo")
    site = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    (site / "Demo_Tool-4.5.dist-info").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "demo").symlink_to(real)
    found = box(tmp_path, str(tmp_path / "bin"), {"demo": PIN}).find("demo")
    assert found is not None
    assert found.version == "4.5"


def test_a_program_brings_its_interpreter_and_not_the_users_home(tmp_path: Path) -> None:
    node = program(tmp_path / "node" / "bin" / "node")
    (tmp_path / "node" / "lib").mkdir()
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    linter = program(home / "bin" / "linter", "#!/usr/bin/env node\n")
    found = box(tmp_path, f"{linter.parent}:{node.parent}").find("linter")
    assert found is not None
    assert set(found.roots) == {home / "bin", tmp_path / "node"}


def test_a_file_that_is_not_executable_is_no_tool(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    (tmp_path / "other").mkdir()
    assert box(tmp_path, str(tmp_path)).find("demo") is None
    assert box(tmp_path, str(tmp_path)).find("other") is None


def test_a_fault_in_the_pins_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "tools.yaml").write_text("demo:\n  package: demo\n  verison: 1\n")
    with pytest.raises(ConfigInvalid, match=r"rules/tools.yaml:3: .*verison"):
        Toolbox.open(tmp_path, tmp_path / "cache", "")


def test_compiled_pins_are_the_same(tmp_path: Path) -> None:
    path = data_dir("rules") / "tools.yaml"
    assert load_pins(path, tmp_path) == load_pins(path, tmp_path) == load_pins(path)
