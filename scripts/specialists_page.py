"""Writes docs/specialists.md and docs/rules.md from the declarations themselves.

python scripts/specialists_page.py          write both pages
python scripts/specialists_page.py --check  exit 1 where a page is not current
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from synapse_bot.domain.spec import Route
from synapse_bot.specialist.loader import load_specialists
from synapse_bot.specialist.taxonomy import Rule, Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.domain.spec import ActionSpec, SpecialistSpec

ROOT = Path(__file__).resolve().parent.parent
OWN = {"semgrep": "yaml", "ast-grep": "yml"}
# The checks of this process that tell rules of their own: the title of each, and how it reads.
READING = {
    "python-web": (
        "By structure and flow",
        "It follows text of a caller through statements, calls and files of a change, and\n"
        "compares routes with their siblings. Its tables are `rules/static/flow/python`.",
    ),
    "templates": (
        "In templates",
        "It reads Jinja, Django, ERB, EJS, Handlebars, JSP, Thymeleaf, Pug, Vue, Svelte and Go\n"
        "templates by their marks and by the place in the page where a value lands.",
    ),
}
NOTE = "<!-- Written by scripts/specialists_page.py from the declarations. Do not edit. -->"

INTRODUCTION = """\
A specialist reviews one concern. It is declared in one YAML file: which files it reads, which
tools it runs with which arguments, and how their output is read. No code is needed.

| id | reviews | fast path | deep review |
|---|---|---|---|
"""

OWN_LINTER = """\
## A linter of your own

Any program that prints SARIF, JSON, JSON lines, rdjson or one finding a line joins by a file
`.synapse-bot/specialists/<id>.yaml`. This one is complete:

```yaml
{example}```

- `{{files}}` becomes one argument for every file of the change that the specialist reads. Each
  file lies alone in a scratch folder, so that no configuration in the change reaches the tool.
- `{{rules}}` is the folder of shipped rules, `{{out}}` a file for the output (`output_file: true`),
  `{{cache}}` a folder that the tool keeps between runs, `{{dir}}` a folder with all the files,
  `{{jobs}}` how many processors it may take.
- `fields` maps our words to a dotted path in a result (`location.row`, `labels[0].span.line`), to a
  text with such paths (`"SC{{code}}"`), or to a constant (`=too-complex`).
- `worse` tells only what a change made worse: the tool reads the files before the change as well,
  and a function (`symbol`) is told where one of its numbers (`amounts`) has passed its limit or
  grown beyond it. `specialists/complexity.yaml` is an example.
- `gaps` says how the tool tells what it left out: a list of errors (`items`, with `path`, `word`
  and `rule` in each), the list of files that it `opened`, or `rules` whose results mean that a
  file could not be parsed. Such a file is *partly reviewed*, with the reason. A `word` that is not
  among `unparsed` stopped the tool, and the review is incomplete. `specialists/security.yaml` is
  an example.
- `result_builder.doubted_in` names files in which a finding is half as sure: globs, and the words
  `tests` and `docs`, which stand for the lists of `rules/filekinds.yaml`.
- `reach` says what an answer about a file depends on beside the file: `base` (its text before the
  change), `change` (the other files of the change) or `repository` (files that it does not touch).
- A program that `rules/tools.yaml` does not name runs only where the host allows it:
  `SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS=name`.
- A file without `actions` changes a shipped specialist: `enabled`, `required`, `weight`,
  `deadline`, `languages`, `paths`, `exclude`, `severities`.

