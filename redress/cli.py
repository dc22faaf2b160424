"""The console script `redress`: arguments in; JSON or NDJSON on stdout, messages on stderr, exit 0, 1 or 2 out."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pydantic import ValidationError

COMMANDS = {
    "demo": ("redress.commands.demo:demo", "A minute of load, watched live, then a checked summary."),
    "dlq": ("redress.commands.dlq:dlq", "Dead letters: list, show, retry; let a paused partition go on."),
    "offsets": ("redress.commands.offsets:offsets", "Where each group stands; set it elsewhere on purpose."),
    "replay": ("redress.commands.replay:replay", "Publish recorded history, in its own time."),
    "schemas": ("redress.commands.schemas:schemas", "Publish and check the schemas of events and topics."),
    "simulate": ("redress.commands.simulate:simulate", "A believable contact centre, as NDJSON."),
    "sla": ("services.sla_monitor.cli:sla", "Deadlines: ask a calendar; explain and compare the past."),
    "topics": ("redress.commands.topics:topics", "Create, verify and list topics."),
    "up": ("redress.commands.up:up", "Broker and all services in the foreground."),
}
"""Where each command lives and its line of help, so that asking for help imports none of them."""


class LazyGroup(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, without importing anything."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help text."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="redress")
def redress() -> None:
    """Complaints from every channel as routed, deadline-watched, measured work on Kafka."""


def main() -> None:
    """Run a command; what went wrong is said in one message that tells what to do."""
    try:
        redress()
    except _wrong_environment() as error:
        for fault in error.errors(include_url=False, include_input=False):
            click.echo(f"REDRESS_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}", err=True)
        sys.exit(2)
    except _wrong_configuration() as error:
        click.echo(error, err=True)
        sys.exit(2)
    except _refused() as error:
        click.echo(error, err=True)
        sys.exit(1)


def _wrong_environment() -> type[ValidationError]:
    from pydantic import ValidationError

    return ValidationError


def _wrong_configuration() -> tuple[type[Exception], ...]:
    from redress.supervisor.supervisor import WrongConfiguration
    from services.runtime.yaml_files import ConfigError

    return ConfigError, WrongConfiguration


def _refused() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError

    from redress.broker.errors import BrokerError
    from redress.deployment import TopicsDiffer
    from redress.operating.groups import Refused

    return BrokerError, KafkaError, TopicsDiffer, Refused
