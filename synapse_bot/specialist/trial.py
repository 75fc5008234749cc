"""A specialist's fixtures: example files, and the findings that it must make of them.

    <fixtures>/<id>/files/**        the examples; without a base every line of them is added
    <fixtures>/<id>/base/**         the repository before the change, where that matters
    <fixtures>/<id>/expected.txt    one line a finding, below "[fast]" and "[deep]"
    <fixtures>/<id>/answers.json    of kind llm: what the model answers, in order

A file named ``*.split`` stands for the same name without that ending, every ``~~`` in it removed:
so an example may hold a secret that no scanner of the repository itself can see.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.errors import SynapseError
from synapse_bot.domain.globs import any_match
from synapse_bot.domain.opinion import Failed, Opinion, Skipped
from synapse_bot.domain.spec import Route
from synapse_bot.forge.memory import MemoryPast
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.example import change_between
from synapse_bot.specialist.materialise import materialise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.pathkinds import PathKinds
    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.specialist.base import Specialist
    from synapse_bot.specialist.taxonomy import Taxonomy

EXPECTED, ANSWERS = "expected.txt", "answers.json"
SPLIT, SPLIT_ENDING = "~~", ".split"


class FixtureUnreadable(SynapseError):
    hint = "A fixture is a folder with files/ and expected.txt; --update writes expected.txt."


@dataclass(frozen=True)
class Fixture:
    """``files`` maps a path to its text, ``expected`` a route to its lines, in their order.
    ``base`` holds the files of the repository before the change; what only it holds, stays.

    ``answers`` are those of a model, as plain data.
    """

    files: Mapping[str, str]
    expected: Mapping[Route, tuple[str, ...]]
    answers: tuple[dict[str, Any], ...] = ()
    base: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a specialist said on one route. ``trouble`` is why it said nothing or too little."""

    by: str
    route: Route
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # expected and not found
    surplus: tuple[str, ...] = ()  # found and not expected
    trouble: str = ""
    skipped: str = ""  # it could not run here: neither good nor bad

    @property
    def passed(self) -> bool:
        return not (self.missing or self.surplus or self.trouble)


def read_fixture(folder: Path) -> Fixture:
    """The fixture at ``folder``; without an expected.txt nothing is expected.

    Raises FixtureUnreadable.
    """
    files = _examples(folder / "files")
    if not files:
        raise FixtureUnreadable(f"{folder / 'files'} holds no file")
    expected = folder / EXPECTED
    lines = parse_expected(expected.read_text()) if expected.is_file() else {}
    return Fixture(files, lines, _answers(folder / ANSWERS), _examples(folder / "base"))


def _examples(home: Path) -> dict[str, str]:
    paths = sorted(path for path in home.rglob("*") if path.is_file())
    return dict(_example(path, path.relative_to(home).as_posix()) for path in paths)


def _answers(path: Path) -> tuple[dict[str, Any], ...]:
    try:
        found = json.loads(path.read_text()) if path.is_file() else []
    except ValueError as error:
        raise FixtureUnreadable(f"{path}: {error}") from error
    if not isinstance(found, list) or not all(isinstance(answer, dict) for answer in found):
        raise FixtureUnreadable(f"{path} is not a list of answers")
    return tuple(found)


def rehearsed(spec: SpecialistSpec, fixture: Fixture, taxonomy: Taxonomy) -> Specialist:
    """A specialist of kind llm whose model gives the answers of ``fixture``."""
    from synapse_bot.llm.scripted import ScriptedModel
    from synapse_bot.specialist.llm import LlmSpecialist

    return LlmSpecialist(spec, ScriptedModel(*fixture.answers), taxonomy)


def _example(path: Path, name: str) -> tuple[str, str]:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise FixtureUnreadable(f"{path} is not UTF-8") from error
    if name.endswith(SPLIT_ENDING):
        return name.removesuffix(SPLIT_ENDING), text.replace(SPLIT, "")
    return name, text


