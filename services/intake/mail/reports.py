"""From a report about a mail of ours to what it says and which mail it is about.

A delivery status is RFC 3464's, a disposition notification RFC 8098's; both travel in a multipart/report (RFC 6522).
"""

from __future__ import annotations

from typing import NamedTuple

from services.intake.mail.head import Head, normalise_line_ends, read_head
from services.intake.mail.message import Kind, KindReason
from services.intake.mail.message_ids import read_ids, read_thread
from services.intake.mail.parts import Part
from services.intake.mail.transfer import decode_body

MOST_BYTES = 65_536
"""Bytes of a status or of a returned mail that are looked at."""

MOST_RECIPIENTS = 100

_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})


class Report(NamedTuple):
    """What a report says, and the ids of the mail that it is about with those of its thread, the oldest first."""

    kind: Kind
    reason: KindReason
    thread: tuple[str, ...]


def read_report(root: Part, data: bytes) -> Report | None:
    """The report that a mail with that root part is, if it is one."""
    if root.media_type == "multipart/mixed" and root.children[0].media_type == "multipart/report":
        root = root.children[0]  # a list server or a gateway has put a footer below
    is_report = root.media_type == "multipart/report"
    parts = {part.media_type: part for part in reversed((root, *root.children))}
    disposition = next((parts[name] for name in parts if name in _DISPOSITION), None)
    status = next((parts[name] for name in parts if name in _STATUS), None)
    returned = next((parts[name] for name in parts if name in _RETURNED), None)
    thread = _read_returned(returned, data)
    if disposition is not None and (is_report or root is disposition):
        fields = _read_fields(disposition, data)
        about = read_ids(fields[0].first("original-message-id")) if fields else []
        return Report("delivery_receipt", "disposition_notification", thread or tuple(about[:1]))
    if status is not None and (is_report or root is status):
        return Report(*_judge(_read_fields(status, data)), thread)
    if not is_report:
        return None
    if root.parameters.get("report-type", "").lower() in {"delivery-status", ""}:
        return Report("bounce", "delivery_status", thread)
    return Report("automatic_reply", "machine_report", thread)


def _judge(fields: list[Head]) -> tuple[Kind, KindReason]:
    """One recipient whom the mail did not reach makes it a bounce."""
    actions = {action for head in fields if (action := head.token("action"))}
    if "failed" in actions:
        return "bounce", "delivery_failed"
    if "delayed" in actions:
        return "bounce", "delivery_delayed"
    if actions and actions <= _DELIVERED:
        return "delivery_receipt", "delivery_confirmed"
    return "bounce", "delivery_status"


def _read_fields(part: Part, data: bytes) -> list[Head]:
    """The groups of fields of a status: of the mail, then of each recipient."""
    content = _content(part, data)
    groups: list[Head] = []
    position = 0
    while position < len(content) and len(groups) < MOST_RECIPIENTS:
        head, after = read_head(content, position, len(content), set())
        groups.append(head)
        position = max(after, position + 1)
    return groups


def _read_returned(part: Part | None, data: bytes) -> tuple[str, ...]:
    if part is None:
        return ()
    content = _content(part, data)
    head, _ = read_head(content, 0, len(content), set())
    return tuple(dict.fromkeys([*read_thread(head), *read_ids(head.first("message-id"))[:1]]))


def _content(part: Part, data: bytes) -> bytes:
    encoding = part.head.token("content-transfer-encoding")
    sent = data[part.start : min(part.end, part.start + MOST_BYTES)]
    return normalise_line_ends(decode_body(sent, encoding, set())).lstrip(b"\n")
