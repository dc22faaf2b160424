"""A Kafka whose server is set up in a way of the test's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redress.broker import ports
from redress.broker.node import LOOPBACK, Node
from redress.broker.server import Server
from redress.supervisor.leash import Leash


@dataclass(frozen=True)
class SpecialNode(Node):
    """A node with settings that add to the usual ones, or replace them."""

    special: Mapping[str, object] = field(default_factory=dict)

    def properties(self) -> str:
        """The usual ones first: the last line of a name counts."""
        return super().properties() + "".join(f"{name}={value}\n" for name, value in self.special.items())


@contextmanager
def kafka_with(folder: Path, settings: Mapping[str, object]) -> Iterator[str]:
    """The address of one node with these settings, for the length of the block."""
    client, controller, direct = ports.choose(3)
    voters = (f"1@{LOOPBACK}:{controller}",)
    node = SpecialNode(1, client, controller, voters, replication=1, direct_port=direct, special=settings)
    with Leash() as leash:
        server = Server(node, folder / "kafka")
        server.launch(leash)
        server.wait_until_started()
        yield node.advertised
        server.stop()
