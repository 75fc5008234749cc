"""Each adapter, on a folder that is laid out like the real corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import quality_corpora
import yaml
from quality_cases import Labels, Weakness
from quality_corpora import LABELLED, Sources

from synapse_bot.specialist.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
DATA: dict[str, Any] = yaml.safe_load((ROOT / "bench" / "quality.yaml").read_text())


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    taxonomy = load_taxonomy(ROOT / "rules" / "taxonomy.yaml")
    return Sources(tmp_path, ROOT / "tests" / "specialists" / "rules", taxonomy, DATA)


def lay(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_what_is_not_there_says_so_and_has_no_cases(sources: Sources) -> None:
    corpora = [adapter(sources) for adapter in LABELLED if adapter is not quality_corpora.fixtures]
    corpora += quality_corpora.applications(sources)
    assert all(corpus.missing and not corpus.cases for corpus in corpora)


def test_each_rule_has_a_bad_and_a_good_twin_in_one_group(sources: Sources) -> None:
    cases = quality_corpora.fixtures(sources).cases
    bad = {case.group for case in cases if case.places}
    assert bad == {case.group for case in cases if case.clear}
    assert len(bad) > 20


def test_owasp_rows_are_files_that_have_or_have_not_the_weakness(
    sources: Sources, tmp_path: Path
) -> None:
    table = "# test name, category, real vulnerability, cwe\nT1,sqli,true,89\nT2,sqli,false,89\n"
    code = {f"testcode/{name}.py": "x = 1\n" for name in ("T1", "T2")}
    lay(tmp_path / "BenchmarkPython", {"expectedresults-0.1.csv": table, **code})
    bad, good = quality_corpora.benchmark_python(sources).cases
    assert bad.places[0].weakness == good.clear == Weakness(frozenset({89}))
    assert not bad.clear
    assert not good.places


def test_security_eval_takes_the_weakness_from_the_folder(sources: Sources, tmp_path: Path) -> None:
    lay(tmp_path / "SecurityEval", {"Testcases_Insecure_Code/CWE-022/author_1.py": "x = 1\n"})
    (case,) = quality_corpora.security_eval(sources).cases
    assert case.places[0].weakness.cwe == {22}


def test_cweval_cuts_the_unsafe_twin_out_of_the_test(sources: Sources, tmp_path: Path) -> None:
    test = (
        "import os\nfrom cwe_022_0_task import read\n\n"
        "def read_unsafe(name):\n    return open(name)\n\ndef test_it():\n    pass\n"
    )
    core = "benchmark/core/"
    files = {"py/cwe_022_0_task.py": "x = 1\n", "py/cwe_022_0_test.py": test}
    files |= {f"js/cwe_022_0_js_{twin}.js": "let x\n" for twin in ("task", "unsafe")}
    lay(tmp_path / "CWEval", {core + path: text for path, text in files.items()})
    cases = {case.name: case for case in quality_corpora.cweval(sources).cases}
    unsafe = cases["cwe_022_0_unsafe.py"]
    assert unsafe.files["cwe_022_0_unsafe.py"] == (
        b"import os\n\ndef read_unsafe(name):\n    return open(name)\n"
    )
    assert unsafe.group == cases["cwe_022_0_task.py"].group
    assert cases["cwe_022_0_js_unsafe.js"].places
    assert cases["cwe_022_0_js_task.js"].clear


def test_small_changes_are_labelled_in_words(sources: Sources, tmp_path: Path) -> None:
    label = {"path": "a.py", "line": 3, "end_line": 4, "note": "SQL injection via f-string"}
    lay(tmp_path / "cases", {"one/expected.json": json.dumps([label]), "one/pr.diff": "diff"})
    corpus = quality_corpora.cases(sources)
    assert corpus.labels is Labels.ALL
    assert corpus.cases[0].places[0].weakness.cwe == {89}


def test_a_note_that_no_row_fits_is_no_weakness() -> None:
    assert not quality_corpora.of_note("Unnecessary singleton pattern", DATA["notes"])


def test_an_application_is_what_people_wrote_in_it(sources: Sources, tmp_path: Path) -> None:
    lay(tmp_path / "NodeGoat", {"app/data/a.js": "let x\n", "app/assets/vendor/jquery.js": "x\n"})
    nodegoat = next(c for c in quality_corpora.applications(sources) if c.name == "NodeGoat")
    assert set(nodegoat.cases[0].files) == {"app/data/a.js"}


def test_no_cwe_is_its_own_ancestor() -> None:
    parents = DATA["cwe_parents"]

    def above(number: int) -> set[int]:
        direct = set(parents.get(number, ()))
        return direct.union(*(above(one) for one in direct))

    assert not [number for number in parents if number in above(number)]
