"""Free ports on loopback, and whether one is taken."""

from __future__ import annotations

import random
import socket
from itertools import islice

from redress.broker.errors import BrokerError
from redress.broker.node import LOOPBACK

CANDIDATES = range(20_000, 30_000)
"""Below the ports that Linux and macOS hand out by themselves. In that range a client that tries again and
again to reach a broker that is down is one day given the very port it dials, and connects to itself."""


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(count: int) -> list[int]:
    """As many different free ports. This process is given no port twice: who was given it may yet have to bind it."""
    tried = random.sample(sorted(set(CANDIDATES) - _given), 200)
    free = list(islice(filter(is_free, tried), count))
    if len(free) < count:
        raise BrokerError(f"no free port found between {CANDIDATES.start} and {CANDIDATES.stop} on {LOOPBACK}")
    _given.update(free)
    return free


_given: set[int] = set()
