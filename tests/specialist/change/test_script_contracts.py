"""Callers that a changed export of a script leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.specialist.change.script_imports import imports_of, resolve
from synapse_bot.specialist.change.scripts import exports_of, read_script

Scan = Callable[..., Any]
OLD = "export function send(host: string, port = 80) {}\n"


@pytest.mark.parametrize(
    ("new", "call", "why"),
    [
        ("export function send(host: string, port: number, tls: X) {}", "send(a, 1)", "'tls'"),
        ("export function send(host: string) {}", "send(a, 1)", "passes 2 arguments"),
        ("export function send(port = 80, host = '') {}", "send(a, 1)", "argument 1 was 'host'"),
        ("export async function send(host: string, port = 80) {}", "x(send(a) + 1)", "await"),
        ("export const send = async (host: string, port = 80) => 1", "send(a).length", "await"),
    ],
)
def test_a_call_that_fitted_and_does_not_any_more_is_told(
    new: str, call: str, why: str, scan: Scan
) -> None:
    before = {"net.ts": OLD, "use.ts": f"import {{ send }} from './net';\n{call};\n"}
    [(rule, path, line, message)] = scan("scripts", before, {"net.ts": f"{new}\n"})
    assert (rule, path, line) == ("signature-callers", "net.ts", 1)
    assert "use.ts:2" in message
    assert why in message


@pytest.mark.parametrize(
    ("new", "call"),
    [
        ("export function send(host: string, port = 80, tls?: X) {}", "send(a, 1)"),
        ("export function send(host: string, port = 80, ...more: X[]) {}", "send(a, 1)"),
        ("export function send(address: string, port = 80) {}", "send(a, 1)"),
        ("export function send(host: string, port: number, tls: X) {}", "send(...all)"),
        ("export function send(host: string, port: number, tls: X) {}", "send()"),
        ("export async function send(host: string, port = 80) {}", "send(a).then(f)"),
        ("export async function send(host: string, port = 80) {}", "await send(a)"),
        ("export function send(host: string) { return arguments[1] }", "send(a, 1)"),
    ],
)
def test_a_call_that_still_fits_says_nothing(new: str, call: str, scan: Scan) -> None:
    before = {"net.ts": OLD, "use.ts": f"import {{ send }} from './net';\n{call};\n"}
    assert scan("scripts", before, {"net.ts": f"{new}\n"}) == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("use.ts", "import { send } from './net';\nsend(a, 1);\n", True),
        ("use.ts", "import { send as s } from './net.js';\ns(a, 1);\n", True),
        ("use.ts", "import * as net from './net';\nnet.send(a, 1);\n", True),
        ("sub/use.tsx", "import { send } from '../net';\nconst x = <B on={send(a, 1)} />;\n", True),
        ("use.js", "const { send } = require('./net');\nsend(a, 1);\n", True),
        ("use.js", "const net = require('./net');\nnet.send(a, 1);\n", True),
        ("use.ts", "import { send } from './other';\nsend(a, 1);\n", False),
        ("use.ts", "import { send } from 'net';\nsend(a, 1);\n", False),
        ("use.ts", "import { send } from './net';\nfunction f(send) { send(a, 1); }\n", False),
        ("use.ts", "import { send } from './net';\nobj.send(a, 1);\n", False),
    ],
)
def test_a_caller_is_found_by_its_import(path: str, text: str, found: bool, scan: Scan) -> None:
    new = {"net.ts": "export function send(host: string, port: number, tls: X) {}\n"}
    assert bool(scan("scripts", {"net.ts": OLD, path: text}, new)) is found


@pytest.mark.parametrize("index", ["export { send } from './net';\n", "export * from './net';\n"])
def test_a_caller_is_found_through_an_index_that_hands_on(index: str, scan: Scan) -> None:
    before = {
        "lib/net.ts": OLD,
        "lib/index.ts": index,
        "use.ts": "import { send } from './lib';\nsend(a, 1);\n",
    }
    new = {"lib/net.ts": "export function send(host: string, port: number, tls: X) {}\n"}
    assert "use.ts:2" in scan("scripts", before, new)[0][3]


@pytest.mark.parametrize(("name", "told"), [("[encoding]", False), ("encoding", True)])
def test_what_a_comment_calls_optional_may_be_left_out(name: str, told: bool, scan: Scan) -> None:
    comment = f"/**\n * @param {{String}} body\n * @param {{String}} {name}\n */\n"
    before = {
        "net.js": "exports.etag = function(body){ return body };\n",
        "use.js": "const net = require('./net');\nnet.etag(a);\n",
    }
    new = f"{comment}exports.etag = function(body, encoding){{ return body }};\n"
    assert bool(scan("scripts", before, {"net.js": new})) is told


def test_an_export_that_goes_is_told_while_it_is_imported(scan: Scan) -> None:
    before = {
        "net.ts": OLD + "export const other = 1;\n",
        "use.ts": "import { send } from './net';\n",
    }
    [(rule, _, _, message)] = scan("scripts", before, {"net.ts": "export const other = 1;\n"})
    assert rule == "name-removed-in-use"
    assert "use.ts:1" in message
    kept = {"net.ts": "export const other = 1;\nexport { send } from './far';\n"}
    assert scan("scripts", before, kept) == []
    opened = {"net.ts": "export const other = 1;\nexport * from './far';\n"}
    assert scan("scripts", before, opened) == []


def test_a_module_that_is_a_function_is_called_by_what_requires_it(scan: Scan) -> None:
    before = {
        "net.js": "module.exports = send;\nfunction send(host, port) {}\n",
        "use.js": "var send = require('./net');\nsend(a, 1);\n",
    }
    new = {"net.js": "module.exports = send;\nfunction send(port, host) {}\n"}
    assert "use.js:2" in scan("scripts", before, new)[0][3]


def test_a_relative_name_is_resolved_as_bundlers_do() -> None:
    paths = {"a/b.ts", "a/c/index.js", "a/d.js"}
    assert resolve("a/x.ts", "./b", paths) == "a/b.ts"
    assert resolve("a/x.ts", "./b.js", paths) == "a/b.ts"
    assert resolve("a/x.ts", "./c", paths) == "a/c/index.js"
    assert resolve("a/c/index.js", "../d.js", paths) == "a/d.js"
    assert resolve("a/x.ts", "d", paths) == ""
    assert resolve("a/x.ts", "../../../../etc/passwd", paths) == ""


@given(st.text(alphabet="export function{}()[]=>,;'`.*\n import default async a", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    script = read_script("a.ts", text)
    if script is not None:
        assert all(line >= 1 for line in exports_of(script).lines.values())
        assert all(found.line >= 1 for found in imports_of(script))
