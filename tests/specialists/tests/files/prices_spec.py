from shop.price import discount


def test_discount_is_applied():
    price = discount(100, 0.2)
    assert price == price


def test_no_discount_over_half():
    assert discount(100, 0.9) == 50
