"""Which findings make the same claim."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import pytest

from synapse_bot.domain.diff import Side
from synapse_bot.domain.finding import Finding, Location, Placement, Suggestion
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation import cluster as module
from synapse_bot.negotiation.cluster import canonical, cluster


def sizes(*findings, **options):
    return sorted(len(group) for group in cluster(findings, **options))


def together(*findings):
    return len(cluster(findings)) == 1


def test_two_specialists_with_the_same_family_on_one_line_make_one_claim(found):
    assert together(found("a/x high 1"), found("b/y low 1"))


def test_overlapping_lines_with_the_same_cwe_make_one_claim(found):
    one = found("a high 1", family="eval", cwe=(94, 95), line=3, end_line=6)
    assert together(one, found("b high 1", family="code-injection", cwe=(95,), line=6))


def test_the_same_fingerprint_is_one_claim_wherever_it_stands(found):
    assert together(
        found("a high 1", line=3), found("b low 1", line=90, fingerprint=found().fingerprint)
    )


def test_without_a_shared_family_or_cwe_findings_stay_apart(found):
    assert not together(found("a high 1", cwe=(89,)), found("b high 1", family="eval", cwe=(95,)))


def test_no_cwe_is_not_a_shared_cwe(found):
    assert not together(found("a high 1"), found("b high 1", family="eval"))


def test_neighbouring_lines_do_not_overlap(found):
    assert not together(found("a high 1", line=3, end_line=4), found("b high 1", line=5))


def test_another_path_is_another_claim(found):
    assert not together(found("a high 1"), found("b high 1", path="b.py"))


def test_the_other_side_of_the_diff_is_another_claim(found):
    old = found("b high 1", location=Location("app.py", 3, 3, Side.OLD), fingerprint="of-the-old")
    assert not together(found("a high 1"), old)


def test_two_families_of_one_specialist_stay_apart_even_with_one_cwe(found):
    one = found("a high 1", family="shell-true", cwe=(78,))
    assert not together(one, found("a high 1", family="partial-path", cwe=(78,)))


def test_no_third_finding_joins_two_families_of_one_specialist(found):
    trio = [
        found("a high 1", family="shell-true", cwe=(78,)),
        found("a high 1", family="partial-path", cwe=(78,)),
        found("b high 1", family="command-injection", cwe=(78,)),
    ]
    assert {sizes(*order) == [1, 2] for order in itertools.permutations(trio)} == {True}
    groups = {frozenset(map(frozenset, cluster(order))) for order in itertools.permutations(trio)}
    assert len(groups) == 1


def test_two_places_of_one_rule_of_one_tool_are_two_claims(found):
    outer = found("a/lizard low 1", family="too-complex", line=1, end_line=15)
    assert not together(outer, found("a/lizard low 1", family="too-complex", line=4, end_line=9))


def test_the_closest_of_two_places_is_joined(found):
    wide = found("a/x low 1", line=5, end_line=12)
    narrow = found("a/x low 1", line=5, end_line=6)
    other = found("b/y low 1", line=6)
    assert set(cluster([wide, narrow, other])) == {(narrow, other), (wide,)}


@pytest.mark.parametrize(
    ("lines", "near", "far"),
    [
        ((10, 12), (10, 12), (9, 14)),  # 3 of 3 lines shared, 3 of 6
        ((10, 12), (8, 13), (12, 12)),  # 3 of 6, 1 of 3
        ((10, 10), (10, 11), (8, 10)),  # 1 of 2, 1 of 3
        ((10, 15), (8, 12), (13, 20)),  # 3 of 8, 3 of 11
        ((10, 15), (9, 11), (14, 16)),  # 2 of 7 both: the first in the file
    ],
)
def test_close_is_the_share_of_the_lines(found, lines, near, far):
    ranges = [("b/y", lines), ("a/x", near), ("a/x", far)]
    other, close, distant = (found(f"{w} low 1", line=s, end_line=e) for w, (s, e) in ranges)
    groups = {frozenset(group) for group in cluster([distant, other, close])}
    assert groups == {frozenset({other, close}), frozenset({distant})}


def test_clusters_come_in_the_order_of_the_file(found):
    lines = [found("a low 1", line=n) for n in (30, 7, 100)]
    assert [group[0].location.start_line for group in cluster(lines)] == [7, 30, 100]


def test_columns_tell_two_places_on_one_line_apart(found):
    left = found("a/x low 1", location=Location("app.py", 3, 3, start_column=5), fingerprint="l")
    right = found("a/x low 1", location=Location("app.py", 3, 3, start_column=60), fingerprint="r")
    other = found("b/y low 1", location=Location("app.py", 3, 3, start_column=58), fingerprint="o")
    groups = {frozenset(group) for group in cluster([left, right, other])}
    assert groups == {frozenset({left}), frozenset({other, right})}


def test_the_same_family_is_closer_than_the_same_cwe(found):
    by_family = found("a/x low 1", family="eval", cwe=(95,), line=3, end_line=9)
    by_cwe = found("a/x low 1", family="exec", cwe=(95,), line=3)
    other = found("b/y low 1", family="eval", cwe=(95,), line=3)
    assert set(map(frozenset, cluster([by_family, by_cwe, other]))) == {
        frozenset({by_family, other}),
        frozenset({by_cwe}),
    }


def test_a_long_range_stands_for_its_first_line(found):
    whole = found("a low 1", line=10, end_line=209)
    assert together(whole, found("b low 1", line=10))
    assert not together(whole, found("b low 1", line=120))


@pytest.mark.parametrize(("end_line", "expected"), [(12, [2]), (13, [1, 1])])
def test_long_means_more_than_max_lines(found, end_line, expected):
    pair = found("a low 1", line=10, end_line=end_line), found("b low 1", line=11)
    assert sizes(*pair, max_lines=3) == expected


def test_a_backward_range_is_its_first_line(found):
    assert together(found("a low 1", line=10, end_line=2), found("b low 1", line=10))


def test_a_chain_of_ranges_joins_only_what_overlaps(found):
    chain = [found(f"s{n}/t low 1", line=n * 4, end_line=n * 4 + 4) for n in range(4)]
    assert sizes(*chain, found("z low 1", line=100)) == [1, 4]


def test_a_flood_on_one_line_is_clustered_by_fingerprint_alone(found, monkeypatch):
    monkeypatch.setattr(module, "MAX_PAIRS", 20)
    flood = [found(f"s{n} low 1", family="x", fingerprint=f"{n % 5}") for n in range(40)]
    calm = [found("a low 1", path="b.py"), found("b low 1", path="b.py")]
    groups = cluster([*flood, *calm])
    assert sorted(map(len, groups)) == [2, 8, 8, 8, 8, 8]
    assert cluster(calm)[0] in groups


@pytest.mark.parametrize(("most", "claims"), [(21, 1), (20, 7)])
def test_pairs_are_counted_one_by_one(found, monkeypatch, most, claims):
    monkeypatch.setattr(module, "MAX_PAIRS", most)
    seven = [found(f"s{n} low 1", fingerprint=f"{n}") for n in range(7)]  # 21 pairs
    assert len(cluster(seven)) == claims


def test_two_rules_of_a_tool_that_gives_no_ids_may_make_one_claim(found):
    one = found("a low 1", tool_rule="", rule="r1", line=3, end_line=4)
    assert together(one, found("a low 1", tool_rule="", rule="r2", line=4))
    assert not together(one, found("a low 1", tool_rule="", rule="r1", line=4))


def test_ten_thousand_findings_on_one_line_are_bounded(found):
    flood = [found(f"a/t{n} low 1", family="x", fingerprint=str(n)) for n in range(10_000)]
    assert len(cluster(flood)) == 10_000


def test_the_canonical_order_sees_every_field(found):
    other = {
        "rule": "x", "message": "x", "location": Location("x", 1, 1), "severity": Severity.INFO,
        "confidence": 0.123, "by": "x", "family": "x", "cwe": (1,), "tool": "x", "tool_rule": "x",
        "code": "x", "title": "x", "why": "x", "fix": "x", "url": "x", "fingerprint": "x",
        "placement": Placement.OUTSIDE,
        "suggestion": Suggestion("x", "y"),
    }  # fmt: skip
    assert set(other) == {field.name for field in fields(Finding)}
    one = found()
    for name, value in other.items():
        assert canonical(replace(one, **{name: value})) != canonical(one), name


def test_nothing_makes_no_cluster():
    assert cluster([]) == ()
