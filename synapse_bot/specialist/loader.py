"""Specialists from YAML: the shipped ones, then those of the base revision, then overrides.

Who may run what
    A specialist names a tool and its arguments, so declaring one is nearly as good as running
    code. Shipped declarations and those of the user's own folder (``trusted``) are taken as they
    are. A repository's, read at the base revision, were merged by someone who could as well have
    changed the CI job; but the same command also reviews a stranger's clone on one's own machine.
    So these may run only tools that rules/tools.yaml names, whose arguments are options of a
    linter rather than a program, unless the host allows more (``specialists.allow_commands``, a
    setting that no repository file can set). A specialist that is not allowed is refused: the
    review lists it as skipped, with the reason. Nothing ever goes through a shell, a tool is a
    bare name without a path, and placeholders are checked when the file is loaded.

What may override
    A file without ``actions`` whose id is declared already changes only what cannot name a
    command: enabled, required, weight, deadline, languages, paths, exclude and severities. A file
    with ``actions`` replaces the declaration of that id as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from synapse_bot.config import document as document_module
from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import nearest, read_bytes
from synapse_bot.domain import spec as spec_module
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.opinion import Skipped
from synapse_bot.specialist import encoding
from synapse_bot.specialist.builders import BUILDERS
from synapse_bot.specialist.encoding import Override, decode_entry, encode_entry
from synapse_bot.specialist.inprocess import RUNNERS
from synapse_bot.specialist.overrides import apply_override, with_choice

if TYPE_CHECKING:
    from synapse_bot.config.settings import SpecialistChoice
    from synapse_bot.domain.spec import SpecialistSpec

T = TypeVar("T")

SUFFIXES = (".yaml", ".yml")
MAX_FILES = 500

Entry = "SpecialistSpec | Override"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One YAML file: its name for messages and its bytes. ``trusted``: it may name any command."""

    source: str
    raw: bytes
    trusted: bool = False

    @property
    def name(self) -> str:
        return PurePosixPath(self.source).stem


