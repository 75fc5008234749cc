"""From an expression to what is known of its value. Calls are in calls.py."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.proofs import proofs
from synapse_bot.specialist.python.sinks import Argument, Arguments, Asked, reached
from synapse_bot.specialist.python.values import (
    HOLE,
    NOTHING,
    UNKNOWN,
    Kind,
    Value,
    concatenated,
    join,
    source,
    substituted,
    text,
)

if TYPE_CHECKING:
    from synapse_bot.specialist.python.project import Known, Project, Reach, Summary
    from synapse_bot.specialist.python.source import Function, Module
    from synapse_bot.specialist.python.table import FlowTable

MAX_NAMES = 1_000  # of one function; more are not known
MAX_DERIVED = 30  # names that one was made of
MAX_DEPTH = 120  # of nested expressions; what lies deeper is not known
_HARMLESS = frozenset({"id", "pk", "size", "status_code", "content_length", "method", "is_valid"})
_BASENAME = frozenset({"name", "stem", "suffix"})

# Parts of a request's own address: where they lead is this very site.
OWN_PARTS = frozenset({
    "path", "full_path", "get_full_path", "path_info", "raw_path", "base_url", "url_root", "url",
    "uri", "rel_url", "build_absolute_uri", "get_raw_uri"
})  # fmt: skip
OWN_ADDRESS = frozenset({"open-redirect", "ssrf"})


@dataclass
class Scene:
    """What every function of one run shares."""

    table: FlowTable
    project: Project
    summaries: dict[Known, Summary] = field(default_factory=dict)


@dataclass
class Expressions:
    """The names of one function at one place. ``env`` maps a dotted name to its value."""

    scene: Scene
    module: Module
    function: Function | None
    env: dict[str, Value]
    derived: dict[str, frozenset[str]] = field(default_factory=dict)
    reaches: list[Reach] = field(default_factory=list)
    callees: set[Known] = field(default_factory=set)
    _depth: int = 0

    def value(self, node: ast.expr | None) -> Value:
        if node is None:
            return NOTHING
        if self._depth > MAX_DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            return self._value(node)
        finally:
            self._depth -= 1

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant():
                return text(node.value) if isinstance(node.value, str) else NOTHING
            case ast.Name():
                return self.env.get(node.id, UNKNOWN)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr():
                return concatenated([self._part(part) for part in node.values])
            case ast.FormattedValue():
                return self._part(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.Subscript():
                self.value(node.slice)
                value = self.value(node.value)
                return replace(value.plain(), origin=f"{value.origin}[]" if value.origin else "")
            case ast.BoolOp():
                return join(*[self.value(part) for part in node.values])
            case ast.IfExp():
                return self._either(node)
            case _:
                return self._gathered(node)

    def _gathered(self, node: ast.expr) -> Value:
        """Containers, comprehensions, and what passes a value on or gives none."""
        match node:
            case ast.Await() | ast.Starred() | ast.YieldFrom() | ast.Yield():
                return self.value(node.value)
            case ast.NamedExpr():
                value = self.value(node.value)
                self.env[node.target.id] = value
                return value
            case ast.List() | ast.Tuple() | ast.Set():
                return self._container([self.value(element) for element in node.elts])
            case ast.Dict():
                keys = [self.value(key) for key in node.keys if key is not None]
                return self._container([*keys, *map(self.value, node.values)])
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.generators, [node.elt])
            case ast.DictComp():
                return self._comprehension(node.generators, [node.key, node.value])
            case ast.Compare():
                for part in (node.left, *node.comparators):
                    self.value(part)
                return NOTHING
            case ast.UnaryOp():
                self.value(node.operand)
                return NOTHING
            case ast.Lambda():
                inner = {arg.arg: UNKNOWN for arg in node.args.args}
                self.env, outer = {**self.env, **inner}, self.env
                self.value(node.body)
                self.env = outer
                return NOTHING
            case _:
                return UNKNOWN

    def name_of(self, expr: ast.expr) -> str:
        """The dotted name of ``expr``; a local variable stands for the call that gave it."""
        name = self.module.resolve(expr)
        root = name.partition(".")[0].rstrip("()[]")
        given = self.env.get(root)
        if given is not None and given.origin and given.origin != root:
            return given.origin + name[len(root) :]
        return name

    def _container(self, parts: Sequence[Value]) -> Value:
        return replace(join(NOTHING, *parts), shape=None, origin="") if parts else NOTHING

    def _part(self, node: ast.expr) -> Value:
        if not isinstance(node, ast.FormattedValue):
            return self.value(node)
        spec = node.format_spec
        last = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
        if isinstance(last, ast.Constant) and str(last.value)[-1:] in "dxXofeEgGb%":
            return UNKNOWN  # a number, or an error
        return self.value(node.value)

    def _either(self, node: ast.IfExp) -> Value:
        self.value(node.test)
        outer = self.env
        values = []
        for branch, holds in ((node.body, True), (node.orelse, False)):
            self.env = dict(outer)
            self.assume(node.test, holds)
            values.append(self.value(branch))
        self.env = outer
        return join(*values)

    def assume(self, test: ast.expr, holds: bool) -> None:
        """Take what ``test`` proves into the names."""
        for name, rules in proofs(self.module, test, holds, self.scene.table.checks):
            for one in (name, *self.derived.get(name, ())):
                known = self.env.get(one)
                if known is None:
                    known = UNKNOWN
                    if "." not in one:
                        continue
                self.env[one] = known.cleaned(rules)

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> Value:
        outer = self.env
        self.env = dict(outer)
        for generator in generators:
            self.bind(generator.target, self.value(generator.iter).plain())
            for test in generator.ifs:
                self.value(test)
                self.assume(test, True)
        found = self._container([self.value(result) for result in results])
        self.env = outer
        return found

    def bind(self, target: ast.expr, value: Value, given: ast.expr | None = None) -> None:
        """Give the names in ``target`` what is known of ``value``; ``given`` is its expression."""
        match target:
            case ast.Name():
                if len(self.env) < MAX_NAMES or target.id in self.env:
                    self.env[target.id] = value
                if given is not None:
                    self.derived[target.id] = self._names_in(given)
            case ast.Attribute():
                if name := self.module.resolve(target):
                    self.env[name] = value
            case ast.Tuple() | ast.List():
                parts = given.elts if isinstance(given, ast.Tuple | ast.List) else []
                for index, element in enumerate(target.elts):
                    part = parts[index] if len(parts) == len(target.elts) else None
                    self.bind(element, value.plain() if part is None else self.value(part), part)
            case ast.Starred():
                self.bind(target.value, value.plain())
            case ast.Subscript():
                self._store(target, value)

    def _names_in(self, given: ast.expr) -> frozenset[str]:
        names = {node.id for node in ast.walk(given) if isinstance(node, ast.Name)}
        more = {name for one in names for name in self.derived.get(one, ())}
        return frozenset(islice(names | more, MAX_DERIVED))

    def _store(self, target: ast.Subscript, value: Value) -> None:
        name = self.name_of(target)
        key = self.value(target.slice)
        asked = Asked(f"{name}=", target, Arguments({"key": Argument(key)}))
        self.reaches += reached(self.scene.table, self.module, asked)
        root = target.value
        if isinstance(root, ast.Name) and value.taints:
            self.env[root.id] = join(self.env.get(root.id, NOTHING), value.plain())

    def _attribute(self, node: ast.Attribute) -> Value:
        dotted = self.module.resolve(node)
        if dotted in self.env:
            return self.env[dotted]
        name = self.name_of(node)
        if kind := self._request_part(node):
            own = OWN_ADDRESS if node.attr in OWN_PARTS else frozenset()
            return Value(source(kind).taints, HOLE, name).cleaned(own)
        if kind := self._named_source(name):
            checked = OWN_ADDRESS if node.attr == "cleaned_data" else frozenset()
            return Value(source(kind).taints, HOLE, name).cleaned(checked)
        value = self.value(node.value)
        if node.attr in _HARMLESS and not any(t.kind is not Kind.PARAM for t in value.taints):
            return UNKNOWN
        if node.attr in _HARMLESS - {"id"}:
            return UNKNOWN
        if node.attr in _BASENAME and value.origin.startswith("pathlib."):
            value = value.cleaned({"path-traversal"})
        return Value(value.taints, HOLE, "", value.formatted)

    def _request_part(self, node: ast.Attribute) -> Kind | None:
        table = self.scene.table
        is_text = node.attr in table.request_text
        if not is_text and node.attr not in table.request_objects:
            return None
        holder = self.name_of(node.value)
        if holder.startswith(("urllib", "requests.", "httpx.", "aiohttp.Client")):
            return None
        if holder.rstrip("()[]").rpartition(".")[2] not in table.request_names:
            return None
        return Kind.REMOTE if is_text else Kind.JSON

    def _named_source(self, name: str) -> Kind | None:
        table = self.scene.table
        if not name or name in table.never:
            return None
        if name in table.text:
            return Kind.REMOTE
        if name in table.objects:
            return Kind.JSON
        return Kind.MODEL if name in table.model else None

    def _binary(self, node: ast.BinOp) -> Value:
        match node.op:
            case ast.Add():
                return self._sum(node)
            case ast.Mod():
                left = self.value(node.left)
                given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                values = [self.value(one) for one in given]
                return NOTHING if left.shape is None else substituted(left, values, "%")
            case ast.Div():
                left, right = self.value(node.left), self.value(node.right)
                both = join(left, right)
                return Value(both.taints, HOLE, "pathlib.Path()", formatted=True)
            case ast.BitOr():
                return join(self.value(node.left), self.value(node.right))
            case ast.Mult():
                left, right = self.value(node.left), self.value(node.right)
                return Value(join(left, right).taints, HOLE)
            case _:
                self.value(node.left), self.value(node.right)
                return NOTHING

    def _sum(self, node: ast.BinOp) -> Value:
        """ "a" + b + "c": its parts in order, without recursion down a long chain."""
        parts: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            parts.append(left.right)
            left = left.left
        values = [self.value(part) for part in (left, *reversed(parts))]
        if all(value.shape is None for value in values):
            return self._container(values)
        return concatenated(values)

    def _call(self, node: ast.Call) -> Value:
        raise NotImplementedError
