"""What goes in comes out, in memory or on disk, and no more is held than may be."""

from __future__ import annotations

import asyncio

import pytest

from services.intake import spool
from services.intake.spool import Spool

pytestmark = pytest.mark.asyncio


async def test_what_is_written_is_read_in_order_whether_it_fits_in_memory_or_not(monkeypatch):
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    monkeypatch.setattr(spool, "BLOCK", 64)
    held = Spool()
    for number in range(100):
        await held.write(b"%03d\n" % number)
    await held.close()
    read = b"".join([block async for block in held.blocks()])
    assert read == b"".join(b"%03d\n" % number for number in range(100))


async def test_a_reader_that_keeps_up_reads_as_it_is_written():
    held = Spool()
    blocks = held.blocks()
    for text in (b"one", b"two", b"three"):
        await held.write(text)
        assert await anext(blocks) == text
    await held.close()
    assert [block async for block in blocks] == []


async def test_a_writer_waits_for_the_reader_when_it_is_full(monkeypatch):
    monkeypatch.setattr(spool, "ON_DISK", 10)
    held = Spool()
    await held.write(b"0123456789")
    waiting = asyncio.create_task(held.write(b"more"))
    await asyncio.sleep(0)
    assert not waiting.done()
    blocks = held.blocks()
    assert await anext(blocks) == b"0123456789"
    await waiting
    assert await anext(blocks) == b"more"
