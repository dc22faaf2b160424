"""One SLA monitor worker: ``python -m services.sla_monitor``."""

from __future__ import annotations

import sys

from services.runtime.worker import WRONG_CONFIGURATION, run
from services.runtime.yaml_files import ConfigError
from services.sla_monitor.app import build
from services.sla_monitor.settings import Settings


def main() -> None:
    """Run until told to end; configuration that cannot be used is named, and nothing starts."""
    settings = Settings()
    try:
        application = build(settings)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WRONG_CONFIGURATION)
    run(application, settings)


if __name__ == "__main__":
    main()
