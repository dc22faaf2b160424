"""``python -m services.intake``: settings from the environment in, HTTP served until SIGTERM out."""

from __future__ import annotations

from services.intake.server import run
from services.intake.settings import Settings
from services.runtime.settings import settings_or_exit

if __name__ == "__main__":
    run(settings_or_exit(Settings))
