"""One SLA monitor worker: ``python -m services.sla_monitor``."""

from __future__ import annotations

from services.runtime.worker import main
from services.sla_monitor.app import build
from services.sla_monitor.settings import Settings

if __name__ == "__main__":
    main(Settings, build)
