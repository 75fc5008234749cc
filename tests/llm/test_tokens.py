"""The estimate lies above what real vocabularies count, without being wild."""

from __future__ import annotations

import random
import string
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.llm.base import ModelRequest
from synapse_bot.llm.tokens import count_request, count_tokens

ROOT = Path(__file__).parent.parent.parent
_random = random.Random(1)

# What o200k_base and cl100k_base count, the larger of the two, by gpt-tokenizer 4.
MEASURED = {
    "code": (("def add(a, b):\n    return a + b\n") * 50, 600),
    "prose": (("The review is incomplete: one file was not read. ") * 50, 551),
    "json": (('{"path": "src/a.py", "line": 12, "severity": "high"},\n') * 50, 1000),
    "chinese": (("这个函数读取文件并返回它的内容。如果文件不存在，则抛出异常。") * 60, 1320),
    "russian": (("Эта функция читает файл и возвращает его содержимое. ") * 40, 641),
    "newlines": ("\n" * 3000, 188),
    "capitals": (("MAX_BYTES = DEFAULT_LIMIT\n") * 50, 300),
}


@pytest.mark.parametrize("kind", MEASURED)
def test_the_estimate_is_above_what_was_measured(kind: str) -> None:
    text, measured = MEASURED[kind]
    assert measured <= count_tokens(text) <= measured * 5


def _noise(alphabet: str, length: int) -> str:
    return "".join(_random.choice(alphabet) for _ in range(length))


@pytest.mark.parametrize(
    ("text", "per_character"),
    [
        (b64encode(_random.randbytes(6000)).decode(), 0.72),
        (_random.randbytes(4000).hex(), 0.58),
        (_noise(string.digits, 5000), 0.34),
        (_noise(string.punctuation, 4000), 0.67),
        (_noise(string.ascii_uppercase, 3000), 0.59),
    ],
    ids=["base64", "hex", "digits", "signs", "capitals"],
)
def test_text_without_words_is_not_underrated(text: str, per_character: float) -> None:
    """Ratios as measured over such text with the same two vocabularies."""
    assert count_tokens(text) >= len(text) * per_character


@given(st.text(max_size=300))
def test_any_text_has_a_count_and_more_text_has_no_less(text: str) -> None:
    assert count_tokens(text) >= bool(text)
    assert count_tokens(text + " more") >= count_tokens(text)


def test_counting_is_linear() -> None:
    began = process_time()
    for hostile in ("a" * 1_000_000, "Aa1 " * 250_000, "\u00e9" * 500_000, " " * 1_000_000):
        count_tokens(hostile)
    assert process_time() - began < 20


def test_a_request_counts_all_that_is_sent(request_: ModelRequest) -> None:
    whole = count_request(request_)
    assert whole > count_tokens(request_.system) + count_tokens(request_.messages[0].text)
    assert count_request(replace(request_, system="You review." * 9)) > whole
    assert count_request(replace(request_, messages=request_.messages * 2)) > whole
    assert count_request(replace(request_, schema={})) < whole
