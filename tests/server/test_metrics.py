"""What a scrape tells."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.tenant import Tenant, Tenants

from .conftest import JSON, Door, OpenDoor, pull_request


def _samples(door: Door) -> dict[tuple[str, ...], float]:
    text = door.get("/metrics").text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_deliveries_are_counted_by_forge_outcome_and_tenant(door: Door) -> None:
    door.github(pull_request())
    door.github(pull_request("edited"))
    door.post("/webhooks/gitlab", b"{}", dict(JSON))
    samples = _samples(door)
    counted = "synapse_webhooks_total"
    assert samples[counted, "github", "enqueued", "local"] == 1
    assert samples[counted, "github", "ignored", "local"] == 1
    assert samples[counted, "gitlab", "unproven", ""] == 1
    assert samples["synapse_webhook_seconds_count", "github"] == 2
    assert samples["synapse_queue_depth", "local"] == 1


def test_what_strangers_send_makes_no_new_series(open_door: OpenDoor) -> None:
    door = open_door(tenants=Tenants({"acme": Tenant("acme", owners=frozenset({"acme"}))}))
    door.github(pull_request())
    before = set(_samples(door))
    for number in range(20):
        door.github(pull_request(f"action-{number}", repository={"full_name": f"o{number}/shop"}))
        door.get(f"/nowhere/{number}")
    assert set(_samples(door)) == before


def test_without_its_queue_a_scrape_still_tells_the_rest(door: Door) -> None:
    door.github(pull_request())
    door.queue.broken = StoreUnusable("gone")
    samples = _samples(door)
    assert samples["synapse_webhooks_total", "github", "enqueued", "local"] == 1
    assert ("synapse_queue_depth", "local") not in samples
