"""The SLA monitor's settings: the environment in, policies and calendars validated whole out."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field

from services.config.folder import config_folder, find_yaml_files
from services.config.yaml_files import ConfigError, load
from services.runtime.settings import AdminAddress, RuntimeSettings
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.policies_file.compile import compile_policy_book
from services.sla_monitor.policies_file.models import PoliciesFile
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import CalendarFile

LONGEST_VERSION = 200
"""Of ``calendar_version`` in events, a schemas.primitives.Name."""


class Settings(RuntimeSettings):
    """What every process has, with this service's own admin address."""

    admin: AdminAddress | None = Field(default=None, validation_alias="REDRESS_SLA_MONITOR_ADMIN")

    @cached_property
    def policy_book(self) -> PolicyBook:
        """The policies of the configured folder. Raises ConfigError with file and line of every fault."""
        return load_policy_book(config_folder(self.config) / "policies.yaml")


def load_policy_book(policies: Path) -> PolicyBook:
    """The policies in a file over the calendars in ``calendars/`` beside it. Raises ConfigError as above."""
    calendars = load_calendars(policies.parent / "calendars")
    return compile_policy_book(load(policies, PoliciesFile, context={"calendars": calendars}), calendars)


def load_calendars(folder: Path) -> dict[str, Calendar]:
    """The calendars in ``folder`` by the names of their files. Raises ConfigError with every fault of every file."""
    calendars, faults = {}, []
    for path in find_yaml_files(folder):
        try:
            calendars[path.stem] = _load_calendar(path)
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return calendars


def _load_calendar(path: Path) -> Calendar:
    calendar = Calendar(path.stem, load(path, CalendarFile))
    if len(calendar.version) > LONGEST_VERSION:
        raise ConfigError(f"{path}:1: /version: name and version of this calendar are too long; shorten one")
    return calendar
