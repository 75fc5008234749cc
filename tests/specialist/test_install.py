"""Installing a tool: all of it or nothing, from hashes, killed at any moment.

The package is a wheel written here, so nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from synapse_bot.domain.errors import ToolInstallFailed
from synapse_bot.specialist import executables
from synapse_bot.specialist.install import install
from synapse_bot.specialist.toolbox import ToolPin, environment_of, installed

SEARCH_PATH = os.environ.get("PATH", os.defpath)
NO_UV = "/usr/bin:/bin"


def wheel(folder: Path) -> Path:
    info = "demo_tool-1.2.3.dist-info"
    path = folder / "demo_tool-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo_tool.py", "def main():\n    print('hello from the tool')\n")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo-tool\nVersion: 1.2.3\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\ndemo = demo_tool:main\n")
        archive.writestr(
            f"{info}/RECORD",
            f"demo_tool.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/entry_points.txt,,\n{info}/RECORD,,\n",
        )
    return path


@pytest.fixture
def pin(tmp_path: Path) -> ToolPin:
    made = wheel(tmp_path)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    lock = tmp_path / "demo.txt"
    lock.write_text(f"demo-tool @ {made.as_uri()} --hash=sha256:{digest}\n")
    return ToolPin("demo", "demo-tool", "1.2.3", "demo", lock=lock)


@pytest.fixture(params=["uv", "pip"])
def search_path(request: pytest.FixtureRequest) -> str:
    if request.param == "uv" and executables.which("uv", SEARCH_PATH) is None:
        pytest.skip("uv is not installed")
    return SEARCH_PATH if request.param == "uv" else NO_UV


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "tools").glob("*"))


def test_an_installed_tool_runs_and_is_compiled(
    pin: ToolPin, tmp_path: Path, search_path: str
) -> None:
    said: list[str] = []
    tool = install(pin, tmp_path / "cache", said.append, search_path)
    done = subprocess.run(tool.binary, capture_output=True, cwd="/", env={})
    assert done.stdout == b"hello from the tool\n"
    assert (tool.version, tool.source) == ("1.2.3", "installed")
    assert list(
        environment_of(pin, tmp_path / "cache").glob("lib/*/site-packages/__pycache__/demo_tool*")
    )
    assert left(tmp_path / "cache") == ["demo-1.2.3"]
    assert said[0].startswith("demo 1.2.3: fetching with")


def test_a_script_that_the_tool_starts_by_name_runs_too(
    pin: ToolPin, tmp_path: Path, search_path: str
) -> None:
    tool = install(pin, tmp_path / "cache", lambda line: None, search_path)
    assert tool.programs is not None
    done = subprocess.run([tool.programs / "demo"], capture_output=True, cwd="/", env={})
    assert done.stdout == b"hello from the tool\n"


def test_installing_again_does_nothing(pin: ToolPin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    install(pin, cache, lambda _: None, SEARCH_PATH)
    before = environment_of(pin, cache).stat().st_mtime_ns
    said: list[str] = []
    install(replace(pin, lock=None), cache, said.append, NO_UV)
    assert said == ["demo 1.2.3 is installed already"]
    assert environment_of(pin, cache).stat().st_mtime_ns == before


def test_a_package_with_another_hash_is_refused(
    pin: ToolPin, tmp_path: Path, search_path: str
) -> None:
    assert pin.lock is not None
    pin.lock.write_text(pin.lock.read_text().split("--hash")[0] + f"--hash=sha256:{'0' * 64}\n")
    with pytest.raises(ToolInstallFailed, match=r"(?is)demo.*hash"):
        install(pin, tmp_path / "cache", lambda _: None, search_path)
    assert left(tmp_path / "cache") == []


def test_a_package_without_a_hash_is_refused(pin: ToolPin, tmp_path: Path) -> None:
    assert pin.lock is not None
    pin.lock.write_text(pin.lock.read_text().split("--hash")[0] + "\n")
    with pytest.raises(ToolInstallFailed):
        install(pin, tmp_path / "cache", lambda _: None, SEARCH_PATH)
    assert left(tmp_path / "cache") == []


def test_a_package_without_the_program_is_said_so(pin: ToolPin, tmp_path: Path) -> None:
    with pytest.raises(ToolInstallFailed, match="no program 'absent'"):
        install(replace(pin, binary="absent"), tmp_path / "cache", lambda _: None, SEARCH_PATH)


def test_a_tool_without_a_lock_file_says_what_to_do(pin: ToolPin, tmp_path: Path) -> None:
    with pytest.raises(ToolInstallFailed) as raised:
        install(replace(pin, lock=None), tmp_path / "cache", lambda _: None)
    assert "PATH" in raised.value.hint


def test_a_cache_that_cannot_be_written_is_said_so(pin: ToolPin, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(ToolInstallFailed, match="cannot be written"):
        install(pin, tmp_path / "cache", lambda _: None)


KILLED = """
import os, signal, sys
from pathlib import Path
from synapse_bot.specialist import install as module
from synapse_bot.specialist.toolbox import ToolPin

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

