"""The console script `redress`: arguments in; JSON or NDJSON on stdout, messages on stderr, exit 0, 1 or 2 out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC, EROFS
from io import TextIOWrapper

import click

from redress.import_path import imported
from services.registry import SERVICES

NO_ROOM = {EDQUOT, ENOSPC, EROFS}
COMMANDS = {
    "demo": ("redress.commands.demo:demo", "A minute of load, watched live, then a checked summary."),
    "dlq": ("redress.commands.dlq:dlq", "Dead letters: list, show, retry; let a paused partition go on."),
    "erase": ("redress.commands.erase:erase", "Personal data: destroy what a customer's complaints say."),
    "fetch-mail": ("redress.commands.fetch_mail:fetch_mail", "The mails of an IMAP mailbox into intake, each once."),
    "hold": ("redress.commands.hold:hold", "Personal data: keep it from erasure."),
    "offsets": ("redress.commands.offsets:offsets", "Where each group stands; set it elsewhere on purpose."),
    "personal-keys": ("redress.commands.personal_keys:personal_keys", "Personal data: the keys that encrypt it."),
    "replay": ("redress.commands.replay:replay", "Publish recorded history, in its own time."),
    "schemas": ("redress.commands.schemas:schemas", "Publish and check the schemas of events and topics."),
    "simulate": ("redress.commands.simulate:simulate", "A believable contact centre, as NDJSON."),
    "subject": ("redress.commands.subject:subject", "Personal data: hand out what is kept about a customer."),
    "topics": ("redress.commands.topics:topics", "Create, verify and list topics."),
    "up": ("redress.commands.up:up", "Broker and all services in the foreground."),
    **{service.command.name: (service.command.group, service.command.help) for service in SERVICES if service.command},
}
"""Where each command lives and its line of help, so that asking for help imports none of them."""


class LazyGroup(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, without importing anything."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = imported(COMMANDS[cmd_name][0])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help text."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="redress")
def redress() -> None:
    """Complaints from every channel as routed, deadline-watched, measured work on Kafka."""


def main() -> None:
    """Run a command; what went wrong is said in one message that tells what to do."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # JSON is UTF-8, whatever the locale or PYTHONIOENCODING says
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with _library_lines():
        _run()


class _PlainLines(logging.Formatter):
    """The message alone, and how often it came again."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more of them with a traceback."""
        repeated: int | None = getattr(record, "repeated", None)
        return super().format(record) + (f" ({repeated} times more)" if repeated else "")


@contextmanager
def _library_lines() -> Iterator[None]:
    """What libraries say of a broker that is away goes to stderr, as it does by default, but not again and again."""
    from services.runtime.repeated_lines import RepeatedLines

    writer = logging.StreamHandler()
    writer.setFormatter(_PlainLines())
    lines, root = RepeatedLines(writer), logging.getLogger()
    root.addHandler(lines)
    try:
        yield
    finally:
        root.removeHandler(lines)
        lines.flush()
        lines.close()


def _run() -> None:
    try:
        redress()
    except _wrong_configuration() as error:
        click.echo(error, err=True)
        sys.exit(2)
    except _refused() as error:
        click.echo(error, err=True)
        sys.exit(1)
    except TimeoutError:  # asyncio's, without a message
        click.echo("no broker answers: check REDRESS_KAFKA and the brokers", err=True)
        sys.exit(1)
    except OSError as error:
        if not (isinstance(error, PermissionError) or error.errno in NO_ROOM):
            raise
        click.echo(f"{error.filename or 'a file'}: {error.strerror}", err=True)
        sys.exit(1)


def _wrong_configuration() -> tuple[type[Exception], ...]:
    from redress.supervisor.supervisor import WrongConfiguration
    from services.config.yaml_files import ConfigError

    return ConfigError, WrongConfiguration


def _refused() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaError

    from redress.broker.errors import BrokerError
    from redress.deployment import TopicsDiffer
    from redress.operating.groups import OperationRefused

    return BrokerError, KafkaError, TopicsDiffer, OperationRefused
