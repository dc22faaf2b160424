"""What can go wrong with the local broker, said so that a person knows what to do."""

from __future__ import annotations


class BrokerError(Exception):
    """The local Kafka cannot be fetched, started or found; the message says what to do."""
