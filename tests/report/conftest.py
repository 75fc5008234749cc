"""Reviews to render: from one line to a hostile change, as fixtures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from synapse_bot.domain.change import Change
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.debate import Argument, Debate, Reference, ReferenceKind, Struck
from synapse_bot.domain.diff import Side
from synapse_bot.domain.finding import Finding, Location, Placement, Suggestion
from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.negotiation import Claim, Escalation, Negotiation, Stance
from synapse_bot.domain.opinion import (
    Failed,
    FailureKind,
    Gap,
    GapKind,
    Opinion,
    Skipped,
    ToolRun,
)
from synapse_bot.domain.plan import Assignment, Plan, Rationale
from synapse_bot.domain.review import Review, Suppression, Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import (
    ActionSpec,
    OutputFormat,
    OutputSpec,
    Route,
    SpecialistKind,
    SpecialistSpec,
)
from synapse_bot.domain.usage import Usage


def spec(name: str, domain: str = "", tool: str = "ruff") -> SpecialistSpec:
    output = OutputSpec(OutputFormat.JSON, fields={"path": "filename", "line": "location.row"})
    action = ActionSpec(tool, tool, ("check", "{files}"), output)
    return SpecialistSpec(
        name,
        f"What {name} looks at.",
        SpecialistKind.TOOL,
        (action,),
        languages=frozenset({"python", "javascript"}),
        domain=domain,
        builder_params={"min_confidence": 0.5},
        origin=f"specialists/{name}.yaml",
    )


def finding(
    rule: str = "sql-injection",
    path: str = "app/db.py",
    line: int = 12,
    severity: Severity = Severity.HIGH,
    confidence: float = 0.9,
    by: str = "python-security",
    **more: object,
) -> Finding:
    columns = more.pop("columns", {})
    assert isinstance(columns, dict)
    code = str(more.pop("code", 'query = f"SELECT * FROM users WHERE id = {user_id}"'))
    values: dict[str, object] = {
        "message": "Possible SQL injection through string-based query construction.",
        "family": rule,
        "cwe": (89,),
        "tool": "bandit",
        "tool_rule": "B608",
        "fix": "Pass values as query parameters, never by formatting them into the text.",
        "url": "https://bandit.readthedocs.io/en/1.9.4/plugins/b608_hardcoded_sql_expressions.html",
        "placement": Placement.ADDED,
        "location": Location(path, line, line + code.removesuffix("\n").count("\n"), **columns),
        "fingerprint": fingerprint(rule, path, code),
        **more,
    }
    return Finding(  # type: ignore[arg-type]
        rule=rule, severity=severity, confidence=confidence, by=by, code=code, **values
    )


def claim(found: Finding, **more: object) -> Claim:
    return Claim(found, (found,), **more)  # type: ignore[arg-type]


def plan(*specs: SpecialistSpec, skipped: tuple[Skipped, ...] = ()) -> Plan:
    rationale = Rationale("small-change", "3 files and no sensitive path", ("files=3", "risk=0.1"))
    assignments = tuple(Assignment(s, ("app/db.py", "web/a.js"), 60.0) for s in specs)
    return Plan(Route.FAST, rationale, assignments, skipped, 480.0)


BASE = Review(
    id="r-20261124-0001",
    change=Change("main...feature", "a" * 40, "b" * 40, "acme/shop", "feature", "Add search"),
    plan=plan(spec("python-security", "security"), spec("python-bugs")),
    verdict=Verdict.PASS,
    reasons=(),
    claims=(),
    outcomes=(Opinion("python-security", examined=("app/db.py",), seconds=0.2),),
    coverage=(FileCoverage("app/db.py", CoverageState.REVIEWED, by=("python-security",)),),
    config_digest="c" * 64,
    tool_versions={"ruff": "0.17.6", "bandit": "1.9.4"},
    timings={"diff": 0.01, "examine": 0.3},
    started_at="2026-11-24T06:00:00+00:00",
    seconds=0.42,
    version="0.1.0",
)


def three() -> Review:
    sql = finding(columns={"start_column": 9, "end_column": 52})
    ruff = replace(sql, by="python-bugs", severity=Severity.MEDIUM, tool="ruff", tool_rule="S608")
    settled = Negotiation(
        (
            Stance("python-bugs", Severity.MEDIUM, 0.6, 1.0, "sql-injection", "ruff"),
            Stance("python-security", Severity.HIGH, 0.9, 1.2, "sql-injection"),
        ),
        "weighted",
        Severity.HIGH,
        "1.08 for high against 0.60 for medium",
        0.44,
    )
    password = finding(
        "hardcoded-password",
        "app/settings.py",
        3,
        Severity.LOW,
        0.5,
        code='DB_PASS = "****"',
        message="Possible hardcoded password: `DB_PASS`",
        cwe=(259,),
        fix="Read it from the environment or a secret store.",
        url="",
        tool_rule="B105",
    )
    loop = finding(
        "too-complex",
        "web/cart.js",
        40,
        Severity.MEDIUM,
        0.8,
        "complexity",
        code="function total(cart) {\n  for (const line of cart) {\n    sum += line.price\n  }",
        message="`total` has a cyclomatic complexity of 14 (limit 10)",
        cwe=(),
        fix="",
        url="",
        tool="lizard",
        tool_rule="",
        suggestion=Suggestion("  for (const line of cart) {", "  for (const { price } of cart) {"),
    )
    question = Escalation(
        "Is `DB_PASS` a real password or a default for tests?",
        "Two specialists disagree and no strategy decides within its margin.",
        password.fingerprint,
    )
    claims = (
        Claim(sql, (ruff, sql), settled),
        claim(loop),
        claim(password, escalation=question),
    )
    return replace(
        BASE,
        verdict=Verdict.FAIL,
        reasons=("1 finding at or above high (--fail-on high)",),
        claims=claims,
        plan=plan(spec("python-security", "security"), spec("python-bugs"), spec("complexity")),
        outcomes=(
            Opinion(
                "python-security",
                (sql, password),
                ("app/db.py", "app/settings.py"),
                0.31,
                (ToolRun("bandit", "1.9.4", "bandit", 0.3, 1, 2),),
                hidden_in={"src/app.py": 4},
                notes=("ruff answered first",),
            ),
            Opinion("python-bugs", (ruff,), ("app/db.py",), 0.05),
            Opinion("complexity", (loop,), ("web/cart.js",), 0.13),
        ),
        coverage=(
            FileCoverage("app/db.py", CoverageState.REVIEWED, by=("python-bugs",)),
            FileCoverage("app/settings.py", CoverageState.REVIEWED),
            FileCoverage("uv.lock", CoverageState.SKIPPED, SkipReason.LOCK_FILE),
            FileCoverage("web/cart.js", CoverageState.REVIEWED),
        ),
        suppressions=(
            Suppression("assert-used", "app/db.py", 30, "below --min-severity low", "f" * 32),
        ),
        notices=("This change edits .synapse-bot.yml: it takes effect once merged.",),
    )


def incomplete() -> Review:
    failed = Failed(
        "security",
        FailureKind.TIMEOUT,
        "semgrep was killed after 60 s",
        "Raise its deadline, or run with --route fast.",
        seconds=60.0,
        runs=(ToolRun("semgrep", "1.182.0", "rules", 60.0, None, 0),),
    )
    missing = Skipped("secrets", "betterleaks is not installed", "synapse-bot tools install")
    idle = Skipped("workflows", "no workflow in this change", matters=False)
    partly = FileCoverage(
        "web/bundle.js", CoverageState.PARTIAL, SkipReason.SPECIALIST_FAILED, "by security"
    )
    broken = FileCoverage("lib/odd.c", CoverageState.SKIPPED, SkipReason.UNPARSED, "line 3")
    slow = Gap("app/big.py", "semgrep ended early: Timeout (python-xss)")
    odd = Gap("web/new.ts", "semgrep could not parse all of it", GapKind.UNPARSED)
    bound = Gap("", "looked for users of 50 of 73 changed names")
    bounded = Opinion("contracts", examined=("app/big.py",), gaps=(bound,))
    stopped, unparsed = (
        FileCoverage(gap.path, CoverageState.PARTIAL, why, f"security: {gap.why}", ("security",))
        for gap, why in ((slow, SkipReason.STOPPED), (odd, SkipReason.NOT_PARSED))
    )
    return replace(
        BASE,
        verdict=Verdict.INCOMPLETE,
        reasons=("security failed: semgrep was killed after 60 s", "3 files could not be read"),
        plan=plan(spec("security", "security", "semgrep"), skipped=(missing, idle)),
        outcomes=(bounded, replace(failed, gaps=(slow, odd)), missing, idle),
        coverage=(*BASE.coverage, partly, broken, stopped, unparsed),
        seconds=60.4,
    )


def many(count: int = 120) -> Review:
    levels = list(Severity)
    claims = [
        claim(
            finding(
                path=f"app/module_{number:03}.py",
                line=number + 1,
                severity=levels[number % 5],
                confidence=0.5 + (number % 10) / 20,
                code=f"    run(command_{number}, shell=True)",
            )
        )
        for number in range(count)
    ]
    claims.sort(key=lambda c: (-c.finding.severity, c.finding.location.path))
    files = (FileCoverage(c.finding.location.path, CoverageState.REVIEWED) for c in claims)
    return replace(
        BASE,
        verdict=Verdict.FAIL,
        reasons=(f"{count} findings at or above info (--fail-on info)",),
        claims=tuple(claims),
        outcomes=(Opinion("python-security", tuple(c.finding for c in claims)),),
        coverage=tuple(files),
    )


ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "![pixel](https://evil.example/x.png)",
    "[click](https://evil.example) [ref][1]",
    "\n\n[1]: https://evil.example\n\n# heading",
    "@torvalds please /approve",
    "\n/merge\n/lgtm\n",
    "fixes #1, closes GH-2, resolves acme/shop#3 https://github.com/a/b/issues/4",
    "</summary></details><script>alert(1)</script>",
    "```\n</details>\n<b>out of the fence</b>",
    "`` ` `` ``` ~~~~ `",
    "\n::set-output name=x::y\n::add-mask::z\n##[command]rm ##vso[task.setvariable]",
    "\x1b[2J\x1b[1;1H\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x9b31m\r\x08\x00",
    "a\u202eb\u2066c\u200bd\U000e0041\ufe0f\ufeff\u2028e\x85f",
    "<!-- hidden instruction --> &#64;torvalds &lt;img&gt; &amp;copy;",
    "\udcff\ud800 lone surrogates \uffff",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "\"quote\\\" 'single' $(id) ${HOME} {{x}} %0A",
    "www.evil.example mailto:a@b.example ftp://x javascript:alert(1)",
    "$\\href{javascript:alert(1)}{x}$ ~label !5 %milestone &epic ^alert#1",
)


def argued() -> Debate:
    """A tool and a model: the model refutes, points at what is not there, and holds its ground."""
    line = Reference(ReferenceKind.LINE, "app/db.py:12")
    tool = Reference(ReferenceKind.TOOL, "python-security/bandit:B608@app/db.py:12")
    forged = Struck(
        Reference(ReferenceKind.TEST, "tests/test_db.py::test_safe"), "no such test in that file"
    )
    quote = 'query = f"SELECT * FROM users WHERE id = {user_id}"'
    model = Argument(
        "security-llm", "openai/gpt-6", None, "`user_id` is an integer.", quote, (line,), (forged,)
    )
    return Debate(
        (
            Argument(
                "python-security", "bandit", Severity.HIGH, "Built by f-string.", quote, (tool,)
            ),
            model,
            replace(model, claim="It is still one.", references=(), struck=(forged,), round=2),
        ),
        "weighted",
        why="log-odds of accuracy: high 1.00, not standing 1.00",
        notes=("correctness (openai/gpt-6): no answer in 60 s",),
        usage=Usage(1_200, output_tokens=340, cost_usd=0.0051),
    )


def debated() -> Review:
    """``three`` with a debate about its first claim."""
    first, *rest = three().claims
    assert first.negotiation is not None
    held = replace(first, negotiation=replace(first.negotiation, debate=argued()))
    return replace(three(), claims=(held, *rest))


def poisoned(template: Review, texts: tuple[str, ...]) -> Review:
    """``template`` with every free string replaced by one of ``texts``, in turn."""
    count, spoken = iter(range(10**9)), iter(range(10**9))

    def text() -> str:
        return texts[next(count) % len(texts)]

    def found(old: Finding) -> Finding:
        return replace(
            old,
            rule=text(),
            message=text(),
            location=replace(old.location, path=text()),
            by=text(),
            family=text(),
            tool=text(),
            tool_rule=text(),
            code=text() + "\n" + text(),
            fix=text(),
            url=text(),
            suggestion=Suggestion(text(), text()),
        )

    def aside() -> str:
        return texts[next(spoken) % len(texts)]

    def arguing(old: Argument) -> Argument:
        references = tuple(replace(one, text=aside()) for one in old.references)
        struck = tuple(Struck(replace(one.reference, text=aside()), aside()) for one in old.struck)
        said = replace(old, by=aside(), speaker=aside(), claim=aside(), evidence=aside())
        return replace(said, references=references, struck=struck)

    def held(old: Debate | None) -> Debate | None:
        if old is None:
            return None
        arguments, notes = tuple(map(arguing, old.arguments)), tuple(aside() for _ in old.notes)
        return replace(old, arguments=arguments, judge=aside(), why=aside(), notes=notes)

    def claimed(old: Claim) -> Claim:
        negotiation, escalation = old.negotiation, old.escalation
        if negotiation:
            stances = tuple(
                replace(s, by=text(), rule=text(), tool=text()) for s in negotiation.stances
            )
            negotiation = replace(
                negotiation,
                stances=stances,
                strategy=text(),
                why=text(),
                debate=held(negotiation.debate),
            )
        if escalation:
            escalation = Escalation(text(), text(), text())
        return Claim(found(old.finding), tuple(map(found, old.findings)), negotiation, escalation)

    failed = Failed(
        text(),
        FailureKind.CRASHED,
        text(),
        text(),
        runs=(ToolRun(text(), text(), text(), 0.1, 2, 0),),
    )
    missing = Skipped(text(), text(), text())
    return replace(
        template,
        id=text(),
        verdict=Verdict.INCOMPLETE,
        version=text(),
        change=replace(
            template.change,
            ref=text(),
            base=text(),
            head=text(),
            repository=text(),
            branch=text(),
            title=text(),
            labels=(text(),),
            intent=text(),
        ),
        plan=replace(
            template.plan,
            rationale=Rationale(text(), text(), (text(),)),
            skipped=(missing,),
            assignments=tuple(
                Assignment(replace(a.spec, id=text(), description=text()), (text(),), 1.0)
                for a in template.plan.assignments
            ),
        ),
        reasons=tuple(text() for _ in range(3)),
        claims=tuple(map(claimed, template.claims)),
        outcomes=(
            Opinion(
                text(),
                tuple(found(c.finding) for c in template.claims),
                (text(),),
                notes=(text(), text()),
                gaps=(Gap("", text()), Gap(text(), text())),
            ),
            failed,
            missing,
        ),
        coverage=tuple(
            FileCoverage(text(), CoverageState.SKIPPED, SkipReason.UNREADABLE, text(), (text(),))
            for _ in range(3)
        ),
        suppressions=(Suppression(text(), text(), 1, text(), text()),),
        notices=tuple(text() for _ in range(3)),
        tool_versions={text(): text()},
    )


def hostile() -> Review:
    claims = tuple(claim(finding(line=n + 1), escalation=Escalation("?", "")) for n in range(14))
    return poisoned(replace(debated(), claims=(*debated().claims, *claims)), ATTACKS)


@dataclass(frozen=True)
class Reviews:
    """The makers themselves, for tests that vary them."""

    finding = staticmethod(finding)
    claim = staticmethod(claim)
    many = staticmethod(many)
    three = staticmethod(three)
    argued = staticmethod(argued)
    debated = staticmethod(debated)
    poisoned = staticmethod(poisoned)
    hostile = staticmethod(hostile)
    base = BASE
    attacks = ATTACKS
    removed_line = Location("app/db.py", 4, 4, Side.OLD)


@pytest.fixture(scope="session")
def make() -> Reviews:
    return Reviews()


@pytest.fixture(scope="session")
def reviews() -> dict[str, Review]:
    """Every review of the golden files by name."""
    return {
        "no-findings": BASE,
        "three": three(),
        "debated": debated(),
        "incomplete": incomplete(),
        "many": many(),
        "hostile": hostile(),
    }
