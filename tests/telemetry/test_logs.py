"""What reaches stderr is masked, visible and obeyed by no CI runner."""

from __future__ import annotations

import io
import logging

import pytest

from synapse_bot.telemetry.logs import set_up_logs

LOG = logging.getLogger("synapse_bot.some.module")
TOKEN = "ghp_" + "a1B2c3D4e5" * 4


@pytest.fixture(autouse=True)
def _restored():
    logger = logging.getLogger("synapse_bot")
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.fixture
def stderr():
    stream = io.StringIO()
    set_up_logs(stream)
    return stream


def test_only_warnings_are_said_unless_verbose(stderr):
    LOG.info("detail")
    LOG.warning("look: %s", 3)
    assert stderr.getvalue() == "warning: look: 3\n"


def test_verbose_says_everything():
    stream = io.StringIO()
    set_up_logs(stream, verbose=True)
    LOG.debug("detail")
    assert stream.getvalue() == "debug: detail\n"


def test_setting_up_twice_says_it_once(stderr):
    set_up_logs(stderr)
    LOG.warning("once")
    assert stderr.getvalue() == "warning: once\n"


def test_a_secret_is_masked_in_messages_arguments_and_tracebacks(stderr):
    LOG.warning("got %s", TOKEN)
    try:
        raise ValueError(f"bad token {TOKEN}")
    except ValueError:
        LOG.exception("failed")
    assert TOKEN not in stderr.getvalue()
    assert "ValueError: bad token ghp_****" in stderr.getvalue()


def test_a_key_over_several_lines_is_masked(stderr):
    LOG.warning("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----", "MIIEvQIBADAN" * 9)
    assert "MIIEvQ" not in stderr.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "::set-output name=x::y",
        "fine\n::stop-commands::t",
        "fine\n   ::error::x",
        "fine\r::error::x",
        "fine\u2028::error::x",
        "##[error]x",
        "a ##[add-path]x",
    ],
)
def test_no_line_is_a_command_of_a_runner(stderr, text):
    LOG.warning(text)
    printed = stderr.getvalue()
    assert not [line for line in printed.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in printed


def test_escape_sequences_and_bidi_marks_are_visible(stderr):
    LOG.warning("a\x1b[2Jb\u202ec\udce9")
    assert stderr.getvalue() == "warning: a<U+001B>[2Jb<U+202E>c<U+DCE9>\n"
