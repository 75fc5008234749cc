"""From a call to what is known of its value, and what its arguments reach."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.expressions import OWN_ADDRESS, OWN_PARTS, Expressions
from synapse_bot.specialist.python.routes import FRAMEWORKS
from synapse_bot.specialist.python.sinks import Argument, Arguments, Asked, reached
from synapse_bot.specialist.python.values import (
    HOLE,
    NOTHING,
    UNKNOWN,
    Kind,
    Value,
    join,
    source,
    substituted,
)

if TYPE_CHECKING:
    from synapse_bot.specialist.python.project import Known, Reach, Summary
    from synapse_bot.specialist.python.source import Module
    from synapse_bot.specialist.python.table import FlowRule
    from synapse_bot.specialist.python.values import Token

MAX_HOPS = 3  # calls through which a text is followed
_TEXT_METHODS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "replace",
    "split", "rsplit", "splitlines", "encode", "decode", "format", "join", "partition",
    "rpartition", "removeprefix", "removesuffix", "expandtabs", "center", "ljust", "rjust",
    "zfill", "translate", "swapcase", "get", "getlist", "pop", "items", "values", "keys", "copy",
    "read", "readline", "readlines", "getvalue", "setdefault", "to_dict", "dict", "model_dump",
    "json", "text", "body", "form", "group", "groups", "as_posix", "resolve", "absolute",
    "joinpath", "with_suffix", "with_name", "expanduser", "popitem", "get_all"
})  # fmt: skip
_ROWS = frozenset({"fetchone", "fetchall", "fetchmany"})
_STORING = frozenset({
    "append", "extend", "add", "insert", "update", "set", "setdefault", "appendleft", "push"
})  # fmt: skip


@dataclass
class Evaluator(Expressions):
    """The values of all expressions, calls included."""

    def _call(self, node: ast.Call) -> Value:
        table = self.scene.table
        receiver = NOTHING
        if isinstance(node.func, ast.Attribute):
            receiver = self.value(node.func.value)
        elif not isinstance(node.func, ast.Name):
            self.value(node.func)
        arguments = self._arguments(node, receiver)
        name = self.name_of(node.func)
        asked = Asked(name, node, arguments)
        self.reaches += reached(table, self.module, asked)
        if node.args and asked.method in _STORING:
            self._stored(node, arguments)
        known = self.scene.project.find(self.module, self.function, node)
        if known is not None:
            self.callees.add(known)
            result = self._known(known, node, arguments)
        else:
            result = self._foreign(node, name, receiver, arguments)
        cleaned = frozenset(table.cleaners.all(name))
        if known is not None and table.checks.search(known.function.node.name):
            cleaned |= {"path-traversal", "xss", "open-redirect", "ssrf"}
        if cleaned and not result.taints:
            result = replace(join(*arguments.values()), shape=HOLE) if arguments.named else UNKNOWN
        return result.cleaned(cleaned) if cleaned else result

    def _stored(self, node: ast.Call, given: Arguments) -> None:
        """``items.append(x)``: the object now holds what it was given."""
        holder = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(holder, ast.Name) and any(v.taints for v in given.positional()):
            before = self.env.get(holder.id, NOTHING)
            after = join(before, *(value.plain() for value in given.positional()))
            self.env[holder.id] = replace(after, shape=before.shape, origin=before.origin)

    def _arguments(self, node: ast.Call, receiver: Value) -> Arguments:
        found: dict[int | str, Argument] = {"self": Argument(receiver)}
        for index, arg in enumerate(node.args):
            key: int | str = "*" if isinstance(arg, ast.Starred) else index
            found[key] = Argument(self.value(arg), arg)
        for word in node.keywords:
            found[word.arg or "**"] = Argument(self.value(word.value), word.value)
        return Arguments(found)

    def _foreign(self, node: ast.Call, name: str, receiver: Value, given: Arguments) -> Value:
        """The value of a call into something that the change does not hold."""
        table = self.scene.table
        if isinstance(node.func, ast.Attribute) and (kind := self._request_part(node.func)):
            own = OWN_ADDRESS if node.func.attr in OWN_PARTS else frozenset()
            return Value(source(kind).taints, HOLE, f"{name}()").cleaned(own)
        if kind := self._named_source(name) or self._named_source(f"{name}()"):
            return Value(source(kind).taints, HOLE, f"{name}()")
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        origin = f"{name}()"
        if method in _ROWS:
            return Value(source(Kind.STORED).taints, HOLE, origin)
        if name in table.clean:
            return Value(shape=HOLE, origin=origin)
        if method in ("format", "format_map") and receiver.shape is not None:
            return substituted(receiver, given.positional(), "{}")
        if method == "join" and name.startswith("os.path"):
            return replace(join(*given.positional()), shape=HOLE, origin="", formatted=True)
        if method == "join":
            return replace(join(receiver, *given.positional()), shape=HOLE, formatted=True)
        if name in table.carry:
            return replace(join(NOTHING, *given.positional()), shape=HOLE, origin=origin)
        if method in _TEXT_METHODS or (method and receiver.taints):
            if method == "get" and len(given.positional()) > 1:
                receiver = join(receiver, given.positional()[1])
            shape = receiver.shape if method in ("strip", "lower", "format", "upper") else HOLE
            return Value(receiver.taints, shape, origin, receiver.formatted)
        if table.checks.search(name.rpartition(".")[2]):
            return Value(shape=HOLE, origin=origin)
        if _passes_on(self.module, node):
            return replace(join(NOTHING, *given.positional()).farther(), origin=origin)
        return Value(shape=HOLE, origin=origin)

    def _known(self, known: Known, node: ast.Call, given: Arguments) -> Value:
        """The value of a call of a function of the change, by that function's summary."""
        summary = self.scene.summaries.get(known)
        if summary is None:
            return replace(join(NOTHING, *given.positional()).farther(), origin="")
        by_param = given.by_param(known.function)
        for reach in summary.reaches:
            value = by_param.get(reach.token.param)
            if reach.token.kind is Kind.PARAM and value is not None:
                self.reaches += self._passed(reach, value, node)
        return self._returned(summary, by_param)

    def _passed(self, reach: Reach, value: Value, node: ast.Call) -> Iterator[Reach]:
        """What ``value``, given to a function, reaches inside it."""
        if value.formatted and reach.rule != "xss":
            # The text was made here; the function only runs what it is given.
            reach = replace(reach, path=self.module.path, line=node.lineno, formatted=True)
        rule = self.scene.table.rules.get(reach.rule)
        for token in value.reaches(reach.rule):
            hops = token.hops + reach.token.hops
            if hops < MAX_HOPS and _harms(rule, token):
                yield replace(reach, token=replace(token, hops=hops + 1))

    def _returned(self, summary: Summary, by_param: dict[str, Value]) -> Value:
        taints = {}
        for token, cleaned in summary.returns.taints.items():
            if token.kind is not Kind.PARAM:
                taints[token] = cleaned
                continue
            for mine, already in by_param.get(token.param, NOTHING).taints.items():
                taints[replace(mine, hops=min(mine.hops + 1, 4))] = already | cleaned
        return replace(summary.returns, taints=taints)


def _harms(rule: FlowRule | None, token: Token) -> bool:
    return rule is None or not rule.kinds or token.kind in (*rule.kinds, Kind.PARAM)


def _passes_on(module: Module, node: ast.Call) -> bool:
    """Whether what an unknown function returns may hold its arguments: a helper of the project,
    called by a bare name, whose name does not say that it looks something up."""
    if not isinstance(node.func, ast.Name):
        return False
    name = node.func.id
    origin = module.imports.get(name, "").partition(".")[0]
    foreign = origin in sys.stdlib_module_names or origin in FRAMEWORKS
    return bool(origin) and not foreign and name[:1].islower()
