"""A real Apache Kafka from pip alone: the Java of a wheel, jars fetched once and verified, on loopback."""

from __future__ import annotations

from redress.broker.cluster import LocalCluster
from redress.broker.errors import BrokerError
from redress.broker.local import LocalKafka

__all__ = ["BrokerError", "LocalCluster", "LocalKafka"]
