"""From the clock and the system's randomness to an id that nobody has had before."""

from __future__ import annotations

import secrets
import time


def uuid7() -> str:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 74 random bits.

    Python has it from 3.14 on.
    """
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(secrets.token_bytes(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