lock, cache, where, search_path = sys.argv[1:]
pin = ToolPin("demo", "demo-tool", "1.2.3", "demo", lock=Path(lock))
if where == "before fetching":
    module._step = die
if where == "before warming":
    module._warm = die
if where == "before moving":
    module._move = die
module.install(pin, Path(cache), die if where == "at the first word" else print, search_path)
"""


@pytest.mark.parametrize(
    "where", ["at the first word", "before fetching", "before warming", "before moving"]
)
def test_killed_anywhere_the_next_installation_ends_right(
    pin: ToolPin, tmp_path: Path, where: str
) -> None:
    cache = tmp_path / "cache"
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(pin.lock), str(cache), where, SEARCH_PATH],
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert installed(pin, cache) is None
    half = [name for name in left(cache) if name.startswith(".building")]
    assert len(half) == 1
    os.utime(cache / "tools" / half[0], (0, 0))  # long ago
    tool = install(pin, cache, lambda _: None, SEARCH_PATH)
    assert subprocess.run(tool.binary, capture_output=True).returncode == 0
    assert left(cache) == ["demo-1.2.3"]


def test_a_broken_environment_is_replaced(pin: ToolPin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    tool = install(pin, cache, lambda _: None, SEARCH_PATH)
    Path(tool.binary[-1]).unlink()
    again = install(pin, cache, lambda _: None, SEARCH_PATH)
    assert subprocess.run(again.binary, capture_output=True).returncode == 0


def test_configuration_of_the_reviewed_tree_is_not_read(
    pin: ToolPin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, search_path: str
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "uv.toml").write_text('index-url = "https://evil.invalid/simple"\nno-such-key = 1\n')
    (tree / "pip.conf").write_text("[global]\nindex-url = https://evil.invalid/simple\n")
    (tree / "pyproject.toml").write_text("[tool.uv]\nno-such-key = 1\n")
    monkeypatch.chdir(tree)
    install(pin, tmp_path / "cache", lambda _: None, search_path)
    assert left(tmp_path / "cache") == ["demo-1.2.3"]


def test_what_a_tool_keeps_is_made_at_installation(pin: ToolPin, tmp_path: Path) -> None:
    native = "native-demo"
    script = textwrap.dedent(
        """\
        #!/bin/sh
        echo warmed > "$2/rules"
        """
    )
    made = tmp_path / "demo_tool-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(made, "a") as archive:
        info = zipfile.ZipInfo(native)
        info.external_attr = 0o755 << 16
        archive.writestr(info, script)
    assert pin.lock is not None
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    pin.lock.write_text(f"demo-tool @ {made.as_uri()} --hash=sha256:{digest}\n")
    warm = replace(pin, native=native, warm=("--cache", "{cache}", "{dir}"))
    uv = executables.which("uv", SEARCH_PATH)
    if uv is None or shutil.which("sh") is None:
        pytest.skip("uv is not installed")
    tool = install(warm, tmp_path / "cache", lambda _: None, SEARCH_PATH)
    assert tool.cache is not None
    assert (tool.cache / "rules").read_text() == "warmed\n"
