"""The documentation is complete, current, and true to the program."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from synapse_bot.domain.errors import ExitCode
from synapse_bot.entry.main import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

    Run = Callable[..., CompletedProcess[str]]

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"(?:^|\$ |\| |`|: )synapse-bot ([a-z]+)([^`\n#]*)", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_TARGET = re.compile(r"\bmake ([a-z]+)\b")
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("script", ["cli_page", "config_page", "specialists_page"])
def test_generated_pages_are_current(root: Path, run: Run, script: str) -> None:
    done = run(sys.executable, root / "scripts" / f"{script}.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_verb_has_its_section(root: Path) -> None:
    text = (root / "docs" / "cli.md").read_text()
    sections = set(re.findall(r"^## synapse-bot (\w+)$", text, re.MULTILINE))
    assert sections == set(VERBS)


def test_every_page_is_in_the_navigation(root: Path) -> None:
    pages = {path.name for path in (root / "docs").glob("*.md")}
    loader = type("Loader", (yaml.SafeLoader,), {})
    assert set(_leaves(yaml.load((root / "mkdocs.yml").read_text(), loader)["nav"])) == pages


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        for item in value:
            yield from _leaves(item)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The documentation, built as CI does. (With --quiet, --strict would see no warning.)"""
    folder = tmp_path_factory.mktemp("site")
    done = run("mkdocs", "build", "--strict", "--site-dir", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_builds_strictly_with_the_architecture_in_it(site: Path) -> None:
    architecture = (site / "architecture" / "index.html").read_text()
    assert "architecture.svg" in architecture
    assert "--8&lt;--" not in architecture


def test_no_page_of_the_site_loads_from_elsewhere(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"?(?:https?:)?//"
        r"|<link[^>]*stylesheet[^>]*href=\"?(?:https?:)?//"
    )
    built = list(site.rglob("*.html"))
    assert built
    for file in built:
        assert not loads.search(file.read_text()), file


def test_files_that_the_readme_publishes_are_written(root: Path) -> None:
    from synapse_bot.report.formats import FORMATS

    published = re.findall(r"synapse-bot/([\w.-]+\.json)", (root / "README.md").read_text())
    assert published
    assert set(published) <= {entry.file_name for entry in FORMATS.values()}


def test_links_between_files_lead_somewhere(root: Path, pages: list[Path]) -> None:
    broken = [
        f"{page.relative_to(root)} -> {target}"
        for page in pages
        if "tests" not in page.relative_to(root).parts
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_readme_opens_with_the_two_commands(root: Path) -> None:
    first = _SHELL.findall((root / "README.md").read_text())[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


def test_every_command_of_the_pages_exists_with_its_options(
    root: Path, pages: list[Path], run: Run
) -> None:
    helps = (root / "docs" / "cli.md").read_text()
    seen = 0
    for page in pages:
        if page.name in ("cli.md", "CHANGELOG.md") or "tests" in page.relative_to(root).parts:
            continue
        for verb, rest in _COMMAND.findall(_code(page.read_text(encoding="utf-8"))):
            seen += 1
            assert verb in VERBS, f"{page.name}: synapse-bot {verb}"
            section = helps[helps.index(f"## synapse-bot {verb}\n") :]
            section = section[: section.find("\n## ", 5)]
            for option in _OPTION.findall(rest):
                assert option in section, f"{page.name}: synapse-bot {verb} {option}"
    assert seen > 5


def _code(text: str) -> str:
    """The code of a page: blocks with their broken lines joined, and spans."""
    fences = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    joined = re.sub(r" \\\n\s+", " ", "\n".join(fences))
    return joined + "\n".join(re.findall(r"`synapse-bot [^`]+`", text))


def test_every_make_target_of_the_pages_exists(root: Path, pages: list[Path]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    for page in pages:
        if "tests" in page.relative_to(root).parts:
            continue
        shell = "\n".join(_SHELL.findall(page.read_text(encoding="utf-8")))
        assert set(_TARGET.findall(shell)) <= targets, page


def test_the_architecture_is_read_in_minutes(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text()
    assert len(text.splitlines()) <= 120
    assert text.count("![") + text.count("```mermaid") == 1


def test_the_architecture_names_every_package(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text()
    for folder in (root / "synapse_bot").iterdir():
        if (folder / "__init__.py").is_file():
            assert f"`{folder.name}`" in text, folder.name


def test_paths_that_the_architecture_and_the_recipes_name_exist(root: Path) -> None:
    named = re.compile(r"`((?:synapse_bot|specialists|rules|docs|scripts|tests)/[\w./-]*)`")
    for page in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        for path in named.findall((root / page).read_text()):
            if "my-linter" not in path and path != "synapse_bot/data/":
                assert (root / path).exists(), f"{page}: {path}"


def test_every_exit_code_is_explained(root: Path) -> None:
    for page in ("README.md", "docs/exit-codes.md"):
        codes = re.findall(r"^\| (\d+) \|", (root / page).read_text(), re.MULTILINE)
        assert [int(code) for code in codes] == [code.value for code in ExitCode], page


def test_the_changelog_keeps_its_form(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text()
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE)
    kinds = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_files_that_a_user_looks_for_are_there(root: Path) -> None:
    security = (root / "SECURITY.md").read_text()
    assert "Report a" in security
    assert re.search(r"\d+ (?:working )?days", security)
    assert "Apache License" in (root / "LICENSE").read_text()
    assert re.search(r"^/\.github/\s+@", (root / ".github/CODEOWNERS").read_text(), re.MULTILINE)
    for name in ("CONTRIBUTING.md", "CODE_OF_CONDUCT.md", ".github/dependabot.yml", "NOTICE"):
        assert (root / name).is_file()


def test_the_page_of_routes_lists_the_shipped_rules_in_order(root: Path) -> None:
    rules = yaml.safe_load((root / "rules" / "routes.yaml").read_text())["rules"]
    rows = re.findall(
        r"^\| `([\w-]+)` \| (fast|deep)(, guard)? \|",
        (root / "docs" / "routes.md").read_text(),
        re.MULTILINE,
    )
    shipped = [(rule["id"], rule["route"], rule.get("guard", False)) for rule in rules]
    assert [(name, route, bool(guard)) for name, route, guard in rows] == shipped


def test_every_limit_names_tests_that_exist(root: Path) -> None:
    rows = (root / "docs" / "limits.md").read_text().splitlines()
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row)}
    sources = "\n".join(path.read_text() for path in (root / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert {name for name in named if f"def {name}(" not in sources} == set()
    assert all(
        "`test_" in row
        for row in rows
        if row.startswith("| ") and "|---" not in row and "| limit |" not in row
    )


def test_the_readme_starts_with_the_workflows_of_the_forges_pages(root: Path) -> None:
    """Each page ends with the workflow to paste; the README's quick start is those two."""

    def blocks(page: str) -> list[str]:
        return re.findall(r"```yaml\n(.*?)```", (root / page).read_text(), re.DOTALL)

    assert blocks("README.md") == [blocks("docs/github.md")[-1], blocks("docs/gitlab.md")[-1]]
