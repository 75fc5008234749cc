"""From where a caller's text enters to where it does harm, through statements and calls.

A walk of each function's statements in order, with what is known of every name at that place. A
function is summed up by what it does with its parameters, and its callers are walked with that
summary: three rounds, so that a text is followed through three calls, over files too. Loops are
walked twice. The time is linear in the text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit
from synapse_bot.specialist.python.calls import Evaluator
from synapse_bot.specialist.python.expressions import Scene
from synapse_bot.specialist.python.project import Known, Project, Reach, Summary
from synapse_bot.specialist.python.proofs import ends
from synapse_bot.specialist.python.shapes import fits
from synapse_bot.specialist.python.values import NOTHING, Kind, Value, join, source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.specialist.python.routes import Handler
    from synapse_bot.specialist.python.source import Function, Module
    from synapse_bot.specialist.python.table import FlowRule, FlowTable

ROUNDS = 3
MAX_LOOPS = 3  # loops in loops whose body is walked twice
_UNKNOWN_CALLER = {"sql-injection": 0.55, "command-injection": 0.5}
_HTML_FRAMEWORKS = frozenset({"flask", "quart", "bottle"})


@dataclass
class Walker(Evaluator):
    """Statements of one function. ``returned`` are the values that it may give back."""

    handler: Handler | None = None
    returned: list[Value] = field(default_factory=list)
    _loops: int = 0

    def walk(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr():
                self.value(node.value)
            case ast.Assign():
                value = self.value(node.value)
                for target in node.targets:
                    self.bind(target, value, node.value)
            case ast.AnnAssign() if node.value is not None:
                self.bind(node.target, self.value(node.value), node.value)
            case ast.AugAssign():
                self._augmented(node)
            case ast.Return():
                self._return(node)
            case ast.Raise():
                self.value(node.exc)
            case ast.Assert():
                self.value(node.test)
                self.assume(node.test, True)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.env.pop(node.name, None)
            case _:
                self._block(node)

    def _block(self, node: ast.stmt) -> None:
        match node:
            case ast.If():
                self._if(node)
            case ast.For() | ast.AsyncFor():
                self._loop(node.body, node.orelse, node)
            case ast.While():
                self.value(node.test)
                self._loop(node.body, node.orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value, item.context_expr)
                self.walk(node.body)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.Match():
                self.value(node.subject)
                self._branches([case.body for case in node.cases])

    def _augmented(self, node: ast.AugAssign) -> None:
        added = ast.BinOp(_load(node.target), node.op, node.value)
        ast.copy_location(added, node)
        self.bind(node.target, self.value(added))

    def _if(self, node: ast.If) -> None:
        self.value(node.test)
        before = self.env
        after = []
        for body, holds in ((node.body, True), (node.orelse, False)):
            self.env = dict(before)
            self.assume(node.test, holds)
            self.walk(body)
            if not ends(self.module, body):
                after.append(self.env)
        self.env = _merged(after) if after else dict(before)

    def _branches(self, bodies: Iterable[Sequence[ast.stmt]]) -> None:
        before, after = self.env, [dict(self.env)]
        for body in bodies:
            self.env = dict(before)
            self.walk(body)
            after.append(self.env)
        self.env = _merged(after)

    def _loop(
        self,
        body: Sequence[ast.stmt],
        orelse: Sequence[ast.stmt],
        loop: ast.For | ast.AsyncFor | None = None,
    ) -> None:
        before = dict(self.env)
        self._loops += 1
        # The second turn sees what the first one left. Loops in loops would double each time.
        for _ in range(2 if self._loops <= MAX_LOOPS else 1):
            if loop is not None:
                self.bind(loop.target, replace(self.value(loop.iter), shape="\0", origin=""))
            self.walk(body)
        self._loops -= 1
        self.env = _merged([before, self.env])
        self.walk(orelse)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before = dict(self.env)
        self.walk(node.body)
        done = self.env
        after = [] if ends(self.module, node.body) else [done]
        for handler in node.handlers:
            self.env = _merged([before, done])
            self.walk(handler.body)
            if not ends(self.module, handler.body):
                after.append(self.env)
        self.env = _merged(after) if after else done
        self.walk(node.orelse)
        self.walk(node.finalbody)

    def _return(self, node: ast.Return) -> None:
        value = self.value(node.value)
        self.returned.append(value)
        if self.handler is None or not _sends_html(self.handler):
            return
        if isinstance(node.value, ast.Tuple) and node.value.elts:
            value = self.value(node.value.elts[0])
        if value.shape is None or value.origin.startswith(("flask.", "json")):
            return
        for token in value.reaches("xss"):
            if token.kind in (Kind.REMOTE, Kind.PARAM) or (
                value.formatted and fits("html", value, "")
            ):
                weak = 0.0 if value.formatted else 0.1
                reach = Reach("xss", self.module.path, node.lineno, token, weak, value.formatted)
                self.reaches.append(reach)


def _sends_html(handler: Handler) -> bool:
    """A text that it returns is sent as HTML: by the framework, or as its decorator says."""
    if handler.framework in _HTML_FRAMEWORKS:
        return True
    return any("HTMLResponse" in ast.unparse(d) for d in handler.function.node.decorator_list)


def _load(target: ast.expr) -> ast.expr:
    """``target`` as it is read."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    return target


