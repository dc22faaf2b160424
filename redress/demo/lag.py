"""From the services' /metrics to how many records each has still to process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

LAG = "redress_runtime_lag_records"


async def read_lags(session: aiohttp.ClientSession, admin: Mapping[str, str]) -> Counter[str]:
    """Records between what is processed and the end, by service (``admin`` holds name and host:port).

    A service that does not answer just now is left out, and so is one that reads no topic.
    """
    found: Counter[str] = Counter()
    for service, address in admin.items():
        try:
            async with session.get(f"http://{address}/metrics") as response:
                text = await response.text()
        except aiohttp.ClientError:
            continue
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == LAG:
                    found[service] += int(sample.value)
    return found
