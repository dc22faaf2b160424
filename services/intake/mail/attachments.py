"""From the parts of a mail to the names, media types and sizes of what was attached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.mail.bodies import is_body
from services.intake.mail.charsets import Charsets
from services.intake.mail.encoded_words import decode_words, tidy
from services.intake.mail.message import Faults, MailAttachment
from services.intake.mail.parts import Part
from services.intake.mail.tnef import read_tnef
from services.intake.mail.transfer import decode_body

LONGEST_NAME = 200
MOST_ATTACHMENTS = 500

_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def read_attachments(root: Part, data: bytes, charsets: Charsets, faults: Faults) -> tuple[MailAttachment, ...]:
    """What is attached to the mail with that root part; what Outlook has packed into a winmail.dat follows that."""
    found: list[MailAttachment] = []
    for part in _attached(root):
        content = decode_body(data[part.start : part.end], part.head.token("content-transfer-encoding"), faults)
        name = clean_name(decode_words((part.name or "")[:1_000], charsets, faults))
        if not name and part.media_type == "message/rfc822":
            name = "message.eml"
        found.append(MailAttachment(name or "unnamed", part.media_type, len(content)))
        if part.media_type in _TNEF or name.lower() == "winmail.dat":
            found += [
                MailAttachment(clean_name(inner) or "unnamed", "application/octet-stream", size)
                for inner, size in read_tnef(content, charsets, faults)
            ]
    if len(found) > MOST_ATTACHMENTS:
        faults.add("too_many_parts")
    return tuple(found[:MOST_ATTACHMENTS])


def clean_name(name: str) -> str:
    """A file's name without the folders in which it was, of 200 characters at most, its extension kept."""
    plain = tidy(_FOLDERS.sub("", name)).strip(" .")
    if len(plain) <= LONGEST_NAME:
        return plain
    stem, dot, extension = plain.rpartition(".")
    if not stem or len(extension) > 20:
        return plain[:LONGEST_NAME]
    return stem[: LONGEST_NAME - 1 - len(extension)] + dot + extension


def _attached(part: Part, *, alternative: bool = False) -> Iterator[Part]:
    if part.is_multipart:
        for child in part.children:
            yield from _attached(child, alternative=part.media_type == "multipart/alternative")
    elif not is_body(part) and not (alternative and _is_other_form(part)):
        yield part


def _is_other_form(part: Part) -> bool:
    """Whether a part of a multipart/alternative is one more form of the text, such as text/enriched."""
    return part.media_type.startswith("text/") and part.media_type != "text/calendar" and not part.name
