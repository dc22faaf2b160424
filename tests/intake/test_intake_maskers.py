"""Each channel's own masker, chosen for each accepted event, and the metric that counts what it masked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from schemas.topics import COMPLAINT_EVENTS
from services.config.channels import Channel, ChannelsFile
from services.intake.app import build
from services.intake.domain.arrivals import NO_CHANNEL, Accepted, Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.maskers import Maskers
from tests.intake.conftest import KEYS

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
TEXT = "13800138000 a@b.cn"

MASKERS = Maskers(
    ChannelsFile(
        version="1",
        mask=("e_mail",),
        channels=(
            Channel(name="web", reply_window="1d"),
            Channel(name="chat", reply_window="1d", mask=("phone", "e_mail")),
            Channel(name="branch", reply_window="1d", mask=()),
            Channel(name="abroad", reply_window="1d", mask=("phone",), phone_region="HK"),
        ),
    )
)


def accepted(event_type: str, through: str, body: str = TEXT, **fields: Any) -> Accepted:
    event = COMPLAINT_EVENTS.codec.decode((EXAMPLES / f"{event_type}.json").read_bytes())
    content = {**event.model_dump(mode="json"), "personal": {"body": body}, **fields}
    return Accepted(
        type(event).model_validate_json(json.dumps(content)), event.complaint_id, through, duplicate_safe=True
    )


def body_of(accepted: Accepted) -> str:
    return MASKERS.mask(accepted).event.personal.body


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        ("web", "13800138000 [mail]"),
        ("chat", "[phone] [mail]"),
        ("branch", TEXT),
        ("abroad", TEXT),
        (NO_CHANNEL, "13800138000 [mail]"),
    ],
)
def test_a_channel_has_the_masker_of_its_settings(channel: str, body: str) -> None:
    assert body_of(accepted("agent_replied", channel)) == body


def test_numbers_are_read_as_those_of_the_channels_region() -> None:
    assert body_of(accepted("agent_replied", "abroad", "9123 4567")) == "[phone]"
    assert body_of(accepted("agent_replied", "chat", "9123 4567")) == "9123 4567"


def test_an_event_that_comes_through_no_channel_and_names_one_has_that_ones_masker() -> None:
    assert body_of(accepted("customer_replied", NO_CHANNEL, channel="chat")) == "[phone] [mail]"
    assert body_of(accepted("customer_replied", "branch", channel="chat")) == TEXT


def test_all_but_the_text_stays() -> None:
    given = accepted("agent_replied", "chat")
    masked = MASKERS.mask(given)
    assert (masked.subject, masked.channel, masked.duplicate_safe) == (given.subject, "chat", True)
    assert masked.event.event_id == given.event.event_id
    assert given.event.personal.body == TEXT
    unchanged = accepted("agent_replied", "chat", "it came late")
    assert MASKERS.mask(unchanged) is unchanged


def test_what_is_masked_is_counted_by_kind() -> None:
    def count(kind: str) -> float:
        return REGISTRY.get_sample_value("redress_intake_masked_total", {"kind": kind}) or 0

    before = count("phone"), count("e_mail"), count("iban")
    MASKERS.mask(accepted("agent_replied", "chat", f"{TEXT} 13900139000"))
    assert (count("phone"), count("e_mail"), count("iban")) == (before[0] + 2, before[1] + 1, before[2])


@pytest.mark.asyncio
async def test_what_is_published_is_masked_by_its_channel_and_so_are_bulk_lines(kafka, complaint):
    masked, plain = Channel(name="web", reply_window="3d", mask=("e_mail",)), Channel(name="email", reply_window="3d")
    file = ChannelsFile(version="1", channels=(masked, plain))
    app = build(Sender("local", file.names, uuid7), Surveys(KEYS, stream_time=False), kafka, mask=Maskers(file).mask)
    said = {"subject": "Card", "body": "Write to ann@example.org"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        for channel in ("web", "email"):
            assert (
                await client.post("/v1/complaints", json=complaint | said | {"channel": channel})
            ).status_code == 202
        line = json.dumps({"complaint": complaint | said | {"channel": "web"}}).encode()
        await client.post("/v1/bulk", content=line, headers={"content-type": "application/x-ndjson"})
    bodies = [COMPLAINT_EVENTS.codec.decode(record.value).personal.body for record in kafka.records]
    assert bodies == ["Write to [mail]", "Write to ann@example.org", "Write to [mail]"]
