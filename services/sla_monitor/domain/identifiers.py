"""Between an identifier's text, as events have it, and its sixteen bytes, as rows and the fold do."""

from __future__ import annotations

from functools import lru_cache


def identifier_bytes(identifier: str) -> bytes:
    """Sixteen bytes of an identifier's text."""
    return bytes.fromhex(identifier.replace("-", ""))


@lru_cache(maxsize=1_024)
def identifier_text(identifier: bytes) -> str:
    """An identifier's canonical text. Cached, because the clocks of a complaint are named by the same few events."""
    text = identifier.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
