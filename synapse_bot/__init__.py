"""synapse-bot: one consolidated, negotiated review of a change.

The map, floor by floor; an import goes down only:

entry        the command line, the action, the GitLab job: text in, exit code out
server       webhooks in, errands into the queue; reviews nothing
wiring       Settings -> concrete Forge, Store, Engine, Roster; the only package naming classes
runtime      review.py is the story; plan, fanout and deadline are its details
classifier   which route a change takes, and which files nobody should read
specialist   YAML -> Specialist; tools in a sandbox; their output -> Finding
negotiation  findings that make one claim -> one severity, with the record
report       Review -> text; no I/O
govern       the tenants of a fleet and what each may use
forge        where a change lives and is commented: local git, a patch, GitHub, GitLab
llm          models behind one port: two SDKs, prices, budgets, doubles
store        what outlives the process, on SQLite and PostgreSQL
engine       steps: one durable effect each, inline or on DBOS; the queue of a fleet
breaker      what is left alone for a while after failures
config       settings, read once, each with its origin
telemetry    who listens to domain events
domain       the words; standard library only
"""

__version__ = "0.1.0"
