"""Which files share a call, and how much stands beside them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.domain.spec import Context
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.context.background import Background, clean_messages
from synapse_bot.specialist.context.guidance import Guide, guide_paths, guides
from synapse_bot.specialist.context.pack import bundles, extras
from synapse_bot.specialist.context.related import Place
from synapse_bot.specialist.context.symbols import Definition, Symbols

ALL = frozenset(Context)


@dataclass(frozen=True)
class Piece:
    path: str
    tokens: int
    whole: bool = True


def _defines(name: str) -> Symbols:
    return Symbols((Definition(1, 2, name, "function", 1),))


def _uses(name: str) -> Symbols:
    return Symbols(uses=((name, 1),))


def _background(places: int = 0, size: int = 20, **more: object) -> Background:
    found = tuple(
        Place(f"r{n:02}.py", 1, size, Context.CALLERS, "uses it", "a.py", float(n))
        for n in range(places)
    )
    lines = {place.path: ("word " * 8,) * size for place in found}
    return Background(places={"a.py": found}, lines=lines, **more)  # type: ignore[arg-type]


# Bundles


def test_a_file_goes_with_the_one_that_it_calls_and_not_with_its_neighbour_in_the_list() -> None:
    files = [Piece(f"{name}/m.py", 40) for name in "abcd"]
    symbols = {"a/m.py": _uses("x"), "d/m.py": _defines("x")}
    found = [{piece.path[0] for piece in bundle} for bundle in bundles(files, 100, symbols)]
    assert found == [{"a", "d"}, {"b", "c"}]


def test_a_file_goes_with_its_test() -> None:
    files = [Piece(p, 40) for p in ("src/cart.py", "src/zoo.py", "tests/test_cart.py")]
    kinds = PathKinds(tests=("tests/",))
    found = [{piece.path for piece in bundle} for bundle in bundles(files, 100, {}, kinds)]
    assert {"src/cart.py", "tests/test_cart.py"} in found


@given(
    st.dictionaries(st.sampled_from([f"{a}/{b}.py" for a in "xyz" for b in "123456"]),
                    st.integers(0, 150)),
    st.integers(20, 200),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_file_that_fits_is_in_one_bundle_that_fits_whatever_the_order(
    sizes: dict[str, int], budget: int, random: object
) -> None:
    files = [Piece(path, size) for path, size in sizes.items()]
    made = bundles(files, budget)
    assert all(sum(piece.tokens for piece in bundle) <= budget for bundle in made)
    packed = sorted(piece.path for bundle in made for piece in bundle)
    assert packed == sorted(path for path, size in sizes.items() if size <= budget)
    random.shuffle(files)  # type: ignore[attr-defined]
    assert bundles(files, budget) == made


# Beside them


def test_nothing_beside_the_change_takes_from_it_or_more_than_half_of_a_call() -> None:
    background = _background(40, guides=(Guide("AGENTS.md", "be kind " * 50),), commits=("fix",))
    for own in (0, 1_000, 3_500, 3_990, 4_000):
        told = extras([Piece("a.py", own)], ALL, background, 4_000)
        assert told.tokens <= min(4_000 - own, 2_000)
    assert extras([Piece("a.py", 0)], ALL, background, 4_000).related


def test_what_weighs_most_is_kept_and_told_in_the_order_of_paths() -> None:
    told = extras([Piece("a.py", 0)], ALL, _background(9), 2_000)
    paths = [excerpt.path for excerpt in told.related]
    assert paths == [f"r{n:02}.py" for n in range(9 - len(paths), 9)]
    assert 0 < len(paths) < 9


def test_what_the_call_shows_already_is_not_shown_again() -> None:
    place = Place("b.py", 1, 5, Context.CALLERS, "uses it", "a.py", 1.0)
    wider = Place("c.py", 1, 5, Context.CALLERS, "uses it", "a.py", 3.0)
    within = Place("c.py", 4, 9, Context.TESTS, "uses it", "a.py", 2.0)
    lines = {path: tuple("abcdefghi") for path in ("b.py", "c.py")}
    background = Background(places={"a.py": (place, wider, within)}, lines=lines)
    told = extras([Piece("a.py", 0), Piece("b.py", 0)], ALL, background, 9_000)
    assert [(e.path, e.text) for e in told.related] == [("c.py", "a\nb\nc\nd\ne")]


def test_what_a_long_file_calls_in_itself_is_shown_beside_what_is_near_the_change() -> None:
    place = Place("a.py", 900, 901, Context.CALLEES, "defines f", "a.py", 1.0)
    background = Background(places={"a.py": (place,)}, lines={"a.py": ("x",) * 1_000})
    assert extras([Piece("a.py", 0, whole=False)], ALL, background, 9_000).related
    assert not extras([Piece("a.py", 0, whole=True)], ALL, background, 9_000).related


@pytest.mark.parametrize("kind", list(Context))
def test_a_specialist_is_told_what_it_asks_for_alone(kind: Context) -> None:
    background = _background(
        3, title="Title", commits=("fix",), guides=(Guide("AGENTS.md", "be kind"),)
    )
    told = extras([Piece("a.py", 0)], {kind}, background, 9_000)
    given = {
        Context.CALLERS: bool(told.related),
        Context.GUIDANCE: bool(told.guides),
        Context.COMMITS: bool(told.commits and told.title),
    }
    assert {key for key, there in given.items() if there} == {kind} & set(given)


def test_another_title_or_message_changes_nothing_else_that_is_told() -> None:
    """So that a push with another message is the same question to the record of answers."""
    bundle = [Piece("a.py", 2_000)]
    told = [
        extras(bundle, ALL, _background(40, title=title, commits=commits), 4_000)
        for title, commits in (("", ()), ("Fix", ("fix",)), ("Feature", ("feat: more " * 20,) * 9))
    ]
    assert told[0].related == told[1].related == told[2].related != ()


# Guidance and messages


def test_guidance_is_that_of_the_top_and_the_nearest_of_each_folder() -> None:
    known = {"AGENTS.md", "a/AGENTS.md", "a/b/REVIEW.md", "z/CLAUDE.md", "a/b/c/x.py"}
    assert guide_paths(known, ["a/b/c/x.py", "a/y.py"]) == (
        "AGENTS.md",
        "a/AGENTS.md",
        "a/b/REVIEW.md",
    )


def test_guidance_is_bounded_masked_and_each_text_told_once() -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    texts = {f"{n}/AGENTS.md": f"{n} {'word ' * 4000}".encode() for n in range(5)}
    told = guides({"AGENTS.md": f"key {token}".encode(), "CLAUDE.md": f"key {token}".encode()})
    assert [guide.path for guide in told] == ["AGENTS.md"]
    assert token not in told[0].text
    assert sum(len(guide.text) for guide in guides(texts)) < 12_100


def test_messages_name_no_people_and_are_bounded() -> None:
    message = "fix: pages\n\nWhy.\n\nCo-authored-by: Ann <ann@example.org>\nSigned-off-by: Bo <b@c>"
    (told,) = clean_messages([message])
    assert told == "fix: pages\n\nWhy."
    assert len(clean_messages(["word " * 2_000])[0]) < 1_600
    assert clean_messages([f"m{n}" for n in range(90)])[-1] == "m89"
    assert count_tokens("".join(clean_messages(["word " * 2_000] * 90))) < 20_000
