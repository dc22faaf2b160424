"""Identifiers: derived, so that the same cause always gets the same one, and packed into 16 bytes and back."""

from __future__ import annotations

from hashlib import sha1

NAMESPACE = bytes.fromhex("6f1f2a6e3e0b5c0f9a52d2c9c3a8b7d4")
"""The namespace of every derived id. Changing it would rename everything that was ever published."""

_SEPARATOR = "\x1f"
_ESCAPE = "\x1b"
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def derived_id(*parts: str) -> str:
    """A version 5 UUID (RFC 9562, section 5.5) of the parts, as canonical text.

    The parts are joined by U+001F. Where a part holds that separator it is escaped, so that no two lists of
    parts share a name: some parts come from outside, and one front-end must not reach another's complaint.
    hashlib directly: ``uuid.uuid5`` costs three times as much and gives the same (held equal by a test).
    """
    name = _SEPARATOR.join(parts)
    if name.count(_SEPARATOR) >= len(parts) or _ESCAPE in name:
        name = _SEPARATOR.join(_escaped(part) for part in parts)
    text = sha1(NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


def mark_test_id(identifier: str) -> str:
    """The id of the same thing under a test key: a version 8 UUID (RFC 9562, section 5.8) in place of its version.

    Complaints of test keys run through everything and count nowhere. Their ids tell them to every service.
    """
    return f"{identifier[:14]}8{identifier[15:]}"


def is_test_id(complaint_id: str) -> bool:
    """Whether a complaint is one of a test key. ``complaint_id`` is an Identifier."""
    return complaint_id[14] == "8"


def pack_id(identifier: str) -> bytes:
    """The 16 bytes of an Identifier, as rows hold it."""
    return bytes.fromhex(identifier.replace("-", ""))


def unpack_id(packed: bytes) -> str:
    """The Identifier of 16 bytes."""
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _escaped(part: str) -> str:
    return part.replace(_ESCAPE, _ESCAPE + _ESCAPE).replace(_SEPARATOR, _ESCAPE + "s")
