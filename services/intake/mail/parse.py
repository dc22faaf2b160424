"""From the bytes of one e-mail (RFC 5322) to what intake needs of it.

It raises nothing: whatever the bytes are, there is a Mail, and its faults say what is wrong. Time is linear in the
length of the bytes, and memory less than four times it and 16 MiB; ``docs/mail.md`` lists the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from services.intake.mail.addresses import read_sender
from services.intake.mail.attachments import read_attachments
from services.intake.mail.bodies import BodyReader
from services.intake.mail.charset_hints import find_hints
from services.intake.mail.charsets import Charsets
from services.intake.mail.dates import read_date
from services.intake.mail.encoded_words import decode_raw, read_header
from services.intake.mail.head import Head, find_start, normalise_line_ends, read_head
from services.intake.mail.kinds import find_kind
from services.intake.mail.message import Faults, Mail
from services.intake.mail.message_ids import read_message_id, read_thread
from services.intake.mail.parts import Part, PartReader
from services.intake.mail.quotes import cut_quotes
from services.intake.mail.reports import read_report
from services.intake.mail.subjects import read_prefix
from services.languages import LONGEST_TAG, canonical_language

_ONCE = ("from", "sender", "date", "subject", "message-id", "in-reply-to", "references", "content-type")
"""Fields that a mail has once at most (RFC 5322, section 3.6) and that are read here."""


def parse_mail(raw: bytes, own_domains: Collection[str] = ()) -> Mail:
    """What the mail says.

    ``own_domains`` are the domains of the message ids that Redress itself gives; nobody else may write mails with them.
    """
    faults: Faults = set()
    data = normalise_line_ends(raw)
    charsets = Charsets(find_hints(data))
    head, body = read_head(data, find_start(data), len(data), faults)
    names = [name for name, _ in head.fields]
    if not names:
        faults.add("no_headers")
    if any(names.count(name) > 1 for name in _ONCE):
        faults.add("repeated_header")

    root = PartReader(data, charsets, faults).read(head, body, len(data))
    full_text = BodyReader(data, charsets, faults).read(root)
    report = read_report(root, data)
    message_id = read_message_id(head, data, body, faults)
    thread = (report.thread if report else ()) or read_thread(head)
    sender = read_sender(head, charsets, faults)
    subject = read_header(head.first("subject") or b"", charsets, faults)
    prefix = read_prefix(subject)
    kind, reason = find_kind(head, report, sender.address, message_id, prefix, own_domains)

    text = full_text
    if report is None and prefix != "forward":
        text = cut_quotes(full_text, answers=bool(thread) or prefix == "reply")
    if full_text and not text:
        faults.add("all_quoted")
        text = full_text
    return Mail(
        message_id=message_id,
        thread=thread,
        sender_address=sender.address,
        sender_name=sender.name,
        subject=subject,
        sent_at=read_date(_read_date_field(head, charsets), faults),
        text=text,
        full_text=full_text,
        language=_read_language(root, faults),
        attachments=read_attachments(root, data, charsets, faults),
        kind=kind,
        reason=reason,
        faults=tuple(sorted(faults)),
    )


def _read_date_field(head: Head, charsets: Charsets) -> str | None:
    written = head.first("date")
    return None if written is None else decode_raw(written, charsets, set())


def _read_language(root: Part, faults: Faults) -> str | None:
    """The first tag of Content-Language (RFC 3282), of the mail or of its first part that has one."""
    for part in root.walk():
        written = part.head.first("content-language")
        tag = re.split(r"[,;\s]", (written or b"").decode("ascii", "replace").strip(), maxsplit=1)[0]
        if tag:
            try:
                return canonical_language(tag[: LONGEST_TAG + 1])
            except ValueError:
                faults.add("malformed_language")
    return None
