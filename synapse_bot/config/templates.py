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
PYTHON_IMAGE = (
    "python:3.13-slim-trixie"
    "@sha256:8d9d0b8bcf6506481eae4907c18f5e3e7902e629f5f6d684f9e7c32e85e3ddf0"
)

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
    """`.github/workflows/synapse-bot.yml`: reviews and comments; no secret but the job's token."""
    return f"""\
# Reviews every pull request with synapse-bot: one comment, kept up to date, and a check. It needs
# no key. The token of a fork's pull request only reads: its review is in the job's summary.
name: synapse-bot

on:
  pull_request:

permissions: {{}}

concurrency:
  group: synapse-bot-${{{{ github.event.pull_request.number }}}}
  cancel-in-progress: true

jobs:
  review:
    name: review
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read # to fetch the two revisions
      pull-requests: write # to comment
      checks: write # to set the check
    steps:
      - name: Clone, with history
        uses: {CHECKOUT}
        with:
          fetch-depth: 0 # the merge-base must be there
          persist-credentials: false
      - name: Python
        uses: {SETUP_PYTHON}
        with:
          python-version: "3.13"
      - name: Install
        run: pip install "synapse-bot=={__version__}" && synapse-bot tools install
      - name: Review and comment
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
          NUMBER: ${{{{ github.event.pull_request.number }}}}
          OUT: ${{{{ runner.temp }}}}/review
        # Add --fail-on high to turn the job red on findings of that severity.
        run: >-
          synapse-bot review --pr "$NUMBER" --annotate
          --format markdown --format sarif --out "$OUT"
      - name: Keep the review
        if: ${{{{ !cancelled() }}}}
        uses: {UPLOAD_ARTIFACT}
        with:
          name: review
          path: ${{{{ runner.temp }}}}/review
"""


def gitlab_job() -> str:
    """A job for `.gitlab-ci.yml`: notes on the merge request, Code Quality and SAST reports."""
    return f"""\
# Reviews every merge request with synapse-bot. It needs no key. To comment it needs the masked
# variable GITLAB_TOKEN: a project access token with the scope api and the role Reporter, or
# Developer to resolve discussions. Without one the findings are in the reports and the files.
synapse-bot:
  image: {PYTHON_IMAGE}
  stage: test
  timeout: 15m
  interruptible: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0" # the merge-base must be there
  before_script:
    - >-
      command -v git > /dev/null ||
      {{ apt-get update -qq; apt-get install -y -qq --no-install-recommends git; }}
    # Away from the change: no file of it may tell the installer where to look.
    - cd /
    # A folder of this job's own: on a shell runner, nobody else's and no second job's.
    - SYNAPSE_HOME=$(mktemp -d)
    - python3 -m venv "$SYNAPSE_HOME"
    - '"$SYNAPSE_HOME/bin/python" -m pip install --quiet "synapse-bot=={__version__}"'
    - '"$SYNAPSE_HOME/bin/synapse-bot" tools install'
    - cd "$CI_PROJECT_DIR"
  script:
    # Add --fail-on high to turn the job red on findings of that severity.
    - >-
      "$SYNAPSE_HOME/bin/synapse-bot" review --mr "$CI_MERGE_REQUEST_IID" --out review
      --format terminal --format markdown --format codequality --format sast
  artifacts:
    when: always
    access: developer
    paths: [review/]
    reports:
      codequality: review/gl-code-quality-report.json
      sast: review/gl-sast-report.json
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
