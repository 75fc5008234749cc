"""What `init` writes: a commented settings file and a CI job. Text only; nothing is written here.

Actions are pinned by the commit of a release tag, since a tag can be moved
(https://www.cve.org/CVERecord?id=CVE-2025-30066); the comment names the release.
"""

from __future__ import annotations

import textwrap

from synapse_bot import __version__
from synapse_bot.config.keys import ANY_ID, KEYS, Key, Trust

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SETUP_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
UPLOAD_ARTIFACT = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"

SCHEMA_URL = (
    "https://raw.githubusercontent.com/synapse-bot/synapse-bot/main/docs/schema/"
    "settings.schema.json"
)
_WIDTH = 88

_EXAMPLES: dict[str, str] = {
    "gate.fail_on": "high",
    "review.required": "[secrets]",
    "exclude": '["third_party/**", "*.generated.ts"]',
    "specialists.*.enabled": "true",
    "specialists.*.weight": "1.5",
    "specialists.*.deadline": "90s",
    "specialists.*.required": "false",
    "specialists.*.exclude": '["tests/"]',
    "specialists.*.severities": "{note: info}",
}


def settings_template() -> str:
    """`.synapse-bot.yml` with every key that a repository may set, all commented out."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_URL}",
        "#",
        "# Settings of synapse-bot for this repository. Everything has a default: uncomment what",
        "# you want to change. They are read at the base of a change, so that an edit of this file",
        "# takes effect once it is merged.",
        "#",
        "# synapse-bot config show --origin   what holds, and why",
        "# synapse-bot validate               whether this file is right",
    ]
    section = ""
    for key in KEYS.values():
        if key.trust is not Trust.REPO:
            continue
        head, _, leaf = key.name.rpartition(".")
        if head != section:
            lines += ["", *_section_lines(head)]
            section = head
        elif not head:
            lines.append("")
        lines += _key_lines(key, leaf, indent=2 * len(head.split(".")) if head else 0)
    return "\n".join(lines) + "\n"


def _section_lines(section: str) -> list[str]:
    words = [word.replace(ANY_ID, "python-bugs") for word in section.split(".") if section]
    return [f"#{'  ' * depth}{word}:" for depth, word in enumerate(words)]


def _key_lines(key: Key, leaf: str, indent: int) -> list[str]:
    """The key's explanation, then the key itself, all commented."""
    margin = " " * indent
    about = textwrap.wrap(key.about, _WIDTH - indent)
    value = _EXAMPLES.get(key.name, _yaml(key.kind.spell(key.default)))
    return [*(f"#{margin}# {line}" for line in about), f"#{margin}{leaf}: {value}"]


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[]" if value == [] else str(value)


def github_workflow() -> str:
    """`.github/workflows/synapse-bot.yml`: no secret, no write permission, no cache."""
    return f"""\
# Reviews every pull request with synapse-bot. It needs no key, no secret and no write permission.
name: synapse-bot

on:
  pull_request:

permissions: {{}}

concurrency:
  group: synapse-bot-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  review:
    name: review
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read # to fetch the two revisions
    steps:
      - uses: {CHECKOUT}
        with:
          fetch-depth: 0 # the merge-base must be there
          persist-credentials: false
      - uses: {SETUP_PYTHON}
        with:
          python-version: "3.13"
      - name: Install
        run: pip install "synapse-bot=={__version__}" && synapse-bot tools install
      - name: Review
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
          HEAD: ${{{{ github.event.pull_request.head.sha }}}}
        # Add --fail-on high to turn the check red on findings of that severity.
        run: >-
          synapse-bot review --base "$BASE" --head "$HEAD"
          --format terminal --format markdown --format sarif --out synapse-bot-out
      - name: Summary
        if: always()
        run: cat synapse-bot-out/*.md >> "$GITHUB_STEP_SUMMARY"
      - uses: {UPLOAD_ARTIFACT}
        if: always()
        with:
          name: synapse-bot
          path: synapse-bot-out/
"""


def gitlab_job() -> str:
    """A job for `.gitlab-ci.yml`: its findings show in the merge request's Code Quality widget."""
    return f"""\
# Reviews every merge request with synapse-bot. It needs no key and no secret.
# Pin the image by digest (docker buildx imagetools inspect python:3.13-bookworm) to fix it.
synapse-bot:
  image: python:3.13-bookworm
  stage: test
  timeout: 15m
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0" # the merge-base must be there
  script:
    - pip install "synapse-bot=={__version__}"
    - synapse-bot tools install
    # Add --fail-on high to turn the job red on findings of that severity.
    - >-
      synapse-bot review --base "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --head "$CI_COMMIT_SHA"
      --format terminal --format markdown --format codequality --out synapse-bot-out
  artifacts:
    when: always
    paths: [synapse-bot-out/]
    reports:
      codequality: synapse-bot-out/gl-code-quality-report.json
"""


def specialist_template(ident: str) -> str:
    """A specialist to start from: a linter that prints SARIF."""
    return f"""\
# yaml-language-server: $schema={SCHEMA_URL.replace("settings", "specialist")}
id: {ident}
description: What {ident} looks for, in one sentence.
# languages: [python]          # of rules/languages.yaml; without it every file is examined
# paths: ["src/**"]            # globs that a file must match
# exclude: ["*.generated.py"]  # globs that it must not match
deadline: 60s
actions:
  - id: {ident}
    tool: {ident}              # a name in rules/tools.yaml, or a program on PATH
    argv: [--format, sarif, "{{files}}"]
    ok_exit_codes: [0, 1]      # any other is a failed run
    timeout: 60s
    output:
      format: sarif            # sarif, json, jsonl, rdjson, rdjsonl or regex
      # For json and jsonl, say where each value is in one result:
      # items: results
      # fields: {{path: filename, line: location.row, rule: code, message: message}}
      # severities: {{error: high, warning: medium, note: low}}
metadata:
  owner: ""
  domain: ""                   # security, correctness, style, ...
"""
