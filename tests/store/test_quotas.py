"""What a tenant may use is refused before it is used, whoever else is asking at the same moment."""

from __future__ import annotations

import pytest

from synapse_bot.domain.quota import Hold, Limits, Refusal, Used

DAY = 86_400.0


def reserve(stores, key, limits, at=0.0, **asked):
    return stores.quotas.reserve("local", key, limits, at=at, for_s=600.0, **asked)


def test_without_limits_everything_is_held(stores):
    assert reserve(stores, "k", Limits(), tokens=10**12, usd=1e9) == Hold("k", "local", 0.0, 600.0)


def test_reviews_of_the_last_hour_are_counted(stores):
    limits = Limits(reviews_per_hour=2)
    assert isinstance(reserve(stores, "a", limits, at=100.0), Hold)
    assert isinstance(reserve(stores, "b", limits, at=200.0), Hold)
    refused = reserve(stores, "c", limits, at=300.0)
    assert refused == Refusal("reviews_per_hour", 2, 2, 1, retry_at=3_700.0)
    assert str(refused) == "reviews per hour: 2 of 2 are used, 1 more were asked"
    assert isinstance(reserve(stores, "c", limits, at=3_700.0), Hold)
    assert isinstance(reserve(stores, "d", limits, at=3_701.0), Refusal)


@pytest.mark.parametrize(
    ("limits", "asked", "limit"),
    [
        (Limits(tokens_per_day=100), {"tokens": 60}, "tokens_per_day"),
        (Limits(usd_per_day=1.0), {"usd": 0.6}, "usd_per_day"),
    ],
)
def test_tokens_and_dollars_of_the_last_day_are_counted(stores, limits, asked, limit):
    assert isinstance(reserve(stores, "a", limits, at=50.0, **asked), Hold)
    refused = reserve(stores, "b", limits, at=60.0, **asked)
    assert isinstance(refused, Refusal)
    assert (refused.limit, refused.retry_at) == (limit, 50.0 + DAY)
    assert isinstance(reserve(stores, "b", limits, at=50.0 + DAY, **asked), Hold)


def test_what_fits_exactly_fits_also_where_floats_are_summed(stores):
    for n in range(10):
        assert isinstance(reserve(stores, f"k{n}", Limits(usd_per_day=1.0), usd=0.1), Hold)
    assert isinstance(reserve(stores, "more", Limits(usd_per_day=1.0), usd=0.01), Refusal)


def test_more_than_is_ever_allowed_is_refused_for_good(stores):
    refused = reserve(stores, "k", Limits(tokens_per_day=100), tokens=101)
    assert refused == Refusal("tokens_per_day", 100, 0, 101, retry_at=None)


def test_a_settled_place_counts_with_what_was_used(stores):
    limits = Limits(tokens_per_day=100)
    hold = reserve(stores, "a", limits, tokens=90, usd=0.5)
    assert stores.quotas.used("local", 1.0) == Used(reviews=1, tokens=90, usd=0.5)
    assert stores.quotas.settle(hold, tokens=20, usd=0.1, at=5.0)
    assert stores.quotas.used("local", 6.0) == Used(reviews=1, tokens=20, usd=0.1)
    assert isinstance(reserve(stores, "b", limits, at=7.0, tokens=80), Hold)


def test_settling_twice_is_settling_once(stores):
    hold = reserve(stores, "a", Limits())
    assert stores.quotas.settle(hold, tokens=7, usd=0.0, at=1.0)
    assert not stores.quotas.settle(hold, tokens=9, usd=9.0, at=2.0)
    assert stores.quotas.used("local", 3.0).tokens == 7


def test_the_same_key_again_is_the_same_place(stores):
    limits = Limits(reviews_per_hour=1)
    first = reserve(stores, "a", limits, at=1.0)
    assert reserve(stores, "a", limits, at=9.0) == first
    assert stores.quotas.used("local", 10.0).reviews == 1


def test_a_refusal_holds_nothing(stores):
    limits = Limits(reviews_per_hour=5, tokens_per_day=100)
    assert isinstance(reserve(stores, "a", limits, tokens=101), Refusal)
    assert stores.quotas.used("local", 1.0) == Used()


def test_processes_that_ask_at_once_never_hold_more_than_is_allowed(stores, race):
    held = race("""
from synapse_bot.domain.quota import Hold, Limits
limits = Limits(reviews_per_hour=13)
def ask(key):
    return stores.quotas.reserve("local", key, limits, at=1.0, for_s=60.0)
print(json.dumps(sum(isinstance(ask(f"{me}-{n}"), Hold) for n in range(10))))
""")
    assert sum(held) == 13
    assert stores.quotas.used("local", 2.0).reviews == 13


def test_a_place_is_asked_for_again_before_it_is_used(stores):
    limits = Limits(reviews_per_hour=1, tokens_per_day=100)
    reserve(stores, "a", limits, at=0.0, tokens=10)
    assert isinstance(renew(stores, "a", limits, at=5.0, tokens=60), Hold), "itself is no hindrance"
    assert stores.quotas.used("local", 6.0) == Used(1, 60, 0.0)
    refused = renew(stores, "b", limits, at=7.0, tokens=60)
    assert refused == Refusal("tokens_per_day", 100, 60, 60, retry_at=DAY)
    assert stores.quotas.used("local", 8.0) == Used(1, 60, 0.0), "a refusal holds nothing"


def test_what_is_spent_long_after_it_was_admitted_counts_on_the_day_it_is_spent(stores):
    limits = Limits(reviews_per_hour=1, tokens_per_day=100)
    reserve(stores, "a", limits, at=0.0, tokens=60)
    renew(stores, "a", limits, at=DAY, tokens=60)
    assert stores.quotas.used("local", DAY + 1) == Used(0, 60, 0.0), "its hour was another"
    assert isinstance(reserve(stores, "b", limits, at=DAY + 2, tokens=60), Refusal)


def test_a_settled_place_that_is_renewed_can_be_settled_again(stores):
    hold = reserve(stores, "a", Limits())
    stores.quotas.settle(hold, tokens=5, usd=0.0, at=1.0)
    renew(stores, "a", Limits(), at=2.0, tokens=60)
    assert stores.quotas.settle(hold, tokens=7, usd=0.0, at=3.0)
    assert stores.quotas.used("local", 4.0).tokens == 7


def test_a_place_whose_review_has_ended_is_told_until_it_is_settled(stores, make_workflow):
    for key in ("a", "b"):
        reserve(stores, key, Limits(), at=0.0, tokens=9)
        assert stores.workflows.begin(make_workflow(id=key))
    assert stores.quotas.ended(10_000.0) == ()
    stores.workflows.cancel("a", 1.0, "")
    assert [hold.key for hold in stores.quotas.ended(2.0)] == ["a"]
    (hold,) = stores.quotas.ended(2.0)
    stores.quotas.settle(hold, tokens=0, usd=0.0, at=3.0)
    assert stores.quotas.ended(4.0) == ()


def test_a_place_of_which_no_review_came_is_told_once_its_time_is_over(stores):
    reserve(stores, "a", Limits(), at=0.0)
    assert stores.quotas.ended(599.0) == ()
    assert [hold.key for hold in stores.quotas.ended(601.0)] == ["a"]


def renew(stores, key, limits, at, **asked):
    return stores.quotas.renew("local", key, limits, at=at, for_s=600.0, **asked)
