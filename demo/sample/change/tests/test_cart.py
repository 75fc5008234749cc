import pytest

from shop import cart


def test_the_total_counts_each_item():
    lines = cart.add(cart.add([], "tea", 2), "cup", 1)
    assert cart.total(lines, {"tea": 300, "cup": 450}) == 1050


def test_nothing_is_not_a_number_of_items():
    with pytest.raises(ValueError, match="at least one"):
        cart.add([], "tea", 0)
