"""From the text of a From header to the address and the name of the first mailbox in it (RFC 5322, section 3.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from services.intake.mail.charsets import Charsets
from services.intake.mail.encoded_words import decode_raw, decode_words, is_one_word, tidy
from services.intake.mail.head import Head
from services.intake.mail.message import Faults

LONGEST_HEADER = 2_000
LONGEST_ADDRESS = 254
"""Characters of an address (RFC 5321, section 4.5.3.1.3, less its angle brackets)."""

LONGEST_NAME = 1_000

_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|\(([^()\\]*(?:\\.[^()\\]*)*)\)|<([^<>]*)>|[^"(<]+|.', re.DOTALL)
_BARE = re.compile(r"""[^\s<>()\[\]",;:'@]{1,64}@[^\s<>()",;:'@]{1,189}""")
_ESCAPE = re.compile(r"\\(.)")


class Mailbox(NamedTuple):
    """An address with its domain in lower case, and the name that stands beside it."""

    address: str | None
    name: str | None


def read_sender(head: Head, charsets: Charsets, faults: Faults) -> Mailbox:
    """Who wrote the mail: From, or where that has no address, Sender, Reply-To or Return-Path."""
    name = None
    for field in ("from", "sender", "reply-to", "return-path"):
        for value in head.all(field)[:3]:
            mailbox = read_mailbox(decode_raw(value, charsets, faults)[:LONGEST_HEADER], charsets, faults)
            if field == "from":
                name = name or mailbox.name
            if mailbox.address:
                if field != "from":
                    faults.add("malformed_sender")
                return Mailbox(mailbox.address, name or mailbox.name)
    faults.add("no_sender")
    return Mailbox(None, name)


def read_mailbox(text: str, charsets: Charsets, faults: Faults) -> Mailbox:
    """The first mailbox of ``text``. A comma before its address belongs to the name: mailers forget the quotes."""
    if is_one_word(text):
        faults.add("malformed_sender")
        text = decode_words(text, charsets, faults)
    before: list[str] = []
    bare: list[str] = []
    comments: list[str] = []
    for token in _TOKEN.finditer(text):
        quoted, comment, angle = token.groups()
        if angle is not None and (address := _clean_address(angle)):
            return Mailbox(address, _clean_name("".join(before) or " ".join(comments), charsets, faults))
        if comment is not None:
            comments.append(comment)
        elif quoted is not None:
            before.append(_ESCAPE.sub(r"\1", quoted))
        elif angle is None:
            before.append(token[0])
            bare.append(token[0])
    for found in _BARE.finditer(" ".join(bare)):
        if address := _clean_address(found[0]):
            return Mailbox(address, _clean_name(" ".join(comments), charsets, faults))
    for found in _BARE.finditer(text):  # in quotes
        if address := _clean_address(found[0]):
            faults.add("malformed_sender")
            return Mailbox(address, None)
    return Mailbox(None, _clean_name("".join(before), charsets, faults))


def _clean_address(text: str) -> str | None:
    address = re.sub(r"\([^()]*\)|\s+", "", text).strip("\"'")
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if address.startswith("@") and ":" in address:  # an obsolete route
        address = address.partition(":")[2]
    local, at, domain = address.rpartition("@")
    domain = domain.rstrip(".").lower()
    if not (local and at and domain) or len(address) > LONGEST_ADDRESS or not address.isprintable():
        return None
    return f"{local}@{domain}"


def _clean_name(text: str, charsets: Charsets, faults: Faults) -> str | None:
    name = tidy(decode_words(text[:LONGEST_NAME], charsets, faults))
    for mark in ('"', "'"):
        if len(name) > 1 and name[0] == name[-1] == mark:
            name = name[1:-1].strip()
    return name or None