def _merged(envs: Sequence[dict[str, Value]]) -> dict[str, Value]:
    if len(envs) == 1:
        return envs[0]
    names = {name for env in envs for name in env}
    return {name: _one([env[name] for env in envs if name in env]) for name in names}


def _one(values: list[Value]) -> Value:
    first = values[0]
    return first if all(value is first for value in values) else join(*values)


def find_flows(app: Application, table: FlowTable) -> Iterator[Hit]:
    """Every place where text of a caller gets to a sink of ``table``."""
    scene = Scene(table, Project.of(app.modules))
    handlers = {handler.function: handler for handler in app.handlers}
    found: dict[Known | Module, tuple[Reach, ...]] = {}
    globals_ = {module: _top_level(scene, module, found) for module in app.modules}
    callees: dict[Known, set[Known]] = {}
    changed: set[Known] = set(scene.project.known)
    for turn in range(ROUNDS):
        again = [k for k in scene.project.known if not turn or callees.get(k, set()) & changed]
        changed = set()
        for known in again:
            walker = _walk_function(scene, known, handlers, globals_[known.module])
            callees[known] = walker.callees
            found[known] = tuple(dict.fromkeys(walker.reaches))
            if _sum_up(scene, known, walker):
                changed.add(known)
    yield from _hits(found, table)


def _top_level(
    scene: Scene, module: Module, found: dict[Known | Module, tuple[Reach, ...]]
) -> dict[str, Value]:
    walker = Walker(scene, module, None, {})
    try:
        walker.walk(module.tree.body)
    except RecursionError:
        return {}
    found[module] = tuple(walker.reaches)
    return {name: _lasting(value) for name, value in walker.env.items() if "." not in name}


def _lasting(value: Value) -> Value:
    """What of a global is still so when a function runs: its constant text, the call behind it."""
    return Value({}, value.shape, value.origin)


def _walk_function(
    scene: Scene,
    known: Known,
    handlers: Mapping[Function, Handler],
    globals_: dict[str, Value],
) -> Walker:
    handler = handlers.get(known.function)
    env = {**globals_, **_parameters(known.function, handler)}
    walker = Walker(scene, known.module, known.function, env, handler=handler)
    try:
        walker.walk(known.function.node.body)
    except RecursionError:
        walker.reaches.clear()
    return walker


def _parameters(function: Function, handler: Handler | None) -> dict[str, Value]:
    if handler is None:
        return {
            param.arg: Value() if _is_number(param) else source(Kind.PARAM, param.arg)
            for param in function.params
        }
    mine = {
        name: source(Kind.JSON if name in handler.objects else Kind.REMOTE)
        for name in handler.params
    }
    return {param.arg: Value() for param in function.params} | mine


def _is_number(param: ast.arg) -> bool:
    annotation = param.annotation
    return isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "bool")


def _sum_up(scene: Scene, known: Known, walker: Walker) -> bool:
    """Keep the summary of ``known``; whether it says more than the last one."""
    reaches = tuple(dict.fromkeys(r for r in walker.reaches if r.token.kind is Kind.PARAM))
    summary = Summary(reaches, join(NOTHING, *walker.returned) if walker.returned else NOTHING)
    before = scene.summaries.get(known)
    scene.summaries[known] = summary
    return before is None or before != summary


# ---- from reaches to hits


def _hits(found: Mapping[Known | Module, tuple[Reach, ...]], table: FlowTable) -> Iterator[Hit]:
    """Of all ways to one place by one rule, the surest."""
    best: dict[tuple[str, str, int], Hit] = {}
    for reaches in found.values():
        for reach in reaches:
            hit = _hit(table.rules[reach.rule], reach)
            if hit is None:
                continue
            key = (hit.rule, hit.path, hit.line)
            if key not in best or best[key].confidence < hit.confidence:
                best[key] = hit
    yield from best.values()


def _hit(rule: FlowRule, reach: Reach) -> Hit | None:
    token = reach.token
    confidence = rule.confidence - reach.weak - 0.04 * token.hops
    message = rule.message
    if token.kind is Kind.PARAM:
        # Nobody is seen to call it with a caller's text; a value pasted into a statement is
        # a defect for whoever does.
        if rule.id not in _UNKNOWN_CALLER or not reach.formatted:
            return None
        if rule.id == "sql-injection" and not reach.literal:
            return None
        confidence = _UNKNOWN_CALLER[rule.id] - reach.weak
        message = f"{message[:-1]}, if a caller passes such text as {token.param}."
    elif token.kind is Kind.STORED:
        if not reach.formatted:
            return None
        confidence -= 0.3
        message = "What the database holds is sent as HTML without escaping."
    elif token.kind is Kind.MODEL:
        confidence -= 0.12
        message = f"What a language model answers is used here. {message}"
    return Hit(rule.id, reach.path, reach.line, message, rule.severity, round(confidence, 2))
