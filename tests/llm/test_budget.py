"""A budget is held before a call, and nothing is lost or counted twice."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.errors import ExitCode
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.budget import Budget, SpendLimits
from synapse_bot.llm.errors import AnswerTruncated, BudgetSpent, ModelBusy

amounts = st.integers(0, 500)


def _budget(**limits: float) -> Budget:
    return Budget("review", SpendLimits(**limits))  # type: ignore[arg-type]


def test_a_call_is_refused_before_it_is_made() -> None:
    budget = _budget(tokens=100)
    with pytest.raises(BudgetSpent, match=r"up to 120 tokens, 100 of 100 left") as caught:
        budget.reserve(100, 20, 0.0)
    assert (caught.value.what, caught.value.budget) == ("tokens", "review")
    assert caught.value.exit_code is ExitCode.INCOMPLETE
    assert budget.tokens_left == 100


@pytest.mark.parametrize("what", ["tokens", "usd", "seconds"])
def test_each_limit_holds_by_itself(what: str) -> None:
    now = [0.0]
    budget = Budget("b", SpendLimits(**{what: 10}), clock=lambda: now[0])  # type: ignore[arg-type]
    budget.reserve(4, 1, 5.0).charge(Usage(4, output_tokens=1, cost_usd=5.0))
    now[0] = 10.0
    with pytest.raises(BudgetSpent) as caught:
        budget.reserve(5, 1, 5.5)
    assert caught.value.what == what


@given(st.lists(st.tuples(amounts, amounts, amounts, st.booleans()), max_size=30), amounts)
def test_what_is_reserved_never_exceeds_the_limit(
    calls: list[tuple[int, int, int, bool]], limit: int
) -> None:
    """Each call uses at most what was set aside for it: then no sum ever passes the limit."""
    budget = _budget(tokens=limit, usd=float(limit))
    child = budget.child("one", SpendLimits(tokens=limit // 2))
    used = paid = 0
    for given_, answer, wanted, in_child in calls:
        spender = child if in_child else budget
        try:
            hold = spender.reserve(given_, answer, float(given_))
        except BudgetSpent:
            continue
        actual = min(wanted, given_ + answer)
        hold.charge(Usage(actual, cost_usd=float(min(actual, given_))))
        used += actual
        paid += min(actual, given_)
    assert used <= limit
    assert paid <= limit
    assert budget.spent.tokens == used
    assert budget.tokens_left == limit - used
    assert child.spent.tokens <= limit // 2


def test_a_child_spends_from_its_parent_and_each_may_refuse() -> None:
    review = _budget(tokens=100)
    one, two = (review.child(name, SpendLimits(tokens=80)) for name in ("one", "two"))
    one.reserve(60, 0, 0.0).charge(Usage(60))
    assert (one.tokens_left, two.tokens_left) == (20, 40)
    with pytest.raises(BudgetSpent, match="'one'"):
        one.reserve(30, 0, 0.0)
    with pytest.raises(BudgetSpent, match="'review'"):
        two.reserve(50, 0, 0.0)
    assert two.tokens_left == 40  # a refused call holds nothing, anywhere


def test_a_call_that_used_more_than_set_aside_is_charged_in_full() -> None:
    budget = _budget(tokens=100)
    budget.reserve(50, 0, 0.0).charge(Usage(130))
    assert budget.tokens_left == 0
    with pytest.raises(BudgetSpent):
        budget.reserve(1, 0, 0.0)


def test_calls_at_once_cannot_share_one_gap() -> None:
    budget = _budget(tokens=100)
    refused = []

    async def call() -> None:
        try:
            with budget.reserve(40, 0, 0.0) as hold:
                await asyncio.sleep(0.001)
                hold.charge(Usage(40))
        except BudgetSpent as error:
            refused.append(error)

    async def main() -> None:
        await asyncio.gather(*(call() for _ in range(10)))

    asyncio.run(main())
    assert budget.spent.tokens == 80
    assert len(refused) == 8


def test_what_nobody_settles_stays_spent() -> None:
    budget = _budget(tokens=100)
    with pytest.raises(KeyError), budget.reserve(40, 0, 0.0):
        raise KeyError
    with pytest.raises(ModelBusy), budget.reserve(30, 0, 0.0):
        raise ModelBusy("time-out: it may have been billed")
    assert budget.tokens_left == 30


def test_an_error_that_knows_its_cost_settles_the_call() -> None:
    budget = _budget(tokens=100)
    with pytest.raises(ModelBusy), budget.reserve(40, 0, 0.0):
        raise ModelBusy("429", usage=Usage())
    with pytest.raises(AnswerTruncated), budget.reserve(40, 0, 0.0):
        raise AnswerTruncated("limit", usage=Usage(10, output_tokens=5))
    assert budget.tokens_left == 85


def test_a_call_is_settled_once() -> None:
    hold = _budget(tokens=100).reserve(10, 0, 0.0)
    hold.release()
    with pytest.raises(RuntimeError):
        hold.charge(Usage(10))


def test_money_that_cannot_be_counted_is_not_spent_without_a_bound() -> None:
    with pytest.raises(BudgetSpent, match="no price is known"):
        _budget(usd=1.0).reserve(10, 10, None)
    bounded = _budget(usd=1.0, tokens=100)
    bounded.reserve(10, 10, None).charge(Usage(10, output_tokens=10, cost_usd=None))
    assert bounded.spent.cost_usd is None
    assert bounded.tokens_left == 80
    _budget().reserve(10, 10, None)


def test_the_least_time_of_all_above_is_left() -> None:
    now = [0.0]
    review = Budget("review", SpendLimits(seconds=60), clock=lambda: now[0])
    one = review.child("one", SpendLimits(seconds=100))
    assert one.seconds_left == 60
    now[0] = 59.0
    assert one.seconds_left == 1
    now[0] = 90.0
    assert one.seconds_left == 0
    assert _budget().seconds_left is None
    assert _budget().tokens_left is None
