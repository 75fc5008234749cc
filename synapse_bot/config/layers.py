"""Settings from their layers: command line > environment > repository file > user file > default.

The repository file is the one AT THE BASE REVISION: the caller reads it there and passes it in,
so that a change cannot reconfigure its own review (threats.md, C1). Keys of trust class HOST in it
are ignored with a warning (C2). Nothing here reads a file or the environment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from synapse_bot.config.document import Document
from synapse_bot.config.keys import ANY_ID, KEYS, Trust, find_key
from synapse_bot.config.settings import (
    Choice,
    Gate,
    Limits,
    ModelSettings,
    Posting,
    Settings,
    Show,
    SpecialistChoice,
    ToolSettings,
)
from synapse_bot.config.sources import (
    Layer,
    environment_layer,
    option_layer,
    settings_layer,
)
from synapse_bot.config.values import to_plain
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.spec import Route

REPOSITORY_FILE = ".synapse-bot.yml"
REPOSITORY_FOLDER = ".synapse-bot"


def load_settings(
    cli: Mapping[str, object],
    environ: Mapping[str, str],
    repository: Document | Layer | None = None,
    user: Document | Layer | None = None,
    *,
    base: str = "",
    given: Document | Layer | None = None,
) -> Settings:
    """The effective settings. ``cli`` maps dotted keys to values or to their text; None, "" and
    an empty list mean "not given". ``base`` names the revision of ``repository`` in origins.
    ``given`` is the file of --config: the user's own word, so it wins over the repository's.

    Raises ConfigInvalid with every fault of every layer, one a line.
    """
    sources: tuple[Callable[[], Layer], ...] = (
        lambda: _file_layer(user, Trust.HOST),
        lambda: _at(_file_layer(repository, Trust.REPO), base),
        lambda: _file_layer(given, Trust.HOST),
        lambda: environment_layer(environ),
        lambda: option_layer(cli),
    )
    layers: list[Layer] = []
    faults: list[str] = []
    for source in sources:
        try:
            layers.append(source())
        except ConfigInvalid as error:
            faults.append(str(error))
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return _settings(layers)


def _file_layer(source: Document | Layer | None, trust: Trust) -> Layer:
    if isinstance(source, Document):
        return settings_layer(source, trust)
    return source or Layer()


def _at(layer: Layer, base: str) -> Layer:
    if not base:
        return layer
    marked = {name: f"{origin} at {base[:7]}" for name, origin in layer.origins.items()}
    return Layer(layer.values, marked, layer.warnings)


def _settings(layers: list[Layer]) -> Settings:
    """The layers, lowest first, folded into one value."""
    plain: dict[str, Any] = {}
    origins = {name: "default" for name in KEYS if ANY_ID not in name}
    warnings: tuple[str, ...] = ()
    for layer in layers:
        plain.update(layer.values)
        origins.update(layer.origins)
        warnings += layer.warnings
    parsed = {name: key.default for name, key in KEYS.items() if ANY_ID not in name}
    for name, value in plain.items():
        key = find_key(name)
        assert key is not None
        parsed[name] = key.kind.parse(value)
    return _build(parsed, origins, warnings)


def _build(
    parsed: Mapping[str, Any], origins: Mapping[str, str], warnings: tuple[str, ...]
) -> Settings:
    route = parsed["review.route"]
    return Settings(
        gate=Gate(parsed["gate.fail_on"], parsed["gate.on_incomplete"]),
        show=Show(
            parsed["show.filter_mode"],
            parsed["show.min_severity"],
            parsed["show.min_confidence"],
            parsed["show.max_findings"],
        ),
        limits=Limits(
            parsed["limits.deadline"],
            parsed["limits.late"],
            parsed["limits.max_files"],
            parsed["limits.max_file_bytes"],
            parsed["limits.max_diff_bytes"],
        ),
        choice=Choice(
            None if route == "auto" else Route(route),
            parsed["review.incremental"],
            parsed["review.only"],
            parsed["review.skip"],
            parsed["review.required"],
            parsed["specialists.allow_commands"],
            parsed["specialists.allow_prompts"],
        ),
        tools=ToolSettings(
            parsed["tools.sandbox"], parsed["tools.semgrep_engine"], parsed["tools.cache_dir"]
        ),
        models=ModelSettings(
            parsed["models.default"],
            parsed["models.fallback"],
            parsed["models.base_url"],
            parsed["models.max_usd"],
            parsed["models.max_tokens"],
            parsed["models.catalogue"],
            parsed["models.verify"],
            parsed["models.judge"],
            parsed["models.triage"],
            parsed["models.samples"],
            parsed["models.drafts"],
            parsed["models.bots"],
            parsed["models.describe"],
        ),
        post=Posting(
            parsed["post.inline"],
            parsed["post.max_inline"],
            parsed["post.summary"],
            parsed["post.resolve_outdated"],
            parsed["post.labels"],
            parsed["post.instance"],
        ),
        exclude=parsed["exclude"],
        specialists=_choices(parsed),
        origins=dict(sorted(origins.items())),
        warnings=warnings,
        digest=_digest(parsed),
    )


def _choices(parsed: Mapping[str, Any]) -> Mapping[str, SpecialistChoice]:
    fields: dict[str, dict[str, Any]] = {}
    for name, value in parsed.items():
        section, _, rest = name.partition(".")
        ident, _, leaf = rest.partition(".")
        if section == "specialists" and leaf:
            fields.setdefault(ident, {})["deadline_s" if leaf == "deadline" else leaf] = value
    return {ident: SpecialistChoice(**fields[ident]) for ident in sorted(fields)}


def effective(settings: Settings) -> Mapping[str, object]:
    """The values by dotted key, as a file would hold them; `config show` prints them."""
    gate, show, limits, choice = settings.gate, settings.show, settings.limits, settings.choice
    found: dict[str, object] = {
        "gate.fail_on": gate.fail_on,
        "gate.on_incomplete": gate.on_incomplete,
        "show.filter_mode": show.filter_mode,
        "show.min_severity": show.min_severity,
        "show.min_confidence": show.min_confidence,
        "show.max_findings": show.max_findings,
        "limits.deadline": limits.deadline_s,
        "limits.late": limits.late_s,
        "limits.max_files": limits.max_files,
        "limits.max_file_bytes": limits.max_file_bytes,
        "limits.max_diff_bytes": limits.max_diff_bytes,
        "review.route": choice.route or "auto",
        "review.incremental": choice.incremental,
        "review.only": choice.only,
        "review.skip": choice.skip,
        "review.required": choice.required,
        "post.inline": settings.post.inline,
        "post.max_inline": settings.post.max_inline,
        "post.summary": settings.post.summary,
        "post.resolve_outdated": settings.post.resolve_outdated,
        "post.labels": settings.post.labels,
        "post.instance": settings.post.instance,
        "exclude": settings.exclude,
        "specialists.allow_commands": choice.allow_commands,
        "specialists.allow_prompts": choice.allow_prompts,
        "models.default": settings.models.default,
        "models.fallback": settings.models.fallback,
        "models.base_url": settings.models.base_url,
        "models.max_usd": settings.models.max_usd,
        "models.max_tokens": settings.models.max_tokens,
        "models.catalogue": settings.models.catalogue,
        "models.verify": settings.models.verify,
        "models.judge": settings.models.judge,
        "models.triage": settings.models.triage,
        "models.samples": settings.models.samples,
        "models.drafts": settings.models.drafts,
        "models.bots": settings.models.bots,
        "models.describe": settings.models.describe,
        "tools.sandbox": settings.tools.sandbox,
        "tools.semgrep_engine": settings.tools.semgrep_engine,
        "tools.cache_dir": settings.tools.cache_dir,
    }
    for name in settings.origins:
        if name not in found:
            _, ident, leaf = name.split(".")
            field_name = "deadline_s" if leaf == "deadline" else leaf
            found[name] = getattr(settings.specialists[ident], field_name)
    return {name: _spelled(name, value) for name, value in found.items()}


def _spelled(name: str, value: object) -> object:
    key = find_key(name)
    return to_plain(value) if key is None else key.kind.spell(value)


def _digest(parsed: Mapping[str, object]) -> str:
    """Of whatever decides what is found and shown; how much work that takes does not."""
    plain = {
        name: to_plain(value)
        for name, value in sorted(parsed.items())
        if name != "review.incremental"
    }
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
