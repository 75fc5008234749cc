"""One delivery, from its raw bytes to the answer: prove it, read it, decide, enqueue.

Proof comes first: of what is not proven, nothing is read but its length.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from synapse_bot.domain.change import Known
from synapse_bot.domain.errors import SynapseError
from synapse_bot.engine.queue import QueueFull
from synapse_bot.runtime.errand import errand_json
from synapse_bot.runtime.request import Asked, Remote
from synapse_bot.server.answer import UNAVAILABLE, Answer, Outcome, ignored, refused, unproven
from synapse_bot.server.decision import Pass, Rules, Start, Stop, decide
from synapse_bot.server.gitlab import read_gitlab
from synapse_bot.server.happening import Happening, Unreadable
from synapse_bot.server.signatures import Secret, Unproven, prove_github, prove_gitlab

if TYPE_CHECKING:
    from synapse_bot.domain.tenant import TenantBook
    from synapse_bot.engine.queue import Queue
    from synapse_bot.server.happening import ForgeName
    from synapse_bot.server.signatures import Proven

ReadGitHub = Callable[[str, bytes], Happening | Unreadable]

_DELIVERY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """By forge; several at a time, so that one can be replaced without a gap."""

    github: tuple[Secret, ...] = ()
    gitlab_signing: tuple[Secret, ...] = ()
    gitlab_tokens: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A forge's two addresses. They are the operator's word: no payload names where we go."""

    api_url: str
    server_url: str


GITHUB = Place("https://api.github.com", "https://github.com")
GITLAB = Place("https://gitlab.com/api/v4", "https://gitlab.com")


@dataclass(frozen=True, slots=True)
class Receiver:
    """``read_github`` is given, since its rules are the action's. ``clock`` gives epoch seconds."""

    queue: Queue
    tenants: TenantBook
    secrets: Secrets
    read_github: ReadGitHub
    rules: Rules = field(default_factory=Rules)
    github: Place = GITHUB
    gitlab: Place = GITLAB
    deadline_s: float = 480.0
    clock: Callable[[], float] = time.time

    def receive(self, forge: ForgeName, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one delivery; ``headers`` by lower-case name. Blocks on the queue."""
        proof = self._prove(forge, headers, body)
        if isinstance(proof, Unproven):
            return unproven(proof.why)
        happening = self._read(forge, headers, body)
        if isinstance(happening, Unreadable):
            return Answer(HTTPStatus.BAD_REQUEST, {"error": happening.why}, Outcome.UNREADABLE)
        tenant = self._tenant(happening)
        if not tenant:
            return ignored("no tenant has this repository")
        if not proof.allows(tenant):
            return unproven(f"the secret is another tenant's, the repository {tenant}'s")
        return self._act(happening, tenant, delivery_of(headers), _delivery_key(forge, body))

    def _prove(
        self, forge: ForgeName, headers: Mapping[str, str], body: bytes
    ) -> Proven | Unproven:
        if forge == "github":
            return prove_github(self.secrets.github, headers, body)
        secrets = self.secrets
        return prove_gitlab(
            secrets.gitlab_signing, secrets.gitlab_tokens, headers, body, self.clock()
        )

    def _read(
        self, forge: ForgeName, headers: Mapping[str, str], body: bytes
    ) -> Happening | Unreadable:
        if forge == "gitlab":
            return read_gitlab(body)
        return self.read_github(headers.get("x-github-event", ""), body)

    def _tenant(self, happening: Happening) -> str:
        if happening.forge == "github":
            return self.tenants.of_github(happening.installation, happening.repository)
        return self.tenants.of_gitlab(happening.repository)

    def _act(self, happening: Happening, tenant: str, delivery: str, delivery_key: str) -> Answer:
        decision = decide(happening, self.rules, delivery)
        try:
            match decision:
                case Pass():
                    return ignored(decision.why, tenant)
                case Stop():
                    stopped = self.queue.cancel_older(decision.change_key, tenant=tenant)
                    return Answer(HTTPStatus.OK, {"cancelled": stopped}, Outcome.CANCELLED, tenant)
                case Start():
                    return self._start(decision, happening, tenant, delivery_key)
                case _:
                    assert_never(decision)
        except QueueFull as full:
            return refused(full, tenant)
        except SynapseError as broken:
            return replace(UNAVAILABLE, tenant=tenant, note=str(broken))

    def _start(self, start: Start, happening: Happening, tenant: str, delivery_key: str) -> Answer:
        run = self.queue.enqueue(
            errand_json(self._asked(happening), start.errand),
            tenant=tenant,
            change_key=start.change_key,
            priority=start.priority,
            delivery_key=delivery_key,
            deadline_s=self.deadline_s,
            ref=happening.ref,
        )
        body = {"id": run, "change": start.change_key}
        return Answer(HTTPStatus.ACCEPTED, body, Outcome.ENQUEUED, tenant)

    def _asked(self, happening: Happening) -> Asked:
        place = self.github if happening.forge == "github" else self.gitlab
        return Asked(
            remote=Remote(
                forge=happening.forge,
                number=happening.number,
                repository=happening.project,
                api_url=place.api_url,
                server_url=place.server_url,
                known=Known(
                    head=happening.head,
                    repository=happening.repository,
                    from_fork=happening.fork,
                ),
            )
        )


def delivery_of(headers: Mapping[str, str]) -> str:
    """The forge's id of the delivery, "" where it has none that is fit for a log."""
    names = ("x-github-delivery", "webhook-id", "idempotency-key", "x-gitlab-event-uuid")
    given = next((headers[name] for name in names if name in headers), "")
    return given if _DELIVERY.fullmatch(given) else ""


def _delivery_key(forge: ForgeName, body: bytes) -> str:
    """The same for the same body. The delivery's id is not signed: a replay may carry another."""
    return f"{forge}:{sha256(body).hexdigest()[:40]}"
