"""Network addresses as settings say them: ``host:port`` in, host and port out."""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"(?:\[([0-9a-fA-F:.%]+)\]|([^\s/@:\[\]]*)):([0-9]{1,5})")
HIGHEST_PORT = 65_535


def split_address(address: str, *, example: str = "127.0.0.1:9101") -> tuple[str, int]:
    """Host (an IPv6 one without its brackets, 127.0.0.1 if there is none) and port.

    Raises ValueError saying what to write instead.
    """
    match = _WRITTEN.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not an address: write host:port, such as {example}")
    port = int(match[3])
    if port > HIGHEST_PORT:
        raise ValueError(f"{address!r} has no possible port: write one up to {HIGHEST_PORT}, such as {example}")
    return match[1] or match[2] or "127.0.0.1", port


def split_brokers(text: str) -> list[str]:
    """The addresses of a list with commas, each checked. Raises ValueError saying what to write instead."""
    addresses = [address.strip() for address in text.split(",")]
    for address in addresses:
        _, port = split_address(address, example="127.0.0.1:9092")
        if address.startswith(":") or not port:
            raise ValueError(f"{address!r} names no broker: write host:port, such as 127.0.0.1:9092")
    return addresses
