"""Counters of the door in Prometheus' text format. Labels are bounded: forges, outcomes, tenants.

With several processes prometheus_client keeps the counters in files of a common folder, which it
takes from PROMETHEUS_MULTIPROC_DIR when it is first imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from synapse_bot.server.answer import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)

Depths = Callable[[], Iterable[tuple[str, int]]]


class Metrics:
    """``depths`` gives how many requests wait for each tenant, asked at each scrape, and
    ``edit_refused`` whether an edit of the configuration was."""

    def __init__(
        self,
        depths: Depths,
        edit_refused: Callable[[], bool] = lambda: False,
        *,
        several_processes: bool = False,
    ) -> None:
        own = CollectorRegistry()
        self._answers = Counter(
            "synapse_webhooks",
            "Deliveries answered, by what became of them.",
            ("forge", "outcome", "tenant"),
            registry=own,
        )
        self._seconds = Histogram(
            "synapse_webhook_seconds",
            "From the headers of a delivery to its answer.",
            ("forge",),
            registry=own,
            buckets=_BUCKETS_S,
        )
        self._shown = CollectorRegistry() if several_processes else own
        if several_processes:
            MultiProcessCollector(self._shown)  # type: ignore[no-untyped-call]
        self._depths = _Depths(depths)
        self._edits = _Edits(edit_refused)

    def count(self, forge: str, answer: Answer, seconds: float) -> None:
        self._answers.labels(forge, answer.outcome.value, answer.tenant).inc()
        self._seconds.labels(forge).observe(seconds)

    def render(self, *, depths: bool = True) -> bytes:
        """The text of a scrape; with ``depths`` it blocks on the queue."""
        gauges = CollectorRegistry()
        gauges.register(self._edits)
        if depths:
            gauges.register(self._depths)
        return bytes(generate_latest(self._shown)) + bytes(generate_latest(gauges))


class _Depths(Collector):
    def __init__(self, depths: Depths) -> None:
        self._depths = depths

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks no queue."""
        return ()

    def collect(self) -> Iterable[Metric]:
        gauge = GaugeMetricFamily("synapse_queue_depth", "Requests that wait.", labels=["tenant"])
        for tenant, depth in self._depths():
            gauge.add_metric([tenant], depth)
        yield gauge


class _Edits(Collector):
    def __init__(self, refused: Callable[[], bool]) -> None:
        self._refused = refused

    def collect(self) -> Iterable[Metric]:
        about = "Whether the configuration that lies there is wrong, and an older one holds."
        yield GaugeMetricFamily("synapse_configuration_refused", about, value=self._refused())
