"""From the bytes of a winmail.dat to the names and sizes of the files in it.

TNEF is Outlook's own container ([MS-OXTNEF]): a signature, a key, then attributes, each with level, id, length, data
and checksum.
"""

from __future__ import annotations

import struct

from services.intake.mail.charsets import Charsets
from services.intake.mail.message import Faults

MOST_ATTRIBUTES = 2_000

_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = struct.Struct("<BII")
_BEGINS_ATTACHMENT = 0x00069002
_ATTACHMENT_DATA = 0x0006800F
_ATTACHMENT_TITLE = 0x00018010
_CODE_PAGE = 0x00069007


def read_tnef(content: bytes, charsets: Charsets, faults: Faults) -> list[tuple[str, int]]:
    """Name and size in bytes of each file. What is cut off or damaged ends the list."""
    if not content.startswith(_SIGNATURE):
        faults.add("malformed_tnef")
        return []
    files: list[tuple[str, int]] = []
    charset: str | None = None
    position = 6
    for _ in range(MOST_ATTRIBUTES):
        if position == len(content):
            return files
        if position + _ATTRIBUTE.size > len(content):
            break
        _, attribute, length = _ATTRIBUTE.unpack_from(content, position)
        start = position + _ATTRIBUTE.size
        position = start + length + 2
        if position > len(content):
            break
        if attribute == _CODE_PAGE and length >= 4:
            charset = f"cp{int.from_bytes(content[start : start + 4], 'little')}"
        elif attribute == _BEGINS_ATTACHMENT:
            files.append(("", 0))
        elif attribute == _ATTACHMENT_DATA and files:
            files[-1] = (files[-1][0], length)
        elif attribute == _ATTACHMENT_TITLE and files:
            title = content[start : start + min(length, 1_000)].rstrip(b"\0")
            files[-1] = (charsets.decode(title, charset, faults), files[-1][1])
    faults.add("malformed_tnef")
    return files
