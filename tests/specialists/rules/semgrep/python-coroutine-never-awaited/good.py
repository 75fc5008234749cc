import asyncio


async def notify(user):
    await send(user)


def local(user):
    return user


async def checkout(user):
    await notify(user)
    task = asyncio.create_task(notify(user))
    await asyncio.gather(notify(user), notify(user))
    coroutine = notify(user)
    await coroutine
    local(user)
    await asyncio.sleep(1)
    return await task
