"""One router worker: ``python -m services.router``."""

from __future__ import annotations

from services.router.app import build
from services.router.settings import Settings
from services.runtime.worker import main

if __name__ == "__main__":
    main(Settings, build)
