"""Rows that an earlier version wrote are read for ever, and written again as the same bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from schemas.ids import pack_id
from services.sla_monitor.domain.alerts.published import NO_DIGEST, AlertKey, PublishedAlert, PublishedStop, StopKey
from services.sla_monitor.domain.rows.row import decode_row, encode_row
from services.worktime.instants import SECOND, microseconds
from tests.sla_monitor.stories import at

HELD = (
    "0200065fd50661a800000000000000000000065f48357e080000000000000000000001000000000000000000000000"
    "00000200065f48357e080000065f48357e08000000000000000000db21a96d56b15cf9aac4773345c3393f0000000500"
    "616e6e00"
)
KNOWN = (
    "0200065f4f5564fa0000065f4760b4278000065f4da83db20000000000000000000006fa577cd35de8769300020001"
    "000a7265736f6c7574696f6e0e284ee17f68275f7b937763c8836c826d0001320143c222b2bde5c37966697273745f72"
    "6573706f6e73650e284ee17f68275f7b937763c8836c826d0001640131327463a976560d66697273745f726573706f6e"
    "73650e284ee17f68275f7b937763c8836c826d0001ab05aafb695fcb3066697273745f726573706f6e73650000065f47"
    "5eea640000065f475eea64000000000000000000284ee17f68275f7b937763c8836c826d000000107765620000667261"
    "75640000000000006500065f475eea640000065f475eea6400000000000000000005adc44e0ab654479573eb19f4e8da"
    "330000003c284ee17f68275f7b937763c8836c826d7265636569766564003000300067656e6572616c003100636f6e74"
    "726f6c0067656e6572616c0031300000000300065f4b8fcc980000065f4b8fcc98000000000000000000f8d52919c0ad"
    "560f81c1e480b349a869000000000500065f4c66603c0000065f4c66603c000000000000000000d6da04ea5252505cb7"
    "4c8e1d9fd4d9a30000000a637573746f6d657200000d00065f4d3cf3e00000065f4d3cf3e0000000000000000000e8a7"
    "550d0df15964936437086310fde9000000000c00065f4da83db20000065f4da83db20000000000000000001c8108c624"
    "ba597f80e1b14a0fd851f400000000"
)
OVERFLOWED = (
    "02000661a34971760000065f4760b4278000065f47ca34360000065f4778aa30000004a885a102b1b71de900000000"
    "00000000065f475eea640000065f475eea64000000000000000000284ee17f68275f7b937763c8836c826d0000001077"
    "6562000066726175640000000000000200065f47745f8e0000065f47745f8e0000000000000000006c13e46c49965994"
    "994fa4bb7bbdf7b30000000500616e6e000200065f477684df0000065f477684df000000000000000000021a41508b75"
    "506caa2cf414efac7c0c0000000500616e6e000d00065f47ca34360000065f47ca34360000000000000000009dfa71fe"
    "62115238a653b3dc68e1b77000000000"
)
CYCLE = pack_id("284ee17f-6827-5f7b-9377-63c8836c826d")
NOTHING_PUBLISHED: tuple[Any, ...] = (NO_DIGEST, (), {}, {})
FIRST_RESPONSE = (
    bytes.fromhex("fa577cd35de87693"),
    ("resolution",),
    {
        AlertKey("first_response", CYCLE, 50): PublishedAlert(1, stands=True, digest=bytes.fromhex("43c222b2bde5c379")),
        AlertKey("first_response", CYCLE, 100): PublishedAlert(
            1, stands=True, digest=bytes.fromhex("31327463a976560d")
        ),
    },
    {StopKey("first_response", CYCLE): PublishedStop(1, bytes.fromhex("ab05aafb695fcb30"))},
)


class Golden(NamedTuple):
    """What was written, and the row that it is. Hours are of the Monday."""

    written: str
    due: int
    grace_ends: int
    touched: float
    overflowed: float | None
    events: int
    published: tuple[Any, ...]


GRACE_ENDS = microseconds(at(9)) + 30 * SECOND
GOLDEN = {
    "held": Golden(HELD, microseconds(at(10, 7)), 0, 10, None, 1, NOTHING_PUBLISHED),
    "known": Golden(KNOWN, microseconds(at(18.5)), GRACE_ENDS, 16.5, None, 6, FIRST_RESPONSE),
    "overflowed": Golden(
        OVERFLOWED,
        microseconds(at(9.5, 30)),
        GRACE_ENDS,
        9.5,
        9.12,
        4,
        (bytes.fromhex("a885a102b1b71de9"), (), {}, {}),
    ),
}


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
def test_a_row_is_what_it_was(golden: Golden) -> None:
    row = decode_row(bytes.fromhex(golden.written))
    published, log = row.published, row.log
    assert (row.due, row.grace_ends) == (golden.due, golden.grace_ends)
    assert log.touched == microseconds(at(golden.touched))
    assert log.overflowed == (0 if golden.overflowed is None else microseconds(at(golden.overflowed)))
    assert log.count == len(log.decode()) == golden.events
    told = published.clocks_digest, published.open_clocks, published.alerts, published.stops
    assert told == golden.published
    assert encode_row(row).hex() == golden.written
