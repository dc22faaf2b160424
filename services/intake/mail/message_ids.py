"""Message ids: how they are compared, the one that a mail gets without an id of its own, and those of its thread."""

from __future__ import annotations

import re
from hashlib import sha256

from schemas.external_names import canonical_name
from services.intake.mail.head import Head
from services.intake.mail.message import Faults

LONGEST_THREAD = 50

_BRACKETED = re.compile(rb"<([^<>]*)>")
_COMMENTS_AND_SPACES = re.compile(rb"\([^()]*\)|\s+")
_SPACES = re.compile(rb"\s+")


def normalise_id(written: bytes) -> str | None:
    """An id without brackets, comments and white space; None where nothing is left.

    One that intake's names refuse, because it is longer than 200 characters or holds controls, is replaced by its hash.
    """
    name = _COMMENTS_AND_SPACES.sub(b"", written).strip(b"<>\"'")
    if not name:
        return None
    try:
        return canonical_name(name.decode())
    except ValueError:  # UnicodeDecodeError is one
        return f"sha256-{sha256(name).hexdigest()}"


def read_ids(value: bytes | None) -> list[str]:
    """All ids of a header, in their order: those in brackets, or else the words that look like one."""
    if value is None:
        return []
    found = _BRACKETED.findall(value) or [word for word in value.replace(b",", b" ").split() if b"@" in word]
    return [name for written in found if (name := normalise_id(written))]


def read_message_id(head: Head, data: bytes, body: int, faults: Faults) -> str:
    """The mail's own id; where it has none, a hash of what stays the same on every way that one mail takes."""
    for value in head.all("message-id"):
        bracketed = _BRACKETED.search(value)
        if name := normalise_id(bracketed[1] if bracketed else value):
            return name
    faults.add("no_message_id")
    digest = sha256()
    for field in ("from", "to", "date", "subject"):
        digest.update(_SPACES.sub(b" ", head.first(field) or b"") + b"\0")
    digest.update(memoryview(data)[body:])
    return f"sha256-{digest.hexdigest()}"


def read_thread(head: Head) -> tuple[str, ...]:
    """The ids of earlier mails, the oldest first: those of References, then that of In-Reply-To (RFC 5322, 3.6.4)."""
    references = read_ids(head.first("references"))[: LONGEST_THREAD - 1]
    return tuple(dict.fromkeys([*references, *read_ids(head.first("in-reply-to"))[:1]]))
