"""The folder that one process at a time runs Kafka in: its lock, its ports and the leash of what runs there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import Field, TypeAdapter, ValidationError

from redress.broker import ports
from redress.broker.errors import BrokerError
from redress.supervisor.leash import Leash
from services.runtime.addresses import HIGHEST_PORT

PORTS = "ports.json"
WRITTEN_PORTS: TypeAdapter[list[int]] = TypeAdapter(list[Annotated[int, Field(ge=1, le=HIGHEST_PORT)]])


def remembered_ports(folder: Path) -> list[int]:
    """The ports of the Kafka that runs in ``folder``, or ran last; none where the file does not say (any more)."""
    try:
        return WRITTEN_PORTS.validate_json((folder / PORTS).read_bytes())
    except (FileNotFoundError, ValidationError):
        return []


class Home:
    """``own`` it first; what is started on its ``leash`` ends with this process at the latest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Not of one thread: an asyncio block starts and stops in whichever thread is free.
        self._owner = FileLock(folder / "owner.lock", thread_local=False)
        self._leash: Leash | None = None

    @property
    def leash(self) -> Leash:
        """What ends with this process."""
        self._leash = self._leash or Leash()
        return self._leash

    def own(self) -> None:
        """Keep other processes out. Raises BrokerError where one is in already."""
        if self._owner.is_locked:  # killed, and started again
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._owner.acquire(timeout=0)
        except Timeout:
            raise BrokerError(
                f"another Redress process runs Kafka in {self.folder}; stop it, or set REDRESS_HOME to another folder"
            ) from None

    def ports(self, count: int) -> list[int]:
        """The ports of last time while they are free, else other ones."""
        remembered = remembered_ports(self.folder)
        return remembered if len(remembered) == count and all(map(ports.is_free, remembered)) else ports.choose(count)

    def remember(self, chosen: list[int]) -> None:
        """Write the ports down, for other commands and for next time."""
        (self.folder / PORTS).write_text(json.dumps(chosen), encoding="ascii")

    def leave(self) -> None:
        """End whatever still runs, and let others in."""
        if self._leash is not None:
            self._leash.close()
            self._leash = None
        self._owner.release()
