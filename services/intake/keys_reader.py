"""From the keys file, again whenever it changes, to the keys in force; a file with a fault changes nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from pathlib import Path

import structlog

from services.config.yaml_files import ConfigError
from services.intake.callers import Keyring
from services.intake.file_stamps import Stamp, stamp_of
from services.intake.keys_file import find_keys_file, load_keys
from services.intake.metrics import KEY_FILES
from services.intake.settings import Settings

LOOK_SECONDS = 1.0
"""A key that is revoked is refused after this, and after the time to read the file."""

logger = structlog.get_logger(__name__)

_Seen = tuple[Path, Stamp | None]


class KeysReader:
    """Reads keys into ``keyring``. Once there are keys they are asked for, even if their file goes away."""

    def __init__(self, settings: Settings, channels: Collection[str], keyring: Keyring) -> None:
        self._settings = settings
        self._channels = channels
        self._keyring = keyring
        self._seen: _Seen | None = None

    def read(self) -> bool:
        """Take the file if it is another than before, and say whether there was one. Raises ConfigError.

        A file has to be there if REDRESS_KEYS names it, or if keys are in force.
        """
        path = find_keys_file(self._settings)
        seen = path, stamp_of(path)
        if seen == self._seen:
            return False
        self._seen = seen
        expected = self._settings.keys is not None or self._keyring.keys is not None
        if not expected and not os.path.lexists(path):
            return False
        self._keyring.keys = load_keys(path, self._channels)
        logger.info("API keys are in force: every caller has to show one", file=str(path), keys=len(self._keyring.keys))
        return True

    def look(self) -> None:
        """Take the file if it is another than before. Where it has a fault, the keys of before stay in force."""
        try:
            taken = self.read()
        except ConfigError as error:
            KEY_FILES.labels("refused").inc()
            logger.warning("the keys file has a fault: what was in force before stays", problem=str(error))
            return
        if taken:
            KEY_FILES.labels("taken").inc()

    async def run(self) -> None:
        """Look again and again, off the event loop, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self.look)
