"""The door for those who outgrow one machine: webhooks come in, errands go into the queue.

Nothing is reviewed here. A webhook is authenticated, understood and enqueued; a worker does the
rest. This process holds the secrets of webhooks, and no token that can read or write a forge.
"""
