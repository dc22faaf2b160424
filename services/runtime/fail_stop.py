"""The one way out when memory and Kafka no longer agree: end at once, and start again from what is committed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from structlog import get_logger

FAIL_STOP = 70
"""EX_SOFTWARE of sysexits.h: the process is not wrong to be started again."""

WRONG_CONFIGURATION = 2
"""To start the same process again would not help."""

log = get_logger(__name__)


def fail_stop(reason: str, error: BaseException | None = None) -> NoReturn:
    """Log one last clear line and end the process, without commit, acknowledgement or clean-up."""
    log.critical("fail-stop", reason=reason, error=repr(error) if error else None)
    logging.shutdown()
    os._exit(FAIL_STOP)


@contextmanager
def fail_stop_on_error(reason: str) -> Iterator[None]:
    """Whatever fails within ends the process."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - fail-stop
        fail_stop(reason, error)


def refuse(reason: str) -> NoReturn:
    """Log one last clear line and end the process as one that must not be started again as it is."""
    log.critical("this worker cannot do its work", reason=reason)
    logging.shutdown()
    os._exit(WRONG_CONFIGURATION)
