"""One router worker: ``python -m services.router``."""

from __future__ import annotations

from services.router.app import build
from services.router.settings import Settings
from services.runtime.worker import run

settings = Settings()
run(build(settings), settings)
