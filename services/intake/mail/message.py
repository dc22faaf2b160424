"""What intake needs of one e-mail, and the closed sets of names that it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["message", "automatic_reply", "bounce", "delivery_receipt", "loop", "list"]
"""Who wrote a mail, and why. ``list`` is what was sent to many, by a list server or in bulk."""

KindReason = Literal[
    # loop
    "own_header",
    "own_message_id",
    "too_many_received",
    # bounce
    "delivery_failed",
    "delivery_delayed",
    "delivery_status",
    "failed_recipients",
    "mailer_daemon",
    "bounce_subject",
    "null_sender",
    # delivery_receipt
    "delivery_confirmed",
    "disposition_notification",
    # automatic_reply
    "auto_replied",
    "auto_generated",
    "auto_notified",
    "auto_submitted",
    "autoresponder_header",
    "precedence_auto_reply",
    "automatic_subject",
    "machine_report",
    "auto_response_suppress",
    # list
    "list_id",
    "list_header",
    "precedence_list",
    "precedence_bulk",
    "precedence_junk",
    # message
    "no_sign_of_automation",
]
"""Which sign decided the kind."""

Fault = Literal[
    # headers
    "no_headers",
    "headers_cut",
    "malformed_header",
    "repeated_header",
    "malformed_encoded_word",
    "no_message_id",
    "no_sender",
    "malformed_sender",
    "no_date",
    "malformed_date",
    "date_without_zone",
    "unknown_time_zone",
    "date_out_of_range",
    "malformed_language",
    # structure
    "malformed_content_type",
    "missing_boundary",
    "unclosed_multipart",
    "too_deep",
    "too_many_parts",
    "unknown_transfer_encoding",
    "malformed_base64",
    "malformed_tnef",
    # text
    "unknown_charset",
    "wrong_charset",
    "undeclared_charset",
    "text_lost",
    "text_cut",
    "nul_removed",
    "encrypted",
    "no_text",
    "all_quoted",
]
"""What is wrong with a mail. None keeps it from being read; ``docs/mail.md`` says what each one means."""

Faults = set[Fault]
"""Where the readers of a mail's parts note what is wrong with it."""


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """What was attached, never the bytes.

    ``name`` has 1 to 200 characters, ``media_type`` is in lower case, ``size`` counts bytes without the transfer
    encoding; the end of a line counts as one.
    """

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail.

    ``message_id`` and the ids of ``thread`` are without angle brackets and have 1 to 200 characters. ``thread`` names
    earlier mails, the oldest first. ``sender_address`` has its domain in lower case. ``sent_at`` is in UTC; where it is
    None, one of the faults says why. ``text`` is what the sender wrote newly, ``full_text`` is that with all that was
    quoted. No text contains NUL or a lone surrogate, and none has more than 100,000 characters.
    """

    message_id: str
    thread: tuple[str, ...]
    sender_address: str | None
    sender_name: str | None
    subject: str
    sent_at: datetime | None
    text: str
    full_text: str
    language: str | None
    attachments: tuple[MailAttachment, ...]
    kind: Kind
    reason: KindReason
    faults: tuple[Fault, ...]

    @property
    def thread_id(self) -> str:
        """The id of the first mail of the thread; this mail's own where it answers none."""
        return self.thread[0] if self.thread else self.message_id

    @property
    def automatic(self) -> bool:
        """Whether a machine wrote it on behalf of one recipient: such a mail ends no pause and starts no clock."""
        return self.kind in {"automatic_reply", "bounce", "delivery_receipt"}
