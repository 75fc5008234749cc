"""One adapter a corpus: from the folder that holds it to cases. Nothing of a corpus is kept here.

Every adapter takes the folder of its clone and returns a Corpus; a folder that is not there gives
one without cases, which says so in the table.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from quality_cases import Case, Corpus, Labels, Place, Weakness

from synapse_bot.specialist.taxonomy import Taxonomy

_CWE = re.compile(r"cwe[-_](\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Sources:
    """Where corpora come from. ``clones`` is a folder of clones by name, None where not given."""

    clones: Path | None
    fixtures: Path
    taxonomy: Taxonomy
    data: dict[str, Any]  # quality.yaml


def fixtures(sources: Sources) -> Corpus:
    """The bad and good twins of our own rules: whether the bench works at all."""
    cases = []
    for folder in sorted(sources.fixtures.glob("*/*")):
        rule = sources.taxonomy.lookup(folder.parent.name, folder.name).rule
        weakness = Weakness(frozenset(rule.cwe), frozenset({rule.family}))
        for file in sorted(folder.iterdir()):
            name = f"{folder.parent.name}/{folder.name}/{file.name}"
            bad = file.stem == "bad"
            cases.append(_whole_file(name, file.read_bytes(), weakness, bad=bad, group=folder.name))
    about = "our rules' own bad and good twins: the rules were written to pass them"
    return Corpus("fixtures", about, Labels.ONE, tuple(cases))


def cases(sources: Sources) -> Corpus:
    """Eleven small changes whose places are labelled in words."""
    about = "eleven small changes, many without a static clue"
    return _cloned("cases", about, Labels.ALL, sources, lambda root: _cases(root, sources))


def benchmark_python(sources: Sources) -> Corpus:
    about = "OWASP Benchmark for Python 0.1, synthetic Flask handlers"
    return _cloned(
        "BenchmarkPython",
        about,
        Labels.ONE,
        sources,
        lambda root: _owasp(root, "expectedresults-0.1.csv", "testcode/{}.py"),
    )


def benchmark_java(sources: Sources) -> Corpus:
    folder = "src/main/java/org/owasp/benchmark/testcode/{}.java"
    return _cloned(
        "BenchmarkJava",
        "OWASP Benchmark for Java 1.2, synthetic servlets",
        Labels.ONE,
        sources,
        lambda root: _owasp(root, "expectedresults-1.2.csv", folder),
    )


def security_eval(sources: Sources) -> Corpus:
    about = "SecurityEval, short insecure Python files without safe twins"
    return _cloned("SecurityEval", about, Labels.ONE, sources, _security_eval)


def cweval(sources: Sources) -> Corpus:
    about = "CWEval, short functions with safe twins, in Python, JavaScript and Go"
    return _cloned("CWEval", about, Labels.ONE, sources, _cweval)


LABELLED: tuple[Callable[[Sources], Corpus], ...] = (
    fixtures,
    cases,
    benchmark_python,
    security_eval,
    cweval,
    benchmark_java,
)


def applications(sources: Sources) -> Iterator[Corpus]:
    """Whole vulnerable applications, as a change that adds them. They have no labels."""
    for name, row in sources.data["applications"].items():
        read = partial(_application, name, row["paths"])
        yield _cloned(name, row["about"], Labels.NONE, sources, read)


def _cloned(
    name: str,
    about: str,
    labels: Labels,
    sources: Sources,
    read: Callable[[Path], Iterable[Case]],
) -> Corpus:
    if sources.clones is None:
        return Corpus(name, about, labels, missing="no --corpus-dir")
    root = sources.clones / name
    if not root.is_dir():
        return Corpus(name, about, labels, missing=f"no folder {name} in --corpus-dir")
    return Corpus(name, about, labels, tuple(read(root)))


def _whole_file(name: str, content: bytes, weakness: Weakness, *, bad: bool, group: str) -> Case:
    """A case of one file that has, or is known not to have, ``weakness`` somewhere."""
    place = Place(name, 1, content.count(b"\n") + 1, weakness)
    if bad:
        return Case(name, {name: content}, places=(place,), group=group)
    return Case(name, {name: content}, clear=weakness, group=group)


def _cases(root: Path, sources: Sources) -> Iterator[Case]:
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        labels = json.loads((folder / "expected.json").read_text())
        places = tuple(
            Place(
                label["path"],
                label["line"],
                label["end_line"],
                of_note(label["note"], sources.data["notes"]),
            )
            for label in labels
        )
        yield Case(folder.name, diff=(folder / "pr.diff").read_bytes(), places=places)


def of_note(note: str, rows: list[dict[str, Any]]) -> Weakness:
    """What a label's words mean; nothing where no row fits."""
    for row in rows:
        if re.search(row["pattern"], note):
            return Weakness(frozenset(row["cwe"]), frozenset(row.get("families", ())))
    return Weakness()


def _owasp(root: Path, table: str, pattern: str) -> Iterator[Case]:
    """Each row says whether one file has one weakness; the line is not said."""
    for row in csv.reader((root / table).read_text().splitlines()):
        if row[0].startswith("#"):
            continue
        name, bad, number = row[0], row[2] == "true", int(row[3])
        path = pattern.format(name)
        content = (root / path).read_bytes()
        yield _whole_file(path, content, Weakness(frozenset({number})), bad=bad, group=name)


def _security_eval(root: Path) -> Iterator[Case]:
    folder = root / "Testcases_Insecure_Code"
    for file in sorted(folder.glob("CWE-*/*.py")):
        name = f"{file.parent.name}/{file.name}"
        weakness = Weakness(frozenset({_number(file.parent.name)}))
        yield _whole_file(name, file.read_bytes(), weakness, bad=True, group=name)


def _cweval(root: Path) -> Iterator[Case]:
    core = root / "benchmark" / "core"
    for file in sorted([*core.glob("js/*_task.js"), *core.glob("go/*_task.go")]):
        group = file.stem.removesuffix("_task")
        weakness = Weakness(frozenset({_number(group)}))
        unsafe = file.with_stem(f"{group}_unsafe")
        yield _whole_file(file.name, file.read_bytes(), weakness, bad=False, group=group)
        yield _whole_file(unsafe.name, unsafe.read_bytes(), weakness, bad=True, group=group)
    for file in sorted(core.glob("py/*_task.py")):
        group = file.stem.removesuffix("_task")
        weakness = Weakness(frozenset({_number(group)}))
        yield _whole_file(file.name, file.read_bytes(), weakness, bad=False, group=group)
        if unsafe_code := _unsafe_functions(file.with_stem(f"{group}_test").read_text()):
            name = f"{group}_unsafe.py"
            yield _whole_file(name, unsafe_code.encode(), weakness, bad=True, group=group)


def _unsafe_functions(source: str) -> str:
    """The imports and the functions named ``*_unsafe`` of a test file, "" where it has none."""
    body = ast.parse(source).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    unsafe = [
        node for node in body if isinstance(node, ast.FunctionDef) and node.name.endswith("_unsafe")
    ]
    used = [node for node in imports if "_task" not in ast.unparse(node)]
    texts = [ast.get_source_segment(source, node) or "" for node in (*used, *unsafe)]
    return "\n\n".join(texts) + "\n" if unsafe else ""


def _application(name: str, patterns: list[str], root: Path) -> Iterator[Case]:
    paths = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
    yield Case(name, {path.relative_to(root).as_posix(): path.read_bytes() for path in paths})


def _number(text: str) -> int:
    match = _CWE.search(text)
    if match is None:
        raise ValueError(f"no CWE in {text!r}")
    return int(match[1])