def parse_expected(text: str) -> dict[Route, tuple[str, ...]]:
    """Lines by route. Raises FixtureUnreadable for a line above the first route."""
    found: dict[Route, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            try:
                current = found.setdefault(Route(line.strip("[] ")), [])
            except ValueError as error:
                raise FixtureUnreadable(f"{EXPECTED}:{number}: no route {line!r}") from error
        elif line.strip() and not line.startswith("#"):
            if current is None:
                raise FixtureUnreadable(f"{EXPECTED}:{number}: stands above [fast] or [deep]")
            current.append(line.strip())
    return {route: tuple(lines) for route, lines in found.items()}


def render_expected(trials: Mapping[Route, tuple[str, ...]]) -> str:
    """What ``parse_expected`` reads."""
    parts = ["\n".join((f"[{route}]", *trials[route])) for route in Route if route in trials]
    return "\n".join(parts) + "\n"


async def try_out(
    specialist: Specialist,
    fixture: Fixture,
    route: Route,
    language_of: Callable[[str, bytes], str],
    kinds: PathKinds,
    folder: Path,
) -> Trial:
    """Run ``specialist`` over ``fixture`` in ``folder``, which must be empty."""
    spec = specialist.spec
    task = _task(spec, fixture, route, language_of, kinds, folder)
    outcome = await specialist.examine(task)
    if isinstance(outcome, Skipped):
        return Trial(spec.id, route, skipped=outcome.why)
    found = tuple(map(said, outcome.findings))  # in the specialist's own, stable order
    expected = fixture.expected.get(route, ())
    return Trial(
        spec.id,
        route,
        found,
        missing=_without(expected, found),
        surplus=_without(found, expected),
        trouble=_trouble(outcome),
    )


def said(finding: Finding) -> str:
    """One finding as one line of expected.txt: all that a reader would notice if it changed."""
    by = f"{finding.tool} {finding.tool_rule}".strip()
    return f"{finding.location} {finding.rule} {finding.severity} {finding.confidence:g} ({by})"


def _trouble(outcome: Outcome) -> str:
    match outcome:
        case Failed():
            return f"{outcome.kind}: {outcome.why}"
        case Opinion():
            gaps = (f"{gap.path}: {gap.why}" if gap.path else gap.why for gap in outcome.gaps)
            return "; ".join((*outcome.notes, *gaps))
        case Skipped():
            return outcome.why


def _without(these: tuple[str, ...], those: tuple[str, ...]) -> tuple[str, ...]:
    """``these`` less ``those``, each as often as it stands there."""
    left = list(those)
    kept = []
    for line in these:
        if line in left:
            left.remove(line)
        else:
            kept.append(line)
    return tuple(kept)


def _task(
    spec: SpecialistSpec,
    fixture: Fixture,
    route: Route,
    language_of: Callable[[str, bytes], str],
    kinds: PathKinds,
    folder: Path,
) -> Examination:
    languages = {path: language_of(path, text.encode()) for path, text in fixture.files.items()}
    paths = tuple(path for path in fixture.files if _wants(spec, path, languages[path]))
    (folder / "scratch").mkdir(parents=True)
    return Examination(
        diff=change_between(
            {path: text for path, text in fixture.base.items() if path in fixture.files},
            fixture.files,
        ),
        paths=paths,
        route=route,
        deadline_s=spec.deadline_s,
        placed=materialise(
            {path: fixture.files[path].encode() for path in paths}, folder / "files"
        ),
        texts={path: fixture.files[path] for path in paths},
        scratch=folder / "scratch",
        languages=languages,
        kinds=kinds,
        past=MemoryPast({path: text.encode() for path, text in fixture.base.items()}),
    )


def _wants(spec: SpecialistSpec, path: str, language: str) -> bool:
    return (
        (not spec.languages or language in spec.languages)
        and (not spec.paths or any_match(spec.paths, path))
        and not any_match(spec.exclude, path)
    )
