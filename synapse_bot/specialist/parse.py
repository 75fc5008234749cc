"""One specialist file: YAML bytes -> SpecialistSpec or Override. Loads YAML and pydantic."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from synapse_bot.config.document import check, in_file_order, parse_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import (
    ActionInput,
    ActionSpec,
    Context,
    GapsSpec,
    Measure,
    ModelSpec,
    OutputFormat,
    OutputSpec,
    Reach,
    Route,
    SpecialistKind,
    SpecialistSpec,
)
from synapse_bot.specialist.checks import declaration_faults
from synapse_bot.specialist.encoding import Override
from synapse_bot.specialist.schema import (
    ActionFile,
    GapsFile,
    OutputFile,
    OverrideFile,
    SpecialistFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.config.document import Document


def parse_specialist(raw: bytes, source: str) -> SpecialistSpec | Override:
    """The file ``source``. Raises ConfigInvalid with one line for every fault."""
    return specialist_of(parse_document(raw, source), hashlib.sha256(raw).hexdigest())


def specialist_of(document: Document, digest: str = "") -> SpecialistSpec | Override:
    """``document`` as a declaration, or as an override where it has no ``actions``."""
    override = isinstance(document.data, dict) and _is_override(document.data)
    faults: list[str] = []
    entry: SpecialistSpec | Override | None = None
    try:
        if override:
            entry = _override(check(document, OverrideFile))
        else:
            entry = _spec(check(document, SpecialistFile), document.source, digest)
    except ConfigInvalid as error:
        faults += str(error).split("\n")
    faults += declaration_faults(document)
    if faults or entry is None:
        raise ConfigInvalid("\n".join(in_file_order(faults)))
    return entry


def _is_override(data: Mapping[str, object]) -> bool:
    """Whether a file changes another's declaration: it has no actions and describes nothing."""
    return bool(data) and "actions" not in data and "description" not in data


def _spec(file: SpecialistFile, source: str, digest: str) -> SpecialistSpec:
    return SpecialistSpec(
        id=file.id,
        description=file.description,
        kind=SpecialistKind(file.kind),
        actions=tuple(_action(action) for action in file.actions),
        model=_model(file) if file.kind == "llm" else None,
        languages=frozenset(file.languages),
        paths=tuple(file.paths),
        exclude=tuple(file.exclude),
        requires=tuple(file.requires),
        required=file.required,
        reads_generated=file.reads_generated,
        masks=file.masks,
        result_builder=file.result_builder.name,
        builder_params=dict(file.result_builder.model_extra or {}),
        state_schema=file.state_schema,
        deadline_s=file.deadline,
        weight=file.weight,
        enabled=file.enabled,
        owner=file.metadata.owner,
        domain=file.metadata.domain,
        licence=file.metadata.licence,
        docs=file.metadata.docs,
        origin=source,
        digest=digest,
    )


def _model(file: SpecialistFile) -> ModelSpec:
    return ModelSpec(
        prompt=file.prompt.strip(),
        rules=tuple(file.rules),
        routes=frozenset(Route(word) for word in file.routes),
        input_tokens=file.limits.input_tokens,
        output_tokens=file.limits.output_tokens,
        findings=file.limits.findings,
        verify=file.verify,
        context=frozenset(Context(word) for word in file.context),
        samples=file.limits.samples,
        max_usd=file.limits.usd,
        max_tokens=file.limits.tokens,
    )


def _action(file: ActionFile) -> ActionSpec:
    return ActionSpec(
        id=file.id,
        tool=file.tool,
        argv=tuple(file.argv),
        output=_output(file.output),
        input=ActionInput(file.input),
        routes=frozenset(Route(word) for word in file.routes),
        languages=frozenset(file.languages),
        ok_exit_codes=frozenset(file.ok_exit_codes),
        fallback=tuple(file.fallback),
        in_process=file.in_process,
        output_file=file.output_file,
        reach=Reach.CHANGE if file.worse else Reach(file.reach),
        worse=tuple(Measure(m.name, m.at, m.over, m.by) for m in file.worse),
        timeout_s=file.timeout,
        memory_mb=file.memory_mb,
        output_mb=file.output_mb,
    )


def _output(file: OutputFile) -> OutputSpec:
    return OutputSpec(
        format=OutputFormat(file.format),
        items=file.items,
        pattern=file.pattern,
        fields={str(name): path for name, path in file.fields.items()},
        severities=_severities(file.severities),
        confidences=dict(file.confidences),
        default_severity=Severity.parse(file.default_severity),
        default_confidence=file.default_confidence,
        columns_from=file.columns_from,
        lines_from=file.lines_from,
        gaps=_gaps(file.gaps) if file.gaps else None,
    )


def _gaps(file: GapsFile) -> GapsSpec:
    return GapsSpec(
        items=file.items,
        path=file.path,
        word=file.word,
        rule=file.rule,
        unparsed=tuple(file.unparsed),
        opened=file.opened,
        rules=tuple(file.rules),
    )


def _override(file: OverrideFile) -> Override:
    changes: dict[str, object] = {
        "enabled": file.enabled,
        "required": file.required,
        "weight": file.weight,
        "deadline_s": file.deadline,
        "languages": None if file.languages is None else frozenset(file.languages),
        "paths": None if file.paths is None else tuple(file.paths),
        "exclude": None if file.exclude is None else tuple(file.exclude),
    }
    kept = {name: value for name, value in changes.items() if value is not None}
    return Override(file.id, kept, _severities(file.severities or {}))


def _severities(words: Mapping[str, str]) -> dict[str, Severity]:
    return {word: Severity.parse(ours) for word, ours in words.items()}
