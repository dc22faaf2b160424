"""From the services' /metrics to the two figures that no topic holds: open clocks, and records not yet processed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

OPEN_CLOCKS = "redress_sla_open_clocks"
LAG = "redress_runtime_lag_records"


@dataclass(frozen=True)
class Figures:
    """Open clocks by clock; records between what is processed and the end, by service."""

    open_clocks: Mapping[str, int] = field(default_factory=dict)
    lag: Mapping[str, int] = field(default_factory=dict)


async def figures(session: aiohttp.ClientSession, admin: Mapping[str, str]) -> Figures:
    """Ask every service (name to host:port); one that does not answer just now is left out."""
    open_clocks: Counter[str] = Counter()
    lag: Counter[str] = Counter()
    for service, address in admin.items():
        try:
            async with session.get(f"http://{address}/metrics") as response:
                text = await response.text()
        except aiohttp.ClientError:
            continue
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == OPEN_CLOCKS:
                    open_clocks[sample.labels["clock"]] += int(sample.value)
                elif sample.name == LAG:
                    lag[service] += int(sample.value)
    return Figures(open_clocks, lag)
