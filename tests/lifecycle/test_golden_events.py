"""Stored events that an earlier version wrote are read for ever, and written again as the same bytes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.ids import pack_id
from services.lifecycle.contents import (
    ByAgent,
    Claim,
    ComplaintFields,
    Contents,
    Correction,
    ExtensionContents,
    Found,
    PauseContents,
    RoutedContents,
)
from services.lifecycle.event_bytes import decode_events, encode_event
from services.lifecycle.event_kinds import KINDS, TYPES
from services.lifecycle.stored_event import NO_SEQUENCE, make_stored_event
from services.worktime.instants import microseconds
from tests.lifecycle import events
from tests.lifecycle.events import at

REPOSITORY = Path(__file__).parents[2]
RECEIVED = events.received(
    at(9),
    source_sequence=7,
    product="card",
    category="fraud",
    severity="high",
    region="CN",
    customer={"id": "c1", "tier": "gold", "language": "zh-Hans"},
    amount={"value": "12.50", "currency": "EUR"},
    tags=("vip", "regulator", "legal_threat"),
)
ROUTED = events.routed(
    RECEIVED,
    datetime(2026, 11, 2, 9, 0, 2, tzinfo=UTC),
    hop=3,
    revision=2,
    queue="fraud-leads",
    queue_without_breach="fraud",
    priority_without_breach=90,
    category="fraud",
    severity="critical",
    language="zh",
    flags=("regulator", "legal_threat"),
    arm="pilot",
    recorded_at=datetime(2026, 11, 2, 9, 0, 36, tzinfo=UTC),
)


class Golden(NamedTuple):
    """An event, and what was written of it: a number for its kind, what only its kind says, and all bytes."""

    event: Any
    kind: int
    contents: Contents | None
    written: str


GOLDEN = {
    "complaint_received": Golden(
        RECEIVED,
        0,
        ComplaintFields(
            "web", "card", "fraud", "high", "gold", "zh-Hans", "CN", "12.50", "EUR", ("legal_threat", "regulator")
        ),
        "0000065f475eea640000065f475eea64008000000000000007284ee17f68275f7b937763c8836c826d00000044776562"
        "0063617264006672617564006869676800676f6c64007a682d48616e7300434e0031322e353000455552006c6567616c"
        "5f74687265617400726567756c61746f72",
    ),
    "complaint_received that says little": Golden(
        events.received(at(8), external_ref="R-1"),
        0,
        ComplaintFields("web", None, None, None, None, None, None, None, None, ()),
        "0000065f468856c00000065f468856c0000000000000000000953689374c5552cfbad9a635531115e00000000b776562"
        "0000000000000000",
    ),
    "complaint_acknowledged": Golden(
        events.acknowledged(at(9.5), automatic=True),
        1,
        None,
        "0100065f47ca34360000065f47ca3436000000000000000000105af51eb2e85bafb0e61830091673ff00000000",
    ),
    "agent_assigned": Golden(
        events.assigned(at(10), source_sequence=-3),
        2,
        Claim("ann", None),
        "0200065f48357e080000065f48357e08007ffffffffffffffddb21a96d56b15cf9aac4773345c3393f0000000500616e6e00",
    ),
    "agent_assigned from another": Golden(
        events.assigned(at(10.125), agent_id="bob", replaces="ann"),
        2,
        Claim("bob", "ann"),
        "0200065f4850507c8000065f4850507c80000000000000000042fe8cfc00c453b8b3a7768740d5db510000000800626f6200616e6e",
    ),
    "agent_replied": Golden(
        events.replied(at(11)),
        3,
        None,
        "0300065f490c11ac0000065f490c11ac00000000000000000044dfde3551835f0c8ad6e27e50aa0abf00000000",
    ),
    "customer_replied": Golden(
        events.written_again(at(11.25)),
        4,
        None,
        "0400065f4941b6950000065f4941b69500000000000000000014a1ca4f5e195fbcae5564cd0f36535200000000",
    ),
    "complaint_paused": Golden(
        events.paused(at(11.5), reason="third_party", agent_id="ann"),
        5,
        PauseContents("third_party", "ann", None),
        "0500065f49775b7e0000065f49775b7e000000000000000000c35a88dc643551648f822203f24ad2a000000010746869"
        "72645f706172747900616e6e00",
    ),
    "complaint_paused by nobody known": Golden(
        events.paused(at(11.75)),
        5,
        PauseContents("customer", None, None),
        "0500065f49ad00670000065f49ad0067000000000000000000df948010faab500daecb76d3f01c702f0000000a637573"
        "746f6d65720000",
    ),
    "complaint_paused until": Golden(
        events.paused(at(11.875), reason="other", until=at(9, 1)),
        5,
        PauseContents("other", None, microseconds(at(9, 1))),
        "0500065f49c7d2db8000065f49c7d2db800000000000000000a4b630a9f8295487b4e56f76dc21cf43000000176f7468"
        "6572000031373933363936343030303030303030",
    ),
    "complaint_resumed": Golden(
        events.resumed(at(12)),
        6,
        None,
        "0600065f49e2a5500000065f49e2a550000000000000000000af80990f8ccb5f148039710ccc16124b00000000",
    ),
    "complaint_reclassified": Golden(
        events.reclassified(at(12.5), category="billing"),
        7,
        Correction(None, "billing", None),
        "0700065f4a4def220000065f4a4def22000000000000000000fbeeb111ffdb5c5cb94a124f01f663640000000a000062"
        "696c6c696e6700",
    ),
    "complaint_escalated": Golden(
        events.escalated(at(13)),
        8,
        None,
        "0800065f4ab938f40000065f4ab938f4000000000000000000b7d338d8611e52f9bf3ca73a0f5b3ee100000000",
    ),
    "deadline_extended until": Golden(
        events.extended(at(13.25), until=at(9, 3)),
        9,
        ExtensionContents("resolution", microseconds(at(9, 3)), None),
        "0900065f4aeedddd0000065f4aeedddd0000000000000000006ca92506518559a997a2151ce56c26c50000001c726573"
        "6f6c7574696f6e003137393338363932303030303030303000",
    ),
    "deadline_extended by": Golden(
        events.extended(at(13.5), by="5bd"),
        9,
        ExtensionContents("resolution", None, "5bd"),
        "0900065f4b2482c60000065f4b2482c60000000000000000001d4ea9b7d22f5637b3a71ba64bb062340000000f726573"
        "6f6c7574696f6e0000356264",
    ),
    "suggestion_accepted": Golden(
        events.accepted(at(13.75)),
        10,
        None,
        "0a00065f4b5a27af0000065f4b5a27af000000000000000000571419cb7f8058ea9ed75aee5d849a2300000000",
    ),
    "complaint_resolved": Golden(
        events.resolved(at(14), agent_id="ann"),
        11,
        ByAgent("ann"),
        "0b00065f4b8fcc980000065f4b8fcc980000000000000000002240ae93010c5b71a86716397ad721570000000400616e6e",
    ),
    "complaint_resolved by nobody known": Golden(
        events.resolved(at(14.25)),
        11,
        ByAgent(None),
        "0b00065f4bc571810000065f4bc571810000000000000000000651ed63432e53af8beb6a4ee08449470000000100",
    ),
    "complaint_reopened": Golden(
        events.reopened(at(15)),
        12,
        None,
        "0c00065f4c66603c0000065f4c66603c0000000000000000002d3c20057b1f5b3fa69e21e3b84f148000000000",
    ),
    "complaint_closed": Golden(
        events.closed(at(16)),
        13,
        None,
        "0d00065f4d3cf3e00000065f4d3cf3e0000000000000000000e8a7550d0df15964936437086310fde900000000",
    ),
    "complaint_withdrawn": Golden(
        events.withdrawn(at(17)),
        14,
        None,
        "0e00065f4e1387840000065f4e138784000000000000000000843d98db309250dd8fa2c5134894a2f200000000",
    ),
    "agent_released": Golden(
        events.released(at(17.5), agent_id="ann"),
        15,
        ByAgent("ann"),
        "0f00065f4e7ed1560000065f4e7ed15600000000000000000007cbd1581c1e503094d58aacbd585f110000000400616e6e",
    ),
    "agent_released by nobody known": Golden(
        events.released(at(17.75)),
        15,
        ByAgent(None),
        "0f00065f4eb4763f0000065f4eb4763f00000000000000000086c7426c372d5c9d977680bd785d828a0000000100",
    ),
    "reply_delivered": Golden(
        events.delivered(at(18)),
        16,
        None,
        "1000065f4eea1b280000065f4eea1b2800000000000000000050ff23a25a35528cb4b227985e84f77a00000000",
    ),
    "complaint_classified": Golden(
        events.classified(at(18.25)),
        17,
        None,
        "1100065f4f1fc0110000065f4f1fc011000000000000000000e6176d82d53b541fb18586f8129a3b8000000000",
    ),
    "promise_made": Golden(
        events.promised(at(18.5)),
        18,
        None,
        "1200065f4f5564fa0000065f4f5564fa000000000000000000d2e17bcad53b51af94f3acf4327ee10f00000000",
    ),
    "cause_found": Golden(
        events.cause_found(at(18.75)),
        19,
        None,
        "1300065f4f8b09e30000065f4f8b09e30000000000000000006e52faae0a6055af8d29436c43faf9f500000000",
    ),
    "complaint_linked": Golden(
        events.linked(at(19)),
        20,
        None,
        "1400065f4fc0aecc0000065f4fc0aecc000000000000000000e8c2b82dfe2f570384bad5590a639d0700000000",
    ),
    "complaint_unlinked": Golden(
        events.unlinked(at(19.25)),
        21,
        None,
        "1500065f4ff653b50000065f4ff653b5000000000000000000f82e0ed304cf597db1f9ca396b4482e000000000",
    ),
    "complaint_referred": Golden(
        events.referred(at(19.5)),
        22,
        None,
        "1600065f502bf89e0000065f502bf89e00000000000000000033ed1cfc5f5b5c5ea26518743224c91500000000",
    ),
    "external_decision": Golden(
        events.decided_outside(at(19.75)),
        23,
        None,
        "1700065f50619d870000065f50619d870000000000000000001e24a8465e335641a0d4432efb28002200000000",
    ),
    "customer_erased": Golden(
        events.erased(at(20)),
        24,
        None,
        "1800065f509742700000065f50974270000000000000000000b03869d4cfe256d584af4a589d7a44e600000000",
    ),
    "automatic reply": Golden(
        events.replied(at(9.75), automatic=True),
        100,
        None,
        "6400065f47ffd91f0000065f47ffd91f000000000000000000d5038f66f42f5bd2b7458dd5a3a7dc0f00000000",
    ),
    "complaint_routed": Golden(
        ROUTED,
        101,
        RoutedContents(
            pack_id(RECEIVED.event_id),
            "received",
            3,
            2,
            "fraud-leads",
            "1",
            "pilot",
            Found("fraud", 90, "fraud", "critical", "zh", ("regulator", "legal_threat")),
        ),
        "6500065f475f08e88000065f47610fb5000000000000000000202c140b27e652d5a4fcfe7251a7c62a00000062284ee1"
        "7f68275f7b937763c8836c826d7265636569766564003300320066726175642d6c6561647300310070696c6f74006672"
        "61756400393000667261756400637269746963616c007a6800726567756c61746f72006c6567616c5f746872656174",
    ),
    "holding reply": Golden(
        events.replied(at(10.25), kind="holding"),
        102,
        None,
        "6600065f486b22f10000065f486b22f100000000000000000023e7607c22225666b6bf55691ca8787d00000000",
    ),
    "final reply": Golden(
        events.replied(at(10.5), kind="final"),
        103,
        None,
        "6700065f48a0c7da0000065f48a0c7da000000000000000000d74e728361905af6b61096599b650f0600000000",
    ),
    "callback": Golden(
        events.replied(at(10.75), kind="callback"),
        104,
        None,
        "6800065f48d66cc30000065f48d66cc30000000000000000001412ad31a9a652a290bdb17afa031a9900000000",
    ),
    "automatic customer reply": Golden(
        events.written_again(at(11.0625), automatic=True),
        105,
        None,
        "6900065f49197ae64000065f49197ae6400000000000000000907ee9221461528bb94e70c76bc492a200000000",
    ),
}


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
def test_a_stored_event_is_what_it_was(golden: Golden) -> None:
    written = bytes.fromhex(golden.written)
    stored = make_stored_event(golden.event)
    assert decode_events(written) == [stored]
    assert encode_event(stored) == written
    assert (stored.kind, stored.contents) == (golden.kind, golden.contents)
    assert (stored.occurred, stored.recorded) == (
        microseconds(golden.event.occurred_at),
        microseconds(golden.event.recorded_at),
    )
    assert stored.event_id == pack_id(golden.event.event_id)


def test_every_kind_of_event_stands_among_them() -> None:
    assert {golden.kind for golden in GOLDEN.values()} == TYPES.keys()
    assert {golden.event.type for golden in GOLDEN.values()} == KINDS.keys()


def test_a_stored_event_has_its_sequence() -> None:
    received, assigned, replied = (
        decode_events(bytes.fromhex(GOLDEN[name].written))[0]
        for name in ("complaint_received", "agent_assigned", "agent_replied")
    )
    assert [one.sequence for one in (received, assigned, replied)] == [7, -3, NO_SEQUENCE]


STORED = "".join(golden.written for golden in GOLDEN.values())
AT_ONCE = "".join(golden.written[:2] + "00065f48357e0800" + golden.written[18:] for golden in GOLDEN.values())
"""All of them at one instant, so that their ranks decide."""


def fold_with(*places: int) -> str:
    """What a process makes of stored events if new types stand at these places among those that it knows."""
    command = [sys.executable, "-m", "tests.lifecycle.fold_with_new_types", *map(str, places)]
    lines = f"{STORED}\n{AT_ONCE}\n"
    return subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True, cwd=REPOSITORY).stdout


def test_types_that_come_to_stand_among_the_others_change_nothing_of_an_old_row() -> None:
    known = fold_with()
    assert [line.count("'closed'") for line in known.splitlines()] == [1, 1]
    assert fold_with(0, 3, 7, 12, 19) == known
