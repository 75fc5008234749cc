"""What pydantic found wrong, in the words of the person who wrote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from synapse_bot.config.document import Document, KeyPath, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN = 60  # characters of a wrong value that are repeated in a message
_MOST = 200  # faults of one file that are told

_WANTED = {
    "string_type": "text (quote it)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list: [a, b] or lines that start with '- '",
    "tuple_type": "a list: [a, b] or lines that start with '- '",
    "set_type": "a list: [a, b] or lines that start with '- '",
    "frozen_set_type": "a list: [a, b] or lines that start with '- '",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
}
_BOUNDS = {
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}


def describe(document: Document, model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line for every fault of ``document``, in the order of the file."""
    if document.data == {} and document.lines.get(()) == 1:
        required = [name for name, info in model.model_fields.items() if info.is_required()]
        if required:
            return [f"{document.source}:1: the file is empty: it needs {', '.join(required)}"]
    found = error.errors(include_url=False)
    details = _without_other_branches(document, found[:_MOST])
    faults = {}
    for detail in details:
        path = place(document, tuple(detail["loc"]))
        faults[_fault(document, model, path, detail)] = document.line(path)
    told = sorted(faults, key=lambda fault: faults[fault])
    if len(found) > _MOST:
        last = max(faults.values())
        told.append(f"{document.source}:{last}: and {len(found) - _MOST} more faults")
    return told


def place(document: Document, loc: KeyPath) -> KeyPath:
    """``loc`` without what stands in no file: the branch of a union, the name of a validator."""
    path: KeyPath = ()
    current = document.data
    for index, part in enumerate(loc):
        if isinstance(current, dict) and part in current:
            current = current[str(part)]
        elif isinstance(current, list) and isinstance(part, int) and part < len(current):
            current = current[part]
        elif index < len(loc) - 1 or not isinstance(current, dict) or not _is_key(part):
            continue
        path = (*path, part)
    return path


def _is_key(part: str | int) -> bool:
    """Whether the last part of a location may be a missing key rather than a branch's name."""
    return isinstance(part, str) and part.replace("_", "a").isalnum() and part.islower()


def _without_other_branches(document: Document, details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leaves out "must be text" where the value is a mapping that has faults of its own."""
    kept = []
    for detail in details:
        path = place(document, tuple(detail["loc"]))
        shape_only = detail["type"] in _WANTED
        deeper = any(
            other is not detail
            and other["type"] not in _WANTED
            and place(document, tuple(other["loc"]))[: len(path)] == path
            for other in details
        )
        if not (shape_only and deeper):
            kept.append(detail)
    return kept or details


def _fault(document: Document, model: type[BaseModel], path: KeyPath, detail: ErrorDetails) -> str:
    where = document.at(path)
    name = render_path(path)
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        near = nearest(str(path[-1]), valid_keys(model, path[:-1]))
        return f"{where}: unknown key {name!r}{near}"
    if kind == "missing":
        return f"{where}: {name!r} is required"
    if kind in ("literal_error", "enum"):
        return f"{where}: {name}: {_one_of(detail)}"
    if kind in _WANTED:
        return f"{where}: {name}: must be {_WANTED[kind]}, not {_shown(detail.get('input'))}"
    if kind in _BOUNDS:
        bound = _BOUNDS[kind].format(**context)
        return f"{where}: {name}: must be {bound}, not {_shown(detail.get('input'))}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {name}: {message[0].lower()}{message[1:]}"


def _one_of(detail: ErrorDetails) -> str:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
    near = nearest(str(detail.get("input")), [word for word in words if word])
    if "did you mean" not in near:
        near = ""
    return f"must be one of {', '.join(words)}, not {_shown(detail.get('input'))}{near}"


def _shown(value: Any) -> str:
    """A wrong value, short: a mapping or list by its kind only."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def render_path(path: KeyPath) -> str:
    """``actions[0].output.format``"""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:_SHOWN]}"
    return text.removeprefix(".") or "the document"


def valid_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that ``model`` takes at ``path``; empty where it takes any."""
    current: type[BaseModel] | None = model
    in_mapping = False
    for part in path:
        if current is None:
            return []
        if isinstance(part, int) or in_mapping:
            in_mapping = False
            continue  # an index, or a key of a mapping of models: the model stays
        info = _fields(current).get(str(part))
        annotation = info.annotation if info else None
        current = _model_in(annotation)
        in_mapping = current is not None and _is_mapping(annotation)
    return [] if current is None or in_mapping else list(_fields(current))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _is_mapping(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", None)
    return isinstance(origin, type) and issubclass(origin, dict)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if found := _model_in(inner):
            return found
    return None
