"""Which arguments of a call reach a sink of the table."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.project import Reach
from synapse_bot.specialist.python.shapes import fits, has_value_hole
from synapse_bot.specialist.python.source import string
from synapse_bot.specialist.python.values import HOLE, NOTHING, Kind, Value, join

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Function, Module
    from synapse_bot.specialist.python.table import FlowRule, FlowTable, Sink

_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "cmd", "cmd.exe", "powershell", "zsh"})


@dataclass(frozen=True, slots=True)
class Argument:
    value: Value
    node: ast.expr | None = None


@dataclass(frozen=True)
class Arguments:
    """By position, by keyword, "self" for the object, "*" and "**" for what is unpacked."""

    named: Mapping[int | str, Argument] = field(default_factory=dict)

    def values(self) -> list[Value]:
        return [argument.value for argument in self.named.values()]

    def pairs(self) -> list[tuple[int | str, Value]]:
        return [(key, argument.value) for key, argument in self.named.items()]

    def positional(self) -> list[Value]:
        """All but the object."""
        return [value for key, value in self.pairs() if key != "self"]

    def by_param(self, function: Function) -> dict[str, Value]:
        """What each parameter of ``function`` gets."""
        names = [param.arg for param in function.params]
        found: dict[str, Value] = {}
        for key, value in self.pairs():
            if key == "self":
                continue
            if isinstance(key, int):
                if key < len(names):
                    found[names[key]] = value
            elif key in ("*", "**"):
                for name in names:
                    found.setdefault(name, value.plain())
            elif key in names:
                found[key] = value
        return found


@dataclass(frozen=True)
class Asked:
    """A call, or the place where something is stored, under the name that the table knows."""

    name: str
    node: ast.expr
    arguments: Arguments

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]


def reached(table: FlowTable, module: Module, asked: Asked) -> Iterator[Reach]:
    """The origins that get to a sink by this call."""
    for sink in table.sinks.all(asked.name):
        rule = table.rules[sink.rule]
        receiver = _receiver(asked.name)
        if sink.receiver is not None and not sink.receiver.search(receiver):
            continue
        if not all(_meets(module, asked, condition) for condition in sink.where):
            continue
        for slot in sink.slots:
            yield from _by_slot(module, asked, sink, rule, slot, receiver)


def _by_slot(
    module: Module, asked: Asked, sink: Sink, rule: FlowRule, slot: int | str, receiver: str
) -> Iterator[Reach]:
    argument = asked.arguments.named.get(slot)
    if slot == "system":
        value = _instructions(asked)
    elif argument is None:
        return
    elif sink.text == "program":
        value = _program(argument)
    else:
        value = argument.value
    if sink.text and sink.text != "program" and not fits(sink.text, value, receiver):
        return
    node = asked.node
    for token in value.reaches(rule.id):
        if rule.kinds and token.kind not in (*rule.kinds, Kind.PARAM):
            continue
        yield Reach(
            rule.id,
            module.path,
            node.lineno,
            token,
            sink.weak,
            value.formatted,
            has_value_hole(value),
        )


def _receiver(name: str) -> str:
    """The last part of the object: "cur" of self.cur.execute, "" of open."""
    before = name.rpartition(".")[0]
    return before.rpartition(".")[2].rstrip("()[]")


def _meets(module: Module, asked: Asked, condition: str) -> bool:
    """``name=constant`` or ``name`` must be among the arguments, ``!`` before it must not."""
    unwanted = condition.startswith("!")
    name, _, wanted = condition.lstrip("!").partition("=")
    found = False
    for key, argument in asked.arguments.named.items():
        if argument.node is None or not (key == name or (isinstance(key, int) and key > 0)):
            continue
        if not wanted:
            found = found or key == name
        elif isinstance(argument.node, ast.Constant):
            found = found or (str(argument.node.value).startswith(wanted) and key == name)
        else:
            found = found or module.resolve(argument.node).endswith(wanted)
    return found != unwanted


def _program(argument: Argument) -> Value:
    """What of a subprocess without a shell names the program, or is read by a shell after all."""
    node = argument.node
    if isinstance(node, ast.List | ast.Tuple):
        # The elements were joined; only constants tell where the caller's part stands.
        words = [string(element) for element in node.elts]
        if words and words[0] in _SHELLS and len(words) > 2:
            return argument.value
        # One element, not constant: the caller's text is the program itself.
        return argument.value if words == [None] else NOTHING
    return argument.value if argument.value.formatted else NOTHING


def _instructions(asked: Asked) -> Value:
    """What the system's messages of a call to a model hold; "system" itself where it is one."""
    direct = asked.arguments.named.get("system")
    if direct is not None:
        return direct.value if direct.value.formatted else NOTHING
    messages = asked.arguments.named.get("messages")
    if messages is None or not isinstance(messages.node, ast.List):
        return NOTHING
    for message in messages.node.elts:
        if isinstance(message, ast.Dict) and _is_system(message):
            content = _entry(message, "content")
            if isinstance(content, ast.Constant) or content is None:
                return NOTHING
            return Value(join(NOTHING, messages.value).taints, HOLE, "", formatted=True)
    return NOTHING


def _is_system(message: ast.Dict) -> bool:
    return string(_entry(message, "role")) in ("system", "developer")


def _entry(node: ast.Dict, name: str) -> ast.expr | None:
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if string(key) == name), None)
