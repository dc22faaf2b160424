"""Where the deployment's Kafka is, for commands that come to one that runs already."""

from __future__ import annotations

from redress.broker import ports
from redress.broker.errors import BrokerError
from redress.broker.home import remembered_ports
from redress.broker.node import LOOPBACK
from services.runtime.settings import RuntimeSettings


def settings_with_broker() -> RuntimeSettings:
    """The environment's settings with ``kafka`` filled in: REDRESS_KAFKA, else the one that runs under the home.

    Raises BrokerError, saying what to do, when there is neither.
    """
    settings = RuntimeSettings()
    if settings.kafka:
        return settings
    for port in remembered_ports(settings.home / "kafka")[:1]:
        if not ports.is_free(port):
            return settings.model_copy(update={"kafka": f"{LOOPBACK}:{port}"})
    raise BrokerError(
        f"no Kafka runs under {settings.home}: start one with `redress up`, or name one with REDRESS_KAFKA=host:port"
    )
