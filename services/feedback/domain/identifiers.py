"""Between an Identifier and its 16 bytes."""

from __future__ import annotations

NO_ID = bytes(16)


def pack_id(identifier: str) -> bytes:
    """The 16 bytes of an Identifier."""
    return bytes.fromhex(identifier.replace("-", ""))


def unpack_id(raw: bytes) -> str:
    """The Identifier of 16 bytes."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
