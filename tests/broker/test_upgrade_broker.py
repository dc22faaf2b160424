"""Releases with another format of rows, one after the other and side by side: read, written anew, or refused."""

from __future__ import annotations

import pytest

from redress.broker import LocalKafka
from redress.supervisor.supervisor import WrongConfiguration
from services.runtime.table import HEADER_SIZE
from tests.broker.trap import complaint_id, home, order_event, results, trapped
from tests.broker.trap_worker import CHANGELOG, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


@pytest.mark.prove
async def test_a_newer_release_takes_over_rows_and_writes_its_own_and_an_older_one_refuses_those(own_kafka: LocalKafka):
    with pytest.raises(WrongConfiguration, match="has rows of format 2, and this release reads 1: run a release that"):
        await upgrade_and_go_back(own_kafka.bootstrap)


async def upgrade_and_go_back(bootstrap: str) -> None:
    puts = [[order_event(f"c{number}", "put", number=round_) for number in range(100)] for round_ in range(3)]
    async with trapped(bootstrap) as trap:
        await trap.start("old", row_format=1)
        await trap.order_many(puts[0])
        await trap.until_shared("old")
        await trap.until_everything_is_committed()
        await trap.start("new", row_format=2)  # beside the old one, on its share of the numbers
        shares = await trap.until_shared("old", "new")
        await trap.order_many(puts[1])
        await trap.until_everything_is_committed()
        written = {}
        for record in await trap.read_to_the_end(CHANGELOG):
            if not record.key.startswith(b"\0"):
                written[record.key.decode()] = record.value[HEADER_SIZE]
        for number in range(100):
            assert written[complaint_id(f"c{number}")] == 1 + (home(f"c{number}") in shares["new"])
        await trap.supervisor.stop("new")  # so the old one is given what the new one wrote
        await trap.until_said("refuses its configuration")
        assert len(await trap.read_to_the_end(RESULTS.name)) == 200
        await trap.order_many(puts[2])
        await trap.start("newer", row_format=2)
        await trap.until_shared("newer")
        await trap.until_everything_is_committed()
        done = results(await trap.read_to_the_end(RESULTS.name))
        assert len(done) == len({event.event_id for event in done}) == 300
        assert await trap.rows() == {complaint_id(f"c{number}"): Row(puts=3) for number in range(100)}
