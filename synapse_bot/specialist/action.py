"""One action at work: its files in batches, one process a batch, its output read and grounded."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import FailureKind, Gap, GapKind, ToolRun
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.spec import ActionInput
from synapse_bot.specialist import namespaces, sandbox
from synapse_bot.specialist.argv import Places, batches, expand
from synapse_bot.specialist.ground import PathMap, Source, ground
from synapse_bot.specialist.inprocess import RUNNERS
from synapse_bot.specialist.materialise import link
from synapse_bot.specialist.output.base import shorten
from synapse_bot.specialist.output.gaps import read_gaps
from synapse_bot.specialist.patch import to_patch
from synapse_bot.specialist.runner import Place
from synapse_bot.specialist.sandbox import Cell, Command, Completed, Limits
from synapse_bot.specialist.verdicts import Broken, Failure, read_output
from synapse_bot.specialist.versions import version_of
from synapse_bot.specialist.worse import only_worse, place_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from synapse_bot.config.settings import Sandbox
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.spec import ActionSpec, SpecialistSpec
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.taxonomy import Taxonomy
    from synapse_bot.specialist.toolbox import Tool, Toolbox

Paths = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionResult:
    """``read`` are the paths that the action read to the end, ``unread`` those that it should
    have; what is not in its languages is in neither."""

    findings: tuple[Finding, ...] = ()
    runs: tuple[ToolRun, ...] = ()
    failure: Failure | None = None
    read: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Bench:
    """What every action of a specialist works with."""

    specialist: SpecialistSpec
    toolbox: Toolbox
    taxonomy: Taxonomy
    rules_dir: Path
    sandbox_mode: Sandbox


@dataclass
class Action:
    """``scratch`` is a folder that does not exist yet and will be this action's alone."""

    spec: ActionSpec
    bench: Bench
    task: Examination
    scratch: Path
    _runs: list[ToolRun] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _gaps: list[Gap] = field(default_factory=list)
    _asked: bool = False  # the tool for its version; one that does not answer is left alone

    async def run(self) -> ActionResult:
        """What the action finds. Never raises for a broken tool."""
        paths = tuple(path for path in self.task.paths if self._reads(path))
        if not paths:
            return ActionResult()
        self.scratch.mkdir(mode=0o700, parents=True)
        ends_at = time.monotonic() + min(self.spec.timeout_s, self.task.deadline_s)
        findings: list[Finding] = []
        unread: set[str] = set()
        failure: Failure | None = None
        for number, batch in enumerate(self._batches(paths)):
            try:
                findings += await self._batch(batch, number, ends_at)
            except Broken as broken:
                failure = failure or broken.failure
                unread.update(batch)
        return ActionResult(
            findings=tuple(findings),
            runs=tuple(self._runs),
            failure=failure,
            read=frozenset(paths) - unread,
            unread=frozenset(unread),
            notes=tuple(self._notes),
            gaps=tuple(self._gaps),
        )

    def _reads(self, path: str) -> bool:
        there = self.task.diff.by_path if self._reads_diff else self.task.texts
        return path in there and speaks(self.spec, self.task.languages.get(path, ""))

    @property
    def _reads_diff(self) -> bool:
        return self.spec.input is ActionInput.DIFF

    def _batches(self, paths: Paths) -> Iterator[Paths]:
        """All paths at once, but for those that would not fit one argument list."""
        if "{files}" not in self.spec.argv:
            yield paths
            return
        for batch in batches([(path, self.task.placed[path]) for path in paths]):
            yield tuple(path for path, _ in batch)

    async def _batch(self, paths: Paths, number: int, ends_at: float) -> tuple[Finding, ...]:
        """By the declared arguments, else by the fallback's. Raises Broken."""
        if self.spec.in_process:
            return await self._in_process(paths, ends_at)
        try:
            return await self._process(self.spec.argv, paths, f"{number}", ends_at)
        except Broken as broken:
            final = broken.failure.kind in (FailureKind.TIMEOUT, FailureKind.UNSAFE)
            if final or not self.spec.fallback:
                raise
            self._notes.append(f"{broken.failure.why}; its fallback was used")
        return await self._process(self.spec.fallback, paths, f"{number}-fallback", ends_at)

    async def _in_process(self, paths: Paths, ends_at: float) -> tuple[Finding, ...]:
        name = self.spec.in_process
        started = time.monotonic()
        runner = RUNNERS[name].look
        place = Place(self.bench.rules_dir, self.bench.toolbox)
        try:
            async with asyncio.timeout_at(_loop_time(ends_at)):
                looked = await asyncio.to_thread(runner, self.task, paths, place)
        except TimeoutError as error:
            raise Broken(Failure(FailureKind.TIMEOUT, f"{name} did not end in time")) from error
        except Exception as error:  # a foreign library's fault costs this action only
            why = f"{name}: {type(error).__name__}: {shorten(redact(str(error)), 300)}"
            raise Broken(Failure(FailureKind.CRASHED, why)) from error
        names = PathMap.same(paths)
        found = self._ground(looked.findings, names, name)
        told = read_gaps(b"", self.spec.output, looked.findings)
        self._gaps += [*looked.gaps, *self._named(told.gaps, names, name)]
        self._record(name, "", None, time.monotonic() - started, len(found))
        return found

    async def _process(
        self, declared: Sequence[str], paths: Paths, name: str, ends_at: float
    ) -> tuple[Finding, ...]:
        tool = self.bench.toolbox.find(self.spec.tool)
        if tool is None:
            raise Broken(Failure(FailureKind.CRASHED, f"{self.spec.tool} is not installed"))
        cell = Cell(self.scratch / name)
        placed = self._placed(declared, paths, cell)
        if self.spec.worse:
            placed |= place_before(self.task, paths, cell.folder.with_name(f"{name}-before"))
        names = PathMap.same(paths) if self._reads_diff else PathMap(placed, cell.cwd)
        places = self._places(tool, placed, cell)
        asking = asyncio.create_task(self._version(tool, cell))
        try:
            completed = await self._run(tool, declared, paths, places, cell, ends_at)
        finally:
            version = await _soon(asking)
        found: tuple[Finding, ...] = ()
        try:
            raws, told = read_output(completed, self.spec, places.out, names)
            if self.spec.worse:
                raws = only_worse(raws, names, self.spec.worse, self.task.diff, placed)
            found = self._ground(raws, names, tool.name)
            unopened = told.unopened(map(str, placed.values()))
            self._gaps += self._named((*told.gaps, *unopened), names, tool.name)
        finally:
            code = completed.exit_code
            self._record(tool.name, version, code, completed.seconds, len(found))
        return found

    async def _version(self, tool: Tool, cell: Cell) -> str:
        """Asked while the tool works, for one on PATH whose version nothing else tells."""
        if tool.version or tool.source != "path" or self._asked:
            return tool.version
        self._asked = True
        toolbox = self.bench.toolbox
        version = await version_of(
            tool,
            toolbox.version_args(tool.name),
            cache=toolbox.cache,
            search_path=toolbox.search_path,
            scratch=cell.folder.with_name(f"{cell.folder.name}-version"),
        )
        toolbox.learn(tool.name, version)
        return version

    def _placed(self, declared: Sequence[str], paths: Paths, cell: Cell) -> dict[str, Path]:
        placed = {path: self.task.placed[path] for path in paths if path in self.task.placed}
        if any("{dir}" in argument for argument in declared):
            return dict(link(placed, placed, _folder(cell)))
        return placed

    def _places(self, tool: Tool, placed: dict[str, Path], cell: Cell) -> Places:
        languages = {self.task.languages.get(path, "") for path in placed} - {""}
        return Places(
            files=tuple(placed.values()),
            folder=_folder(cell),
            rules=self.bench.rules_dir,
            out=cell.folder / "out",
            cache=tool.cache or cell.home / ".cache",
            languages=tuple(sorted(languages)),
        )

    async def _run(
        self,
        tool: Tool,
        declared: Sequence[str],
        paths: Paths,
        places: Places,
        cell: Cell,
        ends_at: float,
    ) -> Completed:
        try:
            command = Command(
                (*tool.binary, *expand(declared, places)),
                search_path=_search_path(tool, self.bench.toolbox.search_path),
                prefix=self._namespaces(tool, places, cell),
                stdin=to_patch(self.task.diff, paths) if self._reads_diff else b"",
            )
            return await sandbox.run(command, self._limits(ends_at), cell)
        except namespaces.NoNamespaces as error:
            hint = "Install bubblewrap, or set `tools.sandbox: auto`."
            raise Broken(Failure(FailureKind.UNSAFE, str(error), hint)) from error
        except OSError as error:
            why = f"{tool.name} could not be started: {error.strerror}"
            raise Broken(Failure(FailureKind.CRASHED, why)) from error

    def _namespaces(self, tool: Tool, places: Places, cell: Cell) -> Paths:
        workspaces = {place.parent.parent for place in places.files}
        caches = (tool.cache,) if tool.cache else ()
        readable = (*tool.roots, places.rules, *caches, *workspaces)
        folders = namespaces.Folders(readable, writable=(self.scratch,))
        search_path = self.bench.toolbox.search_path
        return namespaces.prefix(self.bench.sandbox_mode, search_path, folders, cell.cwd)

    def _limits(self, ends_at: float) -> Limits:
        left = max(0.0, ends_at - time.monotonic())
        return Limits(left, self.spec.memory_mb, self.spec.output_mb)

    def _ground(
        self, raws: tuple[RawFinding, ...], names: PathMap, tool: str
    ) -> tuple[Finding, ...]:
        specialist = self.bench.specialist
        grounded = ground(
            raws,
            Source(specialist.id, tool, self.spec.output, specialist.masks),
            names=names,
            diff=self.task.diff,
            texts=self.task.texts,
            taxonomy=self.bench.taxonomy,
            partial=self.task.partial,
        )
        if grounded.lost:
            self._notes.append(f"{tool}: {grounded.lost} results about no file of the change")
        return grounded.findings

    def _named(self, gaps: Iterable[Gap], names: PathMap, tool: str) -> Iterator[Gap]:
        """``gaps`` in paths of the change. What is not understood of a file of which only hunks
        are known is about our blanks."""
        who = "" if tool == self.bench.specialist.id else f"{tool} "
        for gap in gaps:
            path = names.path_of(gap.path) if gap.path else ""
            blank = path in self.task.partial and gap.kind is GapKind.UNPARSED
            if path is not None and not blank:
                yield replace(gap, path=path, why=f"{who}{names.plain(gap.why)}")

    def _record(
        self, tool: str, version: str, code: int | None, seconds: float, findings: int
    ) -> None:
        self._runs.append(ToolRun(tool, version, self.spec.id, seconds, code, findings))


async def _soon(asking: asyncio.Task[str]) -> str:
    """The answer, unless it takes a second longer than the tool's own work."""
    await asyncio.wait((asking,), timeout=1.0)
    if not asking.done():
        asking.cancel()
        await asyncio.wait((asking,))
    return "" if asking.cancelled() else asking.result()


def speaks(spec: ActionSpec, language: str) -> bool:
    """Whether the action reads files of ``language``; "" is an unknown one."""
    return not spec.languages or language in spec.languages


def _search_path(tool: Tool, search_path: str) -> str:
    return f"{tool.programs}{os.pathsep}{search_path}" if tool.programs else search_path


def _folder(cell: Cell) -> Path:
    """What {dir} stands for: beside the cell, since the cell is made empty."""
    return cell.folder.with_name(f"{cell.folder.name}-files")


def _loop_time(monotonic: float) -> float:
    return asyncio.get_running_loop().time() + (monotonic - time.monotonic())
