"""Examples for /openapi.json: of every body that may be sent, of a receipt, and of every problem."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any

from services.intake.domain.refusals import Fault, RateExceeded, Reason, RequestRefused
from services.intake.domain.request_models import EVENTS, GIVEN_BY_INTAKE

Examples = dict[str, dict[str, Any]]
"""OpenAPI's Example Objects, by name."""

COMPLAINT_ID = "91b7960b-68d8-5409-a5db-8e4ac27a621a"

RECEIPT = {
    "complaint_id": COMPLAINT_ID,
    "event_id": "596ddca2-b792-539c-982f-11f072e4749f",
    "duplicate_safe": True,
}
RECEIPTS = {
    "Receipt": RECEIPT,
    "AgentReceipt": {
        "agent_id": "li.wei",
        "event_id": "2c0e7c3a-3a0c-5f4e-9c55-1b8d2f1c9e07",
        "duplicate_safe": True,
    },
}
"""By component."""

PROBLEMS: dict[Reason, RequestRefused] = {
    refused.reason: refused
    for refused in (
        RequestRefused("malformed_request", "It is not what RFC 9112 calls a request"),
        RequestRefused("head_too_large", "At most 32768 bytes of request line and headers"),
        RequestRefused(
            "malformed_json",
            "this is no JSON from line 1, column 12 on: expected `:`",
            Fault("", "this is no JSON from line 1, column 12 on: expected `:`"),
        ),
        RequestRefused("malformed_encoding", "It is not what Content-Encoding says"),
        RequestRefused("malformed_path", "At byte 16, % is not followed by two hexadecimal digits: write %25"),
        RequestRefused(
            "missing_key",
            "This deployment asks for an API key",
            Fault("Authorization", "send Authorization: Bearer and the key, once", "header"),
        ),
        RequestRefused("unknown_key", "This deployment has no such key: copy the whole text of one"),
        RequestRefused("revoked_key", "Ask who runs this deployment for a new key"),
        RequestRefused("expired_key", "Ask who runs this deployment for a new key"),
        RequestRefused("test_key", "This is a test complaint: test keys alone may address it"),
        RequestRefused("wrong_scope", "This key would need the scope back-office"),
        RequestRefused(
            "wrong_channel", "This key may not use the channel", Fault("/channel", "this key may use email, web")
        ),
        RateExceeded(3),
        RequestRefused(
            "missing_signature",
            "It is not signed",
            Fault("webhook-id", "the sender of this channel signs its calls, and this is missing", "header"),
        ),
        RequestRefused("wrong_signature", "It is not signed with a secret of this channel"),
        RequestRefused("stale_signature", "It was signed more than 5 minutes from this server's clock"),
        RequestRefused("malformed_form", "This is no form of at most 1000 fields in UTF-8"),
        RequestRefused("malformed_xml", "This is no well-formed XML"),
        RequestRefused("unmapped", "The mapping of this channel finds no message in it"),
        RequestRefused("mail_loop", "This mail came back, or went through too many servers; it is no complaint"),
        RequestRefused("not_found", "There is nothing at this path; see /openapi.json"),
        RequestRefused("unknown_survey", "There is no such survey"),
        RequestRefused("method_not_allowed", "This path does not take that method; see /openapi.json"),
        RequestRefused("upload_timeout", "It may pause for 30 seconds, and comes with 4096 bytes a second at least"),
        RequestRefused("survey_expired", "This survey can no longer be answered"),
        RequestRefused("too_large", "At most 524288 bytes are taken, also after decompression"),
        RequestRefused("too_many_lines", "Send at most 10,000,000 lines in one request"),
        RequestRefused(
            "unsupported_media_type",
            "send application/json",
            Fault("Content-Type", "send application/json", "header"),
        ),
        RequestRefused(
            "invalid",
            "2 fields are wrong",
            Fault("/occurred_at", "write an RFC 3339 time, such as 2026-01-31T09:30:00+08:00"),
            Fault("/customer/id", "this field is required"),
        ),
        RequestRefused(
            "unknown_channel",
            "The channel is not one of this deployment's",
            Fault("/channel", "there is no such channel; there are email, web"),
        ),
        RequestRefused(
            "in_the_future",
            "An event cannot have happened yet",
            Fault("/occurred_at", "more than 5 minutes ahead of this server's clock"),
        ),
        RequestRefused("internal", "This is a fault of ours; the request may not have been kept"),
        RequestRefused("kafka_away", "It is not certain that this was kept; send it again"),
        RequestRefused("busy", "Too many requests are open; send it again"),
    )
}
"""A refusal for each reason, as a sender gets to see it."""


