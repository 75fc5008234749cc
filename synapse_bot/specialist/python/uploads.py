"""Files of a caller that are kept without a look at what they are, or at their size."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler

_CHECKED = re.compile(
    r"(?i)(allowed|extension|\bext\b|suffix|endswith|splitext|mimetype|content_type|magic|imghdr|filetype"
    r"|Image\.open|is_valid|validate|form\b|FileField|verify|guess_type|rsplit)"
)
_FILES = re.compile(r"(?i)(request\.files|request\.FILES|UploadFile|request\.files\[|\.FILES)")
_WRITE = re.compile(r"(^|\.)(save|write|copyfileobj|write_bytes|store)$")


def find_uploads(app: Application) -> Iterator[Hit]:
    for handler in app.handlers:
        said = ast.unparse(handler.function.node)
        if _FILES.search(said) and not _CHECKED.search(said):
            yield from _kept(handler)


def _kept(handler: Handler) -> Iterator[Hit]:
    module = handler.module
    calls = [n for n in handler.function.nodes if isinstance(n, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        if _WRITE.search(module.resolve(call.func)):
            message = "Any file is kept, whatever its type: a page or a program of the caller too."
            yield hit("unrestricted-upload", module, call, message, "high", 0.65)
            return
