import asyncio
import time


def add(item, items=[]):
    items.append(item)
    return items


def total(items):
    prices = [lambda: item.price for item in items]
    return sum(price() for price in prices) + undefined_tax


async def checkout(cart):
    asyncio.create_task(notify(cart))
    time.sleep(1)
    if cart.state is "paid":
        return "%s: %s" % (cart.id,)
    try:
        pay(cart)
    except:
        raise ValueError("payment")
    finally:
        return cart


async def notify(cart):
    breakpoint()


def unused():
    left = 1
    return 2
