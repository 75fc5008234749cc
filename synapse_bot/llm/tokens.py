"""How many tokens a text is, estimated without a vocabulary and without the network.

Each provider cuts text its own way, and few publish how. The estimate is meant to lie above all of
them: on source code and prose it is 1.3 to 2 times what OpenAI's o200k_base counts, which leaves
room for vocabularies that cut finer. It is an estimate and no proof: what a call really used is
charged afterwards.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.llm.base import ModelRequest

# Each match is one token: three letters of a word, a capital among capitals, two digits, a run of
# line ends or of blanks. One blank belongs to the word behind it.
_WHOLE = re.compile(r"[A-Za-z][a-z]{0,2}|[0-9]{1,2}|[\r\n]{1,16}|[ \t]{2,32}", re.ASCII)
_SIGN = re.compile(r"[^\w\s]|_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", re.ASCII)
_WIDE = re.compile(r"[^\x00-\x7f]+")
_PER_SIGN = 0.75
_PER_BYTE = 0.8  # beyond ASCII: a rare character is a token a byte, a usual one less
_PER_MESSAGE = 8  # role and separators
_PER_REQUEST = 40  # what a provider adds to announce a schema
_MARGIN = 1.1


def count_tokens(text: str) -> int:
    """Tokens of ``text``, on the high side. Linear in its length."""
    if not text:
        return 0
    plain = text if text.isascii() else _WIDE.sub("", text)
    wide = len(text.encode("utf-8", "surrogatepass")) - len(plain)
    counted = len(_WHOLE.findall(plain)) + _PER_SIGN * len(_SIGN.findall(plain)) + _PER_BYTE * wide
    return int(counted * _MARGIN) + 1


def count_request(request: ModelRequest) -> int:
    """Tokens of the whole prompt, the schema among them."""
    texts = [request.system, *(message.text for message in request.messages)]
    schema = json.dumps(request.schema, separators=(",", ":"))
    overhead = _PER_REQUEST + _PER_MESSAGE * len(texts)
    return sum(map(count_tokens, (*texts, schema))) + overhead
