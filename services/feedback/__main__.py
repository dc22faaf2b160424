"""One feedback worker: ``python -m services.feedback``."""

from __future__ import annotations

from services.feedback.app import build
from services.feedback.settings import Settings
from services.runtime.worker import main

if __name__ == "__main__":
    main(Settings, build)
