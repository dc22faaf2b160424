"""The corpus: each mail as bytes, and what is right for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.intake.mail.message import Mail

FOLDER = Path(__file__).parent / "corpus"
OWN_DOMAINS = ("redress.example",)


def mails(part: str = "*") -> list[Path]:
    return sorted(FOLDER.glob(f"{part}/*.eml"))


def read_expected(mail: Path) -> dict[str, Any]:
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    return {name: value for name, value in expected.items() if name not in {"why", "after"}}


def as_written_in_corpus(mail: Mail) -> dict[str, Any]:
    """The fields of ``mail`` in the words of the corpus: a derived id is ``sha256-*``, an instant is text."""
    derived = mail.message_id.startswith("sha256-") and "no_message_id" in mail.faults
    return {
        "message_id": "sha256-*" if derived else mail.message_id,
        "thread": list(mail.thread),
        "sender_address": mail.sender_address,
        "sender_name": mail.sender_name,
        "subject": mail.subject,
        "sent_at": mail.sent_at and _as_text(mail.sent_at),
        "text": mail.text,
        "full_text": mail.full_text,
        "language": mail.language,
        "attachments": [
            {"name": attached.name, "media_type": attached.media_type, "size": attached.size}
            for attached in mail.attachments
        ],
        "kind": mail.kind,
        "reason": mail.reason,
        "faults": list(mail.faults),
    }


def _as_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
