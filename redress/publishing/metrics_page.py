"""From the metrics that the processes declare to the page that lists them all, with their meaning."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from prometheus_client.metrics import MetricWrapperBase

from services.registry import SERVICES

PAGE = "docs/metrics.md"
RUNTIME, FETCH_MAIL = "services.runtime.metrics", "redress.fetch_mail.metrics"

HEAD = """\
# Metrics

Served at `/metrics` on the admin port of each process. Labels come from closed sets: never an id, never free text.
Those of `redress_runtime_` carry the label `service` and are every worker's. `redress schemas publish` writes this
page.

| metric | labels | meaning |
|---|---|---|
"""


def metrics_page() -> str:
    """The page."""
    return HEAD + "".join(_rows())


def _rows() -> Iterator[str]:
    for module in (RUNTIME, *(service.metrics for service in SERVICES), FETCH_MAIL):
        declared = vars(import_module(module)).values()
        for metric in (one for one in declared if isinstance(one, MetricWrapperBase)):
            for family in metric.describe():
                suffix = "_total" if family.type == "counter" else ""
                labels = ", ".join(f"`{label}`" for label in metric._labelnames)  # noqa: SLF001 - has no public name
                yield f"| `{family.name}{suffix}` | {labels} | {family.documentation} |\n"
