"""A file's language by its name, else by its "#!" line."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.classifier.languages import language_of, load_languages
from synapse_bot.domain.errors import ConfigInvalid


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "python"),
        ("src/deep/a.pyi", "python"),
        ("EVIL.PY", "python"),
        ("caf\\351.py", "python"),
        ("types.d.ts", "typescript"),
        ("app.tsx", "typescript"),
        ("a.spec.js", "javascript"),
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.prod", "dockerfile"),
        ("CMakeLists.txt", "cmake"),
        ("notes.txt", "text"),
        (".github/workflows/ci.yml", "yaml"),
        (".env", "dotenv"),
        ("prod.env", "dotenv"),
        ("a.R", "r"),
        ("Makefile", "makefile"),
        ("Makefile.am", ""),
        ("LICENSE", ""),
        ("py", ""),
        (".py", "python"),
        ("a.py.orig", ""),
        ("", ""),
    ],
)
def test_by_name(path: str, language: str) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("head", "language"),
    [
        (b"#!/usr/bin/env python3\n", "python"),
        (b"#!/usr/bin/env -S uv run --script\n", "python"),
        (b"#!/usr/bin/python3.12 -I\n", "python"),
        (b"#! /bin/sh\n", "shell"),
        (b"#!/usr/local/bin/bash", "shell"),
        (b"#!/usr/bin/env node\nx", "javascript"),
        (b"#!/usr/bin/env\n", ""),
        (b"#!\n", ""),
        (b"x #!/bin/sh\n", ""),
        (b"#!/" + b"/" * 10_000, ""),
    ],
)
def test_by_shebang(head: bytes, language: str) -> None:
    assert language_of("bin/deploy", head) == language
    assert language_of("deploy.rb", head) == "ruby"


def test_compiled_tables_say_the_same(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first, second = load_languages(cache_dir=cache), load_languages(cache_dir=cache)
    assert list(cache.iterdir())
    assert first.globs == second.globs
    assert second.of("a.py") == "python"


def test_faults_have_their_line(tmp_path: Path) -> None:
    file = tmp_path / "languages.yaml"
    file.write_text('languages:\n  python: ["*.py"]\n  Bad Name: ["{"]\ninterpretes: {}\n')
    with pytest.raises(ConfigInvalid) as caught:
        load_languages(file)
    text = str(caught.value)
    assert "languages.yaml:3" in text
    assert 'did you mean "interpreters"?' in text
