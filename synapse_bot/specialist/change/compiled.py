"""What a file of Go or Java offers to others, and the calls in a file that may use it.

Only numbers of arguments are compared: a type is known to the compiler alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.specialist.change.scripts import walk

if TYPE_CHECKING:
    from synapse_bot.specialist.change.scripts import Node, Script

ANY = 1 << 16  # as many arguments as a caller likes


@dataclass(frozen=True, slots=True)
class Arity:
    least: int
    most: int

    def fits(self, count: int) -> bool:
        return self.least <= count <= self.most


@dataclass(frozen=True, slots=True)
class Offer:
    """``name`` is "Name" in Go, "Class.method" and "Class" (a constructor) in Java."""

    name: str
    arity: Arity
    line: int
    end_line: int  # of the parameters


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the words of ``Offer.name``; -1 arguments where their number is not known."""

    name: str
    arguments: int
    line: int


@dataclass(frozen=True)
class Tongue:
    """One language: what a file offers, and what ``caller`` calls of the file at a path.

    ``calls(caller, home)`` is empty for a caller that cannot see ``home``.
    """

    suffix: str
    offers: Callable[[Script], Iterator[Offer]]
    open: Callable[[Script], set[str]]  # classes that may offer more
    calls: Callable[[Script, Script], Iterator[Call]]


def _span(node: Node, parameters: Node) -> tuple[int, int]:
    return node.start_point.row + 1, parameters.end_point.row + 1


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


# Go


def go_offers(script: Script) -> Iterator[Offer]:
    """Functions of the package; methods are told apart by types alone, and left out."""
    for node in script.root.named_children:
        parameters = node.child_by_field_name("parameters")
        if node.type == "function_declaration" and parameters is not None:
            name = script.part(node, "name")
            if name not in ("main", "init", "_"):
                yield Offer(name, _go_arity(parameters), *_span(node, parameters))


def _go_arity(parameters: Node) -> Arity:
    count = 0
    for item in parameters.named_children:
        if item.type == "variadic_parameter_declaration":
            return Arity(count, ANY)
        if item.type == "parameter_declaration":
            count += max(1, len(item.children_by_field_name("name")))
    return Arity(count, count)


def go_calls(caller: Script, home: Script) -> Iterator[Call]:
    """Calls by the bare name in its own package, by ``package.Name`` elsewhere."""
    folder = _folder(home.path)
    inside = _folder(caller.path) == folder and _package(caller) == _package(home)
    prefixes = {""} if inside else {f"{name}." for name in _go_names(caller, folder, home)}
    for called, nodes in caller.calls.items():
        for prefix in prefixes:
            name = called.removeprefix(prefix)
            if called.startswith(prefix) and "." not in name and not caller.declared[name]:
                for node in nodes:
                    yield Call(name, _go_count(caller, node), node.start_point.row + 1)


def _package(script: Script) -> str:
    clause = next((n for n in script.root.named_children if n.type == "package_clause"), None)
    return script.text(clause).removeprefix("package").strip()


def _go_names(caller: Script, folder: str, home: Script) -> Iterator[str]:
    """By which names ``caller`` imports the package in ``folder``."""
    if not folder:
        return
    for node in walk(caller.root):
        if node.type == "import_spec":
            path = caller.part(node, "path").strip('"`')
            if path == folder or path.endswith(f"/{folder}"):
                yield caller.part(node, "name") or _package(home)


def _go_count(script: Script, call: Node) -> int:
    """-1 also for the results of another call, which may be several."""
    arguments = call.child_by_field_name("arguments")
    given = [c for c in arguments.named_children if c.type != "comment"] if arguments else []
    if any(c.type == "variadic_argument" for c in given):
        return -1
    if arguments is None or any(c.type == "..." for c in arguments.children):
        return -1
    return -1 if len(given) == 1 and given[0].type == "call_expression" else len(given)


# Java


def java_offers(script: Script) -> Iterator[Offer]:
    """Methods and constructors that other classes may call."""
    for node in script.root.named_children:
        body = node.child_by_field_name("body")
        if node.type != "class_declaration" or body is None:
            continue
        owner = script.part(node, "name")
        for member in body.named_children:
            parameters = member.child_by_field_name("parameters")
            if parameters is None or "private" in script.text(member.child(0)).split():
                continue
            name = {"method_declaration": f"{owner}.{script.part(member, 'name')}"}.get(
                member.type, owner
            )
            yield Offer(name, _java_arity(parameters), *_span(member, parameters))


def java_heirs(script: Script) -> set[str]:
    """Classes that inherit, and so offer more than their text shows."""
    return {
        script.part(node, "name")
        for node in script.root.named_children
        if node.child_by_field_name("superclass") is not None
    }


def _java_arity(parameters: Node) -> Arity:
    kinds = [c.type for c in parameters.named_children]
    count = kinds.count("formal_parameter")
    return Arity(count, ANY if "spread_parameter" in kinds else count)


def java_calls(caller: Script, home: Script) -> Iterator[Call]:
    """Calls of a class by its name, and of what is declared with it as its type."""
    for owner in _java_classes(home):
        if not _sees(caller, home, owner):
            continue
        variables = _variables(caller, owner)
        for node in walk(caller.root):
            if node.type == "method_invocation":
                target = caller.short(node.child_by_field_name("object"))
                if target == owner or target.removeprefix("this.") in variables:
                    yield _java_call(f"{owner}.{caller.part(node, 'name')}", node)
            elif node.type == "object_creation_expression" and caller.part(node, "type") == owner:
                yield _java_call(owner, node)


def _java_call(name: str, node: Node) -> Call:
    arguments = node.child_by_field_name("arguments")
    given = arguments.named_children if arguments else []
    count = sum(child.type not in ("line_comment", "block_comment") for child in given)
    return Call(name, count, node.start_point.row + 1)


def _java_classes(script: Script) -> Iterator[str]:
    for node in script.root.named_children:
        if node.type == "class_declaration":
            yield script.part(node, "name")


def _sees(caller: Script, home: Script, owner: str) -> bool:
    """By an import or by its package; a class of the same name within is another one."""
    own = _java_package(home)
    if caller.path != home.path and owner in _java_classes(caller):
        return False
    imported = {
        caller.text(n).removeprefix("import").strip(" ;")
        for n in caller.root.named_children
        if n.type == "import_declaration"
    }
    near = own == _java_package(caller) and not any(i.endswith(f".{owner}") for i in imported)
    return near or bool({f"{own}.{owner}", f"{own}.*"} & imported)


def _java_package(script: Script) -> str:
    kind = "package_declaration"
    node = next((n for n in script.root.named_children if n.type == kind), None)
    return script.text(node).removeprefix("package").strip(" ;")


_TYPED = frozenset({"local_variable_declaration", "field_declaration", "formal_parameter"})


def _variables(script: Script, owner: str) -> set[str]:
    """Names that are declared as an ``owner`` wherever they are declared in the file."""
    mine: set[str] = set()
    others: set[str] = set()
    for node in walk(script.root):
        if node.type in _TYPED:
            names = [node] if node.type == "formal_parameter" else node.named_children
            found = {script.part(n, "name") for n in names} - {""}
            (mine if script.part(node, "type") == owner else others).update(found)
    return mine - others


TONGUES = (
    Tongue(".go", go_offers, lambda _: set(), go_calls),
    Tongue(".java", java_offers, java_heirs, java_calls),
)
