"""Neither configuration nor attributes change what is read, and nothing of them is run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from synapse_bot.domain.diff import Diff
from synapse_bot.forge.local import LocalForge, Range, Staged

See = Callable[..., Any]

CONFIG = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.external": "CANARY",
    "diff.orderFile": "order",
    "diff.algorithm": "patience",
    "diff.renames": "false",
    "diff.context": "0",
    "diff.interHunkContext": "50",
    "diff.suppressBlankEmpty": "true",
    "diff.relative": "true",
    "diff.submodule": "log",
    "diff.ignoreSubmodules": "all",
    "diff.wsErrorHighlight": "all",
    "diff.colorMoved": "zebra",
    "diff.indentHeuristic": "false",
    "diff.evil.textconv": "CANARY",
    "diff.evil.command": "CANARY",
    "filter.evil.clean": "CANARY",
    "filter.evil.smudge": "CANARY",
    "filter.evil.process": "CANARY",
    "color.ui": "always",
    "color.diff": "always",
    "core.quotePath": "true",
    "core.pager": "CANARY",
    "core.fsmonitor": "CANARY",
    "core.hooksPath": "hooks",
    "core.attributesFile": "attributes",
    "core.abbrev": "4",
    "log.showSignature": "true",
    "gpg.program": "CANARY",
    "pager.diff": "CANARY",
}


@pytest.fixture
def reviewed(repo: Any) -> Any:
    body = b"".join(b"value_%d = %d\n\n" % (n, n) for n in range(40))
    repo.commit(
        {
            "pkg/app.py": body,
            "pkg/moved.py": body * 2,
            "größe.py": body,
            "order": b"pkg/renamed.py\n",
        }
    )
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("mv", "pkg/moved.py", "pkg/renamed.py")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},sub")
    repo.write({"pkg/app.py": body.replace(b"_5 ", b"_five ").replace(b"_30 ", b"_thirty ")})
    repo.write({"größe.py": body + b"import os; os.system(x)\n"})
    repo.git("add", "pkg", "größe.py")
    repo.git("commit", "-q", "-m", "change")
    return repo


def shape(diff: Diff) -> list[Any]:
    return [(f.path, f.old_path, f.status, f.kind, f.hunks, f.error) for f in diff.files]


def test_no_configuration_changes_what_is_read_or_runs(reviewed: Any, see: See) -> None:
    plain = shape(see(reviewed).diff)
    canary = reviewed.path.parent / "canary"
    script = reviewed.path.parent / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    reviewed.write({"attributes": b"*.py diff=evil filter=evil\n", "hooks/pre-commit": b"x"})
    for key, value in CONFIG.items():
        reviewed.git("config", key, value.replace("CANARY", str(script)))
    reviewed.write({".git/info/attributes": b"*.py diff=evil filter=evil\n"})
    assert shape(see(reviewed).diff) == plain
    os.utime(reviewed.path / "pkg/app.py")  # git would ask its monitor what has changed
    see(reviewed, Staged())
    assert see(reviewed).texts("pkg/app.py")["pkg/app.py"].content
    assert not canary.exists()


@pytest.mark.parametrize(
    "attributes",
    [
        b"*.py -diff\n",
        b"*.py binary\n",
        b"*.py diff=evil\n",
        b"* -diff -text\n",
        b"*.py filter=lfs diff=lfs merge=lfs -text\n",
        b"*.py linguist-generated\n",
        b"*.py working-tree-encoding=UTF-16\n",
        b"*.py export-ignore eol=crlf\n",
    ],
)
def test_an_attribute_that_the_change_brings_hides_nothing(
    reviewed: Any, see: See, attributes: bytes
) -> None:
    before = {file.path: file.hunks for file in see(reviewed).diff.files}
    reviewed.write({".gitattributes": attributes, "pkg/.gitattributes": attributes})
    reviewed.git("add", "-f", ".gitattributes", "pkg/.gitattributes")
    reviewed.git("commit", "-q", "-m", "hide")
    after = {file.path: file.hunks for file in see(reviewed).diff.files}
    for path, hunks in before.items():
        assert after[path] == hunks
        assert hunks or path == "pkg/renamed.py"


def test_gitmodules_cannot_hide_a_submodule(reviewed: Any, see: See) -> None:
    text = b'[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c touch%20ran\n\tignore = all\n'
    reviewed.write({".gitmodules": text})
    reviewed.git("add", "-f", ".gitmodules")
    reviewed.git("commit", "-q", "-m", "hide")
    assert "sub" in see(reviewed).diff.by_path


def test_git_variables_of_the_environment_are_not_passed_on(
    reviewed: Any, read: Callable[..., Any]
) -> None:
    canary = reviewed.path.parent / "canary"
    environ = {
        "PATH": os.environ["PATH"],
        "GIT_EXTERNAL_DIFF": f"touch {canary}",
        "GIT_DIR": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "diff.noprefix",
        "GIT_CONFIG_VALUE_0": "true",
        "LD_PRELOAD": "/nowhere.so",
    }
    seen = read(LocalForge.open(reviewed.path, Range("main"), environ=environ))
    assert "pkg/app.py" in seen.diff.by_path
    assert not canary.exists()


def test_reading_leaves_the_repository_as_it_was(reviewed: Any, see: See) -> None:
    def state() -> dict[str, tuple[int, int]]:
        found = {}
        for folder, _, names in os.walk(reviewed.path / ".git"):
            for name in names:
                info = os.stat(os.path.join(folder, name))
                found[os.path.join(folder, name)] = (info.st_size, info.st_mtime_ns)
        return found

    os.utime(reviewed.path / "pkg/app.py")
    before = state()
    see(reviewed).texts()
    assert state() == before


def test_a_replaced_object_is_not_believed(reviewed: Any, see: See) -> None:
    before = see(reviewed).texts("pkg/app.py")["pkg/app.py"].content
    real = reviewed.git("rev-parse", "HEAD:pkg/app.py").decode().strip()
    fake = reviewed.git("hash-object", "-w", "--stdin", stdin=b"harmless = 1\n").decode().strip()
    reviewed.git("replace", real, fake)
    assert see(reviewed).texts("pkg/app.py")["pkg/app.py"].content == before
