"""Rows that an earlier version wrote are read for ever, and written again as the same bytes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.ids import pack_id
from services.sla_monitor.domain.alerts.published import (
    NO_DIGEST,
    AlertKey,
    PublishedAlert,
    PublishedStop,
    StopKey,
)
from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.fold.stored_event import NO_HOP, NO_SEQUENCE, Contents, PauseContents, stored_event_of
from services.sla_monitor.domain.policy.match_fields import Correction, MatchFields, Routing
from services.sla_monitor.domain.rows.events import decode_events, encode_event
from services.sla_monitor.domain.rows.row import Phase, decode_row, encode_row
from services.worktime.instants import microseconds
from services.worktime.target_text import Target
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

REPOSITORY = Path(__file__).parents[2]
RECEIVED = stories.received(
    at(9),
    source_sequence=7,
    product="card",
    category="fraud",
    severity="high",
    region="CN",
    customer={"id": "c1", "tier": "gold", "language": "zh-Hans"},
)
ROUTED = stories.routed(
    RECEIVED,
    datetime(2026, 11, 2, 9, 0, 2, tzinfo=UTC),
    hop=3,
    queue_without_breach="fraud",
    priority_without_breach=90,
    category="fraud",
    severity="critical",
    language="zh",
    flags=("regulator", "legal_threat"),
    recorded_at=datetime(2026, 11, 2, 9, 0, 36, tzinfo=UTC),
)


class Golden(NamedTuple):
    """An event, and what was written of it: a number for its kind, what only its kind says, and all bytes."""

    event: Any
    kind: int
    contents: Contents | None
    written: str


EVENTS = {
    "complaint_received": Golden(
        RECEIVED,
        0,
        MatchFields("web", "card", "fraud", "high", "gold", "zh-Hans", "CN"),
        "0000065f475eea640000065f475eea64008000000000000007284ee17f68275f7b937763c8836c826d00000025630077"
        "65620063617264006672617564006869676800676f6c64007a682d48616e7300434e",
    ),
    "complaint_acknowledged": Golden(
        stories.acknowledged(at(9.5), automatic=True),
        1,
        None,
        "0100065f47ca34360000065f47ca3436000000000000000000105af51eb2e85bafb0e61830091673ff00000000",
    ),
    "agent_assigned": Golden(
        stories.assigned(at(10), source_sequence=-3),
        2,
        None,
        "0200065f48357e080000065f48357e08007ffffffffffffffddb21a96d56b15cf9aac4773345c3393f00000000",
    ),
    "agent_replied": Golden(
        stories.replied(at(11)),
        3,
        None,
        "0300065f490c11ac0000065f490c11ac00000000000000000044dfde3551835f0c8ad6e27e50aa0abf00000000",
    ),
    "customer_replied": Golden(
        stories.written_again(at(11.25)),
        4,
        None,
        "0400065f4941b6950000065f4941b69500000000000000000014a1ca4f5e195fbcae5564cd0f36535200000000",
    ),
    "complaint_paused": Golden(
        stories.paused(at(11.5), reason="third_party", agent_id="ann"),
        5,
        PauseContents("third_party", "ann"),
        "0500065f49775b7e0000065f49775b7e000000000000000000c35a88dc643551648f822203f24ad2a00000000f746869"
        "72645f706172747900616e6e",
    ),
    "complaint_paused by nobody known": Golden(
        stories.paused(at(11.75)),
        5,
        PauseContents("customer", None),
        "0500065f49ad00670000065f49ad0067000000000000000000df948010faab500daecb76d3f01c702f00000009637573746f6d657200",
    ),
    "complaint_resumed": Golden(
        stories.resumed(at(12)),
        6,
        None,
        "0600065f49e2a5500000065f49e2a550000000000000000000af80990f8ccb5f148039710ccc16124b00000000",
    ),
    "complaint_reclassified": Golden(
        stories.reclassified(at(12.5), category="billing"),
        7,
        Correction("billing", None, None),
        "0700065f4a4def220000065f4a4def22000000000000000000fbeeb111ffdb5c5cb94a124f01f663640000000b720062"
        "696c6c696e670000",
    ),
    "complaint_escalated": Golden(
        stories.escalated(at(13)),
        8,
        None,
        "0800065f4ab938f40000065f4ab938f4000000000000000000b7d338d8611e52f9bf3ca73a0f5b3ee100000000",
    ),
    "deadline_extended until": Golden(
        stories.extended(at(13.25), until=at(9, 3)),
        9,
        Extension("resolution", microseconds(at(9, 3)), None),
        "0900065f4aeedddd0000065f4aeedddd0000000000000000006ca92506518559a997a2151ce56c26c50000001c726573"
        "6f6c7574696f6e003137393338363932303030303030303000",
    ),
    "deadline_extended by": Golden(
        stories.extended(at(13.5), by="5bd"),
        9,
        Extension("resolution", None, Target.parse("5bd")),
        "0900065f4b2482c60000065f4b2482c60000000000000000001d4ea9b7d22f5637b3a71ba64bb062340000000f726573"
        "6f6c7574696f6e0000356264",
    ),
    "suggestion_accepted": Golden(
        stories.accepted(at(13.75)),
        10,
        None,
        "0a00065f4b5a27af0000065f4b5a27af000000000000000000571419cb7f8058ea9ed75aee5d849a2300000000",
    ),
    "complaint_resolved": Golden(
        stories.resolved(at(14)),
        11,
        None,
        "0b00065f4b8fcc980000065f4b8fcc980000000000000000002240ae93010c5b71a86716397ad7215700000000",
    ),
    "complaint_reopened": Golden(
        stories.reopened(at(15)),
        12,
        None,
        "0c00065f4c66603c0000065f4c66603c0000000000000000002d3c20057b1f5b3fa69e21e3b84f148000000000",
    ),
    "complaint_closed": Golden(
        stories.closed(at(16)),
        13,
        None,
        "0d00065f4d3cf3e00000065f4d3cf3e0000000000000000000e8a7550d0df15964936437086310fde900000000",
    ),
    "complaint_withdrawn": Golden(
        stories.withdrawn(at(17)),
        14,
        None,
        "0e00065f4e1387840000065f4e138784000000000000000000843d98db309250dd8fa2c5134894a2f200000000",
    ),
    "automatic reply": Golden(
        stories.replied(at(9.75), automatic=True),
        100,
        None,
        "6400065f47ffd91f0000065f47ffd91f000000000000000000d5038f66f42f5bd2b7458dd5a3a7dc0f00000000",
    ),
    "complaint_routed": Golden(
        ROUTED,
        101,
        Routing("fraud", 90, "fraud", "critical", "zh", ("regulator", "legal_threat")),
        "6500065f475f08e88000065f47610fb5000000000000000000202c140b27e652d5a4fcfe7251a7c62a0000004b284ee1"
        "7f68275f7b937763c8836c826d00000000000000037100667261756400393000667261756400637269746963616c007a"
        "6800726567756c61746f72006c6567616c5f746872656174",
    ),
    "holding reply": Golden(
        stories.replied(at(10.25), kind="holding"),
        102,
        None,
        "6600065f486b22f10000065f486b22f100000000000000000023e7607c22225666b6bf55691ca8787d00000000",
    ),
    "final reply": Golden(
        stories.replied(at(10.5), kind="final"),
        103,
        None,
        "6700065f48a0c7da0000065f48a0c7da000000000000000000d74e728361905af6b61096599b650f0600000000",
    ),
    "callback": Golden(
        stories.replied(at(10.75), kind="callback"),
        104,
        None,
        "6800065f48d66cc30000065f48d66cc30000000000000000001412ad31a9a652a290bdb17afa031a9900000000",
    ),
}

HELD = (
    "010000065fd50661a8000000000000000000000000000000000000010000000000000200065f48357e080000065f4835"
    "7e08000000000000000000db21a96d56b15cf9aac4773345c3393f00000000"
)
KNOWN = (
    "010100065f5c3de03e0000065f4760b42780703ce002274b8742000600020001000a7265736f6c7574696f6e0e284ee1"
    "7f68275f7b937763c8836c826d00013201b8ec451d8e140aa966697273745f726573706f6e73650e284ee17f68275f7b"
    "937763c8836c826d00016401ed9d2d5ee4ab4a3a66697273745f726573706f6e73650e284ee17f68275f7b937763c883"
    "6c826d0001540ef31ccffd840966697273745f726573706f6e73650000065f475eea640000065f475eea640000000000"
    "00000000284ee17f68275f7b937763c8836c826d00000010630077656200006672617564000000006500065f475eea64"
    "0000065f475eea6400000000000000000005adc44e0ab654479573eb19f4e8da3300000027284ee17f68275f7b937763"
    "c8836c826d0000000000000000710067656e6572616c0031300000000300065f4bfb166a0000065f4bfb166a00000000"
    "000000000038c92ee8c4a758978a35b1b3596c8383000000000500065f4c66603c0000065f4c66603c00000000000000"
    "0000d6da04ea5252505cb74c8e1d9fd4d9a300000009637573746f6d6572000b00065f4d3cf3e00000065f4d3cf3e000"
    "0000000000000000ed58a1bdb966500698cf7cfbc44183e2000000000c00065f4da83db20000065f4da83db200000000"
    "00000000001c8108c624ba597f80e1b14a0fd851f400000000"
)
LEFT = "0102000663ff33f88800000000000000000000000000000000000000000000000000"
CYCLE = pack_id("284ee17f-6827-5f7b-9377-63c8836c826d")
NOTHING_PUBLISHED: tuple[Any, ...] = (NO_DIGEST, (), {}, {})
ROWS = {
    Phase.HELD: (HELD, 1, microseconds(at(10, 7)), 0, NOTHING_PUBLISHED),
    Phase.KNOWN: (
        KNOWN,
        6,
        microseconds(at(9.9, 1)),
        microseconds(at(9)) + 30_000_000,
        (
            bytes.fromhex("703ce002274b8742"),
            ("resolution",),
            {
                AlertKey("first_response", CYCLE, 50): PublishedAlert(1, True, bytes.fromhex("b8ec451d8e140aa9")),
                AlertKey("first_response", CYCLE, 100): PublishedAlert(1, True, bytes.fromhex("ed9d2d5ee4ab4a3a")),
            },
            {StopKey("first_response", CYCLE): PublishedStop(1, bytes.fromhex("540ef31ccffd8409"))},
        ),
    ),
    Phase.LEFT: (LEFT, 0, microseconds(at(10, 60)), 0, NOTHING_PUBLISHED),
}


@pytest.mark.parametrize("golden", EVENTS.values(), ids=EVENTS)
def test_a_stored_event_is_what_it_was(golden: Golden) -> None:
    written = bytes.fromhex(golden.written)
    stored = stored_event_of(golden.event)
    assert stored is not None
    assert decode_events(written) == [stored]
    assert encode_event(stored) == written
    assert (stored.kind, stored.contents) == (golden.kind, golden.contents)
    assert (stored.occurred, stored.recorded) == (
        microseconds(golden.event.occurred_at),
        microseconds(golden.event.recorded_at),
    )
    assert stored.event_id == pack_id(golden.event.event_id)


def test_a_stored_event_has_its_sequence_and_what_it_answers() -> None:
    received, assigned, replied, routed = (
        decode_events(bytes.fromhex(EVENTS[name].written))[0]
        for name in ("complaint_received", "agent_assigned", "agent_replied", "complaint_routed")
    )
    assert [one.sequence for one in (received, assigned, replied)] == [7, -3, NO_SEQUENCE]
    assert (received.follows, received.hop) == (received.event_id, NO_HOP)
    assert (routed.follows, routed.hop) == (received.event_id, 3)


@pytest.mark.parametrize("phase", Phase)
def test_a_row_is_what_it_was(phase: Phase) -> None:
    written, count, due, grace_ends, said = ROWS[phase]
    row = decode_row(bytes.fromhex(written))
    published = row.published
    assert (row.phase, row.due, row.grace_ends) == (phase, due, grace_ends)
    assert (published.clocks_digest, published.open_clocks, published.alerts, published.stops) == said
    assert row.count == len(decode_events(row.events)) == count
    assert encode_row(row).hex() == written


STORED = "".join(golden.written for golden in EVENTS.values())
AT_ONCE = "".join(golden.written[:2] + "00065f48357e0800" + golden.written[18:] for golden in EVENTS.values())
"""All of them at one instant, so that their ranks decide."""


def fold_with(*places: int) -> str:
    """What a process makes of stored events if new types stand at these places among those that it knows."""
    command = [sys.executable, "-m", "tests.sla_monitor.fold_with_new_types", *map(str, places)]
    events = f"{STORED}\n{AT_ONCE}\n"
    return subprocess.run(command, input=events, stdout=subprocess.PIPE, text=True, check=True, cwd=REPOSITORY).stdout


def test_types_that_come_to_stand_among_the_others_change_nothing_of_an_old_row() -> None:
    known = fold_with()
    assert [line.count("cancelled") for line in known.splitlines()] == [2, 2]
    assert fold_with(0, 3, 7, 12, 19) == known