@dataclass(frozen=True)
class Declared:
    """``specs`` sorted by id; ``refused`` are the specialists that the host does not allow."""

    specs: tuple[SpecialistSpec, ...]
    refused: tuple[Skipped, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(spec.id for spec in self.specs)


def load_specialists(
    shipped: Path,
    declarations: Sequence[Declaration] = (),
    *,
    known_tools: Collection[str] = (),
    allow_commands: Collection[str] = (),
    allow_prompts: bool = False,
    choices: Mapping[str, SpecialistChoice] | None = None,
    cache_dir: Path | None = None,
) -> Declared:
    """Every specialist that may be asked.

    ``shipped`` is the folder of the shipped files. ``declarations`` come on top, in order.
    ``known_tools`` are the names in rules/tools.yaml. ``choices`` are the settings per specialist.
    Raises ConfigInvalid with one line for every fault of every file.
    """
    faults: list[str] = []
    specs: dict[str, SpecialistSpec] = {}
    refused: dict[str, Skipped] = {}
    own = _collect(faults, lambda: parse_all(shipped_declarations(shipped), cache_dir)) or []
    for entry, _ in own:
        assert not isinstance(entry, Override)
        specs[entry.id] = entry
    for entry, declaration in _collect(faults, lambda: parse_all(declarations, cache_dir)) or []:
        if isinstance(entry, Override):
            _collect(faults, partial(apply_override, specs, refused, entry, declaration.source))
        elif reason := _refused(entry, declaration, known_tools, allow_commands, allow_prompts):
            specs.pop(entry.id, None)
            refused[entry.id] = reason
        else:
            specs[entry.id] = entry
            refused.pop(entry.id, None)
    faults += [fault for ident in sorted(specs) if (fault := unknown_name(specs[ident]))]
    if faults:
        raise ConfigInvalid("\n".join(faults))
    chosen = (with_choice(specs[ident], (choices or {}).get(ident)) for ident in sorted(specs))
    return Declared(tuple(chosen), tuple(refused[ident] for ident in sorted(refused)))


def unknown_name(spec: SpecialistSpec) -> str:
    """What ``spec`` names that this program does not have; "" for nothing."""
    if spec.result_builder not in BUILDERS:
        near = nearest(spec.result_builder, list(BUILDERS))
        return f"{spec.origin}:1: no result builder is called {spec.result_builder!r}{near}"
    for action in spec.actions:
        if action.in_process and action.in_process not in RUNNERS:
            near = nearest(action.in_process, list(RUNNERS))
            return f"{spec.origin}:1: no runner is called {action.in_process!r}{near}"
    return ""


def shipped_declarations(folder: Path) -> list[Declaration]:
    """The files of ``folder``, sorted by name. Their sources read ``specialists/<id>.yaml``."""
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    return [
        Declaration(f"{folder.name}/{path.name}", read_bytes(path), trusted=True) for path in files
    ]


def parse_all(
    declarations: Sequence[Declaration], cache_dir: Path | None = None
) -> list[tuple[SpecialistSpec | Override, Declaration]]:
    """Each file as a specialist or an override; all of them compiled as one.

    Raises ConfigInvalid with every fault, ids that stand twice included.
    """
    if not declarations:
        return []
    if len(declarations) > MAX_FILES:
        raise ConfigInvalid(f"{declarations[0].source}:1: more than {MAX_FILES} specialist files")
    inputs = b"\0".join(
        b"%d:%s:%d:%s" % (len(d.source), d.source.encode(), len(d.raw), d.raw) for d in declarations
    )
    entries = compiled(
        cache_dir,
        "specialists",
        inputs,
        build=lambda: _parse_each(declarations),
        encode=lambda found: [encode_entry(entry) for entry in found],
        decode=lambda plain: [decode_entry(item) for item in plain],
        code=_code(),
    )
    if len(entries) != len(declarations):
        raise ConfigInvalid("specialists: the cache does not fit the files")
    return list(zip(entries, declarations, strict=True))


def _code() -> Iterable[str]:
    """The source files that decide what a declaration means."""
    here = Path(__file__)
    siblings = (here.with_name(name) for name in ("schema.py", "parse.py", "checks.py"))
    modules = (__file__, encoding.__file__, spec_module.__file__, document_module.__file__)
    return (*map(str, siblings), *modules)


def _parse_each(declarations: Iterable[Declaration]) -> list[SpecialistSpec | Override]:
    from synapse_bot.specialist.parse import parse_specialist

    faults: list[str] = []
    entries: list[SpecialistSpec | Override] = []
    first: dict[str, str] = {}
    for declaration in declarations:
        entry = _collect(faults, partial(parse_specialist, declaration.raw, declaration.source))
        if entry is None:
            continue
        if entry.id in first:
            where = first[entry.id]
            faults.append(
                f"{declaration.source}:1: id: {entry.id!r} is declared in {where} already"
            )
        first.setdefault(entry.id, declaration.source)
        entries.append(entry)
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return entries


def _collect(faults: list[str], work: Callable[[], T]) -> T | None:
    """``work()``, or None with its faults added to the list."""
    try:
        return work()
    except ConfigInvalid as error:
        faults.append(str(error))
        return None


def _refused(
    spec: SpecialistSpec,
    declaration: Declaration,
    known_tools: Collection[str],
    allow_commands: Collection[str],
    allow_prompts: bool,
) -> Skipped | None:
    """Why ``spec`` may not run, or None: a prompt spends the host's money, a tool its machine."""
    if spec.model is not None and not declaration.trusted and not allow_prompts:
        return Skipped(
            spec.id,
            f"{declaration.source} would ask the host's model with a prompt of the repository",
            "If you trust this repository, set SYNAPSE_BOT__SPECIALISTS__ALLOW_PROMPTS=true.",
        )
    return refusal(spec, declaration, known_tools, allow_commands)


def refusal(
    spec: SpecialistSpec,
    declaration: Declaration,
    known_tools: Collection[str],
    allow_commands: Collection[str],
) -> Skipped | None:
    """Why ``spec`` may not run, or None: see the head of this file."""
    if declaration.trusted or "*" in allow_commands:
        return None
    wanted = {action.tool for action in spec.actions if not action.in_process}
    foreign = sorted(wanted - set(known_tools) - set(allow_commands))
    if not foreign:
        return None
    names = ",".join(foreign)
    return Skipped(
        spec.id,
        f"{declaration.source} runs {', '.join(foreign)}, which rules/tools.yaml does not name",
        f"If you trust this repository, set SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS={names}.",
    )
