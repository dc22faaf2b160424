"""From the body of a part as it was sent to its bytes (RFC 2045, section 6)."""

from __future__ import annotations

import binascii
import re

from services.intake.mail.message import Faults

_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(byte for byte in range(256) if byte not in _ALPHABET + b"=")

# What a list server or a virus scanner has put below the encoded lines.
_FOOTER = re.compile(rb"\n[ \t]*\n(?=[^\n]*[^A-Za-z0-9+/=\s])")


def decode_body(body: bytes, encoding: str, faults: Faults) -> bytes:
    """The bytes of ``body``; as they are where the encoding is not known."""
    if encoding == "base64":
        return _decode_base64(body, faults)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding not in _IDENTITY:
        faults.add("unknown_transfer_encoding")
    return body


def _decode_base64(body: bytes, faults: Faults) -> bytes:
    """Characters outside of the alphabet are passed over, and padding ends the data (RFC 2045, section 6.8)."""
    footer = _FOOTER.search(body)
    letters = (body[: footer.start()] if footer else body).translate(None, _OTHERS)
    data, _, after = letters.partition(b"=")
    if footer or len(data) % 4 == 1 or after.strip(b"="):
        faults.add("malformed_base64")
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
