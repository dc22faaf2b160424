"""The services of a deployment: how each is named, started and addressed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One service. ``short`` is its name in groups, metrics and environment."""

    name: str
    short: str

    @property
    def module(self) -> str:
        """What ``python -m`` runs."""
        return f"services.{self.name}"

    @property
    def admin_variable(self) -> str:
        """The variable that says where its health and metrics are served."""
        return f"REDRESS_{self.short.upper()}_ADMIN"


INTAKE = Service("intake", "intake")
ROUTER = Service("router", "router")
SLA_MONITOR = Service("sla_monitor", "sla")
FEEDBACK = Service("feedback", "feedback")
SERVICES = (INTAKE, ROUTER, SLA_MONITOR, FEEDBACK)
"""In the order in which they start."""
