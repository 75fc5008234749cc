"""The plan: every specialist is assigned or skipped with a reason, before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.classifier.load import load_routes
from synapse_bot.classifier.table import Condition, RouteRule, Routes, Selection
from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import Choice, Limits, Settings
from synapse_bot.domain.change import AuthorKind, Change
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.plan import Plan
from synapse_bot.domain.spec import ModelSpec, Route, SpecialistKind, SpecialistSpec
from synapse_bot.runtime.plan import make_plan

CHANGE = Change("main...feature")


@pytest.fixture(scope="module")
def routes() -> Routes:
    return load_routes(data_dir("rules") / "routes.yaml")


def why(plan: Plan) -> dict[str, str]:
    return {skip.by: skip.why for skip in plan.skipped}


def test_a_small_change_goes_fast_and_says_which_rule_fired(make: Any, routes: Routes) -> None:
    plan = make_plan(CHANGE, make.survey("a.py"), routes, make.roster(), Settings())
    assert (plan.route, plan.rationale.rule) == (Route.FAST, "small")


def test_a_security_path_goes_deep_even_as_a_hotfix(make: Any, routes: Routes) -> None:
    change = replace(CHANGE, intent="hotfix")
    survey = make.survey("src/auth/login.py")
    plan = make_plan(change, survey, routes, make.roster(), Settings())
    assert (plan.route, plan.rationale.rule) == (Route.DEEP, "security-paths")


def test_the_user_may_choose_the_route_and_the_record_says_so(make: Any, routes: Routes) -> None:
    settings = Settings(choice=Choice(route=Route.FAST))
    plan = make_plan(CHANGE, make.survey("auth.py"), routes, make.roster(), settings)
    assert (plan.route, plan.rationale.rule) == (Route.FAST, "chosen")
    assert "security-paths" in plan.rationale.why


def test_execution_is_gated_by_languages_paths_and_excludes(make: Any, routes: Routes) -> None:
    specs = (
        make.spec("globs", paths=("src/**",), exclude=("src/gen/**",)),
        make.spec("python", languages=frozenset({"python"})),
        make.spec("ruby", languages=frozenset({"ruby"})),
    )
    survey = make.survey("src/a.py", "src/gen/b.py", "c.txt")
    plan = make_plan(CHANGE, survey, routes, make.roster(specs), Settings())
    assert {a.spec.id: a.paths for a in plan.assignments} == {
        "globs": ("src/a.py",),
        "python": ("src/a.py", "src/gen/b.py"),
    }
    assert why(plan) == {"ruby": "the change holds no file for it"}


def test_generated_files_are_kept_from_all_but_who_asks(make: Any, routes: Routes) -> None:
    specs = (make.spec("costly"), make.spec("secrets", reads_generated=True))
    kept = FileCoverage("x.lock", CoverageState.SKIPPED, SkipReason.LOCK_FILE)
    survey = make.survey("x.lock", "a.py", kept_back={"x.lock": kept})
    plan = make_plan(CHANGE, survey, routes, make.roster(specs), Settings())
    assert {a.spec.id: a.paths for a in plan.assignments} == {
        "costly": ("a.py",),
        "secrets": ("x.lock", "a.py"),
    }


def test_a_missing_tool_skips_its_specialist_with_the_way_out(make: Any, routes: Routes) -> None:
    roster = make.roster((make.spec("deep"),), lacking={"deep": ("semgrep",)})
    plan = make_plan(CHANGE, make.survey("a.py"), routes, roster, Settings())
    (skipped,) = plan.skipped
    assert skipped.matters
    assert skipped.paths == ("a.py",)
    assert "semgrep" in skipped.why
    assert "tools install semgrep" in skipped.hint


def test_only_and_skip_are_reasons_too(make: Any, routes: Routes) -> None:
    specs = (make.spec("a"), make.spec("b"), make.spec("c"))
    settings = Settings(choice=Choice(only=("a", "b"), skip=("b",)))
    plan = make_plan(CHANGE, make.survey("a.py"), routes, make.roster(specs), settings)
    assert plan.specialist_ids == ("a",)
    assert why(plan) == {
        "b": "left out by --skip or `review.skip`",
        "c": "not among --only or `review.only`",
    }


def test_a_rule_may_narrow_the_choice_but_never_drops_a_required_one(make: Any) -> None:
    rule = RouteRule("docs", "Docs.", Route.FAST, Condition(), selection=Selection(only=("a",)))
    specs = (make.spec("a"), make.spec("b"), make.spec("must", required=True))
    routes = Routes((rule,))
    plan = make_plan(CHANGE, make.survey("a.py"), routes, make.roster(specs), Settings())
    assert plan.specialist_ids == ("a", "must")


def test_no_deadline_is_longer_than_the_review(make: Any, routes: Routes) -> None:
    settings = Settings(limits=Limits(deadline_s=7))
    roster = make.roster((make.spec("a", deadline_s=600.0),))
    plan = make_plan(CHANGE, make.survey("a.py"), routes, roster, settings)
    assert [a.deadline_s for a in plan.assignments] == [7]


def test_who_the_host_refuses_is_listed(make: Any, routes: Routes) -> None:
    refused = Skipped("own", "its tool is not allowed")
    plan = make_plan(
        CHANGE, make.survey("a.py"), routes, make.roster(refused=(refused,)), Settings()
    )
    assert plan.skipped == (refused,)


# Models


MODEL = SpecialistSpec("model", "", SpecialistKind.LLM, model=ModelSpec("Look."))
BOT = replace(CHANGE, author_kind=AuthorKind.BOT)
DEEP = Settings(choice=Choice(route=Route.DEEP))


@pytest.mark.parametrize(
    ("change", "key", "why_not"),
    [
        (replace(CHANGE, draft=True), "drafts", "no model is asked about a draft"),
        (BOT, "bots", "no model is asked about a bot's change"),
    ],
)
def test_no_model_is_paid_for_a_draft_or_a_bots_change_unless_the_host_says_so(
    make: Any, routes: Routes, change: Change, key: str, why_not: str
) -> None:
    specs = (MODEL, make.spec("tool"))
    plan = make_plan(change, make.survey("a.py"), routes, make.roster(specs), DEEP)
    assert plan.specialist_ids == ("tool",)
    (skipped,) = plan.skipped
    assert (skipped.by, skipped.why, skipped.matters) == ("model", why_not, False)
    wanted = replace(DEEP, models=replace(DEEP.models, **{key: True}))
    plan = make_plan(change, make.survey("a.py"), routes, make.roster(specs), wanted)
    assert plan.specialist_ids == ("model", "tool")


def test_with_a_cheap_model_the_plan_says_which_files_it_reads(make: Any, routes: Routes) -> None:
    specs = (MODEL, make.spec("tool"))
    survey = make.survey("src/total.py", "src/auth/login.py")
    cheap = replace(DEEP, models=replace(DEEP.models, triage="openai/cheap"))
    plan = make_plan(CHANGE, survey, routes, make.roster(specs), cheap)
    assert {a.spec.id: a.skimmed for a in plan.assignments} == {
        "model": ("src/total.py",),
        "tool": (),
    }
    plan = make_plan(CHANGE, survey, routes, make.roster(specs), DEEP)
    assert all(a.skimmed == () for a in plan.assignments)
