"""`synapse-bot specialists test`: a specialist's fixtures, and what differs from them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import ExitCode, SynapseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.classifier.languages import Languages
    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.specialist.trial import Trial
    from synapse_bot.wiring.roster import HostRoster

FOLDERS = (Path("tests/specialists"), Path(".synapse-bot/tests"))


class NoFixtures(SynapseError):
    hint = "Put examples below .synapse-bot/tests/ID/files/, then run with --update."


@click.command()
@click.argument("idents", nargs=-1, metavar="[ID]...")
@click.option(
    "--fixtures",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of fixtures. [default: tests/specialists or .synapse-bot/tests]",
)
@click.option("--update", is_flag=True, help="Write what is found now into expected.txt.")
def command(idents: tuple[str, ...], fixtures: Path | None, update: bool) -> None:
    """Run specialists over their fixtures and show what differs.

    A fixture is ID/files/ with examples and ID/expected.txt with the findings. The
    specialists are those of the working tree. Exits 1 where anything differs.
    """
    folders = _folders(idents, (fixtures,) if fixtures else FOLDERS)
    roster, languages = _roster()
    known = {spec.id: spec for spec in roster.specs}
    if unknown := sorted(set(folders) - set(known)):
        if idents:
            raise NoFixtures(
                f"no specialist is called {', '.join(unknown)}", "See: synapse-bot specialists list"
            )
        folders = {ident: folder for ident, folder in folders.items() if ident in known}
    trials = [
        trial
        for ident, folder in folders.items()
        for trial in _run(known[ident], roster, folder, languages, update)
    ]
    if not update and not all(trial.passed for trial in trials):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _folders(idents: Sequence[str], places: Sequence[Path]) -> dict[str, Path]:
    """The fixture of each id. Raises NoFixtures for an asked one that has none."""
    found = {
        folder.name: folder
        for place in places
        if place.is_dir()
        for folder in sorted(place.iterdir())
        if (folder / "files").is_dir()
    }
    if missing := [ident for ident in idents if ident not in found]:
        raise NoFixtures(f"no fixtures for {', '.join(missing)} in {' or '.join(map(str, places))}")
    if not found:
        raise NoFixtures(f"no fixtures in {' or '.join(map(str, places))}")
    return {ident: found[ident] for ident in (idents or found)}


def _roster() -> tuple[HostRoster, Languages]:
    """The specialists of the working tree: whoever runs this wrote or read them."""
    from synapse_bot.classifier.languages import load_languages
    from synapse_bot.config.data import data_dir
    from synapse_bot.config.settings import Settings
    from synapse_bot.entry.host import read_host
    from synapse_bot.specialist.loader import Declaration, load_specialists
    from synapse_bot.specialist.toolbox import Toolbox
    from synapse_bot.wiring.roster import HostRoster

    host = read_host()
    own = sorted(Path(".synapse-bot/specialists").glob("*.y*ml"))
    declarations = [Declaration(str(path), path.read_bytes(), trusted=True) for path in own]
    toolbox = Toolbox.open(data_dir("rules"), host.cache, host.search_path)
    declared = load_specialists(data_dir("specialists"), declarations, known_tools=toolbox.pins)
    return HostRoster(declared, toolbox, Settings(), host), load_languages()


def _run(
    spec: SpecialistSpec, roster: HostRoster, folder: Path, languages: Languages, update: bool
) -> list[Trial]:
    trials = asyncio.run(_try_routes(spec, roster, folder, languages))
    if update and not any(trial.skipped for trial in trials):
        from synapse_bot.specialist.trial import EXPECTED, render_expected

        found = {trial.route: trial.found for trial in trials}
        (folder / EXPECTED).write_text(render_expected(found))
    for trial in trials:
        _show(trial, update)
    return trials


async def _try_routes(
    spec: SpecialistSpec, roster: HostRoster, folder: Path, languages: Languages
) -> list[Trial]:
    from synapse_bot.classifier.filekinds import load_filekinds
    from synapse_bot.domain.spec import Route
    from synapse_bot.specialist.trial import read_fixture, rehearsed, try_out

    fixture, kinds = read_fixture(folder), load_filekinds().paths
    trials = []
    for route in (route for route in Route if route in spec.routes):
        # A model is not asked: its answers are those of the fixture.
        scripted = spec.model is not None
        specialist = (
            rehearsed(spec, fixture, roster.taxonomy) if scripted else roster.specialist(spec)
        )
        with tempfile.TemporaryDirectory(prefix="synapse-bot-") as home:
            place = Path(home)
            trials.append(await try_out(specialist, fixture, route, languages.of, kinds, place))
    return trials


def _show(trial: Trial, update: bool) -> None:
    name = f"{trial.by} {trial.route}"
    if trial.skipped:
        click.echo(f"skipped  {name}: {trial.skipped}")
        return
    state = "written" if update else ("ok" if trial.passed else "differs")
    click.echo(f"{state:<8} {name}: {len(trial.found)} findings")
    if trial.trouble:
        click.echo(f"  ! {trial.trouble}")
    if not update:
        _show_lines({"-": trial.missing, "+": trial.surplus})


def _show_lines(marked: Mapping[str, Sequence[str]]) -> None:
    for mark, lines in marked.items():
        for line in lines:
            click.echo(f"  {mark} {line}")


test_command = command