Put examples below `.synapse-bot/tests/<id>/files/` (and the repository before the change, where it
matters, below `base/`), write what is found with
`synapse-bot specialists test <id> --update`, read it, and let `synapse-bot specialists test` keep
it true. `synapse-bot validate` names each fault of a declaration with its line.
"""


def specialists_page() -> str:
    """docs/specialists.md."""
    specs = load_specialists(ROOT / "specialists").specs
    example = (ROOT / "docs/examples/.synapse-bot/specialists/yaml-lint.yaml").read_text()
    example = "".join(line for line in example.splitlines(True) if "$schema" not in line)
    return "\n".join(
        [
            f"# Specialists\n\n{NOTE}\n",
            INTRODUCTION + "\n".join(map(_row, specs)),
            "",
            *(part for spec in specs for part in _section(spec)),
            OWN_LINTER.format(example=example),
        ]
    )


def _row(spec: SpecialistSpec) -> str:
    state = "" if spec.enabled else " *(not enabled)*"
    fast, deep = (_tools(spec, route) for route in (Route.FAST, Route.DEEP))
    return f"| [{spec.id}](#{spec.id}) | {spec.description}{state} | {fast} | {deep} |"


def _tools(spec: SpecialistSpec, route: Route) -> str:
    return ", ".join(_tool(action) for action in spec.actions if route in action.routes) or "-"


def _tool(action: ActionSpec) -> str:
    return action.in_process or action.tool


def _section(spec: SpecialistSpec) -> Iterator[str]:
    yield f"## {spec.id}\n\n{spec.description}\n"
    facts = {
        "reads": _reads(spec),
        "domain": spec.domain,
        "deadline": f"{spec.deadline_s:g} s",
        "weight": f"{spec.weight:g}",
        "declared in": f"`specialists/{spec.id}.yaml`",
    }
    yield "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)
    yield ""
    for action in spec.actions:
        routes = " and ".join(route for route in Route if route in action.routes)
        yield f"`{action.id}`, on the {routes} path:\n"
        yield f"```text\n{_command(action)}\n```\n"


def _reads(spec: SpecialistSpec) -> str:
    parts = [", ".join(sorted(spec.languages)), ", ".join(f"`{path}`" for path in spec.paths)]
    said = "; ".join(filter(None, parts)) or "every file"
    return f"{said}, generated ones too" if spec.reads_generated else said


def _command(action: ActionSpec) -> str:
    if action.in_process:
        return f"(in this process) {action.in_process}"
    words = (f"'{word}'" if " " in word or "," in word else word for word in action.argv)
    return " \\\n  ".join((action.tool, *words))


def rules_page() -> str:
    """docs/rules.md."""
    taxonomy = load_taxonomy(ROOT / "rules/taxonomy.yaml")
    tools = _tool_rules(taxonomy)
    families: dict[str, list[Rule]] = defaultdict(list)
    for rule in taxonomy.rules.values():
        families[rule.family].append(rule)
    lines = [
        f"# Rules\n\n{NOTE}\n",
        "One idea has one name here, whatever the tools call it. Findings of one family on the",
        "same lines are one claim: the review shows it once and settles its severity. The table",
        "is `rules/taxonomy.yaml`.\n",
        "| rule | what it says, and why it matters | CWE | told by |",
        "|---|---|---|---|",
    ]
    for family in sorted(families):
        lines += [_rule_row(rule, tools[rule.id]) for rule in families[family]]
    return "\n".join([*lines, "", *_own_rules(taxonomy), *_followed(taxonomy)]) + "\n"


def _tool_rules(taxonomy: Taxonomy) -> dict[str, list[str]]:
    told: dict[str, list[str]] = defaultdict(list)
    for tool in sorted({*taxonomy.exact, *taxonomy.globs}):
        if tool in OWN:
            continue
        entries = [*taxonomy.exact.get(tool, {}).items(), *taxonomy.globs.get(tool, ())]
        named: dict[str, list[str]] = defaultdict(list)
        for name, ruling in entries:
            named[ruling.rule.id].append(name)
        for rule, names in named.items():
            told[rule].append(f"{tool} `{'`, `'.join(sorted(names))}`")
    for tool, path, _ in own_rules():
        rule = taxonomy.lookup(tool, path.stem).rule.id
        told[rule].append(f"[{path.stem}](#{path.stem})")
    for check in READING:
        for path in example_folders(check):
            told[path.name].append(f"[{check}](#{check}-{path.name})")
    return told


def example_folders(check: str) -> list[Path]:
    """One folder of examples for each rule that a check of this process tells."""
    return sorted((ROOT / "tests/specialists/rules" / check).iterdir())


def _rule_row(rule: Rule, told: list[str]) -> str:
    cwe = ", ".join(f"[{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in rule.cwe)
    return f"| `{rule.id}` | {rule.title}. {rule.why} | {cwe} | {'; '.join(dict.fromkeys(told))} |"


def own_rules() -> list[tuple[str, Path, dict[str, Any]]]:
    """(tool, file, rule) of each rule in rules/static."""
    found = []
    for tool, ending in OWN.items():
        for path in sorted((ROOT / "rules/static" / tool).glob(f"*/*.{ending}")):
            document = yaml.safe_load(path.read_text())
            found.append((tool, path, document["rules"][0] if "rules" in document else document))
    return found


def _own_rules(taxonomy: Taxonomy) -> Iterator[str]:
    by_id: dict[str, list[tuple[str, Path, dict[str, Any]]]] = defaultdict(list)
    for entry in own_rules():
        by_id[entry[1].stem].append(entry)
    yield f"## Our own\n\n{len(by_id)} rules. The example of each is the test that it must pass.\n"
    for ident in sorted(by_id):
        tool, _, rule = by_id[ident][0]
        metadata = rule["metadata"]
        tools = " and ".join(entry[0] for entry in by_id[ident])
        ending = next((ROOT / "tests/specialists/rules" / tool / ident).glob("bad.*"))
        yield f"### {ident}\n\n{rule['message']}\n"
        yield f"- rule `{taxonomy.lookup(tool, ident).rule.id}`, by {tools}"
        yield f"- severity {metadata['severity']}, confidence {metadata['confidence']}"
        yield f"- fix: {metadata['fix']}\n"
        yield f"```{ending.suffix[1:]}\n{ending.read_text()}```\n"


def _followed(taxonomy: Taxonomy) -> Iterator[str]:
    for check, (title, introduction) in READING.items():
        folders = example_folders(check)
        yield f"## {title}\n\n{len(folders)} rules that {check} tells in this process."
        yield f"{introduction}\n"
        for path in folders:
            rule = taxonomy.rules[path.name]
            yield f"### {check}: {rule.id}\n\n{rule.title}. {rule.why}\n"
            yield f"- fix: {rule.fix}\n"
            for example in sorted(path.glob("bad.*")):
                yield f"```{example.suffix[1:]}\n{example.read_text()}```\n"


PAGES = {"docs/specialists.md": specialists_page, "docs/rules.md": rules_page}


def main(arguments: list[str]) -> int:
    stale = [name for name, page in PAGES.items() if _is_stale(ROOT / name, page())]
    if "--check" in arguments:
        for name in stale:
            sys.stderr.write(f"{name} is not current: run python scripts/specialists_page.py\n")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
    return 0


def _is_stale(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
