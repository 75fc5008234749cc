import asyncio


async def notify(user):
    await send(user)


async def checkout(user):
    # ruleid: python-coroutine-never-awaited
    notify(user)
    # ruleid: python-coroutine-never-awaited
    asyncio.sleep(1)
    return user