def example_bodies(channels: Collection[str]) -> dict[str, Examples]:
    """By component, bodies that are taken where there are these ``channels``."""
    channel = "web" if "web" in channels else min(channels)
    complaints = _complaints(channel)
    events = _events(channel)
    key = {"idempotency_key": "W-20260131-0042-1"}
    return {
        "Complaint": complaints,
        "LifecycleEvent": events,
        "CloudEvent": {
            "complaint": _example(
                "A complaint",
                {
                    "specversion": "1.0",
                    "id": "1",
                    "source": "/shop/chat",
                    "type": "complaint_received",
                    "data": complaints["smallest"]["value"],
                },
            ),
            "event": _example(
                "An event of a complaint that is named by its id",
                {
                    "specversion": "1.0",
                    "id": "2",
                    "source": "/shop/chat",
                    "type": "agent_assigned",
                    "subject": COMPLAINT_ID,
                    "data": {"agent_id": "li.wei"},
                },
            ),
        },
        "AgentStatus": {
            "available": _example("An agent is there", {"status": "available", "queues": ["billing"], "load": 3}),
        },
        "SurveyAnswer": {
            "answered": _example("An answer", {"score": 4, "comment": "很快就退款了。"}),
            "dismissed": _example("The customer did not want to answer", {"score": None}),
        },
        "BulkLine": {
            "complaint": _example("A complaint", {"complaint": complaints["smallest"]["value"], **key}),
            "event_by_id": _example(
                "An event of a complaint that is named by its id",
                {"event": events["agent_assigned"]["value"], "complaint_id": COMPLAINT_ID, **key},
            ),
            "event_by_reference": _example(
                "An event of a complaint that is named by its sender's own reference",
                {"event": events["complaint_closed"]["value"], "channel": channel, "external_ref": "W-20260131-0042"},
            ),
        },
    }


def _complaints(channel: str) -> Examples:
    smallest = {
        "channel": channel,
        "customer": {"id": "c-88213"},
        "subject": "Charged twice",
        "body": "Twice on my card. Please refund.",
    }
    full = {
        "channel": channel,
        "external_ref": "W-20260131-0042",
        "occurred_at": "2026-01-31T09:30:00+08:00",
        "source_sequence": 1,
        "customer": {
            "id": "c-88213",
            "tier": "gold",
            "language": "zh-Hans",
            "name": "李静",
            "contact": "li.jing@example.com",
        },
        "representative": {"name": "李伟", "contact": "+86 138 0013 8000"},
        "subject": "同一笔订单被扣了两次款",
        "body": "1月29日的订单被扣了两次320元，客服电话打了三次都没人接。请尽快退款。",
        "product": "信用卡",
        "category": "billing",
        "severity": "medium",
        "language": "zh-Hans",
        "region": "CN-SH",
        "amount": {"value": "320.00", "currency": "CNY"},
        "remedy_sought": "refund",
        "about": {"kind": "partner", "id": "pay-easy"},
        "tags": ["重复扣款"],
        "attributes": {"order": "20260129-5521"},
        "attachments": [
            {
                "name": "账单截图.png",
                "media_type": "image/png",
                "size": 184220,
                "url": "https://files.example.com/9f2c",
            }
        ],
    }
    return {
        "smallest": _example("What every complaint has", smallest),
        "full": _example("What a complaint may have", full),
    }


def _events(channel: str) -> Examples:
    """Of every type, the example of schemas/examples without what intake adds, as of now."""
    folder = files("schemas") / "examples"
    examples = {}
    for tag, event in EVENTS.items():
        told = json.loads((folder / f"{tag}.json").read_text(encoding="utf-8"))
        body = {
            name: channel if name == "channel" else value
            for name, value in told.items()
            if name not in {*GIVEN_BY_INTAKE, "occurred_at"} and value is not None
        }
        examples[tag] = _example((event.__doc__ or "").partition("\n")[0], {"type": tag, **body})
    return examples


def _example(summary: str, value: Any) -> dict[str, Any]:
    return {"summary": summary, "value": value}
